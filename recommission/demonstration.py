"""Runs the demonstration: days on which something is due, each lived through the real flows, post and packs."""

import json
import os
import shutil
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn
from sqlmodel import col, func, select

from config.settings import LONDON, Settings
from flows.context import rules_of
from models.alerts import Alert, DigestEntry
from models.cycles import Milestone
from models.planning import Rules
from models.session import migrate, reading, unit_of_work
from notifications.mailbox import Mailbox
from recommission.department import Post, prepare, put_on_agenda
from recommission.portal_server import PortalServer
from recommission.prefect_server import PrefectServer, free_port
from recommission.scenario import Decision, Scenario
from recommission.secretary import Secretary
from register.importing import import_file

if TYPE_CHECKING:  # Prefect reads its settings when it is imported: only once ours are in the environment
    from flows.replay import Replay

FIRST, LAST = date(2022, 4, 25), date(2023, 9, 30)
COMMENTS = (
    "Constitutional (LW 08/04/22): The committee is the appropriate body to consider the report.",
    "Financial (CDS 08/04/22): There are no direct financial implications arising from this report.",
)
"""The officers' comments on the annual report."""
OURS = (
    "mail",
    "packs",
    "papers",
    "minutes",
    "reports",
    "attachments",
    "prefect",
    "rejects",
    "recommission.db",
    "recommission.db-wal",
    "recommission.db-shm",
    "signing.key",
)
OURS_TOO = ("summary.json", "apprise.yaml")


def run(leave: bool, story: Scenario) -> None:
    """Replay the scenario, and stay up to be looked at unless `leave`. Raises ValueError, ServerRefused."""
    home = Settings().home / "demo"
    _clear(home)
    with ExitStack() as stack:
        mailbox = stack.enter_context(Mailbox(home / "mail"))
        channels = home / "apprise.yaml"
        channels.write_text(
            f"version: 1\nurls:\n  - smtp://127.0.0.1:{mailbox.port}/?from=commissioning@nottinghamshire.example:\n"
            "      - tag: email\n"
        )
        os.environ |= {
            "RECOMMISSION_HOME": str(home),
            "RECOMMISSION_DATABASE_URL": "",
            "RECOMMISSION_POLICY": str(Settings.model_fields["policy"].default),
            "RECOMMISSION_CHANNELS": str(channels),
            "RECOMMISSION_SENDER": "Commissioning <commissioning@nottinghamshire.example>",
            "RECOMMISSION_PREFECT_HOST": "127.0.0.1",
            "RECOMMISSION_PREFECT_PORT": str(free_port(Settings().prefect_port)),
            "RECOMMISSION_PORTAL_PORT": str(free_port(Settings().portal_port)),
            "RECOMMISSION_PORTAL_URL": "",
        }
        settings = Settings()
        server = stack.enter_context(PrefectServer(settings))
        _say(
            f"Starting the Prefect server, {settings.prefect_ui} (about 15 seconds), and reading the register …"
        )
        rules = rules_of(settings.policy)
        _import_sample(settings.database, rules, home)
        server.wait()
        figures = _replay(settings, rules, story)
        (home / "summary.json").write_text(json.dumps(figures, indent=2, ensure_ascii=False) + "\n")
        _show(figures, home, settings)
        if not leave:
            from recommission.engine import serve_until_interrupted

            with PortalServer(settings):
                _say("The server, the worker and the pages stay up. Ctrl-C stops them.")
                serve_until_interrupted(scheduled=False)


def _clear(home: Path) -> None:
    """Start from nothing; only what an earlier demonstration left is replaced."""
    home.mkdir(parents=True, exist_ok=True)
    strangers = sorted({path.name for path in home.iterdir()} - {*OURS, *OURS_TOO})
    if strangers:
        raise ValueError(
            f"{home} holds something that is not the demonstration's ({strangers[0]}); move it away first"
        )
    if any(home.iterdir()):
        _say(f"Replacing the earlier demonstration in {home}.")
    for name in (*OURS, *OURS_TOO):
        path = home / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


def _import_sample(database: str, rules: Rules, home: Path) -> None:
    migrate(database)
    sample = Path(__file__).parent.parent / "register" / "sample"
    for name in ("people", "suppliers", "contracts", "spend"):
        with unit_of_work(database) as session:
            result = import_file(
                session,
                sample / f"{name}.csv",
                rules,
                FIRST,
                datetime.combine(FIRST, time(7), LONDON),
                home / "rejects",
            )
        if result.refused:
            raise ValueError(f"the sample register was refused: {result.refused[0]}")
        _say(f"  {name}: {len(result.added)} added")


def _replay(settings: Settings, rules: Rules, story: Scenario) -> dict[str, Any]:
    from flows.replay import replaying
    from recommission.tally import summary

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    post, gaps = Post(settings.home / "mail", settings, rules, story), 0
    secretary = Secretary(settings.database, settings.home, rules, story)
    secretary.seat_the_board(FIRST)
    with replaying() as replay, Progress(*columns) as progress:
        bar = progress.add_task(f"{FIRST:%d %B %Y}", total=(LAST - FIRST).days)
        for day in _days(settings.database, rules, story):
            progress.update(bar, completed=(day - FIRST).days, description=f"{day:%d %B %Y}")
            gaps = max(gaps, _live(day, replay, settings.database, rules, story, post, secretary))
        progress.update(bar, completed=(LAST - FIRST).days)
        return summary(settings.database, settings.home, replay, gaps)


def _days(database: str, rules: Rules, story: Scenario) -> Iterator[date]:
    """Each day on which anything is due, looked up anew after each, since verdicts move dates."""
    fixed = {FIRST} | story.days
    for meeting in rules.boards.between(FIRST, LAST):
        fixed |= {meeting, rules.boards.papers(meeting).cut_off, rules.boards.papers(meeting).dispatch}
    day = FIRST - timedelta(days=1)
    while True:
        with reading(database) as session:
            due = [
                session.exec(select(func.min(on)).where(on > day)).one()
                for on in (
                    col(Milestone.next_alert_on),
                    col(Alert.next_escalation_on),
                    col(DigestEntry.due_on),
                )
            ]
        following = [known for known in (*fixed, *due) if known is not None and day < known <= LAST]
        if not following:
            return
        day = min(following)
        yield day


def _live(
    day: date,
    replay: "Replay",
    database: str,
    rules: Rules,
    story: Scenario,
    post: Post,
    secretary: Secretary,
) -> int:
    """One day: what was decided and done, the stages that begin, the pack, the alerts, the post and its answers.

    Returns how many live contracts had no alert ahead when it was over.
    """
    if day == FIRST:
        replay.run("reconcile", on=day)
        replay.run("annual-report", year="2021/22", on=day, item="17", publish=True, comments=list(COMMENTS))
    if day in story.days:
        prepare(day, database, rules, story)
        secretary.live(day)
    if day in rules.boards.dates and day > FIRST:
        secretary.attend(day)
    for decision in story.verdicts:
        if decision.meeting == day:
            _decide(decision, replay)
    if day in rules.boards.dates and day > FIRST:
        secretary.after(day)
        replay.run("close-meeting", meeting=day)
        before = rules.boards.before(day)
        replay.run("draft-minutes", meeting=day, approves=before if before > FIRST else None, on=day)
    for agreement in story.agreements:
        if agreement.on == day:
            replay.run("record-partner-decision", [agreement.contract], reference=agreement.contract,
                       authority=agreement.authority, meeting=day, minute=agreement.minute, replayed=True)  # fmt: skip
    for done in story.completed:
        if done.on == day:
            replay.run("record-completion", [done.contract, done.stage], reference=done.contract,
                       stage=done.stage, on=day)  # fmt: skip
    replay.work()
    if day in rules.boards.dates:
        replay.run("reconcile", on=day)
        replay.run("overview", on=day)
    told = _papers(day, replay, database, rules, story, secretary)
    for leaver in story.leavers:
        if leaver.first == day:
            replay.run("hand-over", post=leaver.post, first=day)
        if leaver.last + timedelta(days=1) == day:
            replay.run("take-back", post=leaver.post, on=day)
    raised = replay.run("sweep", on=day)
    if raised["messages"] or told:
        replay.run("deliver", on=day)
    if post.answer(day):
        replay.run("deliver", on=day)
    return int(raised["gaps"])


def _papers(
    day: date, replay: "Replay", database: str, rules: Rules, story: Scenario, secretary: Secretary
) -> bool:
    """What the next Board's papers need on the day, and whether anybody was told of it.

    Reminders and the pack on the day the papers close, its publication on the day of dispatch; what comes later
    goes out as a supplement.
    """
    told = False
    for meeting in rules.boards.between(FIRST, LAST):
        ladder = rules.boards.papers(meeting)
        if ladder.cut_off == day:
            replay.run("prepare-board", on=day)
            put_on_agenda(meeting, database, rules, story)
            secretary.collect(meeting, day)
            replay.run("compile-pack", on=day)
        if ladder.dispatch == day:
            replay.run("compile-pack", meeting=meeting, on=day)
            replay.run("publish-pack", meeting=meeting, on=day)
        told |= day in (ladder.cut_off, ladder.dispatch)
    for late in story.board.late:
        if late.on == day:
            secretary.bring_late(late)
            replay.run("publish-pack", meeting=late.meeting, urgent_because=late.because, on=day)
            told = True
    return told


def _decide(decision: Decision, replay: "Replay") -> None:
    if decision.by == "form":
        replay.answer(
            decision.contract,
            decision.gate,
            {
                "verdict": decision.verdict, "meeting": decision.meeting.isoformat(), "minute": decision.minute,
                "reason": decision.reason,
            },
        )  # fmt: skip
        return
    said = {
        "reference": decision.contract,
        "gate": decision.gate,
        "meeting": decision.meeting,
        "minute": decision.minute,
        "replayed": True,
        "urgent_by": decision.urgent_by,
        "urgent_because": decision.urgent_because,
        "despite": decision.despite,
    }
    tags = [decision.contract, decision.gate]
    if decision.first_said:
        slip = {"minute": f"{decision.minute}, first draft", "reason": "Misread in the secretary's notes."}
        replay.run("record-verdict", tags, **said | slip, verdict=decision.first_said)
    replay.run(
        "record-verdict", tags, **said, verdict=decision.verdict, reason=decision.reason,
        supersedes_last=bool(decision.first_said),
    )  # fmt: skip


def _show(figures: dict[str, Any], home: Path, settings: Settings) -> None:
    from recommission.tally import print_table

    print_table(figures)
    _say("Where to look:")
    _say(f"  the runs        {settings.prefect_ui}/runs")
    _say(f"  the post        {home / 'mail'}/*.eml, each with a link to its page, {settings.portal_url}")
    _say(f"  the packs       {home / 'packs'}/*.pdf")
    _say(f"  these figures   {home / 'summary.json'}")


def _say(text: str) -> None:
    typer.echo(text)
    sys.stdout.flush()
