"""One pass of an import over a file: what the writer of a layout is given, and where it says what it did."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Protocol

from sqlmodel import Session

from models.planning import Rules
from register.identity.resolving import Resolver
from register.layouts import Layout
from register.rows import Reading, Refusal, Row
from register.writing.history import History
from register.writing.result import LISTED, Change, ImportResult
from register.writing.scratch import Scratch

BECAUSE = "the register was changed"
"""What is told to whoever was told a date that an import moves."""


@dataclass
class Run:
    """A pass over the file. After `late` refusals what was written does not hold: another pass leaves them out."""

    session: Session
    reading: Reading
    layout: Layout
    rules: Rules
    today: date
    ended_before: date | None
    suppliers: Resolver
    scratch: Scratch
    history: History
    result: ImportResult
    late: int = field(default=0, init=False)

    def key(self, row: Row) -> str:
        """What tells the row apart from the others of its layout; its line where nothing else does."""
        if not self.layout.key:
            return f"line {row.line}"
        return ", ".join(str(row.values[name]) for name in self.layout.key)

    def refuse(self, row: Row, name: str, reason: str) -> None:
        """Refuse a row that could be read but does not hold; `name` is a column of the layout."""
        self._refuse(row, self.key(row), name, reason)

    def refuse_late(self, row: Row, key: str, name: str, reason: str) -> None:
        """Refuse a row that was written already."""
        self.late += 1
        self._refuse(row, key, name, reason)

    def _refuse(self, row: Row, key: str, name: str, reason: str) -> None:
        refusal = self._refusal(row, name, reason)
        self.scratch.refuse(refusal, row.cells, key)
        for line, cells in row.joined:
            self.scratch.refuse(replace(refusal, line=line), cells, key)

    def _refusal(self, row: Row, name: str, reason: str) -> Refusal:
        place = self.reading.places.get(name, 0)
        theirs = self.reading.header[place] if self.reading.mapping and name in self.reading.places else name
        value = row.cells[place] if place < len(row.cells) else ""
        return Refusal(row.line, place + 1, theirs, value, reason)

    def added(self, keys: Sequence[str]) -> None:
        """These rows are new to the register."""
        self.result.added_count += len(keys)
        self.result.added += keys[: LISTED - len(self.result.added)]
        self.history.add([Change(key, "", "", "") for key in keys])

    def counted(self, new: int) -> None:
        """So many rows are new that are told by their number only: there are too many, and each tells nothing."""
        self.result.added_count += new

    def changed(self, key: str, fields: Iterable[tuple[str, Any, Any]]) -> bool:
        """A known row has these fields changed, from the old to the new; without any it is unchanged."""
        changes = [Change(key, name, _say(old), _say(new)) for name, old, new in fields]
        if not changes:
            self.result.unchanged += 1
            return False
        self.result.changed_count += 1
        self.result.changed += changes[: LISTED - len(self.result.changed)]
        self.history.add(changes)
        return True


def _say(value: object) -> str:
    if isinstance(value, tuple):
        return "; ".join(map(str, value))
    return "" if value is None else str(value)


class Writer(Protocol):
    """Writes the rows of one layout. Every row is settled by it: refused, added, changed or unchanged."""

    def __init__(self, run: Run) -> None: ...

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of rows, no two of one key."""
        ...

    def finish(self) -> None:
        """Settle, after the last chunk, what had to wait for it: a parent may stand below its child."""
        ...


MakeWriter = Callable[[Run], Writer]
