"""Every deployment with its schedule, in one place: served by `recommission up`, and by the demonstration."""

from typing import Any

from prefect import Flow
from prefect.deployments.runner import RunnerDeployment
from prefect.schedules import Cron

from flows.board_pack import board_pack
from flows.decommission import decommission
from flows.deliver import deliver
from flows.mobilisation import mobilisation
from flows.needs_analysis import needs_analysis
from flows.overview import overview
from flows.procurement import procurement
from flows.recommission import recommission
from flows.reconcile import reconcile
from flows.remodel import remodel
from flows.review import review
from flows.sweep import sweep
from flows.verdicts import close_meeting, completion, partner, verdict

STAGES = (review, needs_analysis, remodel, recommission, procurement, mobilisation, decommission)

# 01:00 to 02:00 local time is kept free: it is skipped or doubled at the clock changes.
SCHEDULES = {
    "sweep": "0 7 * * *",
    "deliver": "*/15 6-20 * * *",
    "reconcile": "*/10 2-23,0 * * *",
    "overview": "30 6 * * *",
}

BY_NAME: dict[str, Flow[Any, Any]] = {
    flow.name: flow
    for flow in (
        sweep,
        deliver,
        reconcile,
        overview,
        board_pack,
        verdict,
        partner,
        completion,
        close_meeting,
        *STAGES,
    )
}


def deployments(scheduled: bool) -> list[RunnerDeployment]:
    """All of them, each of the name of its flow. Without schedules for a replay, whose days are not today."""
    return [
        RunnerDeployment.from_flow(
            flow,
            name=name,
            description=flow.description,
            tags=["stage"] if flow in STAGES else [],
            schedule=Cron(SCHEDULES[name], timezone="Europe/London")
            if scheduled and name in SCHEDULES
            else None,
            concurrency_limit=1 if name in SCHEDULES else None,
        )
        for name, flow in BY_NAME.items()
    ]
