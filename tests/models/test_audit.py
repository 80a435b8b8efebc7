"""The audit trail is append-only, and what is changed all the same is found."""

from datetime import UTC, datetime, timedelta
from threading import Thread
from zoneinfo import ZoneInfo

import pytest
import sqlalchemy as sa

from models import audit
from models.session import engine, migrate, reading, unit_of_work

AT = datetime(2022, 6, 13, 11, 30, 5, 123456, tzinfo=ZoneInfo("Europe/London"))


def write(url: str, count: int = 5) -> None:
    for number in range(count):
        with unit_of_work(url) as session:
            audit.record(
                session,
                AT + timedelta(minutes=number),
                "Board",
                "extend",
                f"FW/{number}",
                reason="“why”",
                n=number,
            )


def faults(url: str) -> list[str]:
    with reading(url) as session:
        return audit.verify(session)


def execute(url: str, *statements: str) -> None:
    with engine(url).connect().execution_options(write=True) as connection:
        for statement in statements:
            connection.execute(sa.text(statement))
        connection.commit()


def behind_its_back(url: str, *statements: str) -> None:
    """As somebody would who owns the database: without the triggers."""
    drop = (
        ["DROP TRIGGER auditevent_no_change ON auditevent"]
        if url.startswith("postgresql")
        else [f"DROP TRIGGER auditevent_no_{what}" for what in ("update", "delete", "replace")]
    )
    execute(url, *drop, *statements)


def test_a_trail_written_in_london_summer_time_holds(database: str) -> None:
    write(database)
    assert faults(database) == []


FORBIDDEN = {
    "a change": "UPDATE auditevent SET actor = 'nobody' WHERE id = 2",
    "a change that finds no row": "UPDATE auditevent SET actor = 'nobody' WHERE id = 99",
    "a removal": "DELETE FROM auditevent WHERE id = 2",
    "replacing a row": "INSERT OR REPLACE INTO auditevent SELECT id, at, 'nobody', action, subject, detail, previous, digest "
    "FROM auditevent WHERE id = 2",
    "replacing by its place": "INSERT OR REPLACE INTO auditevent SELECT 99, at, 'nobody', action, subject, detail, previous, digest "
    "FROM auditevent WHERE id = 2",
    "an upsert": "INSERT INTO auditevent SELECT * FROM auditevent WHERE id = 2 ON CONFLICT (id) DO UPDATE SET actor = 'nobody'",
    "emptying the table": "TRUNCATE auditevent",
    "emptying as a replica": "SET session_replication_role = replica; DELETE FROM auditevent",
}  # fmt: skip
ONLY = {"replacing a row": "sqlite", "replacing by its place": "sqlite", "an upsert": "postgresql",
        "emptying the table": "postgresql", "emptying as a replica": "postgresql",
        "a change that finds no row": "postgresql"}  # fmt: skip


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_database_refuses(what: str, database: str) -> None:
    if not database.startswith(ONLY.get(what, "")):
        pytest.skip("the other database has no such statement")
    write(database)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        execute(database, *FORBIDDEN[what].split("; "))
    assert faults(database) == []


@pytest.mark.parametrize(
    ("tampering", "found"),
    [
        ("UPDATE auditevent SET subject = 'FW/9' WHERE id = 2", ["event 2: its content was changed"]),
        ("UPDATE auditevent SET at = '2022-06-13 10:31:06' WHERE id = 3", ["event 3: its content was changed"]),
        ("DELETE FROM auditevent WHERE id = 3", ["event 4: does not follow"]),
        ("DELETE FROM auditevent WHERE id = 1", ["event 2: does not follow"]),
        ("INSERT INTO auditevent SELECT 6, at, actor, action, 'BLOCK', detail, 'x', digest FROM auditevent WHERE id = 5",
         ["event 6: does not follow", "event 6: its content was changed"]),
    ],
    ids=["a change", "a changed time", "a removal", "the first removed", "an insertion"],
)  # fmt: skip
def test_the_verifier_finds(tampering: str, found: list[str], database: str) -> None:
    write(database)
    behind_its_back(database, tampering)
    told = faults(database)
    assert [fault.startswith(start) for fault, start in zip(told, found, strict=True)] == [True] * len(
        found
    ), told


def test_a_migration_brings_dropped_triggers_back(database: str) -> None:
    write(database)
    behind_its_back(database)
    migrate(database)
    with pytest.raises(sa.exc.DBAPIError, match="append-only"):
        execute(database, FORBIDDEN["a removal"])


def test_writers_at_the_same_time_leave_one_whole_chain(database: str) -> None:
    threads = [Thread(target=write, args=(database, 5)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with reading(database) as session:
        assert len(session.exec(sa.select(audit.AuditEvent.id)).all()) == 20  # type: ignore[call-overload]
        assert audit.verify(session) == []


def test_the_clock_of_an_event_is_kept_in_utc(database: str) -> None:
    write(database, 1)
    with reading(database) as session:
        assert session.get_one(audit.AuditEvent, 1).at == AT.astimezone(UTC)
