"""The register as CSV files in our own layouts, one for each table."""

import csv
from datetime import date
from itertools import chain
from pathlib import Path

from sqlmodel import Session

from register.publishing.csv_files import Tick, as_text, no_tick
from register.publishing.left_out import Published
from register.publishing.tables import TABLES, header
from register.publishing.unkept import note_unkept
from register.publishing.whole_files import WholeFiles


def write_tables(
    session: Session, folder: Path, today: date, bom: bool = False, tick: Tick = no_tick
) -> Published:
    """Write the tables that have rows, in the order in which they are to be imported; all or none.

    Importing them changes nothing in this register, and makes the same one of an empty one. Raises OSError.
    """
    done = Published()
    note_unkept(session, done)
    with WholeFiles() as files:
        for name, table in TABLES.items():
            rows = table(session, today, tick)
            if (first := next(rows, None)) is None:
                continue  # an import refuses a file without rows
            with files.at(folder / f"{name}.csv").open(
                "w", encoding="utf-8-sig" if bom else "utf-8", newline=""
            ) as file:
                writer = csv.writer(file)
                writer.writerow(header(name))
                done.rows[name] = 0
                for row in chain([first], rows):
                    writer.writerow([as_text(value) for value in row])
                    done.rows[name] += 1
        files.at(folder / "left-out.txt").write_text(
            "".join(f"{line}\n" for line in done.lines()), encoding="utf-8"
        )
    done.files = files.paths
    return done
