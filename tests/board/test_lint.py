"""The lint finds in a paper what a careful reader would, says where, and leaves a sound paper alone."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from board.lint import Finding, Known, Other, lint
from board.rendering.content import Bullets, Comment, Exemption, PaperData, Paragraph, Section, Table

MEETING = date(2022, 4, 25)
KNOWN = Known(
    board="Commissioning and Contracts Board",
    meeting_on=MEETING,
    clearance_days=30,
    reference="SB-01",
    title="Short Breaks",
    others=(Other("FMS-02", "Fostering and Mediation Service", ("Bridge House Trust",)),),
    spend={"2020/21": Decimal("1000000"), "2021/22": Decimal("1234567")},
)
SPEND = Table(
    "Spend by financial year", ("Financial year", "Spend"), (("2020/21", "£1,000,000"), ("2021/22", "£1.2m"))
)
SOUND = PaperData(
    report_of="Commissioning Manager",
    title="Short Breaks: direction",
    purpose="To ask the Board to decide whether to recommission Short Breaks (SB-01).",
    sections=(
        Section(
            "Information",
            (
                Paragraph("SB-01 is a framework. It ends: 31 August 2023. The Commissioning and Contracts Board set it up."),
                Paragraph("In 2021/22 spend was over £1.2m, for children aged 5 to 17 and for families."),
                SPEND,
            ),
        ),
        Section("Other Options Considered", (Paragraph("The options considered are:"), Bullets(("Extend.", "End.")))),
        Section("Reason for Recommendation", (Paragraph("It keeps children close to home."),)),
        Section("Statutory and Policy Implications", (Paragraph("None that are material."),)),
    ),
    recommendations=("That the Board decides to recommission the service.",),
    comments=tuple(
        Comment(kind, "LW", date(2022, 4, 10), ("The Board may decide this.",)) for kind in ("Constitutional", "Financial")
    ),
    background_papers=("None.",),
    ref="SB-01",
)  # fmt: skip


def with_information(*blocks: Any, exempt: Exemption | None = None) -> PaperData:
    first, *rest = SOUND.sections
    return replace(SOUND, sections=(Section("Information", (*first.blocks, *blocks), exempt), *rest))


def said(paper: PaperData, known: Known = KNOWN) -> list[tuple[str, str]]:
    return [(finding.severity, finding.where) for finding in lint(paper, known)]


def test_a_sound_paper_has_no_finding() -> None:
    assert lint(SOUND, KNOWN) == ()


@pytest.mark.parametrize(
    ("comments", "words"),
    [
        (
            (Comment("Constitutional", "LW", date(2022, 2, 10), ("Yes.",)),),
            "74 days old at the meeting and may be 30",
        ),
        ((Comment("Constitutional", "LW", date(2022, 4, 26), ("Yes.",)),), "dated after the meeting"),
        ((Comment("Constitutional", "LW", date(2022, 4, 10), ()),), "says nothing"),
        ((), "The clearance is missing"),
    ],
)
def test_a_clearance_that_is_stale_early_empty_or_missing_is_found(
    comments: tuple[Comment, ...], words: str
) -> None:
    [found] = lint(replace(SOUND, comments=(*comments, SOUND.comments[1])), KNOWN)
    assert found.severity == "must fix" and words in found.words and found.where.startswith("Constitutional")


def test_sections_that_are_missing_or_empty_are_found_and_a_withheld_one_is_not() -> None:
    information, _, reasons, implications = SOUND.sections
    paper = replace(
        SOUND,
        sections=(
            information,
            Section("Price", (), Exemption(3, "Why.")),
            replace(reasons, blocks=()),
            implications,
        ),
        recommendations=(),
    )
    assert said(paper) == [
        ("must fix", "Other Options Considered"),
        ("must fix", "Reason for Recommendation"),
        ("must fix", "Recommendations"),
    ]


WRONG = Table("Spend", ("Measure", "2020/21", "2021/22"), (("Homes", "£0.4m", "£0.5m"), ("Schools", "£0.6m", "£0.6m"), ("Total", "£1.0m", "£1.3m")))  # fmt: skip
ROUNDED = Table("Cost by lot", ("Lot", "2021/22"), (("A", "£0.45m"), ("B", "£0.45m"), ("C", "£0.34m"), ("Total", "£1.2m")))  # fmt: skip


@pytest.mark.parametrize(
    ("blocks", "found"),
    [
        ((Paragraph("FMS-02 is a block contract that ends in 2023."),), [("must fix", "Information, paragraph 4")]),
        ((Paragraph("Unlike FMS-02, SB-01 has lots."),), []),
        ((Paragraph("The Fostering and Mediation Service has grown."),), [("look", "Information, paragraph 4")]),
        ((Bullets(("Bridge House Trust supplies it.",)),), [("look", "Information, the list after paragraph 3")]),
        ((WRONG,), [("must fix", "Information, “Spend”")] * 2),
        ((ROUNDED,), []),
        ((Table("Spend by year", ("Year", "Spend"), (("2021/22", "£1,234,568"), ("2022/23", "£9"))),), []),
        ((Table("Spend by year", ("Year", "Spend"), (("2021/22", "£1,254,567"),)),), [("must fix", "Information, “Spend by year”")]),
        ((Paragraph("Spend in 2021/22 was £2.4m."),), [("look", "Information, paragraph 4")]),
        ((Paragraph("Spend of £1.2m has grown by 25% on the previous year."),), [("look", "Information, paragraph 4")]),
        ((Paragraph("It costs £900 a week for each place."),), []),
        ((Paragraph("The Commissioning and Contract Management Board agreed."),), [("must fix", "Information, paragraph 4")]),
        ((Paragraph("The Health and Wellbeing Board and the Board agreed; the COMMISSIONING AND CONTRACTS BOARD too."),), []),
        ((Paragraph("Equality is for the report's author to complete."),), [("look", "Information, paragraph 4")]),
    ],
)  # fmt: skip
def test_what_disagrees_with_the_record_or_with_the_paper_itself_is_found_where_it_stands(
    blocks: tuple[Any, ...], found: list[tuple[str, str]]
) -> None:
    assert said(with_information(*blocks)) == found


@pytest.mark.parametrize(
    "words",
    [
        "Child A (born 3 March 2010) moved in May.",
        "Child JS needs a new placement.",
        "The young person K.L. moved.",
        "DOB 03/03/2010.",
        "Her date of birth is 3.3.2010.",
        "Jack, aged 7, is settled.",
        "Amira Khan is 14 years old.",
    ],
)
def test_a_childs_name_initials_or_birth_is_found_and_not_repeated(words: str) -> None:
    found = lint(with_information(Paragraph(words)), KNOWN)
    assert {(one.severity, one.where) for one in found} == {("must fix", "Information, paragraph 4")}
    assert not any(told in one.words for one in found for told in ("JS", "Jack", "Amira", "K.L.", "2010"))


@pytest.mark.parametrize(
    "words",
    [
        "Accommodation for young people aged 16+ and care leavers aged 18 to 25.",
        "Children Looked After aged 7 have places.",
        "A child SEN plan and child CIN reviews are statutory.",
        "The contract was born of need.",
        "More than one child may share; each place is for at least two children.",
        "Two children’s homes and three children's services teams opened.",
        "Lot 2 children and 12 children, £4 children, 1-4 children.",
        "Fewer than five children moved, and 30 children stayed.",
    ],
)
def test_what_only_sounds_like_a_child_is_left_alone(words: str) -> None:
    assert lint(with_information(Paragraph(words)), KNOWN) == ()


CHILDREN = Table("Children placed", ("Area", "Number"), (("North", "12"), ("South", "3")))


@pytest.mark.parametrize(
    "block",
    [
        Paragraph("There were three young people in the north."),
        Paragraph("Only 4 looked-after children moved."),
        CHILDREN,
    ],
)
def test_numbers_small_enough_to_tell_who_are_found_and_where_they_are_exempt_only_looked_at(
    block: Any,
) -> None:
    [open_] = lint(with_information(block), KNOWN)
    [exempt] = lint(with_information(block, exempt=Exemption(2, "Why.")), KNOWN)
    assert (open_.severity, exempt.severity) == ("must fix", "look")
    assert "fewer than five" in open_.words


def test_paragraphs_are_named_by_the_number_they_are_printed_with() -> None:
    comment = Comment("Financial", "CDS", date(2022, 4, 10), ("Fine.", "Jack, aged 7, costs more."))
    found = lint(replace(SOUND, comments=(SOUND.comments[0], comment)), KNOWN)
    # One of purpose, five of sections, one of the first comments.
    assert [one.where for one in found] == ["Financial comments, paragraph 9"]


ANNUAL = PaperData(
    report_of="Service Director",
    title="Commissioning and Contracts Board – annual report",
    purpose="To sum up what the department's Commissioning and Contract Management Board did in the year.",
    sections=(
        Section(
            "Information",
            (
                Paragraph("The Board has met every two months since 2018."),
                Paragraph(
                    "During the past year it saw contracts and spend of in excess of £153m, almost 25% up on the "
                    "previous year. The top suppliers run homes and schools."
                ),
            ),
        ),
        Section(
            "Other Options Considered",
            (
                Paragraph(
                    "The options presented were derived from a strategy. A wide range of options was considered as to "
                    "how large the homes should be and what they are for, and the recommendations represent the best."
                ),
            ),
        ),
        Section(
            "Reasons for Recommendations",
            (Paragraph("The recommendations ensure that the Council has residential homes of high quality."),),
        ),
        Section("Statutory and Policy Implications", (Paragraph("None that are material."),)),
    ),
    recommendations=("That Committee considers whether any further actions are required.",),
    comments=tuple(Comment(k, "LW", date(2022, 2, 10), ("Fine.",)) for k in ("Constitutional", "Financial")),
    ref="C1550",
)  # fmt: skip


def test_the_defects_of_a_published_annual_report_are_found() -> None:
    known = Known(board=KNOWN.board, meeting_on=MEETING, clearance_days=30)
    found = {(one.severity, one.where): one.words for one in lint(ANNUAL, known)}
    assert set(found) == {
        ("must fix", "Constitutional comments (LW 10/02/22)"),
        ("must fix", "Financial comments (LW 10/02/22)"),
        ("must fix", "Other Options Considered, paragraph 4"),
        ("must fix", "Reasons for Recommendations, paragraph 5"),
        ("must fix", "Purpose of the report, paragraph 1"),
        ("look", "Information, paragraph 3"),
    }
    assert "another report" in found["must fix", "Reasons for Recommendations, paragraph 5"]
    assert (
        "“Commissioning and Contract Management Board”"
        in found["must fix", "Purpose of the report, paragraph 1"]
    )
    assert "£153m" in found["look", "Information, paragraph 3"]


def test_a_paper_with_the_reference_of_another_contract_is_found() -> None:
    assert lint(replace(SOUND, ref="FMS-02"), KNOWN) == (
        Finding("must fix", "Reference", "It is FMS-02; the item is about SB-01."),
    )
