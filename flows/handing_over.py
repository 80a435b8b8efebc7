"""Hands over from a post that is away or gone, and back; the next sweep tells whoever stands in."""

from datetime import date

from prefect import flow

from flows.context import context
from lifecycle.words import say
from models.session import unit_of_work
from notifications.absences import come_back, go_away


@flow(name="hand-over", flow_run_name="hand over · {post}")
def hand_over(post: str, first: date | None = None, last: date | None = None) -> str:
    """Mark a post as away, or as gone for good: the next in its chain gets all it would have got.

    Whoever stands in is told with the next sweep what they inherit.

    Args:
        post: The post, by its title in the register.
        first: The first day away; today if it is left empty.
        last: The last day away; empty for somebody who has left.
    """
    now = context(first)
    with unit_of_work(now.database) as session:
        heir = go_away(session, post, now.on, last, "Prefect", now.at)
        stands_in = heir.title if heir else "Nobody"
    return f"{stands_in} stands in for {post} from {say(now.on)}."


@flow(name="take-back", flow_run_name="take back · {post}")
def take_back(post: str, on: date | None = None) -> str:
    """Say that a post is filled again, or its holder back.

    Args:
        post: The post, by its title in the register.
        on: The first day it is there again; today if it is left empty.
    """
    now = context(on)
    with unit_of_work(now.database) as session:
        was_away = come_back(session, post, now.on, "Prefect", now.at)
    return f"{post} is back from {say(now.on)}." if was_away else f"{post} was not away."
