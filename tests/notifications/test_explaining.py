"""The explanation of a contract's alerts: a table of situations, each with what it must say."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from sqlmodel import Session, col, select, update

from lifecycle.partial_dates import PartialDate
from lifecycle.policy import Stream
from lifecycle.preferences import Mode
from models.alerts import Action, Alert, Delivery, DeliveryAttempt, LadderOverride, Notification, StreamOwner
from models.columns import identity
from models.cycles import Milestone
from models.people import Absence, Person, Preference
from models.planning import Rules, replan
from models.session import reading, unit_of_work
from notifications.alerts import Raised
from notifications.answers import Answer, answer
from notifications.explaining import Explained, Explanation, explain
from notifications.posts import Posts
from notifications.reasons import answer as reason
from notifications.telling import recipients
from tests.town import DIRECTOR, GROUP, OFFICER, OWNER, SENDING, TEACHING, contract, sweep

BEFORE, ASKED = date(2023, 4, 30), date(2023, 5, 1)
"""The day before, and the day of the three-month rung of the list that ends in "August 2023"."""


def post(session: Session, title: str) -> Person:
    return session.exec(select(Person).where(Person.title == title)).one()


def explained(url: str, rules: Rules, on: date | None = None, today: date = ASKED) -> Explanation:
    with reading(url) as session:
        return explain(session, rules.policy, contract(session, "APL"), today, on)


def end(made: Explanation) -> Explained:
    [one] = [one for one in made.dates if one.what == "contract end"]
    return one


def why(url: str, rules: Rules, title: str, on: date | None = None, today: date = ASKED) -> str:
    with reading(url) as session:
        made = explain(session, rules.policy, contract(session, "APL"), today, on)
        return reason(session, made, post(session, title))


def became(made: Explanation) -> dict[str, str]:
    return {rung.code: rung.became for rung in end(made).rungs}


@pytest.fixture
def asked(town: str, rules: Rules) -> str:
    """The record when the list's owner has just been asked what follows it."""
    for on in (BEFORE, ASKED):
        sweep(town, rules, on)
    return town


def say(url: str, rules: Rules, action: Action, **more: Any) -> None:
    with unit_of_work(url) as session:
        alert = session.exec(
            select(Alert)
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .where(Milestone.kind == "contract end", Milestone.contract_id == contract(session, "APL").id)
            .order_by(col(Alert.fire_on).desc())
        ).first()
        assert alert
        message = session.exec(select(Notification.id).order_by(col(Notification.id).desc())).first() or 0
        given = Answer("one", message, identity(post(session, TEACHING)), action, **more)
        answer(
            session, rules.policy, SENDING, given, datetime.combine(ASKED, time(12), UTC), [identity(alert)]
        )


def test_each_rung_says_its_day_and_what_became_of_it(asked: str, rules: Rules) -> None:
    made = explained(asked, rules)
    one = end(made)
    assert one.ladder == "18m, 12m, 6m, 3m, 30d, 7d, 0d, overdue every 7 days"
    assert one.ladder_from == "the policy's for “approved provider list”"
    rungs = became(made)
    assert rungs["18m"].startswith("collapsed into 6m of 30 April 2023")
    assert rungs["6m"] == "raised on 30 April 2023; a newer alert stands for it: 3m of 1 May 2023"
    assert rungs["3m"] == f"raised on 1 May 2023: waits for an answer from {TEACHING}"
    assert rungs["30d"] == "not yet"
    assert [(rung.on, rung.code) for rung in one.rungs][3:5] == [(ASKED, "3m"), (date(2023, 7, 2), "30d")]
    assert one.next_alert_on == date(2023, 7, 2)
    assert [(step.post, step.role, step.on) for step in one.steps] == [
        (OFFICER, "deputy", date(2023, 5, 4)),
        (GROUP, "manager", None),
        (DIRECTOR, "head of service", None),
    ]


def test_it_says_what_was_not_raised_and_why(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        one = contract(session, "APL")
        one.actual_end = ASKED
        replan(session, [one], rules, ASKED, "it ended")
    assert set(became(explained(town, rules)).values()) == {"not raised: it was met on 1 May 2023"}
    assert end(explained(town, rules)).next_alert_on is None
    assert "contract end was met on 1 May 2023" in why(town, rules, TEACHING)


def test_a_date_that_moved_shows_the_alerts_of_the_old_one_as_superseded(asked: str, rules: Rules) -> None:
    with unit_of_work(asked) as session:
        one = contract(session, "APL")
        one.planned_end = PartialDate.parse("2024-08-31")
        replan(session, [one], rules, date(2023, 5, 2), "the Board decided to extend")
    old = [rung for rung in end(explained(asked, rules)).rungs if "superseded" in rung.became]
    assert {rung.on for rung in old} >= {ASKED}
    assert old[-1].became == (
        "raised on 1 May 2023 for August 2023; superseded: the date moved on 2 May 2023, because the Board "
        "decided to extend"
    )


def test_the_posts_it_says_are_meant_are_those_the_sweep_tells(asked: str, rules: Rules) -> None:
    for days in range(0, 40, 4):
        sweep(asked, rules, ASKED + timedelta(days=days))
        made = explained(asked, rules, today=ASKED + timedelta(days=days))
        with reading(asked) as session:
            posts = Posts(session, ASKED + timedelta(days=days))
            key = contract(session, "APL").id
            live = session.exec(
                select(Alert, Milestone)
                .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
                .where(Milestone.contract_id == key, Milestone.kind == "contract end", Alert.state == "open")
            ).one()
            told = recipients(Raised(*live, contract(session, "APL")), rules.policy, posts)
            assert [one.post for one in end(made).meant] == [one.title for one in told]


@dataclass(frozen=True)
class Situation:
    """What has happened to the record, whom it is asked of, and what the answer must say."""

    happened: Callable[[str, Rules], None]
    person: str
    says: tuple[str, ...]


def nothing(_url: str, _rules: Rules) -> None:
    """As it was."""


def away(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        gone = identity(post(session, TEACHING))
        session.add(Absence(person_id=gone, first=ASKED, last=date(2023, 5, 20)))
    sweep(url, rules, ASKED)


def mute(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        session.exec(update(Person).where(col(Person.title) == TEACHING).values(email=None))
    sweep(url, rules, ASKED)


def wants(mode: Mode) -> Callable[[str, Rules], None]:
    def happened(url: str, rules: Rules) -> None:
        with unit_of_work(url) as session:
            for stream in Stream:
                key = identity(post(session, TEACHING))
                session.add(Preference(person_id=key, stream=stream, mode=mode))
        sweep(url, rules, ASKED)

    return happened


def taken(url: str, rules: Rules) -> None:
    sweep(url, rules, ASKED)
    say(url, rules, Action.TAKEN, until=date(2023, 6, 1))


def snoozed(url: str, rules: Rules) -> None:
    sweep(url, rules, ASKED)
    say(url, rules, Action.SNOOZED, until=date(2023, 6, 1))


def raised(url: str, rules: Rules) -> None:
    sweep(url, rules, ASKED)


def without_ladder(url: str, _rules: Rules) -> None:
    with unit_of_work(url) as session:
        key = contract(session, "APL").id
        end = (col(Milestone.contract_id) == key) & (col(Milestone.kind) == "contract end")
        session.exec(update(Milestone).where(end).values(kind="a date of ours"))


SITUATIONS = {
    "told": Situation(raised, TEACHING, ("because: owner", "“APL: contract end August 2023” by email")),
    "no part in it": Situation(nothing, OWNER, ("got nothing", f"neither the owner ({TEACHING})")),
    "not yet": Situation(nothing, TEACHING, ("got nothing", "contract end: the rung 3m")),
    "away": Situation(
        away, TEACHING, ("got nothing", "away from 1 May 2023 to 20 May 2023", f"{OFFICER} stood in")
    ),
    "stands in": Situation(away, OFFICER, (f"stood in for {TEACHING} (owner)",)),
    "no address": Situation(mute, TEACHING, ("got nothing", "no e-mail address")),
    "switched off": Situation(wants(Mode.OFF), TEACHING, ("got nothing", "it switched “ends on” off")),
    "weekly": Situation(
        wants(Mode.WEEKLY), TEACHING, ("got nothing", "contract end waits for its digest of 2 May 2023")
    ),
    "silence reaches it later": Situation(
        raised, OFFICER, ("got nothing", "contract end: as deputy it hears of it on 4 May 2023")
    ),
    "two steps away": Situation(raised, GROUP, ("contract end: as manager it hears of it only after",)),
    "taken": Situation(
        taken,
        GROUP,
        (f"contract end: in hand with {TEACHING}; next step by 1 June 2023", "nobody further up"),
    ),
    "snoozed": Situation(snoozed, GROUP, (f"put off until 1 June 2023 by {TEACHING}", "nobody further up")),
    "no ladder": Situation(without_ladder, TEACHING, ("policy has no ladder",)),
}


@pytest.mark.parametrize("name", SITUATIONS)
def test_a_post_is_told_why_it_got_a_message_of_the_day_or_none(town: str, rules: Rules, name: str) -> None:
    sweep(town, rules, BEFORE)
    one = SITUATIONS[name]
    one.happened(town, rules)
    said = why(town, rules, one.person, ASKED)
    for words in one.says:
        assert words in said


def test_answers_and_promises_are_given_with_who_and_when(town: str, rules: Rules) -> None:
    sweep(town, rules, BEFORE)
    taken(town, rules)
    one = end(explained(town, rules))
    assert one.live == f"In hand with {TEACHING}; next step by 1 June 2023"
    [given] = one.answers
    assert (given.words, given.person) == ("In hand: the next step is by 1 June 2023", TEACHING)
    assert (one.steps[0].post, one.steps[0].on) == (TEACHING, date(2023, 6, 2))


@pytest.mark.parametrize(
    ("state", "outcome", "says"),
    [
        (Delivery.QUEUED, None, "queued until 1 May 2023 at 08:00"),
        (Delivery.ACCEPTED, ("250", "OK"), "accepted on 1 May 2023 at 08:01: 250 OK"),
        (Delivery.RETRY, ("451", "greylisted"), "failed 2 times, tried again from 1 May 2023 at 08:00: 451"),
        (Delivery.UNCERTAIN, (None, "no answer"), "may have arrived"),
        (Delivery.DEAD, ("550", "unknown"), "given up after 2 tries: 550 unknown"),
        (Delivery.CANCELLED, None, "cancelled: its alerts had ended"),
    ],
)
def test_a_message_says_where_it_is_on_its_way(
    asked: str, rules: Rules, state: Delivery, outcome: tuple[str | None, str] | None, says: str
) -> None:
    with unit_of_work(asked) as session:
        session.exec(update(Notification).values(state=state, attempts=2))
        if outcome:
            at = datetime(2023, 5, 1, 7, 1, tzinfo=UTC)
            for key in session.exec(select(Notification.id)).all():
                session.add(
                    DeliveryAttempt(
                        notification_id=key or 0, n=2, started_at=at, finished_at=at, outcome=state,
                        code=outcome[0], detail=outcome[1],
                    )
                )  # fmt: skip
    assert says in end(explained(asked, rules, ASKED)).messages[-1].state


def test_a_contracts_own_ladder_and_a_streams_own_post_are_named_as_such(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        key = identity(contract(session, "APL"))
        session.add(LadderOverride(contract_id=key, milestone="contract end", rungs="6m,10wd"))
        second = identity(post(session, GROUP))
        session.add(StreamOwner(contract_id=key, stream=Stream.ENDS, person_id=second))
    one = end(explained(town, rules))
    assert (one.ladder, one.ladder_from) == ("6m, 10wd", "the contract's own")
    assert [(meant.post, meant.role) for meant in one.meant] == [
        (GROUP, "answers for “ends on”"),
        (TEACHING, "owner, hears of “ends on”"),
    ]


def test_of_a_day_only_its_own_messages_are_given(asked: str, rules: Rules) -> None:
    assert {sent.written_on for sent in end(explained(asked, rules, ASKED)).messages} == {ASKED}
    assert not [sent for one in explained(asked, rules, date(2023, 5, 2)).dates for sent in one.messages]
