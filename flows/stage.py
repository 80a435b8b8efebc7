"""What all stage flows share: the steps of a stage, each looking into the record first."""

from datetime import date
from typing import Any

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.client.schemas.objects import State
from prefect.states import Completed

from flows.context import context
from flows.gate import wait_at_gate
from flows.showing import contract_page, slug
from lifecycle.stages import Stage
from models.checklists import ChecklistLine
from models.opening import StageLeft, Visit, left_because, mark_opened, plan_stage, standings
from models.session import reading, unit_of_work
from models.sheets import Sheet, sheet


@task(name="Plan the milestones")
def plan_milestones(visit: Visit, on: date | None) -> int:
    """Bring the contract's dates to what the stage asks for."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return plan_stage(session, visit, now.rules, now.on)


@task(name="Look for what the stage asks for", task_run_name="{line.item}")
def step(line: ChecklistLine) -> State[Any]:
    """One item of the stage's checklist, named in the field's words: there, or owed by whom."""
    if line.on:
        return Completed(message=f"There since {line.on}: {line.evidence}", data=True)
    return Completed(name="Owed", message=f"Owed by {line.by}", data=False)


@task(name="Publish the contract's page")
def publish(made: Sheet, on: date) -> None:
    """The contract as it stands, for operations to read in the Prefect UI."""
    create_markdown_artifact(
        contract_page(made, on), key=f"contract-{slug(made.reference)}", description=made.title
    )


@task(name="Mark the stage as opened")
def mark(visit: Visit, on: date | None) -> bool:
    """So that it is opened once."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return mark_opened(session, visit, now.at)


def run_stage(reference: str, stage: Stage, visit: int, on: date | None) -> State[Any]:
    """The steps of every stage's flow, from the top as often as need be: each looks into the record first."""
    this = _visit(reference, stage, visit, on)
    try:
        plan_milestones(this, on)
        mark(this, on)
    except StageLeft:
        with reading(context(on).database) as session:
            return Completed(message=left_because(session, this))
    now = context(on)
    with reading(now.database) as session:
        made = sheet(session, reference, now.rules, now.on)
    for line in made.checklist:
        step(line)
    publish(made, now.on)
    return wait_at_gate(this, on)


def _visit(reference: str, stage: Stage, number: int, on: date | None) -> Visit:
    """The visit that a run is for; a run started by hand without its number is for the present one."""
    if number:
        return Visit(reference, stage, number)
    now = context(on)
    with reading(now.database) as session:
        for one in standings(session, now.rules, now.on, reference):
            if one.visit.stage is stage:
                return one.visit
        raise StageLeft(left_because(session, Visit(reference, stage, 0)))
