"""CSV and XLSX are opened as people have them: encodings, separators, preambles, merged headers, totals, sheets."""

from collections.abc import Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import pytest
from openpyxl import Workbook

from register.reading import NeedsMapping, open_reading, propose
from register.rows import FileRefused, Row

HEADER = "Contract Ref,Title of agreement,Supplier,Start date,End date,Contract value"
ROWS = ["C1,Café visits,Wren Care,01/04/2023,31/03/2025,\"£1,000\"", "C2,Homes – north,Finch Care,01/05/2023,30/04/2025,2000"]  # fmt: skip
PLAIN = "\n".join([HEADER, *ROWS]) + "\n"


def read(path: Path, **how: Any) -> list[dict[str, Any]]:
    """The values of the file through the mapping that is proposed; every row must be good."""
    reading = open_reading(path, mapping=propose(path, **how).mapping)
    rows = list(reading.rows())
    assert all(isinstance(row, Row) for row in rows), rows
    return [row.values for row in rows if isinstance(row, Row)]


def notes(path: Path) -> str:
    reading = open_reading(path, mapping=propose(path).mapping)
    list(reading.rows())
    return " ".join(reading.notes.sentences)


def written(folder: Path, content: bytes | str, name: str = "theirs.csv") -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


@pytest.mark.parametrize(
    "content",
    [PLAIN.encode(), PLAIN.encode("utf-8-sig"), PLAIN.encode("cp1252"), PLAIN.encode("utf-16"), PLAIN.encode("utf-16-le"),
     PLAIN.encode("utf-16-be"), b"\xfe\xff" + PLAIN.encode("utf-16-be"), PLAIN.replace("\n", "\r\n").encode(),
     PLAIN.replace("\n", "\r").encode(), HEADER.encode() + b"\n" + ROWS[0].encode("cp1252") + b"\n" + ROWS[1].encode()],
    ids=["UTF-8", "with its mark", "Windows-1252", "UTF-16", "UTF-16 low first", "UTF-16 high first",
         "UTF-16 high first with its mark", "CRLF", "CR", "two encodings joined"],
)  # fmt: skip
def test_every_encoding_in_use_reads_the_same(content: bytes, tmp_path: Path) -> None:
    one, two = read(written(tmp_path, content))
    assert (one["title"], two["title"]) == ("Café visits", "Homes – north")
    assert (str(one["value"]), str(two["end"])) == ("1000.00", "30/04/2025")


@pytest.mark.parametrize("separator", [";", "\t", "|"])
def test_every_separator_reads_the_same(separator: str, tmp_path: Path) -> None:
    text = PLAIN.replace(",", separator).replace(f'"£1{separator}000"', '"£1,000"')
    assert [one["reference"] for one in read(written(tmp_path, text))] == ["C1", "C2"]
    if separator == ";":
        assert len(read(written(tmp_path, f"sep=;\n{text}"))) == 2


MESSES = {
    "a preamble above the header": ("Contracts register,,,,,\nAs at 1 April 2024,,,,,\n,,,,,\n" + PLAIN, "line 4"),
    "a total below the rows": (PLAIN + ",,,,,\nTotal,,,,,3000\n", "Line 5 was passed over: such rows add up others"),
    "headings between the rows": (PLAIN.replace("C2,", "Children's homes,,,,,\nC2,"), "Line 3"),
    "blank columns and rows after the last": (PLAIN.replace("\n", ",,\n") + ",,,,,,,\n" * 3, "commas"),
    "the header again": (PLAIN.replace("C2,", f"{HEADER}\nC2,"), "Line 3 was passed over: such rows repeat the header"),
    "a header of two rows": (
        PLAIN.replace(HEADER, "Contract,,Supplier,Contract dates,,Contract value\nRef,Title of agreement,,Start date,End date,"), "commas"),
}  # fmt: skip


@pytest.mark.parametrize("mess", MESSES)
def test_what_is_no_record_is_passed_over_and_told(mess: str, tmp_path: Path) -> None:
    text, told = MESSES[mess]
    path = written(tmp_path, text)
    assert [(one["reference"], one["title"], str(one["end"])) for one in read(path)] == [
        ("C1", "Café visits", "31/03/2025"), ("C2", "Homes – north", "30/04/2025"),
    ]  # fmt: skip
    assert told in notes(path)


def test_a_row_of_another_width_is_refused_and_not_shifted(tmp_path: Path) -> None:
    path = written(tmp_path, PLAIN + "C3,Homes, north,Finch Care,01/05/2023,30/04/2025,2000\nC4,Broken\n")
    rows = list(open_reading(path, mapping=propose(path).mapping).rows())
    assert [type(row).__name__ for row in rows] == ["Row", "Row", "Refused", "Refused"]
    assert [str(row.refusal)[:6] for row in rows if not isinstance(row, Row)] == ["line 4", "line 5"]


def workbook(folder: Path, sheets: dict[str, Sequence[Sequence[Any]]]) -> Path:
    book = Workbook()
    book.remove(book.worksheets[0])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    path = folder / "theirs.xlsx"
    book.save(path)
    return path


SHEET: list[list[Any]] = [
    ["Contract Ref", "Title of agreement", "Supplier", "Start date", "End date", "Contract value"],
    [4711, "Homes", "Wren Care", date(2023, 4, 1), datetime(2025, 3, 31), 1234.5],  # noqa: DTZ001 - a sheet has no zone
    ["C2", "Visits", "Finch Care", "April 2023", "TBC", 2000.0],
]


def test_a_workbook_gives_real_dates_and_plain_numbers(tmp_path: Path) -> None:
    one, two = read(workbook(tmp_path, {"Register": SHEET}))
    assert (one["reference"], one["start"].earliest, one["end"].earliest) == ("4711", date(2023, 4, 1), date(2025, 3, 31))  # fmt: skip
    assert (str(one["value"]), str(two["value"]), str(two["end"])) == ("1234.50", "2000.00", "TBC")


def test_the_sheet_with_the_register_is_chosen_and_told_and_another_can_be_named(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"Notes": [["How to use this"]], "Live": SHEET, "Old": [SHEET[0], SHEET[1]]})
    assert len(read(path)) == 2
    assert "The sheet “Live” was read; not read: “Notes”, “Old”." in notes(path)
    assert len(read(path, sheet="Old")) == 1
    with pytest.raises(FileRefused, match="has no sheet “New”; its sheets are: Notes, Live, Old"):
        propose(path, sheet="New")


def test_our_own_layout_is_read_from_a_workbook_too(tmp_path: Path) -> None:
    path = workbook(tmp_path, {"people": [["title", "email", "deputy", "manager"], ["Head", "h@council.example", None, None]]})  # fmt: skip
    [row] = open_reading(path).rows()
    assert isinstance(row, Row)
    assert row.values["title"] == "Head"


def test_a_file_in_no_layout_of_ours_needs_a_mapping(tmp_path: Path) -> None:
    with pytest.raises(NeedsMapping):
        open_reading(written(tmp_path, PLAIN))


def altered(path: Path, part: str, change: Any) -> Path:
    """The workbook with one part of its archive changed."""
    with ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts[part] = change(parts[part])
    with ZipFile(path, "w", ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return path


ENTITIES = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">' + b"".join(
    b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 10) for n in range(8)
) + b"]>"  # fmt: skip
XML, FIRST = b'<?xml version="1.0"?>', "xl/worksheets/sheet1.xml"
BOMBS = {
    "entities": (FIRST, lambda text: XML + ENTITIES + text.partition(b"?>")[2] if text.startswith(b"<?") else XML + ENTITIES + text, "declares entities"),
    "a cell without end": (FIRST, lambda text: text.replace(b"</sheetData>", b'<row r="9"><c r="A9" t="inlineStr"><is><t>' + b"a" * (20 << 20) + b"</t></is></c></row></sheetData>"), "longer than any row"),
    "a million columns": (FIRST, lambda text: text.replace(b"</sheetData>", b'<row r="9">' + b"<c><v>1</v></c>" * (1 << 20) + b"</row></sheetData>"), "longer than any row"),
    "a part in another encoding": (FIRST, lambda text: b'<?xml version="1.0" encoding="utf-7"?>' + text, "no XML that Excel writes"),
    "no XML at all": (FIRST, lambda text: b"<worksheet", "cannot be read"),
    "styles without end": ("xl/styles.xml", lambda text: b"<a>" + b" " * (65 << 20), "too large"),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
def test_a_workbook_made_to_fill_the_memory_is_refused(bomb: str, tmp_path: Path) -> None:
    part, change, says = BOMBS[bomb]
    path = altered(workbook(tmp_path, {"Register": SHEET}), part, change)
    with pytest.raises(FileRefused, match=says) as refused:
        propose(path)
    assert "\n" not in str(refused.value)


def test_a_workbook_that_lies_about_its_size_is_read_as_it_is(tmp_path: Path) -> None:
    path = altered(
        workbook(tmp_path, {"Register": SHEET}),
        FIRST,
        lambda text: text.replace(b'<dimension ref="A1:F3"', b'<dimension ref="A1:XFD1048576"')
        .replace(b'<row r="3"', b'<row r="1999999999"', 1),
    )  # fmt: skip
    assert [one["reference"] for one in read(path)] == ["4711"]


@pytest.mark.parametrize(
    ("content", "says"),
    [("a," * (1 << 20), "longer than any row"), ('a,b\n"' + "x\n" * (1 << 21), "is no CSV|longer than any row"),
     (b"\xd0\xcf\x11\xe0" + bytes(600), "old Excel file"), (b"a,b\n\x81\n", "0x81"), ("a,b\n" + '"\n",' * (5 << 17), "longer than any row")],
    ids=["a million columns", "a cell without end", "XLS", "no letter of Windows-1252", "a record over a million lines"],
)  # fmt: skip
def test_a_text_made_to_fill_the_memory_or_of_no_encoding_is_refused(content: bytes | str, says: str, tmp_path: Path) -> None:  # fmt: skip
    path = written(tmp_path, content)
    with pytest.raises(FileRefused, match=says):
        list(open_reading(path, mapping=propose(path).mapping).rows())
