"""Imports a register's file, for operators: the same import as `recommission register import`."""

from datetime import date
from pathlib import Path

from prefect import flow, task

from flows.context import context
from flows.days import day_of_run
from models.session import unit_of_work
from register.importing import ImportResult, import_file


class RowsRefused(ValueError):
    """Rows of the file were refused; the message says how many, why the first was, and where they all lie."""


@task(name="Import the rows")
def rows(file: Path, partial: bool, on: date) -> ImportResult:
    """A row is kept whole or refused whole; importing the same file twice changes nothing."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return import_file(session, file, now.rules, now.on, now.at, now.settings.home / "rejects", partial)


@flow(name="import-register", flow_run_name="import · {file}")
def import_register(file: Path, partial: bool = False, on: date | None = None) -> dict[str, int]:
    """Import contracts, people, suppliers or spend from a CSV in the layouts of register/sample/README.md.

    Args:
        file: The CSV, as a path on the machine that the engine runs on.
        partial: Keep the good rows where some are refused; otherwise nothing is written then.
        on: Import as on this day; today if it is left empty.
    """
    done = rows(file, partial, day_of_run(on))
    if done.refused:
        kept = "the other rows were written" if done.written else "nothing was written"
        raise RowsRefused(
            f"{len(done.refused)} rows of {done.file} were refused and {kept}. The first: {done.refused[0]}. "
            f"All of them, with the reasons: {done.reject_file}. Mend them and import the file again."
        )
    return {"added": len(done.added), "changed": len(done.changed), "unchanged": done.unchanged}
