"""`recommission alerts ladder` and `answers-for`: what one contract has of its own instead of the policy's."""

from typing import Annotated

import typer

from recommission.options import US, On, Reference


def ladder(
    reference: Reference,
    milestone: Annotated[str, typer.Argument(metavar="DATE", help='Which date, such as "contract end".')],
    because: Annotated[str, typer.Option(help="Why this contract differs; kept in the audit trail.")],
    rungs: Annotated[
        str | None,
        typer.Argument(help="As in the policy: months, days, working days, such as 6m,30d,10wd,0d."),
    ] = None,
    overdue_every: Annotated[
        int | None,
        typer.Option(
            min=0, metavar="DAYS", help="Chase so often after it, 0 never; the policy's if left out."
        ),
    ] = None,
    default: Annotated[bool, typer.Option("--default", help="Go back to the policy's ladder.")] = False,
    on: On = None,
) -> None:
    """Give one date of a contract a ladder of its own; its next alert is armed by it at once."""
    from sqlmodel import col, select

    from lifecycle.planning import MilestoneKind
    from lifecycle.words import say
    from models.cycles import Milestone
    from models.overrides import OverrideRefused, set_ladder
    from recommission.errors import refuse, told
    from recommission.options import one_of
    from recommission.record import contract_called, record

    kind = one_of("date of a contract", MilestoneKind)(milestone)
    if default == (rungs is not None):
        refuse("Give either the rungs, such as 6m,30d,0d, or --default for the policy's ladder.")
    if not because.strip():
        refuse("--because: say in a few words why this contract differs.")
    with told(OverrideRefused), record(on, write=True) as (now, session):
        contract = contract_called(session, reference)
        set_ladder(
            session, contract, kind, rungs, overdue_every, now.rules, now.on, now.at, US, because.strip()
        )
        armed = session.exec(
            select(Milestone)
            .where(Milestone.contract_id == contract.id, Milestone.kind == kind)
            .order_by(col(Milestone.earliest))
        ).all()
    typer.echo(f"{reference}, {kind}: {'the ladder of the policy' if rungs is None else rungs}.")
    for one in armed:
        of = f" ({one.gate})" if one.gate else ""
        typer.echo(f"Next alert{of}: {say(one.next_alert_on) if one.next_alert_on else 'none ahead'}")


def answers_for(
    reference: Reference,
    stream: Annotated[str, typer.Argument(help='"decide by" or "ends on".')],
    post: Annotated[str | None, typer.Argument(help="The post, by its title in the register.")] = None,
    owner: Annotated[bool, typer.Option("--owner", help="Go back to the contract's owner.")] = False,
    on: On = None,
) -> None:
    """Name the post that answers for one stream of a contract; what is open in it goes over."""
    from lifecycle.policy import Stream
    from models.overrides import OverrideRefused
    from models.overrides import answers_for as name
    from recommission.errors import refuse, told
    from recommission.options import one_of
    from recommission.record import contract_called, post_called, record

    which = one_of("stream", Stream)(stream)
    if owner == (post is not None):
        refuse("Give either the post, or --owner for the contract's owner.")
    with told(OverrideRefused), record(on, write=True) as (now, session):
        contract = contract_called(session, reference)
        person = post_called(session, post) if post else None
        name(session, contract, which, person, now.on, now.at, US)
        mute = person is not None and not person.email
    typer.echo(f"{reference}, {which}: {post or 'its owner'} answers.")
    if mute:
        typer.echo(f"{post} has no e-mail address: enter it in the register of posts.", err=True)
