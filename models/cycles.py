"""A contract's way round the commissioning cycle: its stage now, what led there, what its gate still asks for."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.stages import VERSION, Stage, Verdict
from models.columns import choice


class Cycle(SQLModel, table=True):
    """One round of one contract. `version` counts its changes: a verdict names the one the Board saw.

    `visit` counts the stages it has stood in, `opened` is the visit whose flow has run: where they differ, that
    flow is still to start. `table_version` is the version of the table of stages that this visit keeps to.
    """

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", unique=True)
    stage: Stage = choice(Stage, index=True)
    stage_since: date
    visit: int = 1
    opened: int = 0
    table_version: int = VERSION
    version: int = 1
    direction: Verdict | None = choice(Verdict, default=None)


class VerdictRecord(SQLModel, table=True):
    """What was decided. Never edited: a wrong one is superseded by another.

    Without a meeting it is an urgent decision, taken by the post `urgent_by_id` and reported to the next Board.
    `effective_on` is None while partners have still to agree, and `lapsed` says why it never took effect.
    `despite` is why it was decided although the gate lacked something. `undo` is what it changed as it was
    before, for the verdict that may supersede it.
    """

    __tablename__ = "verdict"
    __table_args__ = (sa.UniqueConstraint("cycle_id", "stage", "cycle_version"),)
    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id")
    meeting_id: int | None = Field(default=None, foreign_key="meeting.id", index=True)
    on: date
    stage: Stage = choice(Stage)
    cycle_version: int
    verdict: Verdict = choice(Verdict)
    minute: str
    reason: str
    conditions: str = ""
    ends_on: date | None = None
    moved_by_id: int | None = Field(default=None, foreign_key="person.id")
    urgent_by_id: int | None = Field(default=None, foreign_key="person.id")
    urgent_because: str = ""
    despite: str = ""
    channel: str = ""
    effective_on: date | None = None
    lapsed: str = ""
    options_rejected: str = ""
    supersedes_id: int | None = Field(default=None, foreign_key="verdict.id", unique=True)
    undo: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    recorded_at: datetime


class StageChange(SQLModel, table=True):
    """A move from one stage to the next, and what moved it: a verdict, or completed work.

    A verdict that was superseded has another row, from the stage it led to back to the one it left.
    """

    __table_args__ = (sa.UniqueConstraint("verdict_id", "from_stage"),)
    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    from_stage: Stage = choice(Stage)
    to_stage: Stage = choice(Stage)
    on: date
    reason: str
    verdict_id: int | None = Field(default=None, foreign_key="verdict.id")


class ChecklistEntry(SQLModel, table=True):
    """One thing that a stage must have, there now: what shows it, who said so. Withdrawn, never deleted."""

    __table_args__ = (
        sa.Index(
            "uq_checklistentry_standing", "cycle_id", "visit", "item", unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"), postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )  # fmt: skip
    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id")
    visit: int
    item: str
    evidence: str
    by: str
    on: date
    recorded_at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_because: str = ""


class PartnerDecision(SQLModel, table=True):
    """What another authority decided on a contract we share, at the gate of that visit."""

    __table_args__ = (sa.UniqueConstraint("cycle_id", "visit", "authority", "on"),)
    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id")
    visit: int
    authority: str
    agreed: bool
    on: date
    minute: str
    recorded_at: datetime


class Milestone(SQLModel, table=True):
    """A date the contract's clock sets. `revision` rises when the date moves, on `revised_on`; `how` explains it."""

    __table_args__ = (sa.UniqueConstraint("contract_id", "kind", "gate"),)
    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id")
    kind: str
    gate: str = ""
    revision: int = 1
    revised_on: date | None = None
    earliest: date
    latest: date
    words: str
    how: str
    moved_because: str = ""
    next_alert_on: date | None = Field(default=None, index=True)
    met_on: date | None = None
