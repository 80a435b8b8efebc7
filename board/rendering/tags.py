"""The tags of somebody else's PDF, put in order: kept and repaired where they fit, replaced by plain ones where not.

Afterwards every document has tags that agree with its pages; what a machine cannot know is a finding.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from board.rendering.pdfcheck import (
    STANDARD_KINDS,
    Container,
    Drawn,
    Finding,
    check_attachment,
    children,
    drawn,
    drawn_by_form,
    elements,
    has_scope,
    heading_level,
    marked,
    standard_kind,
)

# PDF 2.0 has kinds that PDF/UA-1 does not know.
_NEWER = {"Title": "P", "Em": "Span", "Strong": "Span", "Sub": "Span", "FENote": "Note", "Aside": "Div"}
_UNFIT = {"tags", "tag-to-page", "tag-to-content", "tag-twice", "content-to-tag", "untagged", "parent-tree"}
_NO_MATTER = {"headings"}  # a letter needs none, and the pack's divider heads it
_MOST_MARKS = 1_000_000


def settle(pdf: pikepdf.Pdf) -> tuple[str, ...]:
    """Puts the document's tags in order; returns what keeps it from being accessible, in words."""
    pages = [drawn(page) for page in pdf.pages]
    if any(mcid not in range(_MOST_MARKS) for page in pages for _, mcid in page.marks):
        raise ValueError("a mark with an impossible number")
    root = pdf.Root.get("/StructTreeRoot")
    if root is not None and any(True for element in _safely(root) for _ in marked(element)):
        try:
            _repair(pdf, root)
            for page, seen in zip(pdf.pages, pages, strict=True):
                if seen.untagged and seen.marks:  # of a page without any tag nobody can say so
                    page.obj.Contents = pdf.make_stream(_decorated(page))
            pages = [drawn(page) for page in pdf.pages]
            found = check_attachment(pdf, pages)
        except RecursionError:
            found = [Finding("tags", "document", "")]
        if not _UNFIT & {finding.rule for finding in found}:
            return _in_words([finding for finding in found if finding.rule not in _NO_MATTER])
        reason = (
            "Its tags do not fit its pages, so a screen reader cannot follow them: bring it as its author's "
            "program saves it, with tags."
        )
    else:
        reason = (
            "It has no tags, so a screen reader must guess its order: bring it as a tagged PDF (in Word: "
            "Save as PDF, “Document structure tags for accessibility”)."
        )
    pictures = _wrap(pdf, pages)
    if pictures:
        which = ", ".join(map(str, pictures))
        reason += (
            f" {'Page' if len(pictures) == 1 else 'Pages'} {which}: pictures without text, such as scans: "
            "bring the original, or have the text recognised."
        )
    fonts = [
        finding
        for finding in check_attachment(pdf, [drawn(page) for page in pdf.pages])
        if "font" in finding.rule
    ]
    return (reason, *_in_words(fonts))


def _in_words(findings: Sequence[Finding]) -> tuple[str, ...]:
    """One sentence for everything that is wrong in the same way, with its pages."""
    places: dict[str, list[str]] = {}
    for finding in findings:
        places.setdefault(finding.words, []).append(finding.where.removeprefix("page "))
    return tuple(
        words if set(where) == {"document"} else f"{words} (Its page {', '.join(dict.fromkeys(where))}.)"
        for words, where in places.items()
    )


def _safely(root: pikepdf.Object) -> Iterator[Any]:
    """Every element, however deep, each once."""
    seen: set[Container] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        for child in children(node):
            if (
                isinstance(child, Dictionary)
                and "/S" in child
                and not (child.is_indirect and child.objgen in seen)
            ):
                seen.add(child.objgen)
                yield child
                waiting.append(child)


def _repair(pdf: pikepdf.Pdf, root: pikepdf.Object) -> None:
    roles = {str(kind): str(standard) for kind, standard in root.get("/RoleMap", {}).items()}
    classes: Any = root.get("/ClassMap", {})
    pages = {page.obj.objgen for page in pdf.pages}
    links = {a.objgen for page in pdf.pages for a in page.obj.get("/Annots", [])}

    def kept(node: Any, child: Any) -> bool:
        if isinstance(child, int):
            return "/Pg" in node and node.Pg.objgen in pages
        if not isinstance(child, Dictionary):
            return False
        if "/MCID" in child:
            page = child.get("/Pg", node.get("/Pg"))
            return page is not None and page.objgen in pages
        return "/Obj" in child and child.Obj.objgen in links

    seen: set[Container] = set()
    waiting: list[Any] = [root]
    while waiting:
        node = waiting.pop()
        kids = Array()
        for child in children(node):
            if isinstance(child, Dictionary) and "/S" in child:
                element = child if child.is_indirect else pdf.make_indirect(child)
                if element.objgen not in seen:
                    seen.add(element.objgen)
                    element.P = node
                    kids.append(element)
                    waiting.append(element)
            elif kept(node, child):
                kids.append(child)
        node.K = kids
        if node.objgen != root.objgen:
            _standardise(node, roles, classes)
    for key in ("/RoleMap", "/ClassMap", "/Namespaces", "/IDTree", "/PronunciationLexicon"):
        if key in root:
            del root[key]
    _close_gaps(root)
    for found in elements(root):
        if found.kind == "Table":
            _give_scopes(found.node)
    _name_links(pdf)
    _renumber(pdf, root)


def _standardise(node: Any, roles: dict[str, str], classes: Any) -> None:
    kind = standard_kind(str(node.S), roles)
    kind = _NEWER.get(kind, kind)
    own = any(not (isinstance(child, Dictionary) and "/S" in child) for child in children(node))
    if kind not in STANDARD_KINDS:
        kind = "Span" if own else "Div"
    if kind == "Link" and not any(
        isinstance(child, Dictionary) and "/Obj" in child for child in children(node)
    ):
        kind = "Span"  # the link itself was taken out, or never was one
    node.S = Name(f"/{kind}")
    if "/C" in node:
        names = node.C if isinstance(node.C, Array) else [node.C]
        given = [classes[str(name)] for name in names if isinstance(name, Name) and str(name) in classes]
        flat = [one for each in given for one in (each if isinstance(each, Array) else [each])]
        present = node.get("/A", Array())
        node.A = Array([*(present if isinstance(present, Array) else [present]), *flat])
    for key in ("/C", "/NS", "/Ref", "/PhoneticAlphabet", "/Phoneme", "/R"):
        if key in node:
            del node[key]


def _close_gaps(root: pikepdf.Object) -> None:
    above: list[int] = []
    for element in elements(root):
        level = 1 if element.kind == "H" else heading_level(element.kind)
        if level:
            while above and above[-1] >= level:
                above.pop()
            above.append(level)
            element.node.S = Name(f"/H{len(above)}")


def _give_scopes(table: pikepdf.Object) -> None:
    """A header cell that says nothing heads its column in the first row, and its row where it comes first."""
    rows = [row for row in elements(table) if row.kind == "TR" and "Table" not in row.inside]
    for n, row in enumerate(rows):
        for at, cell in enumerate(children(row.node)):
            if isinstance(cell, Dictionary) and cell.get("/S") == "/TH" and not has_scope(cell):
                scope = "/Row" if n and not at and "THead" not in row.inside else "/Column"
                present = cell.get("/A", Array())
                given = Dictionary(O=Name.Table, Scope=Name(scope))
                cell.A = Array([*(present if isinstance(present, Array) else [present]), given])


def _name_links(pdf: pikepdf.Pdf) -> None:
    for page in pdf.pages:
        for link in page.obj.get("/Annots", []):
            if not str(link.get("/Contents", "")).strip():
                action: Any = link.get("/A", {})
                where = str(action["/URI"]) if "/URI" in action else "another place in this document"
                link.Contents = String(f"Link to {where}")


def _renumber(pdf: pikepdf.Pdf, root: pikepdf.Object) -> None:
    """Writes the way back from content to tags anew, from the tags themselves."""
    for found in pdf.objects:
        if isinstance(found, Dictionary | pikepdf.Stream):
            for key in ("/StructParents", "/StructParent"):
                if key in found:
                    del found[key]
    ways = ways_back(root, list(pdf.pages), 0)
    root.ParentTree = pdf.make_indirect(
        Dictionary(Nums=Array([x for n, way in enumerate(ways) for x in (n, way)]))
    )
    root.ParentTreeNextKey = len(ways)


def ways_back(root: pikepdf.Object, pages: Sequence[pikepdf.Page], start: int) -> list[Any]:
    """What the parent tree must hold from number `start` on; pages, forms and links are given these numbers."""
    back: dict[Container, dict[int, Any]] = {}
    holders: dict[Container, Any] = {page.obj.objgen: page.obj for page in pages}
    links: list[tuple[Any, Any]] = []
    for element in elements(root):
        for _, container, mcid in marked(element.node):
            if mcid in range(_MOST_MARKS):
                back.setdefault(container, {})[mcid] = element.node
        for child in children(element.node):
            if isinstance(child, Dictionary) and "/Stm" in child:
                holders[child.Stm.objgen] = child.Stm
            elif isinstance(child, Dictionary) and "/Obj" in child:
                links.append((child.Obj, element.node))
    ways: list[Any] = []
    for container, holder in holders.items():
        if listed := back.get(container):
            holder.StructParents = start + len(ways)
            ways.append(Array([listed.get(n) for n in range(max(listed) + 1)]))
    for link, node in links:
        link.StructParent = start + len(ways)
        ways.append(node)
    return ways


_PAINTS = {"S", "s", "f", "F", "f*", "B", "B*", "b", "b*", "sh"}
_DECORATION = pikepdf.ContentStreamInstruction([Name.Artifact], pikepdf.Operator("BMC"))
_ENDS = pikepdf.ContentStreamInstruction([], pikepdf.Operator("EMC"))


def _decorated(page: pikepdf.Page) -> bytes:
    """The page's instructions; what is drawn outside all tags and shows no text or picture is marked as decoration.

    Such are the lines and grounds of LibreOffice, which it leaves without a mark.
    """
    resources: Any = page.obj.get("/Resources") or page.resources
    forms: Any = resources.get("/XObject", {})
    patterns: Any = resources.get("/Pattern", {})
    kept: list[Any] = []
    marks = 0
    begins: int | None = None  # where the path does: it may hold no mark
    tiled = [False]  # whether it is filled with a pattern that may hold a picture, by depth of states
    for instruction in pikepdf.parse_content_stream(page):
        op, operands = str(instruction.operator), instruction.operands
        draws = op in _PAINTS and not tiled[-1]
        match op:
            case "BMC" | "BDC":
                marks += 1
                begins = None
            case "EMC":
                marks = max(0, marks - 1)
                begins = None
            case "m" | "re" if begins is None:
                begins = len(kept)
            case "q":
                tiled.append(tiled[-1])
            case "Q" if len(tiled) > 1:
                tiled.pop()
            case "g" | "rg" | "k" | "cs" | "sc" | "scn":
                named = [patterns.get(one, {}) for one in operands if isinstance(one, Name)]
                tiled[-1] = any(one.get("/PatternType") == 1 for one in named)
            case "Do":
                form: Any = forms.get(operands[0], {})
                if form.get("/Subtype") == "/Form":
                    inside = drawn_by_form(form, resources)
                    draws = not (inside.shows or inside.marks)
        at = len(kept) if begins is None else begins
        kept.append(instruction)
        if draws and not marks:
            kept.insert(at, _DECORATION)
            kept.append(_ENDS)
        if op in _PAINTS or op == "n":
            begins = None
    return pikepdf.unparse_content_stream(kept)


def _wrap(pdf: pikepdf.Pdf, pages: Sequence[Drawn]) -> list[int]:
    """Plain tags in place of what was there: a page with text is a paragraph, one without is a figure.

    Returns the numbers of those without text.
    """
    root = pdf.make_indirect(Dictionary(Type=Name.StructTreeRoot))
    whole = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Document, P=root, K=Array()))
    root.K = Array([whole])
    pictures = []
    for found in pdf.objects:
        if isinstance(found, pikepdf.Stream) and found.get("/Subtype") == "/Form":
            _unmark(pdf, found)
    for n, (page, seen) in enumerate(zip(pdf.pages, pages, strict=True), 1):
        text = bool("".join(seen.text).strip())
        kids = Array()
        plain = _unmarked(page)
        if seen.draws:
            element = Dictionary(
                Type=Name.StructElem, S=Name.P if text else Name.Figure, P=whole, Pg=page.obj, K=0
            )
            if not text:
                element.Alt = String("A picture of a page, without text that can be read out")
                pictures.append(n)
            kids.append(pdf.make_indirect(element))
            kind = b"/P" if text else b"/Figure"
            plain = kind + b" <</MCID 0>> BDC\n" + plain + b"\nEMC"
        page.obj.Contents = pdf.make_stream(plain)
        for link in page.obj.get("/Annots", []):
            reference = Dictionary(Type=Name.OBJR, Obj=link, Pg=page.obj)
            held = Dictionary(Type=Name.StructElem, S=Name.Link, P=whole, Pg=page.obj, K=Array([reference]))
            kids.append(pdf.make_indirect(held))
        whole.K.extend(kids)
    pdf.Root.StructTreeRoot = root
    pdf.Root.MarkInfo = Dictionary(Marked=True)
    _name_links(pdf)
    _renumber(pdf, root)
    return pictures


_MARKS = {"BMC", "BDC", "EMC", "MP", "DP"}


def _unmarked(stream: Any) -> bytes:
    """The stream without marks, and with as many states given back as were saved."""
    kept: list[Any] = []
    depth = 0
    for instruction in pikepdf.parse_content_stream(stream):
        op = str(instruction.operator)
        if op == "Q" and not depth:
            continue
        depth += (op == "q") - (op == "Q")
        if op not in _MARKS:
            kept.append(instruction)
    return pikepdf.unparse_content_stream(kept) + b"\nQ" * depth


def _unmark(pdf: pikepdf.Pdf, form: pikepdf.Stream) -> None:
    plain = form.read_bytes()
    if b"BDC" in plain or b"BMC" in plain:
        form.write(_unmarked(form))
