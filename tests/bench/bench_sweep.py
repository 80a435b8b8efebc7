"""A day's sweep with 500 alerts due, on records of growing size, against the bare SQL that writes the same rows.

The bare SQL, through the database's own driver with everything worked out beforehand: select the due milestones
with their contracts, update them, insert the alerts, the messages with their frozen bytes and which alerts each
carries, one commit. It decides nothing and writes no text. Both start from the same record; what they wrote is
taken out again between passes. The best of PASSES. Sizes are arguments:

    python tests/bench/bench_sweep.py 10000 1000000
"""

import json
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter, process_time
from typing import Any, NamedTuple

import sqlalchemy as sa

import config.settings
from config.policy_file import load_policy
from lifecycle.policy import Policy
from models.session import engine, unit_of_work
from notifications import sweeping
from tests.bench.databases import BASES, databases
from tests.bench.record import DUE, TODAY, fill_record
from tests.town import SENDING

SIZES = [int(one) for one in sys.argv[1:]] or [1_000, 10_000, 100_000]
PASSES = 5
AT = datetime(TODAY.year, TODAY.month, TODAY.day, 7, tzinfo=UTC)
WRITTEN = ("alert", "notification", "notificationalert")


class Took(NamedTuple):
    """Seconds."""

    wall: float
    cpu: float


def timed(work: Callable[[], object]) -> Took:
    wall, cpu = perf_counter(), process_time()
    work()
    return Took(perf_counter() - wall, process_time() - cpu)


def ours(url: str, policy: Policy) -> None:
    with unit_of_work(url) as session:
        assert sweeping.sweep(session, policy, SENDING, AT).alerts == DUE


def bare(connection: Any, rows: dict[str, list[Any]], names: dict[str, str], mark: str) -> None:
    cursor = connection.cursor()
    if mark == "?":  # psycopg begins by itself
        cursor.execute("BEGIN IMMEDIATE")
    cursor.execute(
        f"SELECT * FROM milestone JOIN contract ON contract.id = contract_id WHERE next_alert_on <= {mark}",  # noqa: S608
        (rows["today"][0],),
    )
    assert len(cursor.fetchall()) == DUE
    cursor.executemany(f"UPDATE milestone SET next_alert_on = {mark} WHERE id = {mark}", rows["milestone"])  # noqa: S608
    for name in WRITTEN:
        marks = ", ".join([mark] * len(rows[name][0]))
        cursor.executemany(f"INSERT INTO {name} ({names[name]}) VALUES ({marks})", rows[name])  # noqa: S608
    connection.commit()


def written(connection: Any, due: list[int], today: Any) -> tuple[dict[str, list[Any]], dict[str, str]]:
    """The rows of a sweep, and the names of their columns."""
    cursor, rows, names = connection.cursor(), {"today": [today]}, {}
    cursor.execute(f"SELECT next_alert_on, id FROM milestone WHERE id IN ({', '.join(map(str, due))})")  # noqa: S608
    rows["milestone"] = cursor.fetchall()
    for name in WRITTEN:
        cursor.execute(f"SELECT * FROM {name}")  # noqa: S608
        names[name] = ", ".join(f'"{one[0]}"' for one in cursor.description)
        rows[name] = [
            tuple(json.dumps(one) if isinstance(one, dict) else one for one in row) for row in cursor
        ]
    connection.rollback()
    return rows, names


def reset(url: str, due: list[int]) -> None:
    """The record as it was before the sweep."""
    with unit_of_work(url) as session:
        for name in reversed(WRITTEN):
            session.connection().exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608
        session.connection().exec_driver_sql(
            f"UPDATE milestone SET next_alert_on = '{TODAY}' WHERE id IN ({', '.join(map(str, due))})"  # noqa: S608
        )


def measure(url: str, policy: Policy) -> tuple[Took, Took]:
    """Ours and bare, the best of the passes."""
    connection: Any = engine(url).raw_connection()
    cursor = connection.cursor()
    cursor.execute(f"SELECT id, next_alert_on FROM milestone WHERE next_alert_on <= '{TODAY}'")  # noqa: S608
    found = cursor.fetchall()
    due, today, mark = [one[0] for one in found], found[0][1], "?" if "sqlite" in url else "%s"
    connection.rollback()
    took: list[tuple[Took, Took]] = []
    for _ in range(PASSES):
        mine = timed(lambda: ours(url, policy))
        rows, names = written(connection, due, today)
        reset(url, due)
        took.append((mine, timed(lambda rows=rows, names=names: bare(connection, rows, names, mark))))  # type: ignore[misc]
        reset(url, due)
    connection.close()
    return Took(*(min(one[0][part] for one in took) for part in (0, 1))), Took(
        *(min(one[1][part] for one in took) for part in (0, 1))
    )


def main() -> None:
    """Print a row for each size and database, and the aims."""
    policy = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
    print(f"{DUE} alerts due, the best of {PASSES} passes. CPU is of this process: not PostgreSQL's own.\n")
    print(
        f"{'':>10} {'contracts':>10} {'ms':>8} {'CPU ms':>7} {'bare ms':>8} {'CPU ms':>7} {'ratio':>6} {'of CPU':>7}"
    )
    for base, name in BASES.items():
        walls: dict[int, float] = {}
        for size in SIZES:
            with databases() as made:
                url = made.make(base)
                fill_record(url, size)
                if base == "postgresql":
                    with engine(url).connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                        connection.execute(sa.text("VACUUM ANALYZE"))
                mine, floor = measure(url, policy)
                made.drop(url)
            walls[size] = mine.wall
            print(
                f"{name:>10} {size:>10,} {mine.wall * 1e3:>8.1f} {mine.cpu * 1e3:>7.1f} {floor.wall * 1e3:>8.1f} "
                f"{floor.cpu * 1e3:>7.1f} {mine.wall / floor.wall:>5.1f}x {mine.cpu / floor.cpu:>6.1f}x",
                flush=True,
            )
        largest, base_size = max(SIZES), 10_000 if 10_000 in SIZES else min(SIZES)
        print(
            f"{name}: {largest:,} contracts cost {walls[largest] / walls[base_size]:.2f} times {base_size:,} (aim 1.5); "
            "3 times the bare SQL is aimed at.\n"
        )


if __name__ == "__main__":
    main()
