"""Events that operations are told of; `flows/automations.py` says how."""

from prefect.events import emit_event
from prefect.runtime import flow_run
from prefect.utilities.urls import url_for


def tell_operations(event: str, about: str, message: str) -> None:
    """Emit `recommission.{event}` about one thing, such as a contract, with the message and a link to the run.

    The message says what has happened and what a person must do; it is sent as it is.
    """
    emit_event(
        f"recommission.{event}",
        resource={"prefect.resource.id": f"recommission.{about}", "prefect.resource.name": about},
        payload={"message": message, "link": url_for("flow-run", flow_run.id) or ""},
    )
