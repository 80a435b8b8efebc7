"""The questions an import raises: suppliers that look alike are asked about, once, and keep nobody waiting."""

from collections.abc import Mapping
from typing import Any

from sqlmodel import Session, select

from models.imports import Alike, Likeness
from models.rows import inserting, run, run_each
from register.identity.known import Known
from register.identity.likeness import Alikes

_MOST = 5
"""How many questions one new name may raise."""

Doubt = tuple[Known, Known, float, str]


class Questions:
    """What is to be asked of the suppliers that came in since the last time."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._fresh: list[tuple[Known, str]] = []
        self._doubts: list[Doubt] = []
        self._index: Alikes | None = None

    def named(self, known: Known, key: str) -> None:
        """A supplier has a new name, by its certain key."""
        self._fresh.append((known, key))

    def doubt(self, one: Known, other: Known, score: float, why: str) -> None:
        """Something but their names says that two may be one."""
        if one is not other:
            self._doubts.append((one, other, score, why))

    def ask(self, known: Mapping[int, Known]) -> None:
        """Write the questions that nobody was asked before; every supplier must have its key by now."""
        doubts = self._doubts + self._of_names(known)
        self._fresh, self._doubts = [], []
        asked: dict[tuple[int, int], tuple[float, str]] = {}
        for one, other, score, why in doubts:
            if one.another_company_than(other.numbers):
                continue
            if one.conflicts(other.numbers):
                score, why = min(score, 0.6), f"{why}; but each has its own number in one register"
            pair = min(one.id, other.id), max(one.id, other.id)
            asked[pair] = max(asked.get(pair, (0.0, "")), (score, why))
        if asked:
            pairs = select(Likeness.one_id, Likeness.other_id).where(Likeness.what == Alike.SUPPLIERS)
            for one_id, other_id in run(self._session, pairs):
                asked.pop((one_id, other_id), None)
        rows: list[dict[str, Any]] = [
            {
                "what": Alike.SUPPLIERS, "one_id": one_id, "other_id": other_id, "why": why, "score": score,
                "answer": None, "by": "", "answered_at": None, "undo": {},
            }
            for (one_id, other_id), (score, why) in sorted(asked.items())
        ]  # fmt: skip
        run_each(self._session, inserting(Likeness), rows)

    def _of_names(self, known: Mapping[int, Known]) -> list[Doubt]:
        if not self._fresh:
            return []
        if self._index is None:
            self._index = Alikes()
            for one in known.values():
                for key in one.keys:
                    self._index.add(key, one.id)
        else:
            for one, key in self._fresh:
                self._index.add(key, one.id)
        found: list[Doubt] = []
        for one, key in self._fresh:
            alike = self._index.find(key, one.id)
            surest = sorted(alike.items(), key=lambda pair: (-pair[1][0], pair[0]))[:_MOST]
            found += [(one, known[other], score, why) for other, (score, why) in surest]
        return found
