"""`recommission demo`: sixteen months of a council's commissioning, replayed through the real flows."""

import json
import os
import shutil
import sys
import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from flows.replay import Replay
    from models.planning import Rules

FIRST, LAST = date(2022, 4, 25), date(2023, 9, 30)
OURS = (
    "mail",
    "packs",
    "prefect",
    "rejects",
    "recommission.db",
    "recommission.db-wal",
    "recommission.db-shm",
    "signing.key",
)
OURS_TOO = ("summary.json", "apprise.yaml")


@dataclass(frozen=True, slots=True)
class Decision:
    """A verdict of the scenario. `by` is how it is said: from the minutes, or through the waiting run's form."""

    meeting: date
    contract: str
    gate: str
    verdict: str
    reason: str
    minute: str = ""
    urgent_by: str = ""
    urgent_because: str = ""
    despite: str = ""
    by: str = "minutes"


@dataclass(frozen=True, slots=True)
class Agreement:
    """A partner's agreement of the scenario."""

    on: date
    contract: str
    authority: str
    minute: str


@dataclass(frozen=True, slots=True)
class Done:
    """Work that the scenario says is completed."""

    on: date
    contract: str
    stage: str


@dataclass(frozen=True, slots=True)
class Scenario:
    """What the Board decides and what work is done, in the file's order."""

    verdicts: tuple[Decision, ...]
    agreements: tuple[Agreement, ...]
    completed: tuple[Done, ...]

    @property
    def days(self) -> set[date]:
        """Every day on which the scenario has something happen."""
        days = [one.meeting for one in self.verdicts] + [one.on for one in self.agreements]
        return {*days, *(one.on for one in self.completed)}


def read_scenario(path: Path) -> Scenario:
    """Read the scenario file. Raises ValueError saying what is wrong."""
    try:
        read = tomllib.loads(path.read_text(encoding="utf-8"))
        return Scenario(
            tuple(Decision(**entry) for entry in read.get("verdict", [])),
            tuple(Agreement(**entry) for entry in read.get("partner", [])),
            tuple(Done(**entry) for entry in read.get("completed", [])),
        )
    except (OSError, tomllib.TOMLDecodeError, TypeError) as error:
        raise ValueError(f"{path}: is no scenario: {error}") from error


def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="End when the replay is over, and stop everything.")
    ] = False,
    scenario: Annotated[
        Path | None, typer.Option(help="What the Board decides; the built-in scenario if left out.")
    ] = None,
) -> None:
    """Replay April 2022 to September 2023: real flows, real e-mails, real packs, in a home of its own."""
    from recommission.engine import stop_on_signals
    from recommission.errors import told
    from recommission.prefect_server import ServerRefused

    stop_on_signals()
    with told(ValueError, ServerRefused):
        _run(leave, read_scenario(scenario or Path(__file__).with_name("scenario.toml")))


def _run(leave: bool, story: Scenario) -> None:
    from config.settings import Settings
    from flows.context import rules_of
    from notifications.mailbox import Mailbox
    from recommission.prefect_server import PrefectServer, free_port

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
        }
        settings = Settings()
        server = stack.enter_context(PrefectServer(settings))
        _say(
            f"Starting the Prefect server, {settings.prefect_ui} (about 15 seconds), and reading the register …"
        )
        rules = rules_of(settings.policy)
        _import_sample(settings.database, rules, home)
        server.wait()
        summary = _replay(settings.database, rules, home, story)
        (home / "summary.json").write_text(json.dumps(summary, indent=2, ensure_ascii=False) + "\n")
        _tell(summary, home, settings.prefect_ui)
        if not leave:
            from recommission.engine import serve_until_interrupted

            _say("The server and the worker stay up. Ctrl-C stops them.")
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


def _import_sample(database: str, rules: "Rules", home: Path) -> None:
    from config.settings import LONDON
    from models.session import migrate, unit_of_work
    from register.importing import import_file

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


def _replay(database: str, rules: "Rules", home: Path, story: Scenario) -> dict[str, Any]:
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

    from flows.replay import replaying

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with replaying() as replay, Progress(*columns) as progress:
        bar = progress.add_task(f"{FIRST:%d %B %Y}", total=(LAST - FIRST).days)
        for day in _days(database, rules, story):
            progress.update(bar, completed=(day - FIRST).days, description=f"{day:%d %B %Y}")
            _live(day, replay, database, rules, story)
        progress.update(bar, completed=(LAST - FIRST).days)
        return _summary(database, home, replay)


def _days(database: str, rules: "Rules", story: Scenario) -> Iterator[date]:
    """Each day on which anything is due, looked up anew after each, since verdicts move dates."""
    from sqlmodel import col, func, select

    from models.alerts import Alert, DigestEntry
    from models.cycles import Milestone
    from models.session import reading

    fixed = {FIRST} | story.days
    for meeting in rules.boards.between(FIRST, LAST):
        fixed |= {meeting, rules.boards.papers(meeting).dispatch}
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


def _live(day: date, replay: "Replay", database: str, rules: "Rules", story: Scenario) -> None:
    """One day: what was decided and done, the stages that begin, the alerts, the post, the pack."""
    if day == FIRST:
        replay.run("reconcile", on=day)
    if day in story.days:
        _prepare(day, database, rules, story)
    for decision in story.verdicts:
        if decision.meeting == day:
            _decide(decision, replay)
    if day in rules.boards.dates and day > FIRST:
        replay.run("close-meeting", meeting=day)
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
    for meeting in rules.boards.between(FIRST, LAST):
        if rules.boards.papers(meeting).dispatch == day:
            _table(meeting, database, rules, story)
            replay.run("compile-pack", meeting=meeting, on=day)
    raised = replay.run("sweep", on=day)
    if raised["messages"]:
        replay.run("deliver", on=day)


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
        "urgent_by": decision.urgent_by,
        "urgent_because": decision.urgent_because,
        "despite": decision.despite,
    }
    replay.run(
        "record-verdict", [decision.contract, decision.gate], reference=decision.contract, gate=decision.gate,
        verdict=decision.verdict, meeting=decision.meeting, minute=decision.minute, reason=decision.reason,
        replayed=True, **said,
    )  # fmt: skip


def _prepare(day: date, database: str, rules: "Rules", story: Scenario) -> None:
    """The people of the scenario complete their checklists before the Board decides, or the work is done."""
    from board.verdicts import find
    from config.settings import LONDON
    from lifecycle.stages import NEEDS_CHECKLIST
    from models.checklists import checklist, complete
    from models.session import unit_of_work
    from models.standstill import tick_off

    at = datetime.combine(day, time(9), LONDON)
    ready = [
        one.contract
        for one in story.verdicts
        if one.meeting == day and one.verdict in NEEDS_CHECKLIST and not one.despite
    ] + [one.contract for one in story.completed if one.on == day]
    with unit_of_work(database) as session:
        tick_off(session, rules, day, at)
        for reference in ready:
            contract, cycle = find(session, reference)
            for line in checklist(session, contract, cycle, rules.policy):
                if line.on is None and line.by not in ("compile-pack", "mobilisation"):
                    evidence = f"{line.item} of {reference}, in the department's files"
                    complete(session, contract, cycle, rules.policy, line.item, evidence, line.by, day, at)


def _table(meeting: date, database: str, rules: "Rules", story: Scenario) -> None:
    """The secretary adds what the scenario has decided at the meeting."""
    from board.agenda import compute, hold, table
    from board.verdicts import find
    from models.session import unit_of_work

    with unit_of_work(database) as session:
        for decision in story.verdicts:
            contract, cycle = find(session, decision.contract)
            if decision.meeting == meeting and cycle.stage == decision.gate:
                held = hold(session, meeting, rules)
                compute(session, held, rules)
                table(session, held, cycle, contract, "added by the secretary")


def _summary(database: str, home: Path, replay: "Replay") -> dict[str, Any]:
    from sqlmodel import col, func, select

    from models.alerts import Alert, AlertState, Delivery, Notification
    from models.contracts import Contract
    from models.cycles import VerdictRecord
    from models.meetings import Pack
    from models.people import Supplier
    from models.session import reading
    from register.figures import top_suppliers, total_spend

    with reading(database) as session:

        def count(table: Any, *where: Any) -> int:
            return session.exec(select(func.count()).select_from(table).where(*where)).one()

        spend = total_spend(session, "2021/22")
        napl = session.exec(select(Contract.id).where(Contract.reference == "NAPL")).first()
        successor = session.exec(select(Contract).where(Contract.predecessor_id == napl)).first()
        started = successor.start_date.earliest if successor and successor.start_date else None
        delivered = count(Notification, col(Notification.state).in_([Delivery.ACCEPTED, Delivery.DELIVERED]))
        return {
            "contracts": count(Contract),
            "suppliers": count(Supplier),
            "spend_2021_22": float(spend),
            "spend_2020_21": float(total_spend(session, "2020/21")),
            "top10_share": round(
                float(sum(amount for _, amount in top_suppliers(session, "2021/22", 10)) / spend), 4
            ),
            "alerts_raised": count(Alert, col(Alert.state) != AlertState.COLLAPSED),
            "alerts_collapsed": count(Alert, col(Alert.state) == AlertState.COLLAPSED),
            "notifications_delivered": delivered,
            "duplicates": _duplicates(home / "mail"),
            "undelivered": count(Notification, col(Notification.state) != Delivery.CANCELLED) - delivered,
            "packs": [str(home / path) for path in session.exec(select(Pack.path).order_by(col(Pack.path)))],
            "verdicts": count(VerdictRecord),
            "prefect_flow_runs": replay.count(),
            "prefect_failed_runs": replay.count(failed=True),
            "napl_successor_start": started.isoformat() if started else None,
        }


def _duplicates(mail: Path) -> int:
    """Messages that arrived more than once, and alerts that one recipient was told of more than once."""
    from email import message_from_bytes
    from email.policy import SMTP

    identities: Counter[str] = Counter()
    told: Counter[tuple[str, str]] = Counter()
    for path in mail.glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=SMTP)
        identities[str(message["Message-ID"])] += 1
        for alert in str(message["X-Recommission-Alerts"] or "").split(","):
            told[str(message["To"]), alert] += bool(alert)
    return sum(count - 1 for seen in (identities, told) for count in seen.values() if count > 1)


def _tell(summary: dict[str, Any], home: Path, prefect_ui: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("From April 2022 to September 2023", "", show_lines=False)
    rise = summary["spend_2021_22"] / summary["spend_2020_21"] - 1
    for what, figure in (
        ("Contracts, with the successors that started", summary["contracts"]),
        ("Suppliers", summary["suppliers"]),
        ("Spend 2021/22", f"£{summary['spend_2021_22'] / 1e6:.1f}m, up {rise:.1%}"),
        ("Share of the ten largest suppliers", f"{summary['top10_share']:.1%}"),
        ("Alerts raised", summary["alerts_raised"]),
        ("Messages delivered / undelivered / doubled",
         f"{summary['notifications_delivered']} / {summary['undelivered']} / {summary['duplicates']}"),
        ("Verdicts of the Board", summary["verdicts"]),
        ("Agenda packs", len(summary["packs"])),
        ("Prefect flow runs, of them failed", f"{summary['prefect_flow_runs']}, {summary['prefect_failed_runs']}"),
        ("NAPL's successor started", summary["napl_successor_start"]),
    ):  # fmt: skip
        table.add_row(what, str(figure))
    Console().print(table)
    _say("Where to look:")
    _say(f"  the runs        {prefect_ui}/runs")
    _say(f"  the post        {home / 'mail'}/*.eml")
    _say(f"  the packs       {home / 'packs'}/*.pdf")
    _say(f"  these figures   {home / 'summary.json'}")


def _say(text: str) -> None:
    typer.echo(text)
    sys.stdout.flush()
