"""What a stage must have before its gate: filled in by people and by flows, each item with what shows it."""

from dataclasses import dataclass
from datetime import date, datetime
from difflib import get_close_matches

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col, select
from sqlmodel.sql.expression import SelectOfScalar

from lifecycle.policy import Policy
from models import audit
from models.columns import identity
from models.contracts import Contract
from models.cycles import ChecklistEntry, Cycle


class StepRefused(ValueError):
    """The step cannot be recorded, and the message says why."""


@dataclass(frozen=True, slots=True)
class ChecklistLine:
    """One item of the present stage's checklist; `on` and `evidence` are empty while it is missing."""

    item: str
    by: str
    citation: str
    on: date | None = None
    evidence: str = ""
    recorded_by: str = ""


def checklist(
    session: Session, contract: Contract, cycle: Cycle, policy: Policy
) -> tuple[ChecklistLine, ...]:
    """The checklist of the stage that the contract stands in, in the policy's order."""
    entries = {entry.item: entry for entry in session.exec(_standing(cycle))}
    return tuple(
        ChecklistLine(one.item, one.by, one.citation, entry.on, entry.evidence, entry.by)
        if (entry := entries.get(one.item))
        else ChecklistLine(one.item, one.by, one.citation)
        for one in policy.checklist(cycle.stage, contract.kind)
    )


def missing(session: Session, contract: Contract, cycle: Cycle, policy: Policy) -> tuple[str, ...]:
    """The items that the stage still lacks."""
    there = {entry.item for entry in session.exec(_standing(cycle))}
    return tuple(one.item for one in policy.checklist(cycle.stage, contract.kind) if one.item not in there)


def complete(
    session: Session,
    contract: Contract,
    cycle: Cycle,
    policy: Policy,
    item: str,
    evidence: str,
    by: str,
    on: date,
    at: datetime,
) -> bool:
    """Record that an item is there, with what shows it; False where it is on record already.

    Raises StepRefused for an item that the stage does not ask for, without evidence, or for a day to come.
    """
    asked = {one.item.casefold(): one.item for one in policy.checklist(cycle.stage, contract.kind)}
    if item.casefold() not in asked:
        near = get_close_matches(item.casefold(), asked, n=1, cutoff=0.5)
        hint = (
            f'; did you mean "{asked[near[0]]}"?' if near else f"; it asks for: {', '.join(asked.values())}"
        )
        raise StepRefused(f'{contract.reference}: the stage "{cycle.stage}" asks for no "{item}"{hint}')
    if not evidence.strip():
        raise StepRefused(f'"{item}" needs evidence: a document, a link or a notice number that shows it')
    if on > at.date():
        raise StepRefused(f'"{item}" cannot be recorded for {on.isoformat()}, a day that is still to come')
    item = asked[item.casefold()]
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    written = session.exec(
        dialect.insert(ChecklistEntry)
        .values(
            cycle_id=identity(cycle), visit=cycle.visit, item=item, evidence=evidence.strip(), by=by, on=on,
            recorded_at=at, withdrawn_because="",
        )
        .on_conflict_do_nothing()
        .returning(col(ChecklistEntry.id))
    )  # fmt: skip
    if written.first() is None:
        return False
    audit.record(
        session, at, by, "checklist item completed", contract.reference, stage=cycle.stage, item=item,
        evidence=evidence, on=on.isoformat(),
    )  # fmt: skip
    return True


def withdraw(
    session: Session, contract: Contract, cycle: Cycle, item: str, because: str, by: str, at: datetime
) -> None:
    """Take an item back that was recorded by mistake; it stays on record as withdrawn. Raises StepRefused."""
    standing = session.exec(_standing(cycle)).all()
    entry = next((one for one in standing if one.item.casefold() == item.casefold()), None)
    if entry is None:
        raise StepRefused(f'{contract.reference}: "{item}" is not on record for the stage "{cycle.stage}"')
    if not because.strip():
        raise StepRefused("say why it is taken back")
    entry.withdrawn_at, entry.withdrawn_because = at, because
    session.add(entry)
    audit.record(
        session, at, by, "checklist item withdrawn", contract.reference, stage=cycle.stage, item=entry.item,
        because=because,
    )  # fmt: skip


def _standing(cycle: Cycle) -> SelectOfScalar[ChecklistEntry]:
    return select(ChecklistEntry).where(
        ChecklistEntry.cycle_id == cycle.id,
        ChecklistEntry.visit == cycle.visit,
        col(ChecklistEntry.withdrawn_at).is_(None),
    )
