"""Procurement: tender, evaluation, recommendation; ends with the award."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage


@flow(name="procurement", flow_run_name=run_name)
def procurement(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """Procure a service: tender, evaluation and recommendation, up to the Board's award.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    return run_stage(reference, Stage.PROCUREMENT, visit, on)
