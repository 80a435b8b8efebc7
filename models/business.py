"""What the Board hears of beside the gates: exception reports, invest-to-save cases, and its own actions."""

from datetime import date
from decimal import Decimal
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.columns import choice


class Severity(StrEnum):
    """How bad an exception is."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class ExceptionReport(SQLModel, table=True):
    """Something on a contract that the Board must hear of before its next review; open until `closed_on`."""

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    contract_id: int = Field(foreign_key="contract.id", index=True)
    trigger: str
    severity: Severity = choice(Severity)
    safeguarding: bool = False
    what: str
    action: str
    due_on: date | None = None
    raised_by_id: int = Field(foreign_key="person.id")
    raised_on: date
    closed_on: date | None = None
    closed_because: str = ""


class CaseState(StrEnum):
    """Where a business case stands: the Board recommends, the senior leadership team decides."""

    SUBMITTED = "submitted"
    RECOMMENDED = "recommended"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class BusinessCase(SQLModel, table=True):
    """An invest-to-save case, in pounds. `saving` is a year's; without `permanent` it lasts `years` years.

    `slt_due_on` is when the senior leadership team is to decide; `slt_minute` records that it did.
    """

    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    title: str
    contract_id: int | None = Field(default=None, foreign_key="contract.id")
    author_id: int = Field(foreign_key="person.id")
    benefits_owner_id: int | None = Field(default=None, foreign_key="person.id")
    what: str
    baseline: Decimal = Field(max_digits=14, decimal_places=2)
    investment: Decimal = Field(max_digits=14, decimal_places=2)
    saving: Decimal = Field(max_digits=14, decimal_places=2)
    permanent: bool = True
    years: int | None = None
    funding: str
    state: CaseState = choice(CaseState, default=CaseState.SUBMITTED)
    submitted_on: date
    recommended_on: date | None = None
    slt_due_on: date | None = None
    slt_decided_on: date | None = None
    slt_minute: str = ""


class BoardChase(SQLModel, table=True):
    """A reminder that was written, by what it was for: the same one is never written twice."""

    __tablename__ = "boardchase"
    key: str = Field(primary_key=True)
    on: date


class BoardAction(SQLModel, table=True):
    """What somebody is to do by a day, as a meeting asked. Done with evidence, or cancelled with the reason."""

    __tablename__ = "boardaction"
    id: int | None = Field(default=None, primary_key=True)
    reference: str = Field(unique=True)
    meeting_id: int = Field(foreign_key="meeting.id", index=True)
    item_id: int | None = Field(default=None, foreign_key="agendaitem.id")
    contract_id: int | None = Field(default=None, foreign_key="contract.id")
    what: str
    owner_id: int = Field(foreign_key="person.id")
    due_on: date
    done_on: date | None = None
    evidence: str = ""
    cancelled_because: str = ""
