"""Compiles a meeting's agenda pack from the record: one PDF, the same bytes for the same data."""

from datetime import date, datetime, timedelta
from pathlib import Path

from sqlmodel import Session, col, select

from board.agenda import LONDON, compute, meaning
from board.alerts_report import AlertsReport
from board.papers import draft, from_content
from board.rendering.content import AgendaEntry, PackData, Table
from board.rendering.content import Meeting as MeetingData
from board.rendering.pack import render_pack
from lifecycle.planning import IN_CYCLE, MilestoneKind, as_written, plan
from lifecycle.policy import Policy
from lifecycle.stages import GATES, Stage
from lifecycle.words import say
from models.agenda import AgendaItem, ItemKind
from models.checklists import complete
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, Milestone
from models.meetings import Meeting
from models.papers import Pack
from models.people import Person
from models.planning import Rules, facts

PAPER = "paper"
"""The checklist item that a compiled pack fills in."""


def compile_pack(
    session: Session,
    meeting: Meeting,
    rules: Rules,
    alerts: AlertsReport,
    home: Path,
    today: date,
    at: datetime,
) -> Pack:
    """Compute the agenda, draft what has no paper yet, and write the pack below `home`.

    The same record gives the same bytes, and then the pack that is known already is returned.
    """
    items = compute(session, meeting, rules, len(alerts.unowned))
    data = pack_data(session, meeting, items, rules, alerts, today)
    _papers_are_there(session, meeting, items, rules, today, at)
    target = home / "packs" / f"{meeting.on.isoformat()}-agenda-pack.pdf"
    part = target.with_suffix(".part.pdf")
    rendered = render_pack(data, part)
    known = session.exec(
        select(Pack).where(Pack.meeting_id == meeting.id, Pack.sha256 == rendered.sha256)
    ).first()
    part.replace(target)
    if known:
        return known
    pack = Pack(
        meeting_id=identity(meeting),
        path=str(target.relative_to(home)),
        sha256=rendered.sha256,
        pages=rendered.pages,
        compiled_on=today,
    )
    session.add(pack)
    session.flush()
    return pack


def _papers_are_there(
    session: Session, meeting: Meeting, items: list[AgendaItem], rules: Rules, today: date, at: datetime
) -> None:
    """Every gate whose stage asks for a paper now has one."""
    for item in items:
        if item.kind is not ItemKind.GATE or item.stage is None:
            continue
        cycle = session.get_one(Cycle, item.cycle_id)
        contract = session.get_one(Contract, cycle.contract_id)
        asked = any(one.item == PAPER for one in rules.policy.checklist(item.stage, contract.kind))
        if asked and item.kind is ItemKind.GATE and item.stage is cycle.stage:
            evidence = f"agenda pack of {say(meeting.on)}"
            complete(
                session,
                contract,
                cycle,
                rules.policy,
                PAPER,
                evidence,
                "compile-pack",
                min(today, at.date()),
                at,
            )


def pack_data(
    session: Session,
    meeting: Meeting,
    items: list[AgendaItem],
    rules: Rules,
    alerts: AlertsReport,
    today: date,
) -> PackData:
    """Everything the pack says, as plain data."""
    board = rules.policy.board
    entries = []
    for number, item in enumerate(items, 1):
        entries.append(_entry(session, str(number), item, meeting, rules, alerts, today))
    return PackData(
        council=board.council,
        board=board.name,
        meeting=MeetingData(meeting.title, meeting.starts_at.astimezone(LONDON), meeting.venue),
        generated_on=today,
        items=tuple(entries),
        warnings=tuple(_overdue(session, meeting, rules.policy)),
        register=_register(session),
        forward_plan=_forward_plan(session, meeting, rules),
    )


def _entry(
    session: Session,
    number: str,
    item: AgendaItem,
    meeting: Meeting,
    rules: Rules,
    alerts: AlertsReport,
    today: date,
) -> AgendaEntry:
    if item.cycle_id is None:
        return AgendaEntry(number, item.title, str(item.kind), item.purpose.value, "Chair")
    paper = draft(session, item, meeting, rules, today)
    cycle = session.get_one(Cycle, item.cycle_id)
    contract = session.get_one(Contract, cycle.contract_id)
    seen = meaning(session, contract, meeting.on, rules)
    if item.kind is ItemKind.URGENT:
        return AgendaEntry(
            number=number,
            title=item.title,
            kind="urgent decision",
            purpose="information",
            presenter=paper.content["report_of"],
            contract=contract.reference,
            paper=from_content(paper.content),
        )
    return AgendaEntry(
        number=number,
        title=item.title,
        kind=GATES.get(item.stage or Stage.CLOSED, str(item.stage)),
        purpose="decision",
        presenter=session.get_one(Person, contract.owner_id).title,
        contract=contract.reference,
        paper=from_content(paper.content),
        warning=" ".join(seen.in_words())
        if seen.float_boards is not None and seen.float_boards < 0
        else None,
    )


def _overdue(session: Session, meeting: Meeting, policy: Policy) -> list[str]:
    """What has passed its last day and is chased, apart from the gates, which the agenda has."""
    rows = session.exec(
        select(Milestone, Contract)
        .join(Contract, col(Contract.id) == col(Milestone.contract_id))
        .where(col(Milestone.met_on).is_(None), col(Milestone.latest) < meeting.on)
        .where(col(Contract.kind).in_(IN_CYCLE), col(Milestone.kind) != MilestoneKind.BOARD)
        .order_by(col(Milestone.latest), col(Contract.reference))
    ).all()
    return [
        f"{contract.reference}: {milestone.kind} {milestone.words} has passed and is not done."
        for milestone, contract in rows
        if policy.ladder(milestone.kind, contract.kind).overdue_every
    ]


def _register(session: Session) -> Table:
    rows = session.exec(
        select(Contract, Cycle, Person)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .join(Person, col(Person.id) == col(Contract.owner_id))
        .where(col(Cycle.stage) != Stage.CLOSED)
        .order_by(col(Contract.reference))
    ).all()
    return Table(
        "Contracts in a commissioning cycle",
        ("Reference", "Title", "Kind", "Ends", "Stage", "Owner"),
        tuple(
            (
                contract.reference,
                contract.title,
                str(contract.kind),
                as_written(contract.end_date) if contract.end_date else "open-ended",
                str(cycle.stage),
                owner.title,
            )
            for contract, cycle, owner in rows
        ),
    )


def _forward_plan(session: Session, meeting: Meeting, rules: Rules) -> Table:
    """The gates that come up at the next four meetings: each with the last Board that can still decide it."""
    rows = session.exec(
        select(Contract, Cycle)
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .where(col(Cycle.stage).in_(GATES))
    ).all()
    planned = []
    ahead = rules.boards.between(meeting.on, meeting.on + timedelta(days=366))[1:5]
    for contract, cycle in rows:
        gate = plan(facts(session, contract), rules.policy, rules.boards).gate(cycle.stage)
        if gate and gate.last_board in ahead:
            planned.append((gate.last_board, contract.reference, contract.title, GATES[gate.stage]))
    return Table(
        "Decisions that fall due at the next four meetings",
        ("Last Board", "Reference", "Contract", "Decision"),
        tuple((say(day), reference, title, gate) for day, reference, title, gate in sorted(planned)),
    )
