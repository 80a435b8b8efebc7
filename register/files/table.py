"""One sheet of a file, whatever it was, as a header and rows of text."""

from collections.abc import Callable, Iterator
from hashlib import file_digest
from itertools import islice
from pathlib import Path

from register.files.headers import LOOKED_AT, Header, Knows, find_header, is_total, stands_alone
from register.files.text import TextFile
from register.files.workbook import OLD, WorkbookFile
from register.rows import REJECT_COLUMNS, FileRefused

NO_TABLES = (
    b"%PDF",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"{\\rtf",
    b"<html",
    b"<HTML",
    b"<!DOCTYP",
    b"<!doctyp",
)
"""How files begin that people pick by mistake."""


class Table:
    """The sheet of a file that holds the register. Every pass over its rows streams the file anew."""

    def __init__(self, path: Path, sheet: str | None, knows: Knows, tell: Callable[[float], object]) -> None:
        """Open the file and find its header. Raises FileRefused."""
        self.path = path
        self.file = self._opened(sheet, knows, tell)
        beginning = list(
            islice(((line, cells) for line, cells in self.file.records() if _filled(cells)), LOOKED_AT)
        )
        if not beginning:
            raise FileRefused(f"{path}: is empty; the first line must name the columns")
        self._beginning = beginning
        self.top = tuple(beginning[0][1])
        self.use(find_header([cells for _, cells in beginning], knows) or Header(self.top, 0, 0))

    def use(self, header: Header) -> None:
        """Take this header."""
        own = len(header.names) - len(REJECT_COLUMNS)
        self._cut = own if header.names[own:] == REJECT_COLUMNS else None
        self.header = header.names[: self._cut]
        self.header_line = self._beginning[header.first][0]
        self._before_rows = self._beginning[header.last][0]
        self.preamble = header.first

    def _opened(
        self, sheet: str | None, knows: Knows, tell: Callable[[float], object]
    ) -> TextFile | WorkbookFile:
        try:
            with self.path.open("rb") as file:
                beginning = file.read(8)
                file.seek(0)
                self.digest = file_digest(file, "sha256").hexdigest()
            if beginning.startswith(OLD):
                raise FileRefused(
                    f"{self.path}: is an old Excel file (XLS) or one with a password; "
                    "save it as XLSX without a password and try again"
                )
            if beginning.startswith(NO_TABLES):
                raise FileRefused(
                    f"{self.path}: is a PDF, a picture, a letter or a web page, and no table; save the sheet that it was made from "
                    "as XLSX or CSV and import that"
                )
            if beginning.startswith(b"PK\x03\x04"):
                return WorkbookFile(self.path, sheet, lambda rows: _worth(rows, knows), tell)
            if sheet is not None:
                raise FileRefused(f"{self.path}: is no workbook, so it has no sheet “{sheet}”")
            return TextFile(self.path)
        except OSError as error:
            raise FileRefused(
                f"{self.path}: cannot be opened: {error.strerror or error}; check its name and its folder"
            ) from error

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """The rows below the header that are not blank, each with its line."""
        for line, cells in self.file.records():
            if line > self._before_rows and _filled(cells):
                yield line, cells[: self._cut]

    @property
    def described(self) -> str:
        """What was opened, in words."""
        if isinstance(self.file, WorkbookFile):
            others = [f"“{one}”" for one in self.file.sheets if one != self.file.sheet]
            others += [f"“{one}” (hidden)" for one in self.file.hidden]
            told = f"The sheet “{self.file.sheet}” was read"
            return f"{told}; not read: {', '.join(others)}." if others else f"{told}."
        names = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "upright strokes"}
        separator = names.get(self.file.separator, f"“{self.file.separator}”")
        encoding = {"utf-8": "UTF-8 or Windows-1252", "utf-8-sig": "UTF-8"}.get(self.file.encoding, "UTF-16")
        return f"Read as {encoding} text separated by {separator}."

    @property
    def uncalculated(self) -> bool:
        """Whether a formula of the workbook has no result."""
        return isinstance(self.file, WorkbookFile) and self.file.uncalculated

    def misfit(self, cells: tuple[str, ...]) -> str:
        """Why a row does not fit the header; empty where it does. A sheet's rows end with their last word."""
        width = len(self.header)
        if len(cells) == width or (len(cells) < width and isinstance(self.file, WorkbookFile)):
            return ""
        if len(cells) > width and not any(cell.strip() for cell in cells[width:]):
            return ""
        what = "separator unquoted" if len(cells) > width else "line break unquoted"
        return f"the row has {len(cells)} cells and the header {width}; is a {what}?"

    def passed_over(self, cells: list[str]) -> str:
        """Why a row is no record of the register; empty where it may be one."""
        if (len(cells) - cells.count("")) * 2 > len(self.header):
            return (
                "repeat the header"
                if cells[0].strip() == self.header[0] and _same(cells, self.header)
                else ""
            )
        if is_total(cells):
            return "add up others"
        if stands_alone(cells, len(self.header)):
            return "have words in one cell only"
        if tuple(cell.strip() for cell in cells if cell.strip()) == tuple(
            name for name in self.header if name
        ):
            return "repeat the header"
        return ""


def _same(cells: list[str], header: tuple[str, ...]) -> bool:
    return [" ".join(cell.split()) for cell in cells[: len(header)]] == list(header)


def _filled(cells: list[str]) -> bool:
    return any(cells) and any(cell.strip() for cell in cells)


def _worth(rows: object, knows: Knows) -> int:
    assert isinstance(rows, list)
    header = find_header(rows, knows)
    return 0 if header is None else knows(header.names) * 100 + min(len(rows) - header.last, 99)
