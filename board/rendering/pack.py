"""A Board's agenda pack as one tagged PDF (PDF/UA-1): plain data in, the same bytes out each time.

The order of a paper is the council's own report order; `templates/pack.typ` has the looks. What must not
be published is left out of the data by the caller: nothing is ever covered up here.
"""

import hashlib
import json
import math
import os
import re
import tempfile
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import count, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from board.rendering.content import (
    AgendaEntry,
    BarChart,
    Block,
    Bullets,
    Meeting,
    PackData,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.text import FONTS, LINE_BREAK, UNPRINTABLE, breakable, clean, visible

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class RenderedPack:
    """`warnings` say where text was changed to be printable. `page_ranges` is first and last page, both
    inclusive and counted from the cover as 1, of every item that has a paper, by item number."""

    pages: int
    sha256: str
    warnings: tuple[str, ...]
    page_ranges: dict[str, tuple[int, int]]


class PackDataError(ValueError):
    """The pack's data cannot be rendered; the message says what, where and what to do."""


def render_pack(data: PackData, out: Path) -> RenderedPack:
    """Write the pack to `out`, whole or not at all. Raises PackDataError on data no pack can be made of."""
    _refuse_impossible(data)
    # Typst is 80 MB of code: only a process that makes a document loads it.
    import typst

    document, warnings = _printable(_document(data))
    compiler = typst.Compiler(
        TEMPLATES / "pack.typ",
        root=TEMPLATES,
        font_paths=_fonts(),
        # As a JSON value people's text is never parsed as markup.
        sys_inputs={"data": json.dumps(document, ensure_ascii=False)},
    )
    pdf, notes = compiler.compile_with_warnings(
        format="pdf",
        pdf_standards=["ua-1"],
        # Typst wants a fixed offset, not a named zone.
        timestamp=datetime.fromisoformat(data.meeting.start.isoformat()),
    )
    if not isinstance(pdf, bytes):  # pragma: no cover - a list is what page images come as
        raise TypeError("Typst returned no PDF")
    marks = json.loads(compiler.query("<mark>", field="value"))
    pages_of: dict[str, list[int]] = {}
    for mark in marks:
        pages_of.setdefault(mark["of"], []).append(mark["page"])
    _write_whole(out, pdf)
    return RenderedPack(
        pages=pages_of["pack"][0],
        sha256=hashlib.sha256(pdf).hexdigest(),
        warnings=(*warnings, *(f"Typst: {note.message}" for note in notes)),
        page_ranges={
            entry.number: (pages_of[f"item-{i}"][0], pages_of[f"item-{i}"][-1])
            for i, entry in enumerate(data.items, 1)
            if entry.paper
        },
    )


def _refuse_impossible(data: PackData) -> None:
    if data.meeting.start.utcoffset() is None:
        raise PackDataError(
            f"The meeting's start, {data.meeting.start}, has no time zone: give it one (Europe/London)."
        )
    numbers = [entry.number for entry in data.items]
    for number in numbers:
        if numbers.count(number) > 1:
            raise PackDataError(
                f"The agenda has two items numbered {number}, so no page range can name one of them: "
                "renumber the agenda."
            )
    blocks: list[tuple[str, Block | None]] = [
        ("the register", data.register),
        ("the forward plan", data.forward_plan),
        *(("the pack's charts", chart) for chart in data.charts),
        *(
            (f"item {entry.number}, {section.heading}", block)
            for entry in data.items
            if entry.paper
            for section in entry.paper.sections
            for block in section.blocks
        ),
    ]
    for where, block in blocks:
        if isinstance(block, Table):
            if not block.header:
                raise PackDataError(f"In {where}, the table “{block.caption}” has no headings: give it some.")
            for n, row in enumerate(block.rows, 1):
                if len(row) != len(block.header):
                    raise PackDataError(
                        f"In {where}, row {n} of the table “{block.caption}” has {len(row)} cells under "
                        f"{len(block.header)} headings: give every row one cell for each heading."
                    )
        elif isinstance(block, BarChart):
            if not block.alt.strip():
                raise PackDataError(
                    f"In {where}, the chart “{block.title}” has no alternative text: say in a sentence what "
                    "it shows, for members who cannot see it."
                )
            for bar in block.bars:
                if not 0 <= bar.value < float("inf"):
                    raise PackDataError(
                        f"In {where}, the bar “{bar.label}” of “{block.title}” is {bar.value}: a bar is a "
                        "number from 0 up; show a negative figure in a table."
                    )


def _document(data: PackData) -> dict[str, Any]:
    papers = [entry.paper for entry in data.items if entry.paper]
    decisions = sum(entry.purpose == "decision" for entry in data.items)
    awaited = sum(1 for entry in data.items if entry.expected_from and not entry.paper)
    start = data.meeting.start
    return {
        "title": f"{data.board}: agenda and papers, {_day(start)}",
        "council": data.council,
        "board": data.board,
        "meeting": data.meeting.title,
        "day": _day(start),
        "weekday": f"{start:%A}",
        "time": f"{start.hour % 12 or 12}.{start:%M}{'am' if start.hour < 12 else 'pm'}",
        "venue": data.meeting.venue,
        "compiled": _day(data.generated_on),
        "contents": f"{_counted(len(data.items), 'item')}, {decisions} for decision; "
        f"{_counted(len(papers), 'paper')}" + (f", {awaited} to follow" if awaited else ""),
        "restricted": data.restricted,
        "warnings": [
            *({"item": entry.number, "text": entry.warning} for entry in data.items if entry.warning),
            *({"item": None, "text": text} for text in data.warnings),
        ],
        "items": [_item(entry, data.meeting) for entry in data.items],
        "register": _annex(data.register),
        "charts": [_chart(chart) for chart in data.charts],
        "forward_plan": _annex(data.forward_plan),
    }


def _item(entry: AgendaEntry, meeting: Meeting) -> dict[str, Any]:
    return {
        "number": entry.number,
        "title": entry.title,
        "details": " · ".join(filter(None, (entry.kind, entry.contract))),
        "purpose": f"For {entry.purpose}",
        "presenter": entry.presenter,
        "expected_from": entry.expected_from,
        "warning": entry.warning,
        "paper": _paper(entry.paper, meeting) if entry.paper else None,
    }


def _paper(paper: PaperData, meeting: Meeting) -> dict[str, Any]:
    numbers = count(1)  # continuous across headings, and on after the recommendations
    sections = [
        {"heading": section.heading, "blocks": _blocks(section.blocks, numbers)}
        for section in (Section("Purpose of the report", (Paragraph(paper.purpose),)), *paper.sections)
    ]
    return {
        "report_of": paper.report_of,
        "title": paper.title,
        "sections": sections,
        "recommendations": list(paper.recommendations),
        "comments": [
            {
                "heading": f"{comment.kind} comments ({comment.initials} {comment.given_on:%d/%m/%y})",
                "age": _age(comment.given_on, meeting.start.date()),
                "blocks": _blocks([Paragraph(text) for text in comment.paragraphs], numbers),
            }
            for comment in paper.comments
        ],
        "background_papers": list(paper.background_papers),
        "electoral_divisions": paper.electoral_divisions,
        "ref": paper.ref,
    }


def _blocks(blocks: Sequence[Block], numbers: Iterator[int]) -> list[dict[str, Any]]:
    prepared: list[dict[str, Any]] = []
    for _, neighbours in groupby(blocks, type):
        group = list(neighbours)
        if paragraphs := [block.text for block in group if isinstance(block, Paragraph)]:
            # One list, so that a screen reader counts them together.
            start, *_ = [next(numbers) for _ in paragraphs]
            prepared.append({"start": start, "paragraphs": paragraphs})
        for block in group:
            if isinstance(block, Bullets):
                prepared.append({"bullets": list(block.items)})
            elif isinstance(block, Table):
                prepared.append({"table": _table(block)})
            elif isinstance(block, BarChart):
                prepared.append({"chart": _chart(block)})
    return prepared


_FIGURES = re.compile(r"[-−+]?£?\d[\d,.]*\s?(%|k|m|bn|days?)?|[-–—]|")


def _annex(table: Table | None) -> dict[str, Any] | None:
    return _table(table, wide=len(table.header) > 6) if table else None


def _table(table: Table, wide: bool = False) -> dict[str, Any]:
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    whole = [(head, *column) for head, column in zip(table.header, columns, strict=True)]
    widths = [_width(cells) for cells in whole]
    characters = 150 if wide else 85  # that go on one line of a table across the page
    return {
        "caption": table.caption,
        "header": list(table.header),
        "rows": [list(row) for row in table.rows],
        "figures": [any(column) and all(map(_FIGURES.fullmatch, column)) for column in columns],
        "widths": widths,
        "wide": wide,
        "divide": any(
            _longest_word(cells) + 2 > characters * width / sum(widths)
            for cells, width in zip(whole, widths, strict=True)
        ),
    }


def _width(cells: Sequence[str]) -> float:
    """A column's share of the page: its longest word on one line, and long text in the fewest lines."""
    mean = sum(map(len, cells)) / len(cells)
    return round(2 + max(_longest_word(cells), min(14, max(map(len, cells))), 4 * math.sqrt(mean)), 1)


def _longest_word(cells: Sequence[str]) -> int:
    """In characters; from 20 on a word can be broken anyway."""
    return min(20, max((len(word) for cell in cells for word in cell.split()), default=1))


def _chart(chart: BarChart) -> dict[str, Any]:
    longest = max((bar.value for bar in chart.bars), default=0) or 1
    rows = tuple((bar.label, bar.shown) for bar in chart.bars)
    return {
        "title": chart.title,
        "alt": chart.alt,
        "bars": [
            {"label": bar.label, "part": round(100 * bar.value / longest, 3), "shown": bar.shown}
            for bar in chart.bars
        ],
        "table": _table(
            Table(f"{chart.title}: the figures", (chart.label_heading, chart.value_heading), rows)
        ),
    }


def _day(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _age(given_on: date, meeting_on: date) -> str:
    days = (meeting_on - given_on).days
    if days < 0:
        return f"Dated {_counted(-days, 'day')} after this meeting."
    return (
        f"Given {_counted(days, 'day')} before this meeting." if days else "Given on the day of this meeting."
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


_MULTILINE = {"paragraphs", "bullets", "rows", "recommendations", "background_papers", "text"}


def _printable(document: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The document with all its text printable, and in words what had to be changed where."""
    removed: dict[str, list[str]] = {}
    replaced: dict[str, list[str]] = {}

    def walk(value: Any, where: tuple[str, ...], field: str) -> Any:
        if isinstance(value, dict):
            if "number" in value:
                where = (f"item {value['number']}",)
            return {key: walk(child, _place(where, key), key) for key, child in value.items()}
        if isinstance(value, list):
            return [walk(child, where, field) for child in value]
        return printable(value, where, field) if isinstance(value, str) else value

    def printable(raw: str, where: tuple[str, ...], field: str) -> str:
        text = clean(raw)
        if field not in _MULTILINE:
            text = " ".join(text.split("\n"))
        text, missing = visible(text)
        place = clean(", ".join(where))
        if unprintable := UNPRINTABLE.findall(LINE_BREAK.sub("", raw)):
            removed.setdefault(place, []).extend(unprintable)
        if missing:
            replaced.setdefault(place, []).extend(missing)
        if field in {"heading", "title", "caption"} and not text.strip():
            return f"(no {field})"  # PDF/UA-1 refuses an empty heading, and a gap says nothing to a reader
        return breakable(text)

    whole = walk(document, (), "")
    return whole, (
        *(f"{place}: took out what cannot be printed: {_names(chars)}." for place, chars in removed.items()),
        *(
            f"{place}: no font of the pack draws {_names(chars)}; printed as "
            f"[U+{ord(chars[0]):04X}]. Write it in other letters."
            for place, chars in replaced.items()
        ),
    )


def _place(where: tuple[str, ...], key: str) -> tuple[str, ...]:
    noise = {"items", "sections", "blocks", "rows", "paragraphs"}
    return where if key in noise else (*where, key.replace("_", " "))


def _names(chars: Sequence[str]) -> str:
    return ", ".join(
        f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip() for char in dict.fromkeys(chars)
    )


@cache
def _fonts() -> "typst.Fonts":
    import typst

    # Only what is shipped, or the bytes would depend on the machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def _write_whole(out: Path, pdf: bytes) -> None:
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pdf)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
