"""`recommission audit`: the trail of everything that was done, and whether it is whole."""

from typing import Annotated

import typer

from recommission.options import AsJson, On, Reference

app = typer.Typer(help="The audit trail: walked, and shown.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The audit trail: walked, and shown."""


@app.command(
    epilog="Example: recommission audit verify --head 5feceb66ffc86f38d952786c6d696c79c2dbc239dd4e91b46729d73a27fb57e9"
)
def verify(
    head: Annotated[
        str,
        typer.Option(metavar="DIGEST", help="A head that was written down earlier: it must still be there."),
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Walk the whole trail; each event that was changed, removed or inserted is named, and the exit status is 1.

    Write the head digest down outside this system from time to time, in the minutes for instance: given back with
    --head, it shows that nothing before it, and it itself, was taken away.
    """
    from sqlmodel import col, select

    from models import audit
    from recommission.record import record, show_json

    with record(None) as (_, session):
        faults = audit.verify(session)
        digests = session.exec(select(audit.AuditEvent.digest).order_by(col(audit.AuditEvent.id))).all()
    if head and head not in digests:
        faults.append(f"no event has the digest {head}: the trail was cut short or rewritten since")
    last = digests[-1] if digests else audit.GENESIS
    if as_json:
        show_json({"events": len(digests), "head": last, "whole": not faults, "faults": faults})
    else:
        for fault in faults:
            typer.echo(fault)
        typer.echo(f"{len(digests):,} events walked, {len(faults)} faults. Head: {last}")
    if faults:
        raise typer.Exit(1)


@app.command(epilog="Example: recommission audit show NAPL")
def show(reference: Reference, on: On = None, as_json: AsJson = False) -> None:
    """Everything that was done to a contract, by whom and when, up to and including the day."""
    from rich.table import Table
    from sqlmodel import col, select

    from config.settings import LONDON
    from models.audit import AuditEvent
    from recommission.record import contract_called, record, show_json
    from recommission.sheet_screen import console

    with record(on) as (_, session):
        contract_called(session, reference)
        events = [
            (event.at.astimezone(LONDON), event.actor, event.action, event.detail)
            for event in session.exec(
                select(AuditEvent).where(AuditEvent.subject == reference).order_by(col(AuditEvent.id))
            )
        ]
    events = [event for event in events if on is None or event[0].date() <= on]
    if as_json:
        show_json([dict(zip(("at", "by", "what", "detail"), event, strict=True)) for event in events])
        return
    table = Table("When", "By", "What", "Detail")
    for at, actor, action, detail in events:
        told = "; ".join(f"{name}: {value}" for name, value in detail.items() if value not in ("", None))
        table.add_row(f"{at:%Y-%m-%d %H:%M}", actor, action, told)
    if events:
        console().print(table)
    else:
        typer.echo(
            f"Nothing is on the trail of {reference}; what is imported stands there by its file's name."
        )
