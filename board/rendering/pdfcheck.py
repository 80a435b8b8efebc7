"""Whether a finished pack can be read by everybody, checked in the file itself.

Not a full PDF/UA-1 validator: fonts, colour contrast, the sense of an alternative text and content inside
form XObjects are not looked at. What is checked is what goes wrong when packs are put together, above all
tags that point at pages which are no longer there (veraPDF passed such a pack).
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

_DRAWS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "Do", "INLINE IMAGE"}


@dataclass(frozen=True)
class Finding:
    """`rule` is for machines, `where` and `words` are for the person who must put it right."""

    rule: str
    where: str
    words: str


@dataclass(frozen=True)
class _Element:
    kind: str
    node: pikepdf.Object
    inside: tuple[str, ...]  # kinds of the elements around it, outermost first


@dataclass(frozen=True)
class _Content:
    """What one page's content stream draws: text outside markup counts as `untagged`."""

    mcids: tuple[int, ...]
    untagged: int
    text: str


def check(path: Path) -> list[Finding]:
    """Everything found wrong, in reading order; an empty list is a pass. Raises OSError if not readable."""
    try:
        with pikepdf.open(path) as pdf:
            contents = [_content(page) for page in pdf.pages]
            return [*_metadata(pdf), *_tags(pdf, contents), *_bookmarks(pdf), *_footers(contents)]
    except pikepdf.PdfError as error:
        return [
            Finding("pdf", str(path.name), f"is not a PDF that can be opened ({error}): compile it again.")
        ]


def page_texts(path: Path) -> list[str]:
    """Each page's text in the order it is drawn, a line a text object, header and footer included."""
    with pikepdf.open(path) as pdf:
        return [_content(page).text for page in pdf.pages]


def bookmarks(path: Path) -> list[tuple[str, int]]:
    """Title and page (from 1; 0 when it leads nowhere) of every bookmark, children after their parent."""
    with pikepdf.open(path) as pdf:
        return list(_outline(pdf))


def links(path: Path, number: int) -> list[int]:
    """The pages (from 1; 0 for one outside the pack) that the links on page `number` lead to."""
    with pikepdf.open(path) as pdf:
        target = _targets(pdf)
        return [target(annotation) for annotation in pdf.pages[number - 1].get("/Annots", [])]


def _metadata(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    where = "document"
    if str(pdf.Root.get("/Lang", "")) != "en-GB":
        yield Finding("lang", where, "The language is not set to en-GB, so it is read aloud wrongly: set it.")
    with pdf.open_metadata(update_docinfo=False) as xmp:
        if not xmp.get("dc:title"):
            yield Finding("title", where, "There is no title in the metadata: give the pack one.")
        if xmp.get("pdfuaid:part") != "1":
            yield Finding("pdfuaid", where, "The file does not say that it is PDF/UA-1.")
    if not _at(pdf.Root, "/ViewerPreferences", "/DisplayDocTitle"):
        yield Finding("display-title", where, "Readers will show the file name and not the title.")
    if not _at(pdf.Root, "/MarkInfo", "/Marked"):
        yield Finding("marked", where, "The file does not say that it is tagged.")


def _tags(pdf: pikepdf.Pdf, contents: list[_Content]) -> Iterator[Finding]:
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        yield Finding("tags", "document", "There are no tags, so a screen reader has no reading order.")
        return
    elements = list(_elements(root))
    yield from _round_trip(pdf, root, elements, contents)
    yield from _headings(elements)
    for element in elements:
        if element.kind == "Figure" and not str(element.node.get("/Alt", "")).strip():
            yield Finding("alt", _page_words(pdf, element.node), "A figure has no alternative text.")
    yield from _tables(pdf, elements)
    for n, page in enumerate(pdf.pages, 1):
        for annotation in page.get("/Annots", []):
            if annotation.get("/Subtype") == "/Link" and "/StructParent" not in annotation:
                yield Finding("link", f"page {n}", "A link is not tagged, so a screen reader passes over it.")


def _round_trip(
    pdf: pikepdf.Pdf, root: pikepdf.Object, elements: list[_Element], contents: list[_Content]
) -> Iterator[Finding]:
    """Tag → page → marked content and back: each side must know the other."""
    page_numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}
    claimed: dict[tuple[int, int], tuple[int, int]] = {}
    for element in elements:
        for page, mcid in _marked(element.node):
            n = page_numbers.get(page.objgen) if page is not None else None
            if n is None:
                words = f"A {element.kind} tag points at a page that is not in the document."
                yield Finding("tag-to-page", "document", words)
            elif mcid not in contents[n - 1].mcids:
                words = f"A {element.kind} tag points at content {mcid}, which the page does not have."
                yield Finding("tag-to-content", f"page {n}", words)
            elif (n, mcid) in claimed:
                yield Finding("tag-twice", f"page {n}", f"Content {mcid} belongs to two tags.")
            else:
                claimed[n, mcid] = element.node.objgen
    parents: Mapping[int, Any] = pikepdf.NumberTree(root.ParentTree) if "/ParentTree" in root else {}
    for n, (page, content) in enumerate(zip(pdf.pages, contents, strict=True), 1):
        key = int(page.get("/StructParents", -1))
        listed: Any = parents[key] if key in parents else []  # noqa: SIM401 - its get() raises IndexError
        for mcid in content.mcids:
            if (n, mcid) not in claimed:
                yield Finding(
                    "content-to-tag", f"page {n}", f"Content {mcid} is in no tag: it is not read out."
                )
            elif mcid >= len(listed) or getattr(listed[mcid], "objgen", None) != claimed[n, mcid]:
                yield Finding(
                    "parent-tree", f"page {n}", f"The way back from content {mcid} to its tag is wrong."
                )
        if content.untagged:
            words = f"{content.untagged} drawing operations are neither tagged nor marked as decoration."
            yield Finding("untagged", f"page {n}", words)
        if page.get("/Tabs") != "/S" and page.get("/Annots"):
            yield Finding("tab-order", f"page {n}", "The links are not visited in reading order.")


def _headings(elements: list[_Element]) -> Iterator[Finding]:
    before = 0
    for element in elements:
        if len(element.kind) == 2 and element.kind[0] == "H" and element.kind[1].isdigit():
            level = int(element.kind[1])
            if level > before + 1:
                after = f"after level {before}" if before else "as the first"
                yield Finding(
                    "headings", "document", f"A heading of level {level} comes {after}: use no gaps."
                )
            before = level
    if not before:
        yield Finding("headings", "document", "There are no headings.")


def _tables(pdf: pikepdf.Pdf, elements: list[_Element]) -> Iterator[Finding]:
    for table in (element for element in elements if element.kind == "Table"):
        cells = [e for e in _elements(table.node) if "Table" not in e.inside and e.kind in {"TH", "TD"}]
        heads = [cell for cell in cells if cell.kind == "TH"]
        if not heads:
            yield Finding(
                "table-header",
                _page_words(pdf, cells[0].node if cells else table.node),
                "A table has no header cells.",
            )
        if any(not _has_scope(head.node) for head in heads):
            yield Finding(
                "table-scope",
                _page_words(pdf, heads[0].node),
                "A table's header cell does not say what it heads.",
            )


def _bookmarks(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    outline = list(_outline(pdf))
    if not outline:
        yield Finding("bookmarks", "document", "There are no bookmarks.")
    for title, page in outline:
        if not page:
            yield Finding("bookmarks", f"bookmark “{title}”", "It leads to no page of the document.")


def _footers(contents: list[_Content]) -> Iterator[Finding]:
    for n, content in enumerate(contents, 1):
        if f"Page {n} of {len(contents)}" not in content.text:
            yield Finding("footer", f"page {n}", f"The footer does not say “Page {n} of {len(contents)}”.")


def _at(node: pikepdf.Object, *keys: str) -> Any:
    """What lies at the end of the path, or None where any of it is missing."""
    at: Any = node
    for key in keys:
        at = at.get(key) if isinstance(at, pikepdf.Dictionary) else None
    return at


def _children(node: pikepdf.Object) -> list[Any]:
    kids = node.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def _elements(root: pikepdf.Object) -> Iterator[_Element]:
    """All structure elements below `root` in reading order, their kind mapped to the standard one."""
    seen: set[tuple[int, int]] = set()

    def below(node: pikepdf.Object, inside: tuple[str, ...]) -> Iterator[_Element]:
        for child in _children(node):
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                if child.is_indirect and child.objgen in seen:
                    continue
                seen.add(child.objgen)
                kind = str(child.S)[1:]
                yield _Element(kind, child, inside)
                yield from below(child, (*inside, kind))

    return below(root, ())


def _marked(node: pikepdf.Object) -> Iterator[tuple[Any, int]]:
    for child in _children(node):
        if isinstance(child, int):
            yield node.get("/Pg"), child
        elif isinstance(child, pikepdf.Dictionary) and "/MCID" in child:
            yield child.get("/Pg", node.get("/Pg")), int(child.MCID)


def _page_words(pdf: pikepdf.Pdf, node: pikepdf.Object) -> str:
    for candidate in (node, *(element.node for element in _elements(node))):
        for page, _ in _marked(candidate):
            for n, known in enumerate(pdf.pages, 1):
                if page is not None and known.obj.objgen == page.objgen:
                    return f"page {n}"
    return "document"


def _has_scope(cell: pikepdf.Object) -> bool:
    attributes = cell.get("/A", pikepdf.Array())
    listed = list(attributes) if isinstance(attributes, pikepdf.Array) else [attributes]
    return any(isinstance(a, pikepdf.Dictionary) and ("/Scope" in a or "/Headers" in a) for a in listed)


def _targets(pdf: pikepdf.Pdf) -> Callable[[pikepdf.Object], int]:
    page_numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}
    names = _at(pdf.Root, "/Names", "/Dests")

    def target(item: pikepdf.Object) -> int:
        goal: Any = _at(item, "/Dest") or _at(item, "/A", "/D")
        if isinstance(goal, pikepdf.String) and names is not None:
            goal = pikepdf.NameTree(names).get(str(goal))
        return page_numbers.get(goal[0].objgen, 0) if isinstance(goal, pikepdf.Array) else 0

    return target


def _outline(pdf: pikepdf.Pdf) -> Iterator[tuple[str, int]]:
    target = _targets(pdf)

    def siblings(item: pikepdf.Object | None) -> Iterator[tuple[str, int]]:
        while item is not None:
            yield str(item.get("/Title", "")), target(item)
            yield from siblings(item.get("/First"))
            item = item.get("/Next")

    return siblings(_at(pdf.Root, "/Outlines", "/First"))


def _content(page: pikepdf.Page) -> _Content:
    fonts = {name: _unicode_map(font) for name, font in (_at(page.obj, "/Resources", "/Font") or {}).items()}
    properties = _at(page.obj, "/Resources", "/Properties") or {}
    glyphs: dict[bytes, str] = {}
    open_marks: list[str | None] = []  # the spoken text that stands for the glyphs inside, if any
    mcids: list[int] = []
    text: list[str] = []
    untagged = 0
    for instruction in pikepdf.parse_content_stream(page):
        op, operands = str(instruction.operator), instruction.operands
        if op == "BDC":
            given: Any = operands[1]
            mark = properties.get(given, {}) if isinstance(given, pikepdf.Name) else given
            if "/MCID" in mark:
                mcids.append(int(mark["/MCID"]))
            spoken = str(mark["/ActualText"]) if "/ActualText" in mark else None
            open_marks.append(spoken)
            text.append(spoken or "")
        elif op == "BMC":
            open_marks.append(None)
        elif op == "EMC" and open_marks:
            open_marks.pop()
        elif op == "Tf":
            glyphs = fonts.get(str(operands[0]), {})
        elif op == "ET":
            text.append("\n")
        elif op in _DRAWS:
            untagged += not open_marks
            if op in {"Tj", "TJ", "'", '"'} and all(spoken is None for spoken in open_marks):
                text.append(_decoded(operands[-1], glyphs))
    return _Content(tuple(mcids), untagged, "".join(text))


def _decoded(shown: Any, glyphs: dict[bytes, str]) -> str:
    parts = [
        bytes(part)
        for part in (shown if isinstance(shown, pikepdf.Array) else [shown])
        if isinstance(part, pikepdf.String)
    ]
    width = max(map(len, glyphs), default=1)
    return "".join(
        glyphs.get(part[at : at + width], "\N{REPLACEMENT CHARACTER}")
        for part in parts
        for at in range(0, len(part), width)
    )


def _unicode_map(font: pikepdf.Object) -> dict[bytes, str]:
    """A font's ToUnicode map. Ranges that list their targets one by one are not used by our writer."""
    glyphs: dict[bytes, str] = {}
    if "/ToUnicode" not in font:
        return glyphs
    for instruction in pikepdf.parse_content_stream(font.ToUnicode):
        codes: list[Any] = list(instruction.operands)
        if str(instruction.operator) == "endbfchar":
            for code, target in zip(codes[::2], codes[1::2], strict=True):
                glyphs[bytes(code)] = bytes(target).decode("utf-16-be")
        elif str(instruction.operator) == "endbfrange":
            for first, last, target in zip(codes[::3], codes[1::3], codes[2::3], strict=True):
                low, width = int.from_bytes(bytes(first)), len(bytes(first))
                start = bytes(target).decode("utf-16-be")
                for offset in range(int.from_bytes(bytes(last)) - low + 1):
                    glyphs[(low + offset).to_bytes(width)] = start[:-1] + chr(ord(start[-1]) + offset)
    return glyphs
