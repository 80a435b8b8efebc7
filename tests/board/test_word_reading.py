"""A paper comes back from its Word file as it went out, and edited as its editors meant it."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from board.rendering.content import (
    Bar,
    BarChart,
    Block,
    Bullets,
    Comment,
    Exemption,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.text import clean
from board.rendering.word import TO_COMMENT
from board.rendering.word_package import WordRefused
from board.rendering.word_reading import ReadBack, read_report
from tests.board.word_files import document_of, edited, libreoffice, written

SPEND = Table("Spend by year", ("Year", "Spend"), (("2020/21", "£1.0m"), ("2021/22", "£1.2m")))
PAPER = PaperData(
    report_of="Commissioning Manager, Placements",
    title="Fostering and Mediation Service",
    purpose="To ask the Board to decide.",
    sections=(
        Section("Information", (Paragraph("It is a block contract."), SPEND, SPEND, Paragraph("It ends:\nsoon."))),
        Section("Other Options Considered", (Paragraph("The Board may:"), Bullets(("Remodel.", "Extend.")))),
        Section("Price", (Paragraph("£1.2m."), Bullets(("One.",)), SPEND), Exemption(3, "An open tender.\nYes.")),
        Section("Trust", (Paragraph("Told in confidence."),), Exemption(None, "")),
        Section("Recommendations", (Paragraph("A section may be headed as a part is."),)),
    ),
    recommendations=("That the Board decides.", "That the Board records its reasons."),
    comments=(
        Comment("Constitutional", "L W", date(2022, 2, 9), ("The Board may decide this.",)),
        Comment("Financial", "CDS", date(2022, 2, 10), ("No implications.", "None later.")),
    ),
    background_papers=("Needs analysis, 2021", "Market sounding"),
    electoral_divisions="All\nbut one",
    ref="C1550",
)  # fmt: skip
HOSTILE = PaperData(
    "Owner & <w:t>", "{{ x }} # $ _", "שלום עולם \N{GRINNING FACE}",
    (Section("Ŵyn", (Paragraph("  two  spaces\N{NO-BREAK SPACE}\N{NON-BREAKING HYPHEN} "), Bullets(("x" * 200,)))),),
)  # fmt: skip


def again(paper: PaperData, folder: Path) -> ReadBack:
    return read_report(written(paper, folder))


@pytest.mark.parametrize("paper", [PAPER, HOSTILE, PaperData("A post", "A title", "A purpose")])
def test_a_paper_comes_back_as_it_went_out(paper: PaperData, tmp_path: Path) -> None:
    assert again(paper, tmp_path) == ReadBack(paper, (), ())


def test_papers_come_back_the_same_after_libreoffice_saved_them_again(tmp_path: Path) -> None:
    papers = {"a.docx": PAPER, "b.docx": HOSTILE}
    files = [str(written(paper, tmp_path, name)) for name, paper in papers.items()]
    out = tmp_path / "saved"
    libreoffice("--convert-to", "docx", "--outdir", str(out), *files, home=tmp_path)
    for name, paper in papers.items():
        assert read_report(out / name) == ReadBack(paper, (), ())


LINES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20).map(
    lambda text: clean(text).replace("\n", " ").replace("\N{NON-BREAKING HYPHEN}", "-")
)
WORDS = LINES.filter(str.strip)
TEXTS = st.lists(WORDS, min_size=1, max_size=2).map("\n".join)
TABLES = st.integers(1, 3).flatmap(
    lambda width: st.builds(
        Table,
        st.one_of(st.just(""), WORDS),
        st.tuples(*[LINES] * width),
        st.lists(st.tuples(*[TEXTS] * width), max_size=2).map(tuple),
    )
)
BLOCKS = st.one_of(
    st.builds(Paragraph, TEXTS),
    st.builds(Bullets, st.lists(TEXTS, min_size=1, max_size=2).map(tuple)),
    TABLES,
)


def _apart(blocks: Sequence[Block]) -> tuple[Block, ...]:
    """Neighbouring lists of bullets are one list to their reader."""
    kept: list[Block] = []
    for block in blocks:
        if not (kept and isinstance(kept[-1], Bullets) and isinstance(block, Bullets)):
            kept.append(block)
    return tuple(kept)


EXEMPTIONS = st.one_of(
    st.none(), st.builds(Exemption, st.one_of(st.none(), st.integers(1, 7)), st.just("") | TEXTS)
)
PAPERS = st.builds(
    PaperData,
    WORDS,
    WORDS,
    TEXTS,
    st.lists(st.builds(Section, WORDS, st.lists(BLOCKS, max_size=3).map(_apart), EXEMPTIONS), max_size=2).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    st.lists(
        st.builds(
            Comment,
            st.sampled_from(["Constitutional", "Financial"]),
            st.from_regex(r"[A-Z]{1,3}", fullmatch=True),
            st.dates(date(2000, 1, 1), date(2060, 1, 1)),
            st.lists(TEXTS, max_size=2).map(tuple),
        ),
        max_size=2,
    ).map(tuple),
    st.lists(TEXTS, max_size=2).map(tuple),
    TEXTS,
    st.just("") | WORDS,
)  # fmt: skip


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(paper=PAPERS)
def test_whatever_people_write_comes_back(paper: PaperData, tmp_path: Path) -> None:
    assert again(paper, tmp_path).paper == paper


def test_a_chart_comes_back_as_its_table_and_that_is_said(tmp_path: Path) -> None:
    chart = BarChart("Spend", "Spend rose.", "Year", "Amount", (Bar("2021/22", 1.2, "£1.2m"),))
    back = again(replace(PAPER, sections=(Section("Trend", (chart,)),)), tmp_path)
    assert back.paper.sections == (
        Section("Trend", (Table("Spend", ("Year", "Amount"), (("2021/22", "£1.2m"),)),)),
    )
    assert back.unknown == ("A chart comes back as its table, under “Trend”: “Spend”.",)


def p(style: str, text: str, more: str = "") -> str:
    return f'<w:p><w:pPr><w:pStyle w:val="{style}"/>{more}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>'


BLOCK = p("ReportParagraph", "It is a block contract.")
EXEMPT_HEADING = p("ReportExemptHeading", "Price")
MERGED = '<w:tr><w:tc><w:tcPr><w:gridSpan w:val="2"/></w:tcPr><w:p/></w:tc></w:tr>'
UNSIGNED = "Financial comments (initials dd/mm/yy)"


def changed(tmp_path: Path, old: str, new: str, paper: PaperData = PAPER) -> ReadBack:
    content = edited(written(paper, tmp_path).read_bytes(), old, new)
    (tmp_path / "edited.docx").write_bytes(content)
    return read_report(tmp_path / "edited.docx")


@pytest.mark.parametrize(
    ("new", "blocks", "unknown"),
    [
        (p("Normal", "Typed in."), (Paragraph("Typed in."),), ()),
        (p("Nowhere", "Typed in."), (Paragraph("Typed in."),), ("Style “” is none of a paper's",)),
        (p("ReportTitle", ""), (), ()),
        (
            p("ReportParagraph", "A point.", '<w:numPr><w:ilvl w:val="0"/><w:numId w:val="2"/></w:numPr>'),
            (Bullets(("A point.",)),),
            (),
        ),
        (p("ReportCaption", "Alone"), (Paragraph("Alone"),), ("A caption without a table",)),
        (
            "<w:p><w:r><w:t>See </w:t></w:r><w:r><w:drawing/></w:r><w:r><w:tab/><w:t>this.</w:t></w:r></w:p>",
            (Paragraph("See  this."),),
            ("A picture was left out, under “Information”.",),
        ),
        (
            f"<w:tbl>{MERGED}<w:tr><w:tc>{p('Normal', 'a')}</w:tc><w:tc>{p('Normal', 'b')}{p('Normal', 'c')}</w:tc></w:tr></w:tbl>",
            (Table("", ("", ""), (("a", "b\nc"),)),),
            ("A table with merged cells",),
        ),
    ],
)  # fmt: skip
def test_what_authors_do_in_word_is_read_as_they_meant_it(
    tmp_path: Path, new: str, blocks: tuple[Block, ...], unknown: tuple[str, ...]
) -> None:
    back = changed(tmp_path, BLOCK, BLOCK + new)
    information = back.paper.sections[0].blocks
    assert information[1 : len(blocks) + 1] == blocks and len(information) == 4 + len(blocks)
    assert len(back.unknown) == len(unknown)
    assert all(said.startswith(words) for said, words in zip(back.unknown, unknown, strict=True))


CONFIDENTIAL = Exemption(None, "")


@pytest.mark.parametrize(
    ("old", "new", "exempt"),
    [
        (EXEMPT_HEADING, "", {"Trust", "Exempt information"}),
        (EXEMPT_HEADING, p("ReportHeading", "Price"), {"Trust", "Price"}),
        (
            p("ReportExemptParagraph", "£1.2m."),
            p("ReportParagraph", "£1.2m."),
            {"Trust", "Price"},
        ),
        (BLOCK, p("ReportExemptParagraph", "£1.2m."), {"Trust", "Price", "Exempt information"}),
    ],
)  # fmt: skip
def test_what_is_exempt_stays_exempt_while_any_of_its_marks_is_left(
    tmp_path: Path, old: str, new: str, exempt: set[str]
) -> None:
    back = changed(tmp_path, old, new)
    assert {section.heading for section in back.paper.sections if section.exempt} == exempt
    for section in back.paper.sections:
        assert section.exempt or "£1.2m." not in str(section.blocks).replace(str(SPEND), "")


def test_an_exempt_part_that_says_no_longer_why_is_kept_as_confidential_and_told(tmp_path: Path) -> None:
    mark = "exempt under paragraph 3 of Part 1 of Schedule 12A to the Local Government Act 1972."
    back = changed(tmp_path, mark, "please")
    assert back.paper.sections[2].exempt == Exemption(None, "An open tender.\nYes.")
    [told] = back.unknown
    assert told.startswith("A part that is marked exempt says no longer why: kept as confidential, say why")
    assert told.endswith("under “Price”: “Not for publication: please”.")


def test_officers_sign_their_comments_by_filling_in_what_the_paper_asks_for(tmp_path: Path) -> None:
    bare = replace(PAPER, comments=())
    signed = edited(written(bare, tmp_path).read_bytes(), UNSIGNED, "Financial Comments (CDS 1/6/22)")
    # The first place asks for constitutional comments, the second for financial ones.
    first, second, third = document_of(signed).split(TO_COMMENT)
    (tmp_path / "signed.docx").write_bytes(
        edited(signed, document_of(signed), f"{first}{TO_COMMENT}{second}It costs nothing.{third}")
    )
    back = read_report(tmp_path / "signed.docx")
    assert back.paper.comments == (Comment("Financial", "CDS", date(2022, 6, 1), ("It costs nothing.",)),)
    assert back.unknown == ()


@pytest.mark.parametrize("heading", [UNSIGNED, "Financial comments (CDS 31/02/22)", "Financial comments"])
def test_comments_without_initials_and_a_real_date_clear_nothing(tmp_path: Path, heading: str) -> None:
    back = changed(tmp_path, "Financial comments (CDS 10/02/22)", heading)
    assert [comment.kind for comment in back.paper.comments] == ["Constitutional"]
    [told] = back.unknown
    assert told.startswith(
        "Comments without initials and a date clear nothing: left out until they are signed"
    )
    assert told.endswith(f"under “{heading}”: “No implications. None later.”.")


def test_a_word_file_that_is_no_paper_of_ours_is_refused(tmp_path: Path) -> None:
    content = written(PAPER, tmp_path).read_bytes()
    document = document_of(content)
    foreign = edited(content, document, document.replace('w:val="Report', 'w:val="Other'))
    (tmp_path / "foreign.docx").write_bytes(foreign)
    with pytest.raises(WordRefused, match="not a paper that was written here"):
        read_report(tmp_path / "foreign.docx")
