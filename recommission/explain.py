"""`recommission alerts explain`: why somebody did or did not get a message about a contract."""

from collections.abc import Iterator
from datetime import date
from textwrap import fill
from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import AsJson, Reference, as_day

if TYPE_CHECKING:
    from notifications.explaining import Explained, Explanation

WIDTH = 80


def explain(
    reference: Reference,
    post: Annotated[
        str | None, typer.Option("--person", metavar="POST", help="Why this post did or did not hear of it.")
    ] = None,
    on: Annotated[
        date | None,
        typer.Option("--on", parser=as_day, metavar="DAY", help="Only the messages written on this day."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Explain every date's ladder, who was told by which channel, what they answered and what comes next."""
    from dataclasses import asdict

    from notifications.explaining import explain as read
    from notifications.reasons import answer
    from recommission.record import contract_called, post_called, record, show_json

    with record(None) as (now, session):
        contract = contract_called(session, reference)
        person = post_called(session, post) if post else None
        made = read(session, now.rules.policy, contract, now.on, on)
        said = answer(session, made, person) if person else None
    if as_json:
        show_json(({"answer": said} if said else {}) | asdict(made))
        return
    for line in [*([said, ""] if said else []), *_lines(made)]:
        rung = line.startswith(" " * 4)
        hanging = " " * (34 if rung else 4 if line.startswith(" ") else 0)
        typer.echo(fill(line, WIDTH, subsequent_indent=hanging, break_on_hyphens=False))


def _lines(made: "Explanation") -> Iterator[str]:
    from lifecycle.words import say
    from notifications.reasons import due_words

    yield f"{made.reference} – {made.title}. Owner: {made.owner}."
    if made.on and not any(one.messages for one in made.dates):
        yield f"Nothing was written on {say(made.on)}:"
        for one in made.dates:
            yield f"  {due_words(one, made.on)}."
        return
    for one in made.dates:
        if one.messages or not made.on:
            yield ""
            yield from _date(one)


def _date(one: "Explained") -> Iterator[str]:
    from lifecycle.words import say
    from notifications.explaining import moment

    yield f"{one.what}, {one.words} ({one.stream})" + (f"; met on {say(one.met_on)}" if one.met_on else "")
    yield f"  Ladder: {one.ladder or 'none'}; {one.ladder_from}"
    for rung in one.rungs:
        yield f"    {say(rung.on):>17}  {rung.code:<10} {rung.became}"
    for post in one.meant:
        how = f"; {post.how}" if post.how else ""
        yield f"  For: {post.post} ({post.role}){how}"
    for sent in one.messages:
        yield (
            f"  {say(sent.written_on)}, {sent.purpose} to {sent.person} by {sent.channel} ({sent.because}): "
            f"“{sent.subject}”, {sent.state}"
        )
    for waiting in one.waiting:
        yield f"  Waits for the digest of {waiting.person} on {say(waiting.due_on)}"
    for given in one.answers:
        note = f" Note: {given.note}" if given.note else ""
        yield f"  Answer of {given.person}, {moment(given.at)}: {given.words}.{note}"
    if one.live:
        yield f"  Now: {one.live}"
    for step in one.steps:
        when = f"on {say(step.on)}" if step.on else "after that"
        yield f"  Then: {step.post} ({step.role}) {when}"
    yield f"  Next alert: {say(one.next_alert_on) if one.next_alert_on else 'none ahead'}"
