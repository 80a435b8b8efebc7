"""Needs analysis: what children need, what it costs, what the market offers; ends with the direction."""

from datetime import date

from prefect import flow

from flows.stage import open_stage, run_name
from lifecycle.stages import Stage


@flow(name="needs analysis", flow_run_name=run_name)
def needs_analysis(reference: str, on: date | None = None) -> str:
    """Open a contract's needs analysis: plan its dates and publish what it has to deliver."""
    return open_stage(reference, Stage.NEEDS_ANALYSIS, on)
