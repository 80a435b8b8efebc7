"""Joins the rows that give one contract once for each of its suppliers; its value counts once."""

from array import array
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise
from typing import Any

from register.rows import Notes, Refusal, Refused, Row

HELD = 20_000
"""So many rows at most wait for others of their key; a register sorted by reference needs none to."""
TOLD = 5


class Repeats:
    """The keys that stand in more than one row, found in one pass that keeps eight bytes of each."""

    def __init__(self) -> None:
        self._all = array("q")
        self._counts: dict[int, int] = {}

    def see(self, key: str) -> None:
        """Take note of a row's key."""
        self._all.append(hash(key))

    def close(self) -> None:
        """All keys were seen."""
        ordered = sorted(self._all)
        self._all = array("q")
        for one, following in pairwise(ordered):
            if one == following:
                self._counts[one] = self._counts.get(one, 1) + 1

    def count(self, key: str) -> int:
        """How many rows have this key."""
        return self._counts.get(hash(key), 1)


def _days(row: Row) -> list[str]:
    return [str(day.earliest) if (day := row.values.get(one)) else "" for one in ("start", "end")]


Merge = Callable[[Row, Row], dict[str, Any] | None]
"""The values of two rows as one, or None where they are about different things."""


def joined(
    rows: Iterator[tuple[str, Row | Refused]], repeats: Repeats, merge: Merge, key: str, notes: Notes
) -> Iterator[Row | Refused]:
    """Rows with the same key as one where they may be; else the second gets a key of its own."""
    waiting: dict[str, list[Row | Refused]] = {}
    held, tally = 0, _Tally()
    for name, row in rows:
        expected = repeats.count(name) if name else 1
        if expected == 1:
            yield row
            continue
        group = waiting.setdefault(name, [])
        group.append(row)
        held += 1
        if len(group) == expected or held > HELD:
            held -= len(group)
            yield from _of_group(waiting.pop(name), merge, key, tally, whole=len(group) == expected)
    for group in waiting.values():
        yield from _of_group(group, merge, key, tally, whole=True)
    notes.sentences.extend(tally.told(key))


class _Tally:
    def __init__(self) -> None:
        self.joined = self.into = 0
        self.apart: list[str] = []

    def told(self, key: str) -> Iterator[str]:
        if self.into:
            yield f"{self.joined + self.into} rows that repeat a key and differ at most in the supplier were joined into {self.into}; their values count once."
        if self.apart:
            more = f" and {len(self.apart) - TOLD} more" if len(self.apart) > TOLD else ""
            yield f"The same {key} stands for different contracts: {'; '.join(self.apart[:TOLD])}{more}."


def _of_group(
    group: list[Row | Refused], merge: Merge, key: str, tally: _Tally, *, whole: bool
) -> Iterator[Row | Refused]:
    wrong = next((row for row in group if isinstance(row, Refused)), None)
    if wrong is not None or not whole:
        # Mended and imported again alone, one row would stand for the whole contract.
        why = (
            f"line {wrong.refusal.line} of the same {key} was refused; mend that and import both again"
            if wrong else f"too many rows of the same {key} stand too far apart; sort the file by {key}"
        )  # fmt: skip
        for row in group:
            yield (
                row
                if isinstance(row, Refused)
                else Refused(Refusal(row.line, 1, key, str(row.values[key]), why), row.cells)
            )
        return
    apart: list[Row] = []
    for row in group:
        assert isinstance(row, Row)
        for at, before in enumerate(apart):
            if (values := merge(before, row)) is not None:
                tally.into += not before.joined
                tally.joined += 1
                apart[at] = replace(before, values=values, joined=(*before.joined, (row.line, row.cells)))
                break
        else:
            apart.append(row)
    if key == "reference":  # by what they say, so that rows in another order keep their numbers
        apart.sort(key=lambda row: (*_days(row), row.cells))
    for number, row in enumerate(apart, 1):
        if number > 1 and key != "reference":
            told = f'"{row.values[key]}" stands in line {apart[0].line} already, and says other things there'
            yield Refused(Refusal(row.line, 1, key, str(row.values[key]), told), row.cells)
            continue
        if number > 1:
            name = f"{row.values[key]} ({number})"
            tally.apart.append(
                f"“{row.values[key]}” in lines {apart[0].line} and {row.line}; that in line {row.line} is kept as “{name}”"
            )
            row = replace(row, values=row.values | {key: name})
        yield row
