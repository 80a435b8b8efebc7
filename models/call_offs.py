"""What was called off from frameworks and lists, and how that stands to their ceilings."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind
from lifecycle.values import over_term
from models.contracts import END_DATE, Contract
from models.rows import run, table
from models.spending import by_year


@dataclass(frozen=True, slots=True)
class CallOff:
    """One call-off: its value over its term, or where it has none what was spent, in pounds (None: not known)."""

    reference: str
    title: str
    ends: PartialDate | None
    pounds: Decimal | None
    by_spend: bool


@dataclass(frozen=True, slots=True)
class Use:
    """How much of a framework or list is used, in pounds.

    `committed` is what its call-offs come to, `spent` what was paid under it and them. `used` is the larger: some
    spend is booked on call-offs, some on the framework itself, and neither may be counted twice.
    """

    contract_id: int
    reference: str
    title: str
    owner_id: int
    ceiling: Decimal | None
    committed: Decimal
    spent: Decimal
    call_offs: tuple[CallOff, ...]

    @property
    def used(self) -> Decimal:
        """What counts against the ceiling."""
        return max(self.committed, self.spent)

    @property
    def share(self) -> Decimal | None:
        """`used` as a share of the ceiling, 1 for all of it; None without one."""
        return self.used / self.ceiling if self.ceiling else None

    @property
    def unvalued(self) -> int:
        """How many call-offs have neither value nor spend: they count nothing, and should."""
        return sum(one.pounds is None for one in self.call_offs)


def uses(session: Session, contracts: Iterable[int] | None = None) -> list[Use]:
    """Of these frameworks and lists, or of every one in force that has a ceiling; by reference."""
    asked = (
        (col(Contract.ceiling).is_not(None) & col(Contract.actual_end).is_(None))
        if contracts is None
        else col(Contract.id).in_(list(contracts))
    )
    above = run(session, sa.select(table(Contract)).where(asked).order_by(col(Contract.reference))).all()
    below = defaultdict(list)
    for row in run(
        session,
        sa.select(
            *(col(name) for name in (Contract.parent_id, Contract.id, Contract.reference, Contract.title)),
            col(Contract.start_date), END_DATE.label("ends"),
            col(Contract.actual_end), sa.func.coalesce(Contract.value_max, Contract.value).label("value"),
            col(Contract.value_per),
        )
        .where(col(Contract.kind) == Kind.CALL_OFF, col(Contract.parent_id).in_(sa.select(col(Contract.id)).where(asked)))
        .order_by(col(Contract.reference)),
    ):  # fmt: skip
        below[row.parent_id].append(row)
    keys = [one.id for one in above] + [row.id for rows in below.values() for row in rows]
    spent = {key: sum(years.values(), Decimal(0)) for key, years in by_year(session, keys).items()}
    made = []
    for one in above:
        called = tuple(_call_off(row, spent.get(row.id)) for row in below[one.id])
        made.append(
            Use(
                one.id, one.reference, one.title, one.owner_id, one.ceiling,
                sum((each.pounds for each in called if each.pounds is not None), Decimal(0)),
                sum((spent.get(key, Decimal(0)) for key in (one.id, *(row.id for row in below[one.id]))), Decimal(0)),
                called,
            )
        )  # fmt: skip
    return made


def _call_off(row: sa.Row[tuple[object, ...]], spent: Decimal | None) -> CallOff:
    value, first = row.value, row.start_date.earliest if row.start_date else None
    last: date | None = row.actual_end or (row.ends.latest if row.ends else None)
    pounds = None if value is None else over_term(Decimal(value), row.value_per, first, last)
    by_spend = pounds is None and spent is not None
    return CallOff(row.reference, row.title, row.ends, spent if by_spend else pounds, by_spend)
