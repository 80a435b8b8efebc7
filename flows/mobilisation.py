"""Mobilisation: standstill, signature, transfer of staff, placements at risk, until the new service starts."""

from datetime import date
from typing import Any

from prefect import flow, task
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.context import context
from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage
from models.session import unit_of_work
from models.standstill import tick_off


@task(name="Standstill")
def standstill(reference: str, on: date | None) -> State[Any]:
    """Worked out by the law the procurement began under; ticked off once it is over."""
    now = context(on)
    with unit_of_work(now.database) as session:
        still = tick_off(session, now.rules, now.on, now.at, reference)
    return Completed(name="Runs" if still else None, message=still[0] if still else "over, or none")


@flow(name="mobilisation", flow_run_name=run_name)
def mobilisation(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """Mobilise a new service, from the award to the day it starts.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    standstill(reference, on)
    return run_stage(reference, Stage.MOBILISATION, visit, on)
