"""What `recommission doctor` looks at."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from email.utils import parseaddr

from config.settings import Settings
from recommission.errors import of_database


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at, in words."""

    well: bool
    words: str


def findings() -> Iterator[Finding]:
    """Look at everything in turn; a fault in one thing never hides another."""
    from config.settings import load_settings

    settings = load_settings()
    for look in (
        _sweep,
        _home,
        _policy,
        _database,
        _posts,
        _channels,
        _templates,
        _sender,
        _outside,
        _prefect,
    ):
        try:
            yield from look(settings)
        except Exception as error:
            yield Finding(False, f"{look.__name__.strip('_')}: {of_database(error) or error}")


def _sweep(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import inspect

    from config.settings import london_now
    from flows.context import rules_of
    from models.session import engine, reading
    from notifications import sweeping

    if not inspect(engine(settings.database)).has_table("fact"):
        return  # an empty database, which is said below
    with reading(settings.database) as session:
        missing = sweeping.overdue(session, rules_of(settings.policy).policy, london_now())
    yield Finding(not missing, missing or "every sweep has completed")


def _home(settings: Settings) -> Iterator[Finding]:
    yield Finding(
        os.access(settings.home, os.W_OK), f"home folder {settings.home.resolve()} can be written to"
    )


def _policy(settings: Settings) -> Iterator[Finding]:
    from config.settings import london_now
    from flows.context import rules_of

    rules = rules_of(settings.policy)
    following = rules.boards.on_or_after(london_now().date())
    yield Finding(
        True, f"policy {settings.policy}: {len(rules.policy.rules)} rules; the next Board is on {following}"
    )


def _database(settings: Settings) -> Iterator[Finding]:
    from sqlalchemy import inspect
    from sqlmodel import col, func, select

    from models.alerts import Notification
    from models.contracts import Contract
    from models.people import Person
    from models.session import engine, reading

    made = engine(settings.database)
    shown = made.url.render_as_string(hide_password=True)
    if not inspect(made).has_table("contract"):
        yield Finding(False, f"database {shown} is empty: import a register, or run `recommission up`")
        return
    with reading(settings.database) as session:
        contracts = session.exec(select(func.count()).select_from(Contract)).one()
        mute = session.exec(select(Person.title).where(col(Person.email).is_(None))).all()
        by_state = session.exec(
            select(Notification.state, func.count()).group_by(col(Notification.state))
        ).all()
    yield Finding(contracts > 0, f"database {shown} holds {contracts} contracts")
    yield _post({state: number for state, number in by_state})  # noqa: C416 - rows are no pairs to dict
    for title in mute:
        yield Finding(False, f'"{title}" has no e-mail address: nobody can be told in that post')


def _post(letters: Mapping[str, int]) -> Finding:
    """What waits, what of it is in doubt, what was given up; from the messages' number by state."""
    from models.alerts import Delivery

    doubts = {
        Delivery.RETRY: "refused for now or not reached",
        Delivery.UNCERTAIN: "perhaps arrived, and sent again unchanged",
        Delivery.SENDING: "in the hands of a worker, or left by one that died",
    }
    waiting = sum(letters.get(state, 0) for state in (Delivery.QUEUED, *doubts))
    why = ", ".join(f"{letters[state]} {words}" for state, words in doubts.items() if letters.get(state))
    dead = sum(letters.get(state, 0) for state in (Delivery.DEAD, Delivery.BOUNCED))
    said = f"{waiting} messages wait to be sent" + (f" ({why})" if why else "")
    return Finding(not dead, f"{said}, {dead} could not be delivered at all")


def _posts(settings: Settings) -> Iterator[Finding]:
    """Posts that the policy names and the register lacks, and contracts that nobody answers for."""
    from sqlalchemy import inspect
    from sqlmodel import select

    from config.settings import london_now
    from flows.context import rules_of
    from lifecycle.escalation import ROLES
    from models.people import Person
    from models.session import engine, reading
    from notifications.continuity import unowned
    from recommission.errors import did_you_mean

    if not inspect(engine(settings.database)).has_table("absence"):
        return
    policy = rules_of(settings.policy).policy
    named = {step.to: "escalation" for step in policy.escalation}
    named |= {role: f"stream “{one.stream}”" for one in policy.streams for role in one.hears}
    named |= {post: f"the Board, {kind} comments" for kind, post in policy.board.clearers.items()}
    named |= {policy.board.secretary: "the Board, secretary"}
    with reading(settings.database) as session:
        titles = session.exec(select(Person.title)).all()
        nobody = unowned(session, london_now().date())
    for title, where in named.items():
        if title not in (*ROLES, *titles):
            near = did_you_mean(title, (*ROLES, *titles))
            yield Finding(False, f'policy, {where}: the register has no post "{title}"{near}')
    for one in nobody:
        yield Finding(False, f"nobody answers for {one.reference}: {one.owner} is {one.why}")


def template_faults(settings: Settings) -> list[str]:
    """What is wrong with the pages and the messages, each composed once here and sent to nobody."""
    from importlib import import_module

    from notifications import trying

    # Named, not imported: the pages and the command line are strangers to each other.
    return [*import_module("portal.trying").faults(), *trying.faults(settings.sender)]


def _templates(settings: Settings) -> Iterator[Finding]:
    faults = template_faults(settings)
    for fault in faults:
        yield Finding(False, fault)
    if not faults:
        yield Finding(True, "every page and a message of each purpose can be composed")


def _outside(settings: Settings) -> Iterator[Finding]:
    told = bool(settings.heartbeat_url)
    yield Finding(
        True,
        "a service outside is told of each sweep"
        if told
        else "no service outside is told of each sweep: RECOMMISSION_HEARTBEAT_URL is not set",
    )


def _channels(settings: Settings) -> Iterator[Finding]:
    from flows.context import channels
    from notifications.channels import ChannelError
    from recommission.prefect_server import listens

    try:
        with channels(settings) as made:
            yield Finding(
                made.operations is not None,
                "operations are told of failed runs"
                if made.operations
                else "nobody is told of a failed run: give apprise.yaml a channel with the tag `operations`",
            )
            for tag in sorted(made.tags):
                server = made.mail_server(tag)
                if server is None:
                    yield Finding(True, f'channel "{tag}" is configured')
                else:
                    answers = listens(*server)
                    yield Finding(answers, f'channel "{tag}": mail server {server[0]}:{server[1]} ' + (
                        "answers" if answers else "does not answer; messages wait in the outbox until it does"
                    ))  # fmt: skip
            for title, tag in _preferred(settings):
                if unknown := made.unknown(tag):
                    yield Finding(False, f"{title} wants another channel than there is. {unknown}")
            for tag, count in _waiting(settings):
                if unknown := made.unknown(tag):
                    yield Finding(False, f"messages that no channel can take: {count}. {unknown}")
    except ChannelError as error:
        for fault in error.faults:
            yield Finding(False, f"channels: {fault}")


def _preferred(settings: Settings) -> Sequence[tuple[str, str]]:
    """The posts that want one channel alone, with its tag."""
    from sqlalchemy import inspect
    from sqlmodel import col, select

    from models.people import Person, Preference
    from models.session import engine, reading

    if not inspect(engine(settings.database)).has_table("preference"):
        return []
    with reading(settings.database) as session:
        rows = session.exec(
            select(Person.title, col(Preference.channel))
            .join(Preference, col(Preference.person_id) == col(Person.id))
            .where(col(Preference.channel).is_not(None))
            .distinct()
            .order_by(col(Person.title))
        )
        return [(title, tag or "") for title, tag in rows]


def _waiting(settings: Settings) -> Sequence[tuple[str, int]]:
    """The tags that unsent messages are for, with how many there are."""
    from sqlalchemy import inspect
    from sqlmodel import col, func, select

    from models.alerts import Delivery, Notification
    from models.session import engine, reading

    if not inspect(engine(settings.database)).has_table("notification"):
        return []
    unsent = [Delivery.QUEUED, Delivery.RETRY, Delivery.UNCERTAIN]
    with reading(settings.database) as session:
        return session.exec(
            select(Notification.channel, func.count())
            .where(col(Notification.state).in_(unsent))
            .group_by(col(Notification.channel))
            .order_by(col(Notification.channel))
        ).all()


def _sender(settings: Settings) -> Iterator[Finding]:
    address = parseaddr(settings.sender)[1]
    invented = address.endswith(".example")
    yield Finding(
        not invented,
        f"messages are sent by {address}"
        + ("; set RECOMMISSION_SENDER to your own address" if invented else ""),
    )


def _prefect(settings: Settings) -> Iterator[Finding]:
    from recommission.prefect_server import healthy

    up = healthy(settings)
    yield Finding(
        up,
        f"Prefect server {settings.prefect_ui} " + ("answers" if up else "is not running: `recommission up`"),
    )
