"""Papers and minutes as Word files: complete, styled, the same each time, safe whatever people wrote."""

import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import docx
import pytest
from docx.document import Document

from board.rendering.content import (
    Bar,
    BarChart,
    Bullets,
    Comment,
    DocumentData,
    Exemption,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.prepare import PackDataError
from board.rendering.word import write_document, write_report

COUNCIL = "Nottinghamshire County Council"
ON = date(2022, 4, 25)
SPEND = Table(
    "Spend by financial year", ("Financial year", "Spend"), (("2020/21", "£1.0m"), ("2021/22", "£1.2m"))
)
EXEMPT = Exemption(3, "The tender is open.")
PAPER = PaperData(
    report_of="Commissioning Manager, Placements",
    title="Fostering and Mediation Service: direction",
    purpose="To ask the Board to decide whether to recommission the service.",
    sections=(
        Section("Information", (Paragraph("FMS is a block contract."), SPEND, Paragraph("It ends:\nsoon."))),
        Section("Other Options Considered", (Paragraph("The Board may:"), Bullets(("Remodel.", "Extend.")))),
        Section("Price", (Paragraph("The supplier asks £1.2m."), SPEND), EXEMPT),
    ),
    recommendations=("That the Board decides.", "That the Board records its reasons."),
    comments=(Comment("Financial", "CDS", date(2022, 2, 10), ("No implications.",)),),
    background_papers=("Needs analysis, 2021",),
    ref="C1550",
)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[PaperData], Document]:
    def write(paper: PaperData) -> Document:
        write_report(paper, tmp_path / "paper.docx", council=COUNCIL, on=ON, item="17")
        return docx.Document(str(tmp_path / "paper.docx"))

    return write


def paragraphs(word: Document) -> list[tuple[str, str]]:
    return [(p.style.name or "", p.text) for p in word.paragraphs if p.style and p.text]


def test_a_paper_is_written_in_the_councils_report_order_each_part_in_its_own_style(
    written: Callable[[PaperData], Document],
) -> None:
    assert paragraphs(written(PAPER)) == [
        ("Report Council", COUNCIL),
        ("Report Meeting", "25 April 2022\tAgenda item: 17"),
        ("Report of", "Report of the Commissioning Manager, Placements"),
        ("Report Title", "Fostering and Mediation Service: direction"),
        ("Report Part", "Purpose of the report"),
        ("Report Purpose", "To ask the Board to decide whether to recommission the service."),
        ("Report Heading", "Information"),
        ("Report Paragraph", "FMS is a block contract."),
        ("Report Caption", "Spend by financial year"),
        ("Report Paragraph", "It ends:\nsoon."),
        ("Report Heading", "Other Options Considered"),
        ("Report Paragraph", "The Board may:"),
        ("Report Bullet", "Remodel."),
        ("Report Bullet", "Extend."),
        ("Report Exempt Heading", "Price"),
        ("Report Exemption", f"{EXEMPT.note}.\nPublic interest: The tender is open."),
        ("Report Exempt Paragraph", "The supplier asks £1.2m."),
        ("Report Exempt Caption", "Spend by financial year"),
        ("Report Part", "Recommendations"),
        ("Report Recommendation", "That the Board decides."),
        ("Report Recommendation", "That the Board records its reasons."),
        ("Report Signatory", "Commissioning Manager, Placements"),
        ("Report Comment Heading", "Financial comments (CDS 10/02/22)"),
        ("Report Paragraph", "No implications."),
        ("Report Comment Heading", "Constitutional comments (initials dd/mm/yy)"),
        (
            "Report Note",
            "To be completed: write the comments here, and your initials and the date in the heading.",
        ),
        ("Report Part", "Background papers and published documents"),
        ("Report Background Paper", "Needs analysis, 2021"),
        ("Report Part", "Electoral divisions and members affected"),
        ("Report Divisions", "All"),
        ("Report Reference", "Reference: C1550"),
    ]


def test_every_style_a_paper_is_written_in_exists_and_paragraphs_number_on_in_one_list(
    written: Callable[[PaperData], Document],
) -> None:
    word = written(PAPER)
    numbered = {"Report Purpose": "1", "Report Paragraph": "1", "Report Exempt Paragraph": "1"}
    numbered |= {"Report Bullet": "2", "Report Exempt Bullet": "2", "Report Recommendation": "3"}
    for name, number in numbered.items():
        assert word.styles[name].element.xpath("w:pPr/w:numPr/w:numId/@w:val") == [number]
    used = {p.style.style_id for p in word.paragraphs if p.style}
    assert used <= {style.style_id for style in word.styles} and "Normal" not in used


def test_a_tables_header_row_repeats_on_each_page_and_figures_stand_to_the_right(
    written: Callable[[PaperData], Document],
) -> None:
    for table in written(PAPER).tables:
        head, *rows = [row._tr for row in table.rows]
        assert head.xpath("w:trPr/w:tblHeader") and not any(row.xpath("w:trPr/w:tblHeader") for row in rows)
        assert [
            cell.paragraphs[0].style.name for cell in table.rows[1].cells if cell.paragraphs[0].style
        ] == [
            "Report Table Text",
            "Report Table Figure",
        ]


def test_a_chart_is_its_title_its_alternative_text_and_its_table(
    written: Callable[[PaperData], Document],
) -> None:
    chart = BarChart("Spend", "Spend rose.", "Year", "Amount", (Bar("2021/22", 1.2, "£1.2m"),))
    word = written(replace(PAPER, sections=(Section("Trend", (chart,)),)))
    assert {("Report Caption", "Spend"), ("Report Chart Note", "Spend rose.")} <= set(paragraphs(word))
    assert [[cell.text for cell in row.cells] for row in word.tables[0].rows] == [
        ["Year", "Amount"],
        ["2021/22", "£1.2m"],
    ]


def test_the_same_paper_gives_the_same_bytes_and_one_word_gives_others(tmp_path: Path) -> None:
    first, again, other = (
        write_report(paper, tmp_path / f"{n}.docx", council=COUNCIL, on=ON)
        for n, paper in enumerate((PAPER, PAPER, replace(PAPER, ref="C1551")))
    )
    assert first == again != other
    assert (tmp_path / "0.docx").read_bytes() == (tmp_path / "1.docx").read_bytes()


def test_the_file_says_its_title_and_its_language_and_no_persons_name(
    written: Callable[[PaperData], Document],
) -> None:
    word = written(PAPER)
    about = word.core_properties
    assert (about.title, about.language, about.author) == (PAPER.title, "en-GB", COUNCIL)
    assert word.styles.element.xpath("//w:rPrDefault//w:lang/@w:val") == ["en-GB"]


@pytest.mark.parametrize(
    ("hostile", "printed"),
    [
        ("<w:p>&amp;</w:p> {{ x }} {% y %} # $ _ @ //", "<w:p>&amp;</w:p> {{ x }} {% y %} # $ _ @ //"),
        ("be\x00ll\x07 \ufffe\ud800end", "bell end"),
        ("price \u202e0021£\u202c \u2066x\u2069", "price 0021£ x"),
        ("tab\there\r\nline\u2028sep", "tab here\nline\nsep"),
        ("שלום Ŵyn \N{GRINNING FACE} e\u0301", "שלום Ŵyn \N{GRINNING FACE} é"),
        ("x" * 200, "x" * 200),
        ("  kept  spaces\N{NO-BREAK SPACE} ", "  kept  spaces\N{NO-BREAK SPACE} "),
    ],
)
def test_hostile_text_prints_literally_in_every_place(
    written: Callable[[PaperData], Document], hostile: str, printed: str
) -> None:
    table = Table(hostile, (hostile, hostile), ((hostile, hostile),))
    word = written(
        PaperData(
            hostile,
            hostile,
            hostile,
            (Section(hostile, (Paragraph(hostile), Bullets((hostile,)), table), Exemption(1, hostile)),),
            (hostile,),
            (Comment(hostile, hostile, ON, (hostile,)),),
            (hostile,),
            hostile,
            hostile,
        )
    )
    line = printed.replace("\n", " ")
    told = paragraphs(word)
    assert [text for style, text in told if style == "Report Exempt Paragraph"] == [printed]
    asked = [text for style, text in told if style not in ROUTINE and "(initials dd/mm/yy)" not in text]
    assert all(line in text.replace("\n", " ") for text in asked)
    assert {cell.text for row in word.tables[0].rows for cell in row.cells} == {printed}
    assert word.core_properties.title == line


ROUTINE = {"Report Council", "Report Meeting", "Report Part", "Report Note"}


def test_a_table_no_document_can_hold_is_refused_in_words(written: Callable[[PaperData], Document]) -> None:
    ragged = Table("Spend", ("Year", "Spend"), (("2021/22",),))
    with pytest.raises(PackDataError, match="In Information, row 1 of the table “Spend” has 1 cells"):
        written(replace(PAPER, sections=(Section("Information", (ragged,)),)))


def test_minutes_are_a_title_lines_and_continuously_numbered_sections(tmp_path: Path) -> None:
    minutes = DocumentData(
        COUNCIL,
        "Minutes of the Board",
        ("Monday 25 April 2022, 2pm", "Rufford Suite"),
        (Section("Apologies", (Paragraph("None."),)), Section("Award", (SPEND,), Exemption(None, ""))),
        datetime(2022, 4, 25, 14, tzinfo=ZoneInfo("Europe/London")),
    )
    assert write_document(minutes, tmp_path / "a.docx") == write_document(minutes, tmp_path / "b.docx")
    assert paragraphs(docx.Document(str(tmp_path / "a.docx"))) == [
        ("Report Council", COUNCIL),
        ("Report Title", "Minutes of the Board"),
        ("Report Line", "Monday 25 April 2022, 2pm"),
        ("Report Line", "Rufford Suite"),
        ("Report Heading", "Apologies"),
        ("Report Paragraph", "None."),
        ("Report Exempt Heading", "Award"),
        (
            "Report Exemption",
            "Not for publication: confidential under section 100A(3) of the Local Government Act 1972.",
        ),
        ("Report Exempt Caption", "Spend by financial year"),
    ]


def test_a_file_holds_no_part_that_its_reader_did_not_ask_for(tmp_path: Path) -> None:
    write_report(PAPER, tmp_path / "a.docx", council=COUNCIL, on=ON)
    with zipfile.ZipFile(tmp_path / "a.docx") as package:
        assert package.namelist() == [
            "[Content_Types].xml",
            "_rels/.rels",
            "docProps/core.xml",
            "word/_rels/document.xml.rels",
            "word/document.xml",
            "word/footer1.xml",
            "word/numbering.xml",
            "word/settings.xml",
            "word/styles.xml",
        ]
