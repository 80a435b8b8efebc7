"""Opens a stage: its milestones planned, marked so that its flow is started once; begins a cycle where there is none."""

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lifecycle.planning import IN_CYCLE
from lifecycle.stages import STAYS, TABLES, Kind, Stage, Verdict
from lifecycle.words import say
from models import audit
from models.agenda import AgendaItem, ItemKind, ItemState
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, StageChange, VerdictRecord
from models.meetings import Meeting
from models.planning import Rules, replan

DIRECTIONS = {
    Stage.RECOMMISSION: Verdict.RECOMMISSION,
    Stage.PROCUREMENT: Verdict.RECOMMISSION,
    Stage.MOBILISATION: Verdict.RECOMMISSION,
    Stage.REMODEL: Verdict.REMODEL,
    Stage.DECOMMISSION: Verdict.DECOMMISSION,
}
"""The direction that a contract which comes in in the middle of its cycle must have been given."""


class StageLeft(RuntimeError):
    """The contract is no longer in the visit that was to be opened."""


class CycleRefused(ValueError):
    """A cycle cannot be begun, and the message says why."""


@dataclass(frozen=True, slots=True, order=True)
class Visit:
    """One stay of a contract in a stage: what a stage's run is for, one run each."""

    reference: str
    stage: Stage
    number: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a contract stands, as its runs must agree with it.

    `opened`: the visit's flow has run once. `awaits` is the meeting it waits for: where it is tabled, or the next
    whose papers are still open.
    """

    visit: Visit
    opened: bool
    department: str
    kind: Kind
    table_version: int
    awaits: date


def standings(session: Session, rules: Rules, on: date, reference: str | None = None) -> list[Standing]:
    """Every contract whose cycle is open, or the one asked for, by reference, as seen on a day."""
    following, agendas = rules.boards.open_for_papers(on), tabled(session, on)
    query = (
        sa.select(
            col(Cycle.id), col(Contract.reference), col(Cycle.stage), col(Cycle.visit), col(Cycle.opened),
            col(Contract.department), col(Contract.kind), col(Cycle.table_version),
        )
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage) != Stage.CLOSED)
        .order_by(col(Contract.reference))
    )  # fmt: skip
    if reference is not None:
        query = query.where(col(Contract.reference) == reference)
    return [
        Standing(
            Visit(name, Stage(stage), visit),
            opened == visit,
            department,
            Kind(kind),
            version,
            agendas.get((key, Stage(stage)), following),
        )
        for key, name, stage, visit, opened, department, kind, version in session.execute(query)
    ]


def tabled(session: Session, on: date) -> dict[tuple[int, Stage], date]:
    """The first meeting from the day on at which each cycle's stage is on the agenda and not decided yet."""
    rows = session.execute(
        sa.select(col(AgendaItem.cycle_id), col(AgendaItem.stage), sa.func.min(Meeting.on))
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(col(Meeting.on) >= on, col(AgendaItem.state) == ItemState.TABLED)
        .where(col(AgendaItem.kind) == ItemKind.GATE)
        .group_by(col(AgendaItem.cycle_id), col(AgendaItem.stage))
    )
    return {(cycle, Stage(stage)): day for cycle, stage, day in rows}


def strangers(session: Session) -> list[str]:
    """The contracts whose stage was opened under a version of the table that this release does not know."""
    rows = session.execute(
        sa.select(col(Contract.reference), col(Cycle.stage), col(Cycle.table_version))
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage) != Stage.CLOSED, col(Cycle.table_version).not_in(TABLES))
        .order_by(col(Contract.reference))
    )
    return [f"{name} ({stage}, version {version})" for name, stage, version in rows]


def left_because(session: Session, visit: Visit) -> str:
    """Why the contract is no longer in that visit, for whoever sees its run end."""
    row = session.exec(
        select(Cycle)
        .join(Contract, col(Contract.id) == col(Cycle.contract_id))
        .where(Contract.reference == visit.reference)
    ).first()
    if row is None:
        return f"{visit.reference} has no cycle in the register"
    verdict = session.exec(
        select(VerdictRecord)
        .where(
            VerdictRecord.cycle_id == row.id,
            VerdictRecord.stage == visit.stage,
            col(VerdictRecord.effective_on).is_not(None),
            col(VerdictRecord.verdict).not_in(STAYS),
            VerdictRecord.lapsed == "",
        )
        .order_by(col(VerdictRecord.id).desc())
    ).first()
    change = session.exec(
        select(StageChange)
        .where(StageChange.cycle_id == row.id, StageChange.from_stage == visit.stage)
        .order_by(col(StageChange.id).desc())
    ).first()
    now = f"it stands in {row.stage} now"
    if verdict:
        by = f"minute {verdict.minute}" if verdict.meeting_id else "an urgent decision"
        return f"{visit.reference} left {visit.stage}: {verdict.verdict} on {say(verdict.on)} ({by}); {now}"
    if change:
        return f"{visit.reference} left {visit.stage} on {say(change.on)}: {change.reason}; {now}"
    return f"{visit.reference} has left {visit.stage}; {now}"


def plan_stage(session: Session, visit: Visit, rules: Rules, on: date) -> int:
    """Plan the contract's milestones; returns how many changed. Raises StageLeft."""
    contract, _ = standing(session, visit)
    return replan(session, [contract], rules, on, f"the stage {visit.stage} was opened")


def mark_opened(session: Session, visit: Visit, at: datetime) -> bool:
    """Note that the visit's flow has run; False where it was noted before. Raises StageLeft."""
    _, cycle = standing(session, visit)
    if cycle.opened == visit.number:
        return False
    cycle.opened = visit.number
    session.add(cycle)
    audit.record(session, at, "flow", "stage opened", visit.reference, stage=visit.stage, visit=visit.number)
    return True


def standing(session: Session, visit: Visit) -> tuple[Contract, Cycle]:
    """The contract and its cycle while the visit lasts. Raises StageLeft, saying where the contract is now."""
    row = session.exec(
        select(Contract, Cycle)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(Contract.reference == visit.reference)
    ).first()
    if row is None:
        raise StageLeft(f"{visit.reference} has no cycle in the register")
    if (row[1].stage, row[1].visit) != (visit.stage, visit.number):
        raise StageLeft(f'{visit.reference} has left "{visit.stage}": it stands in "{row[1].stage}" now')
    return row


def begin(
    session: Session, reference: str, stage: Stage, direction: Verdict | None, by: str, on: date, at: datetime,
    rules: Rules,
) -> Cycle:  # fmt: skip
    """Begin a cycle, or bring one in that has come to a stage already, and plan it.

    Raises CycleRefused where the contract has one, or is of a kind without one.
    """
    contract = session.exec(select(Contract).where(Contract.reference == reference)).first()
    if contract is None:
        raise CycleRefused(f'the register has no contract "{reference}"; import it first')
    if contract.kind not in IN_CYCLE:
        follows = "it follows its framework" if contract.parent_id else "it follows the child's plan"
        raise CycleRefused(f"{reference} is a {contract.kind}: it has no cycle of its own, {follows}")
    cycle = session.exec(select(Cycle).where(Cycle.contract_id == contract.id)).first()
    if cycle and cycle.stage is stage:
        return cycle
    if cycle:
        raise CycleRefused(
            f'{reference} stands in the stage "{cycle.stage}" already; only a verdict moves it from there'
        )
    if stage is Stage.CLOSED:
        raise CycleRefused("a cycle begins in an open stage")
    if contract.actual_end:
        raise CycleRefused(
            f"{reference} ended on {contract.actual_end.isoformat()}: it has no cycle to begin"
        )
    leads_here = DIRECTIONS.get(stage)
    also = (
        Verdict.REMODEL if stage is Stage.MOBILISATION else leads_here
    )  # what is remodelled is mobilised too
    if direction not in (None, leads_here, also):
        raise CycleRefused(f'the direction "{direction}" does not lead to the stage "{stage}"')
    cycle = Cycle(
        contract_id=identity(contract), stage=stage, stage_since=on, direction=direction or leads_here
    )
    session.add(cycle)
    session.flush()
    replan(session, [contract], rules, on, "its cycle was begun")
    audit.record(session, at, by, "cycle begun", reference, stage=stage)
    return cycle
