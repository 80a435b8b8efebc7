"""`recommission board decide` and `minutes`: what a meeting decided beside the gates, and what is kept of it."""

from datetime import date
from typing import Annotated

import typer

from recommission.board_agenda import Item, Meeting
from recommission.options import US, AsJson, On, as_day


def decide(
    meeting: Meeting,
    item: Item,
    verdict: Annotated[
        str, typer.Argument(metavar="VERDICT", help="note, approve, recommend to SLT, refuse, defer or refer back.")
    ],
    minute: Annotated[str, typer.Option(help="The reference of the minute. Always needed.")] = "",
    reason: Annotated[str, typer.Option(help="Why, in a sentence; needed but to note or approve.")] = "",
    rejected: Annotated[str, typer.Option(help="The options that were considered and rejected.")] = "",
    conditions: Annotated[str, typer.Option(help="What it is subject to; for minutes, the corrections.")] = "",
    moved_by: Annotated[str, typer.Option(metavar="POST", help="The member who moved it.")] = "",
    supersedes: Annotated[
        bool, typer.Option("--supersedes", help="It corrects the decision on record, which was wrong.")
    ] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Record what the Board decided on an item that moves no contract. A gate is decided by `cycle verdict`."""
    from board import decisions
    from board.agenda import find_item, hold
    from models.agenda import ItemVerdict
    from recommission.options import one_of
    from recommission.record import meeting_day, post_called, record, show_json

    said_as = "recommend to slt" if verdict.strip().casefold() == "recommend" else verdict
    which = one_of("verdict", ItemVerdict)(said_as)
    with record(on, write=True) as (now, session):
        there = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        found = find_item(session, there, item)
        mover = post_called(session, moved_by) if moved_by else None
        said = decisions.ItemSaid(which, minute, reason, rejected, conditions, mover, supersedes)
        decisions.decide(session, there, found, said, US, now.at, now.rules)
        told = {"item": found.title, "verdict": str(which), "minute": minute, "state": str(found.state)}
    if as_json:
        show_json(told)
    else:
        typer.echo(f"“{told['item']}”: {told['verdict']} (minute {minute}); it is {told['state']}.")


def minutes(
    meeting: Meeting,
    approve_at: Annotated[
        date | None,
        typer.Option(parser=as_day, metavar="MEETING", help="Approved at this later Board: no change from then on."),
    ] = None,
    correction: Annotated[
        list[str] | None, typer.Option(help="With --approve-at: what was corrected; once for each.")
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Draft a meeting's minutes from the record, or approve them, and write them as PDF and Word.

    They are drafted anew each time until they are approved. Exempt items are in files of their own.
    """
    from board import minutes as its
    from board.agenda import hold
    from recommission.errors import refuse
    from recommission.record import meeting_day, record, show_json

    if correction and not approve_at:
        refuse("Corrections are made where the minutes are approved: say at which Board, with --approve-at.")
    with record(on, write=True) as (now, session):
        there = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        made = its.of_meeting(session, there) if approve_at else None
        made = made or its.draft_minutes(session, there, now.rules, now.on)
        if approve_at:
            later = hold(session, meeting_day(now.rules.boards, approve_at), now.rules)
            made = its.approve(session, there, later, correction or (), now.rules, US, now.at)
        paths = its.write(made, there.on, now.settings.home)
        approved = made.approved_on
    if as_json:
        show_json({"meeting": meeting, "approved": approved, "files": paths})
        return
    for path in paths:
        typer.echo(path)
