"""Records what the Board decided and what work is done; the contracts move, and their next stages can start."""

from datetime import date

from prefect import flow, task

from board.agenda import close, hold
from board.verdicts import complete, record_verdict
from flows.context import context
from lifecycle.stages import Stage, Verdict
from models.session import unit_of_work


@task(name="Record the verdict", task_run_name="{verdict}: {reference}")
def record(
    reference: str, gate: Stage, verdict: Verdict, meeting: date, minute: str, reason: str, conditions: str
) -> str:
    """The verdict and all that follows from it, in one transaction."""
    now = context(meeting)
    with unit_of_work(now.database) as session:
        moved = record_verdict(
            session, reference, gate, verdict, meeting, minute, reason, now.at, now.rules, conditions
        )
    return f"{moved.from_stage} → {moved.to_stage}" if moved else "on record already"


@flow(name="record-verdict", flow_run_name="{reference} · verdict {verdict} · {meeting}")
def verdict(
    reference: str,
    gate: Stage,
    verdict: Verdict,
    meeting: date,
    minute: str,
    reason: str,
    conditions: str = "",
) -> str:
    """Record what the Board decided at a contract's gate: the stage it stands in, the verdict, the minute."""
    return record(reference, gate, verdict, meeting, minute, reason, conditions)


@task(name="Record completed work")
def done(reference: str, stage: Stage, on: date | None) -> str:
    """Mobilisation or exit is finished: the new service runs, or the old one has ended."""
    now = context(on)
    with unit_of_work(now.database) as session:
        moved = complete(session, reference, stage, now.on, now.at, now.rules)
    return f"{moved.from_stage} → {moved.to_stage}" if moved else "on record already"


@flow(name="record-completion", flow_run_name="{reference} · {stage} completed · {on}")
def completion(reference: str, stage: Stage, on: date | None = None) -> str:
    """Record that the work of a stage without a gate (mobilisation, decommission) is done."""
    return done(reference, stage, on)


@task(name="Carry over what was not decided")
def carry_over(meeting: date) -> int:
    """Nothing is decided by silence."""
    now = context(meeting)
    with unit_of_work(now.database) as session:
        return len(close(session, hold(session, meeting, now.rules)))


@flow(name="close-meeting", flow_run_name="Board of {meeting} closed")
def close_meeting(meeting: date) -> int:
    """After a meeting: carry over every item that the Board did not decide."""
    return carry_over(meeting)
