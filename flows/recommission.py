"""Recommission: the procurement strategy, up to the authority to tender."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="recommission", flow_run_name=run_name)
def recommission(reference: str, on: date | None = None) -> str:
    """Open the recommissioning of a service: plan its dates and publish what it has to deliver."""
    return open_stage(reference, Stage.RECOMMISSION, on)
