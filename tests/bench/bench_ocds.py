"""10,000 notices of OCDS into the register and the register out again, against the bare INSERT of the same rows.

In: JSON lines are merged, read, validated, audited and planned, end to end; beside it `json.loads` of the same
lines and one `executemany` of their contracts' plain columns through the database's own driver, one commit; it merges,
checks, plans and audits nothing. Out: the record package of those contracts. Wall time, the CPU of this process, and
the most memory Python held, in a run of its own. Sizes are arguments:

    python tests/bench/bench_ocds.py 1000 10000
"""

import json
import sys
import tracemalloc
from collections.abc import Callable
from datetime import date
from functools import partial
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import config.settings
from config.policy_file import load_policy
from lifecycle.boards import meetings
from models.planning import Rules
from models.session import engine, reading, unit_of_work
from register.importing import import_reading
from register.ocds import Publisher, open_ocds, write_ocds
from tests.bench.databases import BASES, databases
from tests.register.notices import notice
from tests.town import NOW

SIZES = [int(one) for one in sys.argv[1:]] or [10_000]
TODAY = date(2024, 9, 2)
COUNCIL = Publisher("Exampleshire County Council")
COLUMNS = (
    "ocid",
    "title",
    "description",
    "department",
    "start",
    "ends",
    "value",
    "supplier",
    "cpv",
    "procedure",
)


def timed(work: Callable[[], Any]) -> tuple[float, float]:
    """Seconds: wall, CPU."""
    wall, cpu = perf_counter(), process_time()
    work()
    return perf_counter() - wall, process_time() - cpu


def a_notice(number: int) -> dict[str, Any]:
    ocid = f"ocds-b5fd17-{number:08}"
    made = notice(ocid, tender={"id": f"DN{number:08}", "title": f"Short breaks {number}"})
    award, supplier = made["awards"][0], made["parties"][1]
    name = f"Provider {number % 500}"
    award |= {
        "suppliers": [{"id": "s", "name": name}],
        "value": {"amount": 10_000 + number, "currency": "GBP"},
    }
    award["contractPeriod"] = {
        "startDate": f"2024-{1 + number % 12:02}-01T00:00:00Z", "endDate": f"{2026 + number % 5}-03-31T23:59:59+01:00",
    }  # fmt: skip
    supplier |= {"name": name, "identifier": {"scheme": "GB-COH", "id": f"{1_000_000 + number % 500:08}"}}
    return made


def write_notices(path: Path, size: int) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.writelines(f"{json.dumps(a_notice(number))}\n" for number in range(size))


def bring_in(url: str, path: Path, rules: Rules) -> None:
    with unit_of_work(url) as session:
        result = import_reading(session, open_ocds(path), rules, TODAY, NOW, "bench", path.parent)
        assert result.written
        assert not result.refused


def send_out(url: str, path: Path) -> None:
    with reading(url) as session:
        write_ocds(session, path, COUNCIL, TODAY, NOW)


def bare(url: str, path: Path) -> None:
    connection: Any = engine(url).raw_connection()
    mark = "?" if url.startswith("sqlite") else "%s"
    cursor = connection.cursor()
    cursor.execute(f"CREATE TABLE bare ({', '.join(f'{name} TEXT' for name in COLUMNS)})")
    statement = f"INSERT INTO bare VALUES ({', '.join([mark] * len(COLUMNS))})"  # noqa: S608
    if mark == "?":
        cursor.execute("BEGIN IMMEDIATE")
    with path.open("rb") as file:
        while rows := [_plain(json.loads(line)) for line in islice(file, 1000)]:
            cursor.executemany(statement, rows)
    connection.commit()
    cursor.execute("DROP TABLE bare")
    connection.commit()
    connection.close()


def _plain(one: dict[str, Any]) -> tuple[Any, ...]:
    tender, award = one["tender"], one["awards"][0]
    return (
        one["ocid"], tender["title"], tender["description"], one["buyer"]["name"], award["contractPeriod"]["startDate"],
        award["contractPeriod"]["endDate"], str(award["value"]["amount"]), award["suppliers"][0]["name"],
        tender["classification"]["id"], tender["procurementMethodDetails"],
    )  # fmt: skip


def most_held(work: Callable[[], Any]) -> float:
    """The most that Python held meanwhile, in MB; the tracing makes the work several times slower."""
    tracemalloc.start()
    work()
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return peak / 1e6


def main() -> None:
    """Print a row for each size and database."""
    policy = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
    rules = Rules(policy, meetings(policy))
    print("OCDS in and out (seconds wall/CPU; a second of CPU; times the bare INSERT's CPU; MB held at most)")
    with databases() as bases, TemporaryDirectory() as folder:
        for size in SIZES:
            path, out = Path(folder) / f"{size}.jsonl", Path(folder) / f"{size}.json"
            write_notices(path, size)
            for base, name in BASES.items():
                url = bases.make(base)
                come, go = partial(bring_in, url, path, rules), partial(send_out, url, out)
                floor, took, again, sent = (
                    timed(partial(bare, url, path)),
                    timed(come),
                    timed(come),
                    timed(go),
                )
                held = most_held(come), most_held(go)
                rate, out_rate = (size / cpu for _, cpu in (took, sent))
                print(
                    f"{size:>7,} {name:<10} in {took[0]:5.1f}/{took[1]:5.1f} s {rate:6,.0f} a second "
                    f"{took[1] / floor[1]:5.1f}x | again {again[0]:5.1f}/{again[1]:5.1f} s {held[0]:4.0f} MB | "
                    f"out {sent[0]:5.1f}/{sent[1]:5.1f} s {out_rate:6,.0f} a second {held[1]:4.0f} MB"
                )
                bases.drop(url)


if __name__ == "__main__":
    main()
