"""Procurement: tender, evaluation, award, standstill, notices."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="procurement", flow_run_name=run_name)
def procurement(reference: str, on: date | None = None) -> str:
    """Open a procurement: plan its dates and publish what it has to deliver."""
    return open_stage(reference, Stage.PROCUREMENT, on)
