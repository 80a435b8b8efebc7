"""Recommission: the procurement strategy, up to the authority to tender."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage


@flow(name="recommission", flow_run_name=run_name)
def recommission(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """Prepare a procurement, up to the Board's authority to tender.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    return run_stage(reference, Stage.RECOMMISSION, visit, on)
