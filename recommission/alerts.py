"""`recommission alerts`: the sweep and the post by hand."""

from pathlib import Path
from typing import Annotated

import typer

from recommission import overrides, proof
from recommission.errors import refuse, told
from recommission.explain import explain
from recommission.options import On

app = typer.Typer(help="Alerts: raise what is due, send what waits.", no_args_is_help=True)
app.command()(proof.coverage)
app.command()(explain)
app.command()(overrides.ladder)
app.command()(overrides.answers_for)
app.command()(proof.excuse)
app.command()(proof.backtest)
app.command()(proof.simulate)


@app.callback()
def group() -> None:
    """Alerts: raise what is due, send what waits."""


@app.command()
def sweep(
    on: On = None,
) -> None:
    """Raise the alerts that are due, once each, and write their messages into the outbox."""
    from config.policy_file import PolicyRefused
    from flows.context import DayAhead, channels, context_of_sweep, sending
    from models.planning import replan_if_policy_changed
    from models.session import unit_of_work
    from notifications import sweeping
    from notifications.channels import ChannelError

    with told(PolicyRefused, ChannelError, DayAhead):
        now = context_of_sweep(on)
        with channels(now.settings) as made, unit_of_work(now.database) as session:
            replan_if_policy_changed(session, now.rules, now.on)
            done = sweeping.sweep(session, now.rules.policy, sending(now.settings, made), now.at)
    typer.echo(
        f"{done.alerts} alerts raised, {done.notifications} messages and {done.corrections} corrections written."
    )
    for words in done.unreachable:
        typer.echo(f"Nobody could be told: {words}", err=True)


@app.command()
def deliver() -> None:
    """Send every message that is due."""
    import os

    from config.policy_file import PolicyRefused
    from flows.context import channels, context
    from notifications import bounces, outbox
    from notifications.channels import ChannelError

    with told(PolicyRefused, ChannelError):
        now = context()
        with channels(now.settings) as made:
            done = outbox.deliver(now.database, made, f"command line:{os.getpid()}", outbox.utc_now)
            _, came_back = bounces.ask(now.database, made, outbox.utc_now())
    typer.echo(f"{done.accepted} sent, {done.waiting} wait for another try, {done.dead} cannot be delivered.")
    if came_back:
        typer.echo(f"{came_back} sent before came back: see `recommission alerts undelivered`.")


@app.command()
def bounced(
    file: Annotated[Path, typer.Argument(help="The mail server's report, as it was saved: FILE.eml.")],
) -> None:
    """Read a report that a message could not be delivered, and mark the message as bounced."""
    from flows.context import context
    from models.session import unit_of_work
    from notifications.bounces import BounceRefused, note_bounce, read_bounce
    from notifications.outbox import utc_now

    try:
        bounce = read_bounce(file.read_bytes())
        with unit_of_work(context().database) as session:
            one = note_bounce(session, bounce, utc_now(), "command line")
    except (OSError, BounceRefused) as error:
        said = error.strerror if isinstance(error, OSError) else error
        refuse(f"{file} was not taken: {said}. Nothing was changed.")
    typer.echo(f"Bounced: {one.subject}, to {one.recipient}: {bounce.why}")


@app.command()
def undelivered(
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """List the messages that were given up, and the live alerts nobody was told of; exit status 1 if any."""
    import json

    from flows.context import context
    from models.session import reading
    from notifications.undelivered import as_rows, dead_letters, untold

    with reading(context().database) as session:
        dead, nobody = dead_letters(session), untold(session)
    if as_json:
        found = {"dead_letters": as_rows(dead), "untold": as_rows(nobody)}
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        for letter in dead:
            typer.echo(
                f"{letter.written_on} {letter.person} by {letter.channel}, {letter.subject}: {letter.why}"
            )
        for one in nobody:
            typer.echo(
                f"Nobody could be told: {one.reference}, {one.what} {one.words}, raised {one.raised_on}"
            )
        if not dead and not nobody:
            typer.echo("Every live alert reached somebody or is on its way.")
    raise typer.Exit(1 if dead or nobody else 0)
