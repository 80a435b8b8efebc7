"""What was brought into the register: each run, each change it made, and what looked alike and was asked about."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from models.columns import choice


class ImportRun(SQLModel, table=True):
    """One import that was not a dry run. `written` is False where rows were refused and so nothing was written.

    `mapping` names the mapping it was read with, empty for our own layout; counts are rows of the file.
    """

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    on: date
    by: str
    file: str
    sha256: str
    kind: str
    mapping: str = ""
    rows: int
    added: int
    changed: int
    unchanged: int
    refused: int
    written: bool
    reject_file: str = ""


class ImportChange(SQLModel, table=True):
    """One field that a run changed of the row called `key`; without a field, the row was added."""

    id: int | None = Field(default=None, primary_key=True)
    run_id: int = Field(foreign_key="importrun.id", index=True)
    key: str = Field(index=True)
    field: str = ""
    old: str = ""
    new: str = ""


class Alike(StrEnum):
    """What two rows are that look alike."""

    SUPPLIERS = "suppliers"
    CONTRACTS = "contracts"


class Answer(StrEnum):
    """What a person said of two rows that look alike."""

    SAME = "same"
    DIFFERENT = "different"


class Likeness(SQLModel, table=True):
    """Two suppliers, or two contracts, that look like one: `one_id` is the smaller key. Asked once; `answer` None is open.

    `undo` is what the answer changed of a contract, as it was before.
    """

    __table_args__ = (sa.UniqueConstraint("what", "one_id", "other_id"),)
    id: int | None = Field(default=None, primary_key=True)
    what: Alike = choice(Alike)
    one_id: int
    other_id: int
    why: str
    score: float
    answer: Answer | None = choice(Answer, default=None)
    by: str = ""
    answered_at: datetime | None = None
    undo: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
