"""The one gate of a stage's run: a typed form that waits for as long as it takes, and the answer recorded.

The verdict is in the record, not in the run: the run asks, hands the answer to the one function that records
verdicts, and looks. A run is started again from its top after every answer.
"""

from datetime import date
from typing import Any
from uuid import UUID

from prefect import task
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import State
from prefect.flow_runs import suspend_flow_run
from prefect.logging import get_run_logger
from prefect.runtime import flow_run
from prefect.states import Completed

from board.verdicts import complete, record_verdict
from flows.context import Context, context
from flows.following import runs_follow
from flows.forms import decision, form
from flows.runs import answer, forms
from flows.showing import run_title
from lifecycle.boards import NoMeeting
from lifecycle.stages import GATES, IllegalMove
from models.lots import SplitRefused
from models.opening import StageLeft, Visit, left_because, standing
from models.session import reading, unit_of_work
from models.sheets import sheet
from models.transitions import MoveRefused, StaleCycle

REFUSED = (MoveRefused, IllegalMove, NoMeeting, SplitRefused, StaleCycle)


@task(name="Record the answer")
def record_answer(visit: Visit, said: dict[str, Any], on: date | None) -> str:
    """What the form said, through the one way in. Raises what refuses it."""
    now = context(on)
    with unit_of_work(now.database) as session:
        if visit.stage in GATES:
            return str(record_verdict(session, decision(visit, said), now.at, now.rules))
        day = date.fromisoformat(said["on"]) if said.get("on") else now.on
        despite = str(said.get("despite") or "")
        moved = complete(session, visit.reference, visit.stage, day, now.at, now.rules, despite)
    return f"{moved.from_stage} → {moved.to_stage}" if moved else "on record already"


def wait_at_gate(visit: Visit, on: date | None) -> State[Any]:
    """Ask, wait, record; ends when the record says that the visit is past, whoever said so.

    While it waits the run has no process and holds no slot. A refused answer is shown with its reason, and the
    gate waits again.
    """
    run = UUID(str(flow_run.id))
    with get_client(sync_client=True) as client:
        given = answer(client, run)
        refused, on = _deal_with(given[1], visit, on) if given else ("", on)
        if given:  # after it was dealt with: killed before, it is dealt with again
            client.delete_flow_run_input(run, given[0])
    now = context(on)
    with reading(now.database) as session:
        if not _is_present(visit, now):
            return Completed(message=left_because(session, visit))
        made = sheet(session, visit.reference, now.rules, now.on)
    with get_client(sync_client=True) as client:
        client.set_flow_run_name(run, run_title(made))
        number = forms(client, run) + 1
    # A key of its own for each form: Prefect matches answers by it, and one that was answered does not wait again.
    suspend_flow_run(wait_for_input=form(made, refused), key=f"gate-{number}")
    raise AssertionError("a run that was suspended goes on from its top")


def _deal_with(said: dict[str, Any], visit: Visit, on: date | None) -> tuple[str, date | None]:
    """Record an answer; returns why it was refused (empty where it was not), and the day, where it is replayed."""
    day = date.fromisoformat(said.get("meeting") or said.get("on") or str(context(on).on))
    on = max(day, on) if on else None
    if not _is_present(visit, context(on)):
        return "", on
    try:
        get_run_logger().info(record_answer(visit, said, on))
    except REFUSED as error:
        get_run_logger().warning("Refused: %s", error)
        return str(error), on
    runs_follow(visit.reference, on)
    return "", on


def _is_present(visit: Visit, now: Context) -> bool:
    with reading(now.database) as session:
        try:
            standing(session, visit)
        except StageLeft:
            return False
    return True
