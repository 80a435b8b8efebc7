"""A contract's way round the commissioning cycle: its stage now, and every change that led there."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from lifecycle.stages import Stage, Verdict
from models.columns import choice


class Cycle(SQLModel, table=True):
    """One round of one contract. `version` counts its changes: a verdict names the one the Board saw.

    `opened` is the stage whose flow has run; where it is not the present stage, that flow is still to start.
    """

    id: int | None = Field(default=None, primary_key=True)
    contract_id: int = Field(foreign_key="contract.id", unique=True)
    stage: Stage = choice(Stage, index=True)
    stage_since: date
    opened: Stage | None = choice(Stage, default=None)
    version: int = 1
    direction: Verdict | None = choice(Verdict, default=None)


class VerdictRecord(SQLModel, table=True):
    """What the Board decided. Never edited: a wrong one is superseded by another."""

    __tablename__ = "verdict"
    __table_args__ = (sa.UniqueConstraint("cycle_id", "stage", "cycle_version"),)
    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id")
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    stage: Stage = choice(Stage)
    cycle_version: int
    verdict: Verdict = choice(Verdict)
    minute: str
    reason: str
    conditions: str = ""
    recorded_at: datetime


class StageChange(SQLModel, table=True):
    """A move from one stage to the next, and what moved it: a verdict, or completed work."""

    __table_args__ = (sa.UniqueConstraint("verdict_id"),)
    id: int | None = Field(default=None, primary_key=True)
    cycle_id: int = Field(foreign_key="cycle.id", index=True)
    from_stage: Stage = choice(Stage)
    to_stage: Stage = choice(Stage)
    on: date
    reason: str
    verdict_id: int | None = Field(default=None, foreign_key="verdict.id")


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
