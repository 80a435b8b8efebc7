"""Finds the header of a sheet: below a preamble, over one row or two, and what in the rows is no record."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

LOOKED_AT = 60
"""The header is looked for in so many records; council registers have a title, a date and notes above it."""
_WIDE = 200
"""Names that stand further right are not looked at one by one."""
_NUMBER_OR_DATE = re.compile(r"[£$€(+-]*\d[\d,./:\s%kmT+Z)-]*", re.IGNORECASE)
_TOTAL = re.compile(r"(grand |sub-?|overall )?totals?\b.{0,40}", re.IGNORECASE)

Knows = Callable[[Sequence[str]], int]
"""How many of some names are those of columns of a register."""


@dataclass(frozen=True, slots=True)
class Header:
    """The names of the columns, and the records they stand in (from 0, both inclusive)."""

    names: tuple[str, ...]
    first: int
    last: int


def find_header(records: Sequence[Sequence[str]], knows: Knows) -> Header | None:
    """The header in the first records of a sheet, or None where there is none."""
    best, most = None, 0
    for at, cells in enumerate(records[:LOOKED_AT]):
        known = knows(names := _named(cells))
        if known > most:
            best, most = Header(names, at, at), known
        below = records[at + 1] if at + 1 < len(records) else ()
        for joined in _two_rows(cells, below, knows):
            if (known := knows(joined)) > max(most, knows(_named(below))):
                best, most = Header(joined, at, at + 1), known
    return best if most >= 2 else _looks_like_one(records)


def _named(cells: Sequence[str]) -> tuple[str, ...]:
    names = [" ".join(cell.split()) for cell in cells]
    while names and not names[-1]:
        names.pop()
    return tuple(names)


def _two_rows(above: Sequence[str], below: Sequence[str], knows: Knows) -> Iterator[tuple[str, ...]]:
    """Two rows as one header: all names with the words above them, or only those that say more with them."""
    if not (joined := _joined(above, below)):
        return
    yield joined
    names = [*(" ".join(cell.split()) for cell in below), *[""] * len(joined)][: len(joined)]
    for at, name in enumerate(joined[:_WIDE]):
        if knows(more := [*names[:at], name, *names[at + 1 :]]) > knows(names):
            names = more
    yield tuple(names)


def _joined(above: Sequence[str], below: Sequence[str]) -> tuple[str, ...] | None:
    """Two rows as one header: a merged cell's words stand before each name below it."""
    if any(_NUMBER_OR_DATE.fullmatch(cell.strip()) for cell in (*above, *below) if cell.strip()):
        return None
    width, group, names = max(len(above), len(below)), "", []
    for at in range(width):
        top = above[at].strip() if at < len(above) else ""
        name = below[at].strip() if at < len(below) else ""
        group = top or (group if name else "")
        names.append(f"{group} {name}" if top or name else "")
    return _named(names)


def _looks_like_one(records: Sequence[Sequence[str]]) -> Header | None:
    """The first record that is as wide as most and all of words, each of them different."""
    widths = [len(_named(cells)) for cells in records]
    usual = max(set(widths), key=lambda width: (widths.count(width), width), default=0)
    for at, cells in enumerate(records):
        names = _named(cells)
        if len(names) >= max(usual, 2) and not any(_NUMBER_OR_DATE.fullmatch(name) for name in names):
            filled = [name for name in names if name]
            if len(filled) == len(set(filled)) > len(names) / 2 and max(map(len, filled)) <= 200:
                return Header(names, at, at)
    return None


def is_total(cells: Sequence[str]) -> bool:
    """Whether a row adds up the others."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return 2 <= len(filled) <= max(3, len(cells) // 3) and _TOTAL.fullmatch(filled[0]) is not None


def stands_alone(cells: Sequence[str], width: int) -> bool:
    """Whether a row has words in one cell only, as a heading between rows or a note below them has."""
    return width >= 4 and sum(1 for cell in cells if cell.strip()) == 1
