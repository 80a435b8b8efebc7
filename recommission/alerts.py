"""`recommission alerts`: the sweep and the post by hand."""

import typer

from recommission.errors import told
from recommission.options import On

app = typer.Typer(help="Alerts: raise what is due, send what waits.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Alerts: raise what is due, send what waits."""


@app.command()
def sweep(
    on: On = None,
) -> None:
    """Raise the alerts that are due, once each, and write their messages into the outbox."""
    from config.policy_file import PolicyRefused
    from flows.context import channels, context
    from models.planning import replan_if_policy_changed
    from models.session import unit_of_work
    from notifications import sweeping
    from notifications.channels import ChannelError

    with told(PolicyRefused, ChannelError):
        now = context(on.date() if on else None)
        with channels(now.settings) as made, unit_of_work(now.database) as session:
            replan_if_policy_changed(session, now.rules, now.on)
            done = sweeping.sweep(session, now.rules.policy, made, now.settings.sender, now.at)
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
    from notifications import outbox
    from notifications.channels import ChannelError

    with told(PolicyRefused, ChannelError):
        now = context()
        with channels(now.settings) as made:
            done = outbox.deliver(now.database, made, f"command line:{os.getpid()}", outbox.utc_now)
    typer.echo(f"{done.accepted} sent, {done.waiting} wait for another try, {done.dead} cannot be delivered.")
