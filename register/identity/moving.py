"""Moves the rows of one supplier to another, and back: in a place where both have some, they become one's.

A place is a contract, or a year of spend under it. What is kept for the way back is JSON: where only the other had
rows, the place; where both had, the rows of each as they were and what they became.
"""

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel

from lifecycle.words import count_of
from models.contracts import AnnualValue, ContractSupplier, LotSupplier
from models.rows import inserting, run, run_each, table

Row = dict[str, Any]
Place = tuple[Any, ...]
Join = Callable[[list[Row], list[Row]], list[Row]]
Moved = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Held:
    """A table of what a supplier has: the columns of a place, and what the rows of two become in it."""

    model: type[SQLModel]
    place: tuple[str, ...]
    join: Join

    @property
    def name(self) -> str:
        """What the table is called."""
        return str(self.model.__tablename__)

    def of(self, session: Session, supplier: int) -> dict[Place, list[Row]]:
        """The supplier's rows by place, without the supplier."""
        its, found = table(self.model), defaultdict(list)
        rows = sa.select(its).where(its.c.supplier_id == supplier).order_by(*its.primary_key.columns)
        for row in run(session, rows).mappings():
            bare = {name: value for name, value in row.items() if name != "supplier_id"}
            found[tuple(row[name] for name in self.place)].append(bare)
        return dict(found)

    def hand_over(self, session: Session, places: list[Place], giver: int, taker: int) -> None:
        """All of the giver's rows in these places become the taker's."""
        its = table(self.model)
        where = [its.c[name] == sa.bindparam(f"at_{name}") for name in self.place]
        statement = sa.update(its).where(*where, its.c.supplier_id == giver).values(supplier_id=taker)
        names = [f"at_{name}" for name in self.place]
        run_each(session, statement, [dict(zip(names, place, strict=True)) for place in places])

    def put(self, session: Session, place: Place, supplier: int, rows: list[Row]) -> None:
        """The supplier has these rows in the place, and no others."""
        its = table(self.model)
        here = [its.c[name] == value for name, value in zip(self.place, place, strict=True)]
        run(session, sa.delete(its).where(*here, its.c.supplier_id == supplier))
        for row in rows:
            new = {**row, "supplier_id": supplier}
            if "id" in new and run(session, sa.select(its.c.id).where(its.c.id == new["id"])).first():
                del new["id"]  # SQLite gives the key of a deleted row to another
            run_each(session, inserting(self.model), [new])


def _period(had: list[Row], came: list[Row]) -> list[Row]:
    """From when the first joined to when the last left; no day is the contract's own."""
    [one], [other] = had, came
    return [
        one
        | {
            "joined_on": _either(min, one["joined_on"], other["joined_on"]),
            "left_on": _either(max, one["left_on"], other["left_on"]),
        }
    ]


def _either(pick: Callable[[date, date], date], one: date | None, other: date | None) -> date | None:
    return pick(one, other) if one and other else None


def _lots(had: list[Row], came: list[Row]) -> list[Row]:
    """The lots of either; a supplier without any is on all of them."""
    return [*had, *(row for row in came if row not in had)] if had and came else []


def _sum(had: list[Row], came: list[Row]) -> list[Row]:
    [one], [other] = had, came
    return [
        one | {"amount": one["amount"] + other["amount"], "invented": one["invented"] or other["invented"]}
    ]


CONTRACTS = Held(ContractSupplier, ("contract_id",), _period)
LOTS = Held(LotSupplier, ("contract_id",), _lots)
SPEND = Held(AnnualValue, ("contract_id", "financial_year"), _sum)


def move(session: Session, keep: int, other: int) -> dict[str, Moved]:
    """Make the other's contracts, lots and spend the kept one's; returns what `move_back` needs."""
    shared = CONTRACTS.of(session, keep).keys() & CONTRACTS.of(session, other).keys()
    moved: dict[str, Moved] = {}
    for held in (CONTRACTS, LOTS, SPEND):
        ours, theirs = held.of(session, keep), held.of(session, other)
        both = ours.keys() & theirs.keys()
        if held is LOTS:
            both |= (ours.keys() | theirs.keys()) & shared
        alone = sorted(theirs.keys() - both)
        held.hand_over(session, alone, other, keep)
        for place in both:
            held.put(session, place, other, [])
            held.put(session, place, keep, held.join(ours.get(place, []), theirs.get(place, [])))
        now = held.of(session, keep)
        moved[held.name] = {
            "alone": [list(place) for place in alone],
            "both": [
                {
                    "place": list(place),
                    "had": _plain(ours.get(place, [])),
                    "came": _plain(theirs.get(place, [])),
                    "now": _plain(now.get(place, [])),
                }
                for place in sorted(both)
            ],
        }
    return moved


def move_back(session: Session, moved: Mapping[str, Moved], keep: int, other: int) -> list[str]:
    """Undo `move`; returns in sentences what has changed since then and so was left as it is."""
    told = []
    for held in (CONTRACTS, LOTS, SPEND):
        now, theirs = held.of(session, keep), held.of(session, other)
        alone = [tuple(place) for place in moved[held.name]["alone"]]
        back = [place for place in alone if place in now and place not in theirs]
        held.hand_over(session, back, keep, other)
        left = len(alone) - len(back)
        for both in moved[held.name]["both"]:
            place, came = tuple(both["place"]), _typed(held.model, both["came"])
            rows = now.get(place, [])
            if _plain(rows) == both["now"]:
                held.put(session, place, keep, _typed(held.model, both["had"]))
            elif held is SPEND and rows and rows[0]["amount"] >= came[0]["amount"]:
                less = rows[0]["amount"] - came[0]["amount"]  # what was paid altogether stays what it is
                held.put(session, place, keep, [rows[0] | {"amount": less}])
            elif held is not CONTRACTS or not rows:
                left += 1
                continue
            if place not in theirs:
                held.put(session, place, other, came)
        if left:
            told.append(
                f"{_SAID[held.name]} changed since the merge in {count_of(left, 'place')} and stayed as they are."
            )
    return told


_SAID = {CONTRACTS.name: "The suppliers of contracts", LOTS.name: "The lots", SPEND.name: "The amounts spent"}


def _plain(rows: list[Row]) -> list[Row]:
    return [
        {name: str(value) if isinstance(value, date | Decimal) else value for name, value in row.items()}
        for row in rows
    ]


def _typed(model: type[SQLModel], rows: list[Row]) -> list[Row]:
    readers: dict[type, Callable[[str], Any]] = {date: date.fromisoformat, Decimal: Decimal}
    kinds = {column.name: column.type.python_type for column in table(model).columns}
    return [
        {
            name: readers[kinds[name]](value) if value is not None and kinds[name] in readers else value
            for name, value in row.items()
        }
        for row in rows
    ]
