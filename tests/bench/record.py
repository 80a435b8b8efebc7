"""A record of so many contracts for the benches, written in bulk: of fifty posts, two milestones each."""

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice
from typing import Any

from lifecycle.partial_dates import PartialDate
from lifecycle.planning import MilestoneKind
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage
from models.contracts import Contract
from models.cycles import Cycle, Milestone
from models.people import Person
from models.rows import inserting, run_each
from models.session import unit_of_work
from tests.town import DOMAIN

POSTS, DUE, CHUNK = 50, 500, 20_000
TODAY = date(2026, 4, 27)
END = date(2026, 10, 27)
"""Its first alert, six months before, is due today."""


def fill_record(url: str, size: int, kind: Kind = Kind.CALL_OFF, milestones: bool = True) -> None:
    """So many contracts and, where asked for, their milestones, of which DUE are due today, spread evenly."""
    step = max(1, size // DUE)
    began = PartialDate.on(date(2020, 4, 1))
    ends: dict[date, PartialDate] = {}

    def end(number: int) -> date:
        """Due today, or its next alert on one of the thousand days after."""
        return END if number % step == 0 and number // step < DUE else END + timedelta(days=1 + number % 1000)

    def contract(number: int) -> dict[str, Any]:
        day = end(number)
        return {
            "id": number + 1, "reference": f"C{number:07}", "title": "Short breaks", "kind": kind,
            "department": "Children", "owner_id": number // step % POSTS + 1, "start_date": began,
            "planned_end": ends.setdefault(day, PartialDate.on(day)), "registered_on": date(2020, 4, 1),
            "in_force": True, "notice_months": 3, "regime": Regime.PCR_2015_LIGHT_TOUCH, "source": "", "note": "",
        }  # fmt: skip

    def milestone(number: int, what: str, day: date, alert: date) -> dict[str, Any]:
        return {
            "contract_id": number + 1, "kind": what, "gate": "", "revision": 1, "earliest": day, "latest": day,
            "words": f"{day:%d %B %Y}", "how": "the end of the contract", "moved_because": "",
            "next_alert_on": alert,
        }  # fmt: skip

    def both(number: int) -> Iterator[dict[str, Any]]:
        day = end(number)
        later = TODAY + timedelta(days=1 + number % 1000)
        yield milestone(number, MilestoneKind.CONTRACT_END, day, TODAY if day == END else later)
        yield milestone(number, MilestoneKind.NOTICE, day - timedelta(days=90), later)

    with unit_of_work(url) as session:
        titles = [f"Commissioning Manager {number + 1}" for number in range(POSTS)]
        posts = [{"title": one, "email": f"post{at}@{DOMAIN}"} for at, one in enumerate(titles)]
        run_each(session, inserting(Person), posts)
        _all(session, Contract, map(contract, range(size)))
        if milestones:
            _all(session, Milestone, (one for number in range(size) for one in both(number)))
        cycle = {"stage": Stage.NEEDS_ANALYSIS, "stage_since": TODAY, "visit": 1, "opened": 1, "version": 1}
        _all(session, Cycle, ({"contract_id": number + 1, **cycle} for number in range(size)))


def _all(session: Any, model: Any, rows: Iterator[dict[str, Any]]) -> None:
    while chunk := list(islice(rows, CHUNK)):
        run_each(session, inserting(model), chunk)
