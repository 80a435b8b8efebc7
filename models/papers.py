"""The papers of the agenda's items, what came with them, and the packs made of them."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import choice


class Paper(SQLModel, table=True):
    """The report for an agenda item, as structured text in the field's report order.

    `seen` seals the contract's facts at the drafting: where they are others now, the paper is superseded.
    `received_on` is the day its author sent it or confirmed the draft; until then it is expected.
    """

    id: int | None = Field(default=None, primary_key=True)
    agenda_item_id: int = Field(foreign_key="agendaitem.id", unique=True)
    title: str
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    drafted_on: date
    seen: str = ""
    received_on: date | None = None
    received_from: str = ""


class PaperVersion(SQLModel, table=True):
    """A paper as it once was, kept when another took its place; `removed` is what settling took out of the file."""

    __table_args__ = (sa.UniqueConstraint("paper_id", "number"),)
    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="paper.id")
    number: int
    content: dict[str, Any] = Field(sa_type=sa.JSON)
    removed: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    by: str
    at: datetime


class PaperAttachment(SQLModel, table=True):
    """A PDF that an author brought. `path` is relative to the home folder, named for the file's SHA-256.

    `cleaned` says what intake took out, `findings` what a reader will miss in it.
    """

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="agendaitem.id", index=True)
    title: str
    path: str
    sha256: str
    pages: int
    cleaned: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    findings: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    added_by: str
    added_on: date
    removed_because: str = ""


class Edition(StrEnum):
    """Who may read a pack: everybody, or those entitled to what is exempt."""

    OPEN = "open"
    EXEMPT = "exempt"


class Pack(SQLModel, table=True):
    """A compiled agenda pack (`number` 0) or supplement. `path` is relative to the home folder.

    Published, it never changes: `manifest` says what it is made of, and pages count on in the next supplement.
    """

    __table_args__ = (sa.UniqueConstraint("meeting_id", "sha256"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    edition: Edition = choice(Edition, default=Edition.OPEN)
    number: int = 0
    path: str
    sha256: str
    first_page: int = 1
    pages: int
    compiled_on: date
    manifest: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    warnings: list[str] = Field(default_factory=list, sa_type=sa.JSON)
    urgency: str = ""
    published_at: datetime | None = None
