"""What was paid in a financial year: to whom, in which months, under a contract or not; and what is left of contracts."""

from collections import defaultdict
from dataclasses import asdict, dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.financial_years import FinancialYear
from lifecycle.stages import Kind
from lifecycle.values import over_term
from models.contracts import END_DATE, Contract, Payment
from models.people import Supplier
from models.rows import run
from models.spending import by_year
from register.paid_under import PaidUnder, Standing

ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Paid:
    """What a supplier was paid in the year, by month (2022-04) and by what it was under."""

    supplier: str
    pounds: Decimal
    months: dict[str, Decimal]
    under: dict[str, Decimal]


@dataclass(frozen=True, slots=True)
class AgainstValue:
    """What was spent under a contract in the year and in all, and its value over its term, in pounds."""

    reference: str
    title: str
    year: Decimal
    spent: Decimal
    value: Decimal | None

    @property
    def share(self) -> Decimal | None:
        """What was spent as a share of the value."""
        return self.spent / self.value if self.value else None


@dataclass(frozen=True, slots=True)
class SpendReport:
    """Pounds paid in the year, credits taken off. `under` is by what it was paid under."""

    year: str
    pounds: Decimal
    under: dict[str, Decimal]
    suppliers: tuple[Paid, ...]
    contracts: tuple[AgainstValue, ...]

    @property
    def on_share(self) -> Decimal | None:
        """The part under a contract that was bought as one."""
        return self.under[Standing.CONTRACT] / self.pounds if self.pounds else None

    def as_json(self) -> dict[str, Any]:
        """For machines; amounts are numbers."""
        return _plain(asdict(self)) | {"on_share": _plain(self.on_share)}  # type: ignore[no-any-return]  # a dictionary


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in value.items()}
    return [_plain(one) for one in value] if isinstance(value, list | tuple) else value


def report(session: Session, year: FinancialYear) -> SpendReport:
    """Sum it. A payment without a contract counts under those its supplier had on the day."""
    rows = run(
        session,
        sa.select(
            col(Payment.supplier_id), col(Supplier.name), col(Payment.paid_on), col(Contract.kind),
            sa.func.sum(Payment.amount).label("pounds"),
        )
        .join(Supplier, col(Supplier.id) == col(Payment.supplier_id))
        .outerjoin(Contract, col(Contract.id) == col(Payment.contract_id))
        .where(col(Payment.paid_on).between(year.first, year.last))
        .group_by(col(Payment.supplier_id), col(Supplier.name), col(Payment.paid_on), col(Contract.kind)),
    ).all()  # fmt: skip
    known = PaidUnder(session)
    suppliers = list({row.supplier_id for row in rows})
    for first in range(0, len(suppliers), 5000):
        known.look_up(suppliers[first : first + 5000])
    months: dict[str, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    under: dict[str, dict[str, Decimal]] = defaultdict(lambda: dict.fromkeys(Standing, ZERO))
    for row in rows:
        standing = _of_kind(row.kind) or known.standing(row.supplier_id, row.paid_on)
        months[row.name][f"{row.paid_on:%Y-%m}"] += Decimal(row.pounds)
        under[row.name][standing] += Decimal(row.pounds)
    paid = [
        Paid(name, sum(its.values(), ZERO), dict(sorted(its.items())), under[name])
        for name, its in months.items()
    ]
    total = {standing: sum((its[standing] for its in under.values()), ZERO) for standing in Standing}
    return SpendReport(
        str(year), sum(total.values(), ZERO), {str(one): pounds for one, pounds in total.items()},
        tuple(sorted(paid, key=lambda one: (-one.pounds, one.supplier))), tuple(_contracts(session, year)),
    )  # fmt: skip


def _of_kind(kind: Kind | None) -> Standing | None:
    if kind is None:
        return None
    return Standing.SPOT if kind is Kind.SPOT else Standing.CONTRACT


def _contracts(session: Session, year: FinancialYear) -> list[AgainstValue]:
    """The contracts with spend in the year, those nearest to or furthest over their value first."""
    spent = {key: years for key, years in by_year(session).items() if str(year) in years}
    made = []
    for row in run(
        session,
        sa.select(
            col(Contract.id), col(Contract.reference), col(Contract.title), col(Contract.value), col(Contract.value_per),
            col(Contract.start_date), END_DATE.label("ends"), col(Contract.actual_end),
        ).order_by(col(Contract.reference)),
    ):  # fmt: skip
        if years := spent.get(row.id):
            first = row.start_date.earliest if row.start_date else None
            last = row.actual_end or (row.ends.latest if row.ends else None)
            value = None if row.value is None else over_term(Decimal(row.value), row.value_per, first, last)
            made.append(
                AgainstValue(row.reference, row.title, years[str(year)], sum(years.values(), ZERO), value)
            )
    return sorted(made, key=lambda one: (-(one.share or -1), -one.year, one.reference))
