"""`recommission register runs`: the imports on record, and what each of them changed."""

from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import AsJson

if TYPE_CHECKING:
    from models.imports import ImportRun

LAST = 50


def runs(
    run: Annotated[int | None, typer.Argument(metavar="[RUN]", help="Show what this import changed.")] = None,
    as_json: AsJson = False,
) -> None:
    """List the imports, newest first; or, with the number of one, every row it added and field it changed."""
    from config.settings import load_settings
    from models.imports import ImportRun
    from models.session import migrate, reading
    from recommission.errors import refuse
    from register.writing import history

    database = load_settings().database
    migrate(database)
    with reading(database) as session:
        if run is None:
            _list(history.runs(session, LAST), as_json)
        elif session.get(ImportRun, run) is None:
            refuse(f"There is no import {run}. `recommission register runs` lists them.")
        else:
            for change in history.changes(session, run):
                if as_json:
                    typer.echo(change.model_dump_json(exclude={"id", "run_id"}))
                elif not change.field:
                    typer.echo(f"{change.key}: added")
                else:
                    typer.echo(f'{change.key}: {change.field} was "{change.old}", now "{change.new}"')


def _list(found: "list[ImportRun]", as_json: bool) -> None:
    import json

    from rich.box import SIMPLE_HEAD
    from rich.markup import escape
    from rich.table import Table

    from recommission.sheet_screen import console

    if as_json:
        typer.echo(json.dumps([one.model_dump(mode="json") for one in found], ensure_ascii=False, indent=2))
        return
    if not found:
        typer.echo("Nothing was imported yet: recommission register import FILE")
        return
    table = Table(box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True)
    table.add_column("Run", justify="right")
    table.add_column("File", ratio=1, overflow="fold")
    for name in ("Rows", "Added", "Changed", "Same", "Refused"):
        table.add_column(name, justify="right", no_wrap=True)
    for one in found:
        what = f"{one.kind}, by “{one.mapping}”" if one.mapping else one.kind
        told = f"{one.file}\n{one.on}: {what}{'' if one.written else '; nothing was written'}"
        counts = (one.rows, one.added, one.changed, one.unchanged, one.refused)
        table.add_row(str(one.id), escape(told), *(f"{count:,}" for count in counts))
    console().print(table)
