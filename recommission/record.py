"""What the commands on the record share: opening it as of a day, finding what a person names, showing it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from sqlmodel import Session

    from flows.context import Context
    from lifecycle.boards import Boards
    from models.contracts import Contract
    from models.people import Person


@contextmanager
def opened(on: date | None) -> "Iterator[Context]":
    """The day's context over the migrated record; what a person did wrong in it ends with one message."""
    from board.refusals import BoardRefused
    from board.rendering.prepare import PackDataError
    from config.policy_file import PolicyRefused
    from flows.context import context
    from lifecycle.boards import NoMeeting
    from lifecycle.stages import IllegalMove, UnknownVersion
    from models.checklists import StepRefused
    from models.lots import SplitRefused
    from models.opening import CycleRefused
    from models.session import migrate
    from models.transitions import MoveRefused, StaleCycle
    from recommission.errors import told

    with told(
        PolicyRefused, NoMeeting, IllegalMove, UnknownVersion, StepRefused, SplitRefused, CycleRefused,
        MoveRefused, StaleCycle, BoardRefused, PackDataError,
    ):  # fmt: skip
        now = context(on)
        migrate(now.database)
        yield now


@contextmanager
def record(on: date | None, *, write: bool = False) -> "Iterator[tuple[Context, Session]]":
    """The day's context and a session: with `write` it is all committed at the end, or nothing is."""
    from models.session import reading, unit_of_work

    with opened(on) as now, (unit_of_work if write else reading)(now.database) as session:
        yield now, session


def contract_called(session: "Session", reference: str) -> "Contract":
    """The contract of that reference; one that is not there is refused with the nearest that are."""
    from sqlmodel import select

    from models.contracts import Contract
    from recommission.errors import did_you_mean, refuse

    contract = session.exec(select(Contract).where(Contract.reference == reference)).first()
    if contract is None:
        known = session.exec(select(Contract.reference)).all()
        refuse(
            f'The register has no contract "{reference}"{did_you_mean(reference, known)}'
            if known
            else "The register is empty: import people and contracts first (`recommission register import`)."
        )
    return contract


def post_called(session: "Session", title: str) -> "Person":
    """The post of that title; one that is not there is refused with the nearest that are."""
    from sqlmodel import select

    from models.people import Person
    from recommission.errors import did_you_mean, refuse

    post = session.exec(select(Person).where(Person.title == title)).first()
    if post is None:
        known = session.exec(select(Person.title)).all()
        refuse(f'The register has no post "{title}"{did_you_mean(title, known)}')
    return post


def meeting_day(boards: "Boards", day: date) -> date:
    """The day, where the Board meets on it; otherwise it is refused with the meetings around it."""
    from lifecycle.boards import NoMeeting
    from lifecycle.words import say
    from recommission.errors import refuse

    try:
        boards.papers(day)
    except NoMeeting:
        around = " and ".join(say(one) for one in (boards.before(day), boards.after(day)))
        refuse(f"The Board does not meet on {say(day)}; the meetings around it are those of {around}.")
    return day


def show_json(data: Any) -> None:
    """Print it for machines; days as ISO dates."""
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2, default=str))
