"""Spot placements: how many were in force, month by month, with whom, how many off framework; who is bought often."""

from bisect import bisect_left, bisect_right
from collections import Counter
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.financial_years import FinancialYear
from lifecycle.stages import Kind
from models.columns import first_day, last_day
from models.contracts import END_DATE, Contract, ContractSupplier, Placement
from models.people import Supplier
from models.rows import run


@dataclass(frozen=True, slots=True)
class Month:
    """The placements in force on any day of a month, those that began and those that ended in it."""

    month: str
    in_force: int
    began: int
    ended: int


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider's placements: in force at any time in the period, begun in it; `weekly` is what its last ones cost."""

    name: str
    in_force: int
    began: int
    weekly: Decimal


@dataclass(frozen=True, slots=True)
class SpotReport:
    """The placements in force at any time from `first` to `last`, both inclusive; `weekly` in pounds on the last day.

    Off framework are those said to be, or without a framework where nothing is said of a placement with one.
    """

    first: date
    last: date
    in_force: int
    on_last_day: int
    weekly: Decimal
    without_fee: int
    off_framework: int
    under_framework: int
    not_known: int
    months: tuple[Month, ...]
    providers: tuple[Provider, ...]

    @property
    def off_share(self) -> float | None:
        """Those off framework as a share of those of which it is known."""
        known = self.off_framework + self.under_framework
        return self.off_framework / known if known else None

    def as_json(self) -> dict[str, Any]:
        """For machines; amounts are numbers."""
        made = asdict(
            self, dict_factory=lambda pairs: {k: float(v) if isinstance(v, Decimal) else v for k, v in pairs}
        )
        return made | {"off_share": self.off_share}


_FIRST = sa.func.coalesce(first_day(col(Contract.start_date)), "0000")
_LAST = sa.func.coalesce(sa.cast(col(Contract.actual_end), sa.String), last_day(END_DATE), "9999")


def report(session: Session, first: date, last: date) -> SpotReport:
    """Count them. A date written imprecisely counts with every day it can mean; one that is missing has no bound."""
    rows = run(
        session,
        sa.select(
            col(Contract.id), _FIRST.label("first"), _LAST.label("last"), col(Contract.parent_id),
            col(Placement.off_framework), col(Placement.weekly_fee),
        )
        .outerjoin(Placement, col(Placement.contract_id) == col(Contract.id))
        .where(col(Contract.kind) == Kind.SPOT, last.isoformat() >= _FIRST, first.isoformat() <= _LAST),
    ).all()  # fmt: skip
    end = last.isoformat()
    off: Counter[bool | None] = Counter(
        False if row.off_framework is None and row.parent_id else row.off_framework for row in rows
    )
    now = [row for row in rows if row.last >= end]
    return SpotReport(
        first, last, len(rows), len(now),
        sum((Decimal(row.weekly_fee) for row in now if row.weekly_fee is not None), Decimal(0)),
        sum(row.weekly_fee is None for row in now), off[True], off[False], off[None],
        tuple(_months(rows, first, last)), tuple(_providers(session, rows, first, last)),
    )  # fmt: skip


def _months(rows: Any, first: date, last: date) -> list[Month]:
    begun, over = sorted(row.first for row in rows), sorted(row.last for row in rows)
    made = []
    day = first.replace(day=1)
    while day <= last:
        following = (day + timedelta(days=31)).replace(day=1)
        # Months at the ends of the period are counted as far as it goes.
        begins, ends = max(day, first).isoformat(), min(following - timedelta(days=1), last).isoformat()
        made.append(
            Month(
                f"{day:%Y-%m}",
                bisect_right(begun, ends) - bisect_left(over, begins),
                bisect_right(begun, ends) - bisect_left(begun, begins),
                bisect_right(over, ends) - bisect_left(over, begins),
            )
        )
        day = following
    return made


def _providers(session: Session, rows: Any, first: date, last: date) -> list[Provider]:
    names = run(
        session,
        sa.select(col(ContractSupplier.contract_id), col(Supplier.name))
        .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
        .join(Contract, col(Contract.id) == col(ContractSupplier.contract_id))
        .where(col(Contract.kind) == Kind.SPOT),
    )
    of: dict[int, list[str]] = {}
    for contract, name in names:
        of.setdefault(contract, []).append(name)
    in_force: Counter[str] = Counter()
    began: Counter[str] = Counter()
    weekly: dict[str, Decimal] = {}
    for row in rows:
        for name in of.get(row.id, ()):
            in_force[name] += 1
            began[name] += first.isoformat() <= row.first
            if row.last >= last.isoformat() and row.weekly_fee is not None:
                weekly[name] = weekly.get(name, Decimal(0)) + Decimal(row.weekly_fee)
    ordered = sorted(in_force, key=lambda name: (-in_force[name], name))
    return [Provider(name, in_force[name], began[name], weekly.get(name, Decimal(0))) for name in ordered]


@dataclass(frozen=True, slots=True)
class Often:
    """A provider with many spot contracts begun in a financial year up to a day, and the newest of them."""

    supplier_id: int
    supplier: str
    year: FinancialYear
    count: int
    contract_id: int


def bought_often(session: Session, least: int, on: date) -> list[Often]:
    """The providers with so many spot contracts that began in the day's financial year, up to the day."""
    year = FinancialYear.of(on)
    count = sa.func.count().label("times")
    rows = run(
        session,
        sa.select(col(Supplier.id), col(Supplier.name), count, sa.func.max(Contract.id).label("contract"))
        .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
        .join(Contract, col(Contract.id) == col(ContractSupplier.contract_id))
        .where(
            col(Contract.kind) == Kind.SPOT,
            first_day(col(Contract.start_date)).between(year.first.isoformat(), on.isoformat()),
        )
        .group_by(col(Supplier.id), col(Supplier.name))
        .having(count >= least)
        .order_by(count.desc(), col(Supplier.name)),
    )
    return [Often(row.id, row.name, year, row.times, row.contract) for row in rows]
