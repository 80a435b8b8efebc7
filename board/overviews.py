"""What an agenda says that no author writes: actions, reviews due, stages completed, what moved, what comes."""

from datetime import date, timedelta

import sqlalchemy as sa
from pydantic import TypeAdapter
from sqlmodel import Session, col, select

from board.actions import open_ones
from board.agenda import reviews_due, stages_completed
from board.alerts_report import AlertsReport, alerts_paper, unowned_paper
from board.rendering.content import Bar, BarChart, DocumentData, PaperData, Section, Table
from lifecycle.planning import IN_CYCLE, MilestoneKind, as_written, plan
from lifecycle.policy import Policy
from lifecycle.stages import GATES, Stage
from lifecycle.words import count_of, say
from models.agenda import AgendaItem, ItemKind
from models.contracts import AnnualValue, Contract
from models.cycles import Cycle, Milestone, StageChange
from models.meetings import Meeting, Minutes
from models.people import Person
from models.planning import Rules, facts

KINDS = frozenset(
    {ItemKind.STANDING, ItemKind.ACTIONS, ItemKind.UNOWNED, ItemKind.REVIEWS, ItemKind.STAGE_REPORT}
)
"""The items that no author writes a paper for."""
_DOCUMENT = TypeAdapter(DocumentData)
MANY = 10
"""More contracts than these that came into the register on one day are counted, not listed."""


def paper(
    session: Session, item: AgendaItem, meeting: Meeting, rules: Rules, alerts: AlertsReport
) -> PaperData | None:
    """What the record says to an item of no author's; None where there is nothing to print."""
    secretary = rules.policy.board.secretary
    match item.kind, item.key:
        case ItemKind.STANDING, "minutes":
            return _minutes(session, meeting, secretary)
        case ItemKind.STANDING, "alerts":
            return alerts_paper(alerts)
        case ItemKind.UNOWNED, _:
            return unowned_paper(alerts)
        case ItemKind.ACTIONS, _:
            purpose = "To show what the Board has asked for and is not done yet."
            return _listing(item, secretary, purpose, actions(session, meeting.on))
        case ItemKind.REVIEWS, _:
            purpose = "To show which contracts are to be reviewed before the next meeting."
            return _listing(
                item, secretary, purpose, _reviews(session, meeting, rules.boards.after(meeting.on))
            )
        case ItemKind.STAGE_REPORT, _:
            purpose = "To report the work that was completed since the last meeting."
            return _listing(
                item, secretary, purpose, _completed(session, rules.boards.before(meeting.on), meeting.on)
            )
    return None


def _minutes(session: Session, meeting: Meeting, by: str) -> PaperData | None:
    """The minutes of the last meeting that are drafted, to be approved at this one."""
    last = session.exec(
        select(Minutes, Meeting)
        .join(Meeting, col(Meeting.id) == col(Minutes.meeting_id))
        .where(Meeting.on < meeting.on)
        .order_by(col(Meeting.on).desc())
    ).first()
    if last is None:
        return None
    minutes, held = last
    return PaperData(
        report_of=by,
        title=f"Minutes of the Board of {say(held.on)}",
        purpose="To have the minutes approved, with any corrections.",
        sections=_DOCUMENT.validate_python(minutes.content).sections,
        recommendations=("That the Board approves them as a correct record.",),
        background_papers=("None.",),
    )


def _listing(item: AgendaItem, by: str, purpose: str, table: Table) -> PaperData:
    return PaperData(
        report_of=by,
        title=item.title,
        purpose=purpose,
        sections=(Section("Information", (table,)),),
        recommendations=("That the Board notes it.",),
        background_papers=("None.",),
    )


def actions(session: Session, on: date) -> Table:
    """The open actions, overdue first, in words rather than colours."""
    owners = dict(session.execute(sa.select(col(Person.id), col(Person.title))).all())
    rows = tuple(
        (
            action.reference,
            action.what,
            owners[action.owner_id],
            say(action.due_on),
            f"overdue by {count_of((on - action.due_on).days, 'day')}" if action.due_on < on else "open",
        )
        for action in open_ones(session, on)
    )
    return Table("Actions that are open", ("Reference", "Action", "Owner", "Due", "Status"), rows)


def _reviews(session: Session, meeting: Meeting, until: date) -> Table:
    owners = dict(session.execute(sa.select(col(Person.id), col(Person.title))).all())
    rows = tuple(
        (
            contract.reference,
            contract.title,
            owners[contract.owner_id],
            milestone.words,
            "overdue" if milestone.latest < meeting.on else "due",
        )
        for milestone, contract in reviews_due(session, until)
    )
    return Table(
        f"Reviews due before {say(until)}", ("Reference", "Contract", "Owner", "Due", "Status"), rows
    )


def _completed(session: Session, after: date, until: date) -> Table:
    rows = tuple(
        (say(change.on), contract.reference, contract.title, f"{change.from_stage}: {change.reason}")
        for change, contract in stages_completed(session, after, until)
    )
    return Table("Stages completed", ("On", "Reference", "Contract", "What"), rows)


def since(session: Session, last: date, until: date) -> Table:
    """What moved on every contract after the last meeting and until the day: its stage, and its dates."""
    moved: list[tuple[str, date, str]] = [
        (contract.reference, change.on, f"from {change.from_stage} to {change.to_stage}")
        for change, contract in session.exec(
            select(StageChange, Contract)
            .join(Cycle, col(Cycle.id) == col(StageChange.cycle_id))
            .join(Contract, col(Contract.id) == col(Cycle.contract_id))
            .where(StageChange.on > last, StageChange.on <= until)
        )
    ]
    moved += [
        (
            contract.reference,
            milestone.revised_on or until,
            f"{milestone.kind} {milestone.gate}".strip() + f" is now {milestone.words}: {milestone.moved_because}",
        )
        for milestone, contract in session.exec(
            select(Milestone, Contract)
            .join(Contract, col(Contract.id) == col(Milestone.contract_id))
            .where(
                col(Milestone.revised_on) > last, col(Milestone.revised_on) <= until, Milestone.moved_because != "", Milestone.revision > 1, Contract.registered_on <= last,
            )
        )
    ]  # fmt: skip
    came: dict[date, list[str]] = {}
    for contract in session.exec(
        select(Contract).where(Contract.registered_on > last, Contract.registered_on <= until)
    ):
        came.setdefault(contract.registered_on, []).append(contract.reference)
    for day, references in came.items():
        if len(references) > MANY:
            moved.append(("", day, f"{count_of(len(references), 'contract')} came into the register"))
        else:
            moved += [(reference, day, "came into the register") for reference in references]
    rows = tuple((reference, say(day), what) for reference, day, what in sorted(moved))
    return Table(f"What moved since the Board of {say(last)}", ("Reference", "On", "What"), rows)


def overdue(session: Session, meeting: Meeting, policy: Policy) -> list[str]:
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


def register(session: Session) -> Table:
    """The contracts that stand in a cycle."""
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


def charts(session: Session) -> tuple[BarChart, ...]:
    """How many contracts stand in each stage, and what was spent in each financial year."""
    stages = dict(
        session.execute(sa.select(col(Cycle.stage), sa.func.count()).group_by(col(Cycle.stage))).all()
    )
    there = [(stage, stages[stage]) for stage in Stage if stage is not Stage.CLOSED and stages.get(stage)]
    spend = session.execute(
        sa.select(col(AnnualValue.financial_year), sa.func.sum(AnnualValue.amount))
        .group_by(col(AnnualValue.financial_year))
        .order_by(col(AnnualValue.financial_year))
    ).all()
    made = []
    if there:
        bars = tuple(Bar(str(stage).capitalize(), count, str(count)) for stage, count in there)
        most = max(there, key=lambda row: row[1])
        alt = (
            f"Bars of {count_of(sum(count for _, count in there), 'contract')} by stage; "
            f"most, {most[1]}, are in {most[0]}."
        )
        made.append(BarChart("Contracts by stage", alt, "Stage", "Contracts", bars))
    if spend:
        bars = tuple(Bar(year, float(total), f"£{total / 1_000_000:,.1f}m") for year, total in spend)
        said = ", ".join(f"{bar.shown} in {bar.label}" for bar in bars)
        made.append(
            BarChart(
                "Spend under contracts by financial year", f"Bars of spend: {said}.", "Financial year", "Spend", bars
            )
        )  # fmt: skip
    return tuple(made)


def forward_plan(session: Session, meeting: Meeting, rules: Rules) -> Table:
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
