"""The register: contracts, who supplies them, what they cost, how they may be extended.

Names follow the Open Contracting Data Standard where it has one.
"""

from datetime import date
from decimal import Decimal
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel, col

from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind
from models.columns import choice, partial_date


class Per(StrEnum):
    """What an amount is for: the whole term, or each year, month or week of it."""

    TERM = "term"
    YEAR = "year"
    MONTH = "month"
    WEEK = "week"


class Vat(StrEnum):
    """Whether an amount is without VAT or with it."""

    NET = "net"
    GROSS = "gross"


class Contract(SQLModel, table=True):
    """One agreement, or one still to be made (`in_force` is False until its service starts or after it ended).

    `planned_end` is as the contract says; an extension writes `forecast_end`, never over it; `max_extent_date` is the
    longstop with every extension. `value` is in pounds, what it is for in `value_per`, its upper end in `value_max`
    where a range was given, VAT as in `value_vat` (None: not said), as written in `value_words`. `ceiling` is the most
    that a framework's call-offs may come to. `vat_not_recoverable` is in pounds. `invited`: the result of an
    invitation to quote or a published invitation to tender. `ocid` is that of a published process, never one of ours.
    `cpv` are codes separated by `;`. `signed_on` is the day it was entered into; `buyer` who buys where it is not us.
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
    description: str = ""
    buyer: str = ""
    ocid: str | None = Field(default=None, index=True)
    cpv: str = ""
    value: Decimal | None = Field(default=None, max_digits=16, decimal_places=2)
    value_max: Decimal | None = Field(default=None, max_digits=16, decimal_places=2)
    value_per: Per = choice(Per, default=Per.TERM)
    value_vat: Vat | None = choice(Vat, default=None)
    value_words: str = ""
    ceiling: Decimal | None = Field(default=None, max_digits=16, decimal_places=2)
    vat_not_recoverable: Decimal | None = Field(default=None, max_digits=14, decimal_places=2)
    review_date: PartialDate | None = partial_date(default=None)
    max_extent_date: PartialDate | None = partial_date(default=None)
    extension_words: str = ""
    signed_on: date | None = None
    procedure: str = ""
    invited: bool | None = None
    url: str = ""

    @property
    def end_date(self) -> PartialDate | None:
        """The end that counts now: the forecast where there is one."""
        return self.forecast_end or self.planned_end


END_DATE = sa.func.coalesce(col(Contract.forecast_end), col(Contract.planned_end))
"""`Contract.end_date`, in SQL."""


class Lot(SQLModel, table=True):
    """A part of a contract that may go its own way: it then becomes a contract of its own, split from this one."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    name: str = Field(primary_key=True)


class ContractSupplier(SQLModel, table=True):
    """Who supplies a contract, from `joined_on` to `left_on`, both inclusive; None is its own start or end."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    supplier_id: int = Field(foreign_key="supplier.id", primary_key=True, index=True)
    joined_on: date | None = None
    left_on: date | None = None


class LotSupplier(SQLModel, table=True):
    """Who is on a lot; a supplier without a row here is on every lot of the contract."""

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    lot: str = Field(primary_key=True)
    supplier_id: int = Field(foreign_key="supplier.id", primary_key=True)


class Placement(SQLModel, table=True):
    """What is particular to a spot contract, which is one placement; its opaque key is the contract's reference.

    `source` is how it was found; `weekly_fee` is in pounds; `off_framework` says that no framework or list was used.
    No word about the child: an opaque key, never initials, a birth date or an address.
    """

    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    source: str = ""
    off_framework: bool | None = None
    weekly_fee: Decimal | None = Field(default=None, max_digits=10, decimal_places=2)
    notice_days: int | None = None


class ProcurementNotice(SQLModel, table=True):
    """A notice of the Procurement Act 2023 that was published: `code` UK1 to UK17, `identifier` the portal's own."""

    __table_args__ = (sa.UniqueConstraint("contract_id", "code", "published_on"),)
    id: int | None = Field(default=None, primary_key=True)
    contract_id: int | None = Field(default=None, foreign_key="contract.id")
    code: str
    published_on: date
    identifier: str = ""
    url: str = ""
    by: str = ""


class Payment(SQLModel, table=True):
    """A payment to a supplier, in pounds without recoverable VAT; `key` tells it from every other one.

    Without `contract_id` it is not known under which contract. Never a description: it may name a child.
    """

    id: int | None = Field(default=None, primary_key=True)
    key: str = Field(unique=True)
    supplier_id: int = Field(foreign_key="supplier.id", index=True)
    contract_id: int | None = Field(default=None, foreign_key="contract.id", index=True)
    paid_on: date = Field(index=True)
    amount: Decimal = Field(max_digits=14, decimal_places=2)


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
