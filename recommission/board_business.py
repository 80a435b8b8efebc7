"""`recommission board action`, `exception` and `case`: what the Board asks for and hears of beside the gates."""

from datetime import date
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission.board_agenda import Meeting
from recommission.options import US, AsJson, On, Reference, as_day, one_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.business import BoardAction, BusinessCase, ExceptionReport

action = typer.Typer(help="Actions that the Board asks for.", no_args_is_help=True)
exception = typer.Typer(help="Exception reports on contracts.", no_args_is_help=True)
case = typer.Typer(help="Invest-to-save business cases.", no_args_is_help=True)

Which = Annotated[
    str, typer.Argument(metavar="WHICH", help="Its reference, such as 2023-06-12/1, EX-1 or BC-1.")
]
Because = Annotated[str, typer.Option(help="Why. Always needed.")]
Post = Annotated[str, typer.Option(metavar="POST", help="The post, as in the register.")]


def pounds(text: str) -> Decimal:
    """An amount as people write it: 120000, £120,000; anything else ends with one message and exit status 2."""
    from recommission.errors import refuse

    try:
        amount = Decimal(text.strip().lstrip("£").replace(",", ""))
    except InvalidOperation:
        refuse(f"“{text}” is no amount in pounds. Write it as £120,000.")
    if not amount.is_finite():
        refuse(f"“{text}” is no amount in pounds. Write it as £120,000.")
    return amount


@action.command(
    "add",
    epilog='Example: recommission board action add 2023-06-12 "Bring prices" --owner "Head of Legal" --due 2023-07-31',
)
def add_action(
    meeting: Meeting,
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What is to be done.")],
    owner: Post,
    due: Annotated[date, typer.Option(parser=as_day, metavar="DAY", help="By when.")],
    item: Annotated[int | None, typer.Option(min=1, metavar="ITEM", help="The agenda item it comes from.")] = None,
    contract: Annotated[str, typer.Option(metavar="REF", help="The contract it is about.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Set an action at a meeting. Its owner is reminded before it falls due, and after."""
    from board import actions
    from board.agenda import find_item, hold
    from recommission.record import contract_called, meeting_day, post_called, record

    with record(on, write=True) as (now, session):
        held = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        made = actions.set_action(
            session, held, what, post_called(session, owner), due, US, now.at,
            find_item(session, held, item) if item else None,
            contract_called(session, contract) if contract else None,
        )  # fmt: skip
        _show([_action(session, made)], as_json)


@action.command(
    "done", epilog='Example: recommission board action done 2023-06-12/1 --evidence "report of 3 July"'
)
def action_done(
    which: Which,
    evidence: Annotated[str, typer.Option(help="What shows it. Always needed.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record that an action is done. `reopen` takes it back."""
    from board import actions
    from recommission.record import record

    with record(on, write=True) as (now, session):
        found = actions.find(session, which)
        actions.done(session, found, evidence, now.on, US, now.at)
        _show([_action(session, found)], as_json)


@action.command(
    "cancel", epilog='Example: recommission board action cancel 2023-06-12/1 --because "overtaken"'
)
def cancel_action(which: Which, because: Because = "", on: On = None, as_json: AsJson = False) -> None:
    """Record that an action is no longer wanted."""
    from board import actions
    from recommission.record import record

    with record(on, write=True) as (now, session):
        found = actions.find(session, which)
        actions.cancel(session, found, because, US, now.at)
        _show([_action(session, found)], as_json)


@action.command("reopen", epilog="Example: recommission board action reopen 2023-06-12/1")
def reopen_action(which: Which, on: On = None, as_json: AsJson = False) -> None:
    """Take back that an action was done or cancelled."""
    from board import actions
    from recommission.record import record

    with record(on, write=True) as (now, session):
        found = actions.find(session, which)
        actions.reopen(session, found, US, now.at)
        _show([_action(session, found)], as_json)


@action.command("list", epilog="Example: recommission board action list")
def list_actions(on: On = None, as_json: AsJson = False) -> None:
    """The actions that are open, the earliest due first."""
    from board import actions
    from recommission.record import record

    with record(on) as (_, session):
        _show([_action(session, one) for one in actions.open_ones(session)], as_json)


@exception.command(
    "raise",
    epilog='Example: recommission board exception raise H2I-BLOCK "occupancy below 75%" --what "Six of 30 places stood empty." --action "Agree a recovery plan" --severity high --by "Commissioning Manager, Placements"',
)
def raise_exception(
    reference: Reference,
    trigger: Annotated[str, typer.Argument(metavar="TRIGGER", help="What triggered it, in a few words.")],
    what: Annotated[str, typer.Option(help="What happened. Never a child's name.")],
    action: Annotated[str, typer.Option(help="What is done about it.")],
    by: Post,
    severity: Annotated[str, typer.Option(metavar="low|medium|high|critical")] = "medium",
    safeguarding: Annotated[bool, typer.Option("--safeguarding", help="Safeguarding of children is concerned.")] = False,
    due: Annotated[date | None, typer.Option(parser=as_day, metavar="DAY", help="By when the action is due.")] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Raise an exception on a contract: it stands on the next Board's agenda, with its paper drafted."""
    from board import business
    from models.business import Severity
    from recommission.record import contract_called, post_called, record

    with record(on, write=True) as (now, session):
        made = business.raise_exception(
            session, contract_called(session, reference), trigger, one_of("severity", Severity)(severity), what, action,
            post_called(session, by), now.on, now.at, safeguarding, due,
        )  # fmt: skip
        _show([_exception(session, made)], as_json)


@exception.command(
    "close", epilog='Example: recommission board exception close EX-1 --because "occupancy is back"'
)
def close_exception(
    which: Which,
    because: Because = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take it back.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Close an exception: no further Board hears of it."""
    from board import business
    from recommission.record import record

    with record(on, write=True) as (now, session):
        found = business.find_exception(session, which)
        if undo:
            business.reopen_exception(session, found, US, now.at)
        else:
            business.close_exception(session, found, because, now.on, US, now.at)
        _show([_exception(session, found)], as_json)


@exception.command("list", epilog="Example: recommission board exception list")
def list_exceptions(on: On = None, as_json: AsJson = False) -> None:
    """The exceptions that are open, oldest first."""
    from board import business
    from recommission.record import record

    with record(on) as (_, session):
        _show([_exception(session, one) for one in business.open_exceptions(session)], as_json)


@case.command(
    "submit",
    epilog='Example: recommission board case submit "Edge of care team" --what "A team that …" --cost 900000 --investment 120000 --saving 300000 --funding "the transformation reserve" --author "Commissioning Manager, Early Help"',
)
def submit_case(
    title: Annotated[str, typer.Argument(metavar="TITLE", help="What it is called.")],
    what: Annotated[str, typer.Option(help="What is proposed.")],
    cost: Annotated[Decimal, typer.Option(parser=pounds, metavar="POUNDS", help="What is spent in a year today.")],
    investment: Annotated[Decimal, typer.Option(parser=pounds, metavar="POUNDS", help="What is invested, once.")],
    saving: Annotated[Decimal, typer.Option(parser=pounds, metavar="POUNDS", help="What is saved in a year.")],
    funding: Annotated[str, typer.Option(help="Where the investment comes from.")],
    author: Post,
    years: Annotated[int | None, typer.Option(min=1, help="How long the saving lasts; permanent if left out.")] = None,
    benefits: Annotated[str, typer.Option(metavar="POST", help="Who answers for the saving.")] = "",
    contract: Annotated[str, typer.Option(metavar="REF", help="The contract it is about.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Submit an invest-to-save case: the Board recommends it, the senior leadership team decides."""
    from board import business
    from recommission.record import contract_called, post_called, record

    with record(on, write=True) as (now, session):
        made = business.submit(
            session, business.Case(title, what, cost, investment, saving, funding, years), post_called(session, author),
            now.on, now.at, post_called(session, benefits) if benefits else None,
            contract_called(session, contract) if contract else None,
        )  # fmt: skip
        _show([_case(session, made)], as_json)


@case.command("slt", epilog='Example: recommission board case slt BC-1 --approved --minute "SLT 2023/41"')
def slt_decided(
    which: Which,
    approved: Annotated[bool, typer.Option("--approved/--refused", help="What the team decided.")],
    minute: Annotated[str, typer.Option(help="The minute that records it. Always needed.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record what the senior leadership team decided; the next Board hears of it."""
    from board import business
    from recommission.record import record

    with record(on, write=True) as (now, session):
        found = business.find_case(session, which)
        business.decided(session, found, approved, now.on, minute, US, now.at)
        _show([_case(session, found)], as_json)


@case.command("withdraw", epilog="Example: recommission board case withdraw BC-1")
def withdraw_case(which: Which, on: On = None, as_json: AsJson = False) -> None:
    """Withdraw a case that is not decided."""
    from board import business
    from recommission.record import record

    with record(on, write=True) as (now, session):
        found = business.find_case(session, which)
        business.withdraw(session, found, US, now.at)
        _show([_case(session, found)], as_json)


@case.command("list", epilog="Example: recommission board case list")
def list_cases(on: On = None, as_json: AsJson = False) -> None:
    """Every business case, and where it stands."""
    from sqlmodel import col, select

    from models.business import BusinessCase
    from recommission.record import record

    with record(on) as (_, session):
        rows = session.exec(select(BusinessCase).order_by(col(BusinessCase.id))).all()
        _show([_case(session, one) for one in rows], as_json)


def _title(session: "Session", key: int) -> str:
    from models.people import Person

    return session.get_one(Person, key).title


def _action(session: "Session", one: "BoardAction") -> dict[str, Any]:
    state = "done" if one.done_on else "cancelled" if one.cancelled_because else "open"
    return {
        "reference": one.reference, "what": one.what, "who": _title(session, one.owner_id), "due": one.due_on,
        "state": state,
    }  # fmt: skip


def _exception(session: "Session", one: "ExceptionReport") -> dict[str, Any]:
    from models.contracts import Contract

    reference = session.get_one(Contract, one.contract_id).reference
    return {
        "reference": one.reference, "what": f"{reference}: {one.trigger} ({one.severity})",
        "who": _title(session, one.raised_by_id), "due": one.due_on, "state": "closed" if one.closed_on else "open",
    }  # fmt: skip


def _case(session: "Session", one: "BusinessCase") -> dict[str, Any]:
    return {
        "reference": one.reference, "what": one.title, "who": _title(session, one.author_id), "due": one.slt_due_on,
        "state": str(one.state),
    }  # fmt: skip


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    from lifecycle.words import say
    from recommission.record import show_json

    if as_json:
        show_json(rows)
        return
    for row in rows:
        due = f", due {say(row['due'])}" if row["due"] else ""
        typer.echo(f"{row['reference']}  {row['state']}{due}  {row['what']}  ({row['who']})")
    if not rows:
        typer.echo("None.")
