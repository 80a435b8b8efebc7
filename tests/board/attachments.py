"""PDFs as people bring them, made for the tests: tagged, untagged, scanned, turned, and worse."""

import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, String

from board.rendering.content import DocumentData, Paragraph, Section, Table
from board.rendering.pack import render_document


def tagged(path: Path, words: str = "A tagged letter") -> Path:
    """A page with headings, a table with scopes, fonts and a title."""
    rows = tuple((f"{n}", words) for n in range(12))
    sections = (Section("Findings", (Paragraph(words), Table("Figures", ("No", "What"), rows))),)
    render_document(DocumentData("A partner", words, (), sections, datetime(2022, 4, 1, tzinfo=UTC)), path)
    return path


def untagged(path: Path, words: str = "An untagged letter", **page: Any) -> Path:
    """Two pages of text in a font that is not embedded; `page` are attributes of each page."""
    return _drawn(path, f"BT /F1 24 Tf 60 700 Td ({words}) Tj ET".encode(), **page)


def scanned(path: Path) -> Path:
    """Two pages that hold a picture and no text."""
    return _drawn(path, b"q 500 0 0 700 40 40 cm /Im Do Q")


def _drawn(path: Path, content: bytes, width: float = 595, height: float = 842, **page: Any) -> Path:
    pdf = pikepdf.new()
    font = Dictionary(
        Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica, Encoding=Name.WinAnsiEncoding
    )
    image = pikepdf.Stream(pdf, b"\x80" * 4)
    image.update(
        Dictionary(
            Type=Name.XObject,
            Subtype=Name.Image,
            Width=2,
            Height=2,
            BitsPerComponent=8,
            ColorSpace=Name.DeviceGray,
        )
    )
    for _ in range(2):
        added = pdf.add_blank_page(page_size=(width, height)).obj
        added.Resources = Dictionary(
            Font=Dictionary(F1=pdf.make_indirect(font)), XObject=Dictionary(Im=pdf.make_indirect(image))
        )
        added.Contents = pdf.make_stream(content)
        for key, value in page.items():
            added[f"/{key}"] = value
    pdf.save(path, deterministic_id=True)
    return path


def armed(path: Path) -> Path:
    """Everything that runs, hides or leads elsewhere, and one honest link each of the three kinds."""
    untagged(path)
    with pikepdf.open(path, allow_overwriting_input=True) as pdf:
        script = Dictionary(S=Name.JavaScript, JS=String("app.alert('HIDDEN')"))
        pdf.Root.OpenAction = script
        pdf.Root.AA = Dictionary(WC=script)
        pdf.Root.Names = Dictionary(JavaScript=Dictionary(Names=Array([String("x"), script])))
        pdf.attachments["secret.txt"] = b"HIDDEN"
        pdf.Root.AcroForm = Dictionary(Fields=Array())
        first, second = (page.obj for page in pdf.pages)
        first.AA = Dictionary(O=script)
        first.PieceInfo = Dictionary(Private=String("HIDDEN"))

        def annotation(kind: str, **more: Any) -> Any:
            return pdf.make_indirect(
                Dictionary(Type=Name.Annot, Subtype=Name(kind), Rect=Array([60, 700, 200, 720]), **more)
            )

        def link(uri: str) -> Any:
            return annotation("/Link", A=Dictionary(S=Name.URI, URI=String(uri)))

        first.Annots = Array(
            [
                link("https://www.example.org/"),
                link("mailto:a@example.org"),
                annotation("/Link", Dest=Array([second, Name.Fit])),
                link("file:///etc/passwd"),
                link("javascript:alert(1)"),
                annotation("/Link", A=Dictionary(S=Name.Launch, F=String("HIDDEN.exe"))),
                annotation("/Link", A=Dictionary(S=Name.URI, URI=String("https://a.example"), Next=script)),
                annotation("/Text", Contents=String("HIDDEN comment")),
                annotation("/Widget", FT=Name.Tx, V=String("HIDDEN value")),
            ]
        )
        pdf.Root.AcroForm.Fields.append(first.Annots[-1])
        pdf.docinfo["/Author"] = "HIDDEN"
        pdf.save(path)
    return path


def encrypted(path: Path, user: str) -> Path:
    """Locked: with a password to open it, or only one to change it."""
    with pikepdf.open(untagged(path), allow_overwriting_input=True) as pdf:
        pdf.save(path, encryption=pikepdf.Encryption(owner="owner", user=user))
    return path


def bomb(path: Path) -> Path:
    """Some kilobytes that expand to megabytes of drawing."""
    with pikepdf.open(untagged(path), allow_overwriting_input=True) as pdf:
        packer = zlib.compressobj(9)
        packed = b"".join(packer.compress(b"q Q " * 262_144) for _ in range(4)) + packer.flush()
        stream = pikepdf.Stream(pdf, packed)
        stream.write(packed, filter=Name.FlateDecode)
        pdf.pages[0].obj.Contents = stream
        pdf.save(path)
    return path


def everything(path: Path) -> bytes:
    """All bytes of a PDF, each stream expanded, and all its strings."""
    with pikepdf.open(path) as pdf:
        parts = [pdf.trailer.unparse(resolved=True)]
        for found in pdf.objects:
            if isinstance(found, pikepdf.Stream):
                parts.append(
                    found.read_bytes() if found.get("/Subtype") != "/Image" else found.read_raw_bytes()
                )
            parts.append(found.unparse(resolved=True) if isinstance(found, pikepdf.Object) else b"")
        return b"\n".join(parts)
