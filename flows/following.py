"""After a verdict, wherever it came from: the run that waited for it ends, and the next stage's run starts."""

from collections import Counter
from datetime import date

from prefect import task
from prefect.client.orchestration import get_client

from flows.context import context
from flows.reconcile import agree


def follow(reference: str, on: date | None = None) -> Counter[str]:
    """Make the runs of one contract follow the record now; `reconcile` would do it later all the same."""
    with get_client(sync_client=True) as client:
        return agree(client, context(on), reference, replayed=on is not None, finished=True)


@task(name="Let the runs follow")
def runs_follow(reference: str, on: date | None) -> dict[str, int]:
    """The run that waited ends, the next stage's run starts."""
    return dict(follow(reference, on))
