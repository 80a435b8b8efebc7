"""`recommission board`: the Board's packs."""

from datetime import datetime
from typing import Annotated

import typer

from recommission.options import On

app = typer.Typer(help="The Board: agendas and packs.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The Board: agendas and packs."""


@app.command()
def pack(
    meeting: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The meeting's day.")],
    on: On = None,
) -> None:
    """Compute the agenda of a meeting and compile its pack as a PDF."""
    from board.agenda import hold
    from board.packs import compile_pack
    from flows.context import context
    from lifecycle.boards import NoMeeting
    from models.session import migrate, unit_of_work
    from recommission.errors import told

    now = context(on.date() if on else None)
    migrate(now.database)
    with told(NoMeeting), unit_of_work(now.database) as session:
        held = hold(session, meeting.date(), now.rules)
        made = compile_pack(session, held, now.rules, now.settings.home, now.on, now.at)
        typer.echo(f"{now.settings.home / made.path}: {made.pages} pages, SHA-256 {made.sha256}")
