"""Contracts that stand on the register twice: the same reference, or the same supplier, dates and title. Asked about."""

import re
from collections.abc import Collection, Iterable, Iterator
from itertools import combinations, groupby
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, select

from lifecycle.stages import Kind
from models.contracts import Contract, ContractSupplier
from models.imports import Alike, Answer, Likeness
from models.rows import inserting, run, run_each, table
from register.identity.likeness import misspelt
from register.identity.names import certain_key

_PAIRWISE = 30
"""Contracts of one supplier with the same dates: of more, only those with the very same title are compared."""
_FILLING = frozenset(
    {"the", "of", "and", "for", "a", "contract", "agreement", "provision", "supply", "service", "services"}
)
_MADE_UP = "Contract with "
"""How a title begins that was made of the supplier's name, where a file gave none: it says nothing more."""

_C, _S = table(Contract).c, table(ContractSupplier).c
_BOUNDS = 26
"""Letters that the two bounds of a stored date take, which stand first in it: its words may differ."""


class _One(NamedTuple):
    id: int
    reference: str
    title: str
    value: Any
    buyer: str
    family: frozenset[int]


def find_duplicates(session: Session, touched: Collection[int] | None = None) -> int:
    """Ask about contracts that look like one, among them at least one of those touched; returns how many are new.

    All contracts are compared where `touched` is None. Spot placements are compared by reference only: two children
    may be placed with a provider on one day. A parent, a predecessor and what was split off are not the same.
    """
    found: dict[tuple[int, int], tuple[float, str]] = {}
    for one, other, score, why in (*_by_supplier(session), *_by_reference(session)):
        if other.id in one.family or one.id in other.family or one.buyer != other.buyer:
            continue
        pair = min(one.id, other.id), max(one.id, other.id)
        if touched is None or any(key in touched for key in pair):
            found[pair] = max(found.get(pair, (0.0, "")), (score, why))
    if not found:
        return 0
    asked = select(Likeness.one_id, Likeness.other_id).where(Likeness.what == Alike.CONTRACTS)
    for one_id, other_id in run(session, asked):
        found.pop((one_id, other_id), None)
    gone = closed(session)
    rows: list[dict[str, Any]] = [
        {
            "what": Alike.CONTRACTS, "one_id": pair[0], "other_id": pair[1], "why": why, "score": score,
            "answer": None, "by": "", "answered_at": None, "undo": {},
        }
        for pair, (score, why) in sorted(found.items())
        if not gone & {*pair}
    ]  # fmt: skip
    run_each(session, inserting(Likeness), rows)
    return len(rows)


def closed(session: Session) -> set[int]:
    """The contracts that were closed because they stand on the register under another reference too."""
    answered = select(Likeness.undo).where(Likeness.what == Alike.CONTRACTS, Likeness.answer == Answer.SAME)
    return {undo["contract"] for undo in run(session, answered).scalars() if undo}


def reference_key(reference: str) -> str:
    """What two ways of writing one reference share: case, spaces and punctuation, but between digits where they part."""
    plain = re.sub(r"(?<=\d)\.0+$", "", reference.casefold().strip())
    return re.sub(r"[\W_]+", "-", re.sub(r"(?<!\d)[\W_]+|[\W_]+(?!\d)", "", plain))


def near(one: str, other: str) -> bool:
    """Whether two titles may be one: the same figures, and the same words but for filling or a slip of the pen."""
    first, second = certain_key(one).split(), certain_key(other).split()
    more, less = (
        [word for word in first if word not in second],
        [word for word in second if word not in first],
    )
    if any(any(map(str.isdecimal, word)) for word in more + less):
        return False
    if set(more + less) <= _FILLING:
        return True
    return bool(more) and len(more) == len(less) and all(map(misspelt, sorted(more), sorted(less)))


def _by_reference(session: Session) -> Iterator[tuple[_One, _One, float, str]]:
    bare: Any = sa.func.lower(_C.reference)
    for letter in " -/_.:":
        bare = sa.func.replace(bare, letter, "")
    twice = sa.select(bare.label("bare")).group_by(bare).having(sa.func.count() > 1).subquery()
    rows = run(session, sa.select(*_ONE).join(twice, twice.c.bare == bare).order_by(_C.id))
    alike: dict[str, list[_One]] = {}
    for row in rows:
        if len(key := reference_key(row.reference)) > 2:
            alike.setdefault(key, []).append(_one(row))
    for group in alike.values():
        for one in group[1:]:
            sure = group[0].title == one.title or near(group[0].title, one.title)
            yield (
                group[0],
                one,
                0.95 if sure else 0.75,
                "the same reference" + ("" if sure else ", other titles"),
            )


def _by_supplier(session: Session) -> Iterator[tuple[_One, _One, float, str]]:
    start, end = (
        sa.func.substr(sa.func.coalesce(sa.type_coerce(date, sa.String), ""), 1, _BOUNDS)
        for date in (_C.start_date, _C.planned_end)
    )
    supplied = sa.join(table(Contract), table(ContractSupplier), _S.contract_id == _C.id)
    told = (_C.kind != Kind.SPOT, sa.or_(start != "", end != ""))
    twice = (
        sa.select(_S.supplier_id.label("supplier"), start.label("start"), end.label("end"))
        .select_from(supplied)
        .where(*told)
        .group_by(_S.supplier_id, start, end)
        .having(sa.func.count() > 1)
        .subquery()
    )
    place = _S.supplier_id, start, end
    rows = run(
        session,
        sa.select(*_ONE, *(column.label(f"at_{at}") for at, column in enumerate(place)))
        .select_from(supplied)
        .join(twice, sa.and_(*(column == its for column, its in zip(place, twice.c, strict=True))))
        .where(*told)
        .order_by(*place, _C.id),
    )
    for _, group in groupby(rows, key=lambda row: (row.at_0, row.at_1, row.at_2)):
        yield from _titled([_one(row) for row in group])


def _titled(group: list[_One]) -> Iterator[tuple[_One, _One, float, str]]:
    same: dict[str, list[_One]] = {}
    for one in group:
        same.setdefault(certain_key(one.title), []).append(one)
    for ones in same.values():
        for one in ones[1:]:
            if not (_other_value(ones[0], one) and one.title.startswith(_MADE_UP)):
                yield ones[0], one, *_sure(ones[0], one, 0.9, "the same supplier, title and dates")
    if len(same) <= _PAIRWISE:
        for (one, *_), (other, *_) in combinations(same.values(), 2):
            if near(one.title, other.title):
                yield (
                    one,
                    other,
                    *_sure(one, other, 0.8, "the same supplier and dates, and nearly the same title"),
                )


def _sure(one: _One, other: _One, score: float, why: str) -> tuple[float, str]:
    return (score - 0.2, f"{why}; but another value") if _other_value(one, other) else (score, why)


def _other_value(one: _One, other: _One) -> bool:
    return one.value is not None and other.value is not None and one.value != other.value


_ONE = (_C.id, _C.reference, _C.title, _C.value, _C.buyer, _C.parent_id, _C.predecessor_id, _C.split_from_id)


def _one(row: Any) -> _One:
    family: Iterable[int | None] = (row.parent_id, row.predecessor_id, row.split_from_id)
    return _One(
        row.id, row.reference, row.title, row.value, row.buyer, frozenset(key for key in family if key)
    )
