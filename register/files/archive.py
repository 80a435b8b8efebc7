"""Looks through a workbook's archive before any of it is parsed: nothing in it may fill the memory or the disk."""

import re
import zlib
from pathlib import Path
from zipfile import BadZipFile, ZipFile, ZipInfo

from register.rows import FileRefused

WHOLE, STRINGS, PART, ROW = 2 << 30, 256 << 20, 64 << 20, 8 << 20
"""The most bytes, unpacked, of all parts, of the shared strings, of any other part but a sheet, and of a sheet's row."""
MEMBERS = 10_000
_CHUNK = 1 << 20
_PLAIN = re.compile(rb"^(?:\xef\xbb\xbf)?\s*<(?!\?xml[^>]*encoding\s*=\s*[\"'](?!utf-8[\"']))", re.IGNORECASE)
# A formula without a result: the file was written by a program that does not calculate.
_UNCALCULATED = re.compile(rb"</f>(?:<v\s*/>|<v></v>)?</c>")


def look_through(path: Path) -> bool:
    """Whether a formula has no result. Raises FileRefused for an archive that no office program writes."""
    try:
        with ZipFile(path) as archive:
            parts = archive.infolist()
            if len(parts) > MEMBERS or sum(part.file_size for part in parts) > WHOLE:
                raise FileRefused(f"{path}: unpacks to more than any register needs; save the sheet as CSV")
            if "xl/workbook.xml" not in archive.namelist():
                raise FileRefused(
                    f"{path}: is no Excel workbook; save the sheet as XLSX or CSV and try again"
                )
            looked = [
                _look(path, archive, part) for part in parts if part.filename.endswith((".xml", ".rels"))
            ]
            return any(looked)
    except (BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError) as error:
        raise FileRefused(
            f"{path}: is no workbook that can be opened ({error}); save it anew as XLSX or CSV and try again"
        ) from error


def _look(path: Path, archive: ZipFile, part: ZipInfo) -> bool:
    sheet = part.filename.startswith("xl/worksheets/")
    most = WHOLE if sheet else STRINGS if part.filename.endswith("sharedStrings.xml") else PART
    if part.file_size > most:
        raise FileRefused(
            f"{path}: its part {part.filename} is too large for a register; save the sheet as CSV"
        )
    since_row, tail, uncalculated = 0, b"", False
    with archive.open(part) as file:
        while chunk := file.read(_CHUNK):
            # Only UTF-8 is let through: in another encoding what is looked for below could hide.
            if not tail and not _PLAIN.match(chunk):
                raise FileRefused(
                    f"{path}: its part {part.filename} is no XML that Excel writes; save it anew as XLSX"
                )
            text = tail + chunk
            # ECMA-376 part 2 allows a part no document type, so it declares no entity.
            if b"<!DOCTYPE" in text or b"<!ENTITY" in text:
                raise FileRefused(
                    f"{path}: its part {part.filename} declares entities, which Excel never does"
                )
            if sheet:
                row = text.rfind(b"<row")
                since_row = since_row + len(chunk) if row < 0 else len(text) - row
                if since_row > ROW:
                    raise FileRefused(
                        f"{path}: a row of {part.filename} is longer than any row of a register"
                    )
                uncalculated = uncalculated or _UNCALCULATED.search(text) is not None
            tail = text[-16:]
    return uncalculated
