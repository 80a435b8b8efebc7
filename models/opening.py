"""Opens a stage: its milestones planned, marked so that its flow is started once; begins a cycle where there is none."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from lifecycle.planning import IN_CYCLE
from lifecycle.stages import Stage, Verdict
from models import audit
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle
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


def unopened(session: Session) -> list[Visit]:
    """The visits whose flow is still to start."""
    rows = session.exec(
        select(Contract.reference, Cycle.stage, Cycle.visit)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage) != Stage.CLOSED, col(Cycle.opened) != col(Cycle.visit))
        .order_by(col(Contract.reference))
    )
    return [Visit(reference, Stage(stage), number) for reference, stage, number in rows]


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
