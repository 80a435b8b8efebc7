"""Records what the Board decided and what work is done; the contracts move, and their runs follow."""

from dataclasses import replace
from datetime import date

from prefect import flow, task

from board.agenda import close, hold
from board.superseding import last_verdict
from board.verdicts import Decision, Recorded, complete, find, record_partner, record_verdict
from flows.context import context
from flows.following import runs_follow
from lifecycle.stages import Stage, Verdict
from models.session import unit_of_work


@task(name="Record the verdict")
def record(said: Decision, supersedes_last: bool, replayed: bool) -> Recorded:
    """The verdict and all that follows from it, in one transaction."""
    now = context(said.on if replayed else None)
    with unit_of_work(now.database) as session:
        if supersedes_last:
            last = last_verdict(session, find(session, said.reference)[1])
            said = replace(said, supersedes=last.id if last else None)
        return record_verdict(session, said, now.at, now.rules)


@flow(name="record-verdict", flow_run_name="{reference} · verdict {verdict} · {meeting}")
def verdict(
    reference: str,
    gate: Stage,
    verdict: Verdict,
    meeting: date,
    reason: str,
    minute: str = "",
    conditions: str = "",
    moved_by: str = "",
    urgent_by: str = "",
    urgent_because: str = "",
    despite: str = "",
    ends_on: date | None = None,
    lots: list[str] | None = None,
    supersedes_last: bool = False,
    replayed: bool = False,
) -> str:
    """Record what the Board decided at a contract's gate, from its minutes.

    Args:
        reference: The contract's reference in the register, such as NAPL.
        gate: The stage that the contract stands in.
        verdict: What was decided.
        meeting: The day of the meeting, or of the urgent decision.
        reason: Why, as it is minuted; posts and services only, never a name.
        minute: The number of the minute, such as 6.1.
        conditions: Conditions that the Board set.
        moved_by: The post of the member who moved it.
        urgent_by: For a decision between meetings, the post that took it; empty for the Board.
        urgent_because: Why it could not wait for the Board.
        despite: Why it was decided although the checklist has gaps or the paper is superseded.
        ends_on: The new last day, where the contract is ended early.
        lots: The lots it is limited to; all if left empty.
        supersedes_last: The last verdict on the contract was recorded wrongly: this one takes its place.
        replayed: Act as on the day of the meeting: for the demonstration.
    """
    said = Decision(
        reference, gate, verdict, meeting, reason, minute, conditions, ends_on, moved_by, urgent_by,
        urgent_because, despite, tuple(lots or ()), channel="minutes",
    )  # fmt: skip
    recorded = record(said, supersedes_last, replayed)
    for moved in {reference, recorded.reference}:
        runs_follow(moved, meeting if replayed else None)
    return str(recorded)


@task(name="Record the partner's decision")
def agreed_or_not(
    reference: str, authority: str, agreed: bool, meeting: date, minute: str, replayed: bool
) -> str:
    """The last agreement lets the Board's verdict take effect."""
    now = context(meeting if replayed else None)
    with unit_of_work(now.database) as session:
        return str(record_partner(session, reference, authority, agreed, meeting, minute, now.at, now.rules))


@flow(name="record-partner-decision", flow_run_name="{reference} · {authority} · {meeting}")
def partner(
    reference: str,
    authority: str,
    meeting: date,
    agreed: bool = True,
    minute: str = "",
    replayed: bool = False,
) -> str:
    """Record what a partner authority decided on a contract that is shared with it.

    Args:
        reference: The contract's reference in the register.
        authority: The partner's name, as in the register.
        meeting: The day of its meeting.
        agreed: Whether it agreed.
        minute: The number of its minute.
        replayed: Act as on the day of the meeting: for the demonstration.
    """
    told = agreed_or_not(reference, authority, agreed, meeting, minute, replayed)
    runs_follow(reference, meeting if replayed else None)
    return told


@task(name="Record completed work")
def done(reference: str, stage: Stage, on: date | None, despite: str) -> str:
    """Mobilisation or exit is finished: the new service runs, or the old one has ended."""
    now = context(on)
    with unit_of_work(now.database) as session:
        moved = complete(session, reference, stage, now.on, now.at, now.rules, despite)
    return f"{moved.from_stage} → {moved.to_stage}" if moved else "on record already"


@flow(name="record-completion", flow_run_name="{reference} · {stage} completed · {on}")
def completion(reference: str, stage: Stage, on: date | None = None, despite: str = "") -> str:
    """Record that the work of a stage without a gate (mobilisation, decommission) is done.

    Args:
        reference: The contract's reference in the register.
        stage: Mobilisation or decommission.
        on: The first day of the new service, or without the old one; today if left empty.
        despite: Why it is done although the checklist has gaps.
    """
    told = done(reference, stage, on, despite)
    runs_follow(reference, on)
    return told


@task(name="Carry over what was not decided")
def carry_over(meeting: date) -> int:
    """Nothing is decided by silence."""
    now = context(meeting)
    with unit_of_work(now.database) as session:
        return len(close(session, hold(session, meeting, now.rules)))


@flow(name="close-meeting", flow_run_name="Board of {meeting} closed")
def close_meeting(meeting: date) -> int:
    """After a meeting: carry over every item that the Board did not decide.

    Args:
        meeting: The day of the meeting.
    """
    return carry_over(meeting)
