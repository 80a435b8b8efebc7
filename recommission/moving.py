"""After a command that changed where a contract stands: its runs follow, and it is said whose move it is now."""

import typer

from flows.context import Context
from models.session import reading
from models.sheets import sheet
from recommission.record import show_json


def told_move(now: Context, reference: str, said: str, as_json: bool) -> None:
    """Say what was done and whose move it is now; the record is committed when this is called."""
    _follow(now, reference)
    with reading(now.database) as session:
        seen = sheet(session, reference, now.rules, now.on)
    if as_json:
        show_json({"done": said, **seen.as_json()})
        return
    typer.echo(f"{reference}: {said}.")
    if seen.stage:
        typer.echo(f"It stands in: {seen.stage}. Whose move it is: {seen.move}.")
    if seen.successor and seen.stage == "closed":
        typer.echo(f"Its successor is {seen.successor}.")


def _follow(now: Context, reference: str) -> None:
    """Have the Prefect runs of the contract follow the record: the one place where the commands do.

    Nothing is lost where they cannot: `reconcile` has them follow later.
    """
    from recommission.prefect_server import configure, healthy

    if not healthy(now.settings):
        return
    configure(now.settings)
    from httpx import HTTPError
    from prefect.exceptions import PrefectException

    from flows.belonging import AnotherRecord
    from flows.following import follow

    try:
        follow(reference)
    except (HTTPError, PrefectException, AnotherRecord) as error:
        typer.echo(f"Recorded; its run follows at the next reconcile: {error}", err=True)
