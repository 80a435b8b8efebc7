"""The right to read a calendar feed: a secret of 256 bits, of which only the hash is kept."""

from collections.abc import Sequence
from datetime import datetime
from hashlib import sha256
from secrets import token_urlsafe

from sqlmodel import Session, col, select, update

from models.contracts import Contract
from models.people import FeedToken, Person


class FeedRefused(LookupError):
    """There is no such post, department or feed."""


def for_post(session: Session, title: str, at: datetime) -> str:
    """A new secret for the feed of all that the post answers for. Raises FeedRefused."""
    person = session.exec(select(Person.id).where(Person.title == title)).first()
    if person is None:
        raise FeedRefused(f'there is no post "{title}": its title must be written as in the register')
    return _new(session, FeedToken(token_hash="", person_id=person, made_at=at))


def for_department(session: Session, department: str, at: datetime) -> str:
    """A new secret for the feed of all contracts of the department. Raises FeedRefused."""
    known = session.exec(select(Contract.department).distinct().order_by(Contract.department)).all()
    if department not in known:
        raise FeedRefused(
            f'no contract is of a department "{department}"; the register has: {", ".join(known) or "none"}'
        )
    return _new(session, FeedToken(token_hash="", department=department, made_at=at))


def _new(session: Session, row: FeedToken) -> str:
    secret = token_urlsafe(32)
    row.token_hash = _hash(secret)
    session.add(row)
    session.flush()
    return secret


def find(session: Session, secret: str) -> FeedToken | None:
    """The feed that the secret opens; None where there is none, or it was revoked."""
    return session.exec(
        select(FeedToken).where(FeedToken.token_hash == _hash(secret), col(FeedToken.revoked_at).is_(None))
    ).first()


def revoke(session: Session, number: int, at: datetime) -> None:
    """Close a feed, for whoever has its secret, for good. Raises FeedRefused."""
    closed = session.exec(
        update(FeedToken)
        .where(col(FeedToken.id) == number, col(FeedToken.revoked_at).is_(None))
        .values(revoked_at=at)
    )
    if not closed.rowcount:
        raise FeedRefused(f"there is no open feed {number}: `recommission feed list` shows them")


def every(session: Session) -> Sequence[FeedToken]:
    """Every feed, revoked ones too."""
    return session.exec(select(FeedToken).order_by(col(FeedToken.id))).all()


def whose(session: Session, token: FeedToken) -> str:
    """The post or the department that the feed is of."""
    return token.department or session.get_one(Person, token.person_id).title


def _hash(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
