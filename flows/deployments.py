"""Every deployment, in one place: served by `recommission up` and the demonstration, written to prefect.yaml."""

from importlib.metadata import version
from typing import Any

from prefect import Flow
from prefect.client.schemas.objects import ConcurrencyLimitConfig, ConcurrencyLimitStrategy
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron
from prefect.schedules import Schedule as PrefectSchedule

from config.settings import load_settings
from flows.annual_report import annual_report
from flows.board_pack import compile_pack, publish_pack
from flows.context import rules_of
from flows.decommission import decommission
from flows.deliver import deliver
from flows.draft_minutes import draft_minutes
from flows.handing_over import hand_over, take_back
from flows.import_register import import_register
from flows.mobilisation import mobilisation
from flows.needs_analysis import needs_analysis
from flows.overview import overview
from flows.prepare_board import prepare_board
from flows.procurement import procurement
from flows.recommission import recommission
from flows.reconcile import reconcile
from flows.remodel import remodel
from flows.replan import replan
from flows.review import review
from flows.sweep import sweep
from flows.verdicts import close_meeting, completion, partner, verdict
from flows.watch import watch
from lifecycle.schedules import Days, Schedule
from lifecycle.stages import VERSION

STAGES = (review, needs_analysis, remodel, recommission, procurement, mobilisation, decommission)
# Those that policy schedules (`SCHEDULED` in config/policy_file.py), and those that people start.
BY_CLOCK = (sweep, deliver, reconcile, overview, watch, prepare_board, compile_pack)
BY_HAND = (
    import_register, replan, publish_pack, draft_minutes, annual_report, verdict, partner, completion, close_meeting, hand_over, take_back
)  # fmt: skip

BY_NAME: dict[str, Flow[Any, Any]] = {flow.name: flow for flow in (*BY_CLOCK, *BY_HAND, *STAGES)}

# A run that finds another at work is cancelled, as the next one does its work; only the daily ones wait,
# because their next is a day away. Stage runs have no limit: they wait for years, suspended.
_OFTEN = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.CANCEL_NEW)
_DAILY = ConcurrencyLimitConfig(limit=1, collision_strategy=ConcurrencyLimitStrategy.ENQUEUE)


def cron(schedule: Schedule) -> PrefectSchedule:
    """The schedule as Prefect has it. Bank holidays are left to the run (`on_its_days`), which says so."""
    line = schedule.cron if schedule.days is Days.EVERY else f"{schedule.cron.removesuffix('*')}1-5"
    return Cron(line, timezone="Europe/London")


def deployments(scheduled: bool) -> list[RunnerDeployment]:
    """All of them, each of the name of its flow. Without schedules for a replay, whose days are not today."""
    policy = rules_of(load_settings().policy).policy
    return [_deployment(name, flow, policy.schedule(name), scheduled) for name, flow in BY_NAME.items()]


def _deployment(
    name: str, flow: Flow[Any, Any], schedule: Schedule | None, scheduled: bool
) -> RunnerDeployment:
    limit = None if schedule is None else _DAILY if len(schedule.times) == 1 else _OFTEN
    return RunnerDeployment.from_flow(
        flow,
        name=name,
        description=(flow.description or "").split("\n\nArgs:")[0],  # these describe the form's fields
        tags=["stage"] if flow in STAGES else [],
        schedule=cron(schedule) if scheduled and schedule else None,
        concurrency_limit=limit,
        version=f"{version('recommission')}, cycle v{VERSION}",
        # Otherwise Prefect asks git four times a deployment, and it is the release that matters.
        version_type="prefect:simple",  # type: ignore[arg-type]  # the enumeration is private to Prefect
    )
