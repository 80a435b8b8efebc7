"""What every flow and command starts from: the settings, the rules, the channels. Imports no Prefect."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import lru_cache
from pathlib import Path

from config.policy_file import load_policy
from config.settings import LONDON, Settings, load_settings, london_now
from lifecycle.boards import meetings
from lifecycle.words import say
from models.planning import Rules
from notifications.channels import Channels
from notifications.links import Links
from notifications.writing import Sending


def rules_of(policy: Path) -> Rules:
    """The rules of a policy file, and the Board's calendar that follows from it. Raises PolicyRefused."""
    return _rules(policy, policy.stat().st_mtime_ns if policy.exists() else 0)


@lru_cache(maxsize=4)
def _rules(policy: Path, _written: int) -> Rules:
    read = load_policy(policy)
    return Rules(read, meetings(read))


@dataclass(frozen=True)
class Context:
    """One entry's settings, rules and day. `at` is now in London, or 07:00 where another day is given."""

    settings: Settings
    rules: Rules
    on: date
    at: datetime

    @property
    def database(self) -> str:
        """The database URL."""
        return self.settings.database


def context(on: date | None = None) -> Context:
    """Read the settings and the clock, once."""
    settings = load_settings()
    now = london_now()
    at = datetime.combine(on, time(7), LONDON) if on and on != now.date() else now
    return Context(settings, rules_of(settings.policy), at.date(), at)


class DayAhead(ValueError):
    """The day has not come."""


def context_of_sweep(on: date | None = None) -> Context:
    """As `context`. Raises DayAhead: swept ahead of time, people would be told early and a missing sweep go unseen."""
    now = context(on)
    if now.on > london_now().date():
        raise DayAhead(
            f"{say(now.on)} has not come: nobody is told ahead of time. "
            "`recommission alerts simulate` shows what will be told."
        )
    return now


@contextmanager
def channels(settings: Settings) -> Iterator[Channels]:
    """The channels of `apprise.yaml`; their kept connections are let go at the end. Raises ChannelError with every fault."""
    made = Channels.read(settings.channels, os.environ)
    try:
        yield made
    finally:
        made.close()


def sending(settings: Settings, made: Channels) -> Sending:
    """What messages are written with: the channels, the sender, the signed links to the portal."""
    tags = {tag: made.is_mail(tag) for tag in made.tags}
    return Sending(tags, settings.sender, Links(settings.portal_url, settings.keys))
