"""Other people's pages in the pack: numbered with it, read out in their place, and never a reason to stop."""

import os
import re
import shutil
import subprocess
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from board.rendering import pdfcheck
from board.rendering.content import (
    AgendaEntry,
    Attachment,
    Bar,
    BarChart,
    Exemption,
    Meeting,
    PackData,
    PaperData,
    Table,
)
from board.rendering.pack import RenderedPack, render_pack
from tests.board.attachments import armed, encrypted, scanned, tagged, untagged

CHART = BarChart("Spend", "Spend is £1m.", "Year", "Spend", (Bar("2021/22", 1, "£1m"),))


def pack(*attachments: Attachment, **changes: Any) -> PackData:
    made = PackData(
        "A council",
        "The Board",
        Meeting("April", datetime(2022, 4, 25, 10, tzinfo=UTC), "A room"),
        date(2022, 4, 18),
        (
            AgendaEntry("1", "A paper", "k", "decision", "A post", paper=PaperData("A post", "T", "P"), attachments=attachments),
            AgendaEntry("2", "Another", "k", "decision", "A post", paper=PaperData("A post", "T2", "P")),
        ),
        actions=Table("Open actions", ("Ref", "Owner"), (("A1", "A post"),)),
        since=Table("Moved", ("Reference",), (("X-1",),)),
        forward_plan=Table("Ahead", ("Meeting",), ()),
        charts=(CHART,),
        register=Table("Live", ("Reference",), (("X-1",),)),
        coverage="214 of 214 live contracts have an armed alert.",
    )  # fmt: skip
    return replace(made, **changes)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("files")
    tagged(home / "tagged.pdf")
    untagged(home / "untagged.pdf")
    untagged(home / "a3.pdf", width=1191)
    untagged(home / "turned.pdf", Rotate=90)
    scanned(home / "scanned.pdf")
    armed(home / "armed.pdf")
    encrypted(home / "encrypted.pdf", "secret")
    return home


def attached(files: Path, *names: str) -> list[Attachment]:
    return [Attachment(f"The {name} one", files / f"{name}.pdf") for name in names]


def stops(path: Path) -> list[pdfcheck.Finding]:
    """What stops publication."""
    return [finding for finding in pdfcheck.check(path) if not finding.declared]


@pytest.fixture(scope="module")
def whole(files: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[RenderedPack, Path]:
    out = tmp_path_factory.mktemp("pack") / "pack.pdf"
    names = ("tagged", "untagged", "a3", "turned", "scanned", "armed", "tagged")
    return render_pack(pack(*attached(files, *names)), out), out


def test_tagged_attachments_leave_the_pack_accessible(files: Path, tmp_path: Path) -> None:
    rendered = render_pack(pack(*attached(files, "tagged", "tagged")), tmp_path / "p.pdf")
    assert rendered.accessible
    assert rendered.findings == ()
    assert pdfcheck.check(tmp_path / "p.pdf") == []


def test_their_own_tags_are_kept_in_their_place_below_the_divider(files: Path, tmp_path: Path) -> None:
    render_pack(pack(*attached(files, "tagged")), tmp_path / "p.pdf")
    with pikepdf.open(tmp_path / "p.pdf") as pdf:
        found = [
            (element.kind, str(element.node.get("/T", "")))
            for element in pdfcheck.elements(pdf.Root.StructTreeRoot)
        ]
    after = [kind for kind, _ in found[found.index(("Part", "The tagged one")) :]]
    assert after[1] == "Part"  # the letter as a whole
    assert [kind for kind in after if kind.startswith("H")][:3] == ["H3", "H4", "H1"]  # and then item 2
    assert after.count("TH") > 2
    assert ("H2", "The tagged one") in found


def untidy(path: Path) -> Path:
    """Tags that fit their pages, but in the author's own words, with gaps and without the ways back."""
    with pikepdf.open(tagged(path), allow_overwriting_input=True) as pdf:
        root = pdf.Root.StructTreeRoot
        root.RoleMap = pikepdf.Dictionary(Heading1=pikepdf.Name.Title1, Title1=pikepdf.Name.H1)
        for element in list(pdfcheck.elements(root)):
            if element.kind == "H1":
                element.node.S = pikepdf.Name.Heading1
            elif element.kind == "H2":
                element.node.S = pikepdf.Name.H5
            elif element.kind == "TH":
                del element.node["/A"]
            elif element.kind == "P":
                element.node.S = pikepdf.Name.MyOwn
        del root["/ParentTree"], root["/IDTree"]
        pdf.save(path)
    return path


def astray(path: Path) -> Path:
    """What a naive merge leaves: tags of a page that has been replaced by its copy."""
    with pikepdf.open(tagged(path), allow_overwriting_input=True) as pdf:
        pdf.pages.append(pdf.pages[0])
        del pdf.pages[0]
        pdf.save(path)
    return path


def test_untidy_tags_are_repaired(tmp_path: Path) -> None:
    rendered = render_pack(pack(Attachment("Untidy", untidy(tmp_path / "a.pdf"))), tmp_path / "p.pdf")
    assert rendered.findings == ()
    assert pdfcheck.check(tmp_path / "p.pdf") == []
    with pikepdf.open(tmp_path / "p.pdf") as pdf:
        kinds = [element.kind for element in pdfcheck.elements(pdf.Root.StructTreeRoot)]
    assert kinds.count("H3") == kinds.count("H4") == 1


def test_tags_that_point_astray_are_replaced_by_plain_ones_and_said(tmp_path: Path) -> None:
    rendered = render_pack(pack(Attachment("Astray", astray(tmp_path / "a.pdf"))), tmp_path / "p.pdf")
    (finding,) = rendered.findings
    assert "tags" in finding
    assert not rendered.accessible
    assert stops(tmp_path / "p.pdf") == []


def test_every_page_bears_the_packs_number_whatever_its_size_or_turn(
    whole: tuple[RenderedPack, Path],
) -> None:
    rendered, path = whole
    assert stops(path) == []  # which looks at every footer
    with pikepdf.open(path) as pdf:
        assert len(pdf.pages) == rendered.pages
        sizes = {tuple(round(float(x)) for x in page.mediabox) for page in pdf.pages}
    assert (0, -34, 595, 842) in sizes
    assert (0, -34, 1191, 842) in sizes
    assert (0, 0, 629, 842) in sizes  # turned by 90 degrees its right side is shown at the bottom


def test_a_pack_with_an_attachment_that_is_not_accessible_says_so_and_claims_nothing(
    whole: tuple[RenderedPack, Path],
) -> None:
    rendered, path = whole
    assert not rendered.accessible
    assert {words.split("”")[0] for words in rendered.findings} == {
        f"Item 1, attachment “The {name} one" for name in ("untagged", "a3", "turned", "scanned", "armed")
    }
    with pikepdf.open(path) as pdf, pdf.open_metadata() as xmp:
        assert "pdfuaid:part" not in xmp
    declared = pdfcheck.check(path)
    assert {finding.rule for finding in declared} == {"attachment"}
    agenda = " ".join(pdfcheck.page_texts(path)[1].split())
    assert agenda.count("cannot be read out by a screen reader: ask the secretary") == 5


def test_the_agenda_lists_the_attachments_with_their_pages_and_links_to_them(
    files: Path, tmp_path: Path
) -> None:
    rendered = render_pack(pack(*attached(files, "tagged", "untagged")), tmp_path / "p.pdf")
    agenda = " ".join(pdfcheck.page_texts(tmp_path / "p.pdf")[1].split())
    ranges = re.findall(r"Attachment \d: The \w+ one, pages (\d+)–(\d+)", agenda.replace(" , ", ", "))
    (one, two), (three, four) = ((int(a), int(b)) for a, b in ranges)
    assert (one, two + 1) == (4, three)
    assert rendered.page_ranges["1"] == (3, four)
    goals = dict(pdfcheck.bookmarks(tmp_path / "p.pdf"))
    assert (goals["The tagged one"], goals["The untagged one"]) == (one, three)
    assert {one, three} <= set(pdfcheck.links(tmp_path / "p.pdf", 2))


def test_the_same_attachments_give_the_same_bytes(
    files: Path, whole: tuple[RenderedPack, Path], tmp_path: Path
) -> None:
    names = ("tagged", "untagged", "a3", "turned", "scanned", "armed", "tagged")
    assert render_pack(pack(*attached(files, *names)), tmp_path / "p.pdf") == whole[0]
    assert (tmp_path / "p.pdf").read_bytes() == whole[1].read_bytes()


def test_links_inside_an_attachment_still_lead_to_its_own_pages(files: Path, tmp_path: Path) -> None:
    rendered = render_pack(pack(*attached(files, "armed")), tmp_path / "p.pdf")
    last = rendered.page_ranges["1"][1]
    assert pdfcheck.links(tmp_path / "p.pdf", last - 1) == [0, 0, last]


@pytest.mark.parametrize(
    ("name", "words"), [("missing", "cannot be read"), ("encrypted", "needs a password")]
)
def test_an_attachment_that_cannot_be_had_never_stops_the_pack(
    name: str, words: str, files: Path, tmp_path: Path
) -> None:
    rendered = render_pack(pack(*attached(files, name, "tagged")), tmp_path / "p.pdf")
    (finding,) = rendered.findings
    assert words in finding
    assert rendered.accessible
    assert "could not be put into the pack" in " ".join(pdfcheck.page_texts(tmp_path / "p.pdf")[1].split())
    assert pdfcheck.check(tmp_path / "p.pdf") == []


def test_an_item_of_attachments_alone_has_a_page_of_its_own(files: Path, tmp_path: Path) -> None:
    alone = AgendaEntry(
        "1", "Only attached", "k", "information", "A post", attachments=tuple(attached(files, "tagged"))
    )
    rendered = render_pack(pack(items=(alone,)), tmp_path / "p.pdf")
    assert rendered.page_ranges["1"][0] == 3
    assert "The papers of this item are attached." in pdfcheck.page_texts(tmp_path / "p.pdf")[2]
    assert pdfcheck.check(tmp_path / "p.pdf") == []


def test_annexes_stand_in_the_order_of_the_agenda_after_the_papers(whole: tuple[RenderedPack, Path]) -> None:
    titles = [title for title, _ in pdfcheck.bookmarks(whole[1]) if title.startswith("Annex")]
    names = ("Since the last Board", "Actions", "Forward plan", "Charts", "Contract register")
    assert titles == [f"Annex {letter}: {name}" for letter, name in zip("ABCDE", names, strict=True)]
    pages = pdfcheck.page_texts(whole[1])
    said = [page for page in pages if "214 of 214 live contracts have an armed alert." in page]
    assert said[0] == pages[0]
    assert "Since the last Board" in said[1]


@pytest.mark.parametrize(
    "text", ['#read("/etc/passwd") $x$ *b* <script>', "= heading", "W" * 200, "a\u202eb\x07\ud800 中"]
)
def test_hostile_text_in_every_new_field_prints_literally_or_is_replaced(
    text: str, files: Path, tmp_path: Path
) -> None:
    table = Table(text, (text,), ((text,),))
    entry = AgendaEntry(
        "1", text, text, "decision", text,
        attachments=(Attachment(text, files / "tagged.pdf", Exemption(1, text)), Attachment(text, files / text.replace("/", "").replace("\ud800", ""))),
        exempt=Exemption(2, text),
    )  # fmt: skip
    data = pack(items=(entry,), since=table, actions=table, coverage=text, restricted=True)
    render_pack(data, tmp_path / "p.pdf")
    assert pdfcheck.check(tmp_path / "p.pdf") == []
    if text.isascii():
        shown = (
            "".join(pdfcheck.page_texts(tmp_path / "p.pdf"))
            .replace("\u200b", "")
            .replace("\n", "")
            .replace(" ", "")
        )
        assert shown.count(text.replace(" ", "")) >= 14


def needed(tool: str, package: str) -> str:
    if found := shutil.which(tool):
        return found
    if os.environ.get("CI") == "true":
        pytest.fail(f"CI must have {tool}: apt-get install {package}")
    pytest.skip(f"needs {tool}: on Debian, apt-get install {package}")


def test_qpdf_finds_the_pack_sound(whole: tuple[RenderedPack, Path]) -> None:
    qpdf = needed("qpdf", "qpdf")
    done = subprocess.run(  # noqa: S603 - our own file
        [qpdf, "--check", whole[1]], capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_poppler_reads_the_whole_structure_with_its_text(whole: tuple[RenderedPack, Path]) -> None:
    pdfinfo = needed("pdfinfo", "poppler-utils")
    # A pack whose tags point astray takes it minutes.
    done = subprocess.run(  # noqa: S603 - our own file
        [pdfinfo, "-struct-text", whole[1]], capture_output=True, text=True, check=True, timeout=60
    )
    known = "Suspects object is wrong type"  # poppler's own quarrel with what Typst writes, in every pack
    assert not [line for line in done.stderr.splitlines() if "Syntax Error" in line and known not in line]
    for words in ("A tagged letter", "An untagged letter", "The scanned one"):
        assert words in done.stdout
