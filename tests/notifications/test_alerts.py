"""Alerts are raised once each, whatever days the sweep runs on, however often, and however many at a time."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from pathlib import Path
from time import sleep

import pytest
from sqlmodel import col, select

from lifecycle.ladders import OVERDUE
from lifecycle.planning import MilestoneKind
from models.alerts import Alert, AlertState, Notification
from models.cycles import Milestone
from models.planning import Rules
from models.session import reading, unit_of_work
from notifications.alerts import raise_due
from tests.town import (
    DOMAIN,
    PEOPLE,
    TEACHING,
    TODAY,
    bring_in,
    milestones,
    sheet,
    sweep,
    with_cell,
)

Seen = set[tuple[str, str, int, str, int]]


def alerts(url: str, *states: AlertState) -> Seen:
    """Every alert: contract's milestone, gate, revision, rung, occurrence."""
    with reading(url) as session:
        rows = session.exec(
            select(Alert, Milestone)
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .where(col(Alert.state).in_(states or list(AlertState)))
        )
        return {
            (f"{milestone.contract_id} {milestone.kind}", milestone.gate, alert.milestone_revision, alert.rung, alert.occurrence)
            for alert, milestone in rows
        }  # fmt: skip


def messages(url: str) -> list[Notification]:
    with reading(url) as session:
        found = list(session.exec(select(Notification).order_by(col(Notification.id))))
        session.expunge_all()
        return found


def test_a_second_sweep_of_the_same_day_raises_and_writes_nothing(town: str, rules: Rules) -> None:
    first, written = sweep(town, rules)
    assert first > 0
    assert written.notifications > 0
    assert sweep(town, rules)[0] == 0
    assert len(messages(town)) == written.notifications


def test_two_sweeps_at_once_raise_each_alert_once_and_write_each_message_once(
    town: str, rules: Rules
) -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: sweep(town, rules), range(4)))
    assert sorted(raised for raised, _ in results)[:3] == [0, 0, 0]
    with reading(town) as session:
        open_ones = session.exec(select(Alert).where(Alert.state == AlertState.OPEN)).all()
    assert len(open_ones) == max(raised for raised, _ in results)
    assert len(messages(town)) == max(written.notifications for _, written in results)


def test_days_that_were_missed_are_made_up_for_and_only_the_newest_rung_speaks(
    town: str, rules: Rules
) -> None:
    sweep(town, rules)
    before = alerts(town)
    end = milestones(town, "TUITION")["contract end"]
    day = end.earliest - timedelta(days=20)  # past the rungs of 12 and 6 and 3 months and 30 days
    with unit_of_work(town) as session:
        raised = raise_due(session, day, rules.policy)
        [spoken] = [one for one in raised if one.milestone.id == end.id]
        assert spoken.alert.rung == "30d"
        assert spoken.collapsed == ("12m", "6m", "3m")
    collapsed = alerts(town, AlertState.COLLAPSED) - before
    assert {rung for what, _, _, rung, _ in collapsed if what == f"{end.contract_id} contract end"} == {"12m", "6m", "3m"}  # fmt: skip


def test_a_sweep_each_day_and_one_each_fortnight_leave_the_same_rungs_on_record(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    for day in range(0, 700, 14):
        sweep(town, rules, TODAY + timedelta(days=day))
    every = {found for found in alerts(town) if found[3] != OVERDUE}
    with reading(town) as session:
        due = [
            one.kind
            for one in session.exec(select(Milestone))
            if one.next_alert_on and one.next_alert_on <= TODAY + timedelta(days=686)
        ]
    assert due == []
    daily = "sqlite:///" + str(tmp_path / "daily.db")
    from models.session import migrate
    from tests.town import furnish

    migrate(daily)
    furnish(daily, tmp_path, rules)
    for day in range(687):
        with unit_of_work(daily) as session:
            raise_due(session, TODAY + timedelta(days=day), rules.policy)
    assert {found for found in alerts(daily) if found[3] != OVERDUE} == every


def test_the_day_it_should_have_fired_is_kept_beside_the_day_it_was_raised(town: str, rules: Rules) -> None:
    sweep(town, rules)
    end = milestones(town, "FW")["contract end"]
    due = end.next_alert_on
    assert due is not None
    sweep(town, rules, due + timedelta(days=3))
    with reading(town) as session:
        alert = session.exec(
            select(Alert).where(Alert.milestone_id == end.id).order_by(col(Alert.fire_on).desc())
        ).first()
    assert alert is not None
    assert (alert.fire_on, alert.raised_on) == (due, due + timedelta(days=3))


def test_an_ended_spot_placement_makes_no_noise_and_an_ended_contract_chases_weekly(
    town: str, rules: Rules
) -> None:
    day = TODAY + timedelta(days=365)
    sweep(town, rules, day)
    spot = milestones(town, "SPOT-0001")["contract end"]
    old = milestones(town, "OLD")["contract end"]
    with reading(town) as session:
        assert not session.exec(select(Alert).where(Alert.milestone_id == spot.id)).all()
        [chased] = session.exec(
            select(Alert).where(Alert.milestone_id == old.id, Alert.state == AlertState.OPEN)
        )
        assert chased.rung == OVERDUE
    assert old.next_alert_on is not None
    assert day < old.next_alert_on <= day + timedelta(days=7)


def test_the_message_says_what_which_when_as_written_what_next_why_and_who_else_knows(
    town: str, rules: Rules
) -> None:
    day = date(2023, 5, 1)  # three months before the earliest day of "August 2023"
    with unit_of_work(town) as session:
        raise_due(session, day - timedelta(days=1), rules.policy)
    sweep(town, rules, day)
    [message] = [one for one in messages(town) if "APL" in one.body]
    assert message.recipient == f"education@{DOMAIN}"
    body = message.body
    for words in (
        TEACHING, "APL – Approved provider list, schools", "contract end", "August 2023", "in 92 days",
        "Nothing renews by silence", "Worked out:", "Who else knows:",
    ):  # fmt: skip
        assert words in body, words
    text = message.payload.decode()
    assert message.message_id in text
    assert "X-Recommission-Alerts:" in text
    assert message.written_on == day


def test_a_person_gets_one_message_a_sweep_however_many_of_their_dates_are_due(
    town: str, rules: Rules
) -> None:
    raised, _ = sweep(town, rules)
    recipients_of_it = [one.recipient for one in messages(town)]
    assert len(recipients_of_it) == len(set(recipients_of_it)) < raised


def test_an_alert_that_nobody_can_be_told_of_is_named(town: str, tmp_path: Path, rules: Rules) -> None:
    mute = [[*row[:1], "" if row[0] == TEACHING else row[1], *row[2:]] for row in PEOPLE]
    bring_in(town, sheet(tmp_path, mute), rules)
    _, written = sweep(town, rules, date(2023, 5, 1))
    assert any(words.startswith("APL:") for words in written.unreachable)


def test_an_end_that_moves_supersedes_its_alerts_and_arms_them_again(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    sweep(town, rules)
    before = milestones(town, "APL")["contract end"]
    bring_in(town, sheet(tmp_path, with_cell("APL", "end", "30/09/2023")), rules)
    after = milestones(town, "APL")["contract end"]
    assert (after.revision, after.words) == (before.revision + 1, "30 September 2023")
    with reading(town) as session:
        states = {one.state for one in session.exec(select(Alert).where(Alert.milestone_id == after.id))}
    assert AlertState.OPEN not in states
    assert AlertState.SUPERSEDED in states
    assert sweep(town, rules)[0] > 0
    assert sweep(town, rules)[0] == 0


@pytest.mark.parametrize("kind", [MilestoneKind.NOTICE, MilestoneKind.BOARD])
def test_an_outage_over_the_last_day_itself_is_not_passed_over_in_silence(
    kind: MilestoneKind, town: str, rules: Rules
) -> None:
    sweep(town, rules)
    with reading(town) as session:
        milestone = session.exec(
            select(Milestone).where(
                Milestone.kind == kind, col(Milestone.latest) > TODAY + timedelta(days=40)
            )
        ).first()
    assert milestone is not None
    sweep(town, rules, milestone.earliest - timedelta(days=10))
    with unit_of_work(town) as session:
        raised = raise_due(session, milestone.latest + timedelta(days=2), rules.policy)
        spoken = [one for one in raised if one.milestone.id == milestone.id]
    assert len(spoken) == 1


def test_an_end_that_moves_while_a_sweep_is_under_way_keeps_its_new_alerts_and_ends_the_old(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    path = sheet(tmp_path, with_cell("TUITION", "end", "30/04/2024"))
    with ThreadPoolExecutor(1) as pool:
        with unit_of_work(town) as session:
            assert raise_due(session, TODAY, rules.policy)
            moving = pool.submit(bring_in, town, path, rules)
            sleep(0.5)  # it waits for the sweep, or has read what the sweep is about to change
        moving.result()
    end = milestones(town, "TUITION")["contract end"]
    assert (end.revision, end.next_alert_on) == (2, date(2022, 10, 30))
    with reading(town) as session:
        states = session.exec(select(Alert.state).where(Alert.milestone_id == end.id)).all()
    assert AlertState.OPEN not in states
