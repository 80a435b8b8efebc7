"""Raises the alerts that are due and writes their messages into the outbox."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

from prefect import flow, get_run_logger, task

from flows.context import channels, context, context_of_sweep, sending
from flows.days import day_of_run, day_run_name, on_its_days
from flows.proving import prove
from models.planning import replan_if_policy_changed
from models.session import unit_of_work
from notifications import heartbeat, sweeping


@task(name="Plan anew where the policy changed")
def replan(on: date) -> int:
    """A changed rule or a moved meeting changes dates; the record is planned with the policy in force."""
    now = context(on)
    with unit_of_work(now.database) as session:
        return replan_if_policy_changed(session, now.rules, now.on)


@task(name="Raise the alerts that are due")
def raise_due(on: date) -> dict[str, int]:
    """Alerts and messages in one transaction: an alert that is raised has its message."""
    now = context(on)
    with channels(now.settings) as made, unit_of_work(now.database) as session:
        done = sweeping.sweep(session, now.rules.policy, sending(now.settings, made), now.at)
    return {
        "alerts": done.alerts,
        "messages": done.notifications + done.corrections,
        "corrections": done.corrections,
        "unreachable": len(done.unreachable),
    }


@flow(name="sweep", flow_run_name=day_run_name)
@on_its_days
def sweep(on: date | None = None) -> dict[str, int]:
    """Raise each alert that is due, once, and show that nobody is forgotten. Sweeping a day again changes nothing.

    Args:
        on: The day to sweep for; today if it is left empty.
    """
    day = context_of_sweep(day_of_run(on)).on
    with watched_outside(day):
        replan(day)
        raised = raise_due(day)
    return raised | {"gaps": prove(day)}


@contextmanager
def watched_outside(day: date) -> Iterator[None]:
    """Tell the service outside, where one is set, how today's sweep ended; a ping that fails is only a warning."""
    state: heartbeat.State = "failed"
    try:
        yield
        state = "completed"
    finally:
        now = context()
        url = now.settings.heartbeat_url if day == now.on else ""  # a day replayed says nothing of today
        if url and (wrong := heartbeat.ping(url, state)):
            get_run_logger().warning("The service that watches from outside was not told: %s.", wrong)
