"""One paper alone, and a document such as minutes: the looks of the pack without the pack."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from board.rendering import pdfcheck
from board.rendering.content import (
    Bar,
    BarChart,
    Bullets,
    DocumentData,
    Exemption,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.pack import PackDataError, render_document, render_report
from board.rendering.typeset import TypesettingError

DATED = datetime(2022, 4, 25, 10, tzinfo=UTC)
SPEND = Table("Spend by year", ("Year", "Spend"), (("2021/22", "£153.4m"),))
TREND = BarChart("Trend", "Spend rose.", "Year", "Spend", (Bar("2021/22", 153.4, "£153.4m"),))
REPORT = PaperData(
    "Service Director",
    "Annual report",
    "To sum up.",
    (Section("Information", (SPEND, TREND)),),
    ("Note it.",),
)
MINUTES = DocumentData(
    "A council",
    "Minutes of the Board, 25 April 2022",
    ("Present: the Service Director (in the chair).", "Apologies: none."),
    (
        Section("1. Apologies", (Paragraph("None were received."),)),
        Section("2. Spend", (Paragraph("Noted."), Bullets(("a", "b")), SPEND, Paragraph("Agreed."))),
    ),
    DATED,
)


def text(path: Path) -> str:
    return "\n".join(pdfcheck.page_texts(path)).replace("\u200b", "")


def test_a_report_alone_is_accessible_numbered_and_dated(tmp_path: Path) -> None:
    out = tmp_path / "report.pdf"
    rendered = render_report(REPORT, out, council="A council", on=date(2022, 4, 25), item="6", dated=DATED)
    assert pdfcheck.check(out) == []
    assert pdfcheck.bookmarks(out) == [("Annual report", 1)]
    shown = text(out)
    assert "25 April 2022" in shown
    assert "Agenda item 6" in shown
    assert f"Page 1 of {rendered.pages}" in shown


def test_minutes_are_accessible_and_number_their_paragraphs_through(tmp_path: Path) -> None:
    out = tmp_path / "minutes.pdf"
    rendered = render_document(MINUTES, out)
    assert pdfcheck.check(out) == []
    lines = text(out).splitlines()
    assert [line for line in lines if line.rstrip(".").isdigit() and line.endswith(".")] == ["1.", "2.", "3."]
    assert lines.index("Apologies: none.") < lines.index("1. Apologies")
    assert f"Page 1 of {rendered.pages}" in lines


def test_the_same_document_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = render_document(MINUTES, tmp_path / "1.pdf"), render_document(MINUTES, tmp_path / "2.pdf")
    assert one == two
    assert (tmp_path / "1.pdf").read_bytes() == (tmp_path / "2.pdf").read_bytes()


def test_an_exempt_section_marks_the_whole_document_and_says_its_paragraph(tmp_path: Path) -> None:
    secret = Section("3. Price", (Paragraph("£1"),), Exemption(3, "A tender is open."))
    render_document(replace(MINUTES, sections=(*MINUTES.sections, secret)), tmp_path / "m.pdf")
    shown = " ".join(text(tmp_path / "m.pdf").split())
    assert "Restricted: not for publication" in shown
    assert "exempt under paragraph 3 of Part 1 of Schedule 12A to the Local Government Act 1972" in shown
    assert "A tender is open." in shown


@pytest.mark.parametrize("words", ["#read(1) $x$ *b* <script> {{ x }}", "W" * 200, "= no heading"])
def test_hostile_text_prints_literally(words: str, tmp_path: Path) -> None:
    section = Section(words, (Paragraph(words), Table(words, (words,), ((words,),))), Exemption(1, words))
    minutes = DocumentData(words, words, (words,), (section,), DATED)
    assert render_document(minutes, tmp_path / "m.pdf").warnings == ()
    shown = text(tmp_path / "m.pdf").replace("\n", "").replace(" ", "")
    assert shown.count(words.replace(" ", "")) >= 8


def test_an_empty_document_and_a_nameless_one_still_print(tmp_path: Path) -> None:
    render_document(DocumentData("", "\x07", (), (), DATED), tmp_path / "m.pdf")
    assert "(no title)" in text(tmp_path / "m.pdf")
    report = PaperData("", "", "")
    render_report(report, tmp_path / "r.pdf", council="", on=date(2022, 4, 25), dated=DATED)


def test_a_date_without_a_time_zone_is_refused(tmp_path: Path) -> None:
    naive = replace(MINUTES, dated=DATED.replace(tzinfo=None))
    with pytest.raises(PackDataError, match="time zone"):
        render_document(naive, tmp_path / "m.pdf")


def test_a_layout_that_never_ends_is_ended_and_nothing_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("board.rendering.typeset.PATIENCE", 0.01)
    with pytest.raises(
        TypesettingError, match="Minutes of the Board, 25 April 2022” was not laid out within"
    ):
        render_document(MINUTES, tmp_path / "m.pdf")
    assert list(tmp_path.iterdir()) == []


def test_a_layout_that_fails_says_which_document_and_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("board.rendering.typeset.TEMPLATES", tmp_path)
    with pytest.raises(TypesettingError, match="Minutes of the Board, 25 April 2022” could not be laid out"):
        render_document(MINUTES, tmp_path / "m.pdf")
