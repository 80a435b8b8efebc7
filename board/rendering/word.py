"""A paper and minutes as Word files that people edit: own styles, real numbering, the same bytes each time.

`word_reading` reads a paper back by the styles it was written in, so each part of a paper has its own.
"""

import hashlib
import io
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from functools import cache
from pathlib import Path

import docx
from docx.document import Document
from docx.oxml import OxmlElement
from docx.shared import Twips
from docx.table import _Cell, _Row

from board.rendering.content import (
    BarChart,
    Block,
    Bullets,
    DocumentData,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.prepare import blocks_of, day_words, refuse_impossible, width_of
from board.rendering.text import clean
from board.rendering.typeset import TEMPLATES, write_whole
from board.rendering.word_package import archive

COMMENT_KINDS = ("Constitutional", "Financial")
TO_SIGN = "initials dd/mm/yy"
TO_COMMENT = "To be completed: write the comments here, and your initials and the date in the heading."
NONE_LISTED = "None."
PUBLIC_INTEREST = "Public interest:"
_WHOLE = 10  # rows of a table that is not divided between pages
_WIDTH = 9070  # of the text on an A4 page, in twentieths of a point


def write_report(paper: PaperData, out: Path, *, council: str, on: date, item: str = "") -> str:
    """Write the paper for the meeting `on` that day to `out`; returns the file's SHA-256. A chart is its table.

    Raises PackDataError on data no document can be made of.
    """
    refuse_impossible(blocks_of((*paper.sections, *paper.appendices)))
    word = _opened(paper.title, council, datetime.combine(on, time(), UTC))
    _add(word, "Council", council)
    _add(word, "Meeting", f"{day_words(on)}\tAgenda item: {item}" if item else day_words(on))
    _add(word, "of", f"Report of the {_line(paper.report_of)}")
    _add(word, "Title", _line(paper.title))
    _add(word, "Part", "Purpose of the report")
    _add(word, "Purpose", clean(paper.purpose))
    _add_sections(word, paper.sections)
    if paper.recommendations:
        _add(word, "Part", "Recommendation" if len(paper.recommendations) == 1 else "Recommendations")
        for recommendation in paper.recommendations:
            _add(word, "Recommendation", clean(recommendation))
        _add(word, "Signatory", _line(paper.report_of))
    for comment in paper.comments:
        signed = f"{_line(comment.initials)} {comment.given_on:%d/%m/%y}"
        _add(word, "Comment Heading", f"{_line(comment.kind)} comments ({signed})")
        for text in comment.paragraphs:
            _add(word, "Paragraph", clean(text))
    for kind in COMMENT_KINDS:
        if kind not in {comment.kind for comment in paper.comments}:
            _add(word, "Comment Heading", f"{kind} comments ({TO_SIGN})")
            _add(word, "Note", TO_COMMENT)
    _add(word, "Part", "Background papers and published documents")
    for listed in paper.background_papers:
        _add(word, "Background Paper", clean(listed))
    if not paper.background_papers:
        _add(word, "Note", NONE_LISTED)
    _add(word, "Part", "Electoral divisions and members affected")
    _add(word, "Divisions", clean(paper.electoral_divisions))
    if paper.ref:
        _add(word, "Reference", f"Reference: {_line(paper.ref)}")
    _add_sections(word, paper.appendices)
    return _save(word, out)


def write_document(document: DocumentData, out: Path) -> str:
    """Write minutes or another document of its own to `out`; returns the file's SHA-256."""
    refuse_impossible(blocks_of(document.sections))
    word = _opened(document.title, document.council, document.dated)
    _add(word, "Council", document.council)
    _add(word, "Title", _line(document.title))
    for line in document.lines:
        _add(word, "Line", clean(line))
    _add_sections(word, document.sections)
    return _save(word, out)


@cache
def _empty() -> bytes:
    folder = TEMPLATES / "word"
    return archive(
        {str(file.relative_to(folder)): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    )


def _opened(title: str, council: str, dated: datetime) -> Document:
    word = docx.Document(io.BytesIO(_empty()))
    about = word.core_properties
    about.title, about.author = _line(title)[:255], _line(council)[:255]
    about.created = about.modified = dated.astimezone(UTC)
    return word


def _save(word: Document, out: Path) -> str:
    saved = io.BytesIO()
    word.save(saved)
    with zipfile.ZipFile(saved) as package:
        whole = archive({name: package.read(name) for name in package.namelist()})
    write_whole(out, whole)
    return hashlib.sha256(whole).hexdigest()


def _line(text: str) -> str:
    return " ".join(clean(text).split("\n"))


def _id(style: str) -> str:
    return f"Report {style}".replace(" ", "")


def _add(word: Document, style: str, text: str) -> None:
    # By its id: python-docx would look a name up for every paragraph.
    word.add_paragraph(text)._p.style = _id(style)


def _add_sections(word: Document, sections: Iterable[Section]) -> None:
    for section in sections:
        exempt = "Exempt " if section.exempt else ""
        _add(word, f"{exempt}Heading", _line(section.heading))
        if section.exempt:
            reason = clean(section.exempt.public_interest)
            _add(
                word,
                "Exemption",
                f"{section.exempt.note}." + (f"\n{PUBLIC_INTEREST} {reason}" if reason else ""),
            )
        for block in section.blocks:
            _add_block(word, block, exempt)


def _add_block(word: Document, block: Block, exempt: str) -> None:
    match block:
        case Paragraph(text):
            _add(word, f"{exempt}Paragraph", clean(text))
        case Bullets(items):
            for item in items:
                _add(word, f"{exempt}Bullet", clean(item))
        case Table():
            _add_table(word, block, exempt)
        case BarChart():
            rows = tuple((bar.label, bar.shown) for bar in block.bars)
            table = Table(block.title, (block.label_heading, block.value_heading), rows)
            _add_table(word, table, exempt, note=block.alt)


def _add_table(word: Document, table: Table, exempt: str, note: str = "") -> None:
    if table.caption:
        _add(word, f"{exempt}Caption", _line(table.caption))
    if note:
        _add(word, "Chart Note", _line(note))
    made = word.add_table(1 + len(table.rows), len(table.header), "Report Table")
    widths = _widths(table)
    for column, width in zip(made.columns, widths, strict=True):
        column.width = width
    head, *rows = made.rows
    _mark(head, "w:tblHeader")
    _fill(head, table.header, ["Figure Heading" if column else "Heading" for column in table.figures], widths)
    for made_row, row in zip(rows, table.rows, strict=True):
        _fill(made_row, row, ["Figure" if column else "Text" for column in table.figures], widths)
    for made_row in (head, *rows):
        _mark(made_row, "w:cantSplit")
    for made_row in (head, *rows)[:-1] if len(rows) <= _WHOLE else ():
        for cell in made_row.cells:
            cell.paragraphs[0].paragraph_format.keep_with_next = True
    # Without a paragraph between them Word makes two tables one.
    _add(word, "After Table", "")


def _fill(row: _Row, texts: Sequence[str], styles: Sequence[str], widths: Sequence[Twips]) -> None:
    for cell, text, style, width in zip(row.cells, texts, styles, widths, strict=True):
        cell.width = width
        _only_paragraph(cell, clean(text), _id(f"Table {style}"))


def _only_paragraph(cell: _Cell, text: str, style: str) -> None:
    cell.paragraphs[0].add_run(text)
    cell.paragraphs[0]._p.style = style


def _mark(row: _Row, name: str) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement(name))


def _widths(table: Table) -> list[Twips]:
    """Each column's share, as the PDF has it, with the margins of its cells; digits are wider than most letters."""
    columns = zip(table.figures, zip(table.header, *table.rows, strict=True), strict=True)
    shares = [width_of(cells) + (6 if figures else 3) for figures, cells in columns]
    return [Twips(int(_WIDTH * share / sum(shares))) for share in shares]
