"""Sends what the Board's work tells people through the outbox. Imports no Prefect."""

from collections.abc import Iterable
from functools import partial

from sqlmodel import Session

from board import chasing, letters, packs
from board.chasing import Chase
from board.readiness import Lack, readiness
from flows.alerts_report import alerts_report
from flows.context import Context, channels, sending
from models.columns import identity
from models.meetings import Meeting
from models.notices import Notice
from models.papers import Edition, Pack
from notifications.links import Links
from notifications.notices import notify


def tell(session: Session, now: Context, notices: Iterable[Notice]) -> tuple[int, list[str]]:
    """Write the notices in the caller's transaction; the messages, and the posts that nobody could be told for."""
    with channels(now.settings) as made:
        return notify(session, notices, sending(now.settings, made), now.rules.policy, now.at)


def remind(session: Session, now: Context, chases: Iterable[Chase]) -> tuple[int, list[str]]:
    """Write each reminder that was never written before, one message a post."""
    return tell(session, now, letters.reminders(chasing.new(session, chases, now.on), now.on))


def table_of(lacks: Iterable[Lack]) -> list[dict[str, str | int]]:
    """What a meeting's papers lack, as the rows of a table in the Prefect UI."""
    return [
        {"Item": one.number, "Title": one.title, "Lacks": one.what, "Whom to ask": one.whom} for one in lacks
    ]


def address(now: Context, pack: Pack, person: int) -> str:
    """Where a post opens a pack: the exempt edition behind a link that is theirs."""
    if pack.edition is Edition.OPEN:
        return now.settings.portal_url.rstrip("/") + f"/packs/{pack.path.rsplit('/', 1)[-1]}"
    return Links(now.settings.portal_url, now.settings.keys).pack_url(identity(pack), person)


def publish_and_tell(session: Session, now: Context, held: Meeting, urgent_because: str = "") -> list[Pack]:
    """Publish what was compiled last, or late papers where a reason is given; members and authors are told."""
    home = now.settings.home
    if urgent_because.strip():
        alerts = alerts_report(session, now.rules.policy, now.on)
        packs.supplement(session, held, now.rules, alerts, urgent_because, home, now.on)
    out = packs.publish(session, held, home, now.rules.policy.board.secretary, now.at)
    lacks = readiness(session, held, now.rules, home, now.on)
    told = letters.published(session, held, out, partial(address, now))
    told += letters.late_papers(session, held, out, lacks, now.rules.boards.after(held.on))
    tell(session, now, told)
    return out
