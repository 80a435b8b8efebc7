"""Review: the contract in force, reviewed each year or by its kind, until the Board asks for its next round."""

from datetime import date
from typing import Any

from prefect import flow
from prefect.client.schemas.objects import State

from flows.names import run_name
from flows.stage import run_stage
from lifecycle.stages import Stage


@flow(name="review", flow_run_name=run_name)
def review(reference: str, visit: int = 0, on: date | None = None) -> State[Any]:
    """Review a contract: the report on how it does, up to the Board's verdict to continue, extend or start the review.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        visit: Which stay in the stage it is for; 0 for the present one.
        on: Act as on this day; today if left empty.
    """
    return run_stage(reference, Stage.REVIEW, visit, on)
