"""CSV that a spreadsheet opens as text: no cell that people wrote is ever taken for a formula."""

import csv
from collections.abc import Iterable
from typing import TextIO

from register.formulas import guarded


def safe(cell: object) -> object:
    """The cell as it may stand in a CSV: text that a spreadsheet would run gets an apostrophe before it.

    Source: OWASP, CSV Injection. Numbers stay numbers, negative ones too.
    """
    if cell is None:
        return ""
    return guarded(cell) if isinstance(cell, str) else cell


def write(file: TextIO, header: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Write the header and the rows, every cell safe."""
    out = csv.writer(file, lineterminator="\n")
    out.writerow([safe(name) for name in header])
    out.writerows([safe(cell) for cell in row] for row in rows)
