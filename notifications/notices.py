"""Messages that are about no alert: what the Board's papers lack, that a pack is out, what became of a paper."""

from collections.abc import Iterable
from datetime import datetime

from sqlmodel import Session

from lifecycle.policy import Policy
from models.alerts import Purpose
from models.notices import Notice
from notifications.posts import Posts
from notifications.wording import letter
from notifications.writing import Message, Sending, enqueue


def notify(
    session: Session, notices: Iterable[Notice], sending: Sending, policy: Policy, at: datetime
) -> tuple[int, list[str]]:
    """Put the notices into the outbox, in the caller's transaction; whoever stands in for a post hears instead.

    Returns how many messages were not there yet, and the posts that nobody with an address stands in for.
    """
    posts, messages, unreachable = Posts(session, at.date()), [], []
    for notice in notices:
        meant = posts.person(notice.person_id)
        person = posts.reached(meant)
        if person is None:
            unreachable.append(meant.title)
            continue
        body = letter(person, notice.lines, None if person is meant else meant)
        messages.append(Message(person, Purpose.BOARD, (), notice.subject, body, once=notice.key))
    return enqueue(session, messages, sending, policy, at), unreachable
