"""`recommission register import-spend`: payments from the ledger, as councils publish them."""

from pathlib import Path
from typing import Annotated

import typer

from recommission.options import US, AsJson, DryRun, On, Partial


def import_spend(
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="A CSV or XLSX of payments, such as “spend over £500”.")
    ],
    mapping: Annotated[
        str, typer.Option(help="A mapping that was kept; one is proposed and kept where it is needed.")
    ] = "",
    dry_run: DryRun = False,
    partial: Partial = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Bring in payments: day, supplier, amount, order or contract, transaction number. What was bought is never kept.

    A payment that is there already is left alone: the same file twice changes nothing. Credits are negative.
    """
    from models.session import unit_of_work
    from recommission.errors import told
    from recommission.progress import progress_of
    from recommission.record import opened
    from recommission.register_import_screen import show_refusals
    from register.importing import import_reading
    from register.mapped import names_only
    from register.mapping.kept import save
    from register.reading import NeedsMapping, open_reading, propose
    from register.rows import FileRefused

    with told(FileRefused), opened(on) as now:
        folder, notes = now.settings.mappings, []
        try:
            reading = open_reading(file, layout="payments", mapping=mapping or None, mappings_folder=folder)
        except NeedsMapping:
            name = names_only(file)
            if (folder / f"{name}.toml").exists():  # as somebody may have changed it
                reading = open_reading(file, mapping=name, mappings_folder=folder)
                notes.append(f"Read by the mapping “{name}”: {folder / name}.toml")
            else:
                proposal = propose(file, layout="payments", name=name)
                reading = open_reading(file, mapping=proposal.mapping)
                if not dry_run:
                    notes.append(f"The mapping is kept as {save(folder, proposal.mapping)}.")
                if not as_json:
                    for one in proposal.columns:
                        typer.echo(f"{one.header} → {one.field or 'left out'}", err=True)
        if reading.layout != "payments":
            raise FileRefused(
                f"{file}: the mapping “{reading.mapping}” is one of {reading.layout}, not of payments; name another with "
                "--mapping, or import the file with `recommission register import`"
            )
        with progress_of("Reading the payments") as tell, unit_of_work(now.database) as session:
            result = import_reading(
                session, reading, now.rules, now.on, now.at, US, now.settings.home / "rejects", partial=partial,
                dry_run=dry_run, progress=tell,
            )  # fmt: skip
    if as_json:
        typer.echo(result.as_json())
    else:
        show_refusals(result)
        said = (
            f"payments: {result.added_count:,} added, {result.unchanged:,} there already, "
            f"{result.refused_count:,} refused."
        )
        for note in (*notes, *result.notes):
            typer.echo(note, err=True)
        typer.echo(said if result.written else f"Nothing was written. It would be: {said}")
        if result.reject_file:
            typer.echo(f"The refused rows: {result.reject_file}", err=True)
    if result.refused_count:
        raise typer.Exit(2)
