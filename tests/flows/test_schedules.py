"""The shipped schedules, as Prefect works them out, give every slot of every day once, whatever the clocks do."""

import asyncio
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

import pytest
import yaml

from config.policy_file import SCHEDULED
from config.settings import LONDON
from lifecycle.schedules import Days, NoSuchTime, Schedule, times
from models.planning import Rules

CHANGES = [date(2024, 3, 31), date(2024, 10, 27), date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)]  # fmt: skip


@pytest.mark.parametrize("change", CHANGES, ids=str)
@pytest.mark.parametrize("name", SCHEDULED)
def test_every_slot_comes_once_across_the_clock_changes(name: str, change: date, rules: Rules) -> None:
    from prefect.server.schemas.schedules import CronSchedule

    from flows.deployments import cron

    schedule = rules.policy.schedule(name)
    assert schedule
    made = CronSchedule(cron=cron(schedule).cron or "", timezone=cron(schedule).timezone)
    days = [change + timedelta(days=offset) for offset in (-1, 0, 1)]
    begin = datetime.combine(days[0], time(), LONDON).astimezone(UTC)
    end = datetime.combine(days[-1] + timedelta(days=1), time(), LONDON).astimezone(UTC)
    found = asyncio.run(made.get_dates(n=1000, start=begin, end=end - timedelta(seconds=1)))
    seen = Counter(datetime.fromtimestamp(one.timestamp(), LONDON).replace(tzinfo=None) for one in found)
    if schedule.days is Days.WORKING:
        days = [day for day in days if day.weekday() < 5]
    assert seen == Counter(datetime.combine(day, at) for day in days for at in schedule.times)


def test_working_days_are_monday_to_friday_for_prefect_and_bank_holidays_for_the_run(rules: Rules) -> None:
    from flows.deployments import cron

    schedule = Schedule("sweep", "0 7 * * *", Days.WORKING)
    assert cron(schedule).cron == "0 7 * * 1-5"
    calendar = rules.policy.calendar()
    assert not schedule.runs_on(date(2026, 12, 25), calendar)
    assert schedule.runs_on(date(2026, 12, 24), calendar)


@pytest.mark.parametrize(
    "cron", ["0 1 * * *", "*/10 * * * *", "59 0-1 * * *", "0 25 * * *", "x", "0 7 * * 1"]
)
def test_times_that_do_not_come_once_every_day_are_refused(cron: str) -> None:
    with pytest.raises(NoSuchTime):
        times(cron)


def test_every_scheduled_deployment_exists() -> None:
    from flows.deployments import BY_CLOCK

    assert {flow.name for flow in BY_CLOCK} == {*SCHEDULED}


def test_prefect_yaml_is_what_the_deployments_say_and_its_entrypoints_import() -> None:
    from prefect.flows import load_flow_from_entrypoint

    from flows.prefect_yaml import as_yaml

    root = Path(__file__).parents[2]
    committed = (root / "prefect.yaml").read_text(encoding="utf-8")
    assert committed == as_yaml(), "write it anew: recommission prefect-yaml > prefect.yaml"
    for deployment in yaml.safe_load(committed)["deployments"]:
        assert load_flow_from_entrypoint(str(root / deployment["entrypoint"])).name == deployment["name"]
