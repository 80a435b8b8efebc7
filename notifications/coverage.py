"""Proof that nobody is forgotten: every live contract has an alert ahead that reaches somebody, or a signed reason.

A few queries, however many contracts: who is reached depends on posts and kinds of dates alone, so it is worked
out once for each combination of them, and the database then looks for the contracts that only others serve.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lifecycle.planning import IN_CYCLE, MilestoneKind
from lifecycle.policy import Policy
from lifecycle.preferences import Mode
from lifecycle.stages import Kind, Stage
from lifecycle.words import count_of
from models import audit
from models.alerts import ALIVE, Alert, AlertState, Excuse, StreamOwner
from models.columns import identity
from models.contracts import Contract
from models.cycles import Cycle, Milestone
from models.people import Person
from notifications.posts import Posts, answers_for_stream
from notifications.telling import meant

NOTHING_AHEAD = "no date of it has an alert ahead"


@dataclass(frozen=True, slots=True)
class Gap:
    """A live contract that nobody will hear of: why, and what to do."""

    reference: str
    title: str
    owner: str
    why: str
    what_to_do: str


@dataclass(frozen=True, slots=True)
class Excused:
    """A live contract without an alert ahead, and the signed reason."""

    reference: str
    because: str
    by: str
    on: date


@dataclass(frozen=True, slots=True)
class Coverage:
    """How many contracts are live, which have no alert ahead for a reason, which for none."""

    on: date
    live: int
    gaps: tuple[Gap, ...]
    excused: tuple[Excused, ...]

    @property
    def full(self) -> bool:
        """Whether no contract is forgotten."""
        return not self.gaps

    def __str__(self) -> str:
        armed = self.live - len(self.gaps) - len(self.excused)
        excused = f"; {len(self.excused):,} more excused" if self.excused else ""
        return f"{armed:,} of {count_of(self.live, 'live contract')} have an armed alert{excused}"


_Group = tuple[int, int, str, Kind]
"""A contract's owner, the post that answers for the stream (0: none), the milestone's kind, the contract's."""
_Held = tuple[int, AlertState, int]
"""An alert's holder, its state, how far silence has gone."""


def _live(on: date) -> sa.ColumnElement[bool]:
    """Not ended and its cycle not closed; what has no cycle of its own (call-offs, placements) while in force."""
    closed = select(Cycle.id).where(Cycle.contract_id == Contract.id, Cycle.stage == Stage.CLOSED)
    over = select(Milestone.id).where(
        Milestone.contract_id == Contract.id,
        Milestone.kind == MilestoneKind.CONTRACT_END,
        col(Milestone.latest) < on,
    )
    in_cycle = col(Contract.kind).in_(IN_CYCLE)
    standing = (in_cycle & ~closed.correlate(Contract).exists()) | (
        ~in_cycle & col(Contract.in_force) & ~over.correlate(Contract).exists()
    )
    return col(Contract.actual_end).is_(None) & standing


def coverage(session: Session, policy: Policy, on: date) -> Coverage:
    """Which live contracts nobody will hear of, as the record stands, with the posts that are there on the day.

    An alert counts that will fire, or was raised and has an escalation, a promise or the end of a snooze ahead.
    One that is due already counts too: the next sweep raises it.
    """
    people = session.exec(select(Person)).all()  # held, so that each post is read once
    reach = _Reach(policy, Posts(session, on))
    live = session.scalar(select(sa.func.count()).select_from(Contract).where(_live(on))) or 0
    deaf = [group for group in session.execute(_groups(policy, on)) if not reach.hears(*group)]
    deaf_alerts = [held for held in session.execute(_HELD) if not reach.hears_of_alert(*held)]
    rows = session.execute(
        select(Contract, Excuse)
        .outerjoin(Excuse, col(Excuse.contract_id) == col(Contract.id))
        .where(_live(on), ~_armed(policy, deaf).exists(), ~_alive(deaf_alerts).exists())
        .order_by(col(Contract.reference))
    ).all()
    titles = {identity(person): person.title for person in people}
    missing = [contract for contract, excuse in rows if excuse is None]
    kinds = _kinds_ahead(session, missing) if deaf else {}
    return Coverage(
        on,
        live,
        tuple(_gap(contract, kinds.get(identity(contract)), titles, reach) for contract in missing),
        tuple(
            Excused(contract.reference, excuse.because, titles[excuse.by_id], excuse.on)
            for contract, excuse in rows
            if excuse
        ),
    )


class _Reach:
    """Who would hear, by the sweep's own rules of whom to tell and who stands in."""

    def __init__(self, policy: Policy, posts: Posts) -> None:
        self._policy, self._posts = policy, posts

    def hears(self, owner: int, second: int, milestone: str, kind: Kind) -> bool:
        """Whether anybody hears of the milestone of a contract of that owner."""
        posts, policy = self._posts, self._policy
        other = posts.person(second) if second else None
        named = meant(milestone, other or posts.person(owner), posts.person(owner), other, (), policy, posts)
        stream, forced = policy.stream(milestone).stream, self._forced(milestone, kind)
        return any(
            forced or posts.wish(person, stream).mode is not Mode.OFF
            for person in map(posts.reached, named)
            if person
        )

    def _forced(self, milestone: str, kind: Kind) -> bool:
        """Whether the policy's ladder reaches even those who switched the stream off."""
        ladder, must = self._policy.ladder(milestone, kind), self._policy.mandatory
        on_the_day = any(not (rung.months or rung.days or rung.working_days) for rung in ladder.rungs)
        return (on_the_day and "the day" in must) or (ladder.overdue_every > 0 and "overdue" in must)

    def hears_of_alert(self, holder: int, state: AlertState, escalated: int) -> bool:
        """Whether anybody is left to hear of an alert: whoever comes next, or whoever asked for time."""
        base = self._posts.person(holder)
        steps = self._policy.escalation[escalated:] if state is AlertState.OPEN else ()
        named = [self._posts.named(step.to, base) for step in steps] or [base]
        return any(person and self._posts.reached(person) for person in named)

    def why(self, owner: int) -> tuple[str, str]:
        """Why the owner is not reached, nor anybody for them, and what to do."""
        person = self._posts.person(owner)
        heir = self._posts.stand_in(person)
        if heir is None:
            return f"{person.title} is away and nobody stands in", "give it an owner who is there"
        if not heir.email:
            who = heir.title if heir is person else f"{heir.title}, who stands in for {person.title},"
            return f"{who} has no e-mail address", "enter the address in the register of posts"
        return (
            f"{heir.title} has switched its dates off",
            f'run `recommission people prefer "{heir.title}"` or give it another owner',
        )


def _armed(policy: Policy, deaf: Sequence[_Group]) -> sa.Select[int]:
    """The milestones of the contract around it that will fire, and for somebody."""
    found = (
        sa.select(sa.literal(1))
        .select_from(Milestone)
        .outerjoin(StreamOwner, answers_for_stream(policy))
        .where(col(Milestone.contract_id) == col(Contract.id), *_AHEAD)
        .correlate(Contract)
    )
    return found.where(sa.tuple_(*_GROUP).not_in(deaf)) if deaf else found


def _alive(deaf: Sequence[_Held]) -> sa.Select[int]:
    """The live alerts of the contract around it with something ahead, and for somebody."""
    found = (
        sa.select(sa.literal(1))
        .select_from(Alert)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(col(Milestone.contract_id) == col(Contract.id), *_PENDING)
        .correlate(Contract)
    )
    return found.where(sa.tuple_(*_HOLD).not_in(deaf)) if deaf else found


_AHEAD = (col(Milestone.met_on).is_(None), col(Milestone.next_alert_on).is_not(None))
_PENDING = (col(Alert.state).in_(ALIVE), col(Alert.next_escalation_on).is_not(None))
_GROUP = (
    col(Contract.owner_id),
    sa.func.coalesce(col(StreamOwner.person_id), 0),
    col(Milestone.kind),
    col(Contract.kind),
)
_HOLD = (col(Alert.holder_id), col(Alert.state), col(Alert.escalated))
_HELD = sa.select(*_HOLD).where(*_PENDING).distinct()


def _groups(policy: Policy, on: date) -> sa.Select[int, int, str, Kind]:
    return (
        sa.select(*_GROUP)
        .select_from(Contract)
        .join(Milestone, col(Milestone.contract_id) == col(Contract.id))
        .outerjoin(StreamOwner, answers_for_stream(policy))
        .where(_live(on), *_AHEAD)
        .distinct()
    )


def _kinds_ahead(session: Session, contracts: Iterable[Contract]) -> dict[int, list[str]]:
    """The kinds of date ahead of these contracts."""
    keys = [identity(contract) for contract in contracts]
    found: dict[int, list[str]] = {}
    for start in range(0, len(keys), 10_000):
        rows = session.execute(
            sa.select(col(Milestone.contract_id), col(Milestone.kind))
            .where(col(Milestone.contract_id).in_(keys[start : start + 10_000]), *_AHEAD)
            .order_by(col(Milestone.earliest))
        )
        for contract, kind in rows:
            found.setdefault(contract, []).append(kind)
    return found


def _gap(contract: Contract, kinds: list[str] | None, titles: dict[int, str], reach: _Reach) -> Gap:
    if kinds:
        who, what_to_do = reach.why(contract.owner_id)
        why = f"nobody can be told of its {' and '.join(dict.fromkeys(kinds))}: {who}"
    else:
        why = NOTHING_AHEAD
        what_to_do = (
            "enter its new end, or the day it ended, in the register"
            if contract.end_date
            else "enter its end in the register"
        )
    excuse = f"or sign a reason: recommission alerts excuse {contract.reference}"
    return Gap(contract.reference, contract.title, titles[contract.owner_id], why, f"{what_to_do}; {excuse}")


def excuse(session: Session, contract: Contract, because: str, by: Person, on: date, at: datetime) -> None:
    """Sign why the contract may stand without an alert ahead, instead of what was signed before. `at` is aware."""
    session.merge(Excuse(contract_id=identity(contract), because=because, by_id=identity(by), on=on))
    audit.record(session, at, by.title, "alert excused", contract.reference, because=because)
