"""A Word file from outside is settled: its reader sees the same text, and nothing else is left in it."""

import io
import struct
import zipfile
from pathlib import Path
from typing import Any

import pytest

from board.rendering.content import PaperData, Paragraph, Section
from board.rendering.word_package import WordRefused, archive
from board.rendering.word_reading import read_report
from board.rendering.word_settling import settle
from tests.board.word_files import edited, parts_of, relation, written

TEXT = "It costs little."
RUN = f"<w:r><w:t>{TEXT}</w:t></w:r>"
PAPER = PaperData(
    report_of="Commissioning Manager",
    title="Short breaks",
    purpose="To decide.",
    sections=(Section("Information", (Paragraph(TEXT), Paragraph("The end.")), None),),
)
BY = 'w:id="9" w:author="SECRET" w:date="2022-04-01T00:00:00Z"'
VML = 'xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"'
DRAWN = 'xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"'
BLIP = 'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main"'


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return written(PAPER, tmp_path_factory.mktemp("word")).read_bytes()


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def deleted(text: str) -> str:
    return f'<w:del {BY}><w:r><w:delText xml:space="preserve">{text}</w:delText></w:r></w:del>'


def field(code: str, text: str) -> str:
    return (
        f'<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText>{code}</w:instrText></w:r>'
        f'<w:r><w:fldChar w:fldCharType="separate"/></w:r>{run(text)}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


COMMENTED = '<w:commentRangeStart w:id="9"/>'
COMMENTS = (
    f'<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:comment {BY}>'
    "<w:p><w:r><w:t>SECRET doubts</w:t></w:r></w:p></w:comment></w:comments>"
)
NOTES = (
    '<w:footnotes xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:footnote w:id="2">'
    "<w:p><w:r><w:t>SECRET note</w:t></w:r></w:p></w:footnote></w:footnotes>"
)
HEADER = (
    '<w:hdr xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:p><w:r>'
    "<w:t>SECRET draft</w:t></w:r></w:p></w:hdr>"
)


def part(name: str, kind: str) -> str:
    return (
        f'<Override PartName="/word/{name}" ContentType='
        f'"application/vnd.openxmlformats-officedocument.wordprocessingml.{kind}+xml"/>'
    )


INFORMATION = "under “Information”"
EDITS: dict[str, tuple[str, dict[str, Any], tuple[str, ...]]] = {
    "a tracked insertion is accepted": (
        f"{run('It costs ')}<w:ins {BY}>{run('little.')}</w:ins>", {}, (),
    ),
    "a tracked deletion is dropped": (
        f"{run('It costs ')}{deleted('SECRET sums and ')}{run('little.')}", {},
        (f"Deleted text, {INFORMATION}: “SECRET sums and”.",),
    ),
    "an insertion that was deleted again is dropped": (
        f"{run(TEXT)}<w:ins {BY}>{deleted('SECRET')}</w:ins>", {}, (f"Deleted text, {INFORMATION}: “SECRET”.",),
    ),
    "a move stands where it went": (
        f"<w:moveFrom {BY}>{run('SECRET')}</w:moveFrom>{run('It costs ')}<w:moveTo {BY}>{run('little.')}</w:moveTo>",
        {}, (f"Text moved elsewhere, {INFORMATION}: “SECRET”.",),
    ),
    "formatting that was tracked is accepted": (
        run(TEXT, f'<w:b/><w:rPrChange {BY}><w:rPr><w:i/></w:rPr></w:rPrChange>'), {}, (),
    ),
    "hidden text is dropped": (
        f"{run(TEXT)}{run('SECRET', '<w:vanish/>')}", {}, (f"Hidden text, {INFORMATION}: “SECRET”.",),
    ),
    "text that is hidden by its style is dropped": (
        run(TEXT) + run("SECRET", '<w:rStyle w:val="Sly2"/>'), {},
        (f"Hidden text, {INFORMATION}: “SECRET”.",),
    ),
    "text whose style is hidden and which itself is not stays": (
        run(TEXT, '<w:rStyle w:val="Sly2"/><w:vanish w:val="0"/>'), {}, (),
    ),
    "comments are dropped": (
        f'{COMMENTED}{run(TEXT)}<w:commentRangeEnd w:id="9"/><w:r><w:commentReference w:id="9"/></w:r>',
        {"parts": {"word/comments.xml": COMMENTS}, "types": part("comments.xml", "comments"),
         "relations": relation("rId90", "comments", "comments.xml")},
        (f"Comment, {INFORMATION}: “SECRET doubts”.",),
    ),
    "the footnote of text that was deleted goes with it": (
        f'{run(TEXT)}<w:del {BY}><w:r><w:footnoteReference w:id="2"/></w:r></w:del>',
        {"parts": {"word/footnotes.xml": NOTES}, "types": part("footnotes.xml", "footnotes"),
         "relations": relation("rId90", "footnotes", "footnotes.xml")},
        (f"Deleted text, {INFORMATION}.",),
    ),
    "a header that was added is dropped": (
        run(TEXT),
        {"parts": {"word/header1.xml": HEADER}, "types": part("header1.xml", "header"),
         "relations": relation("rId90", "header", "header1.xml")},
        ("Header, on every page: “SECRET draft”.",),
    ),
    "a field is the text it shows, and one that fetches is told": (
        field(r' INCLUDETEXT "C:\\SECRET.docx" ', TEXT), {},
        (f"Field that fetches from elsewhere (its text stays), {INFORMATION}: “INCLUDETEXT \"C:\\\\SECRET.docx\"”.",),
    ),
    "a field that fetches nothing is told of nobody": (field(" PAGE ", TEXT), {}, ()),
    "a link to the web stays": (
        f'<w:hyperlink r:id="rId90">{run(TEXT)}</w:hyperlink>',
        {"relations": relation("rId90", "hyperlink", "https://example.org/", outside=True)}, (),
    ),
    "a link to somebody's disk is only its text": (
        f'<w:hyperlink r:id="rId90">{run(TEXT)}</w:hyperlink>',
        {"relations": relation("rId90", "hyperlink", "file:///SECRET/a.docx", outside=True)},
        (f"Link to a place that readers cannot reach (its text stays), {INFORMATION}: “file:///SECRET/a.docx”.",),
    ),
    "an embedded object is dropped": (
        f'{run(TEXT)}<w:r><w:object><o:OLEObject {VML} Type="Embed" r:id="rId90"/></w:object></w:r>',
        {"parts": {"word/embeddings/o.bin": "SECRET"}, "relations": relation("rId90", "oleObject", "embeddings/o.bin"),
         "types": '<Default Extension="bin" ContentType="application/octet-stream"/>'},
        (f"Embedded object, {INFORMATION}.",),
    ),
    "the text of another file is dropped": (
        f'{run(TEXT)}</w:p><w:altChunk r:id="rId90"/><w:p>',
        {"parts": {"word/a.html": "<b>SECRET</b>"}, "relations": relation("rId90", "aFChunk", "a.html"),
         "types": '<Default Extension="html" ContentType="text/html"/>'},
        (f"Text of another file, {INFORMATION}.",),
    ),
    "a picture that would be fetched is dropped": (
        f'{run(TEXT)}<w:r><w:drawing><a:blip {BLIP} r:link="rId90"/></w:drawing></w:r>',
        {"relations": relation("rId90", "image", "http://SECRET/pixel.png", outside=True)},
        (f"Picture from outside, or of a kind that cannot be printed, {INFORMATION}: “http://SECRET/pixel.png”.",),
    ),
    "an address in a drawing of the old manner is dropped": (
        f'{run(TEXT)}<w:r><w:pict><v:image {VML} src="http://SECRET/" href="http://SECRET/"/></w:pict></w:r>', {}, (),
    ),
    "a hidden picture is dropped": (
        f'{run(TEXT)}<w:r><w:drawing><wp:docPr {DRAWN} name="SECRET" hidden="1"/></w:drawing></w:r>', {}, (f"Hidden picture, {INFORMATION}.",),
    ),
    "data behind the page is dropped": (
        run(TEXT), {"parts": {"customXml/item1.xml": "<a>SECRET</a>"},
                    "relations": relation("rId90", "customXml", "../customXml/item1.xml")},
        ("Data behind the page, behind the page.",),
    ),
    "a part that nothing refers to is dropped": (run(TEXT), {"parts": {"word/SECRET.xml": "<a>SECRET</a>"}}, ()),
    "what a form's field holds stays without the form": (
        f"<w:sdt><w:sdtPr><w:dataBinding w:xpath='SECRET'/></w:sdtPr><w:sdtContent>{run(TEXT)}</w:sdtContent></w:sdt>",
        {}, (),
    ),
    "a placeholder nobody filled in is dropped": (
        f"{run(TEXT)}<w:sdt><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{run('SECRET')}</w:sdtContent></w:sdt>",
        {}, (f"Placeholder that nobody filled in, {INFORMATION}: “SECRET”.",),
    ),
    "text set to run backwards runs forwards": (f'<w:bdo w:val="rtl">{run(TEXT)}</w:bdo>', {}, ()),
}  # fmt: skip
STYLES = (
    '<w:style w:type="character" w:styleId="Sly"><w:name w:val="Sly"/><w:rPr><w:vanish/></w:rPr></w:style>'
    '<w:style w:type="character" w:styleId="Sly2"><w:name w:val="Sly2"/><w:basedOn w:val="Sly"/></w:style>'
)


@pytest.mark.parametrize("rule", EDITS)
def test_what_a_reader_does_not_see_is_gone_and_told(original: bytes, rule: str, tmp_path: Path) -> None:
    new, more, told = EDITS[rule]
    before = edited(original, "</w:styles>", f"{STYLES}</w:styles>", within="word/styles.xml")
    content = edited(before, RUN, new, **more)
    settled, removed = settle(content)
    assert removed == told
    for name, left in parts_of(settled).items():
        assert b"SECRET" not in left, name
    (tmp_path / "paper.docx").write_bytes(content)
    assert read_report(tmp_path / "paper.docx").paper.sections == PAPER.sections


def test_a_paragraph_whose_mark_was_deleted_runs_on_into_the_next(original: bytes, tmp_path: Path) -> None:
    style = '<w:pPr><w:pStyle w:val="ReportParagraph"/>'
    marked = f"{style}<w:rPr><w:del {BY}/></w:rPr></w:pPr>"
    split = (
        f"<w:p>{marked}{run('It ')}</w:p><w:p>{marked}{deleted('SECRET')}</w:p>"
        f"<w:p>{marked}{run('costs ')}</w:p><w:p>{style}</w:pPr>{run('little.')}</w:p>"
    )
    (tmp_path / "paper.docx").write_bytes(edited(original, f"<w:p>{style}</w:pPr>{RUN}</w:p>", split))
    assert read_report(tmp_path / "paper.docx").paper.sections == PAPER.sections


def test_a_deleted_row_of_a_table_is_dropped(original: bytes) -> None:
    row = (
        f"<w:tr><w:trPr><w:del {BY}/></w:trPr><w:tc><w:p>{deleted('SECRET')}</w:p></w:tc></w:tr>"
        f"<w:tr><w:trPr><w:ins {BY}/></w:trPr><w:tc><w:p>{run('Kept')}</w:p></w:tc></w:tr>"
    )
    settled, removed = settle(edited(original, RUN, f"{RUN}</w:p><w:tbl>{row}</w:tbl><w:p>"))
    document = parts_of(settled)["word/document.xml"]
    assert b"SECRET" not in document and b"Kept" in document and document.count(b"<w:tr>") == 1
    assert removed == (f"Deleted text, {INFORMATION}: “SECRET”.", f"Deleted table row, {INFORMATION}.")


def test_long_and_many_removals_are_quoted_in_short(original: bytes) -> None:
    many = "".join(run(f"SECRET {n} " + "x" * 80, "<w:vanish/>") for n in range(7))
    [told] = settle(edited(original, RUN, RUN + many))[1]
    assert (
        told.count("“SECRET") == 5 and told.endswith("… ” and 2 more.".replace(" ”", "”")) and len(told) < 400
    )


def test_settling_settles_once_and_gives_the_same_bytes(original: bytes) -> None:
    settled, removed = settle(original)
    assert removed == ()
    assert settle(settled) == (settled, ())


def zipped(names: dict[str, str]) -> bytes:
    return archive({name: text.encode() for name, text in names.items()})


def bomb(original: bytes) -> bytes:
    """The document says that it unpacks to four gigabytes."""
    at = original.rfind(b"PK\x01\x02", 0, original.rfind(b"word/document.xml"))
    return original[: at + 24] + struct.pack("<I", 2**32 - 2) + original[at + 28 :]


def liar(original: bytes) -> bytes:
    """The document says that it is ten bytes long."""
    at = original.rfind(b"PK\x01\x02", 0, original.rfind(b"word/document.xml"))
    return original[: at + 24] + struct.pack("<I", 10) + original[at + 28 :]


def twice(original: bytes) -> bytes:
    whole = io.BytesIO(original)
    with zipfile.ZipFile(whole, "a") as package:
        package.writestr("WORD/document.xml", "")
    return whole.getvalue()


OLE = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600)
ENTITIES = '<!DOCTYPE a [<!ENTITY b "SECRET"><!ENTITY c "&b;&b;&b;&b;">]>'
MAIN = "wordprocessingml.document.main+xml"
REFUSED: dict[str, tuple[Any, str]] = {
    "with a password": (lambda _: OLE + "EncryptedPackage".encode("utf-16-le"), "protected with a password"),
    "old": (lambda _: OLE, r"an old kind of Word \(.doc\)"),
    "a renamed PDF": (lambda _: b"%PDF-1.7 ", "a PDF with another name"),
    "renamed text": (lambda _: b"Dear Board", "not a Word document, or was cut off"),
    "empty": (lambda _: b"", "not a Word document, or was cut off"),
    "cut off": (lambda whole: whole[: len(whole) // 2], "not a Word document, or was cut off"),
    "damaged within": (
        lambda whole: whole.replace(whole[2000:2040], bytes(40)),
        "is damaged|not a Word document, or was cut off",
    ),
    "another archive": (lambda _: zipped({"a.txt": "a"}), "a ZIP archive and not a Word document"),
    "a workbook": (
        lambda whole: edited(whole, MAIN, "spreadsheetml.sheet.main+xml", within="[Content_Types].xml"),
        "not a Word document",
    ),
    "a template": (
        lambda whole: edited(whole, MAIN, "wordprocessingml.template.main+xml", within="[Content_Types].xml"),
        "a Word template",
    ),
    "with macros by type": (
        lambda whole: edited(whole, "document.main+xml", "document.macroEnabled.main+xml", within="[Content_Types].xml"),
        "holds macros",
    ),
    "with macros": (
        lambda whole: edited(whole, RUN, RUN, parts={"word/vbaProject.bin": "x"}),
        "holds macros",
    ),
    "with entities": (
        lambda whole: edited(whole, "<w:document", f"{ENTITIES}<w:document"),
        "not one that Word writes",
    ),
    "with entities in sixteen bits": (
        lambda whole: archive(
            parts_of(whole) | {"word/styles.xml": f'<?xml version="1.0"?>{ENTITIES}<a>&c;</a>'.encode("utf-16")}
        ),
        "not one that Word writes",
    ),
    "too deep": (
        lambda whole: edited(whole, RUN, "<w:r>" * 400 + "</w:r>" * 400),
        "is damaged",
    ),
    "a bomb": (bomb, "unpacks to far more"),
    "a bomb of many parts": (lambda _: zipped({f"{n}": "" for n in range(3_001)}), "unpacks to far more"),
    "one that lies of its size": (liar, "is damaged"),
    "with a part twice": (twice, "names one of its parts twice"),
    "strict": (
        lambda whole: edited(whole, "http://schemas.openxmlformats.org/wordprocessingml/2006/main",
                             "http://purl.oclc.org/ooxml/wordprocessingml/main"),
        "Strict Open XML",
    ),
}  # fmt: skip


@pytest.mark.parametrize("why", REFUSED)
def test_a_file_that_is_no_word_document_or_could_do_harm_is_refused_in_a_sentence(
    original: bytes, why: str
) -> None:
    make, words = REFUSED[why]
    with pytest.raises(WordRefused, match=words) as refused:
        settle(make(original))
    assert str(refused.value).endswith(".") and "\n" not in str(refused.value)
