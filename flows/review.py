"""Review: the contract in force, until the Board asks for its next round."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="review", flow_run_name=run_name)
def review(reference: str, on: date | None = None) -> str:
    """Open a contract's review: plan its dates and publish what the review has to deliver."""
    return open_stage(reference, Stage.REVIEW, on)
