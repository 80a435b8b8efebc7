"""Needs analysis: what children need, what it costs, what the market offers; ends with the direction."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage


@flow(name="needs analysis", flow_run_name=run_name)
def needs_analysis(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """Analyse the need for a service, up to the Board's direction: remodel, recommission or decommission.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    return run_stage(reference, Stage.NEEDS_ANALYSIS, visit, on)
