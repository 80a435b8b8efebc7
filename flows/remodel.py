"""Remodel: the service is changed within its contract."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="remodel", flow_run_name=run_name)
def remodel(reference: str, on: date | None = None) -> str:
    """Open the remodelling of a service: plan its dates and publish what it has to deliver."""
    return open_stage(reference, Stage.REMODEL, on)
