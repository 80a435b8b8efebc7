"""What the Board decides on an item that moves no contract: an exception, a business case, the minutes, what else there is.

A contract's gate is decided by a verdict (`board.verdicts`). Source: annual report of 25 April 2022, paragraph 5:
the Board recommends business cases, the senior leadership team decides.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from sqlmodel import Session, col, select

from board import minutes
from board.agenda import LONDON
from board.attendance import refuse_once_approved
from board.membership import conflicts, presence
from board.papers import about
from board.refusals import BoardRefused
from lifecycle.gates import CONFLICTED, not_quorate
from lifecycle.words import say
from models import audit
from models.agenda import AgendaItem, ItemDecision, ItemKind, ItemState, ItemVerdict
from models.business import BusinessCase, CaseState
from models.columns import identity
from models.contracts import Contract
from models.meetings import Meeting
from models.people import Person
from models.planning import Rules

_ANYTHING = tuple(one for one in ItemVerdict if one is not ItemVerdict.RECOMMEND)
_HEARD = (ItemVerdict.NOTE, ItemVerdict.DEFER, ItemVerdict.REFER_BACK)
LEGAL: dict[ItemKind, tuple[ItemVerdict, ...]] = {
    ItemKind.EXCEPTION: _ANYTHING,
    ItemKind.BUSINESS_CASE: (
        ItemVerdict.RECOMMEND,
        ItemVerdict.REFUSE,
        ItemVerdict.DEFER,
        ItemVerdict.REFER_BACK,
    ),
    ItemKind.OTHER: _ANYTHING,
    ItemKind.STANDING: (ItemVerdict.NOTE, ItemVerdict.APPROVE, ItemVerdict.DEFER),
    ItemKind.GATE: (),
}
"""What may be decided on each kind of item; on a kind that is absent, what was only reported."""

STAYS = frozenset({ItemVerdict.DEFER, ItemVerdict.REFER_BACK})
"""The item comes to the next Board again."""

SLT_DAYS = 30
"""The senior leadership team is to decide so many days after the Board recommended, on the next working day."""


class DecisionRefused(BoardRefused):
    """The decision cannot be recorded, and the message says why."""


@dataclass(frozen=True, slots=True)
class ItemSaid:
    """A decision as it is said; `supersedes` says that it corrects the one on record, which was wrong."""

    verdict: ItemVerdict
    minute: str
    reason: str = ""
    options_rejected: str = ""
    conditions: str = ""
    moved_by: Person | None = None
    supersedes: bool = False


def decide(
    session: Session, meeting: Meeting, item: AgendaItem, said: ItemSaid, by: str, at: datetime, rules: Rules
) -> ItemDecision:
    """Record what the Board decided on an item, and what follows from it; the very same again changes nothing.

    Raises DecisionRefused where it may not be decided so (a gate, a verdict that the item does not allow, no
    quorum, a conflict of interest, another decision on record, one that can no longer be superseded).
    """
    _sayable(session, meeting, item, said, at)
    known = standing(session, item)
    if known and _content(known) == _content_of(said):
        return known
    if known and not said.supersedes:
        raise DecisionRefused(
            f"“{item.title}”: minute {known.minute} already records “{known.verdict}”; where that is wrong, record a "
            "decision that supersedes it"
        )
    if said.supersedes and known is None:
        raise DecisionRefused(f"nothing is decided on “{item.title}” yet, so nothing can be superseded")
    refuse_once_approved(session, meeting)
    contract, _ = about(session, item)
    _quorate(session, meeting, item, contract, said, rules)
    if known:
        _put_back(session, meeting, item, known)
    made = ItemDecision(
        item_id=identity(item), verdict=said.verdict, minute=said.minute.strip(), reason=said.reason.strip(),
        options_rejected=said.options_rejected.strip(), conditions=said.conditions.strip(),
        moved_by_id=said.moved_by.id if said.moved_by else None, supersedes_id=known.id if known else None,
        recorded_at=at,
    )  # fmt: skip
    item.state = ItemState.CARRIED_OVER if said.verdict in STAYS else ItemState.DECIDED
    session.add_all([made, item])
    session.flush()
    _follows(session, meeting, item, said, by, at, rules)
    audit.record(
        session, at, "Board", f"decided: {said.verdict}", contract.reference if contract else item.title,
        item=item.title, on=meeting.on.isoformat(), minute=said.minute, reason=said.reason,
        supersedes=known.minute if known else "",
    )  # fmt: skip
    return made


def standing(session: Session, item: AgendaItem) -> ItemDecision | None:
    """What is decided on the item: the last decision, which none supersedes."""
    return session.exec(
        select(ItemDecision).where(ItemDecision.item_id == item.id).order_by(col(ItemDecision.id).desc())
    ).first()


def _content(one: ItemDecision) -> tuple[str | int | None, ...]:
    return one.verdict, one.minute, one.reason, one.options_rejected, one.conditions, one.moved_by_id


def _content_of(said: ItemSaid) -> tuple[str | int | None, ...]:
    words = (said.minute.strip(), said.reason.strip(), said.options_rejected.strip(), said.conditions.strip())
    return said.verdict, *words, said.moved_by.id if said.moved_by else None


def _sayable(session: Session, meeting: Meeting, item: AgendaItem, said: ItemSaid, at: datetime) -> None:
    title, legal = f"“{item.title}”", LEGAL.get(item.kind, _HEARD)
    if item.kind is ItemKind.GATE:
        contract, _ = about(session, item)
        reference = contract.reference if contract else ""
        raise DecisionRefused(
            f"{title} is a contract's gate: it is decided by a verdict on {reference} (`recommission cycle verdict`)"
        )
    if item.kind is ItemKind.BUSINESS_CASE and said.verdict is ItemVerdict.APPROVE:
        raise DecisionRefused(
            f"{title}: the Board recommends a business case to the senior leadership team, which approves it"
        )
    if said.verdict not in legal:
        raise DecisionRefused(f"{title}: “{said.verdict}” may not be decided; it may be: {', '.join(legal)}")
    if said.verdict is ItemVerdict.APPROVE and item.kind is ItemKind.STANDING and item.key != "minutes":
        raise DecisionRefused(f"{title}: there is nothing to approve; note it")
    if item.meeting_id != meeting.id or item.state is ItemState.DROPPED:
        raise DecisionRefused(f"{title} is not on the agenda of the Board of {say(meeting.on)}")
    if meeting.on > at.astimezone(LONDON).date():
        raise DecisionRefused(f"the Board of {say(meeting.on)} has not met yet")
    if not said.minute.strip():
        raise DecisionRefused("name the minute that records it")
    if not said.reason.strip() and said.verdict not in (ItemVerdict.NOTE, ItemVerdict.APPROVE):
        raise DecisionRefused(f"say why the Board decided to {said.verdict}")


def _quorate(
    session: Session, meeting: Meeting, item: AgendaItem, contract: Contract | None, said: ItemSaid, rules: Rules
) -> None:  # fmt: skip
    conflicted = conflicts(session, meeting, contract.id) if contract else frozenset()
    there, board = presence(session, meeting, conflicted), rules.policy.board
    if there and (why := not_quorate(there.members, board.quorum, there.divisions, board.quorum_divisions)):
        raise DecisionRefused(f"“{item.title}”: {why}")
    if said.moved_by and said.moved_by.id in conflicted:
        raise DecisionRefused(f"“{item.title}”: {CONFLICTED}")


def _follows(
    session: Session, meeting: Meeting, item: AgendaItem, said: ItemSaid, by: str, at: datetime, rules: Rules
) -> None:
    """What the decision changes beyond the item: where the business case stands, whose minutes are approved."""
    if item.key == "minutes" and said.verdict is ItemVerdict.APPROVE:
        corrections = (said.conditions.strip(),) if said.conditions.strip() else ()
        minutes.approve(session, minutes.last_before(session, meeting), meeting, corrections, rules, by, at)
    if item.kind is not ItemKind.BUSINESS_CASE:
        return
    case = session.get_one(BusinessCase, item.case_id)
    if case.state is not CaseState.SUBMITTED:
        raise DecisionRefused(f"{case.reference} is {case.state}: the Board decides on what is submitted")
    if said.verdict is ItemVerdict.RECOMMEND:
        case.state, case.recommended_on = CaseState.RECOMMENDED, meeting.on
        case.slt_due_on = slt_due(meeting.on, rules)
    elif said.verdict is ItemVerdict.REFUSE:
        case.state = CaseState.REFUSED
    session.add(case)
    session.flush()


def slt_due(recommended_on: date, rules: Rules) -> date:
    """By when the senior leadership team is to decide what the Board recommended on the day."""
    return rules.policy.calendar().next_working(recommended_on + timedelta(days=SLT_DAYS))


def _put_back(session: Session, meeting: Meeting, item: AgendaItem, wrong: ItemDecision) -> None:
    """Undo what a decision changed. Raises DecisionRefused where something rests on it already."""
    name = f"minute {wrong.minute} on “{item.title}” cannot be superseded"
    if item.key == "minutes" and wrong.verdict is ItemVerdict.APPROVE:
        raise DecisionRefused(f"{name}: minutes that are approved no longer change")
    if item.kind in (ItemKind.EXCEPTION, ItemKind.BUSINESS_CASE, ItemKind.OTHER):  # one key at every meeting
        later = session.exec(
            select(col(Meeting.on))
            .join(AgendaItem, col(AgendaItem.meeting_id) == col(Meeting.id))
            .join(ItemDecision, col(ItemDecision.item_id) == col(AgendaItem.id))
            .where(Meeting.on > meeting.on, AgendaItem.key == item.key)
        ).first()
        if later:
            raise DecisionRefused(f"{name}: the Board of {say(later)} has decided on it since")
    if item.kind is not ItemKind.BUSINESS_CASE:
        return
    case = session.get_one(BusinessCase, item.case_id)
    if case.slt_decided_on:
        raise DecisionRefused(
            f"{name}: the senior leadership team has decided on it since, on {say(case.slt_decided_on)}"
        )
    if case.state is CaseState.WITHDRAWN:
        raise DecisionRefused(f"{name}: {case.reference} was withdrawn since")
    case.state, case.recommended_on, case.slt_due_on = CaseState.SUBMITTED, None, None
    session.add(case)
