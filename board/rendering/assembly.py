"""Puts other people's pages into a pack: on blank slots that Typst has numbered, with their own tags.

The page's own picture is left as it is; a strip added beneath it takes the pack's footer.
"""

import io
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from board.rendering import tags
from board.rendering.content import Attachment
from board.rendering.intake import IntakeError, PageSize, inherited, open_clean, turned, visible_box
from board.rendering.pdfcheck import ATTACHMENTS, attributes, children, elements, first_page, heading_level
from board.rendering.text import clean

_STRIP = 12 / 25.4 * 72  # as in pack.typ
_NOT_ACCESSIBLE = (
    "Parts of this attachment cannot be read out by a screen reader: ask the secretary for another format."
)


@dataclass(frozen=True)
class Source:
    """An attachment as it was found when the pack was built; `pdf` is None for one that is not there.

    `notes` are for the pack's readers, `findings` for whoever must put it right.
    """

    pdf: pikepdf.Pdf | None
    pages: tuple[PageSize, ...]
    findings: tuple[str, ...]
    notes: tuple[str, ...]


def look_at(attachment: Attachment) -> Source:
    """The attachment, cleaned and measured; never an error, because a pack is built without it too."""
    try:
        opened = open_clean(attachment.path)
    except IntakeError as error:
        return Source(
            None,
            (),
            (str(error),),
            ("This attachment could not be put into the pack: ask the secretary for it.",),
        )
    notes = (_NOT_ACCESSIBLE,) if opened.findings else ()
    return Source(opened.pdf, opened.pages, opened.findings, notes)


def assemble(
    pack: bytes,
    dividers: Sequence[int],
    slots: Sequence[int],
    attached: Sequence[tuple[Attachment, Source]],
) -> bytes:
    """The pack with every attachment's pages on its slots; `dividers` and `slots` are pages from 1, in order."""
    pdf = pikepdf.open(io.BytesIO(pack))
    root = pdf.Root.StructTreeRoot
    whole = children(root)[0]
    starts = _starts(pdf, whole)
    key = int(root.ParentTreeNextKey)
    back = pikepdf.NumberTree(root.ParentTree)
    free = list(slots)
    parts: list[tuple[int, Any]] = []
    declared = Array()
    for n, ((attachment, source), divider) in enumerate(zip(attached, dividers, strict=True)):
        if source.pdf is None:
            continue
        title = clean(attachment.title)
        at, free = free[: len(source.pages)], free[len(source.pages) :]
        pages, part = _brought(pdf, source.pdf, n, title)
        part.P = whole
        parts.append((bisect_right(starts, divider), part))
        named = [element.node for element in elements(part) if "/ID" in element.node]
        if named and "/IDTree" not in root:
            root.IDTree = pdf.make_indirect(Dictionary(Names=Array()))
        for node in named:
            pikepdf.NameTree(root.IDTree)[str(node.ID)] = node
        for way in tags.ways_back(part, pages, key):
            back[key] = way
            key += 1
        for number, page in zip(at, pages, strict=True):
            _stamp(pdf, page, pdf.pages[number - 1])
            pdf.pages[number - 1] = page
        declared.append(
            Dictionary(
                Title=String(title),
                First=at[0],
                Last=at[-1],
                Findings=Array([String(words) for words in source.findings]),
            )
        )
    kids = children(whole)
    for place, part in reversed(parts):
        kids.insert(place, part)
    whole.K = Array(kids)
    root.ParentTreeNextKey = key
    pdf.Root[ATTACHMENTS] = declared
    if any(source.findings and source.pdf for _, source in attached):
        with pdf.open_metadata(set_pikepdf_as_editor=False, update_docinfo=False) as xmp:
            del xmp["pdfuaid:part"]
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    return out.getvalue()


def _starts(pdf: pikepdf.Pdf, whole: pikepdf.Object) -> list[int]:
    """For every part of the document the page it begins on, or that of the one before it."""
    numbers = {page.obj.objgen: n for n, page in enumerate(pdf.pages, 1)}
    starts: list[int] = []
    for part in children(whole):
        page = first_page(part)
        before = starts[-1] if starts else 1
        starts.append(numbers.get(page.objgen, before) if page is not None else before)
    return starts


def _brought(pdf: pikepdf.Pdf, source: pikepdf.Pdf, n: int, title: str) -> tuple[list[pikepdf.Page], Any]:
    """The source's pages, of which the pack's page tree does not know yet, and one part with their tags."""
    before = len(pdf.pages)
    for page in source.pages:
        pdf.pages.append(page)
    pages = [pdf.pages[at] for at in range(before, len(pdf.pages))]
    brought = pdf.copy_foreign(source.Root.StructTreeRoot)
    # Out of the tree first: a page that is in it already would be copied, and its tags would point at the copy.
    del pdf.pages[before:]
    part = pdf.make_indirect(Dictionary(Type=Name.StructElem, S=Name.Part, T=String(title), K=Array()))
    if "/Lang" in source.Root:
        part.Lang = source.Root.Lang
    for kid in children(brought):
        kid.P = part
        part.K.append(kid)
    names: dict[bytes, pikepdf.Object] = {}
    for element in elements(part):
        if element.kind == "Document":
            element.node.S = Name.Part
        elif level := heading_level(element.kind):
            element.node.S = Name(f"/H{min(level + 2, 6)}")  # below the item's and the divider's
        if "/ID" in element.node:
            # Other attachments may use the same names.
            old = bytes(element.node.ID)
            element.node.ID = names[old] = String(f"attachment-{n}-{len(names)}")
    _rename_heads(part, names)
    return pages, part


def _rename_heads(part: pikepdf.Object, names: dict[bytes, pikepdf.Object]) -> None:
    for element in elements(part):
        for given in attributes(element.node):
            if "/Headers" in given:
                old = [bytes(name) for name in given.Headers]
                given.Headers = Array([names[name] for name in old if name in names])


def _stamp(pdf: pikepdf.Pdf, page: pikepdf.Page, slot: pikepdf.Page) -> None:
    """Adds the strip at the side that is shown at the bottom, and the slot's footer on it as decoration."""
    left, bottom, right, top = visible_box(page)
    unit = float(page.obj.get("/UserUnit", 1))
    clip = f"{left:.4f} {bottom:.4f} {right - left:.4f} {top - bottom:.4f} re W n"
    strip, scale = _STRIP / unit, 1 / unit
    place: tuple[float, ...]
    match turned(page):
        case 0:
            bottom -= strip
            place = (scale, 0, 0, scale, left, bottom)
        case 90:
            right += strip
            place = (0, scale, -scale, 0, right, bottom)
        case 180:
            top += strip
            place = (-scale, 0, 0, -scale, right, top)
        case _:
            left -= strip
            place = (0, -scale, scale, 0, left, top)
    shared: Any = inherited(page, "/Resources", {})
    resources = Dictionary(dict(shared.items()))
    forms = Dictionary(dict(shared.get("/XObject", {}).items()))
    name = "/PackFooter"
    while name in forms:
        name += "_"
    forms[name] = slot.as_form_xobject()
    resources.XObject = forms
    page.obj.Resources = resources
    opened, closed = _loose_ends(page)
    before = f"q {clip}\n{opened}"
    after = (
        f"\n{closed}Q\n/Artifact <</Type/Pagination/Subtype/Footer>> BDC q "
        f"{' '.join(f'{number:.4f}' for number in place)} cm {name} Do Q EMC\n"
    )
    contents = page.obj.get("/Contents", Array())
    streams = list(contents) if isinstance(contents, Array) else [contents]
    page.obj.Contents = Array([pdf.make_stream(before.encode()), *streams, pdf.make_stream(after.encode())])
    for box in ("/CropBox", "/TrimBox", "/BleedBox", "/ArtBox"):
        if box in page.obj:
            del page.obj[box]
    page.obj.MediaBox = Array([left, bottom, right, top])


def _loose_ends(page: pikepdf.Page) -> tuple[str, str]:
    """What must stand before and after the page's own instructions so that nothing of them goes on."""
    depth = lowest = marks = 0
    text = False
    for instruction in pikepdf.parse_content_stream(page, "q Q BMC BDC EMC BT ET"):
        match str(instruction.operator):
            case "q":
                depth += 1
            case "Q":
                depth -= 1
                lowest = min(lowest, depth)
            case "BMC" | "BDC":
                marks += 1
            case "EMC":
                marks = max(0, marks - 1)
            case "BT":
                text = True
            case "ET":
                text = False
    return "q\n" * -lowest, "ET\n" * text + "EMC\n" * marks + "Q\n" * (depth - lowest)
