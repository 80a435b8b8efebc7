"""Each night: what the next Board's papers lack, and who is reminded of what they owe it."""

from datetime import date

from prefect import flow, task
from prefect.artifacts import create_table_artifact

from board import actions, business, packs
from board.agenda import compute, hold
from board.papers import draft
from board.readiness import Lack, chases, readiness
from flows import register_watch
from flows.board_telling import remind, table_of
from flows.context import context
from flows.days import day_of_run, day_run_name, on_its_days
from models.session import unit_of_work
from notifications.continuity import unowned


@task(name="Look at the next Board's papers")
def prepare(on: date) -> tuple[date, list[Lack], int]:
    """Compute the agenda, draft its papers, remind who owes something; the meeting, what it lacks, the messages."""
    now = context(on)
    meeting = now.rules.boards.on_or_after(now.on)
    with unit_of_work(now.database) as session:
        held = hold(session, meeting, now.rules)
        if not packs.published_packs(session, held):
            for item in compute(session, held, now.rules, len(unowned(session, now.on))):
                draft(session, item, held, now.rules, now.on)
        owed = chases(session, held, now.rules, now.on)
        owed += actions.chases(session, now.on, now.rules.policy.calendar())
        owed += business.chases(session, now.on, now.rules.policy.calendar())
        written, _ = remind(session, now, owed)
        return meeting, readiness(session, held, now.rules, now.settings.home, now.on), written


@task(name="Watch ceilings and spot contracts")
def watch(on: date) -> dict[str, int]:
    """What the register's figures tell owners and the Board, each once."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return register_watch.watch(session, now)


@flow(name="prepare-board", flow_run_name=day_run_name)
@on_its_days
def prepare_board(on: date | None = None) -> dict[str, int]:
    """See what the next Board's papers lack, and remind whoever owes it something. Run again, nobody is told twice.

    Args:
        on: The day to look at; today if it is left empty.
    """
    day = day_of_run(on)
    told = watch(day)  # first: an exception raised now comes to this Board
    meeting, lacks, written = prepare(day)
    create_table_artifact(
        table_of(lacks) or [{"Item": "", "Title": "Nothing is missing", "Lacks": "", "Whom to ask": ""}],
        key=f"lacking-{meeting}", description=f"What the Board of {meeting} lacks",
    )  # fmt: skip
    return {"lacking": len(lacks), "reminders": written} | told
