"""`recommission board members`: who sits on the Board, for which division, and who stands in for them."""

from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission.options import US, AsJson, On, as_day, one_of

if TYPE_CHECKING:
    from sqlmodel import Session

app = typer.Typer(help="The Board's members and their substitutes.", no_args_is_help=True)

Post = Annotated[str, typer.Argument(metavar="POST", help="The post, as in the register.")]


@app.callback()
def group() -> None:
    """The Board's members and their substitutes."""


@app.command("list", epilog="Example: recommission board members list --on 2023-06-12")
def list_(on: On = None, as_json: AsJson = False) -> None:
    """Who has a seat on the day."""
    from recommission.record import record

    with record(on) as (now, session):
        _show(session, now.on, as_json)


@app.command(
    epilog='Example: recommission board members seat "Service Director" --division "Commissioning" --role chair'
)
def seat(
    post: Post,
    division: Annotated[str, typer.Option(help="The division it speaks for.")] = "",
    role: Annotated[str, typer.Option(metavar="chair|member|adviser", help="An adviser does not count to the quorum.")] = "member",
    since: Annotated[date | None, typer.Option("--from", parser=as_day, metavar="DAY", help="The first day; today if left out.")] = None,
    substitute: Annotated[str, typer.Option(metavar="POST", help="Who stands in; anybody may if left out.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take back what was last said of its seat.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Give a post a seat. Said again, the newer words stand."""
    from board import membership
    from models.meetings import Role
    from recommission.record import post_called, record

    with record(on, write=True) as (now, session):
        person = post_called(session, post)
        if undo:
            membership.take_back(session, person, US, now.at)
        else:
            stands_in = post_called(session, substitute) if substitute else None
            as_role = one_of("role", Role)(role)
            membership.seat(session, person, division, as_role, since or now.on, stands_in, US, now.at)
        _show(session, max(since or now.on, now.on), as_json)


@app.command(epilog='Example: recommission board members leave "Service Director" --last 2023-06-30')
def leave(
    post: Post,
    last: Annotated[date | None, typer.Option(parser=as_day, metavar="DAY", help="The last day; today if left out.")] = None,
    undo: Annotated[bool, typer.Option("--undo", help="Take it back.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """End a post's seat."""
    from board import membership
    from recommission.record import post_called, record

    with record(on, write=True) as (now, session):
        person = post_called(session, post)
        if undo:
            membership.take_back(session, person, US, now.at)
        else:
            membership.leave(session, person, last or now.on, US, now.at)
        _show(session, now.on, as_json)


def _show(session: "Session", on: date, as_json: bool) -> None:
    from board.membership import seats
    from lifecycle.words import say
    from models.people import Person
    from recommission.record import show_json

    rows: list[dict[str, Any]] = [
        {
            "post": session.get_one(Person, one.person_id).title, "division": one.division, "role": str(one.role),
            "from": one.first, "to": one.last,
            "substitute": session.get_one(Person, one.substitute_id).title if one.substitute_id else None,
        }
        for one in seats(session, on)
    ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    for row in rows:
        until = f" to {say(row['to'])}" if row["to"] else ""
        stands_in = f", substitute: {row['substitute']}" if row["substitute"] else ""
        typer.echo(
            f"{row['role']:8}{row['post']} ({row['division']}), from {say(row['from'])}{until}{stands_in}"
        )
    if not rows:
        typer.echo(f"Nobody has a seat on {say(on)}: whoever is recorded as present counts.")
