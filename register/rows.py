"""What a register's file is read into, whatever it was: rows of typed values, and refusals with their place."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from models.people import Scheme

REJECT_COLUMNS = ("rejected_line", "rejected_column", "rejected_value", "reason")
"""What a reject file has more than the file it is from; whoever mended it imports it as it is."""


class FileRefused(ValueError):
    """The file as a whole cannot be read; the message says where and why. Nothing was written."""


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier as a file names it. `identifiers` are (register, number) pairs, numbers as they came."""

    name: str
    identifiers: tuple[tuple[Scheme, str], ...] = ()
    sme: bool | None = None
    vcse: bool | None = None

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was refused. `line` is its first line in the file (from 1), `column` counts from 1."""

    line: int
    column: int
    name: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}, column {self.column} ({self.name}): {self.reason}"


@dataclass(frozen=True, slots=True)
class Row:
    """A row whose every cell could be read. `values` are by the layout's column names, `cells` as they came.

    Where a file gives a contract once for each supplier, `joined` are the further rows that went into this one, each
    with its line: if it is refused they are too.
    """

    line: int
    cells: tuple[str, ...]
    values: dict[str, Any]
    joined: tuple[tuple[int, tuple[str, ...]], ...] = ()


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that could not be read, with its cells as they came."""

    refusal: Refusal
    cells: tuple[str, ...]


@dataclass(slots=True)
class Notes:
    """What was noticed while the file was read, in sentences: rows passed over, two date formats, terms to confirm."""

    sentences: list[str] = field(default_factory=list)


class Reading(Protocol):
    """A file that can be read, row by row, from its beginning, as often as it is asked.

    `layout` names the layout its values are in ("contracts", "suppliers", …), `mapping` the mapping used (empty for our
    own layout). `header` are the columns as they came: a reject file has the same, and four more.
    `places` gives the place (from 0) in the header of a column of the layout, for a refusal of a row that could be read.
    """

    path: Path
    digest: str
    layout: str
    mapping: str
    header: tuple[str, ...]
    places: dict[str, int]
    notes: Notes

    def rows(self) -> Iterator[Row | Refused]:
        """The rows, in order; the file is streamed, never held."""
        ...

    def progress(self) -> float:
        """How much of the file the last `rows()` has read, from 0 to 1."""
        ...
