"""Drafts a meeting's minutes, and has an earlier meeting's approved."""

from datetime import date
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_link_artifact

from board import minutes
from board.agenda import hold
from flows.context import context
from models.session import unit_of_work


@task(name="Write the minutes")
def written(meeting: date, approves: date | None, on: date | None) -> list[Path]:
    """Approve the earlier minutes, then draft this meeting's, which say so; the files of both."""
    now = context(on)
    home, by = now.settings.home.resolve(), now.rules.policy.board.secretary
    with unit_of_work(now.database) as session:
        held, made = hold(session, meeting, now.rules), []
        if approves:
            earlier = hold(session, approves, now.rules)
            approved = minutes.approve(session, earlier, held, (), now.rules, by, now.at)
            made += minutes.write(approved, approves, home)
        drafted = minutes.draft_minutes(session, held, now.rules, now.on)
        return minutes.write(drafted, meeting, home) + made


@flow(name="draft-minutes", flow_run_name="minutes · Board of {meeting}")
def draft_minutes(meeting: date, approves: date | None = None, on: date | None = None) -> list[str]:
    """Draft the minutes of a meeting from what was decided at it, as PDF and Word; anew until they are approved.

    Args:
        meeting: The day of the Board's meeting.
        approves: The day of the earlier meeting whose minutes this one approved as they stand; empty for none.
        on: Draft them as on this day; today if it is left empty.
    """
    paths = written(meeting, approves, on)
    for path in paths:
        key = path.stem.lower() + path.suffix.replace(".", "-")
        create_link_artifact(
            key=key, link=path.as_uri(), link_text=path.name, description=f"Minutes, {path.name}"
        )
    return [str(path) for path in paths]
