"""Single facts about the record itself."""

from datetime import UTC, date, datetime
from uuid import uuid4

from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Field, Session, SQLModel, col

SWEEP_COMPLETED = "sweep completed"


class Fact(SQLModel, table=True):
    """A name and its value, such as the policy that the milestones were planned with."""

    name: str = Field(primary_key=True)
    value: str


def note_sweep(session: Session, at: datetime) -> None:
    """Write down, in the sweep's own transaction, that the day of `at` was swept; an earlier day changes nothing."""
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    value = f"{at.date()} {at.astimezone(UTC).isoformat(timespec='seconds')}"
    row = dialect.insert(Fact).values(name=SWEEP_COMPLETED, value=value)
    session.execute(
        row.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": row.excluded.value},
            where=col(Fact.value) < row.excluded.value,
        )
    )


def last_sweep(session: Session) -> tuple[date, datetime] | None:
    """The latest day whose sweep has completed, and when it did (UTC); None where none ever has."""
    known = session.get(Fact, SWEEP_COMPLETED)
    if known is None:
        return None
    day, _, at = known.value.partition(" ")
    return date.fromisoformat(day), datetime.fromisoformat(at)


def record_identity(session: Session) -> str:
    """What tells this record from every other one; made where it has none yet."""
    known = session.get(Fact, "record")
    if known is None:
        known = Fact(name="record", value=uuid4().hex)
        session.add(known)
    return known.value
