"""The register of so many contracts out of SQLite, each format in a process of its own, beside a bare csv.writer.

CPU seconds and the most memory the process held beyond what it held before. The bare writer is given the very rows of
the Transparency Code's file, ready in a list: it reads no database, joins nothing, guards nothing. Run it with
`make bench`.
"""

import csv
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from time import process_time

import sqlalchemy as sa

from lifecycle.quarters import Quarter
from models.contracts import Contract, ContractSupplier
from models.people import Supplier
from models.rows import table
from models.session import reading, unit_of_work
from register.publishing.own_csv import write_tables
from register.publishing.transparency import write_transparency
from register.publishing.workbook import write_workbook
from tests.bench.databases import databases
from tests.bench.record import TODAY, fill_record

SIZES = tuple(map(int, sys.argv[1:])) or (10_000, 100_000)
SUPPLIERS = 500
COUNCIL = "A council"


def fill(url: str, size: int) -> None:
    """Call-offs with a value, of one supplier each."""
    fill_record(url, size, milestones=False)
    with unit_of_work(url) as session:
        session.add_all(
            Supplier(name=f"Provider {number}", sme=True, vcse=False) for number in range(SUPPLIERS)
        )
        session.flush()
        its = table(Contract)
        session.execute(
            sa.update(its).values(value=its.c.id + 5000, description="Short breaks, days and nights")
        )
        session.execute(
            sa.insert(table(ContractSupplier)).from_select(
                ["contract_id", "supplier_id"], sa.select(its.c.id, its.c.id % SUPPLIERS + 1)
            )
        )


def transparency(url: str, out: Path) -> None:
    with reading(url) as session:
        write_transparency(session, out, Quarter.ended_before(TODAY), COUNCIL)


def own_csv(url: str, out: Path) -> None:
    with reading(url) as session:
        write_tables(session, out.with_suffix(""), TODAY)


def workbook(url: str, out: Path) -> None:
    with reading(url) as session:
        write_workbook(session, out.with_suffix(".xlsx"), COUNCIL, TODAY)


def bare(url: str, out: Path) -> None:
    """The reference: the rows of the first format, from memory."""
    with out.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(_ROWS)


_ROWS: list[list[str]] = []
FORMATS: dict[str, Callable[[str, Path], None]] = {
    "transparency": transparency,
    "csv": own_csv,
    "xlsx": workbook,
    "bare csv.writer": bare,
}


def measure(name: str, url: str, out: Path, rows: Path) -> tuple[float, float]:
    """CPU seconds, and MB held beyond what was held before."""
    if name == "bare csv.writer":
        with rows.open(encoding="utf-8", newline="") as file:
            _ROWS.extend(csv.reader(file))
    with reading(url) as session:  # connected, and every statement's module loaded
        session.execute(sa.select(sa.func.count()).select_from(table(Contract)))
    Path("/proc/self/clear_refs").write_text("5")  # forget the most it held before, its parent's too
    before = _most()
    began = process_time()
    FORMATS[name](url, out)
    took = process_time() - began
    return took, _most() - before


def _most() -> float:
    """The most the process held, in MB (Linux)."""
    [line] = [one for one in Path("/proc/self/status").read_text().splitlines() if one.startswith("VmHWM")]
    return int(line.split()[1]) / 1024


def main() -> None:
    """Fill, then measure each once: they are long."""
    print(
        f"{'format':>16} {'contracts':>10} {'CPU s':>8} {'rows a second':>14} {'MB more':>8} {'of the bare':>12}"
    )
    with databases() as made:
        for size in SIZES:
            url = made.make("sqlite")
            fill(url, size)
            folder = Path(url.removeprefix("sqlite:///")).parent
            rows = folder / "transparency.csv"
            took: dict[str, tuple[float, float]] = {}
            for name in FORMATS:
                out = rows if name == "transparency" else folder / f"{name.split()[0]}.csv"
                with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as alone:
                    took[name] = alone.submit(measure, name, url, out, rows).result()
            for name, (seconds, more) in took.items():
                ratio = seconds / took["bare csv.writer"][0]
                print(
                    f"{name:>16} {size:>10,} {seconds:>8.2f} {size / seconds:>14,.0f} {more:>8.1f} {ratio:>11.0f}x"
                )


if __name__ == "__main__":
    main()
