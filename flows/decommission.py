"""Decommission: consultation, equality impact, notice, transition of each placement, exit."""

from datetime import date
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.context import context
from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage
from models.session import reading
from models.sheets import sheet


@task(name="Placements and call-offs that need a transition plan")
def transitions(reference: str, on: date | None) -> State[Any]:
    """Each call-off that is still live, and those that outlive the contract."""
    now = context(on)
    with reading(now.database) as session:
        made = sheet(session, reference, now.rules, now.on)
    outliving = f"; outliving the contract: {', '.join(made.outlived_by)}" if made.outlived_by else ""
    return Completed(message=f"{', '.join(made.call_offs) or 'no call-offs'}{outliving}")


@flow(name="decommission", flow_run_name=run_name)
def decommission(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """End a service: consultation, notice and a plan for everybody who uses it, until the exit is completed.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    transitions(reference, on)
    return run_stage(reference, Stage.DECOMMISSION, visit, on)
