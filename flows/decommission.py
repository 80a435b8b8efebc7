"""Decommission: consultation, notice, transition of each placement, exit."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="decommission", flow_run_name=run_name)
def decommission(reference: str, on: date | None = None) -> str:
    """Open the decommissioning of a service: plan its dates and publish what it has to deliver."""
    return open_stage(reference, Stage.DECOMMISSION, on)
