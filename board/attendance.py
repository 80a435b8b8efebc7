"""Who was at a meeting, and which members declared a conflict of interest: what the quorum is counted from."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session, col, select

from board.refusals import BoardRefused
from lifecycle.words import say
from models import audit
from models.columns import identity
from models.contracts import Contract
from models.meetings import Attendance, Conflict, Meeting
from models.people import Person


class AttendanceRefused(BoardRefused):
    """The attendance or the conflict cannot be recorded, and the message says why."""


def attend(
    session: Session,
    meeting: Meeting,
    present: Iterable[Person],
    apologies: Iterable[Person],
    by: str,
    at: datetime,
) -> bool:
    """Record which members were present and which sent apologies; who is not named stays as recorded.

    Returns whether anything changed. Raises AttendanceRefused for a meeting that is still to come, and for a
    member who is said to have been both.
    """
    if meeting.on > at.date():
        raise AttendanceRefused(f"the Board of {say(meeting.on)} has not met yet")
    there, away = ({identity(one): one.title for one in members} for members in (present, apologies))
    if both := there.keys() & away.keys():
        raise AttendanceRefused(f'"{there[min(both)]}" cannot both be present and send apologies')
    changed = {}
    for key, title in (there | away).items():
        known = session.get(Attendance, (identity(meeting), key))
        if known is None or known.present is not (key in there):
            changed[title] = "present" if key in there else "apologies"
            session.merge(Attendance(meeting_id=identity(meeting), person_id=key, present=key in there))
    if changed:
        session.flush()
        audit.record(
            session, at, by, "attendance recorded", f"Board of {meeting.on.isoformat()}", members=changed
        )
    return bool(changed)


def attended(session: Session, meeting: Meeting) -> dict[str, bool]:
    """The members whose attendance is on record, by post, and whether they were present."""
    rows = session.exec(
        select(Person.title, Attendance.present)
        .join(Attendance, col(Attendance.person_id) == col(Person.id))
        .where(Attendance.meeting_id == meeting.id)
        .order_by(Person.title)
    )
    return dict(rows.all())


def declare(
    session: Session,
    meeting: Meeting,
    contract: Contract,
    member: Person,
    nature: str,
    by: str,
    at: datetime,
) -> bool:
    """Record a member's conflict of interest in a contract at a meeting; returns whether anything changed.

    Declared again with another nature, the new one stands. Raises AttendanceRefused without a nature.
    """
    if not nature.strip():
        raise AttendanceRefused("say of what nature the conflict of interest is")
    known = session.get(Conflict, (identity(meeting), identity(member), identity(contract)))
    if known and known.nature == nature:
        return False
    conflict = known or Conflict(
        meeting_id=identity(meeting), person_id=identity(member), contract_id=identity(contract), nature=""
    )
    conflict.nature = nature
    session.add(conflict)
    session.flush()
    audit.record(
        session, at, by, "conflict of interest declared", contract.reference, on=meeting.on.isoformat(),
        member=member.title, nature=nature,
    )  # fmt: skip
    return True


def withdraw(
    session: Session, meeting: Meeting, contract: Contract, member: Person, by: str, at: datetime
) -> None:
    """Take a conflict back that was recorded by mistake; the trail keeps it. Raises AttendanceRefused."""
    known = session.get(Conflict, (identity(meeting), identity(member), identity(contract)))
    if known is None:
        raise AttendanceRefused(
            f'no conflict of interest of "{member.title}" in {contract.reference} is on record for the Board '
            f"of {say(meeting.on)}"
        )
    session.delete(known)
    session.flush()
    audit.record(
        session, at, by, "conflict of interest withdrawn", contract.reference, on=meeting.on.isoformat(),
        member=member.title, nature=known.nature,
    )  # fmt: skip
