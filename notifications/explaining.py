"""Explains the alerts of one contract from the record: what was due, who was told, what became of it, what comes next."""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from sqlmodel import Session, col, select

from lifecycle.ladders import OVERDUE, Firing, due
from lifecycle.policy import Ladder, NoRule, Policy
from lifecycle.preferences import LONDON, Mode, Wish
from lifecycle.words import say
from models.alerts import (
    ALIVE,
    Acknowledgement,
    Alert,
    AlertState,
    Delivery,
    DeliveryAttempt,
    DigestEntry,
    LadderOverride,
    Notification,
    NotificationAlert,
    Purpose,
    StreamOwner,
)
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from models.planning import annual_values, ladder_of
from notifications.alerts import steps_of
from notifications.posts import Posts
from notifications.wording import answered, away, named, standing


@dataclass(frozen=True, slots=True)
class Rung:
    """One alert of a ladder: the day it was or is due, and what became of it."""

    code: str
    on: date
    became: str


@dataclass(frozen=True, slots=True)
class Meant:
    """A post that the date's alerts are for: by what role, and who hears for it (None: nobody)."""

    post: str
    role: str
    hears: str | None
    how: str


@dataclass(frozen=True, slots=True)
class Step:
    """Where silence about a live alert goes next: to which post, and on which day (None: only after another)."""

    post: str
    role: str
    on: date | None


@dataclass(frozen=True, slots=True)
class Sent:
    """One message to one post on one channel, and what became of it."""

    written_on: date
    person: str
    because: str
    purpose: str
    channel: str
    recipient: str
    subject: str
    state: str


@dataclass(frozen=True, slots=True)
class Waiting:
    """An alert that waits for a post's digest."""

    person: str
    due_on: date


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: what, by which post, when."""

    words: str
    person: str
    at: datetime
    note: str


@dataclass(frozen=True, slots=True)
class Explained:
    """All there is to say of the alerts of one date of a contract. `live` is how its live alert stands."""

    what: str
    words: str
    stream: str
    met_on: date | None
    ladder: str
    ladder_from: str
    rungs: tuple[Rung, ...]
    meant: tuple[Meant, ...]
    messages: tuple[Sent, ...]
    waiting: tuple[Waiting, ...]
    answers: tuple[Given, ...]
    live: str
    steps: tuple[Step, ...]
    next_alert_on: date | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """A contract's dates in order. `on` is the day whose messages alone are given; None for all."""

    reference: str
    title: str
    owner: str
    today: date
    on: date | None
    dates: tuple[Explained, ...] = field(default=())


def explain(
    session: Session, policy: Policy, contract: Contract, today: date, on: date | None = None
) -> Explanation:
    """Read what the record says of the contract's alerts; with `on` only the messages written on that day.

    Away and standing in is judged on `on`, or else today; what was written before, on the day it was written.
    """
    reader = _Reader(session, policy, contract, on or today)
    milestones = session.exec(
        select(Milestone)
        .where(Milestone.contract_id == contract.id)
        .order_by(col(Milestone.earliest), col(Milestone.id))
    )
    dates = tuple(reader.explained(milestone) for milestone in milestones)
    if on:
        dates = tuple(
            replace(one, messages=tuple(sent for sent in one.messages if sent.written_on == on))
            for one in dates
        )
    return Explanation(contract.reference, contract.title, reader.owner.title, today, on, dates)


class _Reader:
    """The record around one contract, as of a day."""

    def __init__(self, session: Session, policy: Policy, contract: Contract, day: date) -> None:
        self._session, self._policy, self._contract, self._day = session, policy, contract, day
        self._posts = Posts(session, day)
        self._posts_on = {day: self._posts}
        self._titles = {one.id: one.title for one in session.exec(select(Person))}
        self.owner = self._posts.person(contract.owner_id)
        self._overrides = {
            one.milestone: one
            for one in session.exec(select(LadderOverride).where(LadderOverride.contract_id == contract.id))
        }
        self._seconds = {
            one.stream: self._posts.person(one.person_id)
            for one in session.exec(select(StreamOwner).where(StreamOwner.contract_id == contract.id))
        }

    def explained(self, milestone: Milestone) -> Explained:
        alerts = self._session.exec(
            select(Alert)
            .where(Alert.milestone_id == milestone.id)
            .order_by(col(Alert.milestone_revision), col(Alert.fire_on), col(Alert.id))
        ).all()
        live = next((one for one in reversed(alerts) if one.state in ALIVE), None)
        meant = self._meant(milestone, live)
        notes = self._notes(alerts)
        ladder, ladder_from = self._ladder(milestone)
        codes = [rung.code for rung in ladder.rungs] if ladder else []
        if ladder and ladder.overdue_every:
            codes.append(f"overdue every {ladder.overdue_every} days")
        return Explained(
            named(milestone),
            milestone.words,
            self._policy.stream(milestone.kind).stream,
            milestone.met_on,
            ", ".join(codes),
            ladder_from,
            tuple(self._rungs(milestone, ladder, alerts, notes)),
            tuple(self._reach(post, role, milestone) for post, role in meant),
            tuple(self._sent(note, meant) for note, _ in notes),
            tuple(self._waiting(alerts)),
            tuple(self._answers(alerts, notes)),
            standing(live, self._titles) if live else "",
            tuple(self._steps(live)),
            milestone.next_alert_on,
        )

    def _ladder(self, milestone: Milestone) -> tuple[Ladder | None, str]:
        override = self._overrides.get(milestone.kind)
        kind, key = self._contract.kind, identity(self._contract)
        pounds = annual_values(self._session, [key]).get(key)
        try:
            ladder = ladder_of(self._policy, milestone.kind, kind, pounds, override)
        except NoRule:
            return None, f"the policy has no ladder for this date of “{kind}”"
        if override:
            return ladder, "the contract's own"
        of = f" of £{ladder.from_pounds:,} a year or more" if ladder.from_pounds else ""
        return ladder, f"the policy's for “{kind}”{of}"

    def _rungs(
        self,
        milestone: Milestone,
        ladder: Ladder | None,
        alerts: Iterable[Alert],
        notes: list[tuple[Notification, set[int]]],
    ) -> Iterable[Rung]:
        told = {alert for _, carried in notes for alert in carried}
        now = [one for one in alerts if one.milestone_revision == milestone.revision]
        for one in alerts:
            if one.milestone_revision < milestone.revision:
                moved = f"on {say(milestone.revised_on)}" if milestone.revised_on else "since"
                yield Rung(
                    one.rung,
                    one.fire_on,
                    f"raised on {say(one.raised_on)} for {one.words}; superseded: the date moved {moved}, "
                    f"because {milestone.moved_because or 'it was replanned'}",
                )
        raised = {(one.rung, one.occurrence): one for one in now}
        firings = (
            due(ladder, milestone.earliest, milestone.latest, date.min, milestone.latest) if ladder else []
        )
        for firing in firings:
            alert = raised.pop((firing.rung, 0), None)
            became = self._became(alert, now, told) if alert else self._not_raised(firing, milestone, now)
            yield Rung(firing.rung, firing.on, became)
        for one in raised.values():  # overdue, and what an earlier ladder asked for
            code = f"{OVERDUE} {one.occurrence}" if one.rung == OVERDUE else one.rung
            yield Rung(code, one.fire_on, self._became(one, now, told))

    def _became(self, alert: Alert, others: list[Alert], told: set[int]) -> str:
        raised = f"raised on {say(alert.raised_on)}"
        if alert.state is not AlertState.COLLAPSED:
            stands = standing(alert, self._titles)
            return f"{raised}: {stands[0].lower()}{stands[1:]}"
        newer = [
            one for one in others if one.fire_on > alert.fire_on and one.state is not AlertState.COLLAPSED
        ]
        newer += [one for one in others if one.fire_on > alert.fire_on and one.id in told]
        into = min(newer, key=lambda one: (one.fire_on, one.id), default=None)
        by = f"{into.rung} of {say(into.raised_on)}" if into else "a later one"
        if alert.id in told:
            return f"{raised}; a newer alert stands for it: {by}"
        if into and into.raised_on == alert.raised_on:
            late = alert.fire_on < self._contract.registered_on
            why = "already past when the contract was registered" if late else "several were due together"
            return f"collapsed into {by}: {why}"
        return f"silent on {say(alert.raised_on)}: the alert before it was put off; it falls into {by}"

    def _not_raised(self, firing: Firing, milestone: Milestone, now: list[Alert]) -> str:
        if milestone.met_on:
            return f"not raised: it was met on {say(milestone.met_on)}"
        if milestone.next_alert_on and milestone.next_alert_on <= firing.on:
            return "not yet" if firing.on > self._day else "due: the next sweep raises it"
        if any(one.fire_on > firing.on for one in now):
            return "not raised: a newer alert had been raised already"
        if firing.on > self._day:
            return "not raised: nothing is armed for it"
        if milestone.next_alert_on is None:
            return "not raised: the date had passed before any alert, and its ladder does not chase"
        return "due: the next sweep raises it" if milestone.next_alert_on <= self._day else "already past"

    def _meant(self, milestone: Milestone, live: Alert | None) -> list[tuple[Person, str]]:
        """The posts as `telling.meant` finds them, each with the first role it is meant by."""
        rules = self._policy.stream(milestone.kind)
        second = self._seconds.get(rules.stream)
        first, role = (second, f"answers for “{rules.stream}”") if second else (self.owner, "owner")
        holder = self._posts.person(live.holder_id) if live else first
        ones: list[tuple[Person | None, str]] = [
            (holder, role if holder is first else "took it or was passed it")
        ]
        ones += [
            (self._posts.named(name, self.owner, second), f"{name}, hears of “{rules.stream}”")
            for name in rules.hears
        ]
        if live:
            ones += [
                (self._posts.named(step.to, holder), f"escalation step {nth}, {step.to}")
                for nth, step in enumerate(steps_of(live)[: live.escalated], 1)
            ]
        found: dict[int, tuple[Person, str]] = {}
        for post, why in ones:
            if post:
                found.setdefault(identity(post), (post, why))
        return list(found.values())

    def _reach(self, post: Person, role: str, milestone: Milestone) -> Meant:
        stream = self._policy.stream(milestone.kind).stream
        absence, heir = self._posts.absence(post), self._posts.stand_in(post)
        parts = []
        if absence:
            stands = f"{heir.title} stands in" if heir else "nobody stands in"
            parts.append(f"{away(absence)}; {stands}")
        if heir and not heir.email:
            parts.append(f"{heir.title if absence else 'it'} has no e-mail address")
        if heir:
            parts += wishes(self._posts.wish(heir, stream))
        hears = heir.title if heir and heir.email else None
        return Meant(post.title, role, hears, "; ".join(parts))

    def _notes(self, alerts: Iterable[Alert]) -> list[tuple[Notification, set[int]]]:
        """The messages about these alerts, oldest first, each with those of them that it carries."""
        keys = [identity(one) for one in alerts]
        rows = self._session.exec(
            select(Notification, NotificationAlert.alert_id)
            .join(NotificationAlert, col(NotificationAlert.notification_id) == col(Notification.id))
            .where(col(NotificationAlert.alert_id).in_(keys))
            .order_by(col(Notification.id), col(NotificationAlert.alert_id))
        )
        found: dict[int, tuple[Notification, set[int]]] = {}
        for note, alert in rows:
            found.setdefault(identity(note), (note, set()))[1].add(alert)
        return list(found.values())

    def _sent(self, note: Notification, meant: list[tuple[Person, str]]) -> Sent:
        last = self._session.exec(
            select(DeliveryAttempt)
            .where(DeliveryAttempt.notification_id == note.id)
            .order_by(col(DeliveryAttempt.n).desc())
        ).first()
        return Sent(
            note.written_on,
            self._titles.get(note.person_id, ""),
            self._because(note, meant),
            note.purpose,
            note.channel,
            note.recipient,
            note.subject,
            state_words(note, last),
        )

    def _because(self, note: Notification, meant: list[tuple[Person, str]]) -> str:
        """By what role it came to its reader; the posts that were away on its own day count."""
        match note.purpose:
            case Purpose.CORRECTION:
                return "had been told the date that moved"
            case Purpose.REMINDER:
                return "had asked for time"
            case Purpose.PASSED:
                return "it was passed to them"
        posts = self._posts_on.setdefault(note.written_on, Posts(self._session, note.written_on))
        direct = next((role for post, role in meant if post.id == note.person_id), None)
        if direct:
            return direct
        for post, role in meant:
            heir = posts.stand_in(post)
            if heir and heir.id == note.person_id:
                return f"stood in for {post.title} ({role})"
        return "nobody had answered" if note.purpose is Purpose.ESCALATION else "answered for it then"

    def _waiting(self, alerts: Iterable[Alert]) -> Iterable[Waiting]:
        keys = [identity(one) for one in alerts]
        rows = self._session.exec(
            select(DigestEntry).where(col(DigestEntry.alert_id).in_(keys)).order_by(col(DigestEntry.due_on))
        )
        return [Waiting(self._titles[one.person_id], one.due_on) for one in rows]

    def _answers(
        self, alerts: Iterable[Alert], notes: list[tuple[Notification, set[int]]]
    ) -> Iterable[Given]:
        keys = {one.id for one in alerts}
        rows = self._session.exec(
            select(Acknowledgement)
            .where(col(Acknowledgement.notification_id).in_([note.id for note, _ in notes]))
            .order_by(col(Acknowledgement.at), col(Acknowledgement.id))
        )
        return [
            Given(answered(one, self._titles.get(one.to_id)), self._titles[one.person_id], one.at, one.note)
            for one in rows
            if keys & set(one.alert_ids)
        ]

    def _steps(self, live: Alert | None) -> Iterable[Step]:
        if live is None or live.next_escalation_on is None:
            return
        holder = self._posts.person(live.holder_id)
        if live.state is not AlertState.OPEN:
            asked = self._titles[live.answered_by_id or live.holder_id]
            yield Step(asked, "asked for time, which runs out", live.next_escalation_on)
        for nth, step in enumerate(steps_of(live)[live.escalated :]):
            post = self._posts.named(step.to, holder)
            on = live.next_escalation_on if nth == 0 and live.state is AlertState.OPEN else None
            if post:
                yield Step(post.title, step.to, on)


def wishes(wish: Wish) -> list[str]:
    """What a post asked for that delays, moves or mutes its messages; nothing where it asked for none of it."""
    said = {
        Mode.DAILY: "wants a daily digest",
        Mode.WEEKLY: "wants a weekly digest",
        Mode.OFF: "switched this stream off",
    }
    parts = [said[wish.mode]] if wish.mode in said else []
    if wish.channel:
        parts.append(f"only by the channel “{wish.channel}”")
    if wish.quiet:
        parts.append(f"quiet from {wish.quiet[0]:%H:%M} to {wish.quiet[1]:%H:%M}")
    if wish.working_days:
        parts.append("only on working days")
    return parts


def moment(at: datetime) -> str:
    """A moment as London says it."""
    local = at.astimezone(LONDON)
    return f"{say(local.date())} at {local:%H:%M}"


def state_words(note: Notification, last: DeliveryAttempt | None) -> str:
    """What became of a message: where it waits, what the other side said, why it was given up."""
    met = " ".join(part for part in (last.code, last.detail) if part) if last else ""
    told = f": {met}" if met else ""
    match note.state:
        case Delivery.QUEUED:
            return f"queued until {moment(note.not_before)}"
        case Delivery.SENDING:
            return "is being sent"
        case Delivery.RETRY:
            return f"failed {note.attempts} times, tried again from {moment(note.not_before)}{told}"
        case Delivery.UNCERTAIN:
            return f"may have arrived, looked into from {moment(note.not_before)}{told}"
        case Delivery.DEAD:
            return f"given up after {note.attempts} tries{told}"
        case Delivery.CANCELLED:
            return "cancelled: its alerts had ended before it left"
    when = f" on {moment(last.finished_at)}" if last and last.finished_at else ""
    return f"{note.state}{when}{told}"
