"""What is published does not change: neither its figures nor its files, whatever the record becomes."""

from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import sha256
from pathlib import Path

import docx
import pytest
from sqlmodel import col, select

from board.annual.figure import ReportRefused
from board.annual.publishing import Compiled, compile_report, draft, publish
from board.rendering.pdfcheck import check, page_texts
from models.annual import AnnualReport
from models.audit import AuditEvent, verify
from models.contracts import AnnualValue
from models.planning import Rules
from models.session import reading, unit_of_work
from tests.board.annual import CHAIR, DAY, YEAR, copy_of

pytestmark = pytest.mark.xdist_group("annual")

AT = datetime(2022, 4, 25, 9, tzinfo=UTC)
COMMENTS = (
    "Constitutional (LW 10/02/22): The committee is the appropriate body to consider the content of the report.",
    "Financial (CDS 10/02/22): There are no direct financial implications arising from this report.",
)


@pytest.fixture
def home(sample_register: Path, tmp_path: Path) -> Path:
    """A home that holds the sample register."""
    copy_of(sample_register, tmp_path)
    return tmp_path


def published(
    home: Path, rules: Rules, because: str = "", on: date = DAY, comments: tuple[str, ...] = COMMENTS
) -> AnnualReport:
    with unit_of_work(f"sqlite:///{home / 'recommission.db'}") as session:
        report = compile_report(session, YEAR, on, rules, "17", comments)
        edition = publish(session, report, home, CHAIR, AT, because)
        session.flush()
        session.expunge(edition)
        return edition


def compiled(home: Path, rules: Rules) -> Compiled:
    with reading(f"sqlite:///{home / 'recommission.db'}") as session:
        return compile_report(session, YEAR, DAY, rules, "17", COMMENTS)


def files(home: Path, edition: AnnualReport) -> list[bytes]:
    return [(home / path).read_bytes() for path in (edition.pdf_path, edition.docx_path)]


def change_the_record(home: Path) -> None:
    with unit_of_work(f"sqlite:///{home / 'recommission.db'}") as session:
        for value in session.exec(select(AnnualValue).where(AnnualValue.financial_year == "2021/22")):
            value.amount *= 2


def test_a_later_change_of_the_record_changes_neither_figures_nor_files(home: Path, rules: Rules) -> None:
    edition = published(home, rules)
    before = files(home, edition)
    assert [sha256(content).hexdigest() for content in before] == [edition.pdf_sha256, edition.docx_sha256]
    change_the_record(home)
    now = compiled(home, rules)
    assert now.published
    assert now.published.figures["spend"]["words"] == "over £153m"
    assert now.figures["spend"].words == "almost £307m"
    assert {"spend", "spend_change"} <= set(now.differing)
    draft(now, home / "reports")
    assert files(home, edition) == before


def test_publishing_the_same_again_gives_the_same_edition_and_bytes(home: Path, rules: Rules) -> None:
    first = published(home, rules)
    before = files(home, first)
    (home / first.pdf_path).unlink()
    (home / first.docx_path).write_bytes(b"changed by hand")
    again = published(home, rules, on=date(2022, 4, 26))  # on another day nothing is other
    assert (again.edition, again.as_at, again.pdf_sha256) == (1, DAY, first.pdf_sha256)
    assert files(home, first) == before
    assert not list((home / "reports").glob("*.part.*"))


def test_another_record_makes_no_edition_without_a_reason_and_one_that_supersedes_with_it(
    home: Path, rules: Rules
) -> None:
    first = published(home, rules)
    before = files(home, first)
    change_the_record(home)
    with pytest.raises(ReportRefused, match=r"edition 1.*Other now: spend.*edition 2"):
        published(home, rules)
    second = published(home, rules, because="An invoice of the year came late.")
    assert (second.edition, second.because) == (2, "An invoice of the year came late.")
    assert files(home, first) == before
    assert second.pdf_path != first.pdf_path
    assert published(home, rules).edition == 2
    with reading(f"sqlite:///{home / 'recommission.db'}") as session:
        editions = session.exec(select(AnnualReport).order_by(col(AnnualReport.edition))).all()
        assert [one.edition for one in editions] == [1, 2]
        assert editions[0].figures["spend"]["words"] == "over £153m"
        said = session.exec(select(AuditEvent).where(AuditEvent.action == "publish")).all()
        assert [one.detail["edition"] for one in said] == [1, 2]
        assert verify(session) == []


def test_comments_that_are_older_than_policy_allows_are_named_to_the_author(home: Path, rules: Rules) -> None:
    stale = [one for one in compiled(home, rules).warnings if "older than" in one]
    assert stale[0] == "its Constitutional comments are 74 days old, older than the 60 that policy allows"
    assert len(stale) == 2


def test_other_comments_are_another_report(home: Path, rules: Rules) -> None:
    published(home, rules)
    other = (COMMENTS[0], "Financial (CDS 11/04/22): There are none.")
    with pytest.raises(ReportRefused, match="Other now: comments"):
        published(home, rules, comments=other)


def test_without_its_comments_or_before_the_year_is_over_nothing_is_published(
    home: Path, rules: Rules
) -> None:
    with pytest.raises(ReportRefused, match="no Financial comments"):
        published(home, rules, comments=COMMENTS[:1])
    with pytest.raises(ReportRefused, match="ends on 31 March 2022"):
        published(home, rules, on=date(2022, 3, 31))
    assert not (home / "reports").exists()


def test_the_pdf_is_accessible_and_both_files_say_the_same(home: Path, rules: Rules) -> None:
    edition = published(home, rules)
    assert check(home / edition.pdf_path) == []
    printed = " ".join(" ".join(page_texts(home / edition.pdf_path)).split())
    written = " ".join(one.text for one in docx.Document(str(home / edition.docx_path)).paragraphs)
    for words in (
        "over £153m, up by almost 25% on 2020/21",
        "Appendix B: how each figure is computed",
        "The committee is the appropriate body",
    ):
        assert words in printed and words in written, words
    assert "17. There are no direct financial implications" in printed  # numbered on to the last comment


def test_of_two_who_publish_at_once_one_is_refused(home: Path, rules: Rules) -> None:
    seen = compiled(home, rules)  # before the other
    first = published(home, rules)
    before = files(home, first)
    with (
        pytest.raises(ReportRefused, match="by somebody else just now"),
        unit_of_work(f"sqlite:///{home / 'recommission.db'}") as session,
    ):
        publish(session, replace(seen, item="18"), home, CHAIR, AT)
    assert files(home, first) == before
