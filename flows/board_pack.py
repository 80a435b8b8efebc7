"""Computes a meeting's agenda, drafts its papers and compiles its pack."""

from datetime import date
from pathlib import Path

from prefect import flow, task
from prefect.artifacts import create_link_artifact

from board.agenda import compute, hold
from board.packs import compile_pack
from flows.alerts_report import alerts_report
from flows.context import context
from models.session import unit_of_work


@task(name="Compute the agenda")
def agenda(meeting: date, on: date | None) -> int:
    """Table every gate that must be decided at the meeting."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return len(compute(session, hold(session, meeting, now.rules), now.rules))


@task(name="Compile the pack")
def compiled(meeting: date, on: date | None) -> Path:
    """Draft what has no paper and write the PDF."""
    now = context(on)
    with unit_of_work(now.database) as session:
        held = hold(session, meeting, now.rules)
        alerts = alerts_report(session, now.rules.policy, now.on)
        pack = compile_pack(session, held, now.rules, alerts, now.settings.home, now.on, now.at)
        return now.settings.home.resolve() / pack.path


@flow(name="compile-pack", flow_run_name="pack · Board of {meeting}")
def board_pack(meeting: date, on: date | None = None) -> str:
    """Compile the agenda pack of a meeting of the Board, from the record as it stands.

    Args:
        meeting: The day of the Board's meeting.
        on: Compile it as on this day; today if it is left empty.
    """
    agenda(meeting, on)
    path = compiled(meeting, on)
    create_link_artifact(key=f"pack-{meeting}", link=path.as_uri(), description=f"Agenda pack, {meeting}")
    return str(path)
