"""A file's releases on disk, by the process they belong to, so that memory does not grow with the file."""

import json
import sqlite3
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any

from register.ocds.sources import Release

_TABLES = """
PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF; BEGIN;
CREATE TABLE release (number INTEGER PRIMARY KEY, place INTEGER, ocid TEXT, at TEXT, body TEXT);
CREATE TABLE unreadable (place INTEGER, ocid TEXT, reason TEXT);
CREATE TABLE process (ocid TEXT PRIMARY KEY, place INTEGER, wanted TEXT) WITHOUT ROWID; -- NULL: no contract
CREATE TABLE link (ocid TEXT, what TEXT, target TEXT);
"""


class Spool:
    """A database without a name: SQLite holds a little in memory, the rest in a file that is gone with it."""

    def __init__(self) -> None:
        self._base = sqlite3.connect("", isolation_level=None)
        self._base.executescript(_TABLES)

    def add(self, place: int, ocid: str, release: Release) -> None:
        """Keep a release. Raises RecursionError where it is nested too deeply."""
        self._base.execute(
            "INSERT INTO release (place, ocid, at, body) VALUES (?, ?, ?, ?)",
            (place, ocid, _instant(release.get("date")), json.dumps(release)),
        )

    def refuse(self, place: int, ocid: str, reason: str) -> None:
        """Keep why a release cannot be read."""
        self._base.execute("INSERT INTO unreadable VALUES (?, ?, ?)", (place, ocid, reason))

    def gather(self) -> int:
        """Bring the releases of each process together; returns how many processes there are."""
        self._base.execute("CREATE INDEX release_of ON release (ocid, at, number)")
        self._base.execute("INSERT INTO process SELECT ocid, min(place), NULL FROM release GROUP BY ocid")
        self._base.execute("CREATE INDEX process_order ON process (place)")
        [(count,)] = self._base.execute("SELECT count(*) FROM process")
        return int(count)

    def processes(self) -> Iterator[tuple[int, str, list[Release]]]:
        """Every process in the order of the file: its place, its ocid, its releases from oldest to newest."""
        cursor = self._base.cursor()
        for place, ocid in cursor.execute("SELECT place, ocid FROM process ORDER BY place, ocid"):
            rows = self._base.execute(
                "SELECT body FROM release WHERE ocid = ? ORDER BY at, number", (ocid,)
            ).fetchall()
            yield place, ocid, [json.loads(body) for (body,) in rows]

    def unreadable(self) -> Iterator[tuple[int, str, str]]:
        """The releases that cannot be read: place, ocid where known, reason."""
        yield from self._base.execute("SELECT place, ocid, reason FROM unreadable ORDER BY place")

    def want(self, ocid: str, reference: str, links: Iterable[tuple[str, str]]) -> None:
        """Note the reference a process would like to have, and which processes it names as what."""
        self._base.execute("UPDATE process SET wanted = ? WHERE ocid = ?", (reference, ocid))
        self._base.executemany("INSERT INTO link VALUES (?, ?, ?)", [(ocid, *link) for link in links])

    def index(self) -> None:
        """To be called when everything wanted is known."""
        self._base.execute("CREATE INDEX process_wanted ON process (wanted)")
        self._base.execute("CREATE INDEX link_of ON link (target, what)")

    def reference(self, ocid: str) -> str | None:
        """The reference of a process of the file that has a contract: the one it wants where no other wants it,
        else its ocid."""
        row = self._base.execute("SELECT wanted FROM process WHERE ocid = ?", (ocid,)).fetchone()
        if row is None or row[0] is None:
            return None
        [(count,)] = self._base.execute("SELECT count(*) FROM process WHERE wanted = ?", row)
        return str(row[0]) if row[0] and count == 1 else ocid

    def naming(self, ocid: str, what: str) -> list[str]:
        """The processes that name this one so."""
        rows = self._base.execute(
            "SELECT ocid FROM link WHERE target = ? AND what = ? ORDER BY ocid", (ocid, what)
        )
        return [name for (name,) in rows]


def _instant(date: Any) -> str:
    """A release's date in UTC, so that dates of different zones sort; empty, and so first, where it is none."""
    try:
        moment = datetime.fromisoformat(date)
        return (moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)).isoformat()
    except (TypeError, ValueError, OverflowError):
        return ""
