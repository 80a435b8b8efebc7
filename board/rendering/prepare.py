"""What the templates print, made from the plain data: numbered, measured, put into words, and all of it printable."""

import math
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from itertools import count, groupby
from typing import Any

from board.rendering.assembly import Source
from board.rendering.content import (
    AgendaEntry,
    BarChart,
    Block,
    Bullets,
    DocumentData,
    Exemption,
    PackData,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.editions import exempt_parts
from board.rendering.text import LINE_BREAK, UNPRINTABLE, breakable, clean, visible


class PackDataError(ValueError):
    """The data cannot be rendered; the message says what, where and what to do."""


def pack(data: PackData, attached: Sequence[Sequence[Source]]) -> dict[str, Any]:
    """The pack as `pack.typ` reads it; `attached` has for every item its attachments as they were found."""
    papers = [entry.paper for entry in data.items if entry.paper]
    decisions = sum(entry.purpose == "decision" for entry in data.items)
    withheld = sum(bool(entry.exempt and entry.withheld) for entry in data.items)
    awaited = sum(1 for entry in data.items if _awaited(entry))
    start = data.meeting.start
    day = day_words(start)
    late = data.supplement
    contents = (
        f"{_counted(len(data.items), 'item')}, {decisions} for decision",
        _counted(len(papers), "paper")
        + (f", {withheld} not for publication" if withheld else "")
        + (f", {awaited} to follow" if awaited else ""),
    )
    annexes: dict[str, dict[str, Any]] = {
        "Since the last Board": {"lead": data.coverage, "table": _annex(data.since)},
        "Actions": {"lead": "", "table": _annex(data.actions)},
        "Forward plan": {"lead": "", "table": _annex(data.forward_plan)},
        "Charts": {"lead": "", "charts": [_chart(chart) for chart in data.charts]},
        "Contract register": {"lead": "", "table": _annex(data.register)},
    }
    return {
        "title": f"{data.board}: supplement {late.number} to the agenda of {day}"
        if late
        else f"{data.board}: agenda and papers, {day}",
        "council": data.council,
        "running": f"{data.board}: supplement {late.number}" if late else data.board,
        "board": data.board,
        "meeting": data.meeting.title,
        "day": day,
        "weekday": f"{start:%A}",
        "time": f"{start.hour % 12 or 12}.{start:%M}{'am' if start.hour < 12 else 'pm'}",
        "venue": data.meeting.venue,
        "compiled": day_words(data.generated_on),
        "contents": "; ".join(contents),
        "coverage": data.coverage,
        "supplement": {"name": f"Supplement {late.number} to the agenda of {day}", "urgency": late.urgency}
        if late
        else None,
        "first_page": late.first_page if late else 1,
        "restricted": data.restricted,
        "warnings": [
            *({"item": entry.number, "text": entry.warning} for entry in data.items if entry.warning),
            *({"item": None, "text": text} for text in data.warnings),
        ],
        "exclusion": _exclusion(data.items),
        "items": [
            _item(entry, start.date(), sources) for entry, sources in zip(data.items, attached, strict=True)
        ],
        "annexes": [
            {"name": name, "charts": [], "table": None, **annex}
            for name, annex in annexes.items()
            if annex.get("table") or annex.get("charts")
        ],
    }


def _exclusion(items: Sequence[AgendaEntry]) -> dict[str, Any] | None:
    """The resolution that must be passed, or the duty to be kept, before what is not public is discussed."""
    whole = [at for at, entry in enumerate(items) if entry.exempt]
    texts = []
    for confidential in (False, True):
        places = []
        paragraphs: set[int] = set()
        for entry in items:
            reasons = [part.exempt for part in exempt_parts(entry)] + [entry.exempt] * bool(entry.exempt)
            found = [why for why in reasons if why and (why.paragraph is None) is confidential]
            paragraphs.update(why.paragraph for why in found if why.paragraph is not None)
            if found:
                places.append(
                    f"item {entry.number}"
                    if entry.exempt
                    else f"the part of item {entry.number} that is not for publication"
                )
        if not places:
            continue
        texts.append(
            f"Under section 100A(2) of the Local Government Act 1972 the public must be excluded during "
            f"{_listed(places)}, because confidential information would be disclosed in breach of the "
            "obligation of confidence."
            if confidential
            else "That under section 100A(4) of the Local Government Act 1972 the public be excluded from the "
            f"meeting during {_listed(places)}, because it is likely that exempt information as defined in "
            f"{'paragraph' if len(paragraphs) == 1 else 'paragraphs'} {_listed(map(str, sorted(paragraphs)))} "
            "of Part 1 of Schedule 12A to the Act would be disclosed, and in all the circumstances the public "
            "interest in maintaining the exemption outweighs the public interest in disclosing the information."
        )
    # Before the first item that is exempt as a whole; parts of open items are left to the end.
    return {"before": whole[0] if whole else len(items), "texts": texts} if texts else None


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _awaited(entry: AgendaEntry) -> bool:
    return bool(entry.expected_from) and not (entry.paper or entry.withheld)


def report(paper: PaperData, council: str, on: date, item: str) -> dict[str, Any]:
    """One paper alone, as `report.typ` reads it."""
    return {
        "title": _titled(paper.title),
        "council": council,
        "running": paper.title,
        "day": day_words(on),
        "item": item,
        "restricted": _holds_exempt((*paper.sections, *paper.appendices)),
        "paper": _paper(paper, on),
    }


def document(data: DocumentData) -> dict[str, Any]:
    """A document of its own, as `document.typ` reads it."""
    return {
        "title": _titled(data.title),
        "council": data.council,
        "running": data.title,
        "day": "",
        "lines": list(data.lines),
        "restricted": _holds_exempt(data.sections),
        "sections": _sections(data.sections, count(1)),
    }


def _titled(title: str) -> str:
    return title if clean(title).strip() else "(no title)"


def _holds_exempt(sections: Iterable[Section]) -> bool:
    return any(section.exempt and section.blocks for section in sections)


def refuse_impossible(blocks: Iterable[tuple[str, Block | None]]) -> None:
    """Raises PackDataError for the first block that cannot be drawn; each comes with where it stands."""
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


def blocks_of(sections: Iterable[Section], where: str = "") -> Iterator[tuple[str, Block]]:
    """Every block with where it stands, for `refuse_impossible`."""
    for section in sections:
        for block in section.blocks:
            yield f"{where}{section.heading}", block


def _item(entry: AgendaEntry, meeting_on: date, sources: Sequence[Source]) -> dict[str, Any]:
    return {
        "number": entry.number,
        "title": entry.title,
        "details": " · ".join(filter(None, (entry.kind, entry.contract))),
        "purpose": f"For {entry.purpose}",
        "presenter": entry.presenter,
        "expected_from": entry.expected_from if entry.paper or _awaited(entry) else None,
        "warning": entry.warning,
        "exempt": _exempt(entry.exempt),
        "parts": [
            {"name": "" if part.title == entry.title else part.title, **_withheld(part.exempt)}
            for part in exempt_parts(replace(entry, attachments=()))
        ],
        "paper": _paper(entry.paper, meeting_on) if entry.paper else None,
        "attachments": [
            {
                "title": attachment.title,
                "exempt": _exempt(attachment.exempt or entry.exempt),
                "sizes": [{"width": page.width, "height": page.height} for page in source.pages],
                "notes": list(source.notes),
            }
            for attachment, source in zip(entry.attachments, sources, strict=True)
        ],
    }


def _paper(paper: PaperData, meeting_on: date) -> dict[str, Any]:
    numbers = count(1)  # continuous across headings, and on after the recommendations
    purpose = Section("Purpose of the report", (Paragraph(paper.purpose),))
    return {
        "report_of": paper.report_of,
        "title": paper.title,
        "sections": _sections((purpose, *paper.sections), numbers),
        "recommendations": list(paper.recommendations),
        "comments": [
            {
                "heading": f"{comment.kind} comments ({comment.initials} {comment.given_on:%d/%m/%y})",
                "age": _age(comment.given_on, meeting_on),
                "blocks": _blocks([Paragraph(text) for text in comment.paragraphs], numbers),
            }
            for comment in paper.comments
        ],
        "background_papers": list(paper.background_papers),
        "electoral_divisions": paper.electoral_divisions,
        "ref": paper.ref,
        "appendices": _sections(paper.appendices, numbers),
    }


def _sections(sections: Iterable[Section], numbers: Iterator[int]) -> list[dict[str, Any]]:
    return [
        {
            "heading": section.heading,
            "exempt": _exempt(section.exempt),
            "blocks": _blocks(section.blocks, numbers),
        }
        for section in sections
    ]


def _exempt(exemption: Exemption | None) -> dict[str, str] | None:
    return _withheld(exemption) if exemption else None


def _withheld(exemption: Exemption) -> dict[str, str]:
    return {"note": exemption.note, "reason": exemption.public_interest}


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


def _annex(table: Table | None) -> dict[str, Any] | None:
    return _table(table, wide=len(table.header) > 6) if table else None


def _table(table: Table, wide: bool = False) -> dict[str, Any]:
    columns = list(zip(*table.rows, strict=True)) or [()] * len(table.header)
    whole = [(head, *column) for head, column in zip(table.header, columns, strict=True)]
    widths = [width_of(cells) for cells in whole]
    characters = 150 if wide else 85  # that go on one line of a table across the page
    return {
        "caption": table.caption,
        "header": list(table.header),
        "rows": [list(row) for row in table.rows],
        "figures": list(table.figures),
        "widths": widths,
        "wide": wide,
        "divide": any(
            _longest_word(cells) + 2 > characters * width / sum(widths)
            for cells, width in zip(whole, widths, strict=True)
        ),
    }


def width_of(cells: Sequence[str]) -> float:
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


def day_words(day: date) -> str:
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


def printable(words: dict[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The words with all text made printable, and what had to be changed where."""
    removed: dict[str, list[str]] = {}
    replaced: dict[str, list[str]] = {}

    def walk(value: Any, where: tuple[str, ...], field: str) -> Any:
        if isinstance(value, dict):
            if "number" in value:
                where = (f"item {value['number']}",)
            return {key: walk(child, _place(where, key), key) for key, child in value.items()}
        if isinstance(value, list):
            return [walk(child, where, field) for child in value]
        return text_of(value, where, field) if isinstance(value, str) else value

    def text_of(raw: str, where: tuple[str, ...], field: str) -> str:
        text = clean(raw)
        if field not in _MULTILINE:
            text = " ".join(text.split("\n"))
        text, missing = visible(text)
        if text != raw and (unprintable := UNPRINTABLE.findall(LINE_BREAK.sub("", raw))):
            removed.setdefault(clean(", ".join(where)), []).extend(unprintable)
        if missing:
            replaced.setdefault(clean(", ".join(where)), []).extend(missing)
        if field in {"heading", "title", "caption"} and not text.strip():
            return f"(no {field})"  # PDF/UA-1 refuses an empty heading, and a gap says nothing to a reader
        return breakable(text)

    whole = walk(words, (), "")
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
