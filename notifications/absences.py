"""Marks posts as away, gone or filled again; the next sweep tells whoever stands in what they inherit."""

from datetime import date, datetime, timedelta
from difflib import get_close_matches

from sqlmodel import Session, col, select

from lifecycle.words import say
from models import audit
from models.columns import identity
from models.people import Absence, Person
from notifications.posts import Posts


class PostRefused(ValueError):
    """The post, or what is said of it, cannot be used; says why and what to do."""


def find(session: Session, title: str) -> Person:
    """The post of that title. Raises PostRefused, with the nearest title, where there is none."""
    found = session.exec(select(Person).where(Person.title == title)).first()
    if found is None:
        near = get_close_matches(title, session.exec(select(Person.title)).all(), 1)
        raise PostRefused(
            f"There is no post {title!r} in the register" + (f"; did you mean {near[0]!r}?" if near else ".")
        )
    return found


def go_away(
    session: Session, title: str, first: date, last: date | None, by: str, at: datetime
) -> Person | None:
    """Mark the post as away from `first` to `last`, both inclusive; without `last` it is gone for good.

    Returns who stands in on the first day, None where nobody does. Said twice it is one absence.
    Raises PostRefused.
    """
    if last and last < first:
        raise PostRefused(f"The last day away, {say(last)}, is before the first, {say(first)}.")
    person = find(session, title)
    same = select(Absence).where(
        Absence.person_id == person.id, Absence.first == first, col(Absence.last).is_not_distinct_from(last)
    )
    if session.exec(same).first() is None:
        session.add(Absence(person_id=identity(person), first=first, last=last))
        until = {"last": last.isoformat()} if last else {}
        audit.record(session, at, by, "post away", title, first=first.isoformat(), **until)
        session.flush()
    return Posts(session, first).stand_in(person)


def come_back(session: Session, title: str, on: date, by: str, at: datetime) -> bool:
    """The post is there again from that day; returns whether it was away. Raises PostRefused."""
    person = find(session, title)
    absences = session.exec(
        select(Absence).where(
            Absence.person_id == person.id, col(Absence.last).is_(None) | (col(Absence.last) >= on)
        )
    ).all()
    for absence in absences:
        if absence.first >= on:
            session.delete(absence)
        else:
            absence.last = on - timedelta(days=1)
            session.add(absence)
    if absences:
        audit.record(session, at, by, "post back", title, on=on.isoformat())
    return bool(absences)
