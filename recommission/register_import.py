"""`recommission register import`: a council's own file into the register, looked at before it is written."""

import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import US, AsJson, DryRun, On, Partial, as_day

if TYPE_CHECKING:
    from flows.context import Context
    from register.mapping.kept import Mapping
    from register.mapping.proposing import Proposal
    from register.rows import Reading

FEW = 2
"""A file of which fewer columns are known is no register."""


def import_(
    file: Annotated[
        Path, typer.Argument(help="CSV or XLSX of contracts, people, suppliers or spend, or a file of OCDS.")
    ],
    mapping: Annotated[
        str,
        typer.Option(metavar="NAME|FILE.toml", help="Read its columns by this mapping; one is proposed if left out."),
    ] = "",
    sheet: Annotated[
        str | None, typer.Option(metavar="NAME", help="This sheet of the workbook; the likeliest if left out.")
    ] = None,
    owner: Annotated[str, typer.Option(metavar="POST", help="Who owns the contracts that name nobody.")] = "",
    department: Annotated[str, typer.Option(help="Which department's the contracts are that name none.")] = "",
    ended_before: Annotated[
        date | None,
        typer.Option(
            parser=as_day, metavar="DAY",
            help="Contracts that ended before the day come in as history: no cycle, no alerts.",
        ),
    ] = None,
    dry_run: DryRun = False,
    partial: Partial = False,
    yes: Annotated[bool, typer.Option("--yes", help="Take a proposed mapping without asking.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Import a file. A row is kept whole or refused whole; importing the same file twice changes nothing.

    A file in other columns than ours is read through a mapping: one is proposed with samples, and kept to use again
    and to change. With any refusal nothing is written and the exit status is 2; the refused rows lie in the reject
    file with their line, column and reason: mend them there, and import that. Our own columns are described in
    register/sample/README.md.
    """
    from config.policy_file import PolicyRefused
    from flows.context import context
    from models.session import migrate, unit_of_work
    from recommission import register_import_screen as screen
    from recommission.errors import refuse, told
    from recommission.progress import progress_of
    from register.first_morning import count_contracts, picture
    from register.importing import import_reading
    from register.rows import FileRefused

    constants = {"owner": owner, "department": department}
    constants = {name: value for name, value in constants.items() if value}
    with told(FileRefused, PolicyRefused):
        now = context(on)
        reading = _open(now, file, mapping, sheet, constants, dry_run=dry_run, ask=not (yes or as_json))
        if constants and not reading.mapping:
            refuse(
                f"{file}: is in our own columns: write the {' and the '.join(constants)} of each row there."
            )
        migrate(now.database)
        with unit_of_work(now.database) as session:
            first = not count_contracts(session)
            with progress_of(f"Importing {file.name}") as tell:
                result = import_reading(
                    session, reading, now.rules, now.on, now.at, US, now.settings.home / "rejects",
                    partial=partial, dry_run=dry_run, ended_before=ended_before, progress=tell,
                )  # fmt: skip
            seen = (
                picture(session, now.on) if first and result.written and result.kind == "contracts" else None
            )
    if as_json:
        typer.echo(result.as_json())
    else:
        screen.show_result(result, now.on, dry_run=dry_run)
        if seen:
            screen.show_picture(seen)
    if result.refused_count:
        raise typer.Exit(2)


def _open(
    now: "Context", file: Path, mapping: str, sheet: str | None, constants: dict[str, str], *, dry_run: bool, ask: bool
) -> "Reading":  # fmt: skip
    """The file to read; a foreign one through the mapping that is named, kept under its name, or proposed now."""
    from dataclasses import replace

    from recommission.progress import progress_of
    from register.mapped import names_only
    from register.mapping.kept import load
    from register.opening import open_any
    from register.reading import NeedsMapping, propose

    kept, name = now.settings.mappings, names_only(file)
    used: Mapping | None = None
    if mapping:
        named = Path(mapping)
        used = load(named.parent, named.stem) if named.suffix == ".toml" else load(kept, mapping)
    with progress_of(f"Opening {file.name}") as tell:
        if used is None:
            try:
                return open_any(file, None, sheet, tell)
            except NeedsMapping as needed:
                foreign = needed
                if (kept / f"{name}.toml").exists():
                    used = load(kept, name)
                    typer.echo(f"Read by the mapping “{name}”: {kept / name}.toml", err=True)
    if used is None:
        proposal = propose(file, name=name, sheet=sheet)
        if len(proposal.mapping.columns) < FEW:
            raise foreign
        used = _agreed(proposal, file, kept, dry_run=dry_run, ask=ask)
    with progress_of(f"Opening {file.name}") as tell:
        return open_any(file, replace(used, constants={**used.constants, **constants}), sheet, tell)


def _agreed(proposal: "Proposal", file: Path, kept: Path, *, dry_run: bool, ask: bool) -> "Mapping":
    """Show the mapping that is proposed, and keep it; on a terminal only what is agreed to is used."""
    from recommission.register_import_screen import show_proposal
    from register.mapping.kept import save

    show_proposal(proposal)
    if dry_run:
        return proposal.mapping
    path = save(kept, proposal.mapping, proposal.samples)
    typer.echo(f"The mapping is kept as “{proposal.mapping.name}”: {path}", err=True)
    if ask and sys.stdin.isatty() and not typer.confirm("Import by it?", default=True, err=True):
        typer.echo(f"Nothing was written. Change {path}, then import {file} again.", err=True)
        raise typer.Exit(0)
    return proposal.mapping
