"""A paper read back from the Word file that `word.write_report` made and people edited since."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path

from lxml import etree

from board.rendering.content import Block, Bullets, Comment, Exemption, PaperData, Paragraph, Section, Table
from board.rendering.text import clean
from board.rendering.word import COMMENT_KINDS, NONE_LISTED, PUBLIC_INTEREST, TO_COMMENT, TO_SIGN
from board.rendering.word_package import Package, WordRefused
from board.rendering.word_settling import Told, W, settle, short

_COMMENTS = re.compile(r"(.+?) comments? \((.+) (\d\d?/\d\d?/(?:\d{4}|\d\d))\)", re.IGNORECASE | re.DOTALL)
_PARAGRAPH_12A = re.compile(r"paragraph\s+([1-7])\b", re.IGNORECASE)
_EXEMPT = "Exempt information"
# Styles of Word's own in which people write, and what is meant by them.
_MEANT = (
    (re.compile(r"title", re.IGNORECASE), "Title"),
    (re.compile(r"heading \d", re.IGNORECASE), "Heading"),
    (re.compile(r"list bullet.*", re.IGNORECASE), "Bullet"),
    (re.compile(r"caption", re.IGNORECASE), "Caption"),
    (
        re.compile(r"normal.*|body text.*|text body|list paragraph|no spacing|plain text", re.IGNORECASE),
        "Paragraph",
    ),
)
_PARTS = (
    ("purpose of", "purpose"),
    ("recommendation", "recommendations"),
    ("background papers", "background"),
    ("electoral division", "divisions"),
)
_IGNORED = {"pPr", "rPr", "bookmarkStart", "bookmarkEnd", "lastRenderedPageBreak", "softHyphen"}
_LEFT_OUT = {
    "drawing": "A picture",
    "pict": "A picture",
    "object": "A picture",
    "AlternateContent": "A picture or text box",
    "sym": "A symbol",
    "oMath": "A formula",
    "oMathPara": "A formula",
}


@dataclass(frozen=True)
class ReadBack:
    """`removed` says what was taken out before the text was read, `unknown` what of the rest was not understood."""

    paper: PaperData
    removed: tuple[str, ...]
    unknown: tuple[str, ...]


def read_report(path: Path) -> ReadBack:
    """The paper in the file, and what happened to the rest. Raises WordRefused.

    The council, the meeting and the item's number are the Board's: they are not read. A chart comes back as
    its table, neighbouring lists of bullets as one list.
    """
    settled, removed = settle(path)
    reader = _Reader(Package(settled))
    reader.read()
    return ReadBack(reader.paper(), removed, reader.told.sentences())


@dataclass
class _Part:
    """A section, or an officer's comments, while it is read. `marks` are the lines that say why it is exempt."""

    heading: str
    blocks: list[Block] = field(default_factory=list)
    exempt: bool = False
    marks: list[str] = field(default_factory=list)


class _Reader:
    def __init__(self, package: Package) -> None:
        self._root = package.xml(package.main)
        others = {r.kind: r.target for r in package.relations(package.main) if not r.outside}
        self._styles = {
            style.get(f"{W}styleId"): name.get(f"{W}val") or ""
            for style in _parsed(package, others.get("styles")).iter(f"{W}style")
            if (name := style.find(f"{W}name")) is not None
        }
        self._bullets = _bulleted(_parsed(package, others.get("numbering")))
        self._notes = {
            (kind, note.get(f"{W}id")): _shown(note)
            for kind in ("footnote", "endnote")
            for note in _parsed(package, others.get(f"{kind}s"))
        }
        self.told = Told()
        self._at = "front"
        self._report_of = self._ref = self._signed = ""
        self._title: list[str] = []
        self._texts: dict[str, list[str]] = {
            "purpose": [], "recommendations": [], "background": [], "divisions": []
        }  # fmt: skip
        self._sections: list[_Part] = []
        self._comments: list[_Part] = []
        self._caption: tuple[str, bool] | None = None
        self._chart = False

    def read(self) -> None:
        for block in self._root.iterfind(f"{W}body/*"):
            if block.tag == f"{W}tbl":
                self._table(block)
            elif block.tag == f"{W}p":
                kind, exempt = self._kind(block)
                text = clean("".join(self._words(block)))
                if text.strip():
                    if kind != "Chart Note":
                        self._drop_caption()
                    self._paragraph(kind, exempt, text)
        self._drop_caption()

    def paper(self) -> PaperData:
        if not self._title and not self._texts["purpose"]:
            raise WordRefused(
                "The file is not a paper that was written here, for it has neither its title nor its purpose "
                "in their styles: attach it as a document of your own."
            )
        if self._signed and self._signed != self._report_of:
            self.told.add(f"The signature is not that of the report's author, {self._report_of}; left out",
                          "under the recommendations", self._signed)  # fmt: skip
        comments = tuple(comment for part in self._comments if (comment := self._comment(part)))
        return PaperData(
            report_of=self._report_of,
            title=" ".join(self._title),
            purpose="\n".join(self._texts["purpose"]),
            sections=tuple(map(self._section, self._sections)),
            recommendations=tuple(self._texts["recommendations"]),
            comments=comments,
            background_papers=tuple(self._texts["background"]),
            electoral_divisions="\n".join(self._texts["divisions"]),
            ref=self._ref,
        )

    def _kind(self, paragraph: etree._Element) -> tuple[str, bool]:
        """What the paragraph is by its style, and whether that says it is exempt."""
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        name = self._styles.get(style.get(f"{W}val"), "") if style is not None else "Normal"
        number = paragraph.find(f"{W}pPr/{W}numPr/{W}numId")
        if name.startswith("Report "):
            kind, exempt = name.removeprefix("Report "), name.startswith("Report Exempt ")
            kind = kind.removeprefix("Exempt ")
        else:
            exempt = False
            kind = next((meant for known, meant in _MEANT if known.fullmatch(name)), "")
            if not kind:
                words = _shown(paragraph)
                self.told.add(f"Style “{name}” is none of a paper's: taken as an ordinary paragraph",
                              self._where(), words)  # fmt: skip
        if kind in {"", "Paragraph"}:
            bulleted = number is not None and number.get(f"{W}val") in self._bullets
            kind = "Bullet" if bulleted else "Paragraph"
        return kind, exempt

    def _paragraph(self, kind: str, exempt: bool, text: str) -> None:
        signed = _COMMENTS.fullmatch(text)
        match kind:
            case "Council" | "Meeting" | "Footer":
                pass
            case "of":
                self._report_of = re.sub(r"^report of (the )?", "", text, count=1, flags=re.IGNORECASE)
            case "Title":
                self._title.append(text)
            case "Comment Heading":
                self._begin("comment", text)
            case "Heading" | "Part" if signed and signed[1].capitalize() in COMMENT_KINDS:
                self._begin("comment", text)
            case "Part":
                self._at = next((at for words, at in _PARTS if text.lower().startswith(words)), "")
                if not self._at:
                    self._begin("section", text)
            case "Heading":
                self._begin("section", text, exempt)
            case "Exemption":
                if self._at != "section" or (not self._sections[-1].exempt and self._sections[-1].blocks):
                    self._begin("section", _EXEMPT)
                self._sections[-1].exempt = True
                self._sections[-1].marks.append(text)
            case "Purpose":
                self._texts["purpose"].append(text)
            case "Recommendation":
                self._texts["recommendations"].append(text)
                self._at = "recommendations"
            case "Signatory":
                self._signed, self._at = text, "signed"
            case "Background Paper":
                self._texts["background"].append(text)
            case "Divisions":
                self._texts["divisions"].append(text)
            case "Reference":
                self._ref = text.removeprefix("Reference: ")
            case "Caption":
                self._caption = (text, exempt)
            case "Chart Note":
                self._chart = True
            case "Note" if text in {TO_COMMENT, NONE_LISTED}:
                pass
            case "Bullet":
                self._bullet(text, exempt)
            case _:
                self._plain(text, exempt)

    def _begin(self, at: str, heading: str, exempt: bool = False) -> None:
        self._at = at
        (self._comments if at == "comment" else self._sections).append(_Part(heading, exempt=exempt))

    def _open_part(self, exempt: bool, text: str) -> _Part | None:
        """The section or comments that the next block belongs to. What is marked exempt never joins the open."""
        if exempt and not (self._at == "section" and self._sections[-1].exempt):
            self._begin("section", _EXEMPT, exempt=True)
        if self._at == "front":
            self.told.add("Text before the first heading: taken as information", "", text)
            self._begin("section", "Information")
        if self._at == "section":
            return self._sections[-1]
        return self._comments[-1] if self._at == "comment" else None

    def _plain(self, text: str, exempt: bool) -> None:
        if part := self._open_part(exempt, text):
            part.blocks.append(Paragraph(text))
        elif self._at in self._texts:
            self._texts[self._at].append(text)
        else:
            self.told.add("Text that has no place in a paper was left out", self._where(), text)

    def _bullet(self, text: str, exempt: bool) -> None:
        part = self._open_part(exempt, text) if self._at != "comment" or exempt else None
        if part is None:
            self._plain(text, exempt)
        elif part.blocks and isinstance(last := part.blocks[-1], Bullets):
            part.blocks[-1] = Bullets((*last.items, text))
        else:
            part.blocks.append(Bullets((text,)))

    def _drop_caption(self) -> None:
        """A caption that stood above no table is a paragraph."""
        if self._caption:
            self._chart = False
            text, exempt = self._caption
            self._caption = None
            self.told.add("A caption without a table: taken as an ordinary paragraph", self._where(), text)
            self._plain(text, exempt)

    def _table(self, table: etree._Element) -> None:
        caption, exempt = self._caption or ("", False)
        if self._chart:
            self.told.add("A chart comes back as its table", self._where(), caption)
        self._caption, self._chart = None, False
        if table.find(f".//{W}gridSpan") is not None or table.find(f".//{W}vMerge") is not None:
            self.told.add("A table with merged cells: look at its columns", self._where(), caption)
        rows = [list(self._row(row)) for row in table.iterfind(f"{W}tr")]
        width = max(map(len, rows), default=0)
        header, *body = [(*row, *[""] * (width - len(row))) for row in rows] or [()]
        if not width:
            return
        part = self._open_part(exempt, caption) if self._at != "comment" or exempt else None
        if part:
            part.blocks.append(Table(caption, header, tuple(body)))
            return
        self.told.add("A table where a paper has none: its rows were taken as text", self._where(), caption)
        for row in (header, *body):
            self._plain("; ".join(filter(None, row)), exempt)

    def _row(self, row: etree._Element) -> Iterator[str]:
        for cell in row.iterfind(f"{W}tc"):
            if (inner := cell.find(f".//{W}tbl")) is not None:
                self.told.add("A table within a table was left out", self._where(), _shown(inner))
            yield clean("\n".join("".join(self._words(p)) for p in cell.iterfind(f"{W}p")))
            span = cell.find(f"{W}tcPr/{W}gridSpan")
            yield from [""] * (min(int(span.get(f"{W}val") or 1), 64) - 1 if span is not None else 0)

    def _words(self, el: etree._Element) -> Iterator[str]:
        for child in el:
            match child.tag.removeprefix(W):
                case "r" | "hyperlink":
                    yield from self._words(child)
                case "t":
                    yield child.text or ""
                case "br" if child.get(f"{W}type") in {"page", "column"}:
                    pass
                case "br" | "cr":
                    yield "\n"
                case "tab" | "ptab":
                    yield " "
                case "noBreakHyphen":
                    yield "\N{NON-BREAKING HYPHEN}"
                case "footnoteReference" | "endnoteReference":
                    kind = child.tag.removeprefix(W).removesuffix("Reference")
                    words = self._notes.get((kind, child.get(f"{W}id")), "")
                    self.told.add(f"A {kind} was left out", self._where(), words)
                case name if name in _IGNORED:
                    pass
                case name:
                    what = _LEFT_OUT.get(name.rpartition("}")[2], "Something that a paper cannot hold")
                    self.told.add(f"{what} was left out", self._where(), _shown(child))

    def _where(self) -> str:
        heading = {
            "section": self._sections[-1].heading if self._sections else "",
            "comment": self._comments[-1].heading if self._comments else "",
        }.get(self._at, self._at)
        return f"under “{short(heading)}”"

    def _section(self, part: _Part) -> Section:
        if not part.exempt:
            return Section(part.heading, tuple(part.blocks))
        mark, _, reason = "\n".join(part.marks).partition(PUBLIC_INTEREST)
        number = _PARAGRAPH_12A.search(mark)
        if not number and "confidential" not in mark.lower():
            self.told.add("A part that is marked exempt says no longer why: kept as confidential, say why",
                          f"under “{short(part.heading)}”", mark)  # fmt: skip
        return Section(
            part.heading,
            tuple(part.blocks),
            Exemption(int(number[1]) if number else None, reason.removeprefix(" ")),
        )

    def _comment(self, part: _Part) -> Comment | None:
        paragraphs = tuple(block.text for block in part.blocks if isinstance(block, Paragraph))
        if (signed := _COMMENTS.fullmatch(part.heading)) and (given_on := _day(signed[3])):
            return Comment(signed[1], signed[2], given_on, paragraphs)
        if paragraphs or TO_SIGN not in part.heading:
            self.told.add("Comments without initials and a date clear nothing: left out until they are signed "
                          "as (AB dd/mm/yy)", f"under “{short(part.heading)}”", " ".join(paragraphs))  # fmt: skip
        return None


def _parsed(package: Package, name: str | None) -> etree._Element:
    return package.xml(name) if name and name in package else etree.Element("nothing")


def _bulleted(numbering: etree._Element) -> set[str | None]:
    """The numbers of the lists that have bullets."""
    abstract = {
        el.get(f"{W}abstractNumId")
        for el in numbering.iter(f"{W}abstractNum")
        if (format_ := el.find(f"{W}lvl/{W}numFmt")) is not None and format_.get(f"{W}val") == "bullet"
    }
    return {
        el.get(f"{W}numId")
        for el in numbering.iter(f"{W}num")
        if (of := el.find(f"{W}abstractNumId")) is not None and of.get(f"{W}val") in abstract
    }


def _shown(el: etree._Element) -> str:
    """The words in something left out; what is there in two manners is said once."""
    chosen = next(el.iter("{http://schemas.openxmlformats.org/markup-compatibility/2006}Choice"), el)
    return "".join(words.text or "" for words in chosen.iter() if words.tag.endswith("}t"))


def _day(written: str) -> date | None:
    for pattern in ("%d/%m/%y", "%d/%m/%Y"):
        try:
            return datetime.strptime(written, pattern).date()  # noqa: DTZ007  # a date has no zone
        except ValueError:
            continue
    return None
