"""CSV as people really have it: told encoding and separator, read as a stream with bounds on every record."""

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

from register.rows import FileRefused

SAMPLE = 1 << 16
LINE, RECORD = 1 << 20, 1 << 22
"""The most characters of a line and of a record (which quoted line breaks may spread over many lines)."""
SEPARATORS = ",;\t|"
_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class TextFile:
    """A CSV file as records of text, each with the line that it begins on."""

    def __init__(self, path: Path) -> None:
        """Tell the encoding and the separator from the file's beginning. Raises FileRefused."""
        self.path, self.size = path, path.stat().st_size
        self._at: TextIO | None = None
        with path.open("rb") as file:
            beginning = file.read(SAMPLE)
        self.encoding = _encoding(path, beginning)
        with self._open() as text:
            sample = text.read(SAMPLE // 2)
        self.separator = _separator(sample)
        self.hint = sample.startswith("sep=")

    def records(self) -> Iterator[tuple[int, list[str]]]:
        """The records from the beginning, those of blank lines too. Raises FileRefused where it is no CSV."""
        begins = 1
        with self._open() as self._at:
            lines = _Lines(self.path, self._at)
            reader = csv.reader(lines, delimiter=self.separator, strict=True)
            try:
                for cells in reader:
                    if not (self.hint and begins == 1):
                        yield begins, cells
                    begins = reader.line_num + 1
                    lines.of_record = 0
            except csv.Error as error:
                raise FileRefused(f"{self.path}: line {begins}: is no CSV: {error}") from error
            except UnicodeDecodeError as error:
                raise FileRefused(
                    f"{self.path}: after line {begins}: cannot be read as {self.encoding} "
                    f"(byte 0x{error.object[error.start]:02x}); save the sheet as CSV UTF-8 and try again"
                ) from error

    def progress(self) -> float:
        """How much of the file the last `records()` has read, from 0 to 1."""
        if self._at is None:
            return 0.0
        return 1.0 if self._at.closed else self._at.buffer.tell() / max(self.size, 1)

    def _open(self) -> TextIO:
        return self.path.open(encoding=self.encoding, errors="windows-1252", newline="")


class _Lines:
    """The lines of a text, none so long that it would fill the memory."""

    def __init__(self, path: Path, text: TextIO) -> None:
        self.path, self.text, self.line, self.of_record = path, text, 0, 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self.text.readline(LINE)
        if not line:
            raise StopIteration
        self.line += 1
        self.of_record += len(line)
        if len(line) == LINE or self.of_record > RECORD:
            raise FileRefused(
                f"{self.path}: line {self.line}: is longer than any row of a register; is it a CSV, "
                "and is every quotation mark closed?"
            )
        return line


def _fall_back(error: UnicodeError) -> tuple[str, int]:
    """Bytes that are not UTF-8 are Windows-1252, as Excel saves CSV: also where files of both were joined."""
    if not isinstance(error, UnicodeDecodeError) or error.encoding.startswith("utf-16"):
        raise error
    wrong = error.object[error.start : error.end]
    return wrong.decode("cp1252"), error.end


codecs.register_error("windows-1252", _fall_back)


def _encoding(path: Path, beginning: bytes) -> str:
    for mark, encoding in _MARKS.items():
        if beginning.startswith(mark):
            return encoding
    zeros = beginning.count(0)
    if not zeros:
        return "utf-8"
    # In UTF-16 every other byte of plain letters is zero, the second where the low byte comes first.
    for first, encoding in ((1, "utf-16-le"), (0, "utf-16-be")):
        if beginning[first::2].count(0) == zeros and zeros > len(beginning) // 4:
            return encoding
    raise FileRefused(
        f"{path}: is no CSV text (it holds binary data); save the sheet as CSV UTF-8 and try again"
    )


def _separator(sample: str) -> str:
    """The separator that cuts most rows of the sample into the same number of cells."""
    first = sample.splitlines()[:1]
    if first and first[0].startswith("sep=") and len(first[0]) == 5:
        return first[0][4]

    def evenness(separator: str) -> int:
        widths = []
        try:
            for cells in csv.reader(sample.splitlines(keepends=True), delimiter=separator):
                widths.append(len(cells))
        except csv.Error:  # the sample may end within a quotation
            pass
        wide = [width for width in widths if width > 1]
        return max((wide.count(width) * (width - 1) for width in set(wide)), default=0)

    return max(SEPARATORS, key=evenness)
