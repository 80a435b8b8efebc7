"""Remodel: the service is changed within its contract."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage


@flow(name="remodel", flow_run_name=run_name)
def remodel(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """Remodel a service within its contract, up to the Board's approval.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    return run_stage(reference, Stage.REMODEL, visit, on)
