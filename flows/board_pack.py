"""Compiles, and publishes, the packs of the Board's meetings, and tells people of them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_table_artifact
from prefect.client.schemas.objects import State
from prefect.runtime import flow_run
from prefect.states import Completed

from board import letters, packs
from board.agenda import hold
from board.readiness import Lack, readiness
from flows.alerts_report import alerts_report
from flows.board_telling import publish_and_tell, table_of, tell
from flows.context import Context, context
from flows.days import day_of_run, on_its_days
from lifecycle.words import say
from models.papers import Pack
from models.session import unit_of_work


@task(name="Compile the pack")
def compiled(meeting: date, on: date | None) -> tuple[list[Pack], list[Lack]]:
    """Compute the agenda, draft what has no paper, write the editions, and tell the secretary what is missing."""
    now = context(on)
    with unit_of_work(now.database) as session:
        held = hold(session, meeting, now.rules)
        alerts = alerts_report(session, now.rules.policy, now.on)
        made = packs.compile_pack(session, held, now.rules, alerts, now.settings.home, now.on, now.at)
        lacks = readiness(session, held, now.rules, now.settings.home, now.on)
        home = str(now.settings.home)
        tell(session, now, letters.pack_ready(session, held, made, lacks, now.rules.policy, home))
    return made, lacks


def pack_run_name() -> str:
    """`pack · Board of 2023-02-13`, or the day whose closing papers it looks for."""
    meeting, on = (flow_run.parameters.get(name) for name in ("meeting", "on"))
    return f"pack · Board of {meeting}" if meeting else f"pack · papers that close on {day_of_run(on)}"


@flow(name="compile-pack", flow_run_name=pack_run_name)
@on_its_days
def compile_pack(meeting: date | None = None, on: date | None = None) -> str | State[Any]:
    """Compile the agenda pack of a meeting of the Board, from the record as it stands.

    Args:
        meeting: The day of the Board's meeting; left empty, the meeting whose papers close today, if there is one.
        on: Compile it as on this day; today if it is left empty.
    """
    now = context(on or day_of_run())
    meeting = meeting or _closing(now)
    if meeting is None:
        return Completed(message=f"The papers of no meeting close on {say(now.on)}: nothing was compiled.")
    made, lacks = compiled(meeting, on)
    return _show(now, meeting, made, lacks)


def _closing(now: Context) -> date | None:
    following = now.rules.boards.on_or_after(now.on)
    return following if now.rules.boards.papers(following).cut_off == now.on else None


@task(name="Publish")
def published(meeting: date, urgent_because: str, on: date | None) -> list[Pack]:
    """Compile late papers where a reason is given, check, publish, and tell members and authors."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return publish_and_tell(session, now, hold(session, meeting, now.rules), urgent_because)


@flow(name="publish-pack", flow_run_name="publish · Board of {meeting}")
def publish_pack(meeting: date, urgent_because: str = "", on: date | None = None) -> str:
    """Publish the pack that was compiled last for a meeting. It never changes afterwards.

    Args:
        meeting: The day of the Board's meeting.
        urgent_because: For papers that came after publication: why they cannot wait. They go out as a supplement.
        on: Publish it as on this day; today if it is left empty.
    """
    return _show(context(on), meeting, published(meeting, urgent_because.strip(), on), [])


def _show(now: Context, meeting: date, made: Sequence[Pack], lacks: Sequence[Lack]) -> str:
    """The links and the table that the Prefect UI shows; the path of the open edition."""
    paths = [now.settings.home.resolve() / pack.path for pack in made]
    for pack, path in zip(made, paths, strict=True):
        what = f"{'Supplement ' + str(pack.number) if pack.number else 'Agenda pack'}, {pack.edition} edition, {meeting}"
        create_link_artifact(key=f"pack-{meeting}", link=path.as_uri(), link_text=path.name, description=what)
    if lacks:
        create_table_artifact(
            table_of(lacks), key=f"lacking-{meeting}", description=f"What the Board of {meeting} lacks"
        )
    return str(paths[0])
