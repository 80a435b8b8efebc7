"""Worker, server or both killed -9 at random points of whole cycles: the record decides where every cycle stands.

`RECOMMISSION_KILLS` sets how many kills there are: three on SQLite in the
ordinary run, forty on each database in the long one.
"""

import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from board.verdicts import Decision, complete, record_verdict
from config.settings import Settings
from lifecycle.stages import Stage, Verdict
from models import audit
from models.contracts import Contract
from models.cycles import Cycle, VerdictRecord
from models.planning import Rules
from models.session import reading, unit_of_work
from recommission.prefect_server import PrefectServer, configure, healthy
from tests.conftest import BASES
from tests.town import CONTRACTS, HEADER, LIGHT, TEACHING, bring_in, cycle, furnish, sheet

pytestmark = pytest.mark.xdist_group("prefect")

LONG = "RECOMMISSION_KILLS" in os.environ

KILLS = int(os.environ.get("RECOMMISSION_KILLS", "8")) * 2 // 5
SERVICES = [f"SERVICE-{number}" for number in range(max(2, KILLS // 10))]
BOARDS = [date(2022, 6, 13), date(2022, 8, 8), date(2022, 10, 10), date(2022, 12, 12), date(2023, 2, 13)]
STORY = [
    (Stage.REVIEW, Verdict.START_REVIEW),
    (Stage.NEEDS_ANALYSIS, Verdict.DEFER),
    (Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION),
    (Stage.RECOMMISSION, Verdict.APPROVE),
    (Stage.PROCUREMENT, Verdict.AWARD),
]

# Everything is imported once; each line asked for forks one worker. It does what the engine's worker does: it
# runs what is to be started, and reconciles; a run without a sign of life for a second is taken for dead.
NURSERY = """
import os, signal, sys, time
from datetime import date, timedelta
import httpx
from prefect.client.orchestration import get_client
from flows.context import context
from flows.reconcile import agree
from flows.replay import replaying
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
for line in sys.stdin:
    pid = os.fork()
    if pid:
        print(pid, flush=True)
        continue
    while True:
        try:
            with replaying() as replay, get_client(sync_client=True) as client:
                while True:
                    agree(client, context(date(2022, 6, 13)), replayed=True, stuck_after=timedelta(seconds=1))
                    replay.work()
                    time.sleep(0.1)
        except Exception as error:
            print(f"the worker begins again: {error!r}"[:300], file=sys.stderr, flush=True)
            time.sleep(0.3)
"""


@pytest.fixture
def engine_home(
    tmp_path: Path, database: str, rules: Rules, prefect_port: int, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """A council with some services, its record in the database, and a Prefect of its own."""
    for name, value in (
        ("HOME", tmp_path),
        (
            "DATABASE_URL",
            database.replace("postgresql+psycopg://", "postgresql://") if "postgres" in database else "",
        ),
        ("PREFECT_PORT", prefect_port),
    ):
        monkeypatch.setenv(f"RECOMMISSION_{name}", str(value))
    furnish(Settings().database, tmp_path, rules)
    rows = [
        [
            name,
            "A service",
            "contract",
            "",
            "Children",
            TEACHING,
            "",
            "2020-09-01",
            "2023-08-31",
            "",
            "6",
            LIGHT,
            "",
            "",
        ]
        for name in SERVICES
    ]
    assert len(rows[0]) == len(HEADER) == len(CONTRACTS[0])
    bring_in(Settings().database, sheet(tmp_path, [HEADER, *rows], "services.csv"), rules)
    return tmp_path


@contextmanager
def nursery(log: Path) -> Iterator[Callable[[], int]]:
    """Starts a worker and gives its process id; the last one is ended at the end."""
    with log.open("wb") as errors, subprocess.Popen(  # noqa: S603 - our own interpreter, no shell
        [sys.executable, "-c", NURSERY], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, text=True,
        cwd=Path(__file__).parents[2],
    ) as mother:  # fmt: skip
        started: list[int] = []

        def start() -> int:
            assert mother.stdin and mother.stdout
            print("next", file=mother.stdin, flush=True)
            started.append(int(mother.stdout.readline()))
            return started[-1]

        try:
            yield start
        finally:
            for pid in started:
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGKILL)
            mother.kill()


class Engine:
    """The Prefect server and one worker, to be killed and started again."""

    def __init__(self, start_worker: Callable[[], int], home: Path) -> None:
        self._start_worker, self._home = start_worker, home
        self._server = self._begin()
        self._worker = start_worker()

    def _begin(self) -> PrefectServer:
        server = PrefectServer(Settings()).__enter__()
        server.wait()
        return server

    def kill_worker(self) -> None:
        os.kill(self._worker, signal.SIGKILL)

    def kill_server(self) -> None:
        assert self._server._process
        os.killpg(self._server._process.pid, signal.SIGKILL)
        self._server.__exit__(None, None, None)

    def kill(self, what: str) -> None:
        """Kill the worker, the server, or both, and start what was killed; "database" deletes Prefect's too."""
        if what != "server":
            self.kill_worker()
        if what != "worker":
            self.kill_server()
        if what == "database":
            for path in (self._home / "prefect").glob("prefect.db*"):
                path.unlink()
        if what != "worker":
            self._server = self._begin()
        if what != "server":
            self._worker = self._start_worker()

    def stop(self) -> None:
        self.kill_worker()
        self._server.__exit__(None, None, None)


def decided(reference: str) -> int:
    """How many verdicts of the story are on record."""
    with reading(Settings().database) as session:
        return len(
            session.exec(
                select(VerdictRecord).where(VerdictRecord.cycle_id == cycle(session, reference).id)
            ).all()
        )


def by_form(reference: str, step: int) -> bool:
    """Say the verdict through the form of the run that waits; False where none does, or Prefect is away."""
    import httpx
    from prefect.client.orchestration import get_client
    from prefect.client.schemas.responses import SetStateStatus

    from flows.agreement import RunState
    from flows.runs import stage_runs

    gate, verdict = STORY[step]
    answer = {"verdict": str(verdict), "meeting": BOARDS[step].isoformat(), "minute": f"6.{step}", "reason": "As minuted.",
              "despite": "a campaign of faults"}  # fmt: skip
    try:
        with get_client(sync_client=True) as client:
            for run in stage_runs(client, [RunState.PAUSED], reference):
                if run.visit.stage is gate and run.has_form:
                    return client.resume_flow_run(run.id, run_input=answer).status is SetStateStatus.ACCEPT
    except (httpx.HTTPError, OSError):
        pass
    return False


def by_minutes(reference: str, step: int, rules: Rules) -> None:
    """Say the verdict as the command line does, whether Prefect is there or not."""
    gate, verdict = STORY[step]
    day = BOARDS[step]
    said = Decision(reference, gate, verdict, day, "As minuted.", f"6.{step}", despite="a campaign of faults")
    with unit_of_work(Settings().database) as session:
        record_verdict(session, said, datetime(day.year, day.month, day.day, 12, tzinfo=UTC), rules)


def live() -> Counter[tuple[str, Stage, int]]:
    """The live runs by contract, stage and visit."""
    from prefect.client.orchestration import get_client

    from flows.runs import stage_runs

    with get_client(sync_client=True) as client:
        return Counter((one.visit.reference, one.visit.stage, one.visit.number) for one in stage_runs(client))


def wanted() -> Counter[tuple[str, Stage, int]]:
    """The runs that the record asks for."""
    with reading(Settings().database) as session:
        rows = session.exec(
            select(Contract.reference, Cycle.stage, Cycle.visit)
            .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
            .where(col(Cycle.stage) != Stage.CLOSED)
        )
        return Counter((reference, Stage(stage), visit) for reference, stage, visit in rows)


def until(true: Callable[[], bool], seconds: float) -> bool:
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        with suppress(Exception):
            if true():
                return True
        time.sleep(0.2)
    return False


@pytest.mark.parametrize("database", BASES if LONG else BASES[:1], indirect=True)
def test_whole_cycles_survive_their_engine_being_killed(engine_home: Path, rules: Rules) -> None:
    chance, kills = random.Random(7), Counter[str]()
    plan = ["database"] + [chance.choice(["worker"] * 6 + ["server", "both"]) for _ in range(KILLS - 1)]
    chance.shuffle(plan)
    told = dict.fromkeys(SERVICES, -1)
    configure(Settings())

    def all_followed() -> bool:
        return all(decided(name) > told[name] for name in SERVICES)

    with nursery(engine_home / "workers.log") as start:
        engine = Engine(start, engine_home)
        try:
            while plan or any(decided(name) < len(STORY) for name in SERVICES):
                for name in SERVICES:
                    step = decided(name)
                    if step == len(STORY):
                        continue
                    if (
                        told[name] < step
                    ):  # once by form; where that answer is lost with Prefect's database, again
                        if chance.random() < 0.5 and by_form(name, step):
                            told[name] = step
                        elif chance.random() < 0.3:
                            by_minutes(name, step, rules)
                if plan:
                    time.sleep(chance.uniform(0, 1.5))
                    what = plan.pop()
                    engine.kill(what)
                    kills[what] += 1
                    if what == "database":
                        told.update(dict.fromkeys(SERVICES, -1))
                else:
                    assert until(all_followed, 120)
            on = date(2023, 9, 1)
            with unit_of_work(Settings().database) as session:
                for name in SERVICES[::2]:
                    complete(
                        session,
                        name,
                        Stage.MOBILISATION,
                        on,
                        datetime(2023, 9, 1, tzinfo=UTC),
                        rules,
                        "a campaign",
                    )
            assert healthy(Settings())
            assert until(lambda: live() == wanted(), 180), (live() - wanted(), wanted() - live())
        finally:
            engine.stop()
    print(f"{sum(kills.values())} kills: {dict(kills)}")
    assert sum(kills.values()) == KILLS
    with reading(Settings().database) as session:
        assert audit.verify(session) == []
        for name in SERVICES:
            rows = session.exec(
                select(VerdictRecord).where(VerdictRecord.cycle_id == cycle(session, name).id).order_by(col(VerdictRecord.id))
            ).all()  # fmt: skip
            assert [(row.stage, row.verdict) for row in rows] == STORY
            assert all(row.effective_on for row in rows)
            closed = name in SERVICES[::2]
            assert cycle(session, name).stage is (Stage.CLOSED if closed else Stage.MOBILISATION)
            assert cycle(session, name).version == 1 + len(STORY) + closed
