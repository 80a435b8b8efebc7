"""Opens a stage: its milestones planned, its sheet for people, marked so that it is opened once."""

from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session, col, select

from lifecycle.stages import GATES, WORK, Stage
from models import audit
from models.contracts import Contract
from models.cycles import Cycle, Milestone
from models.planning import Rules, replan


@dataclass(frozen=True, slots=True)
class StageSheet:
    """What people need to see of a stage: its work, its gate and the dates ahead."""

    reference: str
    title: str
    stage: Stage
    gate: str | None
    work: tuple[str, ...]
    dates: tuple[tuple[str, str, str], ...]


class StageLeft(RuntimeError):
    """The contract is no longer in the stage that was to be opened."""


def unopened(session: Session) -> list[tuple[str, Stage]]:
    """The contracts that stand in a stage whose flow has not run, with the stage."""
    rows = session.exec(
        select(Contract.reference, Cycle.stage)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage) != Stage.CLOSED)
        .where(col(Cycle.opened).is_(None) | (col(Cycle.opened) != col(Cycle.stage)))
        .order_by(col(Contract.reference))
    )
    return [(reference, Stage(stage)) for reference, stage in rows]


def plan_stage(session: Session, reference: str, stage: Stage, rules: Rules, on: date) -> int:
    """Plan the contract's milestones; returns how many changed. Raises StageLeft."""
    contract, _ = _standing(session, reference, stage)
    return replan(session, [contract], rules, on, f"the stage {stage} was opened")


def mark_opened(session: Session, reference: str, stage: Stage, at: datetime) -> bool:
    """Note that the stage's flow has run; False where it was noted before. Raises StageLeft."""
    _, cycle = _standing(session, reference, stage)
    if cycle.opened is stage:
        return False
    cycle.opened = stage
    session.add(cycle)
    audit.record(session, at, "flow", "stage opened", reference, stage=stage)
    return True


def sheet(session: Session, reference: str, stage: Stage) -> StageSheet:
    """The stage's sheet: (day as written, what, how it was worked out) for each open date. Raises StageLeft."""
    contract, _ = _standing(session, reference, stage)
    milestones = session.exec(
        select(Milestone)
        .where(Milestone.contract_id == contract.id, col(Milestone.met_on).is_(None))
        .order_by(col(Milestone.earliest), col(Milestone.kind))
    )
    dates = tuple(
        (one.words, f"{one.kind} ({one.gate})" if one.gate else one.kind, one.how) for one in milestones
    )
    return StageSheet(reference, contract.title, stage, GATES.get(stage), WORK[stage], dates)


def _standing(session: Session, reference: str, stage: Stage) -> tuple[Contract, Cycle]:
    row = session.exec(
        select(Contract, Cycle)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(Contract.reference == reference)
    ).first()
    if row is None or row[1].stage is not stage:
        stands = f'stands in "{row[1].stage}"' if row else "is not in the register"
        raise StageLeft(f'{reference} {stands}: the stage "{stage}" is not opened')
    return row[0], row[1]
