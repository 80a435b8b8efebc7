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
from flows.runs import answers
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
def record_answer(visit: Visit, answer: dict[str, Any], on: date | None) -> str:
    """What the form said, through the one way in. Raises what refuses it."""
    if visit.stage not in GATES:
        day = date.fromisoformat(answer["on"]) if answer.get("on") else context(on).on
        now = context(max(day, on) if on else None)
        with unit_of_work(now.database) as session:
            moved = complete(session, visit.reference, visit.stage, day, now.at, now.rules, answer["despite"])
        return f"{moved.from_stage} → {moved.to_stage}" if moved else "on record already"
    said = decision(visit, answer)
    now = context(max(said.on, on) if on else None)
    with unit_of_work(now.database) as session:
        return str(record_verdict(session, said, now.at, now.rules))


def wait_at_gate(visit: Visit, on: date | None) -> State[Any]:
    """Ask, wait, record; ends when the record says that the visit is past, whoever said so.

    While it waits the run has no process and holds no slot. A refused answer is shown with its reason, and the
    gate waits again.
    """
    run = UUID(str(flow_run.id))
    with get_client(sync_client=True) as client:
        given, answer = answers(client, run)
    refused = ""
    now = context(on)
    if answer is not None and _is_present(visit, now):
        try:
            get_run_logger().info(record_answer(visit, answer, on))
            runs_follow(visit.reference, on)
        except REFUSED as error:
            refused = str(error)
            get_run_logger().warning("Refused: %s", refused)
    with reading(now.database) as session:
        if not _is_present(visit, now):
            return Completed(message=left_because(session, visit))
        made = sheet(session, visit.reference, now.rules, now.on)
    with get_client(sync_client=True) as client:
        client.set_flow_run_name(run, run_title(made))
    # One key an answer: Prefect matches answers to gates by it, and a key that was answered does not wait again.
    suspend_flow_run(wait_for_input=form(made, refused), key=f"gate-{given + 1}")
    raise AssertionError("a run that was suspended goes on from its top")


def _is_present(visit: Visit, now: Context) -> bool:
    with reading(now.database) as session:
        try:
            standing(session, visit)
        except StageLeft:
            return False
    return True
