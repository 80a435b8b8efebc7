"""XLSX as people really have it: the sheet that holds the register, as rows of text, never held in memory."""

import csv
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import TextIOWrapper
from itertools import islice
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any
from weakref import finalize

from lifecycle.words import say
from register.files.archive import look_through
from register.rows import FileRefused

ROWS, COLUMNS = 1 << 20, 1 << 10
"""Excel's own most rows, and the most columns that are looked at."""
BLANK = 10_000
LOOKED_AT = 60
"""So many rows of each sheet are looked at to choose one."""
OLD = b"\xd0\xcf\x11\xe0"


class WorkbookFile:
    """One sheet of a workbook as records of text, each with its row.

    Reading a workbook is slow, and it is read more than once: its rows lie in a temporary file meanwhile.
    """

    def __init__(
        self,
        path: Path,
        sheet: str | None,
        worth: Callable[[Sequence[Sequence[str]]], int],
        tell: Callable[[float], object] = lambda done: None,
    ) -> None:
        """Choose the sheet and unpack it. `worth` says how much of a register some rows are. Raises FileRefused."""
        self.path, self._read, self._size = path, 0, 0
        self.uncalculated = look_through(path)
        kept = NamedTemporaryFile("w", encoding="utf-8", newline="", prefix="recommission-", delete=False)  # noqa: SIM115 - closed below, removed with this object
        self._rows = Path(kept.name)
        finalize(self, self._rows.unlink, missing_ok=True)
        with kept, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # what openpyxl does not know is no part of a register's rows
            try:
                self._unpack(kept, sheet, worth, tell)
            except FileRefused:
                raise
            except Exception as error:  # openpyxl has no error of its own for a workbook it cannot read
                raise FileRefused(
                    f"{path}: is a workbook that cannot be read ({type(error).__name__}: {error}); "
                    "open it in Excel, save it anew as XLSX and try again"
                ) from error
        self._size = self._rows.stat().st_size

    def _unpack(self, kept: Any, sheet: str | None, worth: Any, tell: Callable[[float], object]) -> None:
        from openpyxl import load_workbook

        workbook = load_workbook(self.path, read_only=True, data_only=True)
        try:
            self.sheets = [
                one.title for one in workbook.worksheets if one.sheet_state == "visible" or one.title == sheet
            ]
            self.hidden = [one for one in workbook.sheetnames if one not in self.sheets]
            if not self.sheets:
                raise FileRefused(f"{self.path}: has no sheet of rows that is not hidden")
            if sheet is not None and sheet not in self.sheets:
                raise FileRefused(
                    f"{self.path}: has no sheet “{sheet}”; its sheets are: {', '.join(self.sheets)}"
                )
            looked = {
                one: [cells for _, cells in islice(_records(workbook[one], COLUMNS), LOOKED_AT)]
                for one in ([sheet] if sheet else self.sheets)
            }
            self.sheet = max(looked, key=lambda one: worth(looked[one]))
            width = max((len(cells) for cells in looked[self.sheet]), default=1)
            writer = csv.writer(kept)
            chosen = workbook[self.sheet]
            most = max(chosen.max_row or 1, 1)  # only for the progress: a workbook may lie about it
            chosen.reset_dimensions()
            for row, cells in _records(chosen, width):
                writer.writerow([row, *cells])
                if not row % 1000:
                    tell(min(row / most, 1.0))
        finally:
            workbook.close()

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """The rows from the beginning, with their numbers in the sheet; blank ones are left out."""
        self._read = 0
        with self._rows.open("rb") as raw, TextIOWrapper(raw, encoding="utf-8", newline="") as file:
            for number, *cells in csv.reader(file):
                if number.endswith("00"):
                    self._read = raw.tell()
                yield int(number), cells
        self._read = self._size

    def progress(self) -> float:
        """How much of the sheet the last `records()` has read, from 0 to 1."""
        return self._read / max(self._size, 1)


def _records(sheet: Any, width: int) -> Iterator[tuple[int, list[str]]]:
    """The rows with something in them; what stands below so many blank rows as no register has is not looked for."""
    sheet.reset_dimensions()
    blank = 0
    for number, row in enumerate(sheet.iter_rows(max_row=ROWS, max_col=width), 1):
        if all(cell.value is None for cell in row):
            if (blank := blank + 1) > BLANK:
                return
            continue
        cells = [value if type(value := cell.value) is str else _text(value, cell) for cell in row]
        while cells and not cells[-1].strip():
            cells.pop()
        if cells:
            blank = 0
            yield number, cells


SHOWN: Mapping[str, Callable[[date], str]] = {"dd/mm/yyyy": lambda day: f"{day:%d/%m/%Y}", "d mmmm yyyy": say}
"""Formats of days that can be read back as they are shown; a day in any other is an ISO day."""


def _text(value: Any, cell: Any) -> str:
    """A cell as a person would type it: days as they are shown, numbers without a needless fraction."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "Yes" if value else "No"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else format(Decimal(repr(value)), "f")
    if isinstance(value, datetime):
        if value.time() != time():
            return value.isoformat(" ", "seconds")
        return SHOWN.get(cell.number_format, date.isoformat)(value.date())
    return str(value)
