"""A contract's sheet: where it stands, what its gate lacks, its dates, what was decided, whose move it is.

The command line, the Prefect UI and the pages show this one view.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lifecycle.outlook import outlook
from lifecycle.planning import IN_CYCLE, plan
from lifecycle.rag import Rag, rag
from lifecycle.stages import GATES, Stage, legal_moves
from lifecycle.words import count_of, say
from models import partners
from models.checklists import ChecklistLine, checklist
from models.columns import identity
from models.contracts import Contract, Lot
from models.cycles import Cycle, Milestone, StageChange, VerdictRecord
from models.opening import tabled
from models.people import NO_OWNER, Person
from models.planning import Rules, facts


class NoContract(LookupError):
    """The register has no contract of that reference."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """Everything there is to see of a contract's cycle on a day. Dates are inclusive.

    `float_boards` counts the meetings that may still pass without a decision; `meaning` says what that
    means, in sentences, the worst first. `history` is (day, what, why); `dates` is (first day, as written, what, how),
    `overdue` those whose last day is past.
    `follows` is the framework of a call-off. `move` says whose move it is.
    """

    reference: str
    title: str
    kind: str
    department: str
    owner: str
    stage: str | None
    since: date | None
    visit: int
    opened: bool
    version: int
    gate: str | None
    options: tuple[str, ...]
    next_board: date | None
    last_board: date | None
    float_boards: int | None
    meaning: tuple[str, ...]
    move: str
    checklist: tuple[ChecklistLine, ...]
    partners: tuple[tuple[str, str], ...]
    history: tuple[tuple[date, str, str], ...]
    dates: tuple[tuple[date, str, str, str], ...]
    overdue: tuple[str, ...]
    next_alert_on: date | None
    follows: str | None
    call_offs: tuple[str, ...]
    outlived_by: tuple[str, ...]
    lots: tuple[str, ...]
    predecessor: str | None
    successor: str | None
    split_from: str | None
    ended_on: date | None
    open_ended: bool

    @property
    def rag(self) -> Rag | None:
        """Red, amber or green; None for a contract that has ended."""
        if self.ended_on:
            return None
        return rag(self.float_boards, bool(self.overdue), self.open_ended or self.owner == NO_OWNER)

    @property
    def in_danger(self) -> bool:
        """Whether only the next Board, or none, can still decide in time."""
        return self.float_boards is not None and self.float_boards <= 0

    @property
    def lacking(self) -> tuple[str, ...]:
        """The checklist's items that are missing."""
        return tuple(line.item for line in self.checklist if line.on is None)

    def as_json(self) -> dict[str, Any]:
        """For machines; dates stay dates."""
        return asdict(self) | {"in_danger": self.in_danger, "rag": self.rag}


def sheet(session: Session, reference: str, rules: Rules, on: date) -> Sheet:
    """The sheet of one contract. Raises NoContract."""
    contract = session.exec(select(Contract).where(Contract.reference == reference)).first()
    if contract is None:
        raise NoContract(f'the register has no contract "{reference}"')
    cycle = session.exec(select(Cycle).where(Cycle.contract_id == contract.id)).first()
    return _of(session, contract, cycle, rules, on, tabled(session, on))


def _of(
    session: Session,
    contract: Contract,
    cycle: Cycle | None,
    rules: Rules,
    on: date,
    agendas: Mapping[tuple[int, Stage], date],
) -> Sheet:
    """The sheet of a contract that was looked up already."""
    seen = outlook(plan(facts(session, contract), rules.policy, rules.boards), rules.policy, rules.boards, on)
    owner = session.get_one(Person, contract.owner_id).title
    lines = checklist(session, contract, cycle, rules.policy) if cycle else ()
    shared = tuple(_partners(session, contract, cycle, rules)) if cycle else ()
    waits = partners.waiting_verdict(session, cycle) if cycle else None
    board = agendas.get((identity(cycle), cycle.stage), rules.boards.open_for_papers(on)) if cycle else None
    milestones = session.exec(
        select(Milestone)
        .where(Milestone.contract_id == contract.id, col(Milestone.met_on).is_(None))
        .order_by(col(Milestone.earliest), col(Milestone.kind))
    ).all()
    return Sheet(
        reference=contract.reference,
        title=contract.title,
        kind=str(contract.kind),
        department=contract.department,
        owner=owner,
        stage=str(cycle.stage) if cycle else None,
        since=cycle.stage_since if cycle else None,
        visit=cycle.visit if cycle else 0,
        opened=bool(cycle and cycle.opened == cycle.visit),
        version=cycle.version if cycle else 0,
        gate=GATES.get(cycle.stage) if cycle else None,
        options=tuple(str(move) for move in legal_moves(cycle.stage, cycle.table_version)) if cycle else (),
        next_board=board,
        last_board=seen.gate.last_board if seen.gate else None,
        float_boards=seen.float_boards,
        meaning=seen.in_words(),
        move=_whose_move(cycle, owner, lines, shared, waits, board),
        checklist=lines,
        partners=shared,
        history=tuple(sorted(_history(session, cycle), key=lambda row: row[0])) if cycle else (),
        dates=tuple((one.earliest, one.words, _what(one), one.how) for one in milestones),
        overdue=tuple(f"{one.words}: {_what(one)}" for one in milestones if one.latest < on),
        next_alert_on=min((one.next_alert_on for one in milestones if one.next_alert_on), default=None),
        ended_on=contract.actual_end,
        open_ended=contract.end_date is None,
        **_relations(session, contract),
    )


def _what(milestone: Milestone) -> str:
    return f"{milestone.kind} ({milestone.gate})" if milestone.gate else milestone.kind


def _partners(session: Session, contract: Contract, cycle: Cycle, rules: Rules) -> Iterator[tuple[str, str]]:
    decided = partners.said(session, cycle)
    for name in partners.asked(session, contract, cycle, rules) if cycle.stage in GATES else ():
        row = decided.get(name)
        yield (
            name,
            "has not decided" if row is None else f"{'agreed' if row.agreed else 'refused'} on {say(row.on)}",
        )


def _history(session: Session, cycle: Cycle) -> Iterator[tuple[date, str, str]]:
    for verdict, post in session.exec(
        select(VerdictRecord, Person.title)
        .outerjoin(Person, col(Person.id) == col(VerdictRecord.urgent_by_id))
        .where(VerdictRecord.cycle_id == cycle.id)
        .order_by(col(VerdictRecord.id))
    ):
        who = f"urgent decision of the {post}" if post else f"Board, minute {verdict.minute}"
        state = f" (lapsed: {verdict.lapsed})" if verdict.lapsed else ""
        state = state or (" (waits for partners)" if verdict.effective_on is None else "")
        conditions = f" Conditions: {verdict.conditions}" if verdict.conditions else ""
        despite = f" Decided although the gate lacked something: {verdict.despite}" if verdict.despite else ""
        yield verdict.on, f"{verdict.verdict} ({who}){state}", f"{verdict.reason}{conditions}{despite}"
    for change in session.exec(
        select(StageChange)
        .where(StageChange.cycle_id == cycle.id, col(StageChange.verdict_id).is_(None))
        .order_by(col(StageChange.id))
    ):
        yield change.on, f"{change.from_stage} → {change.to_stage}", change.reason


def _relations(session: Session, contract: Contract) -> dict[str, Any]:
    def named(key: int | None) -> str | None:
        return session.get_one(Contract, key).reference if key else None

    end = contract.end_date.latest if contract.end_date else None
    call_offs = session.exec(
        select(Contract)
        .where(Contract.parent_id == contract.id, col(Contract.actual_end).is_(None))
        .order_by(col(Contract.reference))
    ).all()
    successor = session.exec(
        select(Contract.reference).where(Contract.predecessor_id == contract.id).order_by(sa.desc("id"))
    ).first()
    return {
        "follows": named(contract.parent_id) if contract.kind not in IN_CYCLE else None,
        "call_offs": tuple(one.reference for one in call_offs),
        "outlived_by": tuple(
            one.reference
            for one in call_offs
            if end and one.end_date and one.end_date.latest and one.end_date.latest > end
        ),
        "lots": tuple(
            session.exec(select(Lot.name).where(Lot.contract_id == contract.id).order_by(col(Lot.name)))
        ),
        "predecessor": named(contract.predecessor_id),
        "successor": successor,
        "split_from": named(contract.split_from_id),
    }


def _whose_move(
    cycle: Cycle | None,
    owner: str,
    lines: tuple[ChecklistLine, ...],
    shared: tuple[tuple[str, str], ...],
    waiting: VerdictRecord | None,
    board: date | None,
) -> str:
    """Who must do something now, in words."""
    if cycle is None:
        return "nobody's: it has no cycle of its own"
    if cycle.stage is Stage.CLOSED:
        return "nobody's: the cycle is closed"
    if waiting:
        silent = [name for name, said in shared if not said.startswith("agreed")]
        return f"{' and '.join(silent)}: to agree to {waiting.verdict}"
    lacking = [line for line in lines if line.on is None and line.by != "compile-pack"]
    if lacking:
        who = {owner if line.by == "owner" else line.by for line in lacking}
        return f"{', '.join(sorted(who))}: {count_of(len(lacking), 'item')} of the checklist"
    if cycle.stage in GATES and board:
        return f"the Board of {say(board)}: {GATES[cycle.stage]}"
    return f"{owner}: to say that {cycle.stage} is completed"


def waiting(session: Session, rules: Rules, on: date) -> list[Sheet]:
    """Every open cycle, worst first: by float, then by the last Board that can still decide.

    What has no gate comes after those that have, unless a date of it is past.
    """
    rows = session.exec(
        select(Contract, Cycle)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage) != Stage.CLOSED)
    ).all()
    agendas = tabled(session, on)  # once for all: it reads every agenda ahead
    sheets = [_of(session, contract, cycle, rules, on, agendas) for contract, cycle in rows]
    far = date.max
    return sorted(
        sheets,
        key=lambda one: (
            one.float_boards if one.float_boards is not None else (-1 if one.overdue else 999),
            one.last_board or (one.dates[0][0] if one.dates else far),
            one.reference,
        ),
    )
