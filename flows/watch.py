"""Looks into the record whether the day's sweep has completed, and tells operations where it has not."""

from prefect import flow

from flows.context import context
from flows.days import day_run_name, moment_of_run, on_its_days
from flows.telling import tell_operations
from models.session import reading
from notifications import sweeping


class SweepMissing(RuntimeError):
    """A sweep that policy asks for has not completed; the message says which and what to do."""


@flow(name="watch", flow_run_name=day_run_name)
@on_its_days
def watch() -> str:
    """Fail, and tell operations, where the day's sweep has not completed. The record is asked, not Prefect."""
    now = context()
    with reading(now.database) as session:
        missing = sweeping.overdue(session, now.rules.policy, moment_of_run())
    if not missing:
        return "Every sweep has completed."
    tell_operations("sweep.missing", "sweep", missing)
    raise SweepMissing(missing)
