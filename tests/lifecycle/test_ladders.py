"""Which alerts of a ladder fire when; missed days and second runs change nothing."""

from collections.abc import Iterable
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lifecycle.ladders import OVERDUE, Firing, due, next_firing, overdue
from lifecycle.policy import Ladder, Rung
from lifecycle.stages import Kind

EARLIEST, LATEST = date(2023, 8, 1), date(2023, 8, 31)  # "August 2023"
CHASING = Ladder(
    "contract end",
    frozenset(Kind),
    (Rung("6m", months=6), Rung("30d", days=30), Rung("0d")),
    7,
)
QUIET = Ladder("notice must be served by", frozenset(Kind), CHASING.rungs, 0)


@pytest.mark.parametrize(
    ("since", "today", "fires"),
    [
        (None, "2023-01-31", []),
        (None, "2023-02-01", ["6m"]),
        (None, "2023-07-01", ["6m"]),
        (None, "2023-07-02", ["6m", "30d"]),
        ("2023-02-01", "2023-07-02", ["30d"]),
        ("2023-07-02", "2023-07-31", []),
        ("2023-07-02", "2023-08-01", ["0d"]),
        ("2023-08-01", "2023-08-31", []),
        ("2023-08-01", "2023-09-01", ["overdue 1"]),
        ("2023-09-01", "2023-09-07", []),
        ("2023-09-01", "2023-09-08", ["overdue 2"]),
        ("2023-07-02", "2023-12-01", ["0d", "overdue 14"]),
        (None, "2024-08-31", ["6m", "30d", "0d", "overdue 53"]),
    ],
)
def test_lead_times_count_from_the_earliest_day_and_overdue_from_the_latest(
    since: str | None, today: str, fires: list[str]
) -> None:
    found = due(CHASING, EARLIEST, LATEST, since and date.fromisoformat(since), date.fromisoformat(today))  # type: ignore[arg-type]
    assert [f"{one.rung} {one.occurrence}" if one.occurrence else one.rung for one in found] == fires


@pytest.mark.parametrize(
    ("since", "today", "fires"),
    [
        (None, "2023-08-31", ["6m", "30d", "0d"]),
        (None, "2023-09-01", []),  # came into the register when it was past: no noise
        ("2023-07-02", "2023-09-03", ["0d"]),  # the sweep was out over the day: it is still told
        ("2023-08-01", "2023-09-03", []),
    ],
)
def test_a_ladder_that_does_not_chase(since: str | None, today: str, fires: list[str]) -> None:
    found = due(QUIET, EARLIEST, LATEST, since and date.fromisoformat(since), date.fromisoformat(today))  # type: ignore[arg-type]
    assert [one.rung for one in found] == fires


@pytest.mark.parametrize(
    ("after", "following"),
    [
        (None, Firing(date(2023, 2, 1), "6m")),
        ("2023-01-31", Firing(date(2023, 2, 1), "6m")),
        ("2023-02-01", Firing(date(2023, 7, 2), "30d")),
        ("2023-08-01", Firing(date(2023, 9, 1), OVERDUE, 1)),
        ("2023-08-31", Firing(date(2023, 9, 1), OVERDUE, 1)),
        ("2023-09-01", Firing(date(2023, 9, 8), OVERDUE, 2)),
        ("2023-09-14", Firing(date(2023, 9, 15), OVERDUE, 3)),
    ],
)
def test_the_alert_that_follows(after: str | None, following: Firing) -> None:
    assert next_firing(CHASING, EARLIEST, LATEST, after and date.fromisoformat(after)) == following  # type: ignore[arg-type]


def test_a_ladder_that_does_not_chase_ends() -> None:
    assert next_firing(QUIET, EARLIEST, LATEST, EARLIEST) is None


def test_a_month_before_the_last_of_a_long_month_is_the_last_of_a_short_one() -> None:
    ladder = Ladder("x", frozenset(Kind), (Rung("6m", months=6),), 0)
    assert next_firing(ladder, date(2023, 8, 31), date(2023, 8, 31), None) == Firing(date(2023, 2, 28), "6m")


ladders = st.builds(
    Ladder,
    st.just("contract end"),
    st.just(frozenset(Kind)),
    st.lists(
        st.one_of(
            st.integers(1, 24).map(lambda n: Rung(f"{n}m", months=n)),
            st.integers(0, 90).map(lambda n: Rung(f"{n}d", days=n)),
        ),
        min_size=1,
        max_size=5,
        unique_by=lambda rung: rung.code,
    ).map(tuple),
    st.sampled_from([0, 1, 7, 28]),
)
days = st.dates(date(2019, 1, 1), date(2027, 12, 31))
spans = st.integers(0, 365)


def swept(
    ladder: Ladder, earliest: date, latest: date, on: Iterable[date]
) -> tuple[list[Firing], list[Firing]]:
    """What sweeps on these days raise, as the record would: all alerts, and those that spoke."""
    raised: list[Firing] = []
    spoke: list[Firing] = []
    for today in on:
        since = max((one.on for one in raised), default=None)
        found = due(ladder, earliest, latest, since, today)
        raised += found
        spoke += found[-1:]
    return raised, spoke


@settings(deadline=None)
@given(ladders, days, spans, st.lists(st.integers(0, 1200), min_size=1, max_size=40, unique=True))
def test_sweeping_on_some_days_leaves_the_same_record_as_sweeping_every_day(
    ladder: Ladder, earliest: date, span: int, offsets: list[int]
) -> None:
    latest, first = earliest + timedelta(days=span), earliest - timedelta(days=750)
    some = [first + timedelta(days=offset) for offset in sorted(offsets)]
    every = [first + timedelta(days=offset) for offset in range(max(offsets) + 1)]
    daily, _ = swept(ladder, earliest, latest, every)
    seldom, spoke = swept(ladder, earliest, latest, some)
    first_rung = next_firing(ladder, earliest, latest, None)
    assert first_rung
    in_view = any(first_rung.on <= day <= latest for day in some)
    if ladder.overdue_every or in_view:
        # Repeats after the date say one thing, so only the newest is raised.
        assert {one for one in seldom if one.rung != OVERDUE} == {one for one in daily if one.rung != OVERDUE}
        assert set(seldom) <= set(daily)
        assert max(seldom, default=None) == max(daily, default=None)
    else:
        assert seldom == []
    assert len(seldom) == len(set(seldom))
    assert len(spoke) <= len(some)


@given(ladders, days, spans, days)
def test_what_follows_is_what_a_sweep_of_that_day_will_find_and_no_earlier_one(
    ladder: Ladder, earliest: date, span: int, after: date
) -> None:
    latest = earliest + timedelta(days=span)
    following = next_firing(ladder, earliest, latest, after)
    since = max((one.on for one in due(ladder, earliest, latest, date.min, after)), default=date.min)
    if following is None:
        assert due(ladder, earliest, latest, since, after + timedelta(days=4000)) == []
        return
    assert following.on > after
    assert following in due(ladder, earliest, latest, since, following.on)
    assert due(ladder, earliest, latest, since, following.on - timedelta(days=1)) == []


@given(ladders.filter(lambda one: one.overdue_every > 0), days, st.integers(1, 60))
def test_the_nth_repeat_is_found_on_its_own_day(ladder: Ladder, latest: date, n: int) -> None:
    nth = overdue(ladder, latest, n)
    assert due(ladder, latest, latest, nth.on - timedelta(days=1), nth.on) == [nth]
