"""What the engine does once its Prefect server answers, before it serves: take it, deploy, catch up, reconcile."""

from prefect.client.orchestration import get_client

from flows.automations import install
from flows.belonging import belong
from flows.catching_up import catch_up
from flows.context import context
from flows.deployments import deployments
from flows.reconcile import agree
from lifecycle.words import count_of


def make_ready(operations: str | None) -> list[str]:
    """Make the server run this record; returns what was done, in sentences for the terminal.

    `operations` is the Apprise URL that operations are told through. Raises AnotherRecord, UnknownVersion.
    """
    now, told = context(), []
    with get_client(sync_client=True) as client:
        belong(client, now.database, claim=True)
        for one in deployments(scheduled=True):
            one.apply()
        if older := catch_up():
            told.append(
                f"{count_of(older, 'run')} missed while out of service: the newest of each stands for them."
            )
        done = agree(client, now)
        if done:
            told.append(
                f"Runs made to agree with the record: {', '.join(f'{n} {what}' for what, n in done.items())}."
            )
    install(operations)
    return told
