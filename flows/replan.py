"""Plans contracts anew, for operators who want to be sure that the dates follow from the record."""

from datetime import date

from prefect import flow, task
from sqlmodel import col, select

from flows.context import context
from flows.days import day_of_run
from models.contracts import Contract
from models.planning import replan as plan_anew
from models.session import unit_of_work


class NoContract(ValueError):
    """The register has no contract of that reference."""


@task(name="Plan the milestones")
def milestones(reference: str, on: date) -> int:
    """Bring the dates to what the plan says; planning twice changes nothing."""
    now = context(on)
    wanted = select(Contract).order_by(col(Contract.id))
    with unit_of_work(now.database) as session:
        found = session.exec(wanted.where(Contract.reference == reference) if reference else wanted).all()
        if reference and not found:
            raise NoContract(f'The register has no contract "{reference}": look at how it is written there.')
        return plan_anew(session, found, now.rules, now.on, "the plan was worked out anew")


@flow(name="replan", flow_run_name="replan · {reference}")
def replan(reference: str = "", on: date | None = None) -> int:
    """Work out every date of one contract, or of all, anew; whoever was told a date that moves is told so.

    Args:
        reference: The contract's reference in the register, such as NAPL; all contracts if it is left empty.
        on: Plan as on this day; today if it is left empty.
    """
    return milestones(reference, day_of_run(on))
