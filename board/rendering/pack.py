"""The Board's documents as tagged PDF (PDF/UA-1): the pack, one paper alone, and a document such as minutes.

Plain data in, the same bytes out each time. The order of a paper is the council's own report order;
`templates/` has the looks.
"""

import hashlib
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from board.rendering import prepare
from board.rendering.content import DocumentData, PackData, PaperData
from board.rendering.prepare import PackDataError as PackDataError
from board.rendering.typeset import typeset, write_whole


@dataclass(frozen=True)
class RenderedPack:
    """`warnings` say where text was changed to be printable. `page_ranges` is first and last page, both
    inclusive and counted from the cover as 1, of every item that has a paper, by item number."""

    pages: int
    sha256: str
    warnings: tuple[str, ...]
    page_ranges: dict[str, tuple[int, int]]


def render_pack(data: PackData, out: Path) -> RenderedPack:
    """Write the pack to `out`, whole or not at all. Raises PackDataError on data no pack can be made of."""
    _refuse_impossible(data)
    words, warnings = prepare.printable(prepare.pack(data))
    set_ = typeset("pack.typ", words, data.meeting.start)
    pages_of: dict[str, list[int]] = {}
    for mark in set_.marks:
        pages_of.setdefault(mark["of"], []).append(mark["page"])
    write_whole(out, set_.pdf)
    return RenderedPack(
        pages=pages_of["pack"][0],
        sha256=hashlib.sha256(set_.pdf).hexdigest(),
        warnings=(*warnings, *set_.notes),
        page_ranges={
            entry.number: (pages_of[f"item-{i}"][0], pages_of[f"item-{i}"][-1])
            for i, entry in enumerate(data.items, 1)
            if entry.paper
        },
    )


def render_report(
    paper: PaperData, out: Path, *, council: str, on: date, item: str = "", dated: datetime
) -> RenderedPack:
    """Write one paper alone, such as the annual report for the meeting `on` that day, where it is `item`.

    `dated` knows its time zone and is the file's timestamp. Raises PackDataError as `render_pack` does.
    """
    prepare.refuse_impossible(prepare.blocks_of(paper.sections))
    return _alone("report.typ", prepare.report(paper, council, on, item), out, dated)


def render_document(document: DocumentData, out: Path) -> RenderedPack:
    """Write a document of its own, such as minutes. Raises PackDataError as `render_pack` does."""
    prepare.refuse_impossible(prepare.blocks_of(document.sections))
    return _alone("document.typ", prepare.document(document), out, document.dated)


def _alone(template: str, words: dict[str, Any], out: Path, dated: datetime) -> RenderedPack:
    if dated.utcoffset() is None:
        raise PackDataError(f"The document's date, {dated}, has no time zone: give it one (Europe/London).")
    words, warnings = prepare.printable(words)
    set_ = typeset(template, words, dated)
    write_whole(out, set_.pdf)
    return RenderedPack(
        pages=set_.marks[-1]["page"],
        sha256=hashlib.sha256(set_.pdf).hexdigest(),
        warnings=(*warnings, *set_.notes),
        page_ranges={},
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
    prepare.refuse_impossible(
        [
            ("the register", data.register),
            ("the forward plan", data.forward_plan),
            *(("the pack's charts", chart) for chart in data.charts),
            *(
                found
                for entry in data.items
                if entry.paper
                for found in prepare.blocks_of(entry.paper.sections, f"item {entry.number}, ")
            ),
        ]
    )
