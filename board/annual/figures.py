"""Every figure of a year's annual report, computed from the record."""

from collections.abc import Iterable
from datetime import date
from itertools import pairwise

from sqlmodel import Session, col, select

from board.annual.ahead import endings, upcoming
from board.annual.contracts import SPOT_YEARS, in_force, joint, listing, not_shown, parties_of, spot
from board.annual.figure import Figure, Figures, ReportRefused, Row, listed
from board.annual.rounding import number
from board.annual.spending import care, money, on_contract, spend
from board.membership import seats
from lifecycle.boards import Boards, NoMeeting
from lifecycle.financial_years import FinancialYear
from lifecycle.stages import Kind
from lifecycle.words import say
from models.contracts import Contract
from models.meetings import Meeting, Role
from models.people import Person

TWO_MONTHS = 70
"""Days between two meetings above which the Board did not meet every two months: nine weeks, and one more."""


def compute(session: Session, year: FinancialYear, as_at: date, boards: Boards) -> Figures:
    """Every figure of the year from the record as it stands, for a report as at that day.

    The stages of the cycles are those of the day; spend and dates are what the record has now.
    Raises ReportRefused where the year had not begun.
    """
    if as_at < year.first:
        raise ReportRefused(
            f"The financial year {year} begins on {say(year.first)}; there is nothing to report on {say(as_at)}."
        )
    contracts = session.exec(
        select(Contract).where(Contract.registered_on <= as_at).order_by(col(Contract.reference))
    ).all()
    parties = parties_of(session)
    now, before = spend(session, year), spend(session, year.earlier())
    spots = {
        each: [one for one in contracts if one.kind is Kind.SPOT and in_force(one, each, as_at)]
        for each in (year.earlier(back) for back in range(SPOT_YEARS))
    }
    running = [one for one in contracts if one.kind is not Kind.SPOT and in_force(one, year, as_at)]
    figures = money(now, before, year)
    figures |= on_contract(now, year)
    figures |= care(now, running, parties, year)
    figures |= spot(spots, parties, year)
    figures["not_shown"] = not_shown(spots[year], parties, year)
    figures["contracts"] = listing(running, now, parties, year)
    figures["joint"] = joint(session, running, year)
    figures |= upcoming(session, contracts, as_at)
    figures["endings"] = endings(contracts, year, as_at)
    figures["chair"], figures["divisions"] = _seats(session, as_at)
    figures["meetings"], figures["gaps"] = _meetings(session, year, as_at, boards)
    return Figures(year, as_at, figures, tuple(_warnings(figures, year, as_at)))


def _seats(session: Session, as_at: date) -> tuple[Figure, Figure]:
    """The post in the chair and the divisions that the members are of, on the day."""
    people = session.exec(select(Person).order_by(Person.title)).all()
    posts = {one.id: one.title for one in people}
    rows = [
        Row("membership", one.id, posts[one.person_id], one.division, None, (one.role,))
        for one in seats(session, as_at)
    ]
    managers = {one.manager_id for one in people}
    top = [
        Row("person", one.id, one.title, one.title)
        for one in people
        if one.manager_id is None and one.id in managers
    ]
    chair = ([row for row in rows if Role.CHAIR in row.cells] or top)[:1]
    words = chair[0].reference if chair else ""
    divisions = sorted({row.name for row in rows if Role.MEMBER in row.cells})
    return (
        Figure(
            words or None,
            words,
            "the post in the chair of the Board on the day of the report; without one on record the post that manages "
            "others and that nobody manages",
            tuple(chair),
        ),
        Figure(
            len(divisions),
            listed(divisions),
            "the divisions that members of the Board sat for on the day of the report",
            tuple(rows),
        ),
    )


def _meetings(session: Session, year: FinancialYear, as_at: date, boards: Boards) -> tuple[Figure, Figure]:
    last = min(year.last, as_at)
    held = boards.between(year.first, last)
    recorded = {
        one.on: one.id
        for one in session.exec(select(Meeting).where(col(Meeting.on).between(year.first, last)))
    }
    around = list(held)
    for look, from_ in ((boards.before, year.first), (boards.after, last)):
        try:
            around.append(look(from_))
        except NoMeeting:
            continue
    around.sort()
    gaps = [(first, second) for first, second in pairwise(around) if (second - first).days > TWO_MONTHS]
    meetings = Figure(
        len(held),
        number(len(held)),
        f"meetings in the Board's calendar from {say(year.first)} to {say(last)}, moved and cancelled ones as they were",
        tuple(
            Row("meeting", recorded.get(day), day.isoformat(), say(day), None,
                ("on record" if day in recorded else "in the calendar only",))
            for day in held
        ),
    )  # fmt: skip
    return meetings, Figure(
        len(gaps),
        listed([f"from {say(first)} to {say(second)}" for first, second in gaps]),
        f"more than {TWO_MONTHS} days from one meeting to the next, with the meetings around the year",
        tuple(
            Row("meeting", None, f"{first.isoformat()}/{second.isoformat()}", f"{(second - first).days} days")
            for first, second in gaps
        ),
    )


def _warnings(figures: dict[str, Figure], year: FinancialYear, as_at: date) -> Iterable[str]:
    if as_at < year.last:
        yield f"the financial year {year} ends on {say(year.last)}: these figures are of the part until {say(as_at)}"
    lacking = {
        "chair": "a chair of the Board on that day",
        "spend": f"any spend in {year}",
        "spend_before": f"any spend in {year.earlier()}",
        "care_ten": "which suppliers with spend are of children in care",
        "spot_trend": "spot contracts of two years to compare",
    }
    for name, what in lacking.items():
        if figures[name].value is None:
            yield f"the record does not have {what}: the report says so"
    unseen = [row.name for row in figures["meetings"].rows if row.id is None]
    if unseen:
        yield f"the record has no agenda of the Board of {listed(unseen)}: taken from its calendar"
