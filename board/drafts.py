"""Drafts papers from the record, in the field's report order: what an author then confirms or edits.

The order is that of the council's reports (annual report of 25 April 2022); paragraphs number continuously.
"""

import math
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, func, select

from board.agenda import meaning
from board.rendering.content import Block, Bullets, PaperData, Paragraph, Section, Table
from lifecycle.planning import as_written
from lifecycle.stages import Stage, Verdict, legal_moves
from lifecycle.words import count_of, say
from models.agenda import AgendaItem, ItemKind, ItemState
from models.business import BusinessCase, ExceptionReport
from models.contracts import AnnualValue, Contract, ContractSupplier, ExtensionOption, JointAuthority
from models.cycles import Cycle, Milestone, StageChange, VerdictRecord
from models.meetings import Meeting
from models.people import Person, Supplier
from models.planning import Rules

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


STATUTORY = (
    "This report has been compiled after consideration of implications in respect of crime and disorder, data "
    "protection and information governance, finance, human resources, human rights, the public sector equality duty, "
    "safeguarding of children and adults at risk, service users, and sustainability and the environment. Where such "
    "implications are material they are described below."
)
NOTE = ("That the Board notes it.",)


def draft(session: Session, item: AgendaItem, meeting: Meeting, rules: Rules) -> PaperData | None:
    """The item's paper as the record has it; None where only its author can write one."""
    match item.kind:
        case ItemKind.GATE if item.cycle_id:
            cycle = session.get_one(Cycle, item.cycle_id)
            return _gate(session, session.get_one(Contract, cycle.contract_id), cycle, item, meeting, rules)
        case ItemKind.URGENT if item.cycle_id:
            cycle = session.get_one(Cycle, item.cycle_id)
            return _urgent(session, session.get_one(Contract, cycle.contract_id), cycle, item, meeting)
        case ItemKind.EXCEPTION if item.exception_id:
            return _exception(session, session.get_one(ExceptionReport, item.exception_id), item, rules)
        case ItemKind.BUSINESS_CASE if item.case_id:
            return _case(session, session.get_one(BusinessCase, item.case_id), item)
        case ItemKind.SLT if item.case_id:
            return _slt(session, session.get_one(BusinessCase, item.case_id), item)
    return None


def _gate(
    session: Session, contract: Contract, cycle: Cycle, item: AgendaItem, meeting: Meeting, rules: Rules
) -> PaperData:
    verdicts = [
        move for move in legal_moves(item.stage or cycle.stage, cycle.table_version) if move in OPTION_WORDS
    ]
    if Verdict.EXTEND in verdicts and not _open_options(session, contract):
        verdicts.remove(Verdict.EXTEND)
    spend = spend_of(session, contract)
    information: list[Block] = [Paragraph(text) for text in _facts(session, contract, cycle)]
    information += [table for table in (_dates(session, contract), _table_of(spend)) if table]
    late = meaning(session, contract, meeting.on, rules).in_words()
    return PaperData(
        report_of=session.get_one(Person, contract.owner_id).title,
        title=item.title,
        purpose=f"To ask the Board to decide {_question(item.stage)}.",
        sections=(
            Section("Information", tuple(information)),
            *([Section("What a deferral would cost", tuple(map(Paragraph, late)))] if late else []),
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
            *_implications(_of_money(contract, spend), _of_staff(item.stage)),
        ),
        recommendations=(
            f"That the Board decides {_question(item.stage)}.",
            "That the Board records its reasons and any conditions in the minutes.",
        ),
        background_papers=("None.",),
        ref=contract.reference,
    )


def _implications(money: str, staff: str) -> tuple[Section, ...]:
    return (
        Section("Statutory and Policy Implications", (Paragraph(STATUTORY),)),
        Section("Financial Implications", (Paragraph(money),)),
        Section("HR Implications", (Paragraph(staff),)),
    )


def _of_money(contract: Contract, spend: dict[str, Decimal]) -> str:
    if not spend:
        return f"The record holds no spend under {contract.reference}."
    year, total = list(spend.items())[-1]
    return (
        f"Spend under {contract.reference} was £{total:,.0f} in the financial year {year}. Whatever is decided is to be "
        "met from the budget for it unless this report says otherwise."
    )


def _of_staff(stage: Stage | None) -> str:
    if stage in (Stage.RECOMMISSION, Stage.PROCUREMENT):
        return (
            "The record shows none for the Council's own staff. Where another provider takes over, staff of the "
            "present one may transfer to it (SI 2006/246)."
        )
    return "The record shows none."


def _exception(session: Session, report: ExceptionReport, item: AgendaItem, rules: Rules) -> PaperData:
    contract = session.get_one(Contract, report.contract_id)
    asked = f"{report.action.rstrip('.')}." + (
        f" It is due on {say(report.due_on)}." if report.due_on else ""
    )
    safeguarding = (
        "Safeguarding of children is concerned." if report.safeguarding else "Safeguarding is not concerned."
    )
    return PaperData(
        report_of=session.get_one(Person, report.raised_by_id).title,
        title=item.title,
        purpose=f"To report an exception on {contract.reference} and what is done about it.",
        sections=(
            Section(
                "Information",
                (
                    Paragraph(
                        f"Exception {report.reference} was raised on {say(report.raised_on)}: "
                        f"{report.trigger.rstrip('.')}. Its severity is {report.severity}. {safeguarding}"
                    ),
                    Paragraph(report.what),
                    *(Paragraph(text) for text in _terms(session, contract)),
                ),
            ),
            Section("Action taken", (Paragraph(asked),)),
            *_implications(_of_money(contract, spend_of(session, contract)), "The record shows none."),
        ),
        recommendations=("That the Board considers whether any further action is needed.",),
        background_papers=("None.",),
        ref=contract.reference,
    )


def _case(session: Session, case: BusinessCase, item: AgendaItem) -> PaperData:
    lasts = "permanent" if case.permanent else f"for {count_of(case.years or 0, 'year')}"
    rows = [
        ("Cost a year today", f"£{case.baseline:,.0f}"),
        ("Investment, once", f"£{case.investment:,.0f}"),
        (f"Saving a year ({lasts})", f"£{case.saving:,.0f}"),
    ]
    if case.saving > 0:
        rows.append(("Paid back after", count_of(math.ceil(12 * case.investment / case.saving), "month")))
    if not case.permanent and case.years:
        rows.append(("Net saving over its life", f"£{case.saving * case.years - case.investment:,.0f}"))
    benefits = session.get(Person, case.benefits_owner_id) if case.benefits_owner_id else None
    owned = f" The {benefits.title} answers for the saving." if benefits else ""
    return PaperData(
        report_of=session.get_one(Person, case.author_id).title,
        title=item.title,
        purpose="To ask the Board to recommend an invest-to-save case to the senior leadership team, which decides it.",
        sections=(
            Section(
                "Information",
                (
                    Paragraph(case.what),
                    Table(f"The case, {case.reference}", ("What", "Amount"), tuple(rows)),
                ),
            ),
            Section(
                "Other Options Considered",
                (Paragraph("To make no investment and carry the present cost."),),
            ),
            Section("Reasons for Recommendations", (Paragraph(f"The saving is {lasts}.{owned}"),)),
            *_implications(
                f"The investment of £{case.investment:,.0f} is to be met from: {case.funding.rstrip('.')}.",
                "The record shows none.",
            ),
        ),
        recommendations=("That the Board recommends the case to the senior leadership team.",),
        background_papers=("None.",),
        ref=case.reference,
    )


def _slt(session: Session, case: BusinessCase, item: AgendaItem) -> PaperData:
    decided = say(case.slt_decided_on) if case.slt_decided_on else "a day not recorded"
    recommended = f"The Board recommended it on {say(case.recommended_on)}. " if case.recommended_on else ""
    return PaperData(
        report_of=session.get_one(Person, case.author_id).title,
        title=item.title,
        purpose=f"To report what the senior leadership team decided on {case.reference}.",
        sections=(
            Section(
                "Information",
                (
                    Paragraph(
                        f"{recommended}The senior leadership team decided on {decided} (minute {case.slt_minute or 'not given'}): "
                        f"the case is {case.state}."
                    ),
                ),
            ),
        ),
        recommendations=NOTE,
        background_papers=("None.",),
        ref=case.reference,
    )


def _urgent(
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
        if verdict.lapsed:
            information.append(Paragraph(f"It no longer stands: {verdict.lapsed}."))
    return PaperData(
        report_of=posts[-1],
        title=item.title,
        purpose="To report to the Board what was decided between its meetings.",
        sections=(Section("Information", tuple(information)),),
        recommendations=NOTE,
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


def _terms(session: Session, contract: Contract) -> list[str]:
    """What the contract is, who supplies it and with whom it is shared."""
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
    return facts


def _facts(session: Session, contract: Contract, cycle: Cycle) -> list[str]:
    facts = _terms(session, contract)
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


def _dates(session: Session, contract: Contract) -> Table | None:
    ahead = session.exec(
        select(Milestone)
        .where(Milestone.contract_id == contract.id, col(Milestone.met_on).is_(None))
        .order_by(col(Milestone.earliest), col(Milestone.kind), col(Milestone.gate))
    ).all()
    rows = tuple((f"{one.kind} {one.gate}".strip(), one.words) for one in ahead)
    return Table("Dates ahead", ("What", "When"), rows) if rows else None


def spend_of(session: Session, contract: Contract) -> dict[str, Decimal]:
    """Spend by financial year, the earliest first, in pounds."""
    rows = session.execute(
        sa.select(col(AnnualValue.financial_year), sa.func.sum(AnnualValue.amount))
        .where(col(AnnualValue.contract_id) == contract.id)
        .group_by(col(AnnualValue.financial_year))
        .order_by(col(AnnualValue.financial_year))
    )
    return dict(rows.all())


def _table_of(spend: dict[str, Decimal]) -> Table | None:
    rows = tuple((year, f"£{total:,.0f}") for year, total in spend.items())
    return Table("Spend by financial year", ("Financial year", "Spend"), rows) if rows else None
