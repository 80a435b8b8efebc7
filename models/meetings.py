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


class Meeting(SQLModel, table=True):
    """A meeting of the Board."""

    id: int | None = Field(default=None, primary_key=True)
    on: date = Field(unique=True)
    title: str
    venue: str
    starts_at: datetime


class AgendaItem(SQLModel, table=True):
    """A gate to be decided, or a matter for information, at a meeting."""

    __table_args__ = (sa.UniqueConstraint("meeting_id", "cycle_id", "stage"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    stage: Stage = choice(Stage)
    title: str
    state: ItemState = choice(ItemState, default=ItemState.EXPECTED)
    why: str = ""


class Paper(SQLModel, table=True):
    """The report for an agenda item, as structured text in the field's report order."""

    id: int | None = Field(default=None, primary_key=True)
    agenda_item_id: int = Field(foreign_key="agendaitem.id", unique=True)
    title: str
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    drafted_on: date


class Pack(SQLModel, table=True):
    """A compiled agenda pack. `path` is relative to the home folder."""

    __table_args__ = (sa.UniqueConstraint("meeting_id", "sha256"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    path: str
    sha256: str
    pages: int
    compiled_on: date
