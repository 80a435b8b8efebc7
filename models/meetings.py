"""The Board's meetings, its members, who was there, and the minutes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import choice


class Meeting(SQLModel, table=True):
    """A meeting of the Board."""

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(unique=True)
    title: str
    venue: str
    starts_at: datetime


class Role(StrEnum):
    """What a post is on the Board. An adviser attends and does not count to the quorum."""

    CHAIR = "chair"
    MEMBER = "member"
    ADVISER = "adviser"


class Membership(SQLModel, table=True):
    """A post's seat on the Board, for a division, from `first` to `last`, both inclusive."""

    __table_args__ = (sa.UniqueConstraint("person_id", "first"),)
    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="person.id")
    division: str
    role: Role = choice(Role, default=Role.MEMBER)
    first: date
    last: date | None = None
    substitute_id: int | None = Field(default=None, foreign_key="person.id")


class Attendance(SQLModel, table=True):
    """Whether a member was at a meeting; a substitute was there for the member `for_id`."""

    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    present: bool
    for_id: int | None = Field(default=None, foreign_key="person.id")


class Conflict(SQLModel, table=True):
    """A conflict of interest that a member declared at a meeting, on one contract."""

    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    nature: str


class Minutes(SQLModel, table=True):
    """A meeting's minutes: drafted from the record, then approved (and no longer changed) at a later meeting."""

    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id", unique=True)
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    drafted_on: date
    approved_at_id: int | None = Field(default=None, foreign_key="meeting.id")
    approved_on: date | None = None
    sha256: str = ""
