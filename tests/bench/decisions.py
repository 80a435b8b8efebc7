"""A council of 600 contracts and the verdicts of its Board, always the same."""

import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from random import Random

from sqlmodel import Session, SQLModel, col, select

from board.agenda import hold
from board.verdicts import Decision
from lifecycle.planning import IN_CYCLE, ROUTES
from lifecycle.stages import GATES, STAYS, Stage, Verdict, next_stage
from models.columns import identity
from models.contracts import Contract, ExtensionOption, JointAuthority
from models.cycles import ChecklistEntry, Cycle, PartnerDecision
from models.meetings import Attendance
from models.people import Person
from models.planning import Rules
from models.session import unit_of_work
from notifications.alerts import raise_due
from register.importing import import_file

CONTRACTS = 600
A_MEETING = 60
TODAY = date(2022, 4, 25)
LAST = date(2026, 1, 1)
NOW = datetime(2022, 4, 25, 7, tzinfo=UTC)
POSTS = [f"Commissioning Manager {number}" for number in range(12)]
STAGES = (*(Stage.REVIEW,) * 6, Stage.NEEDS_ANALYSIS, Stage.RECOMMISSION, Stage.PROCUREMENT, Stage.REMODEL)
LIKELY: dict[Stage, dict[Verdict, int]] = {
    Stage.REVIEW: {Verdict.START_REVIEW: 8, Verdict.CONTINUE: 5, Verdict.EXTEND: 4, Verdict.DEFER: 3},
    Stage.NEEDS_ANALYSIS: {
        Verdict.RECOMMISSION: 10,
        Verdict.REMODEL: 4,
        Verdict.DECOMMISSION: 2,
        Verdict.DEFER: 4,
    },
    Stage.REMODEL: {Verdict.APPROVE: 8, Verdict.DEFER: 2},
    Stage.RECOMMISSION: {Verdict.APPROVE: 8, Verdict.REFER_BACK: 2},
    Stage.PROCUREMENT: {Verdict.AWARD: 7, Verdict.ABANDON: 1, Verdict.DEFER: 2},
}
"""How often, of twenty or ten times, the Board says what at each gate."""


def council(url: str, folder: Path, rules: Rules) -> list[Decision]:
    """Fill a migrated database with the council; returns its Board's verdicts, sixty a meeting, in order.

    What they ask for is on record: evidence for every stage, attendance, the agreement of the partners.
    """
    random = Random(20220425)  # the same council every time
    posts = [["title", "email", "deputy", "manager"], *([post, "", "", ""] for post in POSTS)]
    for name, rows in (("posts", posts), ("contracts", _register(random, rules))):
        with (folder / f"{name}.csv").open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        with unit_of_work(url) as session:
            result = import_file(session, folder / f"{name}.csv", rules, TODAY, NOW, folder)
            assert not result.refused, result.refused
    with unit_of_work(url) as session:
        raise_due(session, TODAY, rules.policy)
        return list(_verdicts(session, random, rules))


def _register(random: Random, rules: Rules) -> Iterator[list[object]]:
    """One in ten is shared with partners, two in five may be extended."""
    yield [
        "reference", "title", "kind", "department", "owner", "suppliers", "start", "end", "extension_options",
        "notice_months", "regime", "stage", "authorities",
    ]  # fmt: skip
    shared = ";".join((rules.policy.board.council, *(partner.name for partner in rules.policy.partners)))
    for number in range(CONTRACTS):
        ends = date(random.randrange(2026, 2031), random.randrange(1, 13), random.randrange(1, 29))
        yield [
            f"C{number}", f"Service {number}", random.choice(sorted(IN_CYCLE)), "Children", random.choice(POSTS),
            f"Supplier {number % 80}", "2020-04-01", ends, random.choice(("2x12", "1x24", "", "", "")),
            random.choice((3, 6)), "PCR 2015 light touch", random.choice(STAGES),
            shared if random.random() < 0.1 else "",
        ]  # fmt: skip


def _verdicts(session: Session, random: Random, rules: Rules) -> Iterator[Decision]:
    """A contract that no longer waits for the Board is left out."""
    members = session.exec(select(Person).order_by(col(Person.id)).limit(6)).all()
    options = Counter(session.exec(select(ExtensionOption.contract_id)))
    shared = session.exec(select(JointAuthority)).all()
    rows = session.exec(select(Contract, Cycle).join(Cycle, col(Cycle.contract_id) == col(Contract.id))).all()
    stands = {contract.reference: (cycle.stage, cycle.direction, 1) for contract, cycle in rows}
    for on in (day for day in rules.boards.dates if TODAY < day < LAST):
        meeting = identity(hold(session, on, rules))
        session.add_all(
            Attendance(meeting_id=meeting, person_id=identity(member), present=True) for member in members
        )
        waiting = [row for row in rows if stands[row[0].reference][0] in GATES]
        for number, (contract, cycle) in enumerate(random.sample(waiting, A_MEETING), 1):
            stage, direction, visit = stands[contract.reference]
            (verdict,) = random.choices(list(LIKELY[stage]), list(LIKELY[stage].values()))
            if verdict is Verdict.EXTEND and not options[identity(contract)]:
                verdict = Verdict.CONTINUE
            options[identity(contract)] -= verdict is Verdict.EXTEND
            if verdict not in STAYS:
                session.add_all(_asked_for(contract, cycle, stage, visit, shared, on, rules))
            if verdict in ROUTES:
                direction = verdict
            to = next_stage(stage, verdict, direction=direction)
            stands[contract.reference] = (to, direction, visit + (verdict not in STAYS))
            minute = f"{on:%Y-%m}/{number}"
            yield Decision(contract.reference, stage, verdict, on, "as the paper recommends", minute)


def _asked_for(
    contract: Contract,
    cycle: Cycle,
    stage: Stage,
    visit: int,
    shared: Iterable[JointAuthority],
    on: date,
    rules: Rules,
) -> Iterator[SQLModel]:
    """What the gate asks for before it may be passed."""
    for asked in rules.policy.checklist(stage, contract.kind):
        yield ChecklistEntry(
            cycle_id=identity(cycle), visit=visit, item=asked.item, evidence="on file", by=asked.by, on=on,
            recorded_at=NOW,
        )  # fmt: skip
    for authority in shared:
        if authority.contract_id == contract.id and authority.name != rules.policy.board.council:
            yield PartnerDecision(
                cycle_id=identity(cycle), visit=visit, authority=authority.name, agreed=True, on=on, minute="",
                recorded_at=NOW,
            )  # fmt: skip
