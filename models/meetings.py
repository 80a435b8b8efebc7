"""The Board's meetings, what is on their agendas, the papers, and the packs made of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.stages import Stage
from models.columns import choice


class ItemState(StrEnum):
    """What became of an agenda item."""

    EXPECTED = "expected"
    TABLED = "tabled"
    DECIDED = "decided"
    CARRIED_OVER = "carried over"


class ItemPurpose(StrEnum):
    """What the Board is asked to do with an agenda item."""

    DECISION = "decision"
    REPORT = "report of an urgent decision"


class Meeting(SQLModel, table=True):
    """A meeting of the Board."""

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(unique=True)
    title: str
    venue: str
    starts_at: datetime


class Attendance(SQLModel, table=True):
    """Whether a member was at a meeting."""

    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    present: bool


class Conflict(SQLModel, table=True):
    """A conflict of interest that a member declared at a meeting, on one contract."""

    meeting_id: int = Field(foreign_key="meeting.id", primary_key=True)
    person_id: int = Field(foreign_key="person.id", primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", primary_key=True)
    nature: str


class AgendaItem(SQLModel, table=True):
    """A gate to be decided, or an urgent decision to be reported, at a meeting."""

    __table_args__ = (sa.UniqueConstraint("meeting_id", "cycle_id", "stage", "purpose"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    stage: Stage = choice(Stage)
    title: str
    state: ItemState = choice(ItemState, default=ItemState.EXPECTED)
    why: str = ""
    purpose: ItemPurpose = choice(ItemPurpose, default=ItemPurpose.DECISION)


class Paper(SQLModel, table=True):
    """The report for an agenda item, as structured text in the field's report order.

    `seen` seals the contract's facts at the drafting: where they are others now, the paper is superseded.
    """

    id: int | None = Field(default=None, primary_key=True)
    agenda_item_id: int = Field(foreign_key="agendaitem.id", unique=True)
    title: str
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    drafted_on: date
    seen: str = ""


class Pack(SQLModel, table=True):
    """A compiled agenda pack. `path` is relative to the home folder."""

    __table_args__ = (sa.UniqueConstraint("meeting_id", "sha256"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    path: str
    sha256: str
    pages: int
    compiled_on: date
