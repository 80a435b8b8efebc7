"""What is on the agenda of a meeting, why, and what was decided on it."""

from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.stages import Stage
from models.columns import choice


class ItemKind(StrEnum):
    """What an agenda item is."""

    GATE = "gate"
    URGENT = "urgent decision"
    STAGE_REPORT = "stage report"
    REVIEWS = "contract reviews"
    EXCEPTION = "exception report"
    BUSINESS_CASE = "business case"
    SLT = "decision of the senior leadership team"
    UNOWNED = "contracts nobody answers for"
    ACTIONS = "actions"
    STANDING = "standing item"
    OTHER = "other business"


class ItemPurpose(StrEnum):
    """What the Board is asked to do with an agenda item."""

    DECISION = "decision"
    INFORMATION = "information"


class ItemState(StrEnum):
    """What became of an agenda item. `dropped` is off the agenda, with the reason."""

    TABLED = "tabled"
    DECIDED = "decided"
    CARRIED_OVER = "carried over"
    DROPPED = "dropped"


class AgendaItem(SQLModel, table=True):
    """One item. `key` tells what it is about: computed twice, it is one item.

    `cycle_id` and `stage` are of a contract's gate; `exception_id` and `case_id` of what else is reported.
    Items stand in the order of `position`, then of `id`. `added_by` is empty for what computed itself.
    """

    __table_args__ = (sa.UniqueConstraint("meeting_id", "key"),)
    id: int | None = Field(default=None, primary_key=True)
    meeting_id: int = Field(foreign_key="meeting.id")
    key: str
    kind: ItemKind = choice(ItemKind)
    purpose: ItemPurpose = choice(ItemPurpose, default=ItemPurpose.DECISION)
    cycle_id: int | None = Field(default=None, foreign_key="cycle.id", index=True)
    stage: Stage | None = choice(Stage, default=None)
    exception_id: int | None = Field(default=None, foreign_key="exceptionreport.id")
    case_id: int | None = Field(default=None, foreign_key="businesscase.id")
    title: str
    state: ItemState = choice(ItemState, default=ItemState.TABLED)
    why: str = ""
    position: int = 0
    presenter_id: int | None = Field(default=None, foreign_key="person.id")
    added_by: str = ""
    dropped_because: str = ""


class ExemptPart(SQLModel, table=True):
    """A part of an item that is not for publication, with the paragraph of Schedule 12A and the reason.

    `part` is "paper", "section: its heading" or "attachment: its number". Without a `paragraph` it is
    confidential (Local Government Act 1972, s.100A(3)).
    """

    __table_args__ = (sa.UniqueConstraint("item_id", "part"),)
    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="agendaitem.id")
    part: str
    paragraph: int | None = None
    public_interest: str


class ItemVerdict(StrEnum):
    """What the Board decides on an item that moves no contract."""

    NOTE = "note"
    APPROVE = "approve"
    RECOMMEND = "recommend to SLT"
    REFUSE = "refuse"
    DEFER = "defer"
    REFER_BACK = "refer back"


class ItemDecision(SQLModel, table=True):
    """What was decided on an item that moves no contract. A wrong one is superseded by another, never edited."""

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="agendaitem.id", index=True)
    verdict: ItemVerdict = choice(ItemVerdict)
    minute: str
    reason: str = ""
    options_rejected: str = ""
    conditions: str = ""
    moved_by_id: int | None = Field(default=None, foreign_key="person.id")
    supersedes_id: int | None = Field(default=None, foreign_key="itemdecision.id", unique=True)
    recorded_at: datetime
