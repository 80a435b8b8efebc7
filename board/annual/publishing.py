"""Compiles a year's annual report, and publishes it: from then on neither its figures nor its files change."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from board.agenda import LONDON
from board.annual.figure import Figures, ReportRefused
from board.annual.figures import compute
from board.annual.report import paper, read_comment
from board.rendering.content import Comment, PaperData
from board.rendering.pack import render_report
from board.rendering.word import COMMENT_KINDS, write_report
from lifecycle.financial_years import FinancialYear
from lifecycle.policy import BoardRules
from lifecycle.words import count_of, say
from models import audit
from models.annual import AnnualReport
from models.planning import Rules

FOLDER = "reports"


@dataclass(frozen=True, slots=True)
class Compiled:
    """A report as the record gives it now; `published` is the newest edition on record."""

    figures: Figures
    board: BoardRules
    comments: tuple[Comment, ...]
    item: str
    published: AnnualReport | None

    @property
    def paper(self) -> PaperData:
        """What it says."""
        return paper(self.figures, self.board, self.comments)

    @property
    def content(self) -> dict[str, Any]:
        """What is printed besides the figures, as JSON."""
        signed = [
            {
                "kind": one.kind,
                "initials": one.initials,
                "given_on": str(one.given_on),
                "said": [*one.paragraphs],
            }
            for one in self.comments
        ]
        return {"board": self.board.name, "item": self.item, "comments": signed}

    @property
    def differing(self) -> list[str]:
        """What is other now than in the published edition: the names of figures, and of what is printed besides."""
        if self.published is None:
            return []
        pairs = ((self.figures.as_json(), self.published.figures), (self.content, self.published.content))
        return [name for now, frozen in pairs for name in now | frozen if now.get(name) != frozen.get(name)]

    @property
    def lacking(self) -> list[str]:
        """The kinds of officers' comments that it must have before it is published and has not."""
        return [kind for kind in COMMENT_KINDS if kind not in {one.kind for one in self.comments}]

    @property
    def warnings(self) -> tuple[str, ...]:
        """What its author must look into."""
        lacking = (f"it has no {kind} comments, and is published with them only" for kind in self.lacking)
        ages = {one.kind: (self.figures.as_at - one.given_on).days for one in self.comments}
        valid = self.board.clearance_valid_days
        stale = (
            f"its {kind} comments are {count_of(days, 'day')} old, older than the {valid} that policy allows"
            for kind, days in ages.items()
            if days > valid
        )
        return (*self.figures.warnings, *lacking, *stale)

    def write(self, folder: Path, stem: str) -> tuple[Path, Path]:
        """Write it to the folder as PDF and DOCX, each whole or not at all."""
        folder.mkdir(parents=True, exist_ok=True)
        pdf, docx, on = folder / f"{stem}.pdf", folder / f"{stem}.docx", self.figures.as_at
        council, dated = self.board.council, datetime.combine(on, time(), LONDON)
        render_report(self.paper, pdf, council=council, on=on, item=self.item, dated=dated)
        write_report(self.paper, docx, council=council, on=on, item=self.item)
        return pdf, docx


def compile_report(
    session: Session,
    year: FinancialYear,
    as_at: date,
    rules: Rules,
    item: str = "",
    comments: Iterable[str] = (),
) -> Compiled:
    """The year's report from the record as at that day. Raises ReportRefused."""
    signed = tuple(read_comment(text, as_at) for text in comments)
    figures = compute(session, year, as_at, rules.boards)
    return Compiled(figures, rules.policy.board, signed, item, published(session, year))


def published(session: Session, year: FinancialYear) -> AnnualReport | None:
    """The newest published edition of the year's report."""
    return session.exec(
        select(AnnualReport).where(AnnualReport.year == str(year)).order_by(col(AnnualReport.edition).desc())
    ).first()


def draft(report: Compiled, folder: Path) -> tuple[Path, Path]:
    """Write the report as a draft, PDF and DOCX, never over a published one."""
    return report.write(folder, f"{_stem(report.figures.year)}-draft")


def publish(
    session: Session, report: Compiled, home: Path, by: str, at: datetime, because: str = ""
) -> AnnualReport:
    """Publish the report below `home`, and freeze it.

    Where it is published already with the same figures and content it stands, and a file that is gone or was
    changed is made again. Where anything is other, a reason makes the next edition. Raises ReportRefused.
    """
    figures, known, year = report.figures, report.published, report.figures.year
    if figures.as_at <= year.last:
        raise ReportRefused(
            f"The financial year {year} ends on {say(year.last)}: its report is published as at a later day, not as "
            f"at {say(figures.as_at)}."
        )
    differing = report.differing
    if report.lacking:
        raise ReportRefused(
            f"The annual report {year} has no {' and no '.join(report.lacking)} comments, which it is published with: "
            "give each with --comment, as in: Financial (CDS 10/02/22): There are no direct financial implications."
        )
    if known and not differing:
        _made_good(replace(report, figures=replace(figures, as_at=known.as_at)), known, home)
        return known
    if known and not because.strip():
        raise ReportRefused(
            f"The annual report {year} was published on {say(known.published_on)} (edition {known.edition}) and does "
            f"not change. Other now: {', '.join(differing)}. To publish edition {known.edition + 1} in its place, "
            "give the reason."
        )
    edition = known.edition + 1 if known else 1
    stem = _stem(year) + (f"-edition-{edition}" if known else "")
    # In place only once the database has taken the edition: of two at once, one is refused.
    written = report.write(home / FOLDER, f"{stem}.part")
    (pdf, docx), digests = (
        (f"{FOLDER}/{stem}{one.suffix}" for one in written),
        [_digest(one) for one in written],
    )
    made = AnnualReport(
        year=str(year), edition=edition, as_at=figures.as_at, figures=figures.as_json(), content=report.content,
        pdf_path=pdf, pdf_sha256=digests[0], docx_path=docx, docx_sha256=digests[1],
        published_on=at.astimezone(LONDON).date(), by=by, because=because.strip() if known else "",
    )  # fmt: skip
    session.add(made)
    try:
        session.flush()
    except IntegrityError:
        raise ReportRefused(
            f"Edition {edition} of the annual report {year} was published by somebody else just now: look at it first."
        ) from None
    audit.record(
        session, at, by, "publish", f"annual report {year}", edition=edition, as_at=figures.as_at.isoformat(),
        pdf=made.pdf_sha256, docx=made.docx_sha256, because=made.because,
    )  # fmt: skip
    for one, path in zip(written, (pdf, docx), strict=True):
        one.replace(home / path)
    return made


def _made_good(report: Compiled, known: AnnualReport, home: Path) -> None:
    """Bring back a published file that is gone or was changed. Raises ReportRefused where it cannot be."""
    frozen = {known.pdf_path: known.pdf_sha256, known.docx_path: known.docx_sha256}
    if all((home / path).exists() and _digest(home / path) == digest for path, digest in frozen.items()):
        return
    for one, path in zip(
        report.write(home / FOLDER, f"{_stem(report.figures.year)}.part"), frozen, strict=True
    ):
        if _digest(one) != frozen[path]:
            raise ReportRefused(
                f"{path}, as published on {say(known.published_on)}, is gone or was changed, and this release makes "
                f"other bytes of the same figures: put it back from a copy (SHA-256 {frozen[path]})."
            )
        one.replace(home / path)


def _stem(year: FinancialYear) -> str:
    return f"annual-report-{str(year).replace('/', '-')}"


def _digest(path: Path) -> str:
    return sha256(path.read_bytes()).hexdigest()
