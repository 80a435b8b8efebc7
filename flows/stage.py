"""What all stage flows share: the steps of opening a stage, and how their runs are named."""

from datetime import date

from prefect import task
from prefect.artifacts import create_markdown_artifact
from prefect.runtime import flow_run

from flows.context import context
from lifecycle.stages import Stage
from models.opening import StageSheet, mark_opened, plan_stage, sheet
from models.session import reading, unit_of_work


def run_name() -> str:
    """`NAPL · procurement · 2023-02-13`."""
    parameters = flow_run.parameters
    return f"{parameters['reference']} · {flow_run.flow_name} · {parameters.get('on') or context().on}"


def day_run_name() -> str:
    """`sweep · 2023-02-13`, also where the day is left to the clock."""
    return f"{flow_run.flow_name} · {flow_run.parameters.get('on') or context().on}"


@task(name="Plan the milestones")
def plan_milestones(reference: str, stage: Stage, on: date | None) -> int:
    """Bring the contract's dates to what the stage asks for."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return plan_stage(session, reference, stage, now.rules, now.on)


@task(name="Publish the stage's sheet")
def publish_sheet(reference: str, stage: Stage, on: date | None) -> None:
    """The work, the gate and the dates ahead, for operations to read in the Prefect UI."""
    with reading(context(on).database) as session:
        made = sheet(session, reference, stage)
    key = "".join(letter if letter.isalnum() else "-" for letter in f"{reference}-{stage}".lower())
    create_markdown_artifact(markdown(made), key=key, description=f"{reference}: {stage}")


@task(name="Mark the stage as opened")
def mark(reference: str, stage: Stage, on: date | None) -> bool:
    """So that it is opened once."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return mark_opened(session, reference, stage, now.at)


def open_stage(reference: str, stage: Stage, on: date | None) -> str:
    """The steps of every stage's flow. Any of them may be killed and run again."""
    changed = plan_milestones(reference, stage, on)
    publish_sheet(reference, stage, on)
    first = mark(reference, stage, on)
    return f"{reference}: {stage} {'opened' if first else 'was open'}, {changed} dates planned anew"


def markdown(made: StageSheet) -> str:
    """The sheet as a page; people's text is escaped, never markup."""
    lines = [f"# {_plain(made.reference)}: {made.stage}", "", _plain(made.title), ""]
    lines += [f"At the end of this stage the Board decides the {made.gate}.", ""] if made.gate else []
    lines += ["## What this stage delivers", "", *(f"- {work}" for work in made.work), ""]
    lines += ["## Dates ahead", "", "| When | What | How it was worked out |", "|---|---|---|"]
    lines += [f"| {_plain(when)} | {what} | {_plain(how)} |" for when, what, how in made.dates]
    return "\n".join(lines)


def _plain(text: str) -> str:
    return "".join(f"\\{letter}" if letter in r"\`*_{}[]<>()#+!|~" else letter for letter in text)
