"""Reads a register's file: every row whole or refused whole, every refusal with its line, column and reason."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
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


@dataclass(frozen=True, slots=True)
class Sheet:
    """A file that was read: its layout, its header, the good rows and the refusals (with their cells)."""

    path: Path
    digest: str
    layout: Layout
    header: tuple[str, ...]
    rows: list[Row]
    refused: list[tuple[Refusal, tuple[str, ...]]]

    def refuse(self, row: Row, name: str, reason: str) -> Refusal:
        """Refuse a row that could be read but does not hold against the register or another row."""
        column = self.header.index(name) + 1 if name in self.header else 1
        value = row.cells[column - 1] if column <= len(row.cells) else ""
        refusal = Refusal(row.line, column, name, value, reason)
        self.refused.append((refusal, row.cells))
        return refusal


def read_sheet(path: Path) -> Sheet:
    """Read a CSV in one of the documented layouts, told apart by its header. Raises FileRefused."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise FileRefused(f"{path}: cannot be opened: {error.strerror}") from error
    lines = _lines(path, raw)
    _, header = next(lines, (0, ()))
    if not header:
        raise FileRefused(f"{path}: is empty; the first line must name the columns")
    header = tuple(name.strip().casefold().replace(" ", "_") for name in header)
    sheet = Sheet(path, sha256(raw).hexdigest(), _layout(path, header), header, [], [])
    for line, cells in lines:
        if any(cell.strip() for cell in cells):
            _read_row(sheet, line, tuple(cells))
    if not sheet.rows and not sheet.refused:
        raise FileRefused(f"{path}: has a header and no rows; there is nothing to import")
    _refuse_doubles(sheet)
    return sheet


def _lines(path: Path, raw: bytes) -> Iterator[tuple[int, tuple[str, ...]]]:
    """The records of the file, each with the line it begins on."""
    if b"\0" in raw[:65536]:
        raise FileRefused(
            f"{path}: is no CSV text (it holds binary data); save the sheet as CSV UTF-8 and try again"
        )
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        column = error.start - raw.rfind(b"\n", 0, error.start)
        raise FileRefused(
            f"{path}: line {line}, byte {column}: is not UTF-8 (byte 0x{raw[error.start]:02x}); "
            "save the sheet as CSV UTF-8 and try again"
        ) from error
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    begins = 1
    try:
        for cells in reader:
            yield begins, tuple(cells)
            begins = reader.line_num + 1
    except csv.Error as error:
        raise FileRefused(f"{path}: line {begins}: is no CSV: {error}") from error


def _layout(path: Path, header: tuple[str, ...]) -> Layout:
    layout = max(
        LAYOUTS, key=lambda one: (had := len(one.columns.keys() & set(header)), had / len(one.columns))
    )
    missing = [name for name in layout.columns if name not in header and name not in layout.optional]
    if not set(header) & layout.columns.keys():
        raise FileRefused(
            f'{path}: line 1: is no register in our layout: it begins "{header[0][:40]}"; the columns of '
            f"a contracts file are: {', '.join(LAYOUTS[2].columns)}"
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


def _read_row(sheet: Sheet, line: int, cells: tuple[str, ...]) -> None:
    row = Row(line, cells, {})
    if len(cells) != len(sheet.header):
        reason = f"the row has {len(cells)} cells and the header {len(sheet.header)}; is a comma unquoted?"
        sheet.refuse(row, sheet.header[min(len(cells), len(sheet.header)) - 1], reason)
        return
    for name, cell in zip(sheet.header, cells, strict=True):
        try:
            row.values[name] = sheet.layout.columns[name](unguarded(cell.strip()))
        except ValueError as error:
            sheet.refuse(row, name, str(error))
            return
    sheet.rows.append(row)


def _refuse_doubles(sheet: Sheet) -> None:
    seen: dict[tuple[Any, ...], int] = {}
    kept = []
    for row in sheet.rows:
        key = tuple(row.values[name] for name in sheet.layout.key)
        if key in seen:
            told = " and ".join(str(part) for part in key)
            sheet.refuse(row, sheet.layout.key[0], f'"{told}" stands in line {seen[key]} already')
        else:
            seen[key] = row.line
            kept.append(row)
    sheet.rows[:] = kept
