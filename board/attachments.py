"""What authors bring beside the papers: taken in cleaned, kept by its bytes, never lost when it is removed."""

import shutil
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory

from sqlmodel import Session

from board.papers import attachments
from board.refusals import BoardRefused
from board.rendering import intake, office
from board.rendering.intake import IntakeError
from board.rendering.office import OfficeFailed, OfficeMissing
from board.rendering.word_package import WordRefused
from board.rendering.word_reading import ReadBack, read_report
from models import audit
from models.agenda import AgendaItem
from models.columns import identity
from models.papers import PaperAttachment


class AttachmentRefused(BoardRefused):
    """The file is not taken in; the message says why, and where the refused file is kept."""


def attach(
    session: Session, item: AgendaItem, file: Path, title: str, home: Path, by: str, at: datetime
) -> PaperAttachment:  # fmt: skip
    """Take in a PDF, or a Word file made into one; the same file twice is one attachment.

    What is active or hidden is taken out and named. A file that is refused is kept in `rejects`. Raises
    AttachmentRefused, also for a Word file where LibreOffice is not installed.
    """
    title = title.strip() or file.stem
    store = home / "attachments"
    try:
        with TemporaryDirectory() as scratch:
            cleaned: tuple[str, ...] = ()
            source = file
            if file.suffix.lower() == ".docx":
                source = Path(scratch) / f"{file.stem}.pdf"
                cleaned = office.to_pdf(file, source)
            taken = intake.take_in(source, store)
    except (IntakeError, WordRefused, OfficeMissing, OfficeFailed, OSError) as refused:
        raise AttachmentRefused(f"{file}: {refused}{_kept(file, home)}") from refused
    there = attachments(session, item)
    if known := next((one for one in there if one.sha256 == taken.path.stem), None):
        return known
    if any(one.title == title for one in there):
        raise AttachmentRefused(
            f"“{item.title}” already has an attachment “{title}”: give this one another title"
        )
    made = PaperAttachment(
        item_id=identity(item), title=title, path=str(taken.path.relative_to(home)), sha256=taken.path.stem,
        pages=len(taken.pages), cleaned=[*cleaned, *taken.cleaned], findings=list(taken.findings), added_by=by,
        added_on=at.date(),
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, at, by, "attachment added", item.title, title=title, sha256=made.sha256, cleaned=made.cleaned
    )
    return made


def read_paper(file: Path, home: Path) -> ReadBack:
    """A paper from an edited Word file. One that is refused is kept in `rejects`. Raises AttachmentRefused."""
    try:
        return read_report(file)
    except (WordRefused, OSError) as refused:
        raise AttachmentRefused(f"{file}: {refused}{_kept(file, home)}") from refused


def _kept(file: Path, home: Path) -> str:
    """Keep what was refused; says where."""
    if not file.is_file():
        return ""
    rejects = home / "rejects"
    rejects.mkdir(parents=True, exist_ok=True)
    kept = rejects / f"{sha256(file.read_bytes()).hexdigest()[:12]}-{file.name}"
    shutil.copyfile(file, kept)
    return f" It is kept as {kept}."


def detach(
    session: Session, item: AgendaItem, title: str, because: str, by: str, at: datetime
) -> PaperAttachment:  # fmt: skip
    """Remove an attachment from the next pack; the file stays. Raises AttachmentRefused without a reason."""
    found = next((one for one in attachments(session, item) if one.title == title), None)
    if found is None:
        known = ", ".join(f"“{one.title}”" for one in attachments(session, item)) or "none"
        raise AttachmentRefused(f"“{item.title}” has no attachment “{title}”; it has: {known}")
    if not because.strip():
        raise AttachmentRefused("say why the attachment is removed")
    found.removed_because = because.strip()
    session.add(found)
    session.flush()
    audit.record(session, at, by, "attachment removed", item.title, title=title, because=because)
    return found
