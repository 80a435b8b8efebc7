"""The checker finds what it claims to find: one good pack, then each defect put in on purpose."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from board.rendering.content import (
    AgendaEntry,
    Bar,
    BarChart,
    Meeting,
    PackData,
    PaperData,
    Section,
    Table,
)
from board.rendering.pack import render_pack
from board.rendering.pdfcheck import ATTACHMENTS, check

CHART = BarChart("Spend", "Spend is £1m.", "Year", "Spend", (Bar("2021/22", 1, "£1m"),))
PACK = PackData(
    "A council",
    "The Board",
    Meeting("April", datetime(2022, 4, 25, 10, tzinfo=UTC), "A room"),
    date(2022, 4, 18),
    (
        AgendaEntry(
            "1",
            "A paper",
            "k",
            "decision",
            "A post",
            paper=PaperData("A post", "T", "P", (Section("S", (CHART,)),)),
        ),
    ),
    register=Table("Live", ("Reference",), (("X-1",),)),
)


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("good") / "pack.pdf"
    render_pack(PACK, out)
    return out


def test_a_good_pack_has_no_findings(good: Path) -> None:
    assert check(good) == []


def test_what_is_no_pdf_is_one_finding(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"no pdf at all")
    assert [finding.rule for finding in check(tmp_path / "x.pdf")] == ["pdf"]


def elements(pdf: pikepdf.Pdf, kind: str) -> list[Any]:
    return [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == f"/{kind}"]


def no_language(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Lang


def other_language(pdf: pikepdf.Pdf) -> None:
    pdf.Root.Lang = pikepdf.String("fr")


def no_title(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(update_docinfo=False, set_pikepdf_as_editor=False) as xmp:
        del xmp["dc:title"]


def no_claim(pdf: pikepdf.Pdf) -> None:
    with pdf.open_metadata(update_docinfo=False, set_pikepdf_as_editor=False) as xmp:
        del xmp["pdfuaid:part"]


def file_name_shown(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.ViewerPreferences


def not_marked(pdf: pikepdf.Pdf) -> None:
    pdf.Root.MarkInfo.Marked = False


def no_tags(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.StructTreeRoot


def page_removed(pdf: pikepdf.Pdf) -> None:
    """What a naive merge does: the page goes, its tags stay."""
    del pdf.pages[2]


def page_copied(pdf: pikepdf.Pdf) -> None:
    """What assigning a page does: the same looks, another object, so tags point at the old one."""
    pdf.pages.append(pdf.pages[2])
    pdf.pages[2] = pdf.pages[-1]
    del pdf.pages[-1]


def content_replaced(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[2].obj
    page.Contents = pdf.make_stream(page.Contents.read_bytes().replace(b"/MCID 2>>", b"/MCID 999>>"))


def tag_removed(pdf: pikepdf.Pdf) -> None:
    elements(pdf, "H1")[0].K = pikepdf.Array()


def way_back_wrong(pdf: pikepdf.Pdf) -> None:
    tree = pikepdf.NumberTree(pdf.Root.StructTreeRoot.ParentTree)
    key = int(pdf.pages[1].obj.StructParents)
    tree[key] = pikepdf.Array(list(tree[key])[::-1])


def drawn_over(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].contents_add(b"0 0 10 10 re f")


def heading_skipped(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf, "H2"):
        element.S = pikepdf.Name.H3


def no_headings(pdf: pikepdf.Pdf) -> None:
    for kind in ("H1", "H2"):
        for element in elements(pdf, kind):
            element.S = pikepdf.Name.P


def no_table_header(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf, "TH"):
        element.S = pikepdf.Name.TD


def no_scope(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf, "TH"):
        del element["/A"]


def no_alternative_text(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf, "Figure"):
        del element["/Alt"]


def link_not_tagged(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[1].obj.Annots[0]["/StructParent"]


def no_tab_order(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[1].obj["/Tabs"]


def no_bookmarks(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Outlines


def bookmark_to_nowhere(pdf: pikepdf.Pdf) -> None:
    del pdf.Root.Outlines.First["/Dest"]


def page_added(pdf: pikepdf.Pdf) -> None:
    pdf.add_blank_page()


def unknown_kind(pdf: pikepdf.Pdf) -> None:
    elements(pdf, "H1")[0].S = pikepdf.Name.Heading


def read_out_of_order(pdf: pikepdf.Pdf) -> None:
    whole = pdf.Root.StructTreeRoot.K[0]
    whole.K = pikepdf.Array(list(whole.K)[::-1])


def first_link(pdf: pikepdf.Pdf) -> Any:
    return pdf.pages[1].obj.Annots[0]


def link_in_no_tag(pdf: pikepdf.Pdf) -> None:
    for element in elements(pdf, "Link"):
        element.K = pikepdf.Array([kid for kid in element.K if isinstance(kid, int)])


def link_says_nothing(pdf: pikepdf.Pdf) -> None:
    del first_link(pdf)["/Contents"]


def link_to_nowhere(pdf: pikepdf.Pdf) -> None:
    first_link(pdf).Dest = pikepdf.String("nowhere")


def fonts(pdf: pikepdf.Pdf) -> list[Any]:
    return [o for o in pdf.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"]


def font_not_embedded(pdf: pikepdf.Pdf) -> None:
    for font in fonts(pdf):
        if "/FontDescriptor" in font:
            for key in ("/FontFile", "/FontFile2", "/FontFile3"):
                if key in font.FontDescriptor:
                    del font.FontDescriptor[key]


def font_without_letters(pdf: pikepdf.Pdf) -> None:
    for font in fonts(pdf):
        if "/ToUnicode" in font:
            del font["/ToUnicode"]


def drawn_over_by_a_form(pdf: pikepdf.Pdf) -> None:
    page = pdf.pages[1]
    form = pdf.make_stream(b"0 0 10 10 re f")
    form.Subtype, form.BBox = pikepdf.Name.Form, pikepdf.Array([0, 0, 10, 10])
    page.add_resource(form, pikepdf.Name.XObject, pikepdf.Name.Over)
    page.contents_add(b"/Over Do")


def header_cell_gone(pdf: pikepdf.Pdf) -> None:
    cell = elements(pdf, "TD")[0]
    named = pikepdf.Dictionary(O=pikepdf.Name.Table, Headers=pikepdf.Array([pikepdf.String("nobody")]))
    cell.A = pikepdf.Array([named])


def script(pdf: pikepdf.Pdf) -> None:
    action = pikepdf.Dictionary(S=pikepdf.Name.JavaScript, JS=pikepdf.String("1"))
    pdf.Root.Names.JavaScript = pikepdf.Dictionary(Names=pikepdf.Array([pikepdf.String("x"), action]))


def embedded_file(pdf: pikepdf.Pdf) -> None:
    pdf.attachments["x.txt"] = b"x"


def form(pdf: pikepdf.Pdf) -> None:
    pdf.Root.AcroForm = pikepdf.Dictionary(Fields=pikepdf.Array())


def opening_action(pdf: pikepdf.Pdf) -> None:
    pdf.Root.OpenAction = pikepdf.Dictionary(S=pikepdf.Name.Launch)


def page_action(pdf: pikepdf.Pdf) -> None:
    pdf.pages[1].obj.AA = pikepdf.Dictionary()


def comment(pdf: pikepdf.Pdf) -> None:
    note = pikepdf.Dictionary(Subtype=pikepdf.Name.Text, Rect=pikepdf.Array([0, 0, 1, 1]))
    pdf.pages[1].obj.Annots.append(pdf.make_indirect(note))


def link_to_a_program(pdf: pikepdf.Pdf) -> None:
    first_link(pdf).A = pikepdf.Dictionary(S=pikepdf.Name.URI, URI=pikepdf.String("file:///bin/sh"))


def first_page_removed(pdf: pikepdf.Pdf) -> None:
    del pdf.pages[0]


def claims_too_much(pdf: pikepdf.Pdf) -> None:
    """An attachment is declared not to be accessible, and the file claims PDF/UA all the same."""
    one = pikepdf.Dictionary(
        Title=pikepdf.String("x"), First=3, Last=3, Findings=pikepdf.Array([pikepdf.String("y")])
    )
    pdf.Root[ATTACHMENTS] = pikepdf.Array([one])


@pytest.mark.parametrize(
    ("damage", "rule"),
    [
        (no_language, "lang"),
        (other_language, "lang"),
        (no_title, "title"),
        (no_claim, "pdfuaid"),
        (file_name_shown, "display-title"),
        (not_marked, "marked"),
        (no_tags, "tags"),
        (page_removed, "tag-to-page"),
        (page_copied, "tag-to-page"),
        (content_replaced, "tag-to-content"),
        (content_replaced, "content-to-tag"),
        (tag_removed, "content-to-tag"),
        (way_back_wrong, "parent-tree"),
        (drawn_over, "untagged"),
        (heading_skipped, "headings"),
        (no_headings, "headings"),
        (no_table_header, "table-header"),
        (no_scope, "table-scope"),
        (no_alternative_text, "alt"),
        (link_not_tagged, "link"),
        (no_tab_order, "tab-order"),
        (no_bookmarks, "bookmarks"),
        (bookmark_to_nowhere, "bookmarks"),
        (page_added, "footer"),
        (first_page_removed, "footer"),
        (unknown_kind, "tag-kind"),
        (read_out_of_order, "reading-order"),
        (link_in_no_tag, "link"),
        (link_says_nothing, "link-contents"),
        (link_to_nowhere, "link-target"),
        (font_not_embedded, "font-embedded"),
        (font_without_letters, "font-unicode"),
        (drawn_over_by_a_form, "untagged"),
        (header_cell_gone, "table-headers"),
        (script, "active"),
        (embedded_file, "active"),
        (form, "active"),
        (opening_action, "active"),
        (page_action, "active"),
        (comment, "active"),
        (link_to_a_program, "active"),
        (claims_too_much, "pdfuaid"),
    ],
)
def test_each_defect_is_found(
    damage: Callable[[pikepdf.Pdf], None], rule: str, good: Path, tmp_path: Path
) -> None:
    with pikepdf.open(good) as pdf:
        damage(pdf)
        pdf.save(tmp_path / "damaged.pdf")
    found = [finding for finding in check(tmp_path / "damaged.pdf") if finding.rule == rule]
    assert found
    assert not any(finding.declared for finding in found)
