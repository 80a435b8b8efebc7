"""Drafts a gate's paper from the record, in the field's report order, and keeps it as structured text."""

from dataclasses import asdict
from datetime import date
from hashlib import sha256
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, func, select

from board.agenda import meaning
from board.rendering.content import Block, Bullets, PaperData, Paragraph, Section, Table
from lifecycle.planning import as_written
from lifecycle.stages import Stage, Verdict, legal_moves
from lifecycle.words import say
from models.agenda import AgendaItem, ItemKind, ItemState
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier, ExtensionOption, JointAuthority
from models.cycles import Cycle, StageChange, VerdictRecord
from models.meetings import Meeting
from models.papers import Paper
from models.people import Person, Supplier
from models.planning import Rules, facts
from models.rows import run

OPTION_WORDS = {
    Verdict.CONTINUE: "Continue the contract as it is until its end.",
    Verdict.EXTEND: "Extend the contract by the next option it holds.",
    Verdict.START_REVIEW: "Begin the review that leads to the needs analysis.",
    Verdict.REMODEL: "Remodel: change the service within the contract.",
    Verdict.RECOMMISSION: "Recommission: procure a new service to take over.",
    Verdict.DECOMMISSION: "Decommission: end the service, with a plan for everybody who uses it.",
    Verdict.APPROVE: "Approve what is proposed.",
    Verdict.AWARD: "Award as the evaluation recommends.",
    Verdict.ABANDON: "Abandon the procurement and seek authority again.",
}
QUESTION = {
    Stage.REVIEW: "whether to begin the review of this contract",
    Stage.NEEDS_ANALYSIS: "whether to remodel, recommission or decommission the service",
    Stage.REMODEL: "whether to approve the remodelled service",
    Stage.RECOMMISSION: "whether to give authority to tender",
    Stage.PROCUREMENT: "whether to award",
}


def _question(stage: Stage | None) -> str:
    return QUESTION.get(stage or Stage.CLOSED, "what is to become of this contract")


def draft(session: Session, item: AgendaItem, meeting: Meeting, rules: Rules, today: date) -> Paper:
    """The item's paper: drafted where there is none, and anew where the contract has changed since."""
    known = session.exec(select(Paper).where(Paper.agenda_item_id == item.id)).first()
    cycle = session.get_one(Cycle, item.cycle_id)
    contract = session.get_one(Contract, cycle.contract_id)
    seen = _seal(session, contract, cycle)
    decided = item.kind is ItemKind.GATE and cycle.stage is not item.stage
    if known and (decided or known.seen in ("", seen)):
        return known
    if item.kind is ItemKind.URGENT:
        content = _report(session, contract, cycle, item, meeting)
    else:
        owner = session.get_one(Person, contract.owner_id)
        late = meaning(session, contract, meeting.on, rules).in_words()
        content = _content(session, contract, cycle, owner, item, late)
    paper = known or Paper(agenda_item_id=identity(item), title="", content={}, drafted_on=today)
    paper.title, paper.content, paper.seen, paper.drafted_on = content.title, as_content(content), seen, today
    session.add(paper)
    session.flush()
    return paper


_SEEN = (
    select(Paper.seen)
    .join(AgendaItem, col(AgendaItem.id) == col(Paper.agenda_item_id))
    .where(
        AgendaItem.meeting_id == bindparam("meeting"),
        AgendaItem.cycle_id == bindparam("cycle"),
        AgendaItem.stage == bindparam("at"),
        AgendaItem.kind == ItemKind.GATE,
    )
)


def superseded(session: Session, contract: Contract, cycle: Cycle, meeting: Meeting | None) -> bool:
    """Whether the paper that the meeting had for the present gate was drafted on facts that are others now."""
    if meeting is None:
        return False
    seen = run(session, _SEEN, meeting=meeting.id, cycle=cycle.id, at=cycle.stage).scalar()
    return bool(seen) and seen != _seal(session, contract, cycle)


def _seal(session: Session, contract: Contract, cycle: Cycle) -> str:
    """What a decision rests on: the cycle's version, and the contract's dates and options."""
    known = facts(session, contract)
    rests_on = (
        cycle.version,
        known.start,
        known.end,
        known.successor_start,
        known.options,
        known.notice_months,
    )
    return sha256(repr(rests_on).encode()).hexdigest()


def _report(
    session: Session, contract: Contract, cycle: Cycle, item: AgendaItem, meeting: Meeting
) -> PaperData:
    """What was decided between meetings, by whom and why it could not wait."""
    information: list[Block] = []
    posts: list[str] = []
    for verdict, post in session.exec(
        select(VerdictRecord, Person.title)
        .join(Person, col(Person.id) == col(VerdictRecord.urgent_by_id))
        .where(
            VerdictRecord.cycle_id == cycle.id,
            VerdictRecord.stage == item.stage,
            VerdictRecord.on < meeting.on,
            VerdictRecord.on >= _last_reported(session, item, meeting),
        )
        .order_by(col(VerdictRecord.id))
    ):
        posts.append(post)
        information += [
            Paragraph(f"On {say(verdict.on)} the {post} decided on {contract.reference}: {verdict.verdict}."),
            Paragraph(f"Reason: {verdict.reason}"),
            Paragraph(f"Why it could not wait for the Board: {verdict.urgent_because}"),
        ]
    return PaperData(
        report_of=posts[-1],
        title=item.title,
        purpose="To report to the Board what was decided between its meetings.",
        sections=(Section("Information", tuple(information)),),
        recommendations=("That the Board notes it.",),
        background_papers=("None.",),
        ref=contract.reference,
    )


def _last_reported(session: Session, item: AgendaItem, meeting: Meeting) -> date:
    """The last earlier meeting that had such a report: what was decided from then on is new to this one."""
    last = session.exec(
        select(func.max(Meeting.on))
        .join(AgendaItem, col(AgendaItem.meeting_id) == col(Meeting.id))
        .where(
            AgendaItem.cycle_id == item.cycle_id,
            AgendaItem.stage == item.stage,
            AgendaItem.kind == ItemKind.URGENT,
            col(AgendaItem.state) == ItemState.DECIDED,
            Meeting.on < meeting.on,
        )
    ).one()
    return last or date.min


def as_content(paper: PaperData) -> dict[str, Any]:
    """A paper as JSON; `from_content` is its inverse."""
    content = asdict(paper)
    for section, written in zip(paper.sections, content["sections"], strict=True):
        for block, words in zip(section.blocks, written["blocks"], strict=True):
            words["type"] = type(block).__name__
    return content


def from_content(content: dict[str, Any]) -> PaperData:
    """A paper as it is rendered, from the JSON it is kept as."""
    return PaperData(
        report_of=content["report_of"],
        title=content["title"],
        purpose=content["purpose"],
        sections=tuple(
            Section(section["heading"], tuple(_block(block) for block in section["blocks"]))
            for section in content["sections"]
        ),
        recommendations=tuple(content["recommendations"]),
        background_papers=tuple(content["background_papers"]),
        electoral_divisions=content["electoral_divisions"],
        ref=content["ref"],
    )


def _block(block: dict[str, Any]) -> Block:
    match block["type"]:
        case "Bullets":
            return Bullets(tuple(block["items"]))
        case "Table":
            return Table(block["caption"], tuple(block["header"]), tuple(tuple(row) for row in block["rows"]))
        case _:
            return Paragraph(block["text"])


def _content(
    session: Session, contract: Contract, cycle: Cycle, owner: Person, item: AgendaItem, late: tuple[str, ...]
) -> PaperData:
    verdicts = [
        move for move in legal_moves(item.stage or cycle.stage, cycle.table_version) if move in OPTION_WORDS
    ]
    if Verdict.EXTEND in verdicts and not _open_options(session, contract):
        verdicts.remove(Verdict.EXTEND)
    information: list[Block] = [Paragraph(text) for text in _facts(session, contract, cycle)]
    spend = _spend(session, contract)
    if spend:
        information.append(spend)
    information += [Paragraph(sentence) for sentence in late]
    return PaperData(
        report_of=owner.title,
        title=item.title,
        purpose=f"To ask the Board to decide {_question(item.stage)}.",
        sections=(
            Section("Information", tuple(information)),
            Section(
                "Other Options Considered",
                (
                    Paragraph("The Board may decide on one of the following:"),
                    Bullets(
                        tuple(OPTION_WORDS[verdict] for verdict in verdicts if isinstance(verdict, Verdict))
                    ),
                ),
            ),
            Section(
                "Reasons for Recommendations",
                (Paragraph(f"The contract's clock asks for a decision now: {item.why}."),),
            ),
            Section(
                "Statutory and Policy Implications",
                (
                    Paragraph(
                        "This report was drafted from the contract record. Implications in respect of "
                        "finance, human resources, the public sector equality duty, safeguarding of children, "
                        "data protection and sustainability are for the report's author to complete where "
                        "they are material."
                    ),
                ),
            ),
        ),
        recommendations=(
            f"That the Board decides {_question(item.stage)}.",
            "That the Board records its reasons and any conditions in the minutes.",
        ),
        background_papers=("None.",),
        ref=contract.reference,
    )


def _facts(session: Session, contract: Contract, cycle: Cycle) -> list[str]:
    end, start = contract.end_date, contract.start_date
    what = (
        f"{contract.reference} is a {contract.kind}"
        if contract.in_force
        else (f"{contract.reference} is a service still to be procured ({contract.kind})")
    )
    facts = [
        f"{what} for the {contract.department} department, under {contract.regime}. "
        + (f"It {'started' if contract.in_force else 'is to start'}: {as_written(start)}. " if start else "")
        + (f"It ends: {as_written(end)}." if end else "It has no end date.")
    ]
    suppliers = session.exec(
        select(Supplier.name)
        .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
        .where(ContractSupplier.contract_id == contract.id)
        .order_by(col(Supplier.name))
    ).all()
    if suppliers:
        named = ", ".join(suppliers) if len(suppliers) <= 5 else f"{len(suppliers)} suppliers"
        facts.append(f"The service is supplied by {named}.")
    partners = session.exec(
        select(JointAuthority)
        .where(JointAuthority.contract_id == contract.id)
        .order_by(col(JointAuthority.name))
    ).all()
    if len(partners) > 1:
        lead = next(partner.name for partner in partners if partner.lead)
        others = ", ".join(partner.name for partner in partners if not partner.lead)
        facts.append(f"It is held jointly: {lead} leads, with {others}.")
    if contract.successor_start:
        facts.append(f"The new service is wanted from: {as_written(contract.successor_start)}.")
    for option in _open_options(session, contract):
        facts.append(f"The contract holds an option to extend by {option} months that has not been taken up.")
    since = session.exec(
        select(StageChange).where(StageChange.cycle_id == cycle.id).order_by(col(StageChange.id))
    ).all()
    for change in since:
        facts.append(
            f"On {say(change.on)} it moved from {change.from_stage} to {change.to_stage}: {change.reason}"
        )
    return facts


def _open_options(session: Session, contract: Contract) -> list[int]:
    return list(
        session.exec(
            select(ExtensionOption.months)
            .where(ExtensionOption.contract_id == contract.id, col(ExtensionOption.taken_up_on).is_(None))
            .order_by(col(ExtensionOption.position))
        )
    )


def _spend(session: Session, contract: Contract) -> Table | None:
    totals: dict[str, Any] = {}
    for value in session.exec(
        select(AnnualValue)
        .where(AnnualValue.contract_id == contract.id)
        .order_by(col(AnnualValue.financial_year))
    ):
        totals[value.financial_year] = totals.get(value.financial_year, 0) + value.amount
    if not totals:
        return None
    rows = tuple((year, f"£{total:,.0f}") for year, total in totals.items())
    return Table("Spend by financial year", ("Financial year", "Spend"), rows)
