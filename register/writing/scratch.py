"""What an import must remember of every row of a file, kept on disk so that memory does not grow with it."""

import csv
import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Self

from register.rows import REJECT_COLUMNS, Refusal, Refused, Row

_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
CREATE TABLE seen (key TEXT PRIMARY KEY, line INTEGER) WITHOUT ROWID;
CREATE TABLE refused (line INTEGER, key TEXT, place INTEGER, name TEXT, value TEXT, reason TEXT, cells TEXT,
    PRIMARY KEY (line, key)) WITHOUT ROWID;
CREATE TABLE link (number INTEGER PRIMARY KEY, line INTEGER, cells TEXT, key TEXT, id INTEGER, new INTEGER,
    name TEXT, attribute TEXT, target TEXT, bad INTEGER DEFAULT 0);
CREATE INDEX link_target ON link (target);
"""


class Scratch:
    """A database of our own beside the record: a file without a name, gone with the import."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(_TABLES)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.close()

    def begin_pass(self) -> None:
        """Forget what a pass over the file noted; what it refused stays refused."""
        self._base.execute("DELETE FROM seen")
        self._base.execute("DELETE FROM link")

    # ---- Rows of one key.

    def doubles(self, keys: Sequence[str], lines: Sequence[int]) -> dict[int, int]:
        """Of these keys, the places of those that were seen before, each with the line of the first."""
        before = self._base.total_changes
        seen = list(zip(keys, lines, strict=True))
        self._base.executemany("INSERT OR IGNORE INTO seen VALUES (?, ?)", seen)
        if self._base.total_changes - before == len(keys):
            return {}
        found = self._base.execute(
            "SELECT key, line FROM seen WHERE key IN (SELECT value FROM json_each(?))", (json.dumps(keys),)
        )
        firsts, doubles, here = dict(found), {}, set()
        for place, (key, line) in enumerate(seen):
            if firsts[key] != line or key in here:
                doubles[place] = firsts[key]
            here.add(key)
        return doubles

    # ---- Refusals.

    def refuse(self, refusal: Refusal, cells: Sequence[str], key: str = "") -> None:
        """Keep a refused row; the first reason stands."""
        said = (refusal.column, refusal.name, refusal.value, refusal.reason, json.dumps(cells))
        self._base.execute(
            "INSERT OR IGNORE INTO refused VALUES (?, ?, ?, ?, ?, ?, ?)", (refusal.line, key, *said)
        )

    @property
    def refused(self) -> int:
        """How many rows were refused."""
        [(count,)] = self._base.execute("SELECT count(*) FROM refused")
        return int(count)

    def refused_between(self, first: int, last: int) -> set[tuple[int, str]]:
        """The line and key of the rows refused on these lines, both inclusive."""
        return set(
            self._base.execute("SELECT line, key FROM refused WHERE line BETWEEN ? AND ?", (first, last))
        )

    def refusals(self) -> Iterator[Refused]:
        """The refused rows in the order of the file."""
        for line, _, *said, cells in self._base.execute("SELECT * FROM refused ORDER BY line, key"):
            yield Refused(Refusal(line, *said), tuple(json.loads(cells)))

    def write_rejects(self, target: Path, header: Sequence[str]) -> Path:
        """Write the refused rows as they came, with their place and reason; with a mark, so that Excel reads £."""
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8-sig", newline="") as file:
            writer = csv.writer(file)
            writer.writerow([*header, *REJECT_COLUMNS])
            for one in self.refusals():
                padded = [*one.cells, *[""] * len(header)][: len(header)]
                said = one.refusal
                writer.writerow([*padded, said.line, said.name, said.value, said.reason])
        return target

    # ---- Rows that name others, which may stand further down.

    def link(self, row: Row, key: str, id: int, new: bool, name: str, attribute: str, target: str) -> None:
        """Note that a row, written as `id`, names another in its column `name`."""
        self._base.execute(
            "INSERT INTO link (line, cells, key, id, new, name, attribute, target) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            (row.line, json.dumps([row.cells, row.joined]), key, id, new, name, attribute, target),
        )

    def links(self, size: int) -> Iterator[list[tuple[int, int, str, str]]]:
        """The number, id, attribute and target of every link, so many at a time."""
        last = 0
        while chunk := self._base.execute(
            "SELECT number, id, attribute, target FROM link WHERE number > ? ORDER BY number LIMIT ?",
            (last, size),
        ).fetchall():
            yield chunk
            last = chunk[-1][0]

    def linked(self, id: int, attribute: str) -> list[tuple[Row, str]]:
        """The row, with its key, that named whom the attribute of what was written as `id` is to be."""
        found = self._base.execute(
            "SELECT line, cells, key FROM link WHERE id = ? AND attribute = ?", (id, attribute)
        ).fetchall()
        return [(Row(line, tuple(json.loads(cells)), {}), key) for line, cells, key in found]

    def broken(self, numbers: Iterable[int]) -> None:
        """These links name what is not there."""
        self._base.executemany("UPDATE link SET bad = 1 WHERE number = ?", [(one,) for one in numbers])

    def falling(self) -> Iterator[tuple[Row, str, str, str]]:
        """The rows, with key, column and target, whose links are broken, and those that hang on them."""
        found = self._base.execute(
            "WITH RECURSIVE gone (key) AS (SELECT key FROM link WHERE bad AND new "
            "UNION SELECT link.key FROM link JOIN gone ON link.target = gone.key WHERE link.new) "
            "SELECT line, cells, key, name, target FROM link "
            "WHERE bad OR target IN (SELECT key FROM gone) ORDER BY line"
        ).fetchall()
        for line, cells, key, name, target in found:
            own, joined = json.loads(cells)
            yield Row(line, tuple(own), {}, tuple((at, tuple(its)) for at, its in joined)), key, name, target
