"""Sends what the outbox holds."""

import os
from datetime import date
from socket import gethostname

from prefect import flow, task

from flows.context import channels, context
from flows.days import day_of_run, day_run_name, on_its_days
from flows.proving import prove
from notifications import bounces, outbox


@task(name="Send what is due")
def send() -> dict[str, int]:
    """One message after the other, each claimed, attempted, recorded; then what became of those before is asked."""
    now = context()
    with channels(now.settings) as made:
        done = outbox.deliver(now.database, made, f"{gethostname()}:{os.getpid()}", outbox.utc_now)
        _, bounced = bounces.ask(now.database, made, outbox.utc_now())
    return {"accepted": done.accepted, "waiting": done.waiting, "dead": done.dead, "bounced": bounced}


@flow(name="deliver", flow_run_name=day_run_name)
@on_its_days
def deliver(on: date | None = None) -> dict[str, int]:
    """Send every message that is due, each once.

    Args:
        on: Only names the run; messages leave when they are due. Leave it empty.
    """
    sent = send()
    if sent["dead"] or sent["bounced"]:
        prove(day_of_run(on))
    return sent
