"""The annual report's figures come from the record: the published ones from the sample register, others from others."""

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, col, delete, select

from board.annual.contracts import in_force
from board.annual.figure import Figures, ReportRefused
from board.annual.report import read_comment
from board.lint import Known, lint
from lifecycle.financial_years import FinancialYear
from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind, Stage
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier
from models.cycles import StageChange
from models.meetings import Membership, Role
from models.people import Person, Supplier
from models.planning import Rules
from models.session import unit_of_work
from tests.board.annual import DAY, YEAR, copy_of, figures_of, lines, report_of, text_of
from tests.town import contract, cycle

pytestmark = pytest.mark.xdist_group("annual")


@pytest.fixture
def record(sample_register: Path, tmp_path: Path) -> str:
    """A copy of the sample register that the test may change."""
    return copy_of(sample_register, tmp_path)


@pytest.fixture(scope="module")
def published(sample_register: Path, rules: Rules) -> Figures:
    """The figures of the sample register as at the published report's day."""
    return figures_of(f"sqlite:///{sample_register}", rules)


# ---- As published


@pytest.mark.parametrize(
    ("figure", "words"),
    [
        ("spend", "over £153m"),
        ("spend_change", "up by almost 25%"),
        ("top_ten_share", "15%"),
        ("top_ten_change", "up by 1%"),
        ("care_ten", "nine of the ten largest"),
        ("spot 2021/22", "over 100"),
        ("on_contract", "the vast majority"),
        ("meetings", "six"),
    ],
)
def test_the_sample_register_gives_the_published_figures(published: Figures, figure: str, words: str) -> None:
    assert published[figure].words == words


def test_the_report_says_what_the_published_one_said(published: Figures, rules: Rules) -> None:
    said = text_of(report_of(published, rules))
    for words in (
        "spend of over £153m, up by almost 25% on 2020/21. The ten largest suppliers account for 15% of the total",
        "up by 1% on that with the ten largest suppliers of 2020/21",
        "Homes2Inspire (third sector), which provides residential homes",
        "under a block contract since 2015 (Residential homes block contract, about 30 placements, H2I-BLOCK)",
        "residential homes (five), foster agency (three), independent non-maintained school (one) and",
        "nine of the ten largest by spend are on a framework or a block contract",
        "over 100 spot contracts in force at some time in 2021/22. Their number has risen in each of the last",
        "two years, both with suppliers of children in care and with others",
        "The Board meets every two months: its calendar had six meetings in the financial year 2021/22",
        "(NAPL) ends in August 2023",
        "New arrangements are to begin from academic year 2023/24, in place of NAPL, AP,",
        "Derby City Council, Derbyshire County Council, Nottingham City Council and Nottinghamshire County Council",
    ):
        assert words in said


@pytest.mark.parametrize(
    ("kind", "references"),
    [
        ("procurement", {"D2N2-CIC-2022", "HNSA", "THERAPEUTIC"}),
        ("recommissioning", {"AP", "SA16PLUS", "FOSTERING-MEDIATION", "COMMUNITY-LEARNING"}),
        ("new", {"MED-ASSESS", "UASC", "YOUNG-FAMILIES"}),
        ("review", {"NAPL", "INMSS", "SHORT-BREAKS", "EDU-ADVISORS", "POST16-COLLEGES", "EDU-OUTREACH",
                    "EDU-TUITION", "YOUTH-MENTORING"}),
        ("remodelling", set()),
        ("decommissioning", set()),
    ],
)  # fmt: skip
def test_work_ahead_is_of_the_kind_that_its_stage_makes_it(
    published: Figures, kind: str, references: set[str]
) -> None:
    rows = published[f"upcoming {kind}"].rows
    assert {row.reference for row in rows} == references


def test_the_report_has_the_published_order_and_none_of_its_defects(published: Figures, rules: Rules) -> None:
    report = report_of(published, rules)
    assert [section.heading for section in report.sections] == [
        "Information",
        "Other Options Considered",
        "Reasons for Recommendations",
        "Statutory and Policy Implications",
        "Financial Implications",
        "HR Implications",
    ]
    said = text_of(report)
    assert not re.search(r"Sufficiency Strategy|size and functions of homes|Management Board", said)
    assert set(re.findall(r"Commissioning and Contracts? \w+", said)) == {"Commissioning and Contracts Board"}
    assert "financial year 2021/22 (1 April 2021 to 31 March 2022)" in report.purpose
    first, second = report.appendices
    assert "Spot | Spot contracts (104) | spot | – | – | £11,565,523" in lines(first)
    assert "Total |  |  |  |  | £153,412,618" in lines(first)
    assert any(line.startswith("Change of the ten largest suppliers | up by 1% | ") for line in lines(second))


def test_the_lint_of_papers_finds_nothing_in_it(published: Figures, rules: Rules) -> None:
    spend = {"2021/22": Decimal("153412618.47"), "2020/21": Decimal("122906354.12")}
    known = Known(rules.policy.board.name, DAY, 60, spend=spend, clearances=())
    assert lint(report_of(published, rules), known) == ()


def test_the_rows_of_a_figure_add_up_to_it(published: Figures) -> None:
    assert sum(row.amount or 0 for row in published["spend"].rows) == published["spend"].value
    share = sum(row.amount or 0 for row in published["top_ten_share"].rows) / Decimal("153412618.47")
    assert share == published["top_ten_share"].value
    assert len(published["spot 2021/22"].rows) == published["spot 2021/22"].value == 104
    on = [row.cells[0] for row in published["care_ten"].rows]
    assert (len(on), on.count("none")) == (10, 1)
    assert all(figure.method for figure in published.by_name.values())


# ---- Another record, other figures


def supplier(session: Session, name: str) -> Supplier:
    return session.exec(select(Supplier).where(Supplier.name == name)).one()


def spend_more_with_a_school(session: Session) -> None:
    key = supplier(session, "Bramblefold School").id
    for value in session.exec(
        select(AnnualValue).where(AnnualValue.supplier_id == key, AnnualValue.financial_year == "2021/22")
    ):
        value.amount += 10_000_000


def take_the_block_contract_away(session: Session) -> None:
    contract(session, "H2I-BLOCK").kind = Kind.CONTRACT


def end_spot_contracts_before_the_year(session: Session) -> None:
    rows = session.exec(select(Contract).where(Contract.kind == Kind.SPOT).order_by(col(Contract.reference)))
    running = [one for one in rows if in_force(one, YEAR, DAY)]
    for one in running[:5]:
        one.planned_end = PartialDate.parse("2021-03-31")


def forget_the_year_before(session: Session) -> None:
    session.exec(delete(AnnualValue).where(col(AnnualValue.financial_year) == "2020/21"))


def forget_who_is_for_children_in_care(session: Session) -> None:
    for one in session.exec(select(Supplier)):
        one.children_in_care = None


CHANGES: list[tuple[Callable[[Session], None], str, str]] = [
    (spend_more_with_a_school, "spend", "over £163m"),
    (spend_more_with_a_school, "top_ten_share", "over 20%"),
    (take_the_block_contract_away, "care_ten", "eight of the ten largest"),
    (end_spot_contracts_before_the_year, "spot 2021/22", "99"),
    (forget_the_year_before, "spend_change", ""),
    (forget_the_year_before, "top_ten_change", ""),
    (forget_the_year_before, "spend", "over £153m"),
    (forget_who_is_for_children_in_care, "care_ten", ""),
]


@pytest.mark.parametrize(("changed", "figure", "words"), CHANGES)
def test_another_record_gives_another_figure(
    record: str, rules: Rules, changed: Callable[[Session], None], figure: str, words: str
) -> None:
    with unit_of_work(record) as session:
        changed(session)
    assert figures_of(record, rules)[figure].words == words


def test_the_largest_supplier_is_whoever_has_the_most_spend(record: str, rules: Rules) -> None:
    with unit_of_work(record) as session:
        spend_more_with_a_school(session)
    said = text_of(report_of(figures_of(record, rules), rules))
    assert "The supplier with the most spend in 2021/22 is Bramblefold School" in said
    assert "under an approved provider list since 1 September 2018" in said


def test_what_the_record_lacks_is_said_to_be_lacking(record: str, rules: Rules) -> None:
    with unit_of_work(record) as session:
        forget_the_year_before(session)
        forget_who_is_for_children_in_care(session)
    figures = figures_of(record, rules)
    said = text_of(report_of(figures, rules))
    assert "The register holds no spend for 2020/21, so no change is given." in said
    assert "does not say which suppliers with spend are of children in care" in said
    assert any("any spend in 2020/21" in one for one in figures.warnings)


def test_a_record_of_nothing_still_makes_a_report(database: str, rules: Rules) -> None:
    said = text_of(report_of(figures_of(database, rules), rules))
    assert "The register holds no spend for the financial year 2021/22" in said
    assert "No spot contract was in force in 2021/22." in said
    assert "No service stands ahead of a decision of the Board." in said


def test_the_small_council_has_a_report_on_both_databases(town: str, rules: Rules) -> None:
    figures = figures_of(town, rules)
    assert [row.reference for row in figures["upcoming review"].rows] == ["APL"]
    assert "OLD" in {row.reference for row in figures["contracts"].rows}  # it ended in the year
    assert figures_of(town, rules).as_json() == figures.as_json()


def test_the_chair_and_the_divisions_are_those_seated_on_the_day(record: str, rules: Rules) -> None:
    with unit_of_work(record) as session:
        for title, division, role, last in (
            ("Commissioning Manager, Education", "Education", Role.CHAIR, date(2022, 4, 1)),
            ("Group Manager, Commissioning and Placements", "Commissioning", Role.CHAIR, None),
            ("Commissioning Manager, Placements", "Placements", Role.MEMBER, None),
            ("Commissioning Manager, Early Help", "Early Help", Role.MEMBER, None),
            ("Finance Business Partner", "Finance", Role.ADVISER, None),
        ):
            person = session.exec(select(Person).where(Person.title == title)).one()
            session.add(
                Membership(
                    person_id=identity(person),
                    division=division,
                    role=role,
                    first=date(2020, 1, 1),
                    last=last,
                )
            )
    report = report_of(figures_of(record, rules), rules)
    assert report.report_of == "Group Manager, Commissioning and Placements"
    assert (
        "chaired by the Group Manager, Commissioning and Placements; its members are of Early Help and Placements."
        in text_of(report)
    )


# ---- As at the day, and in the year


def test_stages_are_those_of_the_day_of_the_report(record: str, rules: Rules) -> None:
    with unit_of_work(record) as session:
        moved = cycle(session, "NAPL")
        moved.stage = Stage.PROCUREMENT
        assert moved.id
        for first, then, on in (
            (Stage.NEEDS_ANALYSIS, Stage.RECOMMISSION, date(2022, 6, 13)),
            (Stage.RECOMMISSION, Stage.PROCUREMENT, date(2022, 8, 8)),
        ):
            session.add(
                StageChange(cycle_id=moved.id, from_stage=first, to_stage=then, on=on, reason="decided")
            )
    for on, kind in (
        (DAY, "review"),
        (date(2022, 6, 13), "recommissioning"),
        (date(2022, 9, 1), "procurement"),
    ):
        rows = figures_of(record, rules, as_at=on)[f"upcoming {kind}"].rows
        assert "NAPL" in {row.reference for row in rows}, on


@pytest.mark.parametrize(
    ("start", "end", "counted"),
    [
        ("2021-04-01", "2022-03-31", True),
        ("2015", "2021-04-01", True),
        ("2015", "2021-03-31", False),
        ("2022-03-31", "", True),
        ("2022-04-01", "", False),
        ("March 2022", "", True),
        ("", "April 2021", True),
        ("", "", True),
    ],
)
def test_a_spot_contract_counts_where_any_day_of_it_may_lie_in_the_year(
    start: str, end: str, counted: bool
) -> None:
    first, last = (PartialDate.parse(words) if words else None for words in (start, end))
    one = Contract(
        reference="S", title="", kind=Kind.SPOT, department="", owner_id=1, registered_on=DAY, regime="",
        in_force=False, start_date=first, planned_end=last,
    )  # fmt: skip
    assert in_force(one, YEAR, DAY) is counted


def test_a_service_that_never_began_is_new_and_not_in_force(record: str, rules: Rules) -> None:
    later = figures_of(record, rules, year=FinancialYear(2022), as_at=date(2023, 4, 24))
    assert "UASC" not in {row.reference for row in later["contracts"].rows}
    assert "UASC" in {row.reference for row in later["upcoming new"].rows}


def test_a_meeting_that_was_not_held_is_flagged(record: str, rules: Rules) -> None:
    figures = figures_of(record, rules, boards=rules.boards.without(date(2021, 8, 9)))
    said = text_of(report_of(figures, rules))
    assert figures["meetings"].value == 5
    assert "it did not meet from 14 June 2021 to 11 October 2021" in said
    assert "meets every two months:" not in said


def test_a_year_that_has_not_begun_is_refused_and_one_that_runs_is_said_to(record: str, rules: Rules) -> None:
    with pytest.raises(ReportRefused, match="begins on 1 April 2023"):
        figures_of(record, rules, year=FinancialYear(2023))
    figures = figures_of(record, rules, as_at=date(2021, 10, 1))
    assert "ends on 31 March 2022" in figures.warnings[0]


# ---- Small numbers


def test_a_number_of_placements_that_could_identify_is_not_printed(record: str, rules: Rules) -> None:
    with unit_of_work(record) as session:
        rows = session.exec(
            select(Contract).where(Contract.kind == Kind.SPOT).order_by(col(Contract.reference))
        )
        running = [one for one in rows if in_force(one, YEAR, DAY)]
        for one in running[3:]:
            one.planned_end = PartialDate.parse("2020-12-31")
        # What is left costs so much that its supplier would be the largest.
        left = session.exec(
            select(AnnualValue).where(
                AnnualValue.contract_id == running[0].id, AnnualValue.financial_year == "2021/22"
            )
        ).one()
        left.amount = Decimal("9000000.00")
        name = session.get_one(Supplier, left.supplier_id).name
    figures = figures_of(record, rules)
    assert figures["largest_supplier"].value == name
    said = text_of(report_of(figures, rules))
    assert "fewer than five spot contracts" in said
    assert "Spot contracts (fewer than five) | spot | – | – | not shown" in said
    assert name not in said
    assert "9,000,000" not in said and "£9.0" not in said and "\nTotal |" not in said
    assert "is not named here" in said


def test_a_supplier_with_a_few_placements_beside_a_contract_has_no_bar_of_its_own(
    record: str, rules: Rules
) -> None:
    with unit_of_work(record) as session:
        first, key = (
            identity(contract(session, "SPOT-0105")),
            identity(supplier(session, "Bramblemere Fostering")),
        )
        session.exec(delete(ContractSupplier).where(col(ContractSupplier.contract_id) == first))
        session.add(ContractSupplier(contract_id=first, supplier_id=key))
    [information, *_] = report_of(figures_of(record, rules), rules).sections
    said = lines(information)
    assert not any(line.startswith("Bramblemere Fostering |") for line in said)
    assert any("one of them not shown: fewer than five spot placements" in line for line in said)


# ---- Years and comments


@pytest.mark.parametrize("text", ["2021/23", "2021", "21/22", "2021-22", "", "２０２１/22", "2021/22x"])
def test_what_is_no_financial_year_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="write 2021/22"):
        FinancialYear.parse(text)


def test_a_financial_year_knows_its_days_and_neighbours() -> None:
    year = FinancialYear.parse(" 1999/00 ")
    assert (year.first, year.last) == (date(1999, 4, 1), date(2000, 3, 31))
    assert [str(year.earlier(back)) for back in (1, 0, -1)] == ["1998/99", "1999/00", "2000/01"]


def test_a_comment_is_read_as_its_heading_prints_it() -> None:
    read = read_comment("Financial comments (CDS 10/02/22): There are none.", DAY)
    assert (read.kind, read.initials, read.given_on) == ("Financial", "CDS", date(2022, 2, 10))
    for wrong in ("There are none.", "Financial (CDS soon): None.", "Financial (CDS 10/05/22): None.",
                  "Financial (CDS 10/02/22):"):  # fmt: skip
        with pytest.raises(ReportRefused):
            read_comment(wrong, DAY)
