"""A completed sweep leaves its mark in the record; a missing one is said once it is late by policy."""

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from config.settings import LONDON
from lifecycle.policy import Policy
from lifecycle.schedules import Days
from models.facts import last_sweep, note_sweep
from models.planning import Rules
from models.session import reading, unit_of_work
from notifications.sweeping import overdue, sweep
from tests.town import SENDING


def test_a_sweep_notes_its_day_and_an_earlier_day_never_takes_it_back(town: str, rules: Rules) -> None:
    for at in (datetime(2022, 4, 25, 7, tzinfo=LONDON), datetime(2022, 4, 24, 7, tzinfo=LONDON)):
        with unit_of_work(town) as session:
            sweep(session, rules.policy, SENDING, at)
        with reading(town) as session:
            assert last_sweep(session) == (date(2022, 4, 25), datetime(2022, 4, 25, 6, tzinfo=UTC))


def test_a_sweep_that_fails_leaves_no_mark(town: str, rules: Rules) -> None:
    with suppress(KeyboardInterrupt), unit_of_work(town) as session:
        sweep(session, rules.policy, SENDING, datetime(2022, 4, 25, 7, tzinfo=LONDON))
        raise KeyboardInterrupt
    with reading(town) as session:
        assert last_sweep(session) is None


# Thursday 14 April 2022 is followed by Good Friday, the weekend, Easter Monday and a working Tuesday.
@pytest.mark.parametrize(
    ("days", "swept", "now", "missing"),
    [
        (Days.EVERY, 14, "15 09:59", ""),
        (Days.EVERY, 14, "15 10:00", "15 April 2022"),
        (Days.EVERY, 15, "15 10:00", ""),
        (Days.EVERY, 13, "15 09:59", "14 April 2022"),
        (Days.EVERY, None, "15 10:00", "none has ever completed"),
        (Days.WORKING, 14, "18 23:00", ""),
        (Days.WORKING, 14, "19 09:59", ""),
        (Days.WORKING, 14, "19 10:00", "19 April 2022"),
    ],
)
def test_a_missing_sweep_is_said_from_ten_on_the_days_it_runs_on(
    database: str, rules: Rules, days: Days, swept: int | None, now: str, missing: str
) -> None:
    if swept:
        with unit_of_work(database) as session:
            note_sweep(session, datetime(2022, 4, swept, 7, tzinfo=LONDON))
    at = datetime.fromisoformat(f"2022-04-{now.replace(' ', 'T')}").replace(tzinfo=LONDON)
    with reading(database) as session:
        said = overdue(session, _with_days(rules.policy, days), at)
    assert missing in said
    assert bool(missing) == bool(said)


def _with_days(policy: Policy, days: Days) -> Policy:
    rows = tuple(replace(row, days=days) for row in policy.schedules)
    return replace(policy, schedules=rows)
