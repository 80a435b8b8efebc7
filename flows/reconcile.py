"""Makes Prefect agree with the record: every open stage has one run, no run is for a stage that is past.

The record is the truth. Losing the whole Prefect database costs its history and nothing else.
"""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from prefect import flow, task
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import State
from prefect.states import AwaitingRetry, Cancelled, Completed, Crashed

from flows.agreement import ENDED, Action, Cancel, Launch, Park, Rename, Revive, RunState, disagreements
from flows.belonging import belong
from flows.context import Context, context
from flows.days import day_run_name, on_its_days
from flows.forms import form
from flows.runs import launch, park, put, put_form, stage_runs
from flows.showing import waiting_name
from lifecycle.stages import Stage, UnknownVersion
from models.opening import Visit, left_because, standings, strangers
from models.session import reading
from models.sheets import sheet

STUCK_AFTER = timedelta(minutes=30)
"""A stage's run works for seconds, then waits without a process: one that is still at it has lost its process."""


def agree(
    client: SyncPrefectClient,
    now: Context,
    reference: str | None = None,
    replayed: bool = False,
    finished: bool = False,
    stuck_after: timedelta = STUCK_AFTER,
) -> Counter[str]:
    """Bring the runs of one contract, or of all, to what the record says; returns what was done, by kind.

    With `finished` a run whose stage is past ends as completed (the verdict has just been recorded), otherwise
    as cancelled. `replayed` runs act for the day of `now`. Raises UnknownVersion with the list of the contracts
    that stand in a version of the cycle that this release does not know, AnotherRecord.
    """
    belong(client, now.database)
    with reading(now.database) as session:
        if unknown := strangers(session):
            raise UnknownVersion(
                f"{len(unknown)} contracts stand in a version of the cycle that this release does not know, and "
                f"nothing was changed; go back to the release before, or bring its table into lifecycle/stages.py: "
                f"{', '.join(unknown)}"
            )
        record = standings(session, now.rules, now.on, reference)
    live = list(stage_runs(client, reference=reference))
    homeless = {one.visit for one in record} - {run.visit for run in live}
    lost = [run for run in stage_runs(client, ENDED, reference) if run.visit in homeless] if homeless else []
    deployments = _deployments(client) if homeless else {}
    done: Counter[str] = Counter()
    for action in disagreements(record, live, lost, datetime.now(UTC), stuck_after):
        if isinstance(action, Rename) and done["rename"] == RENAMES:
            continue
        _do(action, client, now, deployments, now.on if replayed else None, finished)
        done[type(action).__name__.lower()] += 1
    return done


def _do(
    action: Action,
    client: SyncPrefectClient,
    now: Context,
    deployments: dict[Stage, UUID],
    on: date | None,
    finished: bool,
) -> None:
    match action:
        case Launch(one, tries):
            launch(client, deployments[one.visit.stage], one, on, tries)
        case Park(one, tries, run):
            with reading(now.database) as session:
                made = sheet(session, one.visit.reference, now.rules, now.on)
            if run:
                put_form(client, run.id, form(made))
            else:
                name = waiting_name(one.visit, one.awaits)
                park(client, deployments[one.visit.stage], one, on, name, form(made), tries)
        case Cancel(run, doubled):
            put(client, run.id, _ending(now, run.visit, doubled, finished))
        case Revive(run):
            if run.state not in (RunState.CRASHED, RunState.FAILED):
                words = "nothing of it is lost: it starts again from the record"
                message = (
                    f"Its process is gone; nothing was heard of it since {run.since:%d %B %H:%M} UTC. {words}"
                )
                put(client, run.id, Crashed(message=message))
            put(client, run.id, AwaitingRetry(message="Starts again from its top"))
        case Rename(run, name):
            client.set_flow_run_name(run.id, name)
            with reading(now.database) as session:
                put_form(client, run.id, form(sheet(session, run.visit.reference, now.rules, now.on)))


def _ending(now: Context, visit: Visit, doubled: bool, finished: bool) -> State[Any]:
    if doubled:
        return Cancelled(message="Another run waits for the same stage of this contract: one is enough")
    with reading(now.database) as session:
        why = left_because(session, visit)
    return Completed(message=why) if finished else Cancelled(message=why)


def _deployments(client: SyncPrefectClient) -> dict[Stage, UUID]:
    stages = {stage for stage in Stage if stage is not Stage.CLOSED}
    return {stage: client.read_deployment_by_name(f"{stage}/{stage}").id for stage in stages}


RENAMES = 300
"""After a Board every waiting run awaits the next one: so many at a time, the rest ten minutes later."""


@task(name="Make the runs agree with the record")
def runs_agree(on: date | None, stuck_after_minutes: float) -> dict[str, int]:
    """One look at the record, one at Prefect; what differs is mended in Prefect."""
    with get_client(sync_client=True) as client:
        belong(client, context(on).database, claim=True)
        stuck = timedelta(minutes=stuck_after_minutes)
        return dict(agree(client, context(on), replayed=on is not None, stuck_after=stuck))


@flow(name="reconcile", flow_run_name=day_run_name)
@on_its_days
def reconcile(on: date | None = None, stuck_after_minutes: float = 30) -> State[Any]:
    """Give every open stage its one run, and end the runs of stages that are past.

    Args:
        on: Act as on this day; today if left empty.
        stuck_after_minutes: A run without a sign of life for longer is taken for dead.
    """
    done = runs_agree(on, stuck_after_minutes)
    words = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
    return Completed(message=words or "the runs agree with the record", data=done)
