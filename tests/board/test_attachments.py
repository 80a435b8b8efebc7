"""What authors bring: taken in cleaned or refused and kept, once, into the edition it belongs in, and taken off again."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from sqlmodel import Session, select

from board import agenda, attachments, exemptions, papers
from board.attachments import AttachmentRefused
from board.packs import compile_pack, parts
from board.rendering import office
from board.rendering.content import PaperData, Paragraph, Section
from board.rendering.pdfcheck import check, page_texts
from models.agenda import AgendaItem, ItemPurpose
from models.audit import AuditEvent
from models.meetings import Meeting
from models.papers import Edition, Pack, PaperAttachment
from models.planning import Rules
from models.session import unit_of_work
from tests.board.attachments import armed, encrypted, everything, tagged, untagged
from tests.board.test_packs import ALERTS, BOARD, MARKER, SECRET, raw, words
from tests.board.word_files import edited, needs_libreoffice, written
from tests.town import NOW, OWNER, TODAY

# What is taken in does not depend on the database.
pytestmark = pytest.mark.parametrize("database", ["sqlite"], indirect=True)

PAPER = PaperData(
    "A post", "Short breaks", "To decide.", (Section("Information", (Paragraph("So it is."),)),)
)
HIDDEN = "<w:r><w:rPr><w:vanish/></w:rPr><w:t>SECRET</w:t></w:r>"


@dataclass
class Desk:
    """An item of the Board's agenda, and the home folder that its attachments are kept in."""

    session: Session
    meeting: Meeting
    item: AgendaItem
    rules: Rules
    home: Path

    def attach(self, file: Path, title: str = "Strategy") -> PaperAttachment:
        return attachments.attach(self.session, self.item, file, title, self.home, OWNER, NOW)

    def detach(self, title: str, because: str) -> None:
        attachments.detach(self.session, self.item, title, because, "Board Secretary", NOW)

    def there(self) -> list[str]:
        return [one.title for one in papers.attachments(self.session, self.item)]

    def compile(self) -> list[Pack]:
        return compile_pack(self.session, self.meeting, self.rules, ALERTS, self.home, TODAY, NOW)


@pytest.fixture
def desk(town: str, rules: Rules, tmp_path: Path) -> Iterator[Desk]:
    with unit_of_work(town) as session:
        held = agenda.hold(session, BOARD, rules)
        item = agenda.add(session, held, "Short breaks", ItemPurpose.DECISION, None, "Board Secretary", NOW)
        yield Desk(session, held, item, rules, tmp_path / "home")


def cut_off(path: Path) -> Path:
    whole = tagged(path).read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    return path


def renamed(path: Path) -> Path:
    return written(PAPER, path.parent).rename(path)


def test_scripts_and_forms_are_taken_out_and_the_record_says_so(desk: Desk, tmp_path: Path) -> None:
    made = desk.attach(armed(tmp_path / "a.pdf"), "  Strategy ")
    said = " ".join(made.cleaned)
    assert "Scripts were taken out." in said
    assert "1 form field with what was typed in" in said
    assert b"HIDDEN" not in everything(desk.home / made.path)
    assert (made.title, made.pages, made.added_by) == ("Strategy", 2, OWNER)
    event = desk.session.exec(select(AuditEvent).where(AuditEvent.action == "attachment added")).one()
    assert event.detail["cleaned"] == made.cleaned


@pytest.mark.parametrize(
    ("name", "make", "why"),
    [
        ("a.pdf", lambda path: encrypted(path, "secret"), "needs a password to be opened"),
        ("a.pdf", cut_off, "is damaged or cut off"),
        ("a.pdf", renamed, "is not a PDF but a Word or other office file"),
        ("a.docx", tagged, "The file is a PDF"),
    ],
)
def test_what_cannot_be_taken_in_is_refused_with_the_reason_and_kept(
    name: str, make: Callable[[Path], Path], why: str, desk: Desk, tmp_path: Path
) -> None:
    if name.endswith("docx"):
        needs_libreoffice()
    file = make(tmp_path / name)
    with pytest.raises(AttachmentRefused, match=why) as refused:
        desk.attach(file)
    [kept] = (desk.home / "rejects").iterdir()
    assert str(refused.value).startswith(f"{file}: ")
    assert str(refused.value).endswith(f"It is kept as {kept}.")
    assert kept.read_bytes() == file.read_bytes()
    assert desk.there() == []


def test_neither_a_refused_file_nor_a_vanished_one_stops_the_pack_and_the_item_says_what_is_missing(
    desk: Desk, tmp_path: Path
) -> None:
    with pytest.raises(AttachmentRefused):
        desk.attach(cut_off(tmp_path / "a.pdf"))
    (desk.home / desk.attach(tagged(tmp_path / "b.pdf"), "Lost").path).unlink()
    desk.attach(tagged(tmp_path / "c.pdf", "It is there"), "Found")
    [pack] = desk.compile()
    pages = page_texts(desk.home / pack.path)
    agenda_of_it, own = (page for page in pages if "could not be put into the pack" in page)
    assert "Attachment 1: Lost" in " ".join(agenda_of_it.split())
    assert "Attachment 1 of 2" in own
    assert any("It is there" in page for page in pages)
    assert check(desk.home / pack.path) == []


def test_the_same_file_twice_is_one_attachment_and_another_needs_another_title(
    desk: Desk, tmp_path: Path
) -> None:
    first = desk.attach(tagged(tmp_path / "a.pdf"))
    assert desk.attach(tmp_path / "a.pdf", "Once more").id == first.id
    with pytest.raises(AttachmentRefused, match="give this one another title"):
        desk.attach(tagged(tmp_path / "b.pdf", "Another letter"))
    assert desk.attach(tmp_path / "b.pdf", "").title == "b"
    assert desk.there() == ["Strategy", "b"]


def test_taking_an_attachment_off_needs_a_reason_and_keeps_its_file(desk: Desk, tmp_path: Path) -> None:
    made = desk.attach(tagged(tmp_path / "a.pdf"))
    with pytest.raises(AttachmentRefused, match="say why"):
        desk.detach("Strategy", " ")
    with pytest.raises(AttachmentRefused, match="has no attachment “Plan”; it has: “Strategy”"):
        desk.detach("Plan", "an older one")
    assert desk.there() == ["Strategy"]
    desk.detach("Strategy", "an older one")
    assert desk.there() == []
    assert (desk.home / made.path).exists()
    assert desk.attach(tmp_path / "a.pdf").removed_because == ""
    assert desk.there() == ["Strategy"]


def test_an_exempt_attachment_is_in_the_exempt_edition_only(desk: Desk, tmp_path: Path) -> None:
    desk.attach(untagged(tmp_path / "a.pdf", MARKER), "Prices")
    known = parts(desk.session, desk.item, desk.meeting, desk.rules, TODAY)
    exemptions.mark(desk.session, desk.item, "attachment: Prices", SECRET, known, "Board Secretary", NOW)
    opened, exempt = desk.compile()
    assert (opened.edition, exempt.edition) == (Edition.OPEN, Edition.EXEMPT)
    assert MARKER.encode() in raw(desk.home / exempt.path)
    assert MARKER.encode() not in raw(desk.home / opened.path)
    assert "prices would favour some bidders" in words(desk.home, opened)


def test_a_word_file_becomes_a_pdf_and_what_was_hidden_in_it_is_told(desk: Desk, tmp_path: Path) -> None:
    needs_libreoffice()
    file = written(PAPER, tmp_path)
    file.write_bytes(edited(file.read_bytes(), "</w:p><w:sectPr", f"{HIDDEN}</w:p><w:sectPr"))
    made = desk.attach(file, "")
    assert made.title == "paper"
    assert made.cleaned == ["Hidden text, under “Electoral divisions and members affected”: “SECRET”."]
    assert made.findings == []
    with pikepdf.open(desk.home / made.path) as pdf:
        assert pdf.Root.MarkInfo.Marked


def test_a_libreoffice_that_is_missing_or_fails_refuses_the_word_file(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = written(PAPER, tmp_path)
    (tools := tmp_path / "tools").mkdir()
    monkeypatch.setenv("PATH", str(tools))
    with pytest.raises(AttachmentRefused, match="apt-get install libreoffice-writer"):
        desk.attach(file)
    (tools / "soffice").write_text("#!/bin/sh\nexit 0\n")
    (tools / "soffice").chmod(0o755)
    monkeypatch.setattr(office, "TIME_LIMIT", 5)
    with pytest.raises(AttachmentRefused, match=r"LibreOffice made no PDF of paper\.docx .* It is kept as"):
        desk.attach(file)
