"""The Board's pack as a PDF: complete, the same each time, and safe whatever people wrote."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime
from itertools import pairwise
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from board.rendering import pdfcheck
from board.rendering.content import (
    AgendaEntry,
    Bar,
    BarChart,
    Bullets,
    Comment,
    Meeting,
    PackData,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.pack import PackDataError, RenderedPack, render_pack
from board.rendering.text import breakable, clean, visible

SPEND = Table("Spend by year", ("Measure", "2020/21", "2021/22"), (("Total", "£122.9m", "£153.4m"),))
TREND = BarChart(
    "Spend by year",
    "Spend rose from £122.9m to £153.4m.",
    "Year",
    "Spend",
    (Bar("2020/21", 122.9, "£122.9m"), Bar("2021/22", 153.4, "£153.4m")),
)
# Annual report of 25 April 2022, shortened: paragraphs run on across headings and after the recommendations.
PAPER = PaperData(
    report_of="Service Director, Commissioning and Resources",
    title="Annual report",
    purpose="To provide a summary of the work of the Board.",
    sections=(
        Section("Information", (Paragraph("Constituted in 2018."), Paragraph("Upcoming work includes:"))),
        Section(
            "More", (Bullets(("Short Breaks", "Community Learning")), Paragraph("Spend is up."), SPEND, TREND)
        ),
    ),
    recommendations=("That the report is noted.", "That it goes to Committee."),
    comments=(Comment("Financial", "CDS", date(2022, 2, 10), ("No direct financial implications.",)),),
    ref="C1550",
)
ITEMS = (
    AgendaEntry("1", "Minutes", "Standing item", "decision", "Board Secretary"),
    AgendaEntry("2", "Annual report", "Annual report", "information", "Service Director", paper=PAPER),
    AgendaEntry(
        "3",
        "Fostering and Mediation Service",
        "Direction",
        "decision",
        "Commissioning Manager",
        contract="FMS",
        expected_from="Placements Manager",
        warning="Late: the last possible Board was 28 February 2022.",
    ),
    AgendaEntry("4a", "Provider list", "Direction", "decision", "Commissioning Manager", paper=PAPER),
)
REGISTER = Table(
    "Live contracts",
    ("Reference", "Title", "Kind", "Supplier", "Owner", "Ends", "Annual value"),
    tuple(
        (f"CYP-{n:04}", "Short breaks", "Block", "A supplier", "A post", "August 2023", "£1")
        for n in range(90)
    ),
)
PACK = PackData(
    council="Nottinghamshire County Council",
    board="Commissioning and Contracts Board",
    meeting=Meeting(
        "April meeting", datetime(2022, 4, 25, 14, 5, tzinfo=ZoneInfo("Europe/London")), "Rufford Suite"
    ),
    generated_on=date(2022, 4, 18),
    items=ITEMS,
    warnings=("SPOT-0041 has no owner.",),
    register=REGISTER,
    charts=(TREND,),
    forward_plan=Table("Decisions ahead", ("Meeting", "Contract"), ()),
)


@pytest.fixture(scope="module")
def pack(tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderedPack, Path]:
    out = tmp_path_factory.mktemp("pack") / "packs" / "2022-04-25.pdf"
    return render_pack(PACK, out), out


@pytest.fixture
def printed(tmp_path: Path) -> Callable[[PackData], tuple[RenderedPack, str]]:
    """Renders and gives back all the text, break points taken out, line ends as spaces."""

    def render(data: PackData) -> tuple[RenderedPack, str]:
        rendered = render_pack(data, tmp_path / "pack.pdf")
        text = "\n".join(pdfcheck.page_texts(tmp_path / "pack.pdf"))
        return rendered, " ".join(text.replace("\u200b", "").split())

    return render


def with_paper(**changes: object) -> PackData:
    return replace(PACK, items=(replace(ITEMS[1], paper=replace(PAPER, **changes)),), register=None)  # type: ignore[arg-type]  # field by name


def test_the_same_data_gives_the_same_bytes(pack: tuple[RenderedPack, Path], tmp_path: Path) -> None:
    again = render_pack(PACK, tmp_path / "again.pdf")
    assert (tmp_path / "again.pdf").read_bytes() == pack[1].read_bytes()
    assert again == pack[0]


def test_one_changed_word_gives_another_sha256(pack: tuple[RenderedPack, Path], tmp_path: Path) -> None:
    changed = replace(PACK, warnings=("SPOT-0042 has no owner.",))
    assert render_pack(changed, tmp_path / "changed.pdf").sha256 != pack[0].sha256


def test_the_pack_passes_its_own_checker(pack: tuple[RenderedPack, Path]) -> None:
    assert pdfcheck.check(pack[1]) == []
    assert pack[0].warnings == ()


def test_page_ranges_are_where_bookmarks_lead_and_leave_no_page_out(pack: tuple[RenderedPack, Path]) -> None:
    rendered, path = pack
    goals = dict(pdfcheck.bookmarks(path))
    assert list(rendered.page_ranges) == ["2", "4a"]
    assert goals["2. Annual report"] == rendered.page_ranges["2"][0]
    assert goals["4a. Annual report"] == rendered.page_ranges["4a"][0] == rendered.page_ranges["2"][1] + 1
    assert goals["Annex A: Forward plan"] == rendered.page_ranges["4a"][1] + 1
    assert rendered.pages == len(pdfcheck.page_texts(path))


def test_page_ranges_stay_contiguous_however_full_the_last_page_is(tmp_path: Path) -> None:
    paper = replace(PAPER, sections=())
    items = tuple(
        AgendaEntry(
            str(n), "Filled", "k", "information", "Chair", paper=replace(paper, background_papers=("x",) * n)
        )
        for n in range(1, 61)
    )
    rendered = render_pack(replace(PACK, items=items, register=None, charts=()), tmp_path / "full.pdf")
    ranges = list(rendered.page_ranges.values())
    texts = pdfcheck.page_texts(tmp_path / "full.pdf")
    for n, ((first, last), (following, _)) in enumerate(pairwise(ranges), 1):
        assert last + 1 == following
        assert f"Agenda item {n}" in texts[first - 1]
        assert "Reference C1550" in texts[last - 1]


def test_the_agenda_prints_the_page_ranges_and_links_to_the_papers(pack: tuple[RenderedPack, Path]) -> None:
    rendered, path = pack
    agenda = pdfcheck.page_texts(path)[1]
    for first, last in rendered.page_ranges.values():
        assert (f"\n{first}\n" if first == last else f"\n{first}–{last}\n") in agenda
    assert {first for first, _ in rendered.page_ranges.values()} <= set(pdfcheck.links(path, 2))


def test_an_item_without_paper_stands_as_to_follow_from_the_post_that_owes_it(
    pack: tuple[RenderedPack, Path],
) -> None:
    agenda = " ".join(pdfcheck.page_texts(pack[1])[1].split())
    assert "To follow — expected from Placements Manager" in agenda
    assert "to follow" in agenda
    assert "3" not in pack[0].page_ranges


def test_warnings_stand_in_a_box_after_the_agenda(pack: tuple[RenderedPack, Path]) -> None:
    cover, agenda, *_ = pdfcheck.page_texts(pack[1])
    assert "2 warnings" in cover
    box = " ".join(agenda.partition("\nWarnings\n")[2].split())
    assert "Item 3: Late: the last possible Board was 28 February 2022." in box
    assert "SPOT-0041 has no owner." in box


def test_paragraphs_number_continuously_and_recommendations_apart(pack: tuple[RenderedPack, Path]) -> None:
    first, last = pack[0].page_ranges["2"]
    lines = "\n".join(pdfcheck.page_texts(pack[1])[first - 1 : last]).splitlines()
    numbers = [line for line in lines if line.rstrip(".)").isdigit() and line[-1] in ".)"]
    assert numbers == ["1.", "2.", "3.", "4.", "1)", "2)", "5."]
    assert lines[lines.index("5.") + 1] == "No direct financial implications."
    assert "Given 74 days before this meeting." in lines  # 10/02/22 for 25/04/22


def test_the_register_repeats_its_header_on_each_page(pack: tuple[RenderedPack, Path]) -> None:
    texts = pdfcheck.page_texts(pack[1])
    pages = [text for text in texts if "CYP-00" in text]
    assert len(pages) > 1
    assert all("Reference\nTitle\nKind" in text for text in pages)


def test_the_cover_says_council_board_day_time_and_venue(pack: tuple[RenderedPack, Path]) -> None:
    cover = " ".join(pdfcheck.page_texts(pack[1])[0].split())
    for words in (
        PACK.council,
        PACK.board,
        "Monday 25 April 2022",
        "2.05pm",
        "Rufford Suite",
        "18 April 2022",
    ):
        assert words in cover
    assert "4 items, 3 for decision; 2 papers, 1 to follow" in cover


def test_only_a_restricted_pack_says_so_and_on_every_page(
    pack: tuple[RenderedPack, Path], tmp_path: Path
) -> None:
    render_pack(replace(PACK, restricted=True), tmp_path / "restricted.pdf")
    marking = "Restricted: not for publication"
    assert all(marking in text for text in pdfcheck.page_texts(tmp_path / "restricted.pdf"))
    assert not any(marking in text for text in pdfcheck.page_texts(pack[1]))


@pytest.mark.parametrize(
    "text",
    [
        '#heading[x] $x^2$ _em_ *b* @ref // no /* comment */ <label> #link("x")',
        "= not a heading",
        "< & <script>alert(1)</script> {{ x }} {% y %} \\u{41} `raw`",
        '#read("/etc/passwd") #import "x" #sys.inputs.data',
        "Ŵyn a'r ŷd – “quoted” … £1 € ½ ✓ ☎",
        "https://www.example.org/dms/Decisions.aspx?CId=1&MId=2345&Ver=4#anchor",
        "W" * 200,
    ],
)
def test_hostile_text_prints_literally_in_every_place(
    text: str, printed: Callable[[PackData], tuple[RenderedPack, str]]
) -> None:
    table = Table(text, (text, "b"), ((text, "1"),))
    paper = PaperData(
        text,
        text,
        text,
        (Section(text, (Paragraph(text), Bullets((text,)), table)),),
        (text,),
        (),
        (text,),
        text,
        text,
    )
    entry = AgendaEntry("1", text, text, "decision", text, contract=text, paper=paper, warning=text)
    data = replace(PACK, council=text, items=(entry,), warnings=(text,), register=table, charts=())
    rendered, shown = printed(data)
    assert rendered.warnings == ()
    assert shown.replace(" ", "").count(text.replace(" ", "")) >= 20


def test_an_undrawable_glyph_is_replaced_visibly_and_reported_with_its_place(
    printed: Callable[[PackData], tuple[RenderedPack, str]],
) -> None:
    rendered, shown = printed(with_paper(purpose="The 中 report"))
    assert "The [U+4E2D] report" in shown
    (warning,) = rendered.warnings
    assert warning.startswith("item 2, paper")
    assert "U+4E2D" in warning


def test_characters_that_deceive_or_break_are_taken_out_and_reported(
    printed: Callable[[PackData], tuple[RenderedPack, str]],
) -> None:
    rendered, shown = printed(with_paper(purpose="price \u202e001\u202c\x07\ufffe\ud800 end"))
    assert "price 001 end" in shown
    (warning,) = rendered.warnings
    assert "RIGHT-TO-LEFT OVERRIDE" in warning


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (replace(PACK, meeting=replace(PACK.meeting, start=datetime(2022, 4, 25, 10))), "time zone"),  # noqa: DTZ001 - the refusal of it is tested
        (replace(PACK, items=(ITEMS[0], ITEMS[0])), "two items numbered 1"),
        (
            replace(PACK, register=Table("Live", ("a", "b"), (("1", "2"), ("1",)))),
            "row 2 of the table “Live”",
        ),
        (replace(PACK, register=Table("Live", (), ())), "has no headings"),
        (replace(PACK, charts=(replace(TREND, bars=(Bar("x", -1, "-1"),)),)), "the bar “x”"),
        (replace(PACK, charts=(replace(TREND, alt=" "),)), "no alternative text"),
    ],
)
def test_impossible_data_is_refused_in_words_and_nothing_is_written(
    data: PackData, words: str, tmp_path: Path
) -> None:
    with pytest.raises(PackDataError, match=words):
        render_pack(data, tmp_path / "pack.pdf")
    assert list(tmp_path.iterdir()) == []


def test_an_unfinished_draft_full_of_gaps_still_prints(
    printed: Callable[[PackData], tuple[RenderedPack, str]],
) -> None:
    chart = replace(TREND, title="", bars=())
    gaps = (Bullets(()), Paragraph(""), Table("", ("",), ()), chart)
    paper = PaperData(
        "", "", "", (Section("", ()), Section("\x07", gaps)), ("",), (Comment("", "", date(2022, 4, 26), ()),)
    )
    entry = AgendaEntry("", "", "", "decision", "", paper=paper, warning="")
    _, shown = printed(replace(PACK, items=(entry,)))
    assert "(no heading)" in shown
    assert "Dated 1 day after this meeting." in shown


def test_a_failed_write_leaves_the_old_pack_and_no_rubbish(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "pack.pdf"
    out.write_bytes(b"the old pack")

    def full_disk(*_: object) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "replace", full_disk)
    with pytest.raises(OSError, match="disk full"):
        render_pack(replace(PACK, items=(), register=None), out)
    assert [file.name for file in tmp_path.iterdir()] == ["pack.pdf"]
    assert out.read_bytes() == b"the old pack"


def test_a_meeting_without_items_still_has_a_pack(tmp_path: Path) -> None:
    bare = replace(PACK, items=(), warnings=(), register=None, charts=(), forward_plan=None)
    assert render_pack(bare, tmp_path / "bare.pdf").page_ranges == {}
    assert pdfcheck.check(tmp_path / "bare.pdf") == []


@pytest.mark.parametrize(
    ("raw", "cleaned"),
    [
        ("e\u0301", "é"),
        ("a\r\nb\u2028c\x0bd", "a\nb\nc\nd"),
        ("a\tb", "a b"),
        ("a\x00\x1b\x9fb", "ab"),
        ("\ufdd0\U0001ffff\ud800x", "x"),
        ("soft\u00adhyphen", "softhyphen"),
        ("tag\U000e0041", "tag"),
    ],
)
def test_clean_leaves_only_what_can_be_printed(raw: str, cleaned: str) -> None:
    assert clean(raw) == cleaned


def test_a_mark_without_a_font_for_its_base_is_replaced_and_the_base_stays() -> None:
    assert visible("a\U0001d165b") == ("a[U+1D165]b", ("\U0001d165",))


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("decommissioning works", ["decommissioning works"]),
        ("x" * 20, ["x" * 20]),
        ("x" * 21, ["x" * 8, "x" * 8, "x" * 5]),
        ("recommission/decommission", ["recommission/", "decommission"]),
        ("manager@nottinghamshire.gov.uk", ["manager@", "nottinghamshire.", "gov.", "uk"]),
        ("£1,234,567.89–£9,876,543.21", ["£1,234,5", "67.89–£9", ",876,543", ".21"]),
    ],
)
def test_long_runs_may_break_after_punctuation_and_short_ones_stay_whole(text: str, parts: list[str]) -> None:
    assert breakable(text).split("\u200b") == parts
