"""Any order of imports, moved dates, sweeps, answers and absences leaves exactly the messages the plain rule asks for."""

import os
import shutil
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from dateutil.relativedelta import relativedelta
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule, run_state_machine_as_test
from sqlmodel import col, select, update

from lifecycle.policy import Ladder, Policy
from models.alerts import Action, Alert, Delivery, Notification, NotificationAlert
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Absence, Person
from models.planning import Rules
from models.session import engine, reading, unit_of_work
from notifications.answers import Answer, AnswerRefused, answer
from tests.town import (  # fmt: skip
    DIRECTOR,
    GROUP,
    NOW,
    OFFICER,
    OWNER,
    SENDING,
    TEACHING,
    TODAY,
    bring_in,
    contract,
    furnish,
    sheet,
    sweep,
    with_cell,
)

LONG = int(os.environ.get("RECOMMISSION_KILLS", "0")) >= 100
Key = tuple[str, str, str]
Entry = tuple[str, Key, int, str, int, str]
"""To whom, of which milestone, its revision, rung, repeat, for what purpose."""

DEPUTY = {OWNER: OFFICER, TEACHING: OFFICER}
MANAGER = {OWNER: GROUP, TEACHING: GROUP, OFFICER: OWNER, GROUP: DIRECTOR}
POSTS = (OWNER, TEACHING, OFFICER, GROUP, DIRECTOR)


@dataclass
class Live:
    """What the plain rule knows of a milestone's speaking alert."""

    revision: int
    rung: str
    repeat: int
    words: str
    holder: str
    asks: bool
    state: str = "open"
    level: int = 0
    again: date | None = None
    until: date | None = None
    by: str | None = None
    told: set[str] = field(default_factory=set)


@dataclass
class Plain:
    """The rule in plain words: who hears what on which day."""

    policy: Policy
    live: dict[Key, Live] = field(default_factory=dict)
    done: dict[Key, Live] = field(default_factory=dict)
    moved: list[tuple[Key, Live]] = field(default_factory=list)
    fired: dict[tuple[Key, int], date] = field(default_factory=dict)
    away: list[list[Any]] = field(default_factory=list)
    log: Counter[Entry] = field(default_factory=Counter)

    def working(self, day: date, n: int) -> date:
        while n:
            day += timedelta(days=1)
            n -= self.policy.calendar().is_working(day)
        return day

    def step(self, level: int, day: date) -> date | None:
        steps = self.policy.escalation
        return self.working(day, steps[level].after) if level < len(steps) else None

    def is_away(self, post: str, day: date) -> bool:
        return any(who == post and first <= day and (last is None or day <= last) for who, first, last, _ in self.away)  # fmt: skip

    def stand_in(self, post: str, day: date) -> str | None:
        chain, at = [post, *([DEPUTY[post]] if post in DEPUTY else [])], post
        while at in MANAGER and MANAGER[at] not in chain:
            at = MANAGER[at]
            chain.append(at)
        return next((one for one in chain if not self.is_away(one, day)), None)

    def post(self, to: str, base: str) -> str | None:
        manager = MANAGER.get(base)
        named = {
            "deputy": DEPUTY.get(base),
            "manager": manager,
            "head of service": MANAGER.get(manager or ""),
        }
        return named.get(to)

    def firings(self, ladder: Ladder, one: Milestone, day: date) -> list[tuple[date, str, int]]:
        found = []
        for rung in ladder.rungs:
            on = one.earliest - relativedelta(months=rung.months) - timedelta(days=rung.days)
            found.append((on, rung.code, 0))
        on, repeat = one.latest + timedelta(days=1), 1
        late = []
        while ladder.overdue_every and on <= day + timedelta(days=ladder.overdue_every):
            late.append((on, "overdue", repeat))
            on, repeat = on + timedelta(days=ladder.overdue_every), repeat + 1
        past = [firing for firing in late if firing[0] <= day][-1:]  # of the repeats only the newest counts
        return sorted(firing for firing in found if firing[0] <= day) + past

    def told(
        self, post: str | None, key: Key, one: Live, purpose: str, day: date
    ) -> list[tuple[str, Key, Live, str]]:
        person = self.stand_in(post, day) if post else None
        return [(person, key, one, purpose)] if person else []

    def imported(self, milestones: dict[Key, tuple[Contract, Milestone]]) -> None:
        """A date that moved ends what was said of it; one that is met ends it silently."""
        for key in list(self.live):
            now, one = milestones[key][1], self.live[key]
            if now.met_on is not None:
                del self.live[key]
            elif now.revision != one.revision:
                self.moved.append((key, self.live.pop(key)))
        for key in list(self.done):
            now = milestones[key][1]
            if now.met_on is not None or now.revision != self.done[key].revision:
                del self.done[key]

    def sweep(
        self, day: date, milestones: dict[Key, tuple[Contract, Milestone]], owners: dict[Key, str]
    ) -> None:
        said: list[tuple[str, Key, Live, str]] = []
        corrected: set[tuple[str, Key, int, str, int]] = set()
        for key, one in self.moved:
            now = milestones[key][1]
            if now.met_on is None and now.words != one.words:
                heirs = {self.stand_in(post, day) for post in one.told} - {None}
                corrected |= {(heir or "", key, one.revision, one.rung, one.repeat) for heir in heirs}
        self.moved = []
        self.log.update((*entry, "correction") for entry in corrected)
        for key, (of, now) in milestones.items():
            if now.met_on is None:
                said += self.raised(day, key, of, now, owners[key])
        said += [entry for key in sorted(self.live) for entry in self.unanswered(day, key)]
        inherits = {who for who, _, _, purpose in said if purpose == "hand-over"}
        once = {(who, key, purpose): one for who, key, one, purpose in said}
        for (who, key, purpose), alert in once.items():
            assert alert is self.live[key]
            alert.told.add(who)
            purpose = "hand-over" if purpose == "alert" and who in inherits else purpose
            self.log[who, key, alert.revision, alert.rung, alert.repeat, purpose] += 1
        for absence in self.away:
            who, first, _, handed = absence
            if handed or first > day:
                continue
            absence[3] = True
            heir = self.stand_in(who, day)
            if self.is_away(who, day) and heir:
                for key, one in self.live.items():
                    if one.holder == who:
                        one.told.add(heir)
                        self.log[heir, key, one.revision, one.rung, one.repeat, "hand-over"] += 1

    def raised(
        self, day: date, key: Key, of: Contract, now: Milestone, owner: str
    ) -> list[tuple[str, Key, Live, str]]:
        ladder = self.policy.ladder(now.kind, of.kind)
        last = self.fired.get((key, now.revision))
        if last is None and day > now.latest and not ladder.overdue_every:
            return []
        due = [firing for firing in self.firings(ladder, now, day) if last is None or firing[0] > last]
        if not due:
            return []
        on, rung, repeat = due[-1]
        self.fired[key, now.revision] = on
        old = self.live.get(key)
        if old and old.state == "snoozed" and old.until and old.until > day and on < now.earliest:
            return []
        codes = [one.code for one in ladder.rungs]
        asks = rung == "overdue" or codes.index(rung) >= codes.index(ladder.answer_from or codes[0])
        new = Live(now.revision, rung, repeat, now.words, old.holder if old else owner, asks)
        kept = old and old.state == "taken" and old.until and old.until >= day and on < now.earliest
        if old and kept:
            new.state, new.until, new.by, new.again = "taken", old.until, old.by, old.again
        elif asks:
            if old and old.state == "taken" and old.until and old.until < day:
                new.level = old.level
            if old and old.state == "open" and old.asks:
                new.level, new.again = old.level, old.again
                if old.again and old.again <= day:
                    new.level, new.again = min(old.level + 1, len(self.policy.escalation)), None
            new.again = new.again or self.step(new.level, day)
        self.live[key] = new
        self.done.pop(key, None)
        late = "hand-over" if on < of.registered_on else "alert"
        meant = [
            new.holder,
            owner,
            *(self.post(step.to, new.holder) for step in self.policy.escalation[: new.level]),
        ]
        return [entry for post in meant for entry in self.told(post, key, new, late, day)]

    def unanswered(self, day: date, key: Key) -> list[tuple[str, Key, Live, str]]:
        one = self.live[key]
        if one.again is None or one.again > day:
            return []
        steps = self.policy.escalation if one.asks else ()
        if one.state != "open":
            one.state, one.until = "open", None
            said = self.told(one.by, key, one, "reminder", day)
        else:
            said = []
            while not said and one.level < len(steps):
                post = self.post(steps[one.level].to, one.holder)
                said = [
                    entry
                    for entry in self.told(post, key, one, "escalation", day)
                    if entry[0] not in one.told
                ]
                one.level += 1
        one.again = self.step(one.level, day) if one.asks else None
        return said


class Town(RuleBasedStateMachine):
    """The town's record beside the plain rule."""

    template: Path
    house: Rules

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp(prefix="town-"))
        shutil.copy(self.template, self.folder / "town.db")
        self.url = f"sqlite:///{self.folder / 'town.db'}"
        self.day, self.count = TODAY, 0
        self.plain = Plain(self.house.policy)

    def teardown(self) -> None:
        engine(self.url).dispose()
        shutil.rmtree(self.folder)

    def milestones(self) -> dict[Key, tuple[Contract, Milestone]]:
        with reading(self.url) as session:
            rows = session.exec(
                select(Contract, Milestone).join(Milestone, col(Milestone.contract_id) == col(Contract.id))
            ).all()
            session.expunge_all()
        return {(of.reference, one.kind, one.gate): (of, one) for of, one in rows}

    def titles(self) -> dict[int | None, str]:
        with reading(self.url) as session:
            return {one.id: one.title for one in session.exec(select(Person))}

    @rule(days=st.sampled_from([0, 1, 2, 3, 7, 12, 30, 75, 200]))
    def sweep(self, days: int) -> None:
        self.day += timedelta(days=days)
        titles, milestones = self.titles(), self.milestones()
        owners = {key: titles[of.owner_id] for key, (of, _) in milestones.items()}
        sweep(self.url, self.house, self.day)
        with unit_of_work(self.url) as session:
            session.exec(update(Notification).values(state=Delivery.ACCEPTED))
        self.plain.sweep(self.day, milestones, owners)
        self.compare()

    @rule(
        reference=st.sampled_from(["TUITION", "APL", "BLOCK"]),
        months=st.integers(-6, 12),
        back=st.booleans(),
    )
    def a_date_moves(self, reference: str, months: int, back: bool) -> None:
        end = date(2023, 8, 31) if back else self.day + relativedelta(months=months)
        with reading(self.url) as session:
            if contract(session, reference).actual_end:
                return
        rows = [["reference"], [reference]]
        rows = [
            row for row in with_cell(reference, "end", end.isoformat()) if row[0] in ("reference", reference)
        ]
        bring_in(self.url, sheet(self.folder, rows), self.house, on=self.day, partial=True)
        self.plain.imported(self.milestones())

    @rule(post=st.sampled_from(POSTS), wait=st.integers(0, 10), length=st.none() | st.integers(0, 60))
    def somebody_is_away(self, post: str, wait: int, length: int | None) -> None:
        if len(self.plain.away) >= 4:
            return
        first = self.day + timedelta(days=wait)
        last = None if length is None else first + timedelta(days=length)
        with unit_of_work(self.url) as session:
            person = session.exec(select(Person).where(Person.title == post)).one()
            session.add(Absence(person_id=person.id or 0, first=first, last=last))
        self.plain.away.append([post, first, last, False])

    @precondition(lambda self: sum(self.plain.log.values()) > 0)
    @rule(
        nth=st.integers(0, 1000),
        action=st.sampled_from(Action),
        days=st.integers(1, 40),
        to=st.sampled_from(POSTS),
    )
    def somebody_answers(self, nth: int, action: Action, days: int, to: str) -> None:
        titles, milestones = self.titles(), self.milestones()
        keys = {title: key for key, title in titles.items()}
        with reading(self.url) as session:
            ids = session.exec(
                select(Notification.id, Notification.person_id).order_by(col(Notification.id))
            ).all()
            message, person = ids[nth % len(ids)]
            carried = {
                (of.reference, one.kind, one.gate): alert.milestone_revision
                for alert, one, of in session.exec(
                    select(Alert, Milestone, Contract)
                    .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
                    .join(Contract, col(Contract.id) == col(Milestone.contract_id))
                    .join(NotificationAlert, col(NotificationAlert.alert_id) == col(Alert.id))
                    .where(NotificationAlert.notification_id == message)
                    .order_by(col(Alert.id))
                )
            }
        me = titles[person]
        found = {
            key: one
            for key, revision in carried.items()
            if milestones[key][1].met_on is None and milestones[key][1].revision == revision
            and (one := self.plain.live.get(key) or self.plain.done.get(key))
        }  # fmt: skip
        until = self.day + timedelta(days=days)
        limits = []
        for key in found:
            now = milestones[key][1]
            limits.append(next((day for day in (now.earliest, now.latest, now.next_alert_on) if day and day > self.day), date.min))  # fmt: skip
        refused = (
            not found
            or (action is Action.SNOOZED and until > min(limits))
            or (action is Action.PASSED and (to == me or self.plain.is_away(to, self.day)))
        )
        self.count += 1
        given = Answer(f"showing {self.count}", message or 0, person or 0, action, until, keys[to], "seen to")
        at = datetime.combine(self.day, NOW.timetz())
        try:
            with unit_of_work(self.url) as session:
                answer(session, self.house.policy, SENDING, given, at)
            assert not refused
        except AnswerRefused:
            assert refused
            return
        with unit_of_work(self.url) as session:  # sent twice it is one answer
            assert answer(session, self.house.policy, SENDING, given, at).again
            session.exec(update(Notification).values(state=Delivery.ACCEPTED))
        for key, one in found.items():
            self.plain.done.pop(key, None)
            self.plain.live[key] = one
            one.by, one.again, one.until = me, None, None
            if action is Action.TAKEN:
                one.state, one.holder, one.until, one.again = "taken", me, until, until + timedelta(days=1)
            elif action is Action.SNOOZED:
                one.state, one.until, one.again = "snoozed", until, until
            elif action is Action.PASSED:
                one.state, one.holder, one.level = "open", to, 0
                one.again = self.plain.step(0, self.day) if one.asks else None
                one.told.add(to)
                self.plain.log[to, key, one.revision, one.rung, one.repeat, "passed"] += 1
            else:
                one.state = "done"
                self.plain.done[key] = self.plain.live.pop(key)
        self.compare()

    def compare(self) -> None:
        titles = self.titles()
        with reading(self.url) as session:
            rows = session.exec(
                select(Notification, Alert, Milestone, Contract.reference)
                .join(NotificationAlert, col(NotificationAlert.notification_id) == col(Notification.id))
                .join(Alert, col(Alert.id) == col(NotificationAlert.alert_id))
                .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
                .join(Contract, col(Contract.id) == col(Milestone.contract_id))
            )
            sent = Counter(
                (
                    titles[note.person_id], (reference, one.kind, one.gate), alert.milestone_revision, alert.rung,
                    alert.occurrence, str(note.purpose),
                )
                for note, alert, one, reference in rows
            )  # fmt: skip
        assert sent == self.plain.log, {
            "too many": sorted((sent - self.plain.log).elements()),
            "missing": sorted((self.plain.log - sent).elements()),
        }


@pytest.fixture
def template(sqlite_template: Path, tmp_path: Path, rules: Rules) -> Path:
    """A furnished town, to be copied."""
    path = tmp_path / "furnished.db"
    shutil.copy(sqlite_template, path)
    furnish(f"sqlite:///{path}", tmp_path, rules)
    engine(f"sqlite:///{path}").dispose()
    return path


def test_whatever_happens_in_whatever_order_everybody_hears_exactly_what_the_plain_rule_asks_for(
    template: Path, rules: Rules
) -> None:
    Town.template, Town.house = template, rules
    examples, steps = (150, 30) if LONG else (25, 15)
    run_state_machine_as_test(
        Town, settings=settings(max_examples=examples, stateful_step_count=steps, deadline=None)
    )
