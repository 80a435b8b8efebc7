"""The figures of what lies ahead: upcoming work by kind, and the contracts that end."""

from collections.abc import Sequence
from datetime import date

from sqlmodel import Session, col, select

from board.annual.contracts import begun
from board.annual.figure import Figure, Row
from board.annual.rounding import number
from lifecycle.financial_years import FinancialYear
from lifecycle.planning import IN_CYCLE, as_written
from lifecycle.stages import Stage
from lifecycle.words import say
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, StageChange

UPCOMING: dict[str, tuple[str, frozenset[Stage]]] = {
    "procurement": ("Further procurement and evaluation", frozenset({Stage.PROCUREMENT})),
    "recommissioning": ("Recommissioning", frozenset({Stage.RECOMMISSION, Stage.MOBILISATION})),
    "remodelling": ("Remodelling", frozenset({Stage.REMODEL})),
    "new": ("New services", frozenset()),
    "review": ("Review, before the Board decides on the direction", frozenset({Stage.NEEDS_ANALYSIS})),
    "decommissioning": ("Decommissioning", frozenset({Stage.DECOMMISSION})),
}
"""The kinds of upcoming work: what each is called, and the stages of the cycle that make it."""


def upcoming(session: Session, contracts: Sequence[Contract], as_at: date) -> dict[str, Figure]:
    """The services ahead of a decision, under `upcoming KIND`, by the stage of their cycle on the day."""
    known = {identity(one): one for one in contracts}
    by_kind: dict[str, list[Row]] = {kind: [] for kind in UPCOMING}
    for cycle, stage in _stages(session, as_at):
        contract = known.get(cycle.contract_id)
        if contract is None:
            continue
        running = begun(contract, as_at)
        if not running and contract.predecessor_id:
            continue  # it stands with the contract that it takes over from
        kind = next((kind for kind, (_, stages) in UPCOMING.items() if stage in stages), None)
        if kind and not running and not contract.parent_id:
            kind = "new"
        if kind:
            row = Row(
                "cycle", cycle.id, contract.reference, contract.title, None, _ahead(contract, running, stage)
            )
            by_kind[kind].append(row)
    return {
        f"upcoming {kind}": Figure(
            len(rows),
            number(len(rows)),
            "services whose cycle stands at: "
            + (
                ", ".join(sorted(UPCOMING[kind][1]))
                or "any stage, that do not exist yet and take over from none"
            ),
            tuple(sorted(rows, key=lambda row: row.reference)),
        )
        for kind, rows in by_kind.items()
    }


def _stages(session: Session, as_at: date) -> list[tuple[Cycle, Stage]]:
    """Each cycle and the stage it stood in at the end of the day."""
    later: dict[int, Stage] = {}
    for move in session.exec(
        select(StageChange).where(col(StageChange.on) > as_at).order_by(col(StageChange.id))
    ):
        later.setdefault(move.cycle_id, move.from_stage)
    cycles = session.exec(select(Cycle).order_by(col(Cycle.id))).all()
    return [(cycle, later.get(identity(cycle), cycle.stage)) for cycle in cycles]


def _ahead(contract: Contract, running: bool, stage: Stage) -> tuple[str, ...]:
    """When it ends or begins, when the next service is wanted, and its stage."""
    term = contract.end_date if running else contract.start_date
    wanted = contract.successor_start
    return (
        f"{'ends' if running else 'is to begin'}: {as_written(term)}" if term else "",
        f"new arrangements wanted from: {as_written(wanted)}" if wanted else "",
        str(stage),
    )


def endings(contracts: Sequence[Contract], year: FinancialYear, as_at: date) -> Figure:
    """The contracts that end by the end of the second financial year after the report's, soonest first."""
    until = year.earlier(-2).last
    ahead = [
        (end.earliest, one.reference, one, as_written(end))
        for one in contracts
        if one.kind in IN_CYCLE
        and begun(one, as_at)
        and (one.actual_end is None or one.actual_end > as_at)
        and (end := one.end_date)
        and end.earliest
        and end.latest
        and end.latest >= as_at
        and end.earliest <= until
    ]
    return Figure(
        len(ahead),
        number(len(ahead)),
        f"contracts in force on the day of the report that end after it and by {say(until)}, the end of the second "
        "financial year that follows; spot contracts and call-offs left out; dates as they are written",
        tuple(
            Row("contract", one.id, reference, one.title, None, (ends, _wanted(one)))
            for _, reference, one, ends in sorted(ahead, key=lambda end: end[:2])
        ),
    )


def _wanted(contract: Contract) -> str:
    return as_written(contract.successor_start) if contract.successor_start else ""
