"""Imports a register's file, for operators: the same import as `recommission register import`."""

from datetime import date
from pathlib import Path

from prefect import flow, task

from flows.context import context
from flows.days import day_of_run
from models.session import unit_of_work
from register.importing import ImportResult, import_reading
from register.mapping.kept import load
from register.opening import open_any


class RowsRefused(ValueError):
    """Rows of the file were refused; the message says how many, why the first was, and where they all lie."""


@task(name="Import the rows")
def rows(file: Path, mapping: str, partial: bool, ended_before: date | None, on: date) -> ImportResult:
    """A row is kept whole or refused whole; importing the same file twice changes nothing."""
    now = context(on)
    reading = open_any(file, load(now.settings.mappings, mapping) if mapping else None)
    with unit_of_work(now.database) as session:
        return import_reading(
            session, reading, now.rules, now.on, now.at, "flow", now.settings.home / "rejects",
            partial=partial, ended_before=ended_before,
        )  # fmt: skip


@flow(name="import-register", flow_run_name="import · {file}")
def import_register(
    file: Path,
    mapping: str = "",
    partial: bool = False,
    ended_before: date | None = None,
    on: date | None = None,
) -> dict[str, int]:
    """Import contracts, people, suppliers or spend from a CSV, a workbook or a file of OCDS.

    Args:
        file: The file, as a path on the machine that the engine runs on.
        mapping: The mapping that its columns are read by; none for our own layouts of register/sample/README.md.
        partial: Keep the good rows where some are refused; otherwise nothing is written then.
        ended_before: Contracts that ended before this day come in as history, without a cycle or an alert.
        on: Import as on this day; today if it is left empty.
    """
    done = rows(file, mapping, partial, ended_before, day_of_run(on))
    if done.refused:
        kept = "the other rows were written" if done.written else "nothing was written"
        raise RowsRefused(
            f"{done.refused_count} rows of {done.file} were refused and {kept}. The first: {done.refused[0]}. "
            f"All of them, with the reasons: {done.reject_file}. Mend them there and import that file."
        )
    return {"added": done.added_count, "changed": done.changed_count, "unchanged": done.unchanged}
