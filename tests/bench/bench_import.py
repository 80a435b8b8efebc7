"""Importing a register of contracts against the bare `executemany` of the very rows it writes, in the same run.

Each row is read, checked, written, audited with its history, and its milestones are planned; the bare executemany
writes the same rows of the same tables, with their indexes, in one transaction by the driver itself, and neither reads a
file nor works anything out. CPU of this process (PostgreSQL's own is its server's). Memory is the peak of a fresh
process that imports nothing else, above what it held before. Sizes are arguments, the last is timed:

    python tests/bench/bench_import.py 10000 100000
"""

import csv
import json
import os
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from multiprocessing import get_context
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any

import sqlalchemy as sa
from dateutil.relativedelta import relativedelta
from openpyxl import Workbook

import config.settings
from config.policy_file import load_policy
from lifecycle.boards import meetings
from models.people import Person
from models.planning import Rules
from models.rows import inserting, run_each
from models.session import engine, unit_of_work
from register.importing import ImportResult, import_reading
from register.reading import open_reading
from tests.bench.databases import BASES, Databases, databases

SIZES = [int(one) for one in sys.argv[1:]] or [10_000, 100_000]
POSTS, SUPPLIERS = 50, 3000
TODAY = date(2026, 4, 27)
NOW = datetime(2026, 4, 27, 7, tzinfo=UTC)
KINDS = ("contract",) * 6 + ("call-off", "spot", "spot", "framework", "block")
HEADER = (
    "reference", "title", "kind", "parent", "department", "owner", "suppliers", "start", "end", "extension_options",
    "notice_months", "regime", "value", "note",
)  # fmt: skip
WRITTEN = (
    "contract", "cycle", "contractsupplier", "extensionoption", "milestone", "importrun", "importchange", "supplier",
    "suppliername", "auditevent",
)  # fmt: skip
"""The tables an import of contracts writes."""


def register(count: int) -> Iterator[tuple[str, ...]]:
    """So many contracts, always the same. Six in ten end with a month, as councils' do."""
    random = Random(20260427)  # the same register every time
    for number in range(count):
        starts = date(2023, 1, 1) + timedelta(days=random.randrange(1200))
        ends = starts + timedelta(days=random.randrange(400, 2500))
        if random.random() < 0.6:
            ends += relativedelta(day=31)
        kind = random.choice(KINDS)
        yield (
            f"C{number:06}", f"Service {number}", kind, "C000000" if kind == "call-off" and number else "", "Children",
            f"Manager {number % POSTS}", f"Supplier {random.randrange(SUPPLIERS)}", starts.isoformat(),
            f"{ends:%d/%m/%Y}", random.choice(("", "1x12", "2x12")), random.choice(("1", "3", "6")),
            "PCR 2015 light touch", f"{random.randrange(5_000, 2_000_000)}.00", "",
        )  # fmt: skip


def written(folder: Path, count: int, shape: str) -> Path:
    """The register as a file."""
    path = folder / f"{count}.{shape}"
    if shape == "csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows([HEADER, *register(count)])
        return path
    book = Workbook(write_only=True)
    sheet = book.create_sheet("Contracts")
    for row in (HEADER, *register(count)):
        sheet.append(row)
    book.save(path)
    return path


@cache
def rules() -> Rules:
    """The shipped policy and the Board's calendar."""
    policy = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
    return Rules(policy, meetings(policy))


def furnished(made: Databases, base: str) -> str:
    """A database with the posts."""
    url = made.make(base)
    with unit_of_work(url) as session:
        posts = [{"title": f"Manager {number}", "email": None} for number in range(POSTS)]
        run_each(session, inserting(Person), posts)
    return url


def imported(url: str, path: Path) -> ImportResult:
    reading = open_reading(path)
    with unit_of_work(url) as session:
        return import_reading(session, reading, rules(), TODAY, NOW, "bench", path.parent)


def peak(url: str, path: Path) -> float:
    """Of a fresh process: what the import held at most above what was held before it, in MiB."""

    def held() -> float:
        [line] = [
            one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")
        ]
        return int(line.split()[1]) / 1024

    rules()
    before = held()
    imported(url, path)
    engine(url).dispose()
    return held() - before


def bare(made: Databases, base: str, full: str) -> tuple[float, int]:
    """CPU seconds of the bare executemany of what the import wrote, and how many rows that is."""
    url = furnished(made, base)
    source: Any = engine(full).raw_connection()
    target: Any = engine(url).raw_connection()
    cursor, mark = target.cursor(), "?" if base == "sqlite" else "%s"
    if base == "sqlite":  # psycopg begins by itself
        cursor.execute("BEGIN IMMEDIATE")
    took, count = 0.0, 0
    tables = sa.inspect(engine(url))
    for table in sorted(WRITTEN, key=lambda name: _ORDER.index(name)):
        names = [f'"{column["name"]}"' for column in tables.get_columns(table)]
        reader = source.cursor()
        reader.execute(f"SELECT {', '.join(names)} FROM {table} ORDER BY 1")  # noqa: S608 - our names
        rows = [tuple(_plain(value) for value in row) for row in reader.fetchall()]
        began = process_time()
        cursor.executemany(
            f"INSERT INTO {table} ({', '.join(names)}) VALUES ({', '.join([mark] * len(names))})",  # noqa: S608
            rows,
        )
        took, count = took + process_time() - began, count + len(rows)
    began = process_time()
    target.commit()
    took += process_time() - began
    source.close()
    target.close()
    made.drop(url)
    return took, count


_ORDER = (
    "importrun", "importchange", "supplier", "suppliername", "contract", "cycle", "contractsupplier",
    "extensionoption", "milestone", "auditevent",
)  # fmt: skip


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return json.dumps(value)
    return value


def main() -> None:
    """Print a row for each base and shape of the largest size, then the memory of each size."""
    print(f"Processors: {os.cpu_count()}, load {os.getloadavg()[0]:.1f}")
    print(
        f"{'':>10} {'file':>5} {'rows':>8} {'s':>7} {'CPU s':>7} {'rows/s of CPU':>14} {'milestones':>11}",
        end=" ",
    )
    print(f"{'again CPU s':>11} {'bare CPU s':>10} {'its rows':>10} {'ratio':>6}")
    with TemporaryDirectory() as folder, databases() as made:
        files = {
            shape: {size: written(Path(folder), size, shape) for size in SIZES} for shape in ("csv", "xlsx")
        }
        for base, name in BASES.items():
            for shape, by_size in files.items():
                url, size = furnished(made, base), SIZES[-1]
                rules()
                wall, cpu = perf_counter(), process_time()
                result = imported(url, by_size[size])
                wall, cpu = perf_counter() - wall, process_time() - cpu
                assert (result.added_count, result.refused_count) == (size, 0), result.refused[:3]
                floor, rows = bare(made, base, url)
                again = process_time()
                twice = imported(url, by_size[size])
                again = process_time() - again
                assert (twice.unchanged, twice.changed_count, twice.milestones) == (size, 0, 0)
                made.drop(url)
                print(
                    f"{name:>10} {shape:>5} {size:>8,} {wall:>7.1f} {cpu:>7.1f} {size / cpu:>14,.0f} "
                    f"{result.milestones:>11,} {again:>11.1f} {floor:>10.1f} {rows:>10,} {cpu / floor:>5.1f}x",
                    flush=True,
                )
        fresh = get_context("spawn")
        for shape, by_size in files.items():
            for size, path in by_size.items():
                url = furnished(made, "sqlite")
                with fresh.Pool(1) as pool:
                    print(
                        f"Peak memory, {shape}, {size:,} rows: {pool.apply(peak, (url, path)):.0f} MiB more"
                    )
                made.drop(url)


if __name__ == "__main__":
    main()
