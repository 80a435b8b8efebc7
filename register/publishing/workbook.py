"""The register as a workbook for people: real dates and numbers, filters, a header that stays, no live formulas.

The same register gives the same bytes: the zip's entries and the document's properties bear the given day.
"""

import re
import shutil
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.cell.cell import ERROR_CODES, ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.writer.excel import ExcelWriter
from sqlmodel import Session

from lifecycle.partial_dates import PartialDate
from lifecycle.words import say
from register.formulas import guarded
from register.publishing.csv_files import Tick, as_text, no_tick, written
from register.publishing.left_out import Published
from register.publishing.tables import TABLES, header
from register.publishing.unkept import note_unkept
from register.publishing.whole_files import WholeFiles

SHEETS = {
    "contracts": "Contracts", "placements": "Placements", "suppliers": "Suppliers", "spend": "Spend", "people": "Posts",
}  # fmt: skip
NOTES = "Left out and notes"
LONGEST = 32_767
"""Characters a cell of a workbook holds (Excel's specifications and limits)."""
WIDTHS = {
    "title": 44, "name": 36, "owner": 34, "suppliers": 44, "note": 50, "description": 50, "reference": 22,
    "department": 24, "deputy": 34, "manager": 34, "email": 34, "supplier": 36, "regime": 22, "kind": 20,
}  # fmt: skip
MONEY, DAY = "#,##0.00", "dd/mm/yyyy"
_AS_WRITTEN = (
    (re.compile(r"\d{4}-\d\d-\d\d"), "yyyy-mm-dd", lambda day: day.isoformat()),
    (re.compile(r"\d\d/\d\d/\d{4}"), DAY, lambda day: f"{day:%d/%m/%Y}"),
    (re.compile(r"\d{1,2} [A-Z][a-z]+ \d{4}"), "d mmmm yyyy", say),
)
"""How a day was written, and the number format that shows it so."""


class _Archive(ZipFile):
    """A zip whose entries all bear one time."""

    def _info(self, name: str) -> ZipInfo:
        info = ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = ZIP_DEFLATED
        return info

    def write(self, filename: Any, arcname: Any = None, *_: Any, **__: Any) -> None:
        """Add a file."""
        with Path(filename).open("rb") as source, self.open(self._info(arcname), "w", force_zip64=True) as to:
            shutil.copyfileobj(source, to)

    def writestr(self, zinfo_or_arcname: Any, data: Any, *_: Any, **__: Any) -> None:
        """Add bytes."""
        super().writestr(self._info(str(zinfo_or_arcname)), data)


class _Sheet:
    """One sheet, written row by row."""

    def __init__(self, book: Workbook, title: str, columns: Sequence[str]) -> None:
        self.sheet = book.create_sheet(title)
        self.sheet.freeze_panes = "B2"
        self.sheet.page_setup.orientation = "landscape"
        self.sheet.print_title_rows = "1:1"
        for place, name in enumerate(columns, 1):
            width = WIDTHS.get(name, max(14, len(name) + 4))
            self.sheet.column_dimensions[get_column_letter(place)].width = width
        self._letters = get_column_letter(len(columns))
        self.rows, self.mended, self.cut = 0, 0, 0
        heads = []
        for name in columns:
            head = WriteOnlyCell(self.sheet, _headed(name))
            head.font, head.fill = Font(bold=True, color="FFFFFF"), PatternFill("solid", fgColor="1D4F76")
            head.alignment = Alignment(vertical="top", wrap_text=True)
            heads.append(head)
        self.sheet.append(heads)
        self._days = {shown: self._cell(shown) for _, shown, _ in _AS_WRITTEN}
        self._money = self._cell(MONEY)

    def _cell(self, shown: str) -> Any:
        """A cell that is filled anew for each row: it is written at once."""
        cell = WriteOnlyCell(self.sheet)
        cell.number_format = shown
        return cell

    def append(self, row: Iterable[object]) -> None:
        """Write a row. A cell of a format is filled anew each time: it is written before the next is made."""
        self.sheet.append(self._filled(value) for value in row)
        self.rows += 1

    def _filled(self, value: object) -> object:
        if value is None or value == "":
            return None
        if isinstance(value, PartialDate):
            shown = number_format(value)
            return self._dated(value.earliest, shown) if shown else self._worded(written(value))
        if isinstance(value, date):
            return self._dated(value, DAY)
        if isinstance(value, Decimal):
            self._money.value = value
            return self._money
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return self._worded(value if isinstance(value, str) else as_text(value))

    def _dated(self, value: date | None, shown: str) -> Any:
        cell = self._days[shown]
        cell.value = value
        cell.number_format = shown  # setting a date gives it a format of its own
        return cell

    def _worded(self, text: str) -> Any:
        if ILLEGAL_CHARACTERS_RE.search(text):
            text, self.mended = ILLEGAL_CHARACTERS_RE.sub("\ufffd", text), self.mended + 1
        if len(text) > LONGEST:
            text, self.cut = text[:LONGEST], self.cut + 1
        text = (
            guarded(text) if text.startswith(("'", "\t", "\r", "\n")) else text
        )  # the import would strip it
        if not text.startswith("=") and text not in ERROR_CODES:
            return text
        cell = WriteOnlyCell(self.sheet, text)
        cell.data_type = "s"  # neither a formula nor an error
        return cell

    def close(self) -> None:
        """Put the filters on."""
        self.sheet.auto_filter.ref = f"A1:{self._letters}{self.rows + 1}"


def _headed(name: str) -> str:
    """The header of a column: its name in words, abbreviations in capitals."""
    return re.sub(
        r"\b(?:ocid|cpv|url|vat|sme|vcse)\b", lambda found: found[0].upper(), name.replace("_", " ").capitalize(),
        flags=re.IGNORECASE,
    )  # fmt: skip


def number_format(day: PartialDate) -> str:
    """The format in which a day shows as it was written; empty where it is not one day, or cannot be shown so."""
    if day.earliest is None or not day.pinned:
        return ""
    for words, shown, write in _AS_WRITTEN:
        if words.fullmatch(day.text) and write(day.earliest) == day.text:
            return shown
    return ""


def write_workbook(session: Session, out: Path, council: str, today: date, tick: Tick = no_tick) -> Published:
    """Write the workbook, whole or not at all. Raises OSError."""
    book = Workbook(write_only=True)
    done = Published()
    note_unkept(session, done)
    for name, title in SHEETS.items():
        sheet = _Sheet(book, title, header(name))
        for row in TABLES[name](session, today, tick):
            sheet.append(row)
        sheet.close()
        done.rows[name] = sheet.rows
        if sheet.mended:
            done.notes.append(
                f"{title}: {sheet.mended:,} cells held characters that a workbook cannot; they read \ufffd."
            )
        if sheet.cut:
            done.notes.append(
                f"{title}: {sheet.cut:,} cells were longer than the {LONGEST:,} characters a workbook holds, and are "
                "cut; the CSV has them whole."
            )
    notes = _Sheet(book, NOTES, ("what",))
    notes.sheet.column_dimensions["A"].width = 120
    for line in (f"{council}: the register as at {say(today)}", *done.lines()):
        notes.append([line])
    book.properties.creator, book.properties.title = "Recommission", f"The register of {council}"
    book.properties.description = (
        f"As at {say(today)}. For use within the council: it lists single placements."
    )
    book.properties.language = "en-GB"
    book.properties.created = book.properties.modified = datetime(today.year, today.month, today.day)  # noqa: DTZ001 - openpyxl takes naive UTC
    with WholeFiles() as files, _Archive(files.at(out), "w", ZIP_DEFLATED, allowZip64=True) as archive:
        ExcelWriter(book, archive).save()
    done.files = files.paths
    return done
