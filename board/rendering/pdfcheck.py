"""Whether a finished pack can be read by everybody, checked in the file itself.

Not a full PDF/UA-1 validator: colour contrast and the sense of an alternative text are not looked at. What is
checked is what goes wrong when packs are put together, above all tags that point at pages which are no longer
there (veraPDF passed such a pack).
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pikepdf

_DRAWS = {"Tj", "TJ", "'", '"', "S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh", "INLINE IMAGE"}
_READ = f"{' '.join(_DRAWS - {'INLINE IMAGE'})} BI ID EI BDC BMC EMC Tf ET Do"
_SHOWS = {"Tj", "TJ", "'", '"'}
_GROUPS = (
    "Document",
    "Part",
    "Art",
    "Sect",
    "Div",
    "BlockQuote",
    "Caption",
    "TOC",
    "TOCI",
    "Index",
    "NonStruct",
)
_TEXTS = ("P", "H", "H1", "H2", "H3", "H4", "H5", "H6", "L", "LI", "Lbl", "LBody", "Private")
_TABLES = ("Table", "TR", "TH", "TD", "THead", "TBody", "TFoot")
_INLINE = ("Span", "Quote", "Note", "Reference", "BibEntry", "Code", "Link", "Annot")
_EAST_ASIAN = ("Ruby", "RB", "RT", "RP", "Warichu", "WT", "WP")
STANDARD_KINDS = frozenset((*_GROUPS, *_TEXTS, *_TABLES, *_INLINE, *_EAST_ASIAN, "Figure", "Formula", "Form"))
ATTACHMENTS = "/RecommissionAttachments"
"""In the document's catalogue: title, first and last page (from 1) and findings of every attachment."""
SAFE_LINKS = ("http://", "https://", "mailto:")

Container = tuple[int, int]
"""The page or form whose stream marks content, by its object number."""


@dataclass(frozen=True)
class Finding:
    """`rule` is for machines, `where` and `words` are for the person who must put it right.

    `declared` is what the pack itself says of an attachment: it does not stop publication.
    """

    rule: str
    where: str
    words: str
    declared: bool = False


@dataclass(frozen=True)
class Element:
    kind: str  # the standard one, after the role map
    node: pikepdf.Object
    inside: tuple[str, ...]  # kinds of the elements around it, outermost first


@dataclass
class Drawn:
    """What a page or form draws, the forms in it included.

    `untagged` counts operations that are neither tagged nor decoration, `shows` those that show text or a picture.
    """

    marks: list[tuple[Container, int]] = field(default_factory=list)
    holders: dict[Container, pikepdf.Object] = field(
        default_factory=dict
    )  # what knows its place in the parent tree
    untagged: int = 0
    draws: int = 0
    shows: int = 0
    text: list[str] = field(default_factory=list)
    fonts: dict[str, pikepdf.Object] = field(default_factory=dict)


def check(path: Path) -> list[Finding]:
    """Everything found wrong, in reading order; an empty list is a pass. Raises OSError if not readable."""
    try:
        with pikepdf.open(path) as pdf:
            pages = [drawn(page) for page in pdf.pages]
            attached = list(_attached(pdf))
            found = [
                *_metadata(pdf, attached),
                *_tags(pdf, pages),
                *_fonts(pages),
                *_active(pdf),
                *_bookmarks(pdf),
                *_footers(pdf, pages),
            ]
            said = list(_said(attached))
            placed = [_declared(finding, attached) for finding in found]
            # What an attachment is known to lack is said once, not once a page.
            new = [
                f
                for f in placed
                if not (f.declared and any(known.words.startswith(f.words) for known in said))
            ]
            return [*new, *said]
    except (pikepdf.PdfError, RecursionError) as error:
        return [
            Finding("pdf", str(path.name), f"is not a PDF that can be opened ({error}): compile it again.")
        ]


def check_attachment(pdf: pikepdf.Pdf, pages: Sequence[Drawn]) -> list[Finding]:
    """What is wrong with the pages and tags of a PDF that is to be part of a pack."""
    return [*_tags(pdf, pages), *_fonts(pages)]


def page_texts(path: Path) -> list[str]:
    """Each page's text in the order it is drawn, a line a text object, header and footer included."""
    with pikepdf.open(path) as pdf:
        return ["".join(drawn(page).text) for page in pdf.pages]


def bookmarks(path: Path) -> list[tuple[str, int]]:
    """Title and page (from 1; 0 when it leads nowhere) of every bookmark, children after their parent."""
    with pikepdf.open(path) as pdf:
        return list(_outline(pdf))


def links(path: Path, number: int) -> list[int]:
    """The pages (from 1; 0 for one outside the pack) that the links on page `number` lead to."""
    with pikepdf.open(path) as pdf:
        target = _targets(pdf)
        return [target(annotation) for annotation in pdf.pages[number - 1].get("/Annots", [])]


@dataclass(frozen=True)
class _Attached:
    title: str
    first: int
    last: int
    findings: tuple[str, ...]


def _attached(pdf: pikepdf.Pdf) -> Iterator[_Attached]:
    for one in pdf.Root.get(ATTACHMENTS, []):
        yield _Attached(str(one.Title), int(one.First), int(one.Last), tuple(map(str, one.Findings)))


def _declared(finding: Finding, attached: Sequence[_Attached]) -> Finding:
    """A finding on a page of an attachment of which the pack says that it is not accessible stops nothing."""
    page = finding.where.removeprefix("page ")
    if page.isdigit():
        for one in attached:
            if one.first <= int(page) <= one.last:
                where = f"{finding.where} (attachment “{one.title}”)"
                return replace(finding, where=where, declared=bool(one.findings))
    return finding


def _said(attached: Sequence[_Attached]) -> Iterator[Finding]:
    for one in attached:
        for words in one.findings:
            pages = f"pages {one.first}–{one.last}" if one.last > one.first else f"page {one.first}"
            yield Finding("attachment", f"{pages} (attachment “{one.title}”)", words, declared=True)


def _metadata(pdf: pikepdf.Pdf, attached: Sequence[_Attached]) -> Iterator[Finding]:
    where = "document"
    if str(pdf.Root.get("/Lang", "")) != "en-GB":
        yield Finding("lang", where, "The language is not set to en-GB, so it is read aloud wrongly: set it.")
    with pdf.open_metadata(update_docinfo=False) as xmp:
        if not xmp.get("dc:title"):
            yield Finding("title", where, "There is no title in the metadata: give the pack one.")
        claims = xmp.get("pdfuaid:part") == "1"
    barred = [one.title for one in attached if one.findings]
    if barred and claims:
        yield Finding(
            "pdfuaid",
            where,
            f"The file says that it is PDF/UA-1, but its attachment “{barred[0]}” is not accessible: compile it again.",
        )
    elif not barred and not claims:
        yield Finding(
            "pdfuaid",
            where,
            "The file does not say that it is PDF/UA-1: compile it again, and do not re-save it.",
        )
    if not _at(pdf.Root, "/ViewerPreferences", "/DisplayDocTitle"):
        yield Finding(
            "display-title",
            where,
            "Readers will show the file name and not the title: switch DisplayDocTitle on.",
        )
    if not _at(pdf.Root, "/MarkInfo", "/Marked"):
        yield Finding("marked", where, "The file does not say that it is tagged: compile it again.")


def _tags(pdf: pikepdf.Pdf, pages: Sequence[Drawn]) -> Iterator[Finding]:
    root = pdf.Root.get("/StructTreeRoot")
    if root is None:
        yield Finding(
            "tags",
            "document",
            "There are no tags, so a screen reader has no reading order: make it a tagged PDF.",
        )
        return
    found = list(elements(root))
    place = _places(pdf)
    for kind in sorted({element.kind for element in found} - STANDARD_KINDS):
        words = f"The tag “{kind}” is none that screen readers know, and is not mapped to one: map it."
        yield Finding("tag-kind", "document", words)
    yield from _round_trip(pdf, root, found, pages)
    yield from _order(pdf, root)
    yield from _headings(found, place)
    for element in found:
        if element.kind in {"Figure", "Formula"} and not (
            str(element.node.get("/Alt", "")).strip() or str(element.node.get("/ActualText", "")).strip()
        ):
            words = f"A {element.kind.lower()} has no alternative text: say in a sentence what it shows."
            yield Finding("alt", place(element.node), words)
    yield from _tables(found, place)
    yield from _links(pdf, found)


def _links(pdf: pikepdf.Pdf, found: Sequence[Element]) -> Iterator[Finding]:
    tagged = {
        child.Obj.objgen: element.kind
        for element in found
        for child in children(element.node)
        if isinstance(child, pikepdf.Dictionary) and "/Obj" in child and "/S" not in child
    }
    target = _targets(pdf)
    for n, page in enumerate(pdf.pages, 1):
        for annotation in page.get("/Annots", []):
            if annotation.get("/Subtype") != "/Link":
                continue
            if "/StructParent" not in annotation or tagged.get(annotation.objgen) != "Link":
                yield Finding(
                    "link", f"page {n}", "A link is not tagged, so a screen reader passes over it: tag it."
                )
            if not str(annotation.get("/Contents", "")).strip():
                words = "A link does not say where it leads: give it a description."
                yield Finding("link-contents", f"page {n}", words)
            if _at(annotation, "/A", "/S") != "/URI" and not target(annotation):
                words = "A link leads to no page of the document: mend it or take it out."
                yield Finding("link-target", f"page {n}", words)


def _round_trip(
    pdf: pikepdf.Pdf, root: pikepdf.Object, found: Sequence[Element], pages: Sequence[Drawn]
) -> Iterator[Finding]:
    """Tag → page → marked content and back: each side must know the other."""
    page_numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}
    known = {mark: n for n, page in reversed(list(enumerate(pages, 1))) for mark in page.marks}
    claimed: dict[tuple[Container, int], Container] = {}
    for element in found:
        for page, container, mcid in marked(element.node):
            n = page_numbers.get(page.objgen) if page is not None else None
            if n is None:
                words = (
                    f"A {element.kind} tag points at a page that is not in the document: compile it again."
                )
                yield Finding("tag-to-page", "document", words)
            elif (container, mcid) not in known:
                words = f"A {element.kind} tag points at content {mcid}, which the page does not have: compile it again."
                yield Finding("tag-to-content", f"page {n}", words)
            elif (container, mcid) in claimed:
                yield Finding(
                    "tag-twice", f"page {n}", f"Content {mcid} belongs to two tags: compile it again."
                )
            else:
                claimed[container, mcid] = element.node.objgen
    parents: Mapping[int, Any] = pikepdf.NumberTree(root.ParentTree) if "/ParentTree" in root else {}
    for n, (page, content) in enumerate(zip(pdf.pages, pages, strict=True), 1):
        lists: dict[Container, Any] = {}
        for container, holder in content.holders.items():
            key = int(holder.get("/StructParents", -1))
            lists[container] = parents[key] if key in parents else []  # noqa: SIM401 - its get() raises IndexError
        for container, mcid in content.marks:
            listed: Any = lists.get(container, [])
            if (container, mcid) not in claimed:
                words = (
                    f"Content {mcid} is in no tag, so it is not read out: tag it or mark it as decoration."
                )
                yield Finding("content-to-tag", f"page {n}", words)
            elif not _leads_back(listed, mcid, claimed[container, mcid]):
                words = f"The way back from content {mcid} to its tag is wrong: compile it again."
                yield Finding("parent-tree", f"page {n}", words)
        if content.untagged:
            words = (
                f"{content.untagged} drawing operations are neither tagged nor marked as decoration: "
                "tag what says something, mark the rest as an artifact."
            )
            yield Finding("untagged", f"page {n}", words)
        if page.get("/Tabs") != "/S" and page.get("/Annots"):
            yield Finding(
                "tab-order", f"page {n}", "The links are not visited in reading order: set Tabs to S."
            )


def _leads_back(listed: Any, mcid: int, tag: Container) -> bool:
    return (
        isinstance(listed, pikepdf.Array)
        and mcid < len(listed)
        and getattr(listed[mcid], "objgen", None) == tag
    )


def _order(pdf: pikepdf.Pdf, root: pikepdf.Object) -> Iterator[Finding]:
    page_numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}
    reached = 0
    for page in _pages_in_order(root):
        n = page_numbers.get(page.objgen, reached)
        if n < reached:
            words = f"It is read out after page {reached}: put its tags in the order of the pages."
            yield Finding("reading-order", f"page {n}", words)
            return
        reached = n


def _pages_in_order(node: pikepdf.Object) -> Iterator[Any]:
    page = node.get("/Pg")
    for child in children(node):
        if isinstance(child, pikepdf.Dictionary) and "/S" in child:
            yield from _pages_in_order(child)
        elif isinstance(child, int) and page is not None:
            yield page
        elif (
            isinstance(child, pikepdf.Dictionary) and "/MCID" in child and child.get("/Pg", page) is not None
        ):
            yield child.get("/Pg", page)


def _fonts(pages: Sequence[Drawn]) -> Iterator[Finding]:
    seen: set[Any] = set()
    for n, page in enumerate(pages, 1):
        for name, font in page.fonts.items():
            if font.objgen in seen:
                continue
            if font.is_indirect:
                seen.add(font.objgen)
            name = str(font.get("/BaseFont", name)).lstrip("/").partition("+")[2] or str(
                font.get("/BaseFont", name)
            )
            if not _embedded(font):
                words = f"The font {name} is not embedded, so other machines draw other letters: embed it."
                yield Finding("font-embedded", f"page {n}", words)
            if not _readable(font):
                words = f"The font {name} does not say which letters it draws, so they cannot be read out or searched."
                yield Finding("font-unicode", f"page {n}", words)


def _embedded(font: pikepdf.Object) -> bool:
    if font.get("/Subtype") == "/Type3":
        return True  # its letters are drawn in the file itself
    holder = font.DescendantFonts[0] if "/DescendantFonts" in font else font
    descriptor: Any = holder.get("/FontDescriptor", {})
    return any(key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3"))


def _readable(font: pikepdf.Object) -> bool:
    if "/ToUnicode" in font:
        return True
    if font.get("/Subtype") in ("/Type0", "/Type3"):
        return False
    encoding = font.get("/Encoding")
    base = encoding.get("/BaseEncoding") if isinstance(encoding, pikepdf.Dictionary) else encoding
    return base in ("/WinAnsiEncoding", "/MacRomanEncoding", "/StandardEncoding")


def _active(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    """A pack is read, never run."""
    names: Any = pdf.Root.get("/Names", {})
    for found, what in (
        ("/JavaScript" in names, "a script"),
        ("/EmbeddedFiles" in names or "/AF" in pdf.Root, "an embedded file"),
        ("/AcroForm" in pdf.Root, "a form"),
        (
            "/AA" in pdf.Root or isinstance(pdf.Root.get("/OpenAction"), pikepdf.Dictionary),
            "an action on opening",
        ),
    ):
        if found:
            yield Finding("active", "document", f"The file holds {what}: take it out.")
    for n, page in enumerate(pdf.pages, 1):
        if "/AA" in page.obj:
            yield Finding("active", f"page {n}", "The page starts an action: take it out.")
        for annotation in page.get("/Annots", []):
            kind = str(annotation.get("/Subtype", ""))
            if kind != "/Link":
                yield Finding(
                    "active", f"page {n}", f"There is a {kind[1:] or 'nameless'} annotation: take it out."
                )
            elif not safe_link(annotation):
                yield Finding(
                    "active", f"page {n}", "A link does more than lead to a page or a web or mail address."
                )


def safe_link(annotation: pikepdf.Object) -> bool:
    """Whether the link leads to a place in the document or to a web or mail address, and does nothing else."""
    action: Any = annotation.get("/A")
    if "/AA" in annotation:
        return False
    if action is None:
        return "/Dest" in annotation
    if not isinstance(action, pikepdf.Dictionary) or "/Next" in action:
        return False
    if action.get("/S") == "/URI":
        return str(action.get("/URI", "")).strip().lower().startswith(SAFE_LINKS)
    return bool(action.get("/S") == "/GoTo")


def heading_level(kind: str) -> int:
    """1 to 6 for H1 to H6, and 0 for what is no heading."""
    return int(kind[1]) if re.fullmatch("H[1-6]", kind) else 0


def _headings(found: Sequence[Element], place: Callable[[pikepdf.Object], str]) -> Iterator[Finding]:
    before = 0
    for element in found:
        if level := heading_level(element.kind):
            if level > before + 1:
                after = f"after level {before}" if before else "as the first"
                words = f"A heading of level {level} comes {after}: use no gaps."
                yield Finding("headings", place(element.node), words)
            before = level
    if not before:
        yield Finding("headings", "document", "There are no headings: give the document's parts some.")


def _tables(found: Sequence[Element], place: Callable[[pikepdf.Object], str]) -> Iterator[Finding]:
    names = {bytes(element.node.ID) for element in found if "/ID" in element.node}
    for table in (element for element in found if element.kind == "Table"):
        cells = [e for e in elements(table.node) if "Table" not in e.inside and e.kind in {"TH", "TD"}]
        heads = [cell for cell in cells if cell.kind == "TH"]
        where = place(table.node)
        if not heads:
            yield Finding(
                "table-header", where, "A table has no header cells: mark its first row as a header."
            )
        if any(not has_scope(head.node) for head in heads):
            words = "A table's header cell does not say what it heads: set its scope to row or column."
            yield Finding("table-scope", where, words)
        if any(name not in names for cell in cells for name in _heads_named(cell.node)):
            words = "A table's cell names a header cell that is not there: compile it again."
            yield Finding("table-headers", where, words)


def _bookmarks(pdf: pikepdf.Pdf) -> Iterator[Finding]:
    outline = list(_outline(pdf))
    if not outline:
        yield Finding("bookmarks", "document", "There are no bookmarks: compile it again.")
    for title, page in outline:
        if not page:
            words = "It leads to no page of the document: compile it again."
            yield Finding("bookmarks", f"bookmark “{title}”", words)


def _footers(pdf: pikepdf.Pdf, pages: Sequence[Drawn]) -> Iterator[Finding]:
    """A supplement's pages go on from the pack's, and its page labels say so too."""
    labels: Any = _at(pdf.Root, "/PageLabels", "/Nums")
    first = int(labels[1].get("/St", 1)) if labels is not None else 1
    last = first + len(pages) - 1
    for n, page in enumerate(pages, 1):
        wanted = f"Page {first + n - 1} of {last}"
        if wanted not in "".join(page.text):
            yield Finding(
                "footer", f"page {n}", f"The footer does not say “{wanted}”: compile the pack again."
            )


def _at(node: pikepdf.Object, *keys: str) -> Any:
    """What lies at the end of the path, or None where any of it is missing."""
    at: Any = node
    for key in keys:
        at = at.get(key) if isinstance(at, pikepdf.Dictionary) else None
    return at


def children(node: pikepdf.Object) -> list[Any]:
    """What a structure element holds: elements, marked content, references to links."""
    kids = node.get("/K")
    if kids is None:
        return []
    return list(kids) if isinstance(kids, pikepdf.Array) else [kids]


def elements(root: pikepdf.Object) -> Iterator[Element]:
    """All structure elements below `root` in reading order, their kind mapped to the standard one."""
    seen: set[Container] = set()
    roles: dict[str, str] = {str(k): str(v) for k, v in root.get("/RoleMap", {}).items()}

    def below(node: pikepdf.Object, inside: tuple[str, ...]) -> Iterator[Element]:
        for child in children(node):
            if isinstance(child, pikepdf.Dictionary) and "/S" in child:
                if child.is_indirect and child.objgen in seen:
                    continue
                seen.add(child.objgen)
                kind = standard_kind(str(child.S), roles)
                yield Element(kind, child, inside)
                yield from below(child, (*inside, kind))

    return below(root, ())


def standard_kind(kind: str, roles: Mapping[str, str]) -> str:
    """The kind that the role map leads to, without its slash."""
    for _ in roles:  # a map that goes round in circles ends here
        if kind[1:] in STANDARD_KINDS or kind not in roles:
            break
        kind = roles[kind]
    return kind[1:]


def marked(node: pikepdf.Object) -> Iterator[tuple[Any, Container, int]]:
    """The page, the stream and the number of each piece of content that the tag holds itself."""
    for child in children(node):
        page = node.get("/Pg")
        if isinstance(child, int):
            yield page, page.objgen if page is not None else (0, 0), child
        elif isinstance(child, pikepdf.Dictionary) and "/MCID" in child:
            page = child.get("/Pg", page)
            stream = child.get("/Stm", page)
            yield page, stream.objgen if stream is not None else (0, 0), int(child.MCID)


def first_page(node: pikepdf.Object) -> Any:
    """The page that an element's content begins on; None for one without content."""
    return next(_pages_in_order(node), None)


def _places(pdf: pikepdf.Pdf) -> Callable[[pikepdf.Object], str]:
    page_numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}

    def place(node: pikepdf.Object) -> str:
        page = first_page(node)
        for _ in range(50):  # an empty tag lies where the one around it does
            if page is not None or "/P" not in node:
                break
            node = node.P
            page = first_page(node)
        n = page_numbers.get(page.objgen) if page is not None else None
        return f"page {n}" if n else "document"

    return place


def attributes(element: pikepdf.Object) -> Iterator[Any]:
    """What an element says of itself beside its kind, such as a header cell's scope."""
    given = element.get("/A", pikepdf.Array())
    listed = list(given) if isinstance(given, pikepdf.Array) else [given]
    return (one for one in listed if isinstance(one, pikepdf.Dictionary))


def has_scope(cell: pikepdf.Object) -> bool:
    """Whether a header cell says what it heads."""
    return any("/Scope" in one or len(one.get("/Headers", ())) for one in attributes(cell))


def _heads_named(cell: pikepdf.Object) -> Iterator[bytes]:
    return (bytes(name) for one in attributes(cell) for name in one.get("/Headers", ()))


def destination(pdf: pikepdf.Pdf, item: pikepdf.Object) -> Any:
    """Where a link or bookmark leads inside the document: a page and the place on it, or None."""
    goal: Any = _at(item, "/Dest") or _at(item, "/A", "/D")
    if isinstance(goal, pikepdf.String):
        names = _at(pdf.Root, "/Names", "/Dests")
        goal = pikepdf.NameTree(names).get(str(goal)) if names is not None else None
    elif isinstance(goal, pikepdf.Name):
        goal = _at(pdf.Root, "/Dests", str(goal))
    if isinstance(goal, pikepdf.Dictionary):
        goal = goal.get("/D")
    return goal if isinstance(goal, pikepdf.Array) and len(goal) else None


def _targets(pdf: pikepdf.Pdf) -> Callable[[pikepdf.Object], int]:
    page_numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}

    def target(item: pikepdf.Object) -> int:
        goal = destination(pdf, item)
        return page_numbers.get(getattr(goal[0], "objgen", (0, 0)), 0) if goal is not None else 0

    return target


def _outline(pdf: pikepdf.Pdf) -> Iterator[tuple[str, int]]:
    target = _targets(pdf)

    def siblings(item: pikepdf.Object | None) -> Iterator[tuple[str, int]]:
        while item is not None:
            yield str(item.get("/Title", "")), target(item)
            yield from siblings(item.get("/First"))
            item = item.get("/Next")

    return siblings(_at(pdf.Root, "/Outlines", "/First"))


def drawn(page: pikepdf.Page) -> Drawn:
    """What the page's stream and the forms in it draw."""
    found = Drawn()
    resources: Any = page.obj.get("/Resources") or page.resources
    _draw(found, page, page.obj.objgen, page.obj, resources, False, ())
    return found


def drawn_by_form(form: pikepdf.Object, around: pikepdf.Object) -> Drawn:
    """What a form draws; without resources of its own it has those `around` it."""
    found = Drawn()
    _draw(found, form, form.objgen, form, form.get("/Resources", around), False, (form.objgen,))
    return found


def _draw(
    found: Drawn,
    stream: Any,
    container: Container,
    holder: pikepdf.Object,
    resources: Any,
    covered: bool,
    around: tuple[Container, ...],
) -> None:
    fonts: Any = resources.get("/Font", {})
    maps: dict[str, dict[bytes, str]] = {}
    properties: Any = resources.get("/Properties", {})
    forms: Any = resources.get("/XObject", {})
    found.holders[container] = holder
    glyphs: dict[bytes, str] = {}
    open_marks: list[str | None] = []  # the spoken text that stands for the glyphs inside, if any
    for instruction in pikepdf.parse_content_stream(stream, _READ):
        op, operands = str(instruction.operator), instruction.operands
        if op in _DRAWS:
            found.draws += 1
            found.shows += op in _SHOWS or op == "INLINE IMAGE"
            found.untagged += not (open_marks or covered)
            if op in _SHOWS and all(spoken is None for spoken in open_marks):
                found.text.append(_decoded(operands[-1], glyphs))
        elif op == "BDC":
            given: Any = operands[1]
            mark = properties.get(given, {}) if isinstance(given, pikepdf.Name) else given
            if "/MCID" in mark:
                found.marks.append((container, int(mark["/MCID"])))
            spoken = str(mark["/ActualText"]) if "/ActualText" in mark else None
            open_marks.append(spoken)
            found.text.append(spoken or "")
        elif op == "BMC":
            open_marks.append(None)
        elif op == "EMC":
            if open_marks:
                open_marks.pop()
        elif op == "Tf":
            name = str(operands[0])
            if name in fonts:
                if name not in maps:
                    maps[name] = _unicode_map(fonts[name])
                    found.fonts.setdefault(f"{container[0]} {name}", fonts[name])
                glyphs = maps[name]
        elif op == "ET":
            found.text.append("\n")
        elif op == "Do":
            form: Any = forms.get(str(operands[0]))
            inside = bool(open_marks or covered)
            if form is None or form.get("/Subtype") != "/Form":
                found.draws += 1
                found.shows += 1
                found.untagged += not inside
            elif form.objgen not in around:
                own: Any = form.get("/Resources", resources)
                _draw(found, form, form.objgen, form, own, inside, (*around, form.objgen))


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
    """A font's ToUnicode map."""
    glyphs: dict[bytes, str] = {}
    if not isinstance(font.get("/ToUnicode"), pikepdf.Stream):
        return glyphs

    def words(target: Any) -> str:
        return bytes(target).decode("utf-16-be", errors="replace") or "\N{REPLACEMENT CHARACTER}"

    for instruction in pikepdf.parse_content_stream(font.ToUnicode):
        codes: list[Any] = list(instruction.operands)
        if str(instruction.operator) == "endbfchar":
            for code, target in zip(codes[::2], codes[1::2], strict=False):
                glyphs[bytes(code)] = words(target)
        elif str(instruction.operator) == "endbfrange":
            for first, last, target in zip(codes[::3], codes[1::3], codes[2::3], strict=False):
                low, width = int.from_bytes(bytes(first)), len(bytes(first))
                for offset in range(min(int.from_bytes(bytes(last)) - low + 1, 0x10000)):
                    code = (low + offset).to_bytes(width)
                    if isinstance(target, pikepdf.Array):
                        if offset < len(target):
                            glyphs[code] = words(target[offset])
                    else:
                        start = words(target)
                        glyphs[code] = start[:-1] + chr(min(ord(start[-1]) + offset, 0x10FFFF))
    return glyphs
