"""The operations view: all cycles by float, each contract's page kept current, gates in danger announced."""

from datetime import date

from prefect import flow, task
from prefect.artifacts import create_markdown_artifact
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import ArtifactFilter
from sqlmodel import Session

from flows.agreement import RunState
from flows.context import context
from flows.days import day_run_name, on_its_days
from flows.forms import form
from flows.runs import put_form, stage_runs
from flows.showing import contract_page, float_words, overview_page, slug
from flows.telling import tell_operations
from lifecycle.stages import Stage
from lifecycle.words import say
from models.facts import Fact
from models.opening import Visit
from models.session import reading, unit_of_work
from models.sheets import Sheet, waiting
from models.standstill import tick_off


@task(name="Tick off standstills that are over")
def standstills(on: date | None) -> list[str]:
    """What still runs, in words."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return tick_off(session, now.rules, now.on, now.at)


@task(name="See all cycles")
def look(on: date | None) -> list[Sheet]:
    """Every open cycle, worst first."""
    now = context(on)
    with reading(now.database) as session:
        return waiting(session, now.rules, now.on)


@task(name="Publish what changed")
def publish(sheets: list[Sheet], on: date) -> int:
    """The overview, and the page and form of every contract that reads otherwise than what was published last."""
    create_markdown_artifact(overview_page(sheets, on), key="cycles", description=f"All cycles on {say(on)}")
    with get_client(sync_client=True) as client:
        known = _published(client)
        changed = [
            made
            for made in sheets
            if _undated(known.get(_key(made), "")) != _undated(contract_page(made, on))
        ]
        gates = {run.visit: run for run in stage_runs(client, [RunState.PAUSED])} if changed else {}
        for made in changed:
            create_markdown_artifact(contract_page(made, on), key=_key(made), description=made.title)
            if run := gates.get(Visit(made.reference, Stage(made.stage or ""), made.visit)):
                put_form(client, run.id, form(made))
    return len(changed)


def _key(made: Sheet) -> str:
    return f"contract-{slug(made.reference)}"


def _published(client: SyncPrefectClient) -> dict[str, str]:
    asked = ArtifactFilter.model_validate({"key": {"like_": "contract-"}})
    found: dict[str, str] = {}
    while page := client.request(
        "POST", "/artifacts/latest/filter",
        json={"artifacts": asked.model_dump(mode="json", exclude_none=True), "limit": 200, "offset": len(found)},
    ).json():  # fmt: skip
        found |= {one["key"]: one["data"] for one in page}
    return found


def _undated(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if not line.startswith("- Seen on "))


@task(name="Announce gates in danger")
def announce(sheets: list[Sheet], on: date | None) -> int:
    """Operations are told of every gate that only the next Board, or none, can still decide in time: once a Board."""
    endangered = [made for made in sheets if made.in_danger]
    with unit_of_work(context(on).database) as session:
        new = [made for made in endangered if _first_time(session, made)]
    for made in new:
        tell_operations(
            "gate.in-danger",
            made.reference,
            f"{made.reference}, {made.gate}: {float_words(made)}. {' '.join(made.meaning[:2])} Next move: {made.move}.",
        )
    return len(endangered)


def _first_time(session: Session, made: Sheet) -> bool:
    """Whether this danger of this gate has not been announced yet; notes that it is now."""
    name, value = f"in danger {made.reference}", f"visit {made.visit}, float {made.float_boards}"
    known = session.get(Fact, name)
    if known and known.value == value:
        return False
    session.merge(Fact(name=name, value=value))
    return True


@flow(name="overview", flow_run_name=day_run_name)
@on_its_days
def overview(on: date | None = None) -> str:
    """Bring the pages of all contracts up to date, and say which gates are in danger.

    Args:
        on: Act as on this day; today if left empty.
    """
    standstills(on)
    sheets = look(on)
    changed = publish(sheets, context(on).on)
    return f"{len(sheets)} open cycles, {changed} pages changed, {announce(sheets, on)} gates in danger"
