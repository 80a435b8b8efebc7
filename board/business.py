"""What the Board hears of beside the gates: exceptions raised and closed, invest-to-save cases and what became of them.

Source: annual report of 25 April 2022, paragraphs 4 (exception reporting) and 5 (the Board recommends business
cases; the senior leadership team decides).
"""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from sqlmodel import Session, SQLModel, col, func, select

from board.actions import owed
from board.chasing import Chase, lateness
from board.refusals import BoardRefused
from lifecycle.calendars import Calendar
from lifecycle.words import say
from models import audit
from models.business import BusinessCase, CaseState, ExceptionReport, Severity
from models.columns import identity
from models.contracts import Contract
from models.people import Person


class BusinessRefused(BoardRefused):
    """The exception or business case cannot be changed so, and the message says why."""


def raise_exception(
    session: Session,
    contract: Contract,
    trigger: str,
    severity: Severity,
    what: str,
    action: str,
    raised_by: Person,
    on: date,
    at: datetime,
    safeguarding: bool = False,
    due_on: date | None = None,
) -> ExceptionReport:
    """Raise an exception on a contract; it comes to the next Board. Said again in the same words it is one.

    Raises BusinessRefused where the trigger, what happened or what is done about it is left out.
    """
    for text, name in (
        (trigger, "what triggered it"),
        (what, "what happened"),
        (action, "what is done about it"),
    ):
        if not text.strip():
            raise BusinessRefused(f"say {name}")
    if due_on and due_on < on:
        raise BusinessRefused(f"the action cannot be due on {say(due_on)}, before the exception was raised")
    known = session.exec(
        select(ExceptionReport).where(
            ExceptionReport.contract_id == contract.id, ExceptionReport.trigger == trigger.strip(),
            col(ExceptionReport.closed_on).is_(None),
        )
    ).first()  # fmt: skip
    if known:
        return known
    made = ExceptionReport(
        reference=_reference(session, ExceptionReport, "EX"), contract_id=identity(contract), trigger=trigger.strip(),
        severity=severity, safeguarding=safeguarding, what=what.strip(), action=action.strip(), due_on=due_on,
        raised_by_id=identity(raised_by), raised_on=on,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(
        session, at, raised_by.title, "exception raised", contract.reference, reference=made.reference,
        trigger=made.trigger, severity=severity,
    )  # fmt: skip
    return made


def close_exception(
    session: Session, report: ExceptionReport, because: str, on: date, by: str, at: datetime
) -> None:
    """Close an exception: it comes to no further Board. Raises BusinessRefused without a reason."""
    if not because.strip():
        raise BusinessRefused(f"say why {report.reference} is closed")
    report.closed_on, report.closed_because = on, because.strip()
    session.add(report)
    session.flush()
    audit.record(session, at, by, "exception closed", report.reference, because=because)


def reopen_exception(session: Session, report: ExceptionReport, by: str, at: datetime) -> None:
    """Take back that it was closed."""
    report.closed_on, report.closed_because = None, ""
    session.add(report)
    session.flush()
    audit.record(session, at, by, "exception reopened", report.reference)


def find_exception(session: Session, reference: str) -> ExceptionReport:
    """The exception of that reference. Raises BusinessRefused with those that are open."""
    known = session.exec(select(ExceptionReport).where(ExceptionReport.reference == reference)).first()
    if known is None:
        still = ", ".join(one.reference for one in open_exceptions(session)) or "none"
        raise BusinessRefused(f'there is no exception "{reference}"; open are: {still}')
    return known


def open_exceptions(session: Session) -> list[ExceptionReport]:
    """The exceptions that are not closed, oldest first."""
    rows = (
        select(ExceptionReport)
        .where(col(ExceptionReport.closed_on).is_(None))
        .order_by(col(ExceptionReport.id))
    )
    return list(session.exec(rows))


@dataclass(frozen=True, slots=True)
class Case:
    """An invest-to-save case as it is submitted, in pounds; `years` it lasts, None where it is permanent."""

    title: str
    what: str
    baseline: Decimal
    investment: Decimal
    saving: Decimal
    funding: str
    years: int | None = None


def submit(
    session: Session,
    said: Case,
    author: Person,
    on: date,
    at: datetime,
    benefits: Person | None = None,
    contract: Contract | None = None,
) -> BusinessCase:
    """Submit a case to the next Board; the same title from the same author is one. Raises BusinessRefused."""
    for text, name in (
        (said.title, "a title"),
        (said.what, "what is proposed"),
        (said.funding, "who funds it"),
    ):
        if not text.strip():
            raise BusinessRefused(f"a business case needs {name}")
    if min(said.baseline, said.investment, said.saving) < 0 or said.saving > said.baseline:
        raise BusinessRefused(
            "amounts are pounds from 0 up, and no more can be saved in a year than is spent in one "
            f"(cost £{said.baseline:,.0f}, investment £{said.investment:,.0f}, saving £{said.saving:,.0f})"
        )
    known = session.exec(
        select(BusinessCase).where(
            BusinessCase.title == said.title.strip(), BusinessCase.author_id == author.id,
            BusinessCase.state == CaseState.SUBMITTED,
        )
    ).first()  # fmt: skip
    if known:
        return known
    made = BusinessCase(
        reference=_reference(session, BusinessCase, "BC"), title=said.title.strip(),
        contract_id=contract.id if contract else None, author_id=identity(author),
        benefits_owner_id=benefits.id if benefits else None, what=said.what.strip(), baseline=said.baseline,
        investment=said.investment, saving=said.saving, permanent=said.years is None, years=said.years,
        funding=said.funding.strip(), submitted_on=on,
    )  # fmt: skip
    session.add(made)
    session.flush()
    audit.record(session, at, author.title, "business case submitted", made.reference, title=made.title)
    return made


def find_case(session: Session, reference: str) -> BusinessCase:
    """The case of that reference. Raises BusinessRefused with all there are."""
    cases = session.exec(select(BusinessCase).order_by(col(BusinessCase.id))).all()
    known = next((one for one in cases if one.reference == reference), None)
    if known is None:
        listed = ", ".join(one.reference for one in cases) or "none"
        raise BusinessRefused(f'there is no business case "{reference}"; there are: {listed}')
    return known


def decided(
    session: Session, case: BusinessCase, approved: bool, on: date, minute: str, by: str, at: datetime
) -> None:
    """Record what the senior leadership team decided on a case that the Board recommended; the next Board hears it.

    Said again, the newer word stands. Raises BusinessRefused for a case that was not recommended, or a day before it.
    """
    if case.recommended_on is None:
        raise BusinessRefused(f"{case.reference} is {case.state}: the Board has not recommended it yet")
    if on < case.recommended_on:
        raise BusinessRefused(
            f"the senior leadership team cannot have decided on {say(on)}, before the Board recommended it"
        )
    if not minute.strip():
        raise BusinessRefused("name the minute of the senior leadership team that records it")
    case.state = CaseState.APPROVED if approved else CaseState.REFUSED
    case.slt_decided_on, case.slt_minute = on, minute.strip()
    session.add(case)
    session.flush()
    audit.record(
        session, at, by, f"business case {case.state}", case.reference, on=on.isoformat(), minute=minute
    )


def withdraw(session: Session, case: BusinessCase, by: str, at: datetime) -> None:
    """Withdraw a case that is not decided. Raises BusinessRefused for one that is."""
    if case.slt_decided_on:
        raise BusinessRefused(f"{case.reference} was decided on {say(case.slt_decided_on)}")
    case.state = CaseState.WITHDRAWN
    session.add(case)
    session.flush()
    audit.record(session, at, by, "business case withdrawn", case.reference)


def chases(session: Session, on: date, calendar: Calendar) -> list[Chase]:
    """Who is reminded on the day: authors whose case the senior leadership team has still to decide, and whoever
    raised an exception of the day its action is due."""
    made: list[Chase] = []
    for case in session.exec(select(BusinessCase).where(BusinessCase.state == CaseState.RECOMMENDED)):
        if case.slt_due_on:
            what = f"Business case {case.reference}, {case.title}: the senior leadership team's decision"
            line = f"{what} ({lateness(case.slt_due_on, on)})."
            made += owed(
                session, f"case {case.reference}", line, case.author_id, case.slt_due_on, on, calendar
            )
    for report in open_exceptions(session):
        if report.due_on:
            line = (
                f"Exception {report.reference}: {report.action.rstrip('.')} ({lateness(report.due_on, on)})."
            )
            made += owed(
                session,
                f"exception {report.reference}",
                line,
                report.raised_by_id,
                report.due_on,
                on,
                calendar,
            )
    return made


def _reference(session: Session, model: type[SQLModel], prefix: str) -> str:
    return f"{prefix}-{session.exec(select(func.count()).select_from(model)).one() + 1}"
