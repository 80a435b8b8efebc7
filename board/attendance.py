"""Who was at a meeting, and which members declared a conflict of interest: what the quorum is counted from."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from board.membership import seats
from board.refusals import BoardRefused
from lifecycle.words import say
from models import audit
from models.columns import identity
from models.contracts import Contract
from models.meetings import Attendance, Conflict, Meeting, Minutes, Role
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
    substitutes: Sequence[tuple[Person, Person]] = (),
) -> bool:
    """Record which members were present and which sent apologies; who is not named stays as recorded.

    `substitutes` are (who stood in, for which member); that member was not there. Returns whether anything
    changed. Raises AttendanceRefused for a meeting that is still to come or whose minutes are approved, for a
    post without a seat where the membership is on record, and for what cannot both be.
    """
    if meeting.on > at.date():
        raise AttendanceRefused(f"the Board of {say(meeting.on)} has not met yet")
    there, away = ({identity(one): one.title for one in members} for members in (present, apologies))
    stood_in = {identity(one): member for one, member in substitutes}
    in_person = dict(there)
    there |= {identity(one): one.title for one, _ in substitutes}
    away |= {identity(member): member.title for member in stood_in.values()}
    if both := there.keys() & away.keys():
        raise AttendanceRefused(f'"{there[min(both)]}" cannot both be present and send apologies')
    _seated(session, meeting, in_person | away, there, stood_in)
    changed = {}
    for key, title in (there | away).items():
        known = session.get(Attendance, (identity(meeting), key))
        was_there, member = key in there, stood_in.get(key)
        for_id = identity(member) if member else None
        if known is None or (known.present, known.for_id) != (was_there, for_id):
            changed[title] = f"for {member.title}" if member else "present" if was_there else "apologies"
            session.merge(
                Attendance(meeting_id=identity(meeting), person_id=key, present=was_there, for_id=for_id)
            )
    if changed:
        refuse_once_approved(session, meeting)
        session.flush()
        audit.record(
            session, at, by, "attendance recorded", f"Board of {meeting.on.isoformat()}", members=changed
        )
    return bool(changed)


def _seated(
    session: Session, meeting: Meeting, members: dict[int, str], there: dict[int, str], stood_in: dict[int, Person]
) -> None:  # fmt: skip
    """Refuse who has no seat, and who may not stand in, where the membership is on record."""
    held = {one.person_id: one for one in seats(session, meeting.on)}
    voting = {key: one for key, one in held.items() if one.role is not Role.ADVISER}
    if not voting:
        return
    if strange := members.keys() - held.keys():
        raise AttendanceRefused(
            f'"{members[min(strange)]}" has no seat on the Board on {say(meeting.on)}; give it one, or say for '
            "which member it stood in"
        )
    for key, member in stood_in.items():
        its = voting.get(identity(member))
        if its is None:
            raise AttendanceRefused(f'"{member.title}" is no voting member: nobody can stand in for it')
        if key in voting:
            raise AttendanceRefused(f'"{there[key]}" is a member: it speaks for itself only')
        if its.substitute_id not in (None, key):
            named = session.get_one(Person, its.substitute_id).title
            raise AttendanceRefused(
                f'the substitute of "{member.title}" is "{named}"; name another in its seat first'
            )
    if len({identity(member) for member in stood_in.values()}) < len(stood_in):
        raise AttendanceRefused("only one post can stand in for a member")


def minutes_approved(session: Session, meeting: Meeting) -> bool:
    """Whether the meeting's minutes are approved: what they are made of no longer changes."""
    its = select(Minutes.id).where(Minutes.meeting_id == meeting.id, col(Minutes.approved_at_id).is_not(None))
    return session.exec(its).first() is not None


def refuse_once_approved(session: Session, meeting: Meeting) -> None:
    """Raise AttendanceRefused where the meeting's minutes are approved."""
    if minutes_approved(session, meeting):
        raise AttendanceRefused(
            f"the minutes of the Board of {say(meeting.on)} are approved: nothing of it changes any more"
        )


def attended(session: Session, meeting: Meeting) -> dict[str, bool]:
    """The members whose attendance is on record, by post, and whether they were present."""
    rows = session.exec(
        select(Person.title, Attendance.present)
        .join(Attendance, col(Attendance.person_id) == col(Person.id))
        .where(Attendance.meeting_id == meeting.id)
        .order_by(Person.title)
    )
    return dict(rows.all())


def stood_in(session: Session, meeting: Meeting) -> dict[str, str]:
    """The substitutes who were there, and for which member, by post."""
    member = aliased(Person)
    rows = session.exec(
        select(Person.title, member.title)
        .join(Attendance, col(Attendance.person_id) == col(Person.id))
        .join(member, col(member.id) == col(Attendance.for_id))
        .where(Attendance.meeting_id == meeting.id, col(Attendance.present))
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
    refuse_once_approved(session, meeting)
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
    refuse_once_approved(session, meeting)
    session.delete(known)
    session.flush()
    audit.record(
        session, at, by, "conflict of interest withdrawn", contract.reference, on=meeting.on.isoformat(),
        member=member.title, nature=known.nature,
    )  # fmt: skip
