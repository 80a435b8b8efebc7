"""The Board's documents as tagged PDF (PDF/UA-1): the pack, one paper alone, and a document such as minutes.

Plain data in, the same bytes out each time. The order of a paper is the council's own report order;
`templates/` has the looks.
"""

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any

from board.rendering import assembly, prepare
from board.rendering.content import DocumentData, PackData, PaperData
from board.rendering.editions import open_edition
from board.rendering.prepare import PackDataError as PackDataError
from board.rendering.typeset import typeset, write_whole


@dataclass(frozen=True)
class RenderedPack:
    """`warnings` say where text was changed to be printable, `findings` what is wrong with attachments.

    `page_ranges` is first and last page, both inclusive, of every item that has a paper or attachments, by item
    number: as the footers say, so counted from `first_page` on. Only an `accessible` pack claims to be PDF/UA-1.
    """

    pages: int
    sha256: str
    warnings: tuple[str, ...]
    page_ranges: dict[str, tuple[int, int]]
    first_page: int = 1
    accessible: bool = True
    findings: tuple[str, ...] = ()


def render_pack(data: PackData, out: Path) -> RenderedPack:
    """Write the pack to `out`, whole or not at all. Raises PackDataError on data no pack can be made of."""
    _refuse_impossible(data)
    sources = [[assembly.look_at(attachment) for attachment in entry.attachments] for entry in data.items]
    words, warnings = prepare.printable(prepare.pack(data, sources))
    set_ = typeset("pack.typ", words, data.meeting.start)
    marks: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for mark in set_.marks:
        marks[mark["of"]].append(mark)
    pdf = set_.pdf
    attached = [
        (entry, attachment, source)
        for entry, found in zip(data.items, sources, strict=True)
        for attachment, source in zip(entry.attachments, found, strict=True)
    ]
    if marks["slot"]:
        dividers, slots = ([mark["page"] for mark in marks[kind]] for kind in ("divider", "slot"))
        pdf = assembly.assemble(
            pdf, dividers, slots, [(attachment, source) for _, attachment, source in attached]
        )
    write_whole(out, pdf)
    return RenderedPack(
        pages=marks["pack"][0]["page"],
        sha256=hashlib.sha256(pdf).hexdigest(),
        warnings=(*warnings, *set_.notes),
        page_ranges={
            entry.number: (found[0]["shown"], found[-1]["shown"])
            for i, entry in enumerate(data.items, 1)
            if (found := marks[f"item-{i}"])
        },
        first_page=data.supplement.first_page if data.supplement else 1,
        accessible=not any(source.findings for _, _, source in attached if source.pdf),
        findings=tuple(
            f"Item {entry.number}, attachment “{attachment.title}”: {words}"
            for entry, attachment, source in attached
            for words in source.findings
        ),
    )


def render_report(
    paper: PaperData, out: Path, *, council: str, on: date, item: str = "", dated: datetime
) -> RenderedPack:
    """Write one paper alone, such as the annual report for the meeting `on` that day, where it is `item`.

    `dated` knows its time zone and is the file's timestamp. Raises PackDataError as `render_pack` does.
    """
    prepare.refuse_impossible(prepare.blocks_of((*paper.sections, *paper.appendices)))
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
    if not data.restricted:
        for entry, opened in zip(data.items, open_edition(data).items, strict=True):
            if entry != opened:
                raise PackDataError(
                    f"Item {entry.number} holds “{opened.withheld[-1].title}”, which is not for publication, and the "
                    "pack is not restricted: render its open_edition, or the restricted pack."
                )
    if data.supplement and data.supplement.first_page < 2:
        raise PackDataError(
            f"Supplement {data.supplement.number} begins at page {data.supplement.first_page}: let it go on after "
            "the last page of the pack."
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
            ("what happened since the last Board", data.since),
            ("the actions", data.actions),
            ("the forward plan", data.forward_plan),
            ("the register", data.register),
            *(("the pack's charts", chart) for chart in data.charts),
            *(
                found
                for entry in data.items
                if entry.paper
                for found in prepare.blocks_of(
                    (*entry.paper.sections, *entry.paper.appendices), f"item {entry.number}, "
                )
            ),
        ]
    )
