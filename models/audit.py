"""The audit trail: append-only, each event chained to the one before it.

The database refuses UPDATE and DELETE by trigger (see the migrations); `verify` finds what was changed,
removed or inserted all the same.
"""

import json
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, Session, SQLModel, col, select

from models.rows import insert, run

GENESIS = "0" * 64


class AuditEvent(SQLModel, table=True):
    """Who did what to which thing, when; `digest` seals the event and all before it."""

    id: int | None = Field(default=None, primary_key=True)
    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any] = Field(sa_type=sa.JSON)
    previous: str = Field(unique=True)
    digest: str

    def seal(self) -> str:
        """The SHA-256 of the event's content and the digest before it; the database gives times back in UTC."""
        return _seal(self.at, self.actor, self.action, self.subject, self.detail, self.previous)


def _seal(at: datetime, *content: Any) -> str:
    sealed = [at.astimezone(UTC).isoformat(), *content]
    return sha256(json.dumps(sealed, sort_keys=True, ensure_ascii=False).encode()).hexdigest()


REFUSALS = {
    "sqlite": [
        """CREATE TRIGGER IF NOT EXISTS auditevent_no_update BEFORE UPDATE ON auditevent
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS auditevent_no_delete BEFORE DELETE ON auditevent
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
        # INSERT OR REPLACE deletes without the trigger above
        """CREATE TRIGGER IF NOT EXISTS auditevent_no_replace BEFORE INSERT ON auditevent
        WHEN EXISTS (SELECT 1 FROM auditevent WHERE id = NEW.id OR previous = NEW.previous)
        BEGIN SELECT RAISE(ABORT, 'the audit trail is append-only'); END""",
    ],
    "postgresql": [
        """CREATE OR REPLACE FUNCTION auditevent_refuse() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'the audit trail is append-only'; END $$""",
        "DROP TRIGGER IF EXISTS auditevent_no_change ON auditevent",
        """CREATE TRIGGER auditevent_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON auditevent
        FOR EACH STATEMENT EXECUTE FUNCTION auditevent_refuse()""",
        # also where a session poses as a replica
        "ALTER TABLE auditevent ENABLE ALWAYS TRIGGER auditevent_no_change",
    ],
}


def refuse_changes(connection: sa.Connection) -> None:
    """Have the database refuse UPDATE and DELETE; done after every migration, since one may drop triggers."""
    for statement in REFUSALS[connection.dialect.name]:
        connection.execute(sa.text(statement))


_LAST = select(AuditEvent.digest).order_by(col(AuditEvent.id).desc()).limit(1)


def record(session: Session, at: datetime, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Append an event to the trail, in the caller's transaction.

    Two writers cannot take the same place: `previous` is unique, SQLite's writers wait for each other,
    and on PostgreSQL an advisory lock makes them.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(7203)"))
    previous = run(session, _LAST).scalar() or GENESIS
    insert(
        session, AuditEvent, at=at, actor=actor, action=action, subject=subject, detail=detail,
        previous=previous, digest=_seal(at, actor, action, subject, detail, previous),
    )  # fmt: skip


def verify(session: Session) -> list[str]:
    """Walk the chain; one sentence for each event that does not hold, none when the trail is whole."""
    faults, previous = [], GENESIS
    for event in session.exec(select(AuditEvent).order_by(col(AuditEvent.id))):
        if event.previous != previous:
            faults.append(
                f"event {event.id}: does not follow the event before it (one was removed or inserted)"
            )
        if event.seal() != event.digest:
            faults.append(f"event {event.id}: its content was changed after it was written")
        previous = event.digest
    return faults
