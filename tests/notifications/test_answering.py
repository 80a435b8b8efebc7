"""Answers, escalation, absences, digests: what the record and the messages say after each."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, col, select

from lifecycle.policy import Stream
from lifecycle.preferences import Mode
from models.alerts import (  # fmt: skip
    Acknowledgement,
    Action,
    Alert,
    AlertState,
    Delivery,
    Notification,
    NotificationAlert,
    Purpose,
)
from models.audit import AuditEvent
from models.cycles import Milestone
from models.people import Absence, Person, Preference
from models.planning import Rules, replan
from models.session import reading, unit_of_work
from notifications.answers import Answer, Answered, AnswerRefused, answer
from notifications.continuity import unowned
from notifications.outbox import cancel_stale
from notifications.undelivered import dead_letters, untold
from notifications.wording import standing
from tests.town import (  # fmt: skip
    DIRECTOR,
    GROUP,
    OFFICER,
    PEOPLE,
    SENDING,
    TEACHING,
    TODAY,
    bring_in,
    contract,
    sheet,
    sweep,
    with_cell,
)

ASKED = date(2023, 5, 1)
"""The three-month rung of the list that ends in "August 2023": the first that wants an answer."""


def post(session: Session, title: str) -> int:
    return session.exec(select(Person).where(Person.title == title)).one().id or 0


def of_apl(session: Session) -> Alert:
    """The newest alert of the list's end."""
    return session.exec(
        select(Alert)
        .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
        .where(Milestone.contract_id == contract(session, "APL").id, Milestone.kind == "contract end")
        .order_by(col(Alert.fire_on).desc())
    ).first()  # type: ignore[return-value]


def told(url: str, on: date | None = None, purpose: Purpose | None = None) -> list[str]:
    """The titles of whoever was written to of the newest alert of the list's end."""
    with reading(url) as session:
        rows = session.exec(
            select(Person.title, Notification)
            .join(Notification, col(Notification.person_id) == col(Person.id))
            .join(NotificationAlert, col(NotificationAlert.notification_id) == col(Notification.id))
            .where(NotificationAlert.alert_id == of_apl(session).id)
            .order_by(col(Notification.id))
        )
        return [
            title for title, note in rows if on in (None, note.written_on) and purpose in (None, note.purpose)
        ]


@pytest.fixture
def asked(town: str, rules: Rules) -> str:
    """The record when the list's owner has just been asked what follows it."""
    sweep(town, rules, ASKED - timedelta(days=1))
    sweep(town, rules, ASKED)
    assert told(town) == [TEACHING]
    return town


def say(
    url: str, rules: Rules, action: Action, showing: str = "one", on: date = ASKED, **more: Any
) -> Answered:
    """The owner's answer from the message of the list's end alone."""
    with unit_of_work(url) as session:
        alert = of_apl(session)
        message = session.exec(
            select(NotificationAlert.notification_id).where(NotificationAlert.alert_id == alert.id)
        ).first()
        given = Answer(showing, message or 0, post(session, TEACHING), action, **more)
        at = datetime.combine(on, time(12), UTC)
        return answer(session, rules.policy, SENDING, given, at, [alert.id or 0])


def state(url: str) -> tuple[str, str, date | None]:
    with reading(url) as session:
        alert = of_apl(session)
        return alert.state, session.get_one(Person, alert.holder_id).title, alert.next_escalation_on


def test_without_an_answer_it_goes_up_one_post_at_a_time_each_after_its_working_days(
    asked: str, rules: Rules
) -> None:
    days = [date(2023, 5, 4), date(2023, 5, 12), date(2023, 5, 26)]  # 8 May was a bank holiday
    for day, upto in zip(days, ([OFFICER], [OFFICER, GROUP], [OFFICER, GROUP, DIRECTOR]), strict=True):
        sweep(asked, rules, day - timedelta(days=1))
        assert told(asked, purpose=Purpose.ESCALATION) == upto[:-1]
        sweep(asked, rules, day)
        assert told(asked, purpose=Purpose.ESCALATION) == upto


def test_the_escalation_in_force_when_it_was_raised_counts_whatever_the_policy_says_later(
    asked: str, rules: Rules
) -> None:
    with reading(asked) as session:
        kept = of_apl(session).policy_snapshot
    assert kept["escalation"][0] == ["deputy", 3]
    assert kept["rungs"][0] == "18m"


@pytest.mark.parametrize(
    ("action", "more", "again"),
    [
        (Action.TAKEN, {"until": ASKED + timedelta(days=30)}, ASKED + timedelta(days=31)),
        (Action.SNOOZED, {"until": ASKED + timedelta(days=30)}, ASKED + timedelta(days=30)),
        (Action.DONE, {"note": "The Board has it on its agenda."}, None),
    ],
)
def test_an_answer_stops_the_escalation_and_what_was_promised_comes_back(
    action: Action, more: dict[str, Any], again: date | None, asked: str, rules: Rules
) -> None:
    assert say(asked, rules, action, **more) == Answered(1)
    assert state(asked)[2] == again
    sweep(asked, rules, ASKED + timedelta(days=29))
    assert told(asked, purpose=Purpose.ESCALATION) == []
    if again:
        sweep(asked, rules, again)
        assert told(asked, on=again) == [TEACHING]
        assert state(asked)[0] == AlertState.OPEN


@pytest.mark.parametrize(
    ("action", "more", "said"),
    [
        (Action.TAKEN, {"until": ASKED + timedelta(days=30)}, "Closed: nothing is left to do"),
        (Action.DONE, {"note": "The Board has it on its agenda."}, f"Done, says {TEACHING}"),
    ],
)
def test_only_who_said_done_has_done_it_when_the_date_is_met(
    action: Action, more: dict[str, Any], said: str, asked: str, rules: Rules
) -> None:
    say(asked, rules, action, **more)
    with unit_of_work(asked) as session:
        ended = contract(session, "APL")
        ended.actual_end = ASKED
        session.add(ended)
        replan(session, [ended], rules, ASKED, "it ended")
    with reading(asked) as session:
        titles = {one.id: one.title for one in session.exec(select(Person))}
        assert standing(of_apl(session), titles) == said


def test_passed_to_another_post_it_is_theirs_and_they_are_told_at_once(asked: str, rules: Rules) -> None:
    with reading(asked) as session:
        to = post(session, GROUP)
    say(asked, rules, Action.PASSED, to_id=to, note="The group's matter,\nas agreed.")
    assert told(asked, purpose=Purpose.PASSED) == [GROUP]
    assert state(asked)[:2] == (AlertState.OPEN, GROUP)
    with reading(asked) as session:
        body = session.exec(select(Notification.body).where(Notification.purpose == Purpose.PASSED)).one()
    assert (
        f"{TEACHING} has passed this to you: it is yours now. Their note: The group's matter, as agreed."
        in body
    )


def test_the_same_answer_twice_is_one_and_a_later_one_takes_its_place(asked: str, rules: Rules) -> None:
    say(asked, rules, Action.DONE, note="By mistake.")
    assert say(asked, rules, Action.DONE, note="By mistake.").again
    say(asked, rules, Action.TAKEN, "two", until=ASKED + timedelta(days=3))
    assert state(asked)[0] == AlertState.TAKEN
    with reading(asked) as session:
        assert len(session.exec(select(Acknowledgement)).all()) == 2
        actions = [one.action for one in session.exec(select(AuditEvent)) if one.subject == "APL"]
    assert actions[-2:] == ["alert done", "alert taken"]


@pytest.mark.parametrize(
    ("action", "more", "why"),
    [
        (Action.SNOOZED, {"until": date(2023, 8, 2)}, "1 August 2023 at the latest"),
        (Action.SNOOZED, {"until": ASKED}, "tomorrow or later"),
        (Action.SNOOZED, {}, "tomorrow or later"),
        (Action.TAKEN, {}, "by which day"),
        (Action.TAKEN, {"until": ASKED - timedelta(days=1)}, "by which day"),
        (Action.PASSED, {}, "to which other post"),
        (Action.PASSED, {"to_id": 999}, "no such post"),
        (Action.DONE, {"note": "  "}, "what was done"),
    ],
)
def test_an_answer_that_cannot_stand_is_refused_in_words_and_changes_nothing(
    action: Action, more: dict[str, Any], why: str, asked: str, rules: Rules
) -> None:
    before = state(asked)
    with pytest.raises(AnswerRefused, match=why):
        say(asked, rules, action, **more)
    assert state(asked) == before
    with reading(asked) as session:
        assert session.exec(select(Acknowledgement)).all() == []


def test_a_date_that_has_moved_wants_no_answer_and_an_unsent_message_of_it_is_cancelled(
    asked: str, tmp_path: Path, rules: Rules
) -> None:
    bring_in(asked, sheet(tmp_path, with_cell("APL", "end", "2024-08-31")), rules, on=ASKED)
    with pytest.raises(AnswerRefused, match="moved"):
        say(asked, rules, Action.DONE, note="Too late.")
    with unit_of_work(asked) as session:
        assert cancel_stale(session) >= 0
        alive = of_apl(session).state
        rows = session.exec(select(Notification).where(Notification.state == Delivery.CANCELLED)).all()
        assert alive == AlertState.SUPERSEDED
        for one in rows:
            states = session.exec(
                select(Alert.state)
                .join(NotificationAlert, col(NotificationAlert.alert_id) == col(Alert.id))
                .where(NotificationAlert.notification_id == one.id)
            ).all()
            assert not {AlertState.OPEN, AlertState.TAKEN, AlertState.SNOOZED} & set(states)


def away(url: str, title: str, first: date, last: date | None = None) -> None:
    with unit_of_work(url) as session:
        session.add(Absence(person_id=post(session, title), first=first, last=last))


def test_who_stands_in_gets_one_digest_of_what_they_inherit_and_the_messages_from_then_on(
    asked: str, rules: Rules
) -> None:
    away(asked, TEACHING, ASKED + timedelta(days=1))
    for days in (1, 2, 60):
        sweep(asked, rules, ASKED + timedelta(days=days))
    with reading(asked) as session:
        [digest] = session.exec(
            select(Notification).where(col(Notification.subject).contains("stand in for"))
        )
        assert session.get_one(Person, digest.person_id).title == OFFICER
        assert "APL – Approved provider list, schools" in digest.body
        later = session.exec(select(Notification).where(Notification.written_on > ASKED + timedelta(days=1)))
        assert post(session, TEACHING) not in {one.person_id for one in later}


def test_a_contract_whose_whole_chain_is_away_has_no_living_owner(asked: str) -> None:
    for title in (TEACHING, OFFICER, GROUP):
        away(asked, title, ASKED)
    with reading(asked) as session:
        assert unowned(session, ASKED) == []
    away(asked, DIRECTOR, ASKED, ASKED + timedelta(days=5))
    with reading(asked) as session:
        assert {one.reference for one in unowned(session, ASKED)} >= {"APL", "TUITION"}
        assert unowned(session, ASKED + timedelta(days=6)) == []


def prefer(url: str, title: str, mode: Mode, **more: Any) -> None:
    with unit_of_work(url) as session:
        for stream in Stream:
            session.add(Preference(person_id=post(session, title), stream=stream, mode=mode, **more))


def test_a_weekly_digest_waits_for_monday_and_says_only_what_is_still_open(town: str, rules: Rules) -> None:
    sweep(town, rules, date(2023, 4, 30))
    prefer(town, TEACHING, Mode.WEEKLY)
    sweep(town, rules, ASKED)  # a bank holiday Monday: the digest is Tuesday's
    assert told(town) == []
    sweep(town, rules, date(2023, 5, 2))
    assert told(town, purpose=Purpose.DIGEST) == [TEACHING]
    assert state(town)[2] == date(2023, 5, 5)  # silence counts from the day it was told


def test_what_is_switched_off_is_not_told_but_the_day_itself_and_overdue_are(town: str, rules: Rules) -> None:
    sweep(town, rules, date(2023, 4, 30))
    prefer(town, TEACHING, Mode.OFF)
    sweep(town, rules, ASKED)
    assert told(town) == []
    sweep(town, rules, date(2023, 8, 1))
    assert TEACHING in told(town)


def test_quiet_hours_hold_a_message_back_until_they_are_over(town: str, rules: Rules) -> None:
    sweep(town, rules, date(2023, 4, 30))
    prefer(town, TEACHING, Mode.AT_ONCE, quiet_from=time(19), quiet_to=time(9, 30))
    sweep(town, rules, ASKED)
    with reading(town) as session:
        leaves = session.exec(select(Notification.not_before).where(Notification.written_on == ASKED)).all()
    assert datetime(2023, 5, 1, 8, 30, tzinfo=UTC) in leaves


def test_a_first_import_of_old_dates_sends_each_owner_one_hand_over_digest_under_a_screenful(
    town: str, rules: Rules
) -> None:
    sweep(town, rules, TODAY)
    with reading(town) as session:
        notes = session.exec(select(Notification)).all()
    assert {one.purpose for one in notes} == {Purpose.HANDOVER}
    assert len({one.person_id for one in notes}) == len(notes)
    assert all(one.body.count("\n") <= 60 for one in notes)


def test_an_alert_nobody_could_be_told_of_and_a_message_given_up_are_listed(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    mute = [[*row[:1], "" if row[0] == TEACHING else row[1], *row[2:]] for row in PEOPLE]
    bring_in(town, sheet(tmp_path, mute), rules)
    for day in (TODAY, ASKED):
        sweep(town, rules, day)
    with unit_of_work(town) as session:
        assert "APL" in {one.reference for one in untold(session)}
        note = session.exec(select(Notification)).first()
        assert note is not None
        note.state = Delivery.DEAD
        session.add(note)
        session.flush()
        assert [one.notification_id for one in dead_letters(session)] == [note.id]


def test_a_new_owner_is_told_in_a_digest_what_the_former_one_left_open(
    asked: str, tmp_path: Path, rules: Rules
) -> None:
    bring_in(asked, sheet(tmp_path, with_cell("APL", "owner", GROUP)), rules, on=ASKED)
    sweep(asked, rules, ASKED + timedelta(days=1))
    assert told(asked, purpose=Purpose.DIGEST) == [GROUP]
    assert state(asked)[1] == GROUP


def test_a_rung_that_falls_into_a_snooze_stays_silent_until_the_snooze_is_over(
    asked: str, rules: Rules
) -> None:
    say(asked, rules, Action.SNOOZED, until=date(2023, 7, 20))
    sweep(asked, rules, date(2023, 7, 2))  # thirty days before
    with reading(asked) as session:
        thirty = of_apl(session)
        assert (thirty.rung, thirty.state) == ("30d", AlertState.COLLAPSED)
    assert told(asked) == []
    sweep(asked, rules, date(2023, 7, 20))
    with reading(asked) as session:
        notes = session.exec(select(Notification).where(Notification.purpose == Purpose.REMINDER)).all()
    assert [("APL" in one.body, one.written_on) for one in notes] == [(True, date(2023, 7, 20))]
