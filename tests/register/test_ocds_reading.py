"""Notices of OCDS become contracts: whatever the package, by the standard's rules, and nothing read that is not there."""

import os
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from ocdsmerge.rules import get_merge_rules

from lifecycle.stages import Kind, Stage
from models.people import Scheme
from register.ocds import looks_like_ocds, open_ocds
from register.ocds.merging import RULES
from register.ocds.nodes import Misread, Node
from register.ocds.wording import cleaned
from register.rows import FileRefused, Refused, Row
from tests.register.notices import OCID, Release, notice, package, read, rows, tender, written
from tests.register.ocds_standard import release_schema

DATA = Path(os.environ.get("RECOMMISSION_DATA", ""))


def day(text: Any) -> date | None:
    return Node({"on": text}, "", Counter()).day("on")


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("2028-07-31T23:59:59+01:00", date(2028, 7, 31)),
        ("2027-07-31T22:59:59Z", date(2027, 7, 31)),
        ("2026-03-31T23:00:00Z", date(2026, 4, 1)),
        ("2026-01-31T23:59:59Z", date(2026, 1, 31)),
        ("2019-09-30T00:00:00", date(2019, 9, 30)),
        ("2024-05-01", date(2024, 5, 1)),
        ("0001-01-01T00:00:00Z", None),
        ("1900-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-12:00", None),
        ("", None),
        (None, None),
    ],
)
def test_a_moment_is_its_day_in_london_and_a_stand_in_is_no_day(text: Any, meant: date | None) -> None:
    assert day(text) == meant


@pytest.mark.parametrize("text", ["31/03/2025", "soon", 5, {"a": 1}, "2025-02-30T00:00:00Z"])
def test_what_is_no_date_is_refused(text: Any) -> None:
    with pytest.raises(Misread, match="is no date"):
        day(text)


@pytest.mark.parametrize(
    ("garbled", "meant"),
    [
        ("the child\u00e2\u20ac\u2122s \u00c2\u00a3200", "the child’s £200"),
        ("framework.\u00e2\u20ac\u00af Next", "framework. Next"),
        ("\u00c3\u00a2\u00e2\u201a\u00ac\u00e2\u201e\u00a2", "’"),
        ("Tea &amp; cake", "Tea & cake"),
        ("NÃO, «CAFÉ» Zürich – 20° Â", "NÃO, «CAFÉ» Zürich – 20° Â"),
        ("one\r\n  two\0", "one\ntwo"),
    ],
)
def test_letters_are_repaired_only_where_it_is_certain_how_they_were_garbled(
    garbled: str, meant: str
) -> None:
    assert cleaned(garbled) == meant


def versions(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: one if name == "id" else versions(one) for name, one in value.items()}
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return [versions(one) for one in value]
    return [
        {"releaseID": "r1", "releaseDate": "2024-05-01T09:00:00Z", "releaseTag": ["award"], "value": value}
    ]


EARLIER = notice(date="2024-01-01T09:00:00Z", id="r0", tender={"title": "An earlier title"})
FORMS: dict[str, list[Any]] = {
    "release package": [package([EARLIER, notice()])],
    "one release": [notice()],
    "list of releases": [[EARLIER, notice()]],
    "record package with releases": [{"records": [{"ocid": OCID, "releases": [EARLIER, notice()]}]}],
    "record package, compiled": [{"records": [{"ocid": OCID, "releases": [{"url": "x", "date": "y", "tag": []}], "compiledRelease": notice(tag=["compiled"])}]}],
    "record package, versioned": [{"records": [{"ocid": OCID, "versionedRelease": versions(notice()) | {"ocid": OCID}}]}],
    "lines of releases": [notice(), EARLIER],
    "lines of packages": [package([EARLIER]), package([notice()])],
    "lines of records": [{"ocid": OCID, "compiledRelease": notice()}, tender("ocds-b5fd17-0002")],
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_every_form_of_file_gives_the_same_contract(form: str, tmp_path: Path) -> None:
    path = written(tmp_path, *FORMS[form])
    assert looks_like_ocds(path)
    found = rows(path)[0]
    assert isinstance(found, Row)
    values = found.values
    assert (values["reference"], values["title"], values["ocid"]) == ("DN0001", "Short breaks", OCID)
    assert (str(values["start"]), str(values["end"])) == ("1 June 2024", "31 May 2027")
    assert values["value"] == Decimal("250000.50")
    [supplier] = values["suppliers"]
    assert (supplier.name, supplier.sme, supplier.vcse) == ("Larkgarth Homes Ltd", True, False)
    assert supplier.identifiers == ((Scheme.COMPANY, "01234567"),)
    assert "owner" not in values, "what is not said leaves what the register knows"


def test_suppliers_of_1_0_stand_in_the_award_itself(tmp_path: Path) -> None:
    inline = {"name": "Wren Care", "identifier": {"scheme": "GB-CHC", "id": "1234567"}}
    award = notice()["awards"][0] | {"suppliers": [inline]}
    [values] = read(tmp_path, notice(parties=None, awards=[award]))
    assert [(one.name, one.identifiers) for one in values["suppliers"]] == [
        ("Wren Care", ((Scheme.CHARITY, "1234567"),))
    ]


def test_releases_are_merged_by_their_dates_whatever_their_order_and_zone(tmp_path: Path) -> None:
    first = notice(id="r1", date="2024-06-01T00:30:00+01:00", tender={"title": "First"})
    last = notice(id="r2", date="2024-05-31T23:45:00Z", awards=None, tender={"title": "Last"})
    for releases in ([first, last], [last, first]):
        [values] = read(tmp_path, *releases)
        assert (values["title"], values["value"]) == ("Last", Decimal("250000.50"))


def test_the_rules_of_merging_are_those_of_the_standards_own_schema() -> None:
    assert get_merge_rules(release_schema()) == RULES


def a_contract(**parts: Any) -> Release:
    return {"id": "c1", "awardID": f"{OCID}-1", "status": "active"} | parts


@pytest.mark.parametrize(
    ("parts", "references", "passed"),
    [
        ({}, ["DN0001"], ""),
        ({"contracts": [a_contract()]}, ["DN0001"], ""),
        ({"contracts": [a_contract(), a_contract(id="c2")]}, ["DN0001", "DN0001/c2"], ""),
        ({"contracts": [a_contract(status="cancelled")]}, [], "1 cancelled contracts"),
        ({"awards": [notice()["awards"][0] | {"status": "unsuccessful"}]}, [], "1 cancelled or unsuccessful"),
        ({"awards": None, "contracts": [a_contract(awardID="gone", period={})]}, ["DN0001"], ""),
        ({"awards": None}, [], "1 processes without an award"),
        ({"awards": None, "tender": {"status": "withdrawn"}}, [], "1 processes without an award"),
        ({"awards": None, "tender": {"status": "planned"}}, ["DN0001"], ""),
    ],
)
def test_awards_and_contracts_are_kept_apart_and_what_is_none_is_passed_over_and_told(
    parts: dict[str, Any], references: list[str], passed: str, tmp_path: Path
) -> None:
    reading = open_ocds(written(tmp_path, package([notice(**parts)])))
    found = [one.values["reference"] for one in reading.rows() if isinstance(one, Row)]
    assert found == references
    assert passed in "\n".join(reading.notes.sentences)


def test_a_tender_is_a_contract_not_in_force_and_its_award_the_same_contract(tmp_path: Path) -> None:
    [pipeline] = read(tmp_path, tender(tender={"value": {"amount": 9000}, "minValue": {"amount": 5000}}))
    assert (pipeline["stage"], pipeline["in_force"], pipeline["reference"]) == (
        Stage.PROCUREMENT,
        False,
        "DN0001",
    )
    assert (pipeline["value"], pipeline["value_max"]) == (5000, 9000)
    assert "suppliers" not in pipeline
    [awarded] = read(tmp_path, tender(date="2024-04-01T09:00:00Z"), notice())
    assert "stage" not in awarded
    assert awarded["reference"] == pipeline["reference"]


def test_an_award_published_anew_replaces_the_one_before(tmp_path: Path) -> None:
    before = notice()["awards"][0] | {"datePublished": "2024-05-01T09:00:00Z", "value": {"amount": 25}}
    after = before | {"id": f"{OCID}-2", "datePublished": "2024-05-01T10:00:00Z", "value": {"amount": 2500}}
    [values] = read(
        tmp_path, notice(awards=[before]), notice(id="r2", awards=[after], date="2024-05-02T09:00:00Z")
    )
    assert values["value"] == 2500
    lots = [one | {"relatedLots": [lot]} for one, lot in ((before, "1"), (after, "2"))]
    assert len(read(tmp_path, notice(awards=lots))) == 2


FRAMEWORK = {"techniques": {"hasFrameworkAgreement": True}, "value": {"amount": 900000, "currency": "GBP"}}


@pytest.mark.parametrize(
    ("awards", "value"),
    [
        ([("A", 100, []), ("B", 100, []), ("C", 100, [])], 100),
        ([("A", 100, ["1"]), ("B", 100, ["1"]), ("C", 50, ["2"])], 150),
        ([("A", 100, ["1"]), ("B", 70, ["1"])], None),
    ],
)
def test_a_frameworks_value_on_each_of_its_suppliers_counts_once(
    awards: list[tuple[str, int, list[str]]], value: int | None, tmp_path: Path
) -> None:
    made = [
        notice()["awards"][0]
        | {"id": name, "value": {"amount": pounds}, "suppliers": [{"name": name}], "relatedLots": lots}
        for name, pounds, lots in awards
    ]
    lots = [{"id": "1", "title": "Homes"}, {"id": "2", "title": "Fostering"}]
    [values] = read(tmp_path, notice(awards=made, tender={**FRAMEWORK, "lots": lots}))
    assert (values["kind"], values.get("value"), values["ceiling"]) == (Kind.FRAMEWORK, value, 900000)
    assert [one.name for one in values["suppliers"]] == [name for name, _, _ in awards]
    assert value or "100" in values["value_words"]


def test_call_offs_and_successors_name_the_contracts_of_the_file(tmp_path: Path) -> None:
    framework = notice("ocds-b5fd17-0009", tender=FRAMEWORK)
    related = [{"id": "1", "relationship": ["framework"], "scheme": "ocid", "identifier": "ocds-b5fd17-0009"}]
    follows = [{"id": "1", "relationship": ["prior"], "scheme": "ocid", "identifier": OCID}]
    elsewhere = [
        {"id": "1", "relationship": ["framework"], "scheme": "ocid", "identifier": "ocds-b5fd17-9999"}
    ]
    found = read(
        tmp_path, notice(relatedProcesses=related), notice("ocds-b5fd17-0002", relatedProcesses=follows),
        notice("ocds-b5fd17-0003", relatedProcesses=elsewhere), framework,
    )  # fmt: skip
    links = {one["reference"]: (one.get("kind"), one.get("parent"), one.get("predecessor")) for one in found}
    assert links == {
        "DN0001": (Kind.CALL_OFF, "DN0009", None),
        "DN0002": (None, None, "DN0001"),
        "DN0003": (None, None, None),
        "DN0009": (Kind.FRAMEWORK, None, None),
    }


def test_a_reference_that_two_processes_have_is_nobodys(tmp_path: Path) -> None:
    found = read(tmp_path, notice(), notice("ocds-b5fd17-0002", tender={"id": "DN0001"}))
    assert [one["reference"] for one in found] == [OCID, "ocds-b5fd17-0002"]
    assert read(tmp_path, notice(tender={"id": "TBC"}))[0]["reference"] == OCID


@pytest.mark.parametrize(
    ("period", "end", "note"),
    [
        ({"durationInDays": 1800}, "31 May 2029", "1,800 days, read as 60 months of 30 days"),
        ({"durationInDays": 1080}, "31 May 2027", "36 months of 30 days"),
        ({"durationInDays": 1095}, "31 May 2027", "36 months"),
        ({"durationInDays": 100}, "8 September 2024", "100 days"),
        ({"durationInMonths": 18}, "30 November 2025", "18 months"),
    ],
)
def test_a_length_is_counted_from_the_start_and_a_european_month_has_30_days(
    period: Release, end: str, note: str, tmp_path: Path
) -> None:
    award = notice()["awards"][0]
    award["contractPeriod"] = {"startDate": "2024-06-01T00:00:00+01:00"} | period
    [values] = read(tmp_path, notice(awards=[award]))
    assert str(values["end"]) == end
    assert note in values["note"]
    award["contractPeriod"] = period
    [values] = read(tmp_path, notice(awards=[award]))
    assert "end" not in values
    assert note in values["note"]


@pytest.mark.parametrize(
    ("parts", "regime", "asked"),
    [
        ({"tender": {"legalBasis": {"scheme": "UKPGA", "id": "2023/54"}}}, "PA 2023 light touch", False),
        ({"tender": {"legalBasis": {"scheme": "CELEX", "id": "32014L0024"}}}, "PCR 2015 light touch", False),
        ({"tender": {"procurementMethodDetails": "Open procedure (below threshold)"}}, "below threshold", False),
        ({"tender": {"aboveThreshold": False}}, "below threshold", False),
        ({"tender": {"classification": {"scheme": "CPV", "id": "72000000"}}}, "PCR 2015", False),
        ({"tender": {"datePublished": "2025-02-23T10:00:00Z"}, "date": "2025-06-01T10:00:00Z"}, "PCR 2015 light touch", False),
        ({"date": "2025-06-01T10:00:00Z", "awards": [notice()["awards"][0] | {"date": "2025-05-20T00:00:00Z"}]}, "PA 2023 light touch", True),
    ],
)  # fmt: skip
def test_the_regime_is_as_the_notice_says_or_by_the_day_it_began_and_then_asked_about(
    parts: dict[str, Any], regime: str, asked: bool, tmp_path: Path
) -> None:
    [values] = read(tmp_path, notice(**parts))
    assert values["regime"] == regime
    assert ("to be confirmed" in values.get("note", "")) == asked


def test_lots_extensions_amendments_and_the_longest_term_are_read(tmp_path: Path) -> None:
    lots = [
        {"id": "1", "title": "North", "renewal": {"description": "Two one year extensions"}},
        {"id": "2", "title": "South"},
    ]
    amended = [{"id": "1", "date": "2025-01-02T00:00:00Z", "rationale": "More hours"}]
    period = {
        "startDate": "2024-06-01T00:00:00+01:00", "endDate": "2026-05-31T23:59:59+01:00",
        "maxExtentDate": "2028-05-31T23:59:59+01:00",
    }  # fmt: skip
    award = notice()["awards"][0] | {"relatedLots": ["1"]}
    signed = a_contract(dateSigned="2024-05-20T00:00:00+01:00", period=period, amendments=amended)
    [values] = read(tmp_path, notice(tender={"lots": lots}, awards=[award], contracts=[signed]))
    assert (values["title"], values["lots"]) == ("Short breaks: North", ("North",))
    assert (str(values["end"]), str(values["max_extent"])) == ("31 May 2026", "31 May 2028")
    assert values["extension_words"] == "Two one year extensions"
    assert values["signed_on"] == date(2024, 5, 20)
    assert "extension_options" not in values, "words are for a person to confirm"
    assert "Amended on 2 January 2025: More hours" in values["note"]


def test_a_value_with_and_without_vat_and_one_in_another_currency(tmp_path: Path) -> None:
    def with_value(value: Release) -> dict[str, Any]:
        return read(tmp_path, notice(awards=[notice()["awards"][0] | {"value": value}]))[0]

    assert with_value({"amount": 100, "amountGross": 120})["value_vat"] == "net"
    assert with_value({"amountGross": 120})["value_vat"] == "gross"
    assert "value_vat" not in with_value({"amount": 100})
    assert "value" not in with_value({"amount": 0})
    foreign = with_value({"amount": 100, "currency": "EUR"})
    assert ("value" not in foreign, foreign["value_words"]) == (True, "100.00 EUR")


BAD = [
    ("suppliers", {"parties": None, "awards": [notice()["awards"][0] | {"suppliers": [{"id": "s"}]}]}),
    ("end", {"awards": [notice()["awards"][0] | {"contractPeriod": {"endDate": "next year"}}]}),
    ("value", {"awards": [notice()["awards"][0] | {"value": {"amount": "lots"}}]}),
    ("title", {"tender": {"title": " "}}),
    ("department", {"buyer": None, "parties": None}),
    ("ocid", {"awards": {"not": "a list"}}),
]


@pytest.mark.parametrize(("name", "parts"), BAD, ids=[name for name, _ in BAD])
def test_what_cannot_be_read_is_refused_with_its_place_and_the_rest_of_the_row(
    name: str, parts: dict[str, Any], tmp_path: Path
) -> None:
    reading = open_ocds(written(tmp_path, package([notice("ocds-b5fd17-0007"), notice(**parts)])))
    good, bad = reading.rows()
    assert isinstance(good, Row)
    assert isinstance(bad, Refused)
    assert (bad.refusal.line, bad.refusal.name) == (2, name)
    assert reading.header[bad.refusal.column - 1] == name
    assert bad.cells[reading.places["ocid"]] == OCID


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no JSON"),
        ("{", "is no JSON"),
        ('{"releases": [{"ocid": "a"}', "is no JSON"),
        ('{"releases": 5}', "is no list"),
        ('{"a": 1}', "neither releases nor records"),
        ("[]", "neither releases nor records"),
        ('{"releases": []}', "has no releases"),
        ("a,b\n1,2\n", "is no JSON"),
    ],
)
def test_a_file_that_is_no_ocds_is_refused_as_a_whole(text: str, why: str, tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    path.write_text(text)
    with pytest.raises(FileRefused, match=why):
        rows(path)


def test_a_broken_line_is_refused_alone(tmp_path: Path) -> None:
    path = written(tmp_path, notice(), tender("ocds-b5fd17-0002"))
    path.write_text(path.read_text() + '\n{"ocid": \n[1]\n{"ocid": 5}\n', encoding="utf-8")
    found = rows(path)
    assert [one.refusal.line for one in found if isinstance(one, Refused)] == [3, 4, 5]
    assert len(found) == 5


@pytest.mark.skipif(not DATA.name, reason="the public records are not here (RECOMMISSION_DATA)")
@pytest.mark.parametrize(
    ("name", "taken", "refused"),
    [
        ("contracts_finder_ocds_2024.json", 94, 0),
        ("ocds_england_2025.jsonl", 189, 1),
        ("ocds_scotland_2019.jsonl", 90, 0),
    ],
)
def test_public_records_are_read(name: str, taken: int, refused: int) -> None:
    found = rows(DATA / name)
    assert Counter(type(one) for one in found) == Counter({Row: taken, Refused: refused})
    references = [one.values["reference"] for one in found if isinstance(one, Row)]
    assert len(set(references)) == len(references)
