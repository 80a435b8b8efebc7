"""Reads a register's file: every row whole or refused whole, every refusal with its line, column and reason."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from register.files.headers import Header
from register.files.table import Table
from register.formulas import unguarded
from register.layouts import LAYOUTS, Layout, Reader
from register.mapped import MappedReading
from register.mapping.kept import Mapping, load
from register.mapping.names import knows
from register.mapping.proposing import Proposal, propose_for
from register.rows import FileRefused, Notes, Reading, Refusal, Refused, Row

KEPT = 1 << 12
Tell = Callable[[float], object]


class NeedsMapping(FileRefused):
    """The file is in none of our layouts: its columns must be mapped to a layout's (see `propose`)."""


def open_reading(
    path: Path,
    *,
    layout: str | None = None,
    mapping: str | Mapping | None = None,
    sheet: str | None = None,
    mappings_folder: Path | None = None,
    tell: Tell = lambda done: None,
) -> Reading:
    """Open a register's file to read it row by row, through a mapping or in one of our own layouts.

    `mapping` is one, or the name of one kept in the folder; `tell` is told how much of a workbook is unpacked, from
    0 to 1. Raises FileRefused; NeedsMapping where no mapping is given and the file is in none of our layouts.
    """
    if isinstance(mapping, str):
        if mappings_folder is None:
            raise FileRefused(f"{path}: the mapping “{mapping}” needs the folder where mappings are kept")
        mapping = load(mappings_folder, mapping)
    if mapping is not None:
        return MappedReading(Table(path, sheet or mapping.sheet, knows, tell), mapping)
    return OwnReading(Table(path, sheet, knows, tell), layout)


def propose(
    path: Path,
    *,
    layout: str | None = None,
    name: str = "",
    sheet: str | None = None,
    tell: Tell = lambda done: None,
) -> Proposal:
    """Propose a mapping of the file's columns to a layout's, to be looked at and kept. Raises FileRefused."""
    return propose_for(Table(path, sheet, knows, tell), name or path.stem, layout)


class OwnReading:
    """A file in one of our own layouts, whose header must be exactly that."""

    mapping = ""

    def __init__(self, table: Table, layout: str | None) -> None:
        self.path, self.digest, self.notes = table.path, table.digest, Notes()
        table.use(Header(tuple(table.top), 0, 0))
        self.header = table.header
        names = tuple(name.strip().casefold().replace(" ", "_") for name in self.header)
        try:
            self._layout = _layout(self.path, names)
        except FileRefused as refused:
            raise refused if _is_ours(names) else NeedsMapping(str(refused)) from None
        if layout is not None and layout != self._layout.name:
            raise FileRefused(f"{self.path}: is a file of {self._layout.name}, not of {layout}")
        self.layout, self.places = self._layout.name, {name: at for at, name in enumerate(names)}
        self._readers = [(name, _kept(self._layout.columns[name])) for name in names]
        self._table = table
        if next(table.rows(), None) is None:
            raise FileRefused(f"{self.path}: has a header and no rows; there is nothing to import")

    def rows(self) -> Iterator[Row | Refused]:
        """The rows in order."""
        for line, cells in self._table.rows():
            yield self._read(line, tuple(cells))

    def progress(self) -> float:
        """How much of the file the last `rows()` has read, from 0 to 1."""
        return self._table.file.progress()

    def _read(self, line: int, cells: tuple[str, ...]) -> Row | Refused:
        values: dict[str, Any] = {}
        row = Row(line, cells, values)
        if self._table.misfit(cells):
            reason = f"the row has {len(cells)} cells and the header {len(self.header)}; is a comma unquoted?"
            return self._refused(row, list(self.places)[min(len(cells), len(self.header)) - 1], reason)
        if len(cells) < len(self.header):
            cells += ("",) * (len(self.header) - len(cells))
        for (name, read), cell in zip(self._readers, cells, strict=False):
            try:
                values[name] = read(cell)
            except ValueError as error:
                return self._refused(row, name, str(error))
        return row

    def _refused(self, row: Row, name: str, reason: str) -> Refused:
        at = self.places[name]
        value = row.cells[at] if at < len(row.cells) else ""
        return Refused(Refusal(row.line, at + 1, name, value, reason), row.cells)


def _kept(read: Reader) -> Reader:
    """The reader of a column's cells, which keeps what it has read: the same words come again and again."""
    return lru_cache(maxsize=KEPT)(lambda cell: read(unguarded(cell.strip())))


def _is_ours(names: tuple[str, ...]) -> bool:
    """Whether most of the columns are a layout's and most that it needs are there: then a fault in it is told."""
    return any(
        len(known := set(names) & one.columns.keys()) * 2 > len(names)
        and len(known - one.optional) * 4 >= len(one.columns.keys() - one.optional) * 3
        for one in LAYOUTS
    )


def _layout(path: Path, header: tuple[str, ...]) -> Layout:
    layout = max(
        LAYOUTS, key=lambda one: (had := len(one.columns.keys() & set(header)), had / len(one.columns))
    )
    missing = [name for name in layout.columns if name not in header and name not in layout.optional]
    if not set(header) & layout.columns.keys():
        raise FileRefused(
            f"{path}: line 1: no column is one of a register's ({', '.join(header)[:80]}); is it the right file? "
            "Its header names columns such as reference, title, supplier, start and end"
        )
    if missing:
        raise FileRefused(f"{path}: line 1: the column {missing[0]!r} of a {layout.name} file is missing")
    for column, name in enumerate(header, 1):
        if header.index(name) != column - 1:
            raise FileRefused(f"{path}: line 1, column {column}: the column {name!r} stands there twice")
        if name not in layout.columns:
            raise FileRefused(
                f"{path}: line 1, column {column}: {name!r} is no column of a {layout.name} file"
            )
    return layout
