"""Who sits on the Board: seats by division with their substitutes, and who of them was present at a meeting."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy import bindparam
from sqlmodel import Session, col, or_, select

from board.refusals import BoardRefused
from lifecycle.words import say
from models import audit
from models.columns import identity
from models.meetings import Attendance, Conflict, Meeting, Membership, Role
from models.people import Person
from models.rows import run


class MembershipRefused(BoardRefused):
    """The seat cannot be given or left so, and the message says why."""


@dataclass(frozen=True, slots=True)
class Presence:
    """How many members, or substitutes for them, count towards a quorum; `divisions` is None without a membership."""

    members: int
    divisions: int | None = None


def seats(session: Session, on: date) -> list[Membership]:
    """The seats that are held on the day: the chair's first, then the members', then the advisers'."""
    order = list(Role)
    rows = session.exec(
        select(Membership)
        .where(Membership.first <= on, or_(col(Membership.last).is_(None), col(Membership.last) >= on))
        .order_by(col(Membership.division), col(Membership.id))
    )
    return sorted(rows, key=lambda seat: order.index(seat.role))


def seat(
    session: Session, person: Person, division: str, role: Role, first: date, substitute: Person | None, by: str, at: datetime
) -> Membership:  # fmt: skip
    """Give a post a seat from the day on; said again of a seat that it holds, the newer words stand.

    Raises MembershipRefused without a division, for a second chair, before a later seat, and for a post that would stand in for itself.
    """
    if not division.strip():
        raise MembershipRefused("say which division the seat is for")
    if substitute and substitute.id == person.id:
        raise MembershipRefused(f'"{person.title}" cannot stand in for itself')
    later = session.exec(
        select(col(Membership.first)).where(Membership.person_id == person.id, Membership.first > first)
    ).first()
    if later:
        raise MembershipRefused(f'"{person.title}" has a seat from {say(later)} on already')
    held = {one.person_id: one for one in seats(session, first)}
    chair = next((one for one in held.values() if one.role is Role.CHAIR), None)
    if role is Role.CHAIR and chair and chair.person_id != person.id:
        raise MembershipRefused(
            f'"{session.get_one(Person, chair.person_id).title}" is in the chair on {say(first)}; end that seat first'
        )
    given = held.get(identity(person)) or Membership(person_id=identity(person), division="", first=first)
    given.division, given.role = division.strip(), role
    given.substitute_id = substitute.id if substitute else None
    session.add(given)
    session.flush()
    audit.record(
        session, at, by, "seat on the Board given", person.title, division=given.division, role=role,
        first=given.first.isoformat(), substitute=substitute.title if substitute else "",
    )  # fmt: skip
    return given


def leave(session: Session, person: Person, last: date, by: str, at: datetime) -> Membership:
    """End the seat that a post holds on the day, which is its last. Raises MembershipRefused where it holds none."""
    held = next((one for one in seats(session, last) if one.person_id == person.id), None)
    if held is None:
        raise MembershipRefused(f'"{person.title}" has no seat on the Board on {say(last)}')
    held.last = last
    session.add(held)
    session.flush()
    audit.record(session, at, by, "seat on the Board left", person.title, last=last.isoformat())
    return held


def take_back(session: Session, person: Person, by: str, at: datetime) -> str:
    """Undo what was last said of the post's seat: its end, or else the whole seat. Returns which, in words.

    Raises MembershipRefused where it has none, or where it was present in that seat already.
    """
    newest = session.exec(
        select(Membership).where(Membership.person_id == person.id).order_by(col(Membership.first).desc())
    ).first()
    if newest is None:
        raise MembershipRefused(f'"{person.title}" has no seat on the Board')
    if newest.last:
        newest.last, told = None, "its end is taken back"
        session.add(newest)
    else:
        if met := _attended_since(session, newest):
            raise MembershipRefused(
                f'"{person.title}" is on record for the Board of {say(met)}; end the seat instead of taking it back'
            )
        session.delete(newest)
        told = "it is taken back"
    session.flush()
    audit.record(session, at, by, f"seat on the Board: {told}", person.title)
    return told


def _attended_since(session: Session, its: Membership) -> date | None:
    return session.exec(
        select(col(Meeting.on))
        .join(Attendance, col(Attendance.meeting_id) == col(Meeting.id))
        .where(Meeting.on >= its.first)
        .where((Attendance.person_id == its.person_id) | (Attendance.for_id == its.person_id))
    ).first()


_THERE = sa.select(col(Attendance.person_id), col(Attendance.present), col(Attendance.for_id)).where(
    col(Attendance.meeting_id) == bindparam("meeting")
)
_SEATS = select(col(Membership.person_id), col(Membership.division)).where(
    Membership.first <= bindparam("day"),
    or_(col(Membership.last).is_(None), col(Membership.last) >= bindparam("day")),
    Membership.role != Role.ADVISER,
)
_CONFLICTED = select(Conflict.person_id).where(
    Conflict.meeting_id == bindparam("meeting"), Conflict.contract_id == bindparam("contract")
)


def conflicts(session: Session, meeting: Meeting, contract_id: int | None) -> frozenset[int]:
    """The posts that declared an interest in the contract at the meeting."""
    return frozenset(run(session, _CONFLICTED, meeting=meeting.id, contract=contract_id).scalars())


def presence(session: Session, meeting: Meeting, conflicted: Collection[int] = ()) -> Presence | None:
    """Who counts at the meeting, without those who have a conflict; None where nobody's attendance is on record."""
    there = run(session, _THERE, meeting=meeting.id).all()
    if not there:
        return None
    present = {who: for_whom for who, was_there, for_whom in there if was_there}
    divisions: dict[int, str] = {who: division for who, division in run(session, _SEATS, day=meeting.on)}  # noqa: C416 - rows
    return counted(present, divisions, conflicted)


def counted(present: dict[int, int | None], divisions: dict[int, str], conflicted: Iterable[int]) -> Presence:
    """Count who was `present` (and for whom) of the members, by post with their `divisions`.

    A member counts, and one substitute for a member who was not there. Without a membership on record, everybody.
    """
    out = set(conflicted)
    if not divisions:
        return Presence(len(present.keys() - out))
    speaking = {who for who in present if who in divisions and who not in out and present[who] is None}
    speaking |= {
        member
        for who, member in present.items()
        if member in divisions and member not in present and who not in divisions and who not in out
    }
    return Presence(len(speaking), len({divisions[member] for member in speaking}))
