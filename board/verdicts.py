"""Records what the Board decided: the verdict, the move and everything that follows, in one transaction.

Whatever says it (the form of a waiting run, the command line, the minutes), this is the one way in.
"""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from board import actions
from board.agenda import LONDON, hold, settle
from board.membership import Presence, conflicts, presence
from board.papers import superseded
from board.superseding import last_verdict, named, supersede
from lifecycle.gates import GateFacts, refusal
from lifecycle.stages import NEEDS_CHECKLIST, OUT_OF_TURN, STAYS, Completion, Stage, Verdict, next_stage
from lifecycle.words import say
from models import audit, partners
from models.agenda import ItemState
from models.checklists import missing
from models.columns import identity
from models.contracts import Contract, JointAuthority
from models.cycles import Cycle, PartnerDecision, StageChange, VerdictRecord
from models.lots import SplitRefused, lots, split
from models.meetings import Meeting
from models.people import Person
from models.planning import Rules, replan
from models.rows import insert, run
from models.transitions import Moved, MoveRefused, before, move


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict as it is said.

    `on` is the meeting's day; with `urgent_by` (the post that decided between meetings, and `urgent_because`)
    any day. `lots` limits it to those lots, which then go their own way as the contract `split_to`. `ends_on`
    is the new last day where a contract is ended early. `despite` is why it was decided although the gate lacked
    something; `seen` the cycle's version that the Board saw, where the asker knows it. `supersedes` is the key of
    the wrong verdict that this one corrects, the last of the contract's; `gate` is then the stage that one left.
    """

    reference: str
    gate: Stage
    verdict: Verdict
    on: date
    reason: str
    minute: str = ""
    conditions: str = ""
    ends_on: date | None = None
    moved_by: str = ""
    urgent_by: str = ""
    urgent_because: str = ""
    despite: str = ""
    lots: tuple[str, ...] = ()
    split_to: str = ""
    seen: int | None = None
    channel: str = "command line"
    options_rejected: str = ""
    supersedes: int | None = None


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of a verdict: the contract moved, waits for its partners, or was on record already.

    `put_back` says what of a superseded verdict was put back first.
    """

    reference: str
    moved: Moved | None = None
    waits_for: tuple[str, ...] = ()
    put_back: str = ""

    def __str__(self) -> str:
        """In words."""
        if self.moved and self.moved.from_stage is self.moved.to_stage:
            return f"{self.reference} stays in {self.moved.to_stage}"
        if self.moved:
            return f"{self.reference}: {self.moved.from_stage} → {self.moved.to_stage}"
        if self.waits_for:
            return f"{self.reference}: recorded; it takes effect when {' and '.join(self.waits_for)} agree"
        return f"{self.reference}: on record already"


_FIND = (
    select(Contract, Cycle)
    .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
    .where(Contract.reference == bindparam("reference"))
)
# The same verdict from elsewhere waits, and then finds this one and the contract it left. Rows that point to
# them may still be written meanwhile, such as a checklist's by a pack that holds the trail.
_LOCK = _FIND.with_for_update(key_share=True).execution_options(populate_existing=True)


def find(session: Session, reference: str, to_move: bool = False) -> tuple[Contract, Cycle]:
    """The contract and its cycle, locked where they are `to_move`.

    Raises MoveRefused where there is none of that reference.
    """
    found = session.exec(_LOCK if to_move else _FIND, params={"reference": reference}).first()
    if found:
        return found
    contract = session.exec(select(Contract).where(Contract.reference == reference)).first()
    if contract is None:
        raise MoveRefused(f'the register has no contract "{reference}"')
    parent = session.get(Contract, contract.parent_id) if contract.parent_id else None
    follows = f"; it follows {parent.reference}" if parent else ""
    raise MoveRefused(f"{reference} is a {contract.kind}: it has no cycle of its own{follows}")


def record_verdict(session: Session, said: Decision, at: datetime, rules: Rules) -> Recorded:
    """Record a verdict and let it move the contract; saying the very same again changes nothing.

    Raises MoveRefused where it may not be passed now (another stage, no quorum, a conflict of interest, a
    superseded paper, a checklist with gaps, a day still to come, a different verdict on record), IllegalMove where it may not follow
    from the stage, NoMeeting where the Board does not meet that day, SplitRefused for lots, StaleCycle.
    """
    contract, cycle = find(session, said.reference, to_move=True)
    if said.supersedes and said.lots:
        raise MoveRefused(
            "lots that were split off are contracts of their own: supersede the verdict on theirs"
        )
    if said.urgent_by and not (said.urgent_because and said.reason):
        raise MoveRefused("an urgent decision needs the reason for it and why it cannot wait for the Board")
    meeting = None if said.urgent_by else hold(session, said.on, rules)
    if said.lots:
        contract, cycle, said = _its_own_way(session, contract, cycle, said, meeting, at, rules)
    if _on_record(session, said, cycle, meeting):
        return Recorded(said.reference)
    put_back, saw = "", cycle.version
    if said.supersedes:
        put_back, saw = _superseded(session, said, contract, cycle, meeting, at)
        said = replace(said, seen=None)
    _legal(session, said, contract, cycle, meeting, at, rules, saw)
    waits_for = _partners_to_agree(session, contract, cycle, said.verdict, rules)
    undo = before(contract, cycle) | {"waited_for": waits_for}
    verdict_id = insert(
        session,
        VerdictRecord,
        cycle_id=cycle.id,
        meeting_id=meeting.id if meeting else None,
        on=said.on,
        stage=said.gate,
        cycle_version=cycle.version,
        verdict=said.verdict,
        minute=said.minute,
        reason=said.reason,
        conditions=said.conditions,
        ends_on=said.ends_on,
        moved_by_id=_post(session, said.moved_by),
        urgent_by_id=_post(session, said.urgent_by),
        urgent_because=said.urgent_because,
        despite=said.despite,
        channel=said.channel,
        effective_on=None if waits_for else said.on,
        lapsed="",
        options_rejected=said.options_rejected,
        supersedes_id=said.supersedes,
        undo=undo,
        recorded_at=at,
    )
    if meeting:
        state = ItemState.CARRIED_OVER if said.verdict in STAYS else ItemState.DECIDED
        settle(session, meeting, cycle, contract, state)
        if said.conditions.strip():
            actions.ask(
                session, meeting, contract, said.minute, said.conditions, rules.boards.after(said.on), at
            )
    if waits_for:
        audit.record(
            session, at, "Board", f"{said.verdict}, waiting for partners", said.reference,
            on=said.on.isoformat(), reason=said.reason, partners=list(waits_for),
        )  # fmt: skip
        if put_back:
            replan(session, [contract], rules, said.on, "a verdict of the Board was superseded")
        return Recorded(said.reference, waits_for=waits_for, put_back=put_back)
    moved = move(
        session, contract, cycle, said.verdict, said.on, at, said.reason, rules, verdict_id, said.ends_on
    )
    return Recorded(said.reference, moved, put_back=put_back)


def _superseded(
    session: Session, said: Decision, contract: Contract, cycle: Cycle, meeting: Meeting | None, at: datetime
) -> tuple[str, int]:
    """Put the wrong verdict back: what that is in words, and the cycle's version that the Board saw."""
    _as_seen(said, cycle)
    wrong = session.get(VerdictRecord, said.supersedes)
    if wrong is None or wrong.cycle_id != cycle.id:
        raise MoveRefused(f"{said.reference}: the verdict to supersede is none of this contract's")
    if said.gate is not wrong.stage:
        raise MoveRefused(
            f'{said.reference}: the verdict to supersede was at "{wrong.stage}", not "{said.gate}"'
        )
    by = named(said.minute, said.on)
    told = supersede(session, contract, cycle, wrong, meeting, by, said.on, at)
    actions.take_back(session, contract, wrong.minute, f"superseded by {by}", at)
    if wrong.meeting_id and (meeting is None or meeting.id != wrong.meeting_id):
        its = session.get_one(Meeting, wrong.meeting_id)
        settle(session, its, cycle, contract, ItemState.CARRIED_OVER)  # it was not decided there after all
    return told, wrong.cycle_version


def _as_seen(said: Decision, cycle: Cycle) -> None:
    if said.seen is not None and said.seen != cycle.version:
        raise MoveRefused(
            f"{said.reference} has moved since this was asked (version {said.seen}, now {cycle.version}); "
            "look at it again before deciding"
        )


def _its_own_way(
    session: Session,
    contract: Contract,
    cycle: Cycle,
    said: Decision,
    meeting: Meeting | None,
    at: datetime,
    rules: Rules,
) -> tuple[Contract, Cycle, Decision]:
    """Split the lots off, once: the verdict is then that of the contract they became."""
    reference = said.split_to or f"{contract.reference}/{'+'.join(said.lots)}"
    known = session.exec(
        select(Contract).where(Contract.reference == reference, Contract.split_from_id == contract.id)
    ).first()
    if known:
        if set(lots(session, known)) != set(said.lots):
            raise SplitRefused(f'"{reference}" was split off with other lots; name another reference')
        part, its = find(session, reference)
    else:
        # what stands against it, stands against the contract that the Board saw
        _legal(session, said, contract, cycle, meeting, at, rules)
        part, its = split(session, contract, cycle, said.lots, reference, "Board", said.on, at, rules)
    return part, its, replace(said, reference=reference, lots=(), seen=None)


_RECORDED = select(col(VerdictRecord.verdict), col(VerdictRecord.minute), col(VerdictRecord.on)).where(
    VerdictRecord.cycle_id == bindparam("cycle"),
    VerdictRecord.stage == bindparam("gate"),
    (col(VerdictRecord.on) == bindparam("day")) | (col(VerdictRecord.cycle_version) == bindparam("seen")),
    VerdictRecord.lapsed == "",
)


def _on_record(session: Session, said: Decision, cycle: Cycle, meeting: Meeting | None) -> bool:
    """Whether this very verdict is known; raises MoveRefused where a different one is."""
    if said.supersedes:
        stands = last_verdict(session, cycle)
        return stands is not None and _content(stands, stands.stage) == _content(said, said.gate)
    known = run(session, _RECORDED, cycle=cycle.id, gate=said.gate, day=said.on, seen=cycle.version).first()
    if known is None:
        return False
    if (known.verdict, known.minute, known.on) == (said.verdict, said.minute, said.on):
        return True
    where = f"minute {known.minute} of {known.on}" if known.minute else f"the decision of {known.on}"
    raise MoveRefused(
        f'{said.reference}: {where} already records "{known.verdict}" at this gate; where that is wrong, record a '
        "verdict that supersedes it"
    )


def _content(one: VerdictRecord | Decision, gate: Stage) -> tuple[Any, ...]:
    return (
        gate, one.verdict, one.on, one.minute, one.reason, one.conditions, one.ends_on, one.despite,
        one.options_rejected, one.urgent_because,
    )  # fmt: skip


def _legal(
    session: Session,
    said: Decision,
    contract: Contract,
    cycle: Cycle,
    meeting: Meeting | None,
    at: datetime,
    rules: Rules,
    saw: int | None = None,
) -> None:
    if cycle.stage is not said.gate:
        raise MoveRefused(
            f'{said.reference} stands in the stage "{cycle.stage}", not "{said.gate}"; nothing was recorded'
        )
    next_stage(said.gate, said.verdict, cycle.table_version, cycle.direction)
    if said.on > at.astimezone(LONDON).date():
        raise MoveRefused(
            f"{said.reference}: {say(said.on)} is still to come; record what was decided after it"
        )
    _as_seen(said, cycle)
    there, mover_conflicted = _quorum(session, said, contract, meeting)
    asks = said.verdict in NEEDS_CHECKLIST and not said.despite
    why = refusal(
        GateFacts(
            verdict=said.verdict,
            missing=missing(session, contract, cycle, rules.policy) if asks else (),
            paper_superseded=asks and superseded(session, contract, cycle, meeting, saw),
            despite=said.despite,
            present=there.members if there else None,
            quorum=rules.policy.board.quorum,
            divisions=there.divisions if there else None,
            quorum_divisions=rules.policy.board.quorum_divisions,
            mover_conflicted=mover_conflicted,
        )
    )
    if why:
        raise MoveRefused(f"{said.reference}: {why}")


def _quorum(
    session: Session, said: Decision, contract: Contract, meeting: Meeting | None
) -> tuple[Presence | None, bool]:
    """Who was present without a conflict (None: not recorded), and whether the mover had one."""
    if meeting is None:
        return None, False
    conflicted = conflicts(session, meeting, contract.id)
    return presence(session, meeting, conflicted), _post(session, said.moved_by) in conflicted


def _post(session: Session, title: str) -> int | None:
    if not title:
        return None
    key = session.exec(select(Person.id).where(Person.title == title)).first()
    if key is None:
        raise MoveRefused(f'there is no post "{title}" in the register')
    return key


def _partners_to_agree(
    session: Session, contract: Contract, cycle: Cycle, verdict: Verdict, rules: Rules
) -> tuple[str, ...]:
    """The authorities whose agreement a verdict still waits for. What only stays or abandons needs none."""
    if verdict in STAYS or verdict in OUT_OF_TURN or verdict is Verdict.ABANDON:
        return ()
    asked = partners.asked(session, contract, cycle, rules)
    known = partners.said(session, cycle) if asked else {}
    return tuple(name for name in asked if name not in known or not known[name].agreed)


def record_partner(
    session: Session,
    reference: str,
    authority: str,
    agreed: bool,
    on: date,
    minute: str,
    at: datetime,
    rules: Rules,
) -> Recorded:
    """Record what a partner decided; the last agreement lets our Board's waiting verdict take effect.

    Where a partner refuses, the waiting verdict lapses and the gate waits again. Recording the same twice changes
    nothing. Raises MoveRefused for an authority that does not share the contract.
    """
    contract, cycle = find(session, reference, to_move=True)
    names = session.exec(select(JointAuthority.name).where(JointAuthority.contract_id == contract.id)).all()
    if authority not in names or authority == rules.policy.board.council:
        others = ", ".join(name for name in names if name != rules.policy.board.council)
        raise MoveRefused(
            f'{reference} is not shared with "{authority}"; its partners are: {others or "none"}'
        )
    known = session.exec(
        select(PartnerDecision).where(
            PartnerDecision.cycle_id == cycle.id, PartnerDecision.visit == cycle.visit,
            PartnerDecision.authority == authority, PartnerDecision.on == on,
        )
    ).first()  # fmt: skip
    if known and known.agreed is not agreed:
        raise MoveRefused(f"{reference}: the decision of {authority} on {on} is on record as another")
    if known:
        return Recorded(reference)
    session.add(
        PartnerDecision(
            cycle_id=identity(cycle), visit=cycle.visit, authority=authority, agreed=agreed, on=on,
            minute=minute, recorded_at=at,
        )
    )  # fmt: skip
    session.flush()
    audit.record(
        session, at, authority, "agreed" if agreed else "refused", reference, on=on.isoformat(), minute=minute
    )
    waiting = partners.waiting_verdict(session, cycle)
    if waiting is None:
        return Recorded(reference)
    if not agreed:
        waiting.lapsed = f"{authority} did not agree on {on.isoformat()}"
        cycle.version += 1
        session.add_all([waiting, cycle])
        return Recorded(reference)
    if left := _partners_to_agree(session, contract, cycle, waiting.verdict, rules):
        return Recorded(reference, waits_for=left)
    waiting.effective_on = max(on, waiting.on)
    session.add(waiting)
    moved = move(
        session, contract, cycle, waiting.verdict, waiting.effective_on, at, waiting.reason, rules, waiting.id,
        waiting.ends_on,
    )  # fmt: skip
    return Recorded(reference, moved)


def complete(
    session: Session,
    reference: str,
    stage: Stage,
    on: date,
    at: datetime,
    rules: Rules,
    despite: str = "",
) -> Moved | None:
    """Record that a stage's work is done; None where the contract has done it and left that stage already.

    Raises MoveRefused where the contract has not come to the stage or its checklist has gaps (unless `despite`
    says why it is done all the same), IllegalMove where its end is a verdict.
    """
    contract, cycle = find(session, reference, to_move=True)
    if cycle.stage is not stage:
        left = select(StageChange).where(
            StageChange.cycle_id == cycle.id,
            StageChange.from_stage == stage,
            col(StageChange.verdict_id).is_(None),
        )
        if cycle.stage in (Stage.CLOSED, Stage.REVIEW) and session.exec(left).first():
            return None
        raise MoveRefused(
            f'{reference} stands in the stage "{cycle.stage}", not "{stage}"; nothing was recorded'
        )
    ends = contract.in_force or stage is Stage.DECOMMISSION
    done = Completion.COMPLETED if ends else Completion.STARTED
    next_stage(stage, done, cycle.table_version, cycle.direction)
    lacking = missing(session, contract, cycle, rules.policy)
    if lacking and not despite:
        raise MoveRefused(
            f"{reference}: the stage still lacks: {', '.join(lacking)}; record each with its evidence, or say why "
            "it is done all the same"
        )
    reason = f"{stage} completed" + (f", without {', '.join(lacking)}: {despite}" if lacking else "")
    return move(session, contract, cycle, done, on, at, reason, rules)


def history(session: Session, cycle: Cycle) -> list[VerdictRecord]:
    """What was decided on this cycle, oldest first."""
    return list(
        session.exec(
            select(VerdictRecord).where(VerdictRecord.cycle_id == cycle.id).order_by(col(VerdictRecord.id))
        )
    )
