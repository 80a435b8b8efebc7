"""`recommission cycle`: where a contract stands in its commissioning cycle, whose move it is, and every move."""

from enum import StrEnum
from typing import Annotated

import typer

from lifecycle.stages import Stage, Verdict
from recommission.options import US, AsJson, Despite, On, Reference, one_of
from recommission.verdict import LEGAL, verdict

app = typer.Typer(
    help="The commissioning cycle: where contracts stand, and every move.", no_args_is_help=True
)


class Answer(StrEnum):
    """What a partner decided."""

    AGREED = "agreed"
    REFUSED = "refused"


@app.callback()
def group() -> None:
    """The commissioning cycle: where contracts stand, and every move."""


@app.command(epilog="Example: recommission cycle start NAPL-2023 --stage procurement")
def start(
    reference: Reference,
    stage: Annotated[
        Stage | None,
        typer.Option(
            parser=one_of("stage", Stage),
            metavar="STAGE",
            help="The stage it has come to already; review if left out.",
        ),
    ] = None,
    direction: Annotated[
        Verdict | None,
        typer.Option(
            parser=one_of("direction", (Verdict.REMODEL, Verdict.RECOMMISSION, Verdict.DECOMMISSION)),
            metavar="DIRECTION",
            help="What the Board decided it is on the way to: remodel, recommission or decommission.",
        ),
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Begin a contract's cycle, or bring in one that is in the middle of it, and say what happens next."""
    from models.opening import begin
    from models.sheets import sheet
    from recommission.moving import told_move
    from recommission.record import contract_called, record

    with record(on, write=True) as (now, session):
        contract_called(session, reference)
        stands = sheet(session, reference, now.rules, now.on).stage
        begin(
            session,
            reference,
            stage or Stage(stands or Stage.REVIEW),
            direction,
            US,
            now.on,
            now.at,
            now.rules,
        )
    told_move(now, reference, "stands in its cycle already" if stands else "its cycle has begun", as_json)


@app.command(epilog="Example: recommission cycle show NAPL --on 2022-04-25")
def show(reference: Reference, on: On = None, as_json: AsJson = False) -> None:
    """Everything about a contract's cycle on one screen: stage, whose move it is, checklist, dates, decisions."""
    from models.sheets import sheet
    from recommission.record import contract_called, record, show_json
    from recommission.sheet_screen import print_sheet

    with record(on) as (now, session):
        contract_called(session, reference)
        seen = sheet(session, reference, now.rules, now.on)
    if as_json:
        show_json(seen.as_json())
    else:
        print_sheet(seen, now.on)


@app.command(
    epilog='Example: recommission cycle step NAPL "market engagement" --evidence "soft market test of 3 May 2022"'
)
def step(
    reference: Reference,
    item: Annotated[
        str,
        typer.Argument(
            metavar="ITEM", help="The item, in the checklist's words; all are listed if left out."
        ),
    ] = "",
    evidence: Annotated[str, typer.Option(help="What shows it: a document, a link, a notice number.")] = "",
    by: Annotated[str, typer.Option(metavar="POST", help="The post that did it, as in the register.")] = "",
    undo: Annotated[
        bool, typer.Option("--undo", help="Take an item back that was recorded by mistake.")
    ] = False,
    because: Annotated[str, typer.Option(help="With --undo: why it is taken back.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record that an item of the stage's checklist is there, with what shows it. Without an item, list them."""
    from board.verdicts import find
    from models.checklists import complete, withdraw
    from models.sheets import sheet
    from recommission.errors import refuse
    from recommission.moving import told_move
    from recommission.record import contract_called, post_called, record, show_json
    from recommission.sheet_screen import print_checklist

    if not item and (evidence or undo):
        refuse('Name the item, as in: recommission cycle step NAPL "market engagement" --evidence "…".')
    with record(on, write=True) as (now, session):
        contract_called(session, reference)
        contract, cycle = find(session, reference)
        who = post_called(session, by).title if by else US
        if undo:
            withdraw(session, contract, cycle, item, because, who, now.at)
            said = f'"{item}" is taken back'
        elif item:
            new = complete(session, contract, cycle, now.rules.policy, item, evidence, who, now.on, now.at)
            said = f'"{item}" is recorded' if new else f'"{item}" was on record already; nothing changed'
        else:
            seen = sheet(session, reference, now.rules, now.on)
    if item:
        told_move(now, reference, said, as_json)
    elif as_json:
        show_json(seen.as_json()["checklist"])
    else:
        print_checklist(seen.checklist)


app.command(epilog=LEGAL)(verdict)


@app.command(
    epilog='Example: recommission cycle partner D2N2-CIC "Derby City Council" agreed --minute CAB/14'
)
def partner(
    reference: Reference,
    authority: Annotated[str, typer.Argument(metavar="AUTHORITY", help="The authority's name, in full.")],
    answer: Annotated[
        Answer,
        typer.Argument(parser=one_of("answer", Answer), metavar="agreed|refused", help="What it decided."),
    ],
    minute: Annotated[str, typer.Option(help="The reference of its own minute or decision.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record what another authority decided on a contract we share, on the day of --on.

    The last agreement lets our Board's verdict take effect; where one refuses, our Board must decide again.
    """
    from board.verdicts import record_partner
    from lifecycle.words import say
    from recommission.errors import refuse
    from recommission.moving import told_move
    from recommission.record import contract_called, record

    if not minute.strip():
        refuse("Name the minute or decision that records it: --minute.")
    with record(on, write=True) as (now, session):
        contract_called(session, reference)
        recorded = record_partner(
            session, reference, authority, answer is Answer.AGREED, now.on, minute, now.at, now.rules
        )
    said = f"{authority} {answer} on {say(now.on)}"
    moved = recorded.moved
    told_move(now, reference, f"{said}; {moved.from_stage} → {moved.to_stage}" if moved else said, as_json)


@app.command(epilog="Example: recommission cycle done NAPL --on 2023-09-01")
def done(reference: Reference, despite: Despite = "", on: On = None, as_json: AsJson = False) -> None:
    """Record that a stage's work is completed: mobilisation on the new service's first day, or the exit."""
    from board.verdicts import complete, find
    from recommission.moving import told_move
    from recommission.record import contract_called, record

    with record(on, write=True) as (now, session):
        contract_called(session, reference)
        _, cycle = find(session, reference)
        closed = cycle.stage is Stage.CLOSED
        moved = (
            None if closed else complete(session, reference, cycle.stage, now.on, now.at, now.rules, despite)
        )
    said = f"{moved.from_stage} completed" if moved else "was completed before; nothing changed"
    told_move(now, reference, said, as_json)


@app.command(epilog='Example: recommission cycle waiting --owner "Commissioning Manager, Education" --late')
def waiting(
    owner: Annotated[str, typer.Option(metavar="POST", help="Only contracts that this post owns.")] = "",
    department: Annotated[str, typer.Option(help="Only this department's.")] = "",
    late: Annotated[
        bool, typer.Option("--late", help="Only where no Board can decide in time, or a date is past.")
    ] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Every open cycle and whose move it is, the worst first."""
    from models import sheets
    from recommission import sheet_screen
    from recommission.errors import did_you_mean, refuse
    from recommission.record import post_called, record, show_json

    with record(on) as (now, session):
        post = post_called(session, owner).title if owner else ""
        seen = sheets.waiting(session, now.rules, now.on)
    departments = {one.department for one in seen}
    if department and department not in departments:
        refuse(f'No open cycle is of a department "{department}"{did_you_mean(department, departments)}')
    shown = [
        one
        for one in seen
        if post in ("", one.owner)
        and department in ("", one.department)
        and (not late or sheet_screen.late(one))
    ]
    if as_json:
        show_json([one.as_json() | {"float": sheet_screen.standing(one)} for one in shown])
    elif shown:
        sheet_screen.print_waiting(shown)
    else:
        typer.echo("Nothing waits." if not seen else f"None of the {len(seen)} open cycles is so.")


@app.command(epilog="Example: recommission cycle reconcile")
def reconcile(on: On = None, as_json: AsJson = False) -> None:
    """Make the Prefect runs agree with the record: one run for each open stage, none for what is past."""
    from recommission.errors import refuse
    from recommission.prefect_server import configure, healthy
    from recommission.record import opened, show_json

    with opened(on) as now:
        if not healthy(now.settings):
            refuse(
                f"No Prefect server answers at {now.settings.prefect_ui}: start it with `recommission up`, which "
                "reconciles too. The record is safe meanwhile, and verdicts can be recorded."
            )
        configure(now.settings)
        from prefect.client.orchestration import get_client

        from flows.belonging import AnotherRecord
        from flows.reconcile import agree
        from lifecycle.stages import UnknownVersion
        from recommission.errors import told

        with told(AnotherRecord, UnknownVersion), get_client(sync_client=True) as client:
            done = agree(client, now)
    if as_json:
        show_json(done)
    else:
        words = ", ".join(f"{count} {what}" for what, count in sorted(done.items()))
        typer.echo(f"Done to the runs: {words}." if words else "The runs agree with the record.")
