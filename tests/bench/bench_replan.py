"""Planning every contract anew after a change of policy, against the bare bulk UPDATE of the same milestones.

The change gives each step of the cycle (tender, mobilisation) a hundred days more, and takes them back. The bare UPDATE, through the
database's own driver, is one prepared statement with the values of every milestone that moved, one commit; it
works out no date. Wall time and the CPU of this process, the best of PASSES. Sizes are arguments:

    python tests/bench/bench_replan.py 1000 10000
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path
from time import perf_counter, process_time
from typing import Any

import config.settings
from config.policy_file import load_policy
from lifecycle.boards import meetings
from lifecycle.policy import Policy
from lifecycle.stages import Kind
from models.planning import Rules, replan_if_policy_changed
from models.session import engine, unit_of_work
from tests.bench.databases import BASES, databases
from tests.bench.record import TODAY, fill_record

SIZES = [int(one) for one in sys.argv[1:]] or [1_000, 10_000]
PASSES = 2
SET = ("revision", "earliest", "latest", "words", "how", "moved_because", "revised_on", "next_alert_on")


Took = tuple[float, float]


def timed(work: Callable[[], Any]) -> Took:
    """Seconds: wall, CPU."""
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


def later(policy: Policy) -> Policy:
    """The policy with a hundred days more for every step."""
    rules = tuple(
        replace(rule, value=rule.days + 100) if rule.key.startswith("shortest.") else rule
        for rule in policy.rules
    )
    return replace(policy, rules=rules, fingerprint="longer")


def ours(url: str, rules: Rules) -> None:
    with unit_of_work(url) as session:
        assert replan_if_policy_changed(session, rules, TODAY)


def bare(connection: Any, rows: list[Any], mark: str) -> None:
    cursor = connection.cursor()
    if mark == "?":  # psycopg begins by itself
        cursor.execute("BEGIN IMMEDIATE")
    values = ", ".join(f"{name} = {mark}" for name in SET)
    cursor.executemany(f"UPDATE milestone SET {values} WHERE id = {mark}", rows)  # noqa: S608
    connection.commit()


def moved(connection: Any, revision: int) -> list[Any]:
    """The milestones that the newest plan moved, as values for the UPDATE."""
    cursor = connection.cursor()
    cursor.execute(f"SELECT {', '.join(SET)}, id FROM milestone WHERE revision = {revision}")  # noqa: S608
    rows: list[Any] = cursor.fetchall()
    connection.rollback()
    return rows


def measure(url: str, first: Rules, second: Rules) -> tuple[int, list[Took], list[Took]]:
    """How many milestones moved; ours and bare, a figure a pass."""
    ours(url, first)
    connection: Any = engine(url).raw_connection()
    mark = "?" if url.startswith("sqlite") else "%s"
    took, floor, rows = [], [], []
    for revision, rules in enumerate([second, first] * (PASSES // 2), 2):
        took.append(timed(partial(ours, url, rules)))
        rows = moved(connection, revision)
        floor.append(timed(partial(bare, connection, rows, mark)))
    connection.close()
    return len(rows), took, floor


def main() -> None:
    """Print a row for each size and database."""
    policy = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
    first = Rules(policy, meetings(policy))
    second = Rules(later(policy), first.boards)
    print(f"{'':>10} {'contracts':>10} {'moved':>9} {'s':>7} {'CPU s':>7}", end=" ")
    print(f"{'bare s':>7} {'CPU s':>7} {'ratio':>6} {'of CPU':>7}")
    for base, name in BASES.items():
        for size in SIZES:
            with databases() as made:
                url = made.make(base)
                fill_record(url, size, Kind.CONTRACT, milestones=False)
                count, took, floor = measure(url, first, second)
                made.drop(url)
            wall, cpu, bare_wall, bare_cpu = (
                min(one[part] for one in ones) for ones in (took, floor) for part in (0, 1)
            )
            print(
                f"{name:>10} {size:>10,} {count:>9,} {wall:>7.2f} {cpu:>7.2f} {bare_wall:>7.2f} {bare_cpu:>7.2f} "
                f"{wall / bare_wall:>5.1f}x {cpu / bare_cpu:>6.1f}x",
                flush=True,
            )


if __name__ == "__main__":
    main()
