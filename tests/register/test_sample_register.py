"""The sample register gives the annual report's own figures, names all it names, and hangs together."""

import csv
import re
from collections import Counter, defaultdict
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

SAMPLE = Path(__file__).parents[2] / "register" / "sample"
LAYOUT = [
    "reference",
    "title",
    "kind",
    "parent",
    "department",
    "owner",
    "suppliers",
    "start",
    "end",
    "extension_options",
    "notice_months",
    "regime",
    "authorities",
    "predecessor",
    "successor_start",
    "stage",
    "source",
    "values_invented",
    "note",
]
CARE = {"residential homes", "foster agency"}
EDUCATION = {"independent non-maintained school", "independent specialist college"}


def rows(name: str) -> list[dict[str, str]]:
    with (SAMPLE / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, strict=True))


PEOPLE = {row["title"]: row for row in rows("people.csv")}
SUPPLIERS = {row["name"]: row for row in rows("suppliers.csv")}
CONTRACTS = {row["reference"]: row for row in rows("contracts.csv")}
SPEND = rows("spend.csv")
SPOTS = [row for row in CONTRACTS.values() if row["kind"] == "spot"]


def service(supplier: str) -> str:
    return SUPPLIERS[supplier]["service"]


def by_supplier(year: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for row in SPEND:
        if row["financial_year"] == year:
            found[row["supplier"]] += int(Decimal(row["amount"]) * 100)
    return found


NOW, BEFORE = by_supplier("2021/22"), by_supplier("2020/21")
TOP_NOW, TOP_BEFORE = dict(NOW.most_common(10)), dict(BEFORE.most_common(10))


def suppliers_of(contract: dict[str, str]) -> list[str]:
    return [name for name in contract["suppliers"].split(";") if name]


# ---- The report's figures


def test_total_is_over_153_million_pounds() -> None:
    assert 153_000_000_00 < NOW.total() < 154_000_000_00


def test_total_is_up_by_almost_a_quarter() -> None:
    assert 0.245 <= NOW.total() / BEFORE.total() - 1 <= 0.2499


def test_top_ten_are_15_percent_of_the_total() -> None:
    assert sum(TOP_NOW.values()) / NOW.total() == pytest.approx(0.15, abs=0.0005)


def test_top_ten_are_up_1_percent_whichever_way_the_earlier_ten_are_chosen() -> None:
    now = sum(TOP_NOW.values())
    assert now / sum(TOP_BEFORE.values()) - 1 == pytest.approx(0.01, abs=0.0005)
    assert now / sum(BEFORE[name] for name in TOP_NOW) - 1 == pytest.approx(0.01, abs=0.0005)


def test_homes2inspire_is_the_largest_and_a_third_sector_block_provider() -> None:
    assert NOW.most_common(1)[0][0] == BEFORE.most_common(1)[0][0] == "Homes2Inspire"
    assert SUPPLIERS["Homes2Inspire"]["sector"] == "third sector"
    block = CONTRACTS["H2I-BLOCK"]
    assert (block["kind"], block["suppliers"], block["start"][:4]) == ("block", "Homes2Inspire", "2015")


def test_top_ten_are_homes_foster_agencies_and_independent_schools_and_colleges() -> None:
    assert {service(name) for name in TOP_NOW} == CARE | EDUCATION


def test_nine_of_the_top_ten_children_in_care_suppliers_are_on_d2n2_or_a_block_contract() -> None:
    assert all((row["children_in_care"] == "yes") is (row["service"] in CARE) for row in SUPPLIERS.values())
    top = [name for name, _ in NOW.most_common() if service(name) in CARE][:10]
    covered = {
        name
        for row in CONTRACTS.values()
        if row["kind"] == "block" or row["reference"].startswith("D2N2-CIC")
        for name in suppliers_of(row)
    }
    assert len(covered.intersection(top)) == 9


def test_vast_majority_of_spend_is_on_contract() -> None:
    spot = sum(
        Decimal(row["amount"])
        for row in SPEND
        if row["financial_year"] == "2021/22" and row["reference"].startswith("SPOT-")
    )
    assert 0 < float(spot) * 100 / NOW.total() < 0.1


def test_over_a_hundred_spot_placements_in_force_in_the_year_and_rising() -> None:
    def in_force(first: date, last: date) -> int:
        return sum(
            date.fromisoformat(row["start"]) <= last
            and (not row["end"] or date.fromisoformat(row["end"]) >= first)
            for row in SPOTS
        )

    now = in_force(date(2021, 4, 1), date(2022, 3, 31))
    before = in_force(date(2020, 4, 1), date(2021, 3, 31))
    assert now > 100 > before > 50


def test_spot_placements_are_in_care_and_education_with_opaque_keys_and_no_stage() -> None:
    assert all(re.fullmatch(r"SPOT-\d{4}", row["reference"]) and not row["stage"] for row in SPOTS)
    assert {row["title"].split(", ")[1] for row in SPOTS} == {
        "residential care",
        "foster care",
        "specialist education",
    }


# ---- What the report names


@pytest.mark.parametrize(
    ("words", "paragraph"),
    [
        ("D2N2 Children in Care Framework: further procurement", "¶10"),
        ("Alternative Provision", "¶10"),
        ("Independent Non-Maintained Special Schools", "¶10"),
        ("Short Breaks", "¶10"),
        ("Education Advisors and Associates", "¶10"),
        ("High Needs Supported Accommodation", "¶10"),
        ("Therapeutic Support for Adoptive Families Framework", "¶10"),
        ("Supported Accommodation for children in care and care leavers aged 16+", "¶10"),
        ("Fostering and Mediation Service", "¶10"),
        ("Community Learning", "¶10"),
        ("Medical assessments for prospective Foster Carers", "¶10"),
        ("Unaccompanied Asylum-Seeking Children Support Service", "¶10"),
        ("Young Families", "¶10"),
        ("Nottinghamshire Approved Provider List", "¶10"),
        ("Residential homes block contract", "¶7"),
        ("D2N2 Children in Care Framework", "¶8"),
        ("Spot placement, residential care", "¶9"),
        ("Spot placement, specialist education", "¶9"),
    ],
)
def test_everything_the_report_names_is_in_the_register(words: str, paragraph: str) -> None:
    assert any(words in row["title"] and paragraph in row["source"] for row in CONTRACTS.values())


@pytest.mark.parametrize(
    "reference",
    [r for r, row in CONTRACTS.items() if "¶10" in row["source"] and r != "D2N2-CIC"],
)
def test_upcoming_work_of_paragraph_10_stands_at_a_stage_of_the_cycle(reference: str) -> None:
    assert CONTRACTS[reference]["stage"] in {
        "needs analysis",
        "recommission",
        "procurement",
        "mobilisation",
    }


def test_d2n2_is_shared_by_four_authorities_with_derbyshire_in_the_lead() -> None:
    assert CONTRACTS["D2N2-CIC"]["authorities"].split(";") == [
        "Derbyshire County Council",
        "Nottinghamshire County Council",
        "Nottingham City Council",
        "Derby City Council",
    ]
    call_offs = [row for row in CONTRACTS.values() if row["kind"] == "call-off"]
    assert len(call_offs) >= 10
    assert {row["parent"] for row in call_offs} == {"D2N2-CIC"}


def test_partial_dates_stand_as_the_report_writes_them() -> None:
    assert CONTRACTS["NAPL"]["end"] == "August 2023"
    older = [row for row in CONTRACTS.values() if row["successor_start"] == "academic year 2023/24"]
    assert len(older) >= 5
    assert all("¶8" in row["source"] for row in older)


# ---- It hangs together


def test_columns_are_the_documented_layout() -> None:
    assert all(list(row) == LAYOUT for row in CONTRACTS.values())
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    assert [column for column in LAYOUT if f"`{column}`" not in readme] == []


@pytest.mark.parametrize("name", ["people.csv", "suppliers.csv", "contracts.csv", "spend.csv"])
def test_files_are_utf8_with_lf_and_end_in_a_newline(name: str) -> None:
    raw = (SAMPLE / name).read_bytes()
    raw.decode("utf-8")
    assert b"\r" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")


@pytest.mark.parametrize(
    ("name", "key"), [("people.csv", "title"), ("suppliers.csv", "name"), ("contracts.csv", "reference")]
)
def test_keys_are_unique(name: str, key: str) -> None:
    assert [value for value, n in Counter(row[key] for row in rows(name)).items() if n > 1] == []


def test_owners_suppliers_parents_and_predecessors_exist() -> None:
    for row in CONTRACTS.values():
        assert row["owner"] in PEOPLE
        assert set(suppliers_of(row)) <= SUPPLIERS.keys()
        assert {row["parent"], row["predecessor"]} - {""} <= CONTRACTS.keys()


def test_spend_is_once_per_contract_supplier_and_year_and_only_with_its_suppliers() -> None:
    seen: defaultdict[tuple[str, str, str], int] = defaultdict(int)
    for row in SPEND:
        seen[row["reference"], row["supplier"], row["financial_year"]] += 1
        assert row["supplier"] in suppliers_of(CONTRACTS[row["reference"]])
        assert re.fullmatch(r"\d+\.\d\d", row["amount"])
        assert Decimal(row["amount"]) > 0
    assert set(seen.values()) == {1}


def test_every_supplier_has_a_contract() -> None:
    assert {name for row in CONTRACTS.values() for name in suppliers_of(row)} == SUPPLIERS.keys()


def test_every_post_but_the_top_has_a_deputy_and_a_manager_and_all_lead_to_the_top() -> None:
    top = [title for title, row in PEOPLE.items() if not row["manager"]]
    assert top == ["Service Director, Commissioning and Resources"]
    for title, row in PEOPLE.items():
        assert row["deputy"] in PEOPLE.keys() - {title}
        chain = [title]
        while manager := PEOPLE[chain[-1]]["manager"]:
            assert manager not in chain
            chain.append(manager)
        assert chain[-1] == top[0]


def test_people_are_posts_with_reserved_addresses() -> None:
    post = re.compile(r"(Service Director|[\w ]+ Manager|Commissioning Officer|Board Secretary|Finance .+)\b")
    assert all(post.match(title) for title in PEOPLE)
    assert all(re.fullmatch(r"[a-z.]+@nottinghamshire\.example", row["email"]) for row in PEOPLE.values())


def test_no_text_has_a_courtesy_title_initials_or_a_birth_date() -> None:
    personal = re.compile(
        r"\b(Mr|Mrs|Ms|Miss|Dr|Cllr)\b|\b[A-Z]\.\s?[A-Z]\.|\b(born|d\.?o\.?b)\b", re.IGNORECASE
    )
    text = " ".join(
        value
        for row in [*PEOPLE.values(), *SUPPLIERS.values(), *CONTRACTS.values()]
        for value in row.values()
    )
    assert personal.search(text) is None


def test_what_is_invented_says_so() -> None:
    assert all(row["invented"] == "yes" for row in SPEND)
    assert all(row["values_invented"] in {"yes", "no"} and row["source"] for row in CONTRACTS.values())
    assert all("invented" in row["note"] for name, row in SUPPLIERS.items() if name != "Homes2Inspire")
    assert not any(row["company_number"] for row in SUPPLIERS.values())
