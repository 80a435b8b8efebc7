"""The record of every import: the run, and each row it added and each field it changed."""

from collections.abc import Iterable
from datetime import date, datetime

from sqlmodel import Session, col, select, update

from models.imports import ImportChange, ImportRun
from models.rows import insert, insert_all
from register.rows import Reading
from register.writing.result import Change, ImportResult


class History:
    """Writes a run's changes as they are made. A dry run keeps none."""

    def __init__(self, session: Session, run: int | None) -> None:
        self._session, self._run = session, run

    def add(self, changes: Iterable[Change]) -> None:
        """Note these changes."""
        if self._run is not None:
            rows = [
                {"run_id": self._run, "key": one.key, "field": one.field, "old": one.old, "new": one.new}
                for one in changes
            ]
            insert_all(self._session, ImportChange, rows)


def begin(session: Session, reading: Reading, by: str, today: date, at: datetime) -> int:
    """Begin the record of a run; returns its key."""
    return insert(
        session, ImportRun, at=at, on=today, by=by, file=reading.path.name, sha256=reading.digest,
        kind=reading.layout, mapping=reading.mapping, rows=0, added=0, changed=0, unchanged=0, refused=0,
        written=False, reject_file="",
    )  # fmt: skip


def end(session: Session, run: int, result: ImportResult) -> None:
    """Say what came of the run."""
    session.exec(
        update(ImportRun)
        .where(col(ImportRun.id) == run)
        .values(
            rows=result.rows, added=result.added_count, changed=result.changed_count,
            unchanged=result.unchanged, refused=result.refused_count, written=result.written,
            reject_file=str(result.reject_file or ""),
        )
    )  # fmt: skip


def runs(session: Session, last: int) -> list[ImportRun]:
    """The newest imports, newest first."""
    return list(session.exec(select(ImportRun).order_by(col(ImportRun.id).desc()).limit(last)))


def changes(session: Session, run: int) -> Iterable[ImportChange]:
    """What a run added and changed, in the order it was written; streamed."""
    return session.exec(
        select(ImportChange).where(ImportChange.run_id == run).order_by(col(ImportChange.id)),
        execution_options={"yield_per": 500},
    )
