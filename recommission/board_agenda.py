"""`recommission board agenda`: what computes itself, and what the secretary changes in it."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission.options import US, AsJson, On, as_day, one_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from flows.context import Context
    from models.agenda import AgendaItem, ItemPurpose
    from models.meetings import Meeting as MeetingRow

app = typer.Typer(help="The agenda of a meeting.", no_args_is_help=True)

Meeting = Annotated[
    date, typer.Argument(parser=as_day, metavar="MEETING", help="The meeting's day, such as 2023-06-12.")
]
Item = Annotated[int, typer.Argument(min=1, metavar="ITEM", help="The item's number on the agenda.")]


@app.callback()
def group() -> None:
    """The agenda of a meeting: it computes itself; add, drop, move or mark what you will."""


@app.command(epilog="Example: recommission board agenda show 2023-06-12")
def show(meeting: Meeting, on: On = None, as_json: AsJson = False) -> None:
    """Compute the agenda and list it, with what is expected and not received."""
    from recommission.record import record

    with record(on, write=True) as (now, session):
        _listed(now, session, held(now, session, meeting), as_json)


@app.command(
    epilog='Example: recommission board agenda add 2023-06-12 "Sufficiency strategy" --for information'
)
def add(
    meeting: Meeting,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What the item is called.")],
    purpose: Annotated[
        str, typer.Option("--for", metavar="decision|information", help="What the Board is asked to do.")
    ] = "information",
    presenter: Annotated[str, typer.Option(metavar="POST", help="Who brings it, and its paper.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Add an item of your own."""
    from board import agenda
    from recommission.record import post_called, record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        who = post_called(session, presenter).id if presenter else None
        agenda.add(session, there, title, _purpose(purpose), who, US, now.at)
        _listed(now, session, there, as_json)


@app.command(
    epilog='Example: recommission board agenda drop 2023-06-12 7 --because "its analysis is not finished"'
)
def drop(
    meeting: Meeting,
    item: Item,
    because: Annotated[str, typer.Option(help="Why. Always needed.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Take an item off; computed again, it stays off. `restore` puts it back."""
    from board import agenda
    from recommission.record import record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        agenda.drop(session, there, agenda.find_item(session, there, item), because, US, now.at)
        _listed(now, session, there, as_json)


@app.command(epilog='Example: recommission board agenda restore 2023-06-12 "Home tuition"')
def restore(
    meeting: Meeting,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The dropped item's title, or a part of it.")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Put a dropped item back."""
    from board import agenda
    from recommission.record import record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        agenda.put_back(session, there, title, US, now.at)
        _listed(now, session, there, as_json)


@app.command(epilog="Example: recommission board agenda move 2023-06-12 9 --before 5")
def move(
    meeting: Meeting,
    item: Item,
    before: Annotated[int, typer.Option(min=1, metavar="ITEM", help="The item it is to stand before.")],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Move an item to where another stands."""
    from board import agenda
    from recommission.record import record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        moved, other = (agenda.find_item(session, there, number) for number in (item, before))
        agenda.shift(session, there, moved, other, US, now.at)
        _listed(now, session, there, as_json)


@app.command(epilog="Example: recommission board agenda mark 2023-06-12 9 --for decision")
def mark(
    meeting: Meeting,
    item: Item,
    purpose: Annotated[
        str, typer.Option("--for", metavar="decision|information", help="What the Board is asked to do.")
    ],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Mark an item for decision or for information."""
    from board import agenda
    from recommission.record import record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        found = agenda.find_item(session, there, item)
        agenda.mark(session, there, found, _purpose(purpose), US, now.at)
        _listed(now, session, there, as_json)


@app.command(
    epilog='Example: recommission board agenda exempt 2023-06-12 5 --paragraph 3 --because "a tender is running" '
    '--part "section: Financial Implications"'
)
def exempt(
    meeting: Meeting,
    item: Item,
    part: Annotated[
        str,
        typer.Option(
            metavar="PART", help='"paper" (all of it), "section: its heading" or "attachment: its title".'
        ),
    ] = "paper",
    paragraph: Annotated[
        int | None,
        typer.Option(min=1, max=7, help="The paragraph of Schedule 12A, Part 1. Left out: confidential, s.100A(3)."),
    ] = None,
    because: Annotated[
        str, typer.Option(help="Why the public interest is in keeping it. Always needed.")
    ] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Let it be published after all.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Mark a part of an item as not for publication: the open pack is then made without it."""
    from board import agenda, exemptions, packs
    from board.rendering.content import Exemption
    from recommission.record import record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        found = agenda.find_item(session, there, item)
        if undo:
            exemptions.unmark(session, found, part, US, now.at)
        else:
            known = packs.parts(session, found, there, now.rules, now.on)
            exemptions.mark(session, found, part, Exemption(paragraph, because), known, US, now.at)
        _listed(now, session, there, as_json)


def _purpose(word: str) -> "ItemPurpose":
    from models.agenda import ItemPurpose

    return one_of("purpose", ItemPurpose)(word)


def held(now: "Context", session: "Session", meeting: date) -> "MeetingRow":
    """The meeting, its agenda computed."""
    from board.agenda import compute, hold
    from notifications.continuity import unowned
    from recommission.record import meeting_day

    meeting_row = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
    compute(session, meeting_row, now.rules, len(unowned(session, now.on)))
    return meeting_row


def _listed(now: "Context", session: "Session", there: "MeetingRow", as_json: bool) -> None:
    from board.agenda import items
    from lifecycle.words import say
    from recommission.record import show_json

    rows = [_row(session, number, item) for number, item in enumerate(items(session, there), 1)]
    if as_json:
        show_json({"meeting": there.on, "items": rows})
        return
    typer.echo(f"Agenda of the Board of {say(there.on)}:")
    for row in rows:
        exempt = f" [not for publication: {', '.join(row['exempt'])}]" if row["exempt"] else ""
        expected = f" [expected, not received: ask {row['author']}]" if row["expected"] else ""
        typer.echo(
            f"{row['number']:>3}  {row['title']} ({row['kind']}, for {row['purpose']}){exempt}{expected}"
        )
        typer.echo(f"     {row['why']}")


def _row(session: "Session", number: int, item: "AgendaItem") -> dict[str, Any]:
    from board import exemptions, papers
    from models.people import Person

    who = papers.author(session, item)
    return {
        "number": number, "title": item.title, "kind": str(item.kind), "purpose": str(item.purpose),
        "state": str(item.state), "why": item.why, "author": session.get_one(Person, who).title if who else "",
        "expected": papers.awaited(session, item), "exempt": list(exemptions.of_item(session, item)),
    }  # fmt: skip
