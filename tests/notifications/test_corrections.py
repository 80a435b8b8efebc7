"""Whoever was told a date that has moved is told the new one, once."""

from datetime import date, datetime
from pathlib import Path

from sqlmodel import Session, col, select

from config.policy_file import load_policy
from lifecycle.boards import meetings
from models.alerts import Notification, Purpose
from models.planning import Rules, replan_if_policy_changed
from models.session import reading, unit_of_work
from notifications.corrections import write_corrections
from notifications.posts import Posts
from tests.town import NOW, SENDING, milestones, sweep

SHIPPED = Path(__file__).parents[2] / "config" / "policy.toml"


def changed(folder: Path, old: str, new: str) -> Rules:
    """The shipped policy with one line changed."""
    text = SHIPPED.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path = folder / "policy.toml"
    path.write_text(text.replace(old, new), encoding="utf-8")
    policy = load_policy(path)
    return Rules(policy, meetings(policy))


def correct(url: str, rules: Rules, on: date) -> tuple[int, int]:
    """Replan where the policy changed and write the corrections: milestones changed, messages written."""
    with unit_of_work(url) as session:
        moved = replan_if_policy_changed(session, rules, on)
        at = datetime.combine(on, NOW.timetz())
        return moved, write_corrections(session, SENDING, rules.policy, Posts(session, on), at)


def told(session: Session) -> list[Notification]:
    """The corrections in the outbox."""
    return list(
        session.exec(
            select(Notification)
            .where(Notification.purpose == Purpose.CORRECTION)
            .order_by(col(Notification.id))
        )
    )


def test_the_policy_a_record_was_planned_with_changes_nothing(town: str, rules: Rules) -> None:
    correct(town, rules, date(2022, 4, 25))
    assert correct(town, rules, date(2022, 4, 26)) == (0, 0)


def test_a_bank_holiday_announced_late_moves_a_day_that_was_told_and_its_owner_hears_of_it_once(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    day = milestones(town, "BLOCK")["notice must be served by"].earliest
    correct(town, rules, date(2022, 4, 25))
    sweep(town, rules, date(2024, 9, 2))  # the notice's ladder has spoken
    holiday = f'added = [{{ day = {day}, name = "State occasion" }}]'
    struck = changed(tmp_path, "added = []", holiday)
    moved, messages = correct(town, struck, date(2024, 9, 3))
    assert moved >= 1
    assert messages >= 1
    assert milestones(town, "BLOCK")["notice must be served by"].earliest < day
    with reading(town) as session:
        body = next(one.body for one in told(session) if "BLOCK" in one.body)
    assert "Replaces:   our message of 2 September 2024" in body
    assert "the council's rules or the Board's calendar changed" in body
    assert correct(town, struck, date(2024, 9, 4)) == (0, 0)


def test_a_cancelled_meeting_moves_the_last_board_and_whoever_was_told_it(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    before = milestones(town, "APL")["Board decision by direction"].earliest
    correct(town, rules, date(2022, 4, 25))
    sweep(town, rules, date(2022, 10, 20))
    cancelled = changed(tmp_path, "cancelled = []", f"cancelled = [{before}]")
    _, messages = correct(town, cancelled, date(2022, 10, 21))
    after = milestones(town, "APL")["Board decision by direction"]
    assert after.earliest < before
    assert messages >= 1
    with reading(town) as session:
        assert any(f"Now:        {after.words}" in one.body for one in told(session))
