"""Settles a Word file from outside: what is left is what its reader sees, and nothing that runs or reaches out.

Tracked insertions and moves are accepted. Deleted and hidden text, comments, headers and footers, what is
embedded and what is fetched from elsewhere are taken out, and told.
"""

import re
from pathlib import Path

from lxml import etree

from board.rendering.text import clean
from board.rendering.word_package import (
    Package,
    Relation,
    archive,
    as_bytes,
    relations_part,
    relations_xml,
    types_xml,
)

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
R = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}"
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_METADATA = "http://schemas.openxmlformats.org/package/2006/relationships/metadata"
_CORE_TYPE = "application/vnd.openxmlformats-package.core-properties+xml"
_CORE = "{http://schemas.openxmlformats.org/package/2006/metadata/core-properties}"
_DRAWN = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"
_DC = "{http://purl.org/dc/elements/1.1/}"

# What a part may refer to, by the last word of the relation's type. Everything else is left out.
_KEPT = {"styles", "numbering", "settings", "fontTable", "theme", "footnotes", "endnotes", "chart"}
_KEPT |= {"diagramData", "diagramLayout", "diagramQuickStyle", "diagramColors", "diagramDrawing"}
_PICTURES = {"image/png", "image/jpeg", "image/gif", "image/bmp", "image/tiff", "image/x-emf", "image/x-wmf"}
_HARMLESS_ADDRESS = re.compile(r"(https?|mailto):", re.IGNORECASE)
_TOLD = {
    "oleObject": "Embedded object",
    "package": "Embedded file",
    "aFChunk": "Text of another file",
    "subDocument": "Link to another document",
    "attachedTemplate": "Template that the file asks for",
    "customXml": "Data behind the page",
    "glossaryDocument": "Building blocks behind the page",
    "image": "Picture from outside, or of a kind that cannot be printed",
    "hyperlink": "Link to a place that readers cannot reach (its text stays)",
    "mailMergeSource": "Source of a mail merge",
    "video": "Video",
    "audio": "Sound",
}
_FETCHES = re.compile(
    r"\s*(INCLUDE\w*|DDE\w*|LINK|IMPORT|DATABASE|EMBED|MACROBUTTON|GOTOBUTTON)\b", re.IGNORECASE
)

_ACCEPTED = {f"{W}{name}" for name in ("ins", "moveTo")}
_UNWRAPPED = _ACCEPTED | {f"{W}{name}" for name in ("smartTag", "customXml", "fldSimple", "bdo", "dir")}
_DROPPED = {
    f"{W}{name}"
    for name in (
        *(
            "rPrChange",
            "pPrChange",
            "sectPrChange",
            "tblPrChange",
            "tblGridChange",
            "trPrChange",
            "tcPrChange",
        ),
        *("tblPrExChange", "numberingChange", "cellIns", "cellDel", "cellMerge"),
        *(f"{kind}Range{end}" for kind in ("moveFrom", "moveTo", "comment") for end in ("Start", "End")),
        *(
            f"customXml{kind}Range{end}"
            for kind in ("Ins", "Del", "MoveFrom", "MoveTo")
            for end in ("Start", "End")
        ),
        *("commentReference", "annotationRef", "proofErr", "permStart", "permEnd", "fldChar", "instrText"),
        *("headerReference", "footerReference", "vanish", "specVanish", "smartTagPr", "customXmlPr"),
        # of the settings
        *("attachedTemplate", "docVars", "mailMerge", "documentProtection", "writeProtection", "rsids"),
        *("trackRevisions", "attachedSchema", "saveThroughXslt", "linkStyles"),
    )
}
_ADDRESSES = {"src", "href", "{urn:schemas-microsoft-com:office:office}href"}  # of drawings in the old manner
_OUR_FOOTER = re.compile(r"\s*Page\s*\d*\s*of\s*\d*\s*")
_PROPERTIES = {f"{W}rPr", f"{W}trPr", f"{W}numPr"}
_ELSEWHERE = {f"{W}footnotes": "in a footnote", f"{W}endnotes": "in an endnote"}
_HEADING = re.compile(
    r"(report (exempt |comment )?heading|report (part|title)|heading \d|title)", re.IGNORECASE
)


def settle(source: bytes | Path) -> tuple[bytes, tuple[str, ...]]:
    """The settled file, and what was removed where, in words. Raises WordRefused."""
    package = Package(source)
    settling = _Settling(package)
    settling.keep(package.main)
    settling.tell_headers()
    return archive(settling.framed()), settling.told.sentences()


class Told:
    """What was removed, gathered by kind and place, in the order it was found."""

    def __init__(self) -> None:
        self._found: dict[tuple[str, str], list[str]] = {}

    def add(self, what: str, where: str, words: str) -> None:
        self._found.setdefault((what, where), []).append(short(words))

    def sentences(self) -> tuple[str, ...]:
        return tuple(
            f"{what}, {where}" + _quoted(words) + "." for (what, where), words in self._found.items()
        )


def _quoted(words: list[str]) -> str:
    quotes = [f"“{words}”" for words in dict.fromkeys(words) if words]
    more = f" and {len(quotes) - 5} more" if len(quotes) > 5 else ""
    return f": {', '.join(quotes[:5])}{more}" if quotes else ""


def short(words: str) -> str:
    words = " ".join(clean(words).split())
    return words if len(words) <= 60 else f"{words[:59].rstrip()}…"


class _Styles:
    """Which styles are headings, and which hide their text."""

    def __init__(self, package: Package) -> None:
        name = next((r.target for r in package.relations(package.main) if r.kind == "styles"), "")
        root = package.xml(name) if name in package else etree.Element(f"{W}styles")
        styles = {style.get(f"{W}styleId"): style for style in root.iter(f"{W}style")}
        self._headings = {
            key
            for key, style in styles.items()
            if (named := style.find(f"{W}name")) is not None
            and _HEADING.fullmatch(named.get(f"{W}val") or "")
        }
        self.default = next(
            (
                key
                for key, style in styles.items()
                if style.get(f"{W}default") in {"1", "true"} and style.get(f"{W}type") == "paragraph"
            ),
            None,
        )
        self.all_hidden = bool(_on(root.find(f"{W}docDefaults/{W}rPrDefault/{W}rPr/{W}vanish")))
        self._hides: dict[str | None, bool] = {}
        for key in styles:
            seen, at = set(), key
            while at in styles and at not in seen:
                seen.add(at)
                hidden = _on(styles[at].find(f"{W}rPr/{W}vanish"))
                if hidden is not None:
                    self._hides[key] = hidden
                    break
                based = styles[at].find(f"{W}basedOn")
                at = based.get(f"{W}val") if based is not None else None

    def heads(self, paragraph: etree._Element) -> bool:
        style = paragraph.find(f"{W}pPr/{W}pStyle")
        return style is not None and style.get(f"{W}val") in self._headings

    def hide(self, key: str | None) -> bool:
        return self._hides.get(key, False)


def _on(switch: etree._Element | None) -> bool | None:
    return None if switch is None else switch.get(f"{W}val") not in {"0", "false", "off", "none"}


class _Settling:
    """Goes from the document to every part that it may refer to."""

    def __init__(self, package: Package) -> None:
        self._package = package
        self._styles = _Styles(package)
        self._parts: dict[str, bytes] = {}
        self._notes: set[tuple[str, str | None]] = set()  # footnotes and endnotes that the text still has
        self.told = Told()

    def keep(self, name: str) -> None:
        """Put the part and what it may refer to among the parts, settled."""
        package = self._package
        if not package.content_type(name).endswith("xml"):
            self._parts[name] = package.read(name)
            return
        self._parts[name] = b""  # while it is made: parts may refer to one another
        root = package.xml(name)
        relations = package.relations(name)
        where = _Places(root, self._styles)
        if name == package.main:
            self._tell_comments(root, relations, where)
        for note in list(root.iterfind(f"{W}footnote")) + list(root.iterfind(f"{W}endnote")):
            if f"{W}type" not in note.attrib and (note.tag, note.get(f"{W}id")) not in self._notes:
                _remove(note)
        _settle_text(root, self.told, where, self._styles)
        if name == package.main:
            self._notes = {
                (f"{W}{kind}", el.get(f"{W}id"))
                for kind in ("footnote", "endnote")
                for el in root.iter(f"{W}{kind}Reference")
            }
        kept = {relation.id: relation for relation in relations if self._may_stay(relation)}
        used: dict[str, list[etree._Element]] = {relation.id: [] for relation in relations}
        for el in root.iter():
            for key, value in el.attrib.items():
                if str(key).startswith(R):
                    used.setdefault(str(value), []).append(el)
            for address in _ADDRESSES & {*el.attrib}:
                del el.attrib[address]
        known = {relation.id: relation for relation in relations}
        for id_, users in used.items():
            if id_ not in kept:
                _cut(users, known.get(id_), self.told, where)
        for relation in kept.values():
            if not relation.outside and relation.target not in self._parts:
                self.keep(relation.target)
        if kept:
            self._parts[relations_part(name)] = relations_xml(kept.values())
        self._parts[name] = as_bytes(root)

    def _may_stay(self, relation: Relation) -> bool:
        if relation.outside:
            return relation.kind == "hyperlink" and bool(_HARMLESS_ADDRESS.match(relation.target))
        if relation.target not in self._package:
            return False
        if relation.kind == "image":
            return self._package.content_type(relation.target) in _PICTURES
        return relation.kind in _KEPT

    def _tell_comments(self, root: etree._Element, relations: list[Relation], where: "_Places") -> None:
        anchors = {el.get(f"{W}id"): el for el in root.iter(f"{W}commentReference", f"{W}commentRangeStart")}
        for relation in relations:
            if relation.kind == "comments" and relation.target in self._package:
                for comment in self._package.xml(relation.target).iter(f"{W}comment"):
                    anchor = anchors.get(comment.get(f"{W}id"))
                    place = "without a place" if anchor is None else where.of(anchor)
                    self.told.add("Comment", place, _text(comment))

    def tell_headers(self) -> None:
        for relation in self._package.relations(self._package.main):
            if relation.kind in {"header", "footer"} and relation.target in self._package:
                text = _text(self._package.xml(relation.target))
                if text and not (relation.kind == "footer" and _OUR_FOOTER.fullmatch(text)):
                    self.told.add(relation.kind.capitalize(), "on every page", text)

    def framed(self) -> dict[str, bytes]:
        """The parts and what holds them together: their types, the way to the first, and the title."""
        core = "docProps/core.xml"
        about = etree.Element(f"{_CORE}coreProperties")
        etree.SubElement(about, f"{_DC}title").text = self._title()
        types = {name: self._package.content_type(name) for name in self._parts if not name.endswith(".rels")}
        roots = (
            Relation("rId1", f"{_OFFICE}/officeDocument", "", self._package.main, False),
            Relation("rId2", f"{_METADATA}/core-properties", "", core, False),
        )
        return self._parts | {
            "[Content_Types].xml": types_xml(types | {core: _CORE_TYPE}),
            "_rels/.rels": relations_xml(roots),
            core: as_bytes(about),
        }

    def _title(self) -> str:
        """The file's own title, else its first heading, else its first words."""
        for relation in self._package.relations(""):
            if relation.kind == "core-properties" and relation.target in self._package:
                title = self._package.xml(relation.target).findtext(f"{_DC}title")
                if title and title.strip():
                    return clean(title)
        body = etree.fromstring(self._parts[self._package.main]).find(f"{W}body")
        paragraphs = [] if body is None else [p for p in body.iter(f"{W}p") if _text(p)]
        headings = [p for p in paragraphs if self._styles.heads(p)]
        return short(_text((headings or paragraphs)[0])) if paragraphs else ""


class _Places:
    """Where an element stands, in words: under which heading of the document."""

    def __init__(self, root: etree._Element, styles: _Styles) -> None:
        self._elsewhere = _ELSEWHERE.get(root.tag, "behind the page")
        self._under: dict[etree._Element, str] = {}
        heading = "before the first heading"
        body = root.find(f"{W}body")
        for block in body if body is not None else ():
            if styles.heads(block) and (words := _text(block)):
                heading = f"under “{short(words)}”"
            self._under[block] = heading

    def of(self, el: etree._Element) -> str:
        for at in (el, *el.iterancestors()):
            if at in self._under:
                return self._under[at]
        return self._elsewhere


def _settle_text(root: etree._Element, told: Told, where: _Places, styles: _Styles) -> None:
    for kind, what in (("del", "Deleted text"), ("moveFrom", "Text moved elsewhere")):
        for el in list(root.iter(f"{W}{kind}")):
            parent = el.getparent()
            if parent is not None and parent.tag not in _PROPERTIES:
                told.add(what, where.of(el), _text(el, deleted=True))
                _remove(el)
    for mark in list(root.iterfind(f".//{W}trPr/{W}del")):
        _remove_row(mark, "Deleted table row", told, where)
    for mark in list(root.iterfind(f".//{W}trPr/{W}hidden")):
        if _on(mark):
            _remove_row(mark, "Hidden table row", told, where)
    for mark in list(root.iterfind(f".//{W}tcPr/{W}cellDel")):
        cell = next(mark.iterancestors(f"{W}tc"))
        told.add("Deleted table cell", where.of(cell), _text(cell, deleted=True))
        for run in list(cell.iter(f"{W}r")):
            _remove(run)
    _join_paragraphs(root)
    for el in list(root.iter(f"{_DRAWN}docPr")):
        if el.get("hidden") in {"1", "true"}:
            told.add("Hidden picture", where.of(el), el.get("descr") or "")
            _remove(next(el.iterancestors(f"{W}drawing"), el))
    for run in list(root.iter(f"{W}r")):
        if _hidden(run, styles):
            told.add("Hidden text", where.of(run), _text(run))
            _remove(run)
    for control in list(root.iter(f"{W}sdt")):
        _unwrap_control(control, told, where)
    _tell_fields(root, told, where)
    for el in list(root.iter(*_DROPPED)):
        _remove(el)
    for el in list(root.iter(*_UNWRAPPED)):
        parent = el.getparent()
        if parent is not None:
            _remove(el) if parent.tag in _PROPERTIES else _unwrap(el)
    for mark in list(root.iter(f"{W}del", f"{W}moveFrom")):
        _remove(mark)


def _join_paragraphs(root: etree._Element) -> None:
    """A paragraph whose mark was deleted runs on into the next, as Word would have it."""
    carried: dict[etree._Element, list[etree._Element]] = {}
    for paragraph in list(root.iter(f"{W}p")):
        mark = paragraph.find(f"{W}pPr/{W}rPr")
        content = carried.pop(paragraph, [])
        following = paragraph.getnext()
        if mark is None or (mark.find(f"{W}del") is None and mark.find(f"{W}moveFrom") is None):
            at = 1 if paragraph.find(f"{W}pPr") is not None else 0
            paragraph[at:at] = content
        elif following is not None and following.tag == f"{W}p":
            content += [el for el in paragraph if el.tag != f"{W}pPr"]
            carried[following] = content
            _remove(paragraph)
        elif following is not None and not content and not _text(paragraph):
            _remove(paragraph)
        else:
            paragraph[1:1] = content


def _hidden(run: etree._Element, styles: _Styles) -> bool:
    direct = _on(run.find(f"{W}rPr/{W}vanish"))
    if direct is not None:
        return direct
    own = run.find(f"{W}rPr/{W}rStyle")
    paragraph = next(run.iterancestors(f"{W}p"), None)
    of_paragraph = paragraph.find(f"{W}pPr/{W}pStyle") if paragraph is not None else None
    return (
        styles.all_hidden
        or (own is not None and styles.hide(own.get(f"{W}val")))
        or styles.hide(styles.default if of_paragraph is None else of_paragraph.get(f"{W}val"))
    )


def _unwrap_control(control: etree._Element, told: Told, where: _Places) -> None:
    content = control.find(f"{W}sdtContent")
    if content is not None:
        if control.find(f"{W}sdtPr/{W}showingPlcHdr") is not None:
            told.add("Placeholder that nobody filled in", where.of(control), _text(content))
            for run in list(content.iter(f"{W}r")):
                _remove(run)
        control.addprevious(content)
        _unwrap(content)
    _remove(control)


def _tell_fields(root: etree._Element, told: Told, where: _Places) -> None:
    """Every field becomes the text it shows; one that would fetch something is told."""
    found = [(el, str(el.get(f"{W}instr") or "")) for el in root.iter(f"{W}fldSimple")]
    open_fields: list[tuple[etree._Element, list[str]]] = []
    for el in root.iter(f"{W}fldChar", f"{W}instrText"):
        if el.tag == f"{W}instrText":
            if open_fields:
                open_fields[-1][1].append(el.text or "")
        elif el.get(f"{W}fldCharType") == "begin":
            open_fields.append((el, []))
        elif el.get(f"{W}fldCharType") == "end" and open_fields:
            begin, code = open_fields.pop()
            found.append((begin, "".join(code)))
    found += [(begin, "".join(code)) for begin, code in open_fields]
    for el, instruction in found:
        if _FETCHES.match(instruction):
            told.add("Field that fetches from elsewhere (its text stays)", where.of(el), instruction)


def _cut(users: list[etree._Element], relation: Relation | None, told: Told, where: _Places) -> None:
    """Take out what refers to something that does not stay."""
    kind = relation.kind if relation else ""
    target = relation.target if relation and relation.outside else ""
    what = _TOLD.get(kind)
    if relation and what and not users:
        told.add(what, "behind the page", target)
    for el in users:
        if el.tag == f"{W}hyperlink":
            told.add(_TOLD["hyperlink"], where.of(el), target)
            _unwrap(el)
            continue
        # A picture in SVG stands there in another kind too; fonts are the reader's own.
        if not el.tag.endswith("}svgBlip") and kind != "font":
            told.add(what or "Something of a kind that a paper does not hold", where.of(el), target)
            el = next(el.iterancestors(f"{W}drawing", f"{W}pict", f"{W}object"), el)
        _remove(el)


def _remove(el: etree._Element) -> None:
    parent = el.getparent()
    if parent is not None:
        parent.remove(el)


def _remove_row(mark: etree._Element, what: str, told: Told, where: _Places) -> None:
    row = next(mark.iterancestors(f"{W}tr"))
    told.add(what, where.of(row), _text(row, deleted=True))
    table = row.getparent()
    _remove(row)
    if table is not None and table.find(f"{W}tr") is None:
        _remove(table)


def _unwrap(el: etree._Element) -> None:
    for child in list(el):
        el.addprevious(child)
    _remove(el)


def _text(el: etree._Element, *, deleted: bool = False) -> str:
    """The words in an element, paragraphs set apart by a space."""
    words = []
    for child in el.iter():
        if child.tag == f"{W}t" or (deleted and child.tag == f"{W}delText"):
            words.append(child.text or "")
        elif child.tag in {f"{W}p", f"{W}br", f"{W}tab", f"{W}cr"}:
            words.append(" ")
    return "".join(words).strip()
