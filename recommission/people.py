"""`recommission people`: who is away, who is gone, and how each post wants to be told."""

import json
import re
from datetime import date, datetime, time
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from recommission.options import US, On

app = typer.Typer(help="Posts: absences, leavers, and how each wants to be told.", no_args_is_help=True)

Post = Annotated[str, typer.Argument(help="The post, by its title in the register.")]
Choice = TypeVar("Choice", bound=StrEnum)
AsJson = Annotated[bool, typer.Option("--json", help="As JSON.")]


@app.callback()
def group() -> None:
    """Posts: absences, leavers, and how each wants to be told."""


@app.command()
def absent(
    post: Post,
    first: Annotated[datetime, typer.Option("--from", formats=["%Y-%m-%d"], help="The first day away.")],
    last: Annotated[datetime, typer.Option("--to", formats=["%Y-%m-%d"], help="The last day away.")],
) -> None:
    """Mark a post absent: from its first day the next in the chain gets what it would have got."""
    _away(post, first.date(), last.date())


@app.command()
def gone(post: Post, on: On = None) -> None:
    """Mark a post as gone for good: the next in the chain inherits, until its contracts have a new owner."""
    _away(post, on, None)


def _away(title: str, first: date | None, last: date | None) -> None:
    from flows.context import context
    from models.session import unit_of_work
    from notifications.absences import PostRefused, go_away
    from recommission.errors import told

    now = context(first)
    with told(PostRefused), unit_of_work(now.database) as session:
        heir = go_away(session, title, first or now.on, last, US, context().at)
        stands_in = heir.title if heir else None
    if stands_in:
        typer.echo(f"{stands_in} stands in for {title}, and is told with the next sweep what they inherit.")
    else:
        typer.echo(
            f"Nobody stands in for {title}: give the post a deputy or a manager in the register.", err=True
        )


@app.command()
def back(post: Post, on: On = None) -> None:
    """The post is filled again: its absences end on the day before."""
    from flows.context import context
    from models.session import unit_of_work
    from notifications.absences import PostRefused, come_back
    from recommission.errors import told

    now = context(on)
    with told(PostRefused), unit_of_work(now.database) as session:
        was_away = come_back(session, post, now.on, US, context().at)
    typer.echo(f"{post} is back." if was_away else f"{post} was not away.")


@app.command()
def away(on: On = None, as_json: AsJson = False) -> None:
    """List who is away on a day, who stands in, and the contracts nobody answers for."""
    from dataclasses import asdict

    from sqlmodel import select

    from flows.context import context
    from models.people import Person
    from models.session import reading
    from notifications.continuity import unowned
    from notifications.posts import Posts

    now = context(on)
    with reading(now.database) as session:
        posts = Posts(session, now.on)
        rows = [
            {
                "post": person.title,
                "from": absence.first.isoformat(),
                "to": absence.last.isoformat() if absence.last else None,
                "stands_in": heir.title if (heir := posts.stand_in(person)) else None,
            }
            for person in session.exec(select(Person).order_by(Person.title))
            if (absence := posts.absence(person))
        ]
        nobody = unowned(session, now.on)
    if as_json:
        typer.echo(json.dumps({"away": rows, "unowned": [asdict(one) for one in nobody]}, ensure_ascii=False))
        return
    for row in rows:
        until = f"to {row['to']}" if row["to"] else "for good"
        typer.echo(f"{row['post']}: from {row['from']} {until}; {row['stands_in'] or 'nobody'} stands in")
    for one in nobody:
        typer.echo(f"Nobody answers for {one.reference} – {one.title}: {one.owner} is {one.why}.", err=True)


@app.command()
def prefer(
    post: Post,
    stream: Annotated[str | None, typer.Option(help='"decide by" or "ends on"; both if left out.')] = None,
    mode: Annotated[str, typer.Option(help='"at once", "daily", "weekly" or "off".')] = "at once",
    channel: Annotated[
        str | None, typer.Option(help="A tag of apprise.yaml; every channel if left out.")
    ] = None,
    quiet: Annotated[str | None, typer.Option(help="Hours nothing is sent in, such as 19:00-07:00.")] = None,
    working_days: Annotated[bool, typer.Option("--working-days", help="Only on working days.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say how a post wants to be told. What is mandatory can be timed, not switched off."""
    from sqlmodel import select

    from flows.context import channels, context
    from lifecycle.policy import Stream
    from lifecycle.preferences import Mode
    from models import audit
    from models.columns import identity
    from models.people import Preference
    from models.session import unit_of_work
    from notifications.absences import PostRefused, find
    from recommission.errors import told

    now = context()
    with told(PostRefused):
        streams = [_one_of(Stream, stream, "--stream")] if stream else list(Stream)
        chosen = _one_of(Mode, mode, "--mode")
        hours = _quiet(quiet)
        with channels(now.settings) as made:
            if channel and channel not in made.tags:
                raise PostRefused(
                    f"--channel {channel!r} is no tag of apprise.yaml: {', '.join(sorted(made.tags))}."
                )
        rows = []
        with unit_of_work(now.database) as session:
            person = find(session, post)
            for one in streams:
                said = session.exec(
                    select(Preference).where(Preference.person_id == person.id, Preference.stream == one)
                ).first() or Preference(person_id=identity(person), stream=one)
                said.mode, said.channel, said.working_days = chosen, channel, working_days
                said.quiet_from, said.quiet_to = hours
                session.add(said)
                rows.append(
                    {"post": post, "stream": one, "mode": chosen, "channel": channel, "quiet": quiet, "working_days": working_days}
                )  # fmt: skip
            audit.record(session, now.at, US, "preference", post, said=rows)
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        typer.echo(f"{post}, {row['stream']}: {chosen}" + (f", quiet {quiet}" if quiet else ""))


def _one_of(kind: type[Choice], text: str, option: str) -> Choice:
    from notifications.absences import PostRefused

    try:
        return kind(text)
    except ValueError:
        raise PostRefused(f"{option} {text!r}: choose one of {', '.join(kind)}.") from None


def _quiet(text: str | None) -> tuple[time | None, time | None]:
    from notifications.absences import PostRefused

    if text is None:
        return None, None
    match = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)", text)
    try:
        if match:
            return time.fromisoformat(match[1]), time.fromisoformat(match[2])
    except ValueError:
        pass
    raise PostRefused(f"--quiet {text!r}: write two times of day, such as 19:00-07:00.")
