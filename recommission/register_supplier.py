"""`recommission register supplier join|leave`: who is on a framework or list, and on which of its lots."""

from datetime import date
from typing import Annotated

import typer

from recommission.options import US, AsJson, On, Reference
from recommission.suppliers import supplier_called

app = typer.Typer(help="Suppliers that join and leave frameworks and lists.", no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="SUPPLIER", help="The supplier's name, as in the register.")]
Lot = Annotated[str, typer.Option(metavar="LOT", help="Only this lot of it; all of it if left out.")]
Undo = Annotated[bool, typer.Option("--undo", help="Take the last joining or leaving back.")]
By = Annotated[str, typer.Option(metavar="POST", help="The post that records it.")]


@app.callback()
def group() -> None:
    """Suppliers that join and leave frameworks and lists."""


@app.command(
    epilog='Example: recommission register supplier join NAPL "Wren House School" --lot "Day places" --on 2022-09-01'
)
def join(
    reference: Reference, name: Name, lot: Lot = "", undo: Undo = False, by: By = US, on: On = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """A supplier joins, from the day of --on."""
    _record("join", reference, name, lot, undo, by, on, as_json)


@app.command(epilog='Example: recommission register supplier leave NAPL "Wren House School" --on 2023-03-31')
def leave(
    reference: Reference, name: Name, lot: Lot = "", undo: Undo = False, by: By = US, on: On = None, as_json: AsJson = False
) -> None:  # fmt: skip
    """A supplier leaves, the day of --on its last. What was called off from it goes on."""
    _record("leave", reference, name, lot, undo, by, on, as_json)


def _record(
    what: str, reference: str, name: str, lot: str, undo: bool, by: str, on: On, as_json: bool
) -> None:
    from dataclasses import asdict

    from lifecycle.words import say
    from recommission.errors import told
    from recommission.record import contract_called, post_called, record, show_json
    from register import members

    with told(members.MemberRefused), record(on, write=True) as (now, session):
        contract, supplier = contract_called(session, reference), supplier_called(session, name)
        who = by if by == US else post_called(session, by).title
        before = members.membership(session, contract, supplier)
        if undo:
            after = members.take_back(session, contract, supplier, who, now.at)
        else:
            change = members.join if what == "join" else members.leave
            after = change(session, contract, supplier, lot, now.on, who, now.at)
    if as_json:
        show_json({"reference": contract.reference, "supplier": supplier.name} | asdict(after))
        return
    if after == before:
        typer.echo(f"{supplier.name} was on {contract.reference} already; nothing changed.")
        return
    lots = f", lots: {', '.join(after.lots)}" if after.lots else ""
    stands = "is on it" if after.present else "is not on it"
    if after.left_on:
        stands = f"left, its last day {say(date.fromisoformat(after.left_on))}"
    typer.echo(f"{contract.reference}: {supplier.name} {stands}{lots}.")
