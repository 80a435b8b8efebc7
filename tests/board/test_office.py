"""A Word file that somebody brought becomes a tagged PDF, of what its reader sees only."""

from pathlib import Path

import pikepdf
import pytest

from board.rendering import office, pdfcheck
from board.rendering.content import PaperData, Paragraph, Section
from board.rendering.office import OfficeFailed, OfficeMissing, to_pdf
from board.rendering.word_package import WordRefused
from tests.board.word_files import edited, needs_libreoffice, written

PAPER = PaperData(
    "A post", "Short breaks", "To decide.", (Section("Information", (Paragraph("It is so."),)),)
)
HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>SECRET</w:t></w:r>"


def test_a_word_file_becomes_a_tagged_pdf_the_same_each_time(tmp_path: Path) -> None:
    needs_libreoffice()
    docx = tmp_path / "brought by somebody.docx"
    docx.write_bytes(
        edited(written(PAPER, tmp_path).read_bytes(), "</w:p><w:sectPr", f"{HIDDEN}</w:p><w:sectPr")
    )
    removed = to_pdf(docx, tmp_path / "a.pdf")
    to_pdf(docx, tmp_path / "b.pdf")
    assert removed == ("Hidden text, under “Electoral divisions and members affected”: “SECRET”.",)
    assert (tmp_path / "a.pdf").read_bytes() == (tmp_path / "b.pdf").read_bytes()
    text = "".join(pdfcheck.page_texts(tmp_path / "a.pdf"))
    assert "It is so." in text and "SECRET" not in text
    with pikepdf.open(tmp_path / "a.pdf") as pdf:
        assert pdf.Root.MarkInfo.Marked and str(pdf.Root.Lang) == "en-GB"
        assert str(pdf.docinfo["/Title"]) == "Short breaks"
        with pdf.open_metadata() as about:
            assert about["pdfuaid:part"] == "1"
    wrong = {finding.rule for finding in pdfcheck.check(tmp_path / "a.pdf")}
    assert wrong <= {"untagged", "footer"}  # lines it draws, and the page numbers are the pack's to set


def test_without_libreoffice_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(OfficeMissing, match="apt-get install libreoffice-writer"):
        to_pdf(written(PAPER, tmp_path), tmp_path / "a.pdf")


@pytest.mark.parametrize("script", ["sleep 30 & wait", "exit 0"])
def test_a_libreoffice_that_hangs_or_fails_is_ended_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, script: str
) -> None:
    (tmp_path / "soffice").write_text(f"#!/bin/sh\n{script}\n")
    (tmp_path / "soffice").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    monkeypatch.setattr(office, "TIME_LIMIT", 0.3)
    with pytest.raises(OfficeFailed, match=r"LibreOffice made no PDF of paper\.docx"):
        to_pdf(written(PAPER, tmp_path), tmp_path / "a.pdf")
    assert not (tmp_path / "a.pdf").exists()


def test_what_is_no_word_file_never_reaches_libreoffice(tmp_path: Path) -> None:
    (tmp_path / "a.docx").write_bytes(b"%PDF-1.7")
    monkey = tmp_path / "a.pdf"
    with pytest.raises((WordRefused, OfficeMissing)):
        to_pdf(tmp_path / "a.docx", monkey)
