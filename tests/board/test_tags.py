"""An attachment's own tags: lines and grounds drawn outside them are decoration, text and pictures never are."""

from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name

from board.rendering import office, pdfcheck
from board.rendering.content import Attachment, PaperData, Paragraph, Section, Table
from board.rendering.intake import open_clean
from board.rendering.pack import render_pack
from tests.board.attachments import tagged
from tests.board.test_assembly import pack
from tests.board.word_files import needs_libreoffice, written

BLOCKS = (Paragraph("It is so."), Table("Figures", ("No", "What"), (("1", "One"), ("2", "Two"))))


def form(pdf: pikepdf.Pdf, drawing: bytes, **more: Any) -> Any:
    made = pdf.make_stream(drawing)
    made.update(Dictionary(Type=Name.XObject, Subtype=Name.Form, BBox=Array([0, 0, 99, 99]), **more))
    return made


@pytest.fixture(scope="module")
def letter(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tagged(tmp_path_factory.mktemp("letter") / "a.pdf")


def drawing(letter: Path, path: Path, content: bytes, *, alone: bool = False) -> Path:
    """The letter with this drawn too, outside its tags; `alone` on a page of its own."""
    with pikepdf.open(letter) as pdf:
        page = pdf.add_blank_page() if alone else pdf.pages[0]
        dots = pdf.make_stream(
            bytes([0]), Type=Name.XObject, Subtype=Name.Image, Width=1, Height=1, BitsPerComponent=8,
            ColorSpace=Name.DeviceGray,
        )  # fmt: skip
        shading = Dictionary(
            ShadingType=2, ColorSpace=Name.DeviceGray, Coords=Array([0, 0, 9, 9]),
            Function=Dictionary(FunctionType=2, Domain=Array([0, 1]), N=1),
        )  # fmt: skip
        own: Any = page.obj.get("/Resources", Dictionary())
        for kind, name, made in (
            ("/Font", "/F", Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica)),
            ("/XObject", "/Dots", dots),
            ("/XObject", "/Lines", form(pdf, b"0 0 m 9 9 l S")),
            ("/XObject", "/Words", form(pdf, b"BT /F 9 Tf (Words) Tj ET")),
            ("/XObject", "/Inner", form(pdf, b"/Dots Do", Resources=Dictionary(XObject=Dictionary(Dots=dots)))),
            ("/XObject", "/Outer", form(pdf, b"0 0 9 9 re f /Inner Do")),
            ("/Shading", "/Ground", shading),
            ("/Pattern", "/Soft", Dictionary(PatternType=2, Shading=shading)),
            ("/Pattern", "/Tiles", form(pdf, b"/Dots Do", PatternType=1)),
        ):  # fmt: skip
            own[kind] = Dictionary({**dict(own.get(kind, {}).items()), name: pdf.make_indirect(made)})
        page.obj.Resources = own
        page.contents_add(content)
        pdf.save(path)
    return path


def kinds(pdf: pikepdf.Pdf) -> list[str]:
    return [element.kind for element in pdfcheck.elements(pdf.Root.StructTreeRoot)]


@pytest.mark.parametrize(
    "content",
    [
        b"q 1 w 60 60 m 90 60 l S Q",
        b"60 60 9 9 re 70 70 9 9 re f* 1 0 0 rg 60 60 9 9 re W n 60 60 9 9 re B",
        b"q 60 60 9 9 re W n /Ground sh Q",
        b"/Pattern cs /Soft scn 60 60 9 9 re f",
        b"q /Pattern cs /Tiles scn Q 60 60 9 9 re f",
        b"/Lines Do",
        b"/Artifact BMC 60 60 m 90 60 l S EMC 60 70 m 90 70 l s",
    ],
)
def test_lines_and_grounds_outside_the_tags_are_decoration_and_the_tags_stay(
    content: bytes, letter: Path, tmp_path: Path
) -> None:
    opened = open_clean(drawing(letter, tmp_path / "a.pdf", content))
    assert opened.findings == ()
    assert kinds(opened.pdf) == kinds(open_clean(letter).pdf)
    [page, *_] = opened.pdf.pages
    assert pdfcheck.drawn(page).untagged == 0
    assert b"/Artifact BMC" in page.Contents.read_bytes()


@pytest.mark.parametrize(
    ("content", "alone"),
    [
        (b"BT /F 9 Tf 60 60 Td (Words) Tj ET", False),
        (b"60 60 m 90 60 l S BT /F 9 Tf 60 60 Td [(Words)] TJ ET", False),
        (b"/Dots Do", False),
        (b"BI /W 1 /H 1 /BPC 8 /CS /G ID \x80 EI", False),
        (b"/Words Do", False),
        (b"/Outer Do", False),
        (b"/Pattern cs /Tiles scn 60 60 9 9 re f", False),
        (b"60 60 9 9 re f", True),
    ],
)
def test_text_or_a_picture_outside_the_tags_and_a_page_without_any_are_still_found(
    content: bytes, alone: bool, letter: Path, tmp_path: Path
) -> None:
    opened = open_clean(drawing(letter, tmp_path / "a.pdf", content, alone=alone))
    assert "Its tags do not fit its pages" in opened.findings[0]


def test_what_libreoffice_makes_of_a_word_file_leaves_the_pack_accessible(tmp_path: Path) -> None:
    needs_libreoffice()
    paper = PaperData("A post", "Short breaks", "To decide.", (Section("Information", BLOCKS),))
    office.to_pdf(written(paper, tmp_path), tmp_path / "a.pdf")
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert pdfcheck.drawn(pdf.pages[0]).untagged
    rendered = render_pack(pack(Attachment("The author's own", tmp_path / "a.pdf")), tmp_path / "p.pdf")
    assert rendered.accessible
    assert rendered.findings == ()
    assert pdfcheck.check(tmp_path / "p.pdf") == []
    with pikepdf.open(tmp_path / "p.pdf") as pdf:
        theirs = kinds(pdf)[kinds(pdf).index("H3") :]
    assert {"H3", "H4", "Table", "TH", "TD"} <= set(theirs)
