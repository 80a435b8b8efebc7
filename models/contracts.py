"""The register: contracts, who supplies them, what they cost, how they may be extended.

Names follow the Open Contracting Data Standard where it has one.
"""

from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind
from models.columns import choice, partial_date


class Contract(SQLModel, table=True):
    """One agreement, or one still to be made (`in_force` is False until its service starts or after it ended).

    `planned_end` is as the contract says; an extension writes `forecast_end`, never over it.
    """

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    title: str
    kind: Kind = choice(Kind)
    parent_id: int | None = Field(default=None, foreign_key="contract.id", index=True)
    predecessor_id: int | None = Field(default=None, foreign_key="contract.id", index=True)
    split_from_id: int | None = Field(default=None, foreign_key="contract.id", index=True)
    department: str
    owner_id: int = Field(foreign_key="person.id", index=True)
    start_date: PartialDate | None = partial_date(default=None)
    planned_end: PartialDate | None = partial_date(default=None)
    forecast_end: PartialDate | None = partial_date(default=None)
    actual_end: date | None = None
    successor_start: PartialDate | None = partial_date(default=None)
    registered_on: date
    in_force: bool = True
    last_review: date | None = None
    notice_months: int | None = None
    regime: str
    source: str = ""
    note: str = ""

    @property
    def end_date(self) -> PartialDate | None:
        """The end that counts now: the forecast where there is one."""
        return self.forecast_end or self.planned_end


class Lot(SQLModel, table=True):
    """A part of a contract that may go its own way: it then becomes a contract of its own, split from this one."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    name: str = Field(primary_key=True)


class ContractSupplier(SQLModel, table=True):
    """Who supplies a contract."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    supplier_id: int = Field(foreign_key="supplier.id", primary_key=True, index=True)


class ExtensionOption(SQLModel, table=True):
    """One option to extend: the nth, so many months long, taken up by a verdict or still open."""

    __table_args__ = (sa.UniqueConstraint("contract_id", "position"),)
    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id")
    position: int
    months: int
    taken_up_on: date | None = None


class JointAuthority(SQLModel, table=True):
    """An authority that shares a contract; the lead publishes and signs."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    name: str = Field(primary_key=True)
    lead: bool = False


class AnnualValue(SQLModel, table=True):
    """What was spent with a supplier under a contract in a financial year, in pounds."""

    __table_args__ = (sa.UniqueConstraint("contract_id", "supplier_id", "financial_year"),)
    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id")
    supplier_id: int = Field(foreign_key="supplier.id", index=True)
    financial_year: str = Field(index=True)
    amount: Decimal = Field(max_digits=14, decimal_places=2)
    invented: bool = False
