"""A mapping is proposed from headers and values, kept as a file and used again; what the file lacks is assumed and told."""

from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.stages import Kind, Stage
from models.people import NO_OWNER
from register.mapping.kept import Mapping, load, save
from register.reading import open_reading, propose
from register.rows import FileRefused, Refused, Row

CODE = (
    "Reference number,Title of agreement,Local authority department responsible,Description of the goods and/or services being provided,"
    "Supplier name and details,Sum to be paid over the length of the contract,Value Added Tax that cannot be recovered,Start date,End date,Review date,"
    "Result of invitation to quote or tender,SME,VCSE\n"
    "C1,Homes,Children,Places in homes,Wren Care,£1000,0,01/04/2023,31/03/2025,30/09/2024,Yes,Yes,No\n"
)  # fmt: skip


def theirs(folder: Path, text: str) -> Path:
    path = folder / "theirs.csv"
    path.write_text(text, encoding="utf-8")
    return path


def read(path: Path, mapping: Mapping | None = None) -> tuple[list[Row | Refused], str]:
    reading = open_reading(path, mapping=mapping or propose(path).mapping)
    rows = list(reading.rows())
    return rows, " ".join(reading.notes.sentences)


def values(path: Path, mapping: Mapping | None = None) -> list[dict[str, Any]]:
    return [row.values for row in read(path, mapping)[0] if isinstance(row, Row)]


def test_the_transparency_codes_own_names_are_all_known(tmp_path: Path) -> None:
    proposal = propose(theirs(tmp_path, CODE))
    assert [one.field for one in proposal.columns] == [
        "reference", "title", "department", "description", "suppliers", "value", "vat_not_recoverable", "start", "end", "review",
        "invited", "supplier_sme", "supplier_vcse",
    ]  # fmt: skip
    assert "Title of agreement" in proposal.describe()
    assert "Homes" in proposal.describe()


def test_what_the_file_lacks_is_assumed_and_told(tmp_path: Path) -> None:
    path = theirs(tmp_path, "Contract no,Contract name,Start,End\n1,Homes,01/04/2023,31/03/2025\n2,Visits,01/04/2026,31/03/2028\n")  # fmt: skip
    one, two = values(path)
    assert (one["owner"], one["kind"], one["department"]) == (NO_OWNER, Kind.CONTRACT, "Not given")
    assert (one["regime"], two["regime"]) == ("PCR 2015 light touch", "PA 2023 light touch")
    assert "the procurement law is assumed" in read(path)[1]


def test_a_column_that_names_people_is_left_out(tmp_path: Path) -> None:
    path = theirs(tmp_path, "Contract no,Contract name,End,Contract owner\n1,Homes,31/03/2025,Jane Wren\n")
    [*_, owner] = propose(path).columns
    assert (owner.field, owner.why) == (None, "seems to name people; the register holds posts")


def test_a_mapping_is_kept_and_reads_the_same_again(tmp_path: Path) -> None:
    path, proposal = theirs(tmp_path, CODE), propose(theirs(tmp_path, CODE), name="council")
    save(tmp_path, proposal.mapping, proposal.samples)
    assert load(tmp_path, "council") == proposal.mapping
    kept = open_reading(path, mapping="council", mappings_folder=tmp_path)
    assert kept.mapping == "council"
    assert list(kept.rows()) == read(path)[0] == list(kept.rows())


FAULTS = {
    'layout = "contracts"\n[columns]\nrefrence = "Ref"\n': "line 3: “refrence” is no field of contracts",
    'layout = "deals"\n': "line 1: “deals” is no layout",
    '[columns]\nreference = 4\n': "line 2: “reference” must name a column",
    'confirm_terms = "yes"\n': "line 1: “confirm_terms” must be true or false",
    'colour = "x"\n': "line 1: “colour” means nothing here",
    'reference = "from: title"\n': "line 1: the reference is made from “title”",
    "[columns\n": "cannot be read",
}  # fmt: skip


@pytest.mark.parametrize("text", FAULTS)
def test_a_fault_in_a_mapping_names_its_line(text: str, tmp_path: Path) -> None:
    (tmp_path / "council.toml").write_text(text, encoding="utf-8")
    with pytest.raises(FileRefused) as refused:
        load(tmp_path, "council")
    assert FAULTS[text] in str(refused.value)


def test_a_column_that_the_file_has_not_is_named(tmp_path: Path) -> None:
    with pytest.raises(FileRefused, match="line 1: has no column “Ref”"):
        open_reading(theirs(tmp_path, CODE), mapping=Mapping("m", {"reference": ("Ref",)}))


AWARDS = "Contract ref,Title,Supplier,Company number,Value,End date\n"


def test_rows_that_repeat_a_contract_for_each_supplier_are_one_and_others_stay_apart(tmp_path: Path) -> None:
    path = theirs(tmp_path, AWARDS + "F,Framework,Wren,01234567,500,31/03/2025\nX,Homes,Wren,1234567,1,31/03/2025\n"
                  "F,Framework,Finch,,500,31/03/2025\nX,Other homes,Wren,1234567,1,31/03/2025\n")  # fmt: skip
    rows, told = read(path)
    assert [(row.line, row.values["reference"], [str(one) for one in row.values["suppliers"]]) for row in rows if isinstance(row, Row)] == [
        (2, "F", ["Wren", "Finch"]), (3, "X", ["Wren"]), (5, "X (2)", ["Wren"]),
    ]  # fmt: skip
    assert rows[0].joined[0][0] == 4  # type: ignore[union-attr]  # a Row, as above
    assert "“X” in lines 3 and 5; that in line 5 is kept as “X (2)”" in told


def test_rows_of_one_reference_keep_their_numbers_in_any_order(tmp_path: Path) -> None:
    rows = ["X,Homes,Wren,,1,31/03/2025\n", "X,Other homes,Wren,,1,31/03/2026\n"]
    for order in (rows, rows[::-1]):
        numbered = {
            one["title"]: one["reference"] for one in values(theirs(tmp_path, AWARDS + "".join(order)))
        }
        assert numbered == {"Homes": "X", "Other homes": "X (2)"}


def test_notices_of_what_is_not_awarded_are_not_in_force(tmp_path: Path) -> None:
    text = "Notice Identifier,Notice Type,Status,Title,Start Date,End Date,Supplier\n"
    text += "".join(f"{number},{kind},{status},T,01/04/2025,31/03/2028,{supplier}\n" for number, (kind, status, supplier) in enumerate(NOTICES))  # fmt: skip
    rows, told = read(theirs(tmp_path, text))
    found = [(row.values.get("stage"), row.values.get("in_force")) for row in rows if isinstance(row, Row)]
    assert dict(zip(NOTICES, found, strict=True)) == {
        one: (stage, False if stage else None) for one, stage in NOTICES.items()
    }
    assert "4 rows are notices of what is not awarded" in told


NOTICES = {
    ("Pipeline", "Open", ""): Stage.RECOMMISSION,
    ("PreProcurement", "Open", ""): Stage.RECOMMISSION,
    ("Contract", "Open", ""): Stage.PROCUREMENT,
    ("Contract", "Withdrawn", ""): Stage.CLOSED,
    ("Contract", "Awarded", ""): None,
    ("Contract", "Closed", "Wren"): None,
}


@pytest.mark.parametrize(("header", "cells", "field"), [
    ("Status", ["Open", "Live"], None), ("Notice period", ["6 months", "1 year"], "notice_months"),
    ("Notice period", ["90", "60"], None), ("Notice period (months)", ["3", "6"], "notice_months"), ("Start date", ["04/01/2024", "09/15/2024"], "start"),
    ("Valid to", ["31/03/2027", "TBC"], "end"), ("Service", ["Homes", "Visits"], "title"), ("Contract ref", ["1", "2"], None),
])  # fmt: skip
def test_a_column_is_taken_for_what_its_values_bear_out(header: str, cells: list[str], field: str | None, tmp_path: Path) -> None:  # fmt: skip
    path = theirs(tmp_path, f"Contract ref,{header}\nA,{cells[0]}\nB,{cells[1]}\n")
    assert propose(path, layout="contracts").columns[1].field == field


def test_kinds_that_are_none_of_ours_are_named(tmp_path: Path) -> None:
    path = theirs(
        tmp_path, "Contract ref,Title,Contract type\nA,Homes,Panel\nB,Visits,Service contract\nC,Play,DPS\n"
    )
    assert "taken as contracts: “Panel”." in read(path)[1]


def test_a_contract_of_several_rows_is_refused_whole(tmp_path: Path) -> None:
    path = theirs(tmp_path, AWARDS + "F,Framework,Wren,,500,31/03/2025\nF,Framework,Finch,,500,31/02/2025\n")
    assert [str(row.refusal)[:6] for row in read(path)[0] if isinstance(row, Refused)] == ["line 2", "line 3"]


def test_a_reference_is_made_from_columns_that_stay_the_same(tmp_path: Path) -> None:
    path = theirs(tmp_path, "Title,Supplier,Start date,End date\nHomes,Wren,01/04/2023,31/03/2025\n")
    assert propose(path).mapping.reference == "from: suppliers, title, start"
    assert values(path)[0]["reference"] == values(path)[0]["reference"] != ""


def test_extensions_are_kept_as_worded_and_taken_only_when_confirmed(tmp_path: Path) -> None:
    path = theirs(tmp_path, "Contract ref,Title,Start date,End date,Extension options\nA,Homes,01/04/2023,31/03/2025,option to extend 2 x 12 months\nB,Visits,01/04/2023,31/03/2025,may be extended\n")  # fmt: skip
    proposal = propose(path).mapping
    assert "extension_options" not in values(path)[0]
    assert "confirm_terms = true" in read(path)[1]
    confirmed = Mapping("m", proposal.columns, confirm_terms=True)
    one, two = values(path, confirmed)
    assert (one["extension_words"], one["extension_options"]) == ("option to extend 2 x 12 months", (12, 12))
    assert "extension_options" not in two


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", CODE.encode(), CODE.encode("utf-16"), b"PK\x03\x04"]))
def test_no_bytes_do_more_than_be_read_or_refused(tmp_path_factory: pytest.TempPathFactory, mess: bytes, before: bytes) -> None:  # fmt: skip
    path = tmp_path_factory.getbasetemp() / "mess.csv"
    path.write_bytes(before + mess)
    with suppress(FileRefused):
        read(path)
