"""Our register goes out as CSV and as a workbook and comes back without loss; nothing in it runs, twice is the same."""

import shutil
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from openpyxl import load_workbook

from models.planning import Rules
from models.session import unit_of_work
from register.importing import import_reading
from register.publishing.own_csv import write_tables
from register.publishing.tables import TABLES
from register.publishing.workbook import SHEETS, write_workbook
from register.reading import open_reading
from register.writing.result import ImportResult
from tests.register.publishing.hostile import FORMULA, TODAY, files, opened
from tests.town import NOW
from tests.town import TODAY as THEN

COUNCIL = "Nottinghamshire County Council"
Where = Callable[[Path, str], tuple[Path, str | None]]
WAYS: dict[str, Where] = {
    "csv": lambda folder, name: (folder / f"{name}.csv", None),
    "xlsx": lambda folder, name: (folder / "register.xlsx", SHEETS[name]),
}


def export(url: str, folder: Path, today: date) -> None:
    with opened(url) as session:
        write_tables(session, folder, today)
        write_workbook(session, folder / "register.xlsx", COUNCIL, today)


def bring_back(url: str, folder: Path, way: str, rules: Rules, today: date) -> dict[str, ImportResult]:
    done = {}
    for name in TABLES:
        if not (folder / f"{name}.csv").exists():
            continue  # the sample register has no particulars of placements
        path, sheet = WAYS[way](folder, name)
        reading = open_reading(path, layout=name, sheet=sheet)
        with unit_of_work(url) as session:
            done[name] = import_reading(session, reading, rules, today, NOW, "import", folder / "rejects")
        assert not done[name].refused, done[name].refused
    return done


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_out_changes_nothing_when_it_comes_back(
    way: str, register: str, tmp_path: Path, rules: Rules
) -> None:
    export(register, tmp_path / "out", TODAY)
    for name, done in bring_back(register, tmp_path / "out", way, rules, TODAY).items():
        assert (done.changed, done.added, done.milestones) == ([], [], 0), name
        assert done.unchanged


@pytest.mark.parametrize("way", WAYS)
def test_an_empty_register_that_takes_it_is_the_same_register(
    way: str, register: str, sqlite_template: Path, tmp_path: Path, rules: Rules
) -> None:
    shutil.copy(sqlite_template, tmp_path / "empty.db")
    export(register, tmp_path / "out", TODAY)
    empty = f"sqlite:///{tmp_path / 'empty.db'}"
    bring_back(empty, tmp_path / "out", way, rules, TODAY)
    export(empty, tmp_path / "again", TODAY)
    ours, theirs = files(tmp_path / "out"), files(tmp_path / "again")
    for name in TABLES:
        assert theirs[f"{name}.csv"] == ours[f"{name}.csv"]


@pytest.mark.parametrize("way", WAYS)
def test_the_sample_register_comes_back_unchanged(
    way: str, sample_register: Path, tmp_path: Path, rules: Rules
) -> None:
    shutil.copy(sample_register, tmp_path / "sample.db")
    url = f"sqlite:///{tmp_path / 'sample.db'}"
    export(url, tmp_path / "out", THEN)
    done = bring_back(url, tmp_path / "out", way, rules, THEN)
    assert {name: (one.unchanged, one.changed, one.added) for name, one in done.items()} == {
        "people": (16, [], []),
        "suppliers": (181, [], []),
        "contracts": (146, [], []),
        "spend": (469, [], []),
    }


def test_the_workbook_has_real_dates_and_numbers_and_no_formula(register: str, tmp_path: Path) -> None:
    export(register, tmp_path, TODAY)
    book = load_workbook(tmp_path / "register.xlsx")
    assert book.sheetnames == [*SHEETS.values(), "Left out and notes"]
    sheet = book["Contracts"]
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("B2", f"A1:{sheet.dimensions.split(':')[1]}")
    first: dict[str, Any] = {str(head.value): cell for head, cell in zip(sheet[1], sheet[2], strict=True)}
    assert (first["Title"].value, first["Title"].data_type) == (FORMULA, "s")
    assert (first["Start"].is_date, first["Start"].number_format) == (True, "d mmmm yyyy")
    assert (first["End"].is_date, first["End"].number_format) == (True, "dd/mm/yyyy")
    assert first["Review"].value == "summer 2027"
    assert Decimal(str(first["Value max"].value)) == Decimal("12000000.25")
    kinds = {cell.data_type for each in book.worksheets for row in each.iter_rows() for cell in row}
    assert kinds <= {"s", "n", "d"}
    assert (book.properties.title, book.properties.language) == (f"The register of {COUNCIL}", "en-GB")


def test_the_same_register_gives_the_same_workbook(register: str, tmp_path: Path) -> None:
    for folder in ("one", "two"):
        export(register, tmp_path / folder, TODAY)
    assert files(tmp_path / "one") == files(tmp_path / "two")
    with ZipFile(BytesIO(files(tmp_path / "one")["register.xlsx"])) as archive:
        assert {one.date_time for one in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
