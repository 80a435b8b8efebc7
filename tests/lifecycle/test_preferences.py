"""When a message leaves and which digest carries it: London's clock, quiet hours, working days."""

from datetime import UTC, date, datetime, time

import pytest

from lifecycle.calendars import calendar
from lifecycle.preferences import Mode, Wish, digest_on, not_before

NIGHT, NOON = (time(19), time(7)), (time(12), time(13))


@pytest.mark.parametrize(
    ("at", "quiet", "working_days", "leaves"),
    [
        ("2022-04-25T06:30", None, False, "2022-04-25T06:30"),
        ("2022-04-25T05:30", NIGHT, False, "2022-04-25T06:00"),  # 06:30 in London's summer
        ("2022-04-25T06:00", NIGHT, False, "2022-04-25T06:00"),  # seven: no longer quiet
        ("2022-04-25T18:00", NIGHT, False, "2022-04-26T06:00"),  # nineteen: quiet already
        ("2022-04-25T11:15", NOON, False, "2022-04-25T12:00"),
        ("2022-03-26T20:00", NIGHT, False, "2022-03-27T06:00"),  # the clock goes forward in that night
        ("2022-10-29T19:00", NIGHT, False, "2022-10-30T07:00"),  # and back in that one
        ("2022-03-26T23:30", (time(22), time(1, 30)), False, "2022-03-27T01:30"),  # 01:30 is leapt over
        ("2022-04-30T08:00", None, True, "2022-05-03T07:00"),  # Saturday before the bank holiday of 2 May
        ("2022-04-30T08:00", (time(19), time(9)), True, "2022-05-03T08:00"),
        ("2022-04-29T20:00", NIGHT, True, "2022-05-03T07:00"),  # Friday evening
    ],
)
def test_the_first_moment_a_message_may_leave(
    at: str, quiet: tuple[time, time] | None, working_days: bool, leaves: str
) -> None:
    moment = datetime.fromisoformat(at).replace(tzinfo=UTC)
    wish = Wish(quiet=quiet, working_days=working_days)
    assert not_before(moment, wish, calendar()) == datetime.fromisoformat(leaves).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("mode", "today", "digest"),
    [
        (Mode.DAILY, date(2022, 4, 23), date(2022, 4, 23)),
        (Mode.WEEKLY, date(2022, 4, 25), date(2022, 4, 25)),  # Monday
        (Mode.WEEKLY, date(2022, 4, 26), date(2022, 5, 3)),  # the Monday after is a bank holiday
        (Mode.WEEKLY, date(2022, 5, 2), date(2022, 5, 3)),
        (Mode.WEEKLY, date(2022, 5, 3), date(2022, 5, 3)),
        (Mode.WEEKLY, date(2022, 12, 24), date(2022, 12, 28)),
    ],
)
def test_the_digest_that_carries_what_was_raised_today(mode: Mode, today: date, digest: date) -> None:
    assert digest_on(mode, today, calendar()) == digest
