"""Starts the flow of every stage that a contract has come to and that has not been opened."""

from datetime import date

from prefect import flow, task
from prefect.deployments import run_deployment

from flows.context import context
from flows.days import day_of_run, day_run_name, on_its_days
from lifecycle.stages import Stage
from models.opening import unopened
from models.session import reading


@task(name="Find the stages to start")
def find(on: date) -> list[tuple[str, Stage]]:
    """The record says which stage's flow has not run."""
    with reading(context(on).database) as session:
        return unopened(session)


@flow(name="start-stages", flow_run_name=day_run_name)
@on_its_days
def start_stages(on: date | None = None) -> int:
    """Start what the record says is to be started; asking twice for the same stage gives the same run."""
    day = day_of_run(on)
    waiting = find(day)
    for reference, stage in waiting:
        run_deployment(
            f"{stage}/{stage}",
            parameters={"reference": reference, "on": day.isoformat()},
            tags=[reference, stage],
            timeout=0,
            as_subflow=False,
            idempotency_key=f"{reference}:{stage}:{day}",
        )
    return len(waiting)
