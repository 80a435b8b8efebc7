"""`recommission cycle verdict`: what the Board decided, its consequences shown before they are recorded."""

import sys
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING, Annotated

import typer

from lifecycle.stages import Stage, Verdict, legal_moves
from recommission.options import AsJson, Despite, On, Reference, as_day, one_of

if TYPE_CHECKING:
    from flows.context import Context

LEGAL = "\n\n".join(
    [
        "The verdicts that may be passed, by the stage a contract stands in:",
        *(
            f"{stage}: {', '.join(move for move in legal_moves(stage) if isinstance(move, Verdict))}"
            for stage in Stage
            if stage is not Stage.CLOSED
        ),
        "Mobilisation and decommission end by completed work: recommission cycle done.",
        'Example: recommission cycle verdict NAPL recommission --minute 2022/31 --reason "best for the children"',
    ]
)


def verdict(
    reference: Reference,
    decided: Annotated[
        Verdict,
        typer.Argument(
            parser=one_of("verdict", Verdict), metavar="VERDICT", help="What was decided; the list is below."
        ),
    ],
    reason: Annotated[str, typer.Option(help="Why, in a sentence. Always needed.")] = "",
    minute: Annotated[str, typer.Option(help="The reference of the minute. Needed for a meeting.")] = "",
    meeting: Annotated[
        date | None,
        typer.Option(parser=as_day, metavar="DAY", help="The meeting's day; the last Board if left out."),
    ] = None,
    urgent_by: Annotated[
        str,
        typer.Option(
            metavar="POST", help="Decided between meetings by this post; reported to the next Board."
        ),
    ] = "",
    because_urgent: Annotated[
        str, typer.Option(help="With --urgent-by: why it could not wait for the Board.")
    ] = "",
    conditions: Annotated[str, typer.Option(help="What the decision is subject to.")] = "",
    rejected: Annotated[str, typer.Option(help="The options that were considered and rejected.")] = "",
    ends_on: Annotated[
        date | None,
        typer.Option(parser=as_day, metavar="DAY", help='With "end early": the contract\'s new last day.'),
    ] = None,
    moved_by: Annotated[str, typer.Option(metavar="POST", help="The member who moved it.")] = "",
    despite: Despite = "",
    lots: Annotated[
        str,
        typer.Option(metavar="LOT,LOT", help="Only for these lots, which become a contract of their own."),
    ] = "",
    split_to: Annotated[
        str, typer.Option("--as", metavar="REF", help="With --lots: the reference of that contract.")
    ] = "",
    gate: Annotated[
        Stage | None,
        typer.Option(
            parser=one_of("stage", Stage),
            metavar="STAGE",
            help="The stage it was decided in; the one the contract stands in if left out.",
        ),
    ] = None,
    supersedes: Annotated[
        bool,
        typer.Option("--supersedes", help="It corrects the last verdict on this contract, which was wrong."),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would follow, and record nothing.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Record it without asking.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record what the Board decided on a contract.

    What follows (next stage, dates that move, successor, what of a superseded verdict is put back) is shown first.
    On a terminal you are then asked whether to record it.
    """
    from board.superseding import last_verdict
    from board.verdicts import Decision, find, record_verdict
    from models.session import reading, unit_of_work
    from recommission.errors import refuse
    from recommission.moving import told_move
    from recommission.record import contract_called, opened, post_called, show_json
    from recommission.rehearsal import print_rehearsal, rehearse

    _hold_together(decided, reason, minute, meeting, urgent_by, because_urgent, ends_on, lots, split_to)
    with opened(on) as now:
        with reading(now.database) as session:
            contract_called(session, reference)
            _, cycle = find(session, reference)
            wrong = last_verdict(session, cycle) if supersedes else None
            if supersedes and wrong is None:
                refuse(f"{reference} has no verdict that stands, so none can be superseded.")
            since = date.min if wrong else cycle.stage_since
            said = Decision(
                reference=reference,
                gate=gate or (wrong.stage if wrong else cycle.stage),
                verdict=decided,
                on=now.on if urgent_by else _meeting(now, cycle.stage, since, meeting),
                reason=reason,
                minute=minute,
                conditions=conditions,
                ends_on=ends_on,
                moved_by=post_called(session, moved_by).title if moved_by else "",
                urgent_by=post_called(session, urgent_by).title if urgent_by else "",
                urgent_because=because_urgent,
                despite=despite,
                lots=tuple(name.strip() for name in lots.split(",") if name.strip()),
                split_to=split_to,
                options_rejected=rejected,
                supersedes=wrong.id if wrong else None,
            )
        seen = rehearse(now, said)
        if not as_json:
            print_rehearsal(seen, stderr=False)
        if dry_run:
            if as_json:
                show_json(seen.as_json())
            else:
                typer.echo("Nothing was recorded: this was a dry run.")
            return
        if seen.new and not yes and sys.stdin.isatty():
            if as_json:
                print_rehearsal(seen, stderr=True)
            if not typer.confirm("Record it?", err=True):
                typer.echo("Nothing was recorded.", err=True)
                raise typer.Exit(1)
        with unit_of_work(now.database) as session:
            recorded = record_verdict(session, replace(said, seen=seen.version), now.at, now.rules)
    told_move(
        now,
        recorded.reference,
        f"{decided} recorded" if seen.new else "on record already; nothing changed",
        as_json,
    )


def _hold_together(
    decided: Verdict,
    reason: str,
    minute: str,
    meeting: date | None,
    urgent_by: str,
    because_urgent: str,
    ends_on: date | None,
    lots: str,
    split_to: str,
) -> None:
    """Refuse options that are missing, or that do not go together."""
    from recommission.errors import refuse

    for wrong, words in (
        (not reason.strip(), "Say why it was decided: --reason."),
        (not urgent_by and not minute.strip(), "Name the minute that records it: --minute."),
        (urgent_by and meeting, "An urgent decision is taken between meetings: leave --meeting out."),
        (
            urgent_by and not because_urgent.strip(),
            "Say why it could not wait for the Board: --because-urgent.",
        ),
        (because_urgent and not urgent_by, "Name the post that took the urgent decision: --urgent-by."),
        (
            decided is Verdict.END_EARLY and not ends_on,
            "Say which day is the contract's new last: --ends-on.",
        ),
        (decided is not Verdict.END_EARLY and ends_on, '--ends-on goes with "end early" only.'),
        (split_to and not lots, "--as names the contract that lots become: say which with --lots."),
    ):
        if wrong:
            refuse(words)


def _meeting(now: "Context", stage: Stage, since: date, meeting: date | None) -> date:
    """The meeting asked for, or the last one; it must have been held, and the contract been there to decide."""
    from lifecycle.words import say
    from recommission.errors import refuse
    from recommission.record import meeting_day

    day = meeting_day(now.rules.boards, meeting) if meeting else now.rules.boards.on_or_before(now.on)
    if day > now.on:
        refuse(f"The Board of {say(day)} has not met yet: today is {say(now.on)}.")
    if meeting is None and day < since:
        refuse(
            f"No Board has met since it came to the stage “{stage}” on {say(since)}: name an "
            "earlier one with --meeting, or who decided between meetings with --urgent-by."
        )
    return day
