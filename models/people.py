"""Posts and suppliers. A post is not a person: whoever holds it changes, the post answers."""

from datetime import date, datetime, time
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.policy import Stream
from lifecycle.preferences import Mode
from models.columns import choice


class Person(SQLModel, table=True):
    """A post that owns contracts, clears papers or sits on the Board."""

    id: int | None = Field(default=None, primary_key=True)
    title: str = Field(unique=True)
    email: str | None = None
    deputy_id: int | None = Field(default=None, foreign_key="person.id")
    manager_id: int | None = Field(default=None, foreign_key="person.id")


NO_OWNER = "Owner not given"
"""The post that holds the contracts of a file without owners; it has no address, so that coverage names them."""


class Preference(SQLModel, table=True):
    """How a post wants one stream's messages; `channel` is a tag of apprise.yaml, None for all of them."""

    __table_args__ = (sa.UniqueConstraint("person_id", "stream"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    stream: Stream = choice(Stream)
    mode: Mode = choice(Mode, default=Mode.AT_ONCE)
    channel: str | None = None
    quiet_from: time | None = None
    quiet_to: time | None = None
    working_days: bool = False


class Absence(SQLModel, table=True):
    """A post nobody fills from `first` to `last`, both inclusive; without `last` it is gone for good.

    `handed_over_on` is the day the next in the chain was told what they inherit.
    """

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id", index=True)
    first: date
    last: date | None = None
    handed_over_on: date | None = None


class FeedToken(SQLModel, table=True):
    """The right to read one calendar feed: a post's, or a department's. Only the SHA-256 of the token is kept."""

    id: int | None = Field(default=None, primary_key=True)
    token_hash: str = Field(unique=True)
    person_id: int | None = Field(default=None, foreign_key="person.id")
    department: str | None = None
    made_at: datetime
    revoked_at: datetime | None = None


class Supplier(SQLModel, table=True):
    """A provider the council buys from. `service` is what it provides, `children_in_care` whether it is for them.

    Where it was found to be another one, `merged_into_id` says which; its own rows are that one's from then on.
    """

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    sector: str | None = None
    sme: bool | None = None
    vcse: bool | None = None
    service: str | None = None
    children_in_care: bool | None = None
    merged_into_id: int | None = Field(default=None, foreign_key="supplier.id", index=True)


class Scheme(StrEnum):
    """Registers that suppliers are identified in, by their code in org-id.guide where it has one."""

    COMPANY = "GB-COH"
    CHARITY = "GB-CHC"
    SCOTTISH_CHARITY = "GB-SC"
    NI_CHARITY = "GB-NIC"
    PPON = "GB-PPON"
    OFSTED = "GB-OFSTED-URN"
    """Ours: org-id.guide has no code for Ofsted's unique reference numbers."""


class SupplierIdentifier(SQLModel, table=True):
    """A supplier's number in a register. One supplier may have several Ofsted URNs: one for each home."""

    scheme: Scheme = choice(Scheme, primary_key=True)
    identifier: str = Field(primary_key=True)
    supplier_id: int = Field(foreign_key="supplier.id", index=True)


class SupplierName(SQLModel, table=True):
    """Another spelling or trading name that a supplier was found under."""

    name: str = Field(primary_key=True)
    supplier_id: int = Field(foreign_key="supplier.id", index=True)


class SupplierMerge(SQLModel, table=True):
    """Two suppliers found to be one: the rows that moved are in `moved`, so that it can be undone."""

    id: int | None = Field(default=None, primary_key=True)
    kept_id: int = Field(foreign_key="supplier.id", index=True)
    merged_id: int = Field(foreign_key="supplier.id", index=True)
    moved: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    by: str
    at: datetime
    undone_at: datetime | None = None
