"""Takes in a PDF of somebody's own: refused with a reason, or cleaned, measured and kept under its SHA-256.

What runs, hides or leads elsewhere never reaches a pack: the same cleaning happens again when one is built.
"""

import hashlib
import io
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pikepdf

from board.rendering import tags
from board.rendering.pdfcheck import destination, safe_link
from board.rendering.typeset import write_whole

MAX_BYTES = 50_000_000
MAX_PAGES = 1_000
MAX_CONTENT = 200_000_000
"""Bytes of drawing instructions and fonts, expanded: a small file can hide gigabytes."""
_SIDES = range(72, 7_200)
"""Points that a page's side may have: an inch to two and a half metres."""


class IntakeError(ValueError):
    """The file cannot be taken in; the message says what, why and what to do."""


@dataclass(frozen=True)
class PageSize:
    """As the page is seen, turned if it is to be turned; in points."""

    width: float
    height: float


@dataclass(frozen=True)
class Taken:
    """`cleaned` says what was taken out, `findings` what keeps the document from being accessible."""

    path: Path
    sha256: str
    pages: tuple[PageSize, ...]
    cleaned: tuple[str, ...]
    findings: tuple[str, ...]


@dataclass(frozen=True)
class Opened:
    """A cleaned document in memory, its tags put in order."""

    pdf: pikepdf.Pdf
    pages: tuple[PageSize, ...]
    cleaned: tuple[str, ...]
    findings: tuple[str, ...]


def take_in(path: Path, store: Path) -> Taken:
    """Keep the cleaned file below `store`. Raises IntakeError for what no pack can carry."""
    pdf, cleaned = _open(path)
    kept = io.BytesIO()
    # As it was tagged by its author: what a pack must add is found anew when it is built.
    pdf.save(kept, deterministic_id=True, object_stream_mode=pikepdf.ObjectStreamMode.generate)
    opened = _settled(pdf, cleaned, path.name)
    sha256 = hashlib.sha256(kept.getvalue()).hexdigest()
    target = store / f"{sha256}.pdf"
    write_whole(target, kept.getvalue())
    return Taken(target, sha256, opened.pages, cleaned, opened.findings)


def open_clean(path: Path) -> Opened:
    """The document without what does not belong in a pack. Raises IntakeError."""
    return _settled(*_open(path), path.name)


def _settled(pdf: pikepdf.Pdf, cleaned: tuple[str, ...], name: str) -> Opened:
    with _damage(name):
        pages = tuple(_sizes(pdf, name))
        return Opened(pdf, pages, cleaned, tags.settle(pdf))


@contextmanager
def _damage(name: str) -> Iterator[None]:
    """Whatever somebody's file makes go wrong in reading it is one sentence for them."""
    try:
        yield
    except IntakeError:
        raise
    except (
        pikepdf.PdfError, AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError,
    ) as error:  # fmt: skip
        raise IntakeError(
            f"“{name}” is damaged inside ({type(error).__name__}: {error}): save it as a PDF again from the "
            "program it was made with."
        ) from error


def _open(path: Path) -> tuple[pikepdf.Pdf, tuple[str, ...]]:
    name = path.name
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            start = file.read(1024)
    except OSError as error:
        raise IntakeError(f"“{name}” cannot be read ({error.strerror}): bring it again.") from error
    if size > MAX_BYTES:
        raise IntakeError(
            f"“{name}” has {size / 1e6:.0f} MB, and a pack takes {MAX_BYTES / 1e6:.0f} MB at most: make its "
            "pictures smaller, or divide it."
        )
    if b"%PDF-" not in start:
        raise IntakeError(f"“{name}” is not a PDF but {_looks_like(start)}: save or print it as a PDF.")
    try:
        pdf = pikepdf.open(path, attempt_recovery=False)
    except pikepdf.PasswordError as error:
        raise IntakeError(
            f"“{name}” needs a password to be opened: save it without one, and bring it again."
        ) from error
    except pikepdf.PdfError as error:
        raise IntakeError(
            f"“{name}” is damaged or cut off: download or save it again, whole, and bring it again."
        ) from error
    if pdf.is_encrypted:
        raise IntakeError(
            f"“{name}” is protected (by a password for changes): save it without protection, and bring it again."
        )
    if not 1 <= len(pdf.pages) <= MAX_PAGES:
        raise IntakeError(
            f"“{name}” has {len(pdf.pages):,} pages, and a pack takes 1 to {MAX_PAGES:,}: divide it."
        )
    if _expanded(pdf) > MAX_CONTENT:
        raise IntakeError(
            f"“{name}” expands to more than {MAX_CONTENT / 1e6:.0f} MB of drawing: print it to a new PDF."
        )
    with _damage(name):
        return pdf, tuple(_clean(pdf))


def _looks_like(start: bytes) -> str:
    known = {
        b"PK\x03\x04": "a Word or other office file, or a ZIP",
        b"\xd0\xcf\x11\xe0": "an old Word or other office file",
        b"\x89PNG": "a picture",
        b"\xff\xd8\xff": "a picture",
        b"{\\rtf": "a rich text file",
        b"MZ": "a program",
        b"": "an empty file",
    }
    return next((words for sign, words in known.items() if sign and start.startswith(sign)), "") or (
        "something else" if start.strip() else known[b""]
    )


def _expanded(pdf: pikepdf.Pdf) -> int:
    """Bytes of everything compressed that is not a picture, counted no further than the limit."""
    total = 0
    for found in pdf.objects:
        if isinstance(found, pikepdf.Stream) and found.get("/Subtype") != "/Image":
            total += len(found.read_raw_bytes()) if found.get("/Filter") is None else 0
            if "/FlateDecode" in str(found.get("/Filter")):
                plain = zlib.decompressobj()
                try:
                    total += len(plain.decompress(found.read_raw_bytes(), MAX_CONTENT + 1 - total))
                except zlib.error:
                    continue  # found where it is read
        if total > MAX_CONTENT:
            break
    return total


_ROOT_KEEPS = {"/Type", "/Pages", "/Version", "/StructTreeRoot", "/MarkInfo", "/Lang"}
_HIDES = ("/AA", "/PieceInfo", "/Metadata", "/AF", "/JS", "/OPI", "/Thumb")


def _clean(pdf: pikepdf.Pdf) -> Iterator[str]:
    """Takes out what runs, hides or leads elsewhere, and says in words what that was."""
    root = pdf.Root
    names: Any = root.get("/Names", {})
    hidden = [found for found in pdf.objects if isinstance(found, pikepdf.Dictionary | pikepdf.Stream)]
    scripts = "/JavaScript" in names or any(found.get("/S") == "/JavaScript" for found in hidden)
    opening = isinstance(root.get("/OpenAction"), pikepdf.Dictionary) and not scripts
    for found, words in (
        (scripts, "Scripts were taken out."),
        (opening or "/AA" in root, "Actions on opening the file were taken out."),
        (
            "/EmbeddedFiles" in names or "/Collection" in root or "/AF" in root,
            "Files embedded in it were taken out: bring each as an attachment of its own.",
        ),
        (
            "/OCProperties" in root,
            "Its layers were joined: what was hidden on a layer is seen now, look at it.",
        ),
    ):
        if found:
            yield words
    annotations = tuple(_clean_annotations(pdf))
    for key in list(root.keys()):
        if key not in _ROOT_KEEPS:
            del root[key]
    for holder in hidden:
        for key in _HIDES:
            if key in holder:
                del holder[key]
    for key in list(pdf.docinfo.keys()):
        if key != "/Title":
            del pdf.docinfo[key]
    yield from annotations


def _clean_annotations(pdf: pikepdf.Pdf) -> Iterator[str]:
    gone: Counter[str] = Counter()
    pages = {page.obj.objgen for page in pdf.pages}
    for page in pdf.pages:
        kept = pikepdf.Array()
        for annotation in page.obj.get("/Annots", []):
            if not isinstance(annotation, pikepdf.Dictionary):
                continue
            kind = annotation.get("/Subtype")
            if kind == "/Link" and safe_link(annotation) and _led(pdf, annotation, pages):
                for key in ("/AP", "/PA", "/Popup"):
                    if key in annotation:
                        del annotation[key]
                kept.append(pdf.make_indirect(annotation) if not annotation.is_indirect else annotation)
            elif kind != "/Popup":
                gone["link" if kind == "/Link" else "form field" if kind == "/Widget" else "comment"] += 1
        for key in ("/B", "/Annots"):
            if key in page.obj:
                del page.obj[key]
        if len(kept):
            page.obj.Annots = kept
            page.obj.Tabs = pikepdf.Name.S
    for noun, words in (
        ("link", "that did not lead to a page of it or to a web or mail address"),
        ("form field", "with what was typed in (to keep the words, print the form to a new PDF)"),
        ("comment", "or other marking laid over its pages"),
    ):
        if number := gone[noun]:
            one = number == 1
            yield f"{number} {noun}{'' if one else 's'} {words} {'was' if one else 'were'} taken out."


def _led(pdf: pikepdf.Pdf, link: pikepdf.Object, pages: set[tuple[int, int]]) -> bool:
    """Whether the link leads somewhere. A name for a place becomes the place: a pack has names of its own."""
    action: Any = link.get("/A")
    if action is not None and action.get("/S") == "/URI":
        return True
    goal = destination(pdf, link)
    if goal is None or getattr(goal[0], "objgen", None) not in pages:
        return False
    link.Dest = goal
    if action is not None:
        del link["/A"]
    return True


def _sizes(pdf: pikepdf.Pdf, name: str) -> Iterator[PageSize]:
    for n, page in enumerate(pdf.pages, 1):
        left, bottom, right, top = visible_box(page)
        unit = float(page.obj.get("/UserUnit", 1))
        width, height = (right - left) * unit, (top - bottom) * unit
        if not all(round(side) in _SIDES for side in (width, height)):
            raise IntakeError(
                f"Page {n} of “{name}” measures {width / 72 * 2.54:.0f} by {height / 72 * 2.54:.0f} cm, which no "
                "pack can carry: print it to a paper size."
            )
        yield PageSize(height, width) if turned(page) % 180 else PageSize(width, height)


def visible_box(page: pikepdf.Page) -> tuple[float, float, float, float]:
    """Left, bottom, right and top of what is shown, in the page's own units."""
    media, crop = _box(page.mediabox), _box(page.cropbox)
    shown = (
        max(media[0], crop[0]), max(media[1], crop[1]), min(media[2], crop[2]), min(media[3], crop[3]),
    )  # fmt: skip
    return shown if shown[0] < shown[2] and shown[1] < shown[3] else media


def _box(box: Any) -> tuple[float, float, float, float]:
    x0, y0, x1, y1 = (float(value) for value in box)
    return min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)


def turned(page: pikepdf.Page) -> int:
    """Degrees clockwise: 0, 90, 180 or 270."""
    return round(int(inherited(page, "/Rotate", 0)) / 90) * 90 % 360


def inherited(page: pikepdf.Page, key: str, default: Any = None) -> Any:
    """A page's attribute, which a group of pages around it may hold."""
    node: Any = page.obj
    for _ in range(100):
        if key in node:
            return node[key]
        if "/Parent" not in node:
            break
        node = node.Parent
    return default
