"""`recommission register`: contracts in and out."""

from pathlib import Path
from typing import Annotated

import typer

from recommission import register_duplicates
from recommission.options import On

app = typer.Typer(
    help="The register: contracts, posts, suppliers and spend, in and out.", no_args_is_help=True
)

app.command()(register_duplicates.duplicates)


@app.callback()
def group() -> None:
    """The register: contracts, posts, suppliers and spend, in and out."""


@app.command("import")
def import_(
    file: Annotated[
        Path, typer.Argument(help="A CSV of contracts, people, suppliers or spend, in our layout.")
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Write nothing; show what would change.")
    ] = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Keep the good rows where some are refused.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="The result for machines.")] = False,
    on: On = None,
) -> None:
    """Import a CSV. A row is kept whole or refused whole; importing the same file twice changes nothing.

    With any refusal nothing is written and the exit status is 2; the refused rows lie in the reject file with
    their line, column and reason. The columns are described in register/sample/README.md.
    """
    from config.policy_file import PolicyRefused
    from flows.context import context
    from models.session import migrate, unit_of_work
    from recommission.errors import told
    from register.importing import import_file
    from register.rows import FileRefused

    with told(FileRefused, PolicyRefused):
        now = context(on)
        migrate(now.database)
        with unit_of_work(now.database) as session:
            result = import_file(
                session, file, now.rules, now.on, now.at, now.settings.home / "rejects", partial, dry_run
            )
    if as_json:
        typer.echo(result.as_json())
    else:
        _tell(result)
    if result.refused:
        raise typer.Exit(2)


def _tell(result: object) -> None:
    from register.importing import ImportResult

    assert isinstance(result, ImportResult)
    for refusal in result.refused[:20]:
        typer.echo(f"{result.file}: {refusal}", err=True)
    if len(result.refused) > 20:
        typer.echo(f"… and {len(result.refused) - 20} more", err=True)
    for change in result.changed:
        typer.echo(f'{change.key}: {change.field} was "{change.old}", now "{change.new}"')
    changed = len({change.key for change in result.changed})
    told = (
        f"{result.kind}: {len(result.added)} added, {changed} changed, {result.unchanged} unchanged, "
        f"{len(result.refused)} refused; {result.milestones} milestones planned anew."
    )
    typer.echo(told if result.written else f"Nothing was written. It would be: {told}")
    if result.reject_file:
        typer.echo(f"The refused rows: {result.reject_file}", err=True)
