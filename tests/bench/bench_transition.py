"""Recording a verdict against raw `sqlite3` that writes the very same rows, and against SpiffWorkflow, in one run.

Raw is given the rows that ours wrote, as prepared statements without a single SELECT: a guarded UPDATE of the
cycle, the verdict, the stage change, the agenda item, the milestones, the audit event, one commit. Both databases
hold the same rows afterwards, table by table. SpiffWorkflow loads the contract's workflow, completes the user
task at the gate and stores it again; it has no milestones, no audit and no Board. All commit with
`synchronous=FULL`, batch by batch in turn; figures are medians of the batches. Run it with `make bench`.

For comparison only, measured elsewhere on the same kind of machine and not run here: DBOS 3.4, which sends to a
waiting workflow and lets it finish, did 17–30 a second on SQLite with 7.2–7.5 ms of CPU each.
"""

import gc
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from shutil import copy
from statistics import median
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, NamedTuple

import sqlalchemy as sa

import config.settings
from board.verdicts import Decision, record_verdict
from config.policy_file import load_policy
from lifecycle.boards import meetings
from models.planning import Rules
from models.session import engine, migrate, unit_of_work
from tests.bench.decisions import CONTRACTS, council
from tests.bench.spiff import Spiff
from tests.town import noon

BATCH, WARM, BATCHES = 60, 2, 10
DBOS = 30

Write = tuple[str, Any]
"""A statement, and its values or a list of them."""


class Took(NamedTuple):
    """What one transition of a batch took, in seconds."""

    cpu: float
    wall: float


def timed(work: Callable[[], object], count: int) -> Took:
    wall, cpu = perf_counter(), process_time()
    work()
    return Took((process_time() - cpu) / count, (perf_counter() - wall) / count)


def fresh_rules() -> Rules:
    """The shipped policy, read anew: results are kept by policy and calendar."""
    policy = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
    return Rules(policy, meetings(policy))


def ours(url: str, batch: list[Decision], rules: Rules) -> None:
    for said in batch:
        with unit_of_work(url) as session:
            assert record_verdict(session, said, noon(said.on), rules).moved, said


def noted(url: str) -> list[Write]:
    """Everything written to the database from now on, with its commits."""
    found: list[Write] = []

    def note(_c: object, _k: object, statement: str, values: Any, *_: object) -> None:
        if not statement.startswith("SELECT"):
            found.append((statement.split(" RETURNING ")[0], values))

    sa.event.listen(engine(url), "before_cursor_execute", note)
    sa.event.listen(engine(url), "commit", lambda _: found.append(("COMMIT", ())))
    return found


def raw(connection: sqlite3.Connection, writes: list[Write]) -> None:
    for statement, values in writes:
        if isinstance(values, list):
            connection.executemany(statement, values)
        else:
            done = connection.execute(statement, values)
            assert done.rowcount == 1 or not statement.startswith("UPDATE cycle"), "its guard failed"


def open_raw(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def everything(path: Path) -> dict[str, list[Any]]:
    with sqlite3.connect(path) as connection:
        tables = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall()
        return {name: sorted(connection.execute(f'SELECT * FROM "{name}"'), key=repr) for (name,) in tables}  # noqa: S608


def main() -> None:
    with TemporaryDirectory() as folder:
        compare(Path(folder))


def compare(folder: Path) -> None:
    start, rules = folder / "start.db", fresh_rules()
    migrate(f"sqlite:///{start}")
    said = council(f"sqlite:///{start}", folder, rules)[: (WARM + BATCHES) * BATCH]
    engine(f"sqlite:///{start}").dispose()
    measured, again, beside = (Path(copy(start, folder / f"{name}.db")) for name in ("ours", "again", "raw"))
    url, rules, connection = f"sqlite:///{measured}", fresh_rules(), open_raw(beside)
    spiffs = [Spiff(folder / f"spiff{timers}.db", timers, len(said)) for timers in (1, 10)]
    took: dict[str, list[Took]] = {}
    writes, rows = noted(f"sqlite:///{again}"), 0

    def time(name: str, work: Callable[[], object], count: int) -> None:
        took.setdefault(name, []).append(timed(work, count))

    gc.disable()  # as timeit does, for all
    for at in range(0, len(said), BATCH):
        time("ours", partial(ours, url, said[at : at + BATCH], rules), BATCH)
        ours(f"sqlite:///{again}", said[at : at + BATCH], rules)  # not timed: what it writes is noted
        time("raw sqlite3", partial(raw, connection, writes), BATCH)
        for spiff in spiffs:
            time(spiff.name, partial(spiff.transitions, BATCH // 4), BATCH // 4)
        rows += sum(len(values) if isinstance(values, list) else bool(values) for _, values in writes)
        writes.clear()
        gc.collect()
    connection.close()
    for path in (measured, again):
        engine(f"sqlite:///{path}").dispose()
    assert everything(measured) == everything(beside), "raw did not write the rows that ours wrote"
    print(
        f"{len(said)} verdicts on {CONTRACTS} contracts: {rows / len(said):.1f} rows and one commit each, "
        "synchronous=FULL\n"
    )
    report({name: batches[WARM:] for name, batches in took.items()})


def report(took: dict[str, list[Took]]) -> None:
    print(
        f"{'':>31} {'CPU µs':>7} {'wall µs':>8} {'a second':>9} {'its CPU / ours':>15} {'our rate / its':>15}"
    )
    for name, batches in took.items():
        cpu, wall = (median(one[part] for one in batches) for part in (0, 1))
        pairs = list(zip(took["ours"], batches, strict=True))
        less = median(other.cpu / mine.cpu for mine, other in pairs)
        faster = median(other.wall / mine.wall for mine, other in pairs)
        print(
            f"{name:>31} {cpu * 1e6:>7,.0f} {wall * 1e6:>8,.0f} {1 / wall:>9,.0f} {less:>14.2f}x {faster:>14.2f}x"
        )
    cpu, floor = (median(one.cpu for one in took[name]) for name in ("ours", "raw sqlite3"))
    rate = 1 / median(one.wall for one in took["ours"])
    print(
        f"\nOurs takes {cpu / floor:.1f} times the CPU of raw; its rate is {rate / DBOS:.0f} times DBOS's {DBOS} a second."
    )


if __name__ == "__main__":
    main()
