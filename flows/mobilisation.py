"""Mobilisation: from the award to the day the new service starts."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="mobilisation", flow_run_name=run_name)
def mobilisation(reference: str, on: date | None = None) -> str:
    """Open the mobilisation of a new service: plan its dates and publish what it has to deliver."""
    return open_stage(reference, Stage.MOBILISATION, on)
