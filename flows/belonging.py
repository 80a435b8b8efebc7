"""Which record a Prefect server runs: one that runs another council's, or the demonstration's, is left alone."""

from prefect.client.orchestration import SyncPrefectClient
from prefect.client.schemas.actions import VariableCreate

from models.facts import record_identity
from models.session import unit_of_work

VARIABLE = "recommission_record"


class AnotherRecord(RuntimeError):
    """The Prefect server that answers runs another record; nothing was changed in it."""


def belong(client: SyncPrefectClient, database: str, claim: bool = False) -> None:
    """Make sure that the server runs this record; with `claim` a server that runs none yet is taken.

    Raises AnotherRecord.
    """
    with unit_of_work(database) as session:
        ours = record_identity(session)
    known = client.read_variable_by_name(VARIABLE)
    if known is None and claim:
        client.create_variable(VariableCreate(name=VARIABLE, value=ours))
    elif known is None or known.value != ours:
        raise AnotherRecord(
            "the Prefect server that answers runs another record (a demonstration that is still up, another home); "
            "set RECOMMISSION_PREFECT_PORT to the right one, or stop that one and start `recommission up`"
        )
