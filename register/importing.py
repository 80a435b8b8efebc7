"""Brings a register's file into the record: all of it or, where asked, its good rows; twice changes nothing."""

from collections.abc import Callable, Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session

from models import audit
from models.planning import Rules
from register.identity.duplicates import find_duplicates
from register.identity.resolving import Resolver
from register.layouts import LAYOUTS
from register.reading import open_reading
from register.rows import FileRefused, Reading, Refused, Row
from register.writing import history
from register.writing.result import LISTED, Change, ImportResult
from register.writing.run import Run
from register.writing.scratch import Scratch
from register.writing.writers import WRITERS

__all__ = ["Change", "ImportResult", "import_file", "import_reading"]

CHUNK = 500
"""How many rows are written together: memory holds no more of the file."""


def import_file(
    session: Session,
    path: Path,
    rules: Rules,
    today: date,
    at: datetime,
    rejects: Path,
    partial: bool = False,
    dry_run: bool = False,
) -> ImportResult:
    """Import a file in one of our own layouts; as `import_reading`. Raises FileRefused."""
    return import_reading(
        session, open_reading(path), rules, today, at, "import", rejects, partial=partial, dry_run=dry_run
    )


def import_reading(
    session: Session,
    reading: Reading,
    rules: Rules,
    today: date,
    at: datetime,
    by: str,
    rejects: Path,
    *,
    partial: bool = False,
    dry_run: bool = False,
    ended_before: date | None = None,
    progress: Callable[[float], object] = lambda done: None,
) -> ImportResult:
    """Import what a file was read into, in the session's transaction.

    A row is kept whole or refused whole. With any refusal nothing is written, unless `partial`. With
    `dry_run` nothing is written at all. Refused rows go to a file in the `rejects` folder, in the layout they
    came in with four columns more. Contracts that ended before `ended_before` come in as history. What else
    the session has written is lost where nothing is kept. Raises FileRefused where the file as a whole cannot be read.
    """
    with Scratch() as scratch:
        while True:
            _one_at_a_time(session)
            number = None if dry_run else history.begin(session, reading, by, today, at)
            result = ImportResult(reading.path.name, reading.layout, reading.mapping, run=number)
            run = Run(
                session, reading, next(one for one in LAYOUTS if one.name == reading.layout), rules, today,
                ended_before, Resolver(session), scratch, history.History(session, number), result,
            )  # fmt: skip
            _pass(run, progress)
            if not run.late:
                break
            session.rollback()  # what was refused late was written: once more without it
        if not result.rows:
            raise FileRefused(f"{reading.path}: has no rows; there is nothing to import")
        if reading.layout == "contracts" and result.added_count:
            find_duplicates(session)
        result.refused_count = scratch.refused
        result.refused = [one.refusal for one in islice(scratch.refusals(), LISTED)]
        result.notes = [*reading.notes.sentences, *run.suppliers.sentences[:LISTED]]
        result.written = not dry_run and (partial or not result.refused_count)
        if result.refused_count and not dry_run:
            target = rejects / f"{reading.path.stem}.rejected.csv"
            result.reject_file = scratch.write_rejects(target, reading.header)
    if not result.written:
        session.rollback()
        if not dry_run:
            result.run = history.begin(session, reading, by, today, at)
    if result.run is not None:
        history.end(session, result.run, result)
    if result.written and (result.added_count or result.changed_count):
        audit.record(
            session, at, by, f"import {result.kind}", reading.path.name, sha256=reading.digest,
            added=result.added_count, changed=result.changed_count, unchanged=result.unchanged,
            refused=result.refused_count, run=result.run,
        )  # fmt: skip
    session.expire_all()  # rows were written past the session's objects
    return result


def _one_at_a_time(session: Session) -> None:
    """SQLite has one writer; on PostgreSQL two imports would not see each other's new rows."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(7204)"))


def _pass(run: Run, progress: Callable[[float], object]) -> None:
    """Write all rows of the file that were not refused in an earlier pass."""
    again = run.scratch.refused > 0
    run.scratch.begin_pass()
    writer = WRITERS[run.layout.name](run)
    rows = _readable(run)
    while chunk := list(islice(rows, CHUNK)):
        if again:
            lines = [row.line for row in chunk]
            fallen = run.scratch.refused_between(min(lines), max(lines))
            chunk = [row for row in chunk if (row.line, run.key(row)) not in fallen]
        writer.write(_first_of_their_key(run, chunk))
        progress(run.reading.progress())
    writer.finish()


def _readable(run: Run) -> Iterator[Row]:
    for one in run.reading.rows():
        run.result.rows += 1 + len(getattr(one, "joined", ()))
        if isinstance(one, Refused):
            run.scratch.refuse(one.refusal, one.cells, f"{one.refusal.name}: {one.refusal.value}")
        else:
            yield one


def _first_of_their_key(run: Run, rows: list[Row]) -> list[Row]:
    if not run.layout.key:
        return rows
    keys = [run.key(row) for row in rows]
    doubles = run.scratch.doubles(keys, [row.line for row in rows])
    for place, line in doubles.items():
        key = keys[place].replace(", ", " and ") if len(run.layout.key) > 1 else keys[place]
        run.refuse(rows[place], run.layout.key[0], f'"{key}" stands in line {line} already')
    return [row for place, row in enumerate(rows) if place not in doubles] if doubles else rows
