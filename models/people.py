"""Posts and suppliers. A post is not a person: whoever holds it changes, the post answers."""

from datetime import date, datetime, time

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
    """A provider the council buys from. `service` is what it provides, `children_in_care` whether it is for them."""

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True)
    company_number: str | None = None
    sector: str | None = None
    sme: bool | None = None
    vcse: bool | None = None
    service: str | None = None
    children_in_care: bool | None = None
