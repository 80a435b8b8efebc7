"""What Prefect's server does by itself: it tells operations of what went wrong, also while the worker is dead."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

from prefect.automations import AutomationCore, ChangeFlowRunState, EventTrigger, Posture, SendNotification
from prefect.blocks.notifications import SlackWebhook
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.objects import StateType
from prefect.exceptions import ObjectNotFound
from pydantic import SecretStr

from flows.deployments import BY_CLOCK, BY_NAME

PREFIX = "recommission: "
BLOCK = "recommission-operations"
SILENT_AFTER = timedelta(seconds=150)
"""Five heartbeats: a run that has not been heard of for so long is dead."""

_RUN = "{{ flow_run.name }}"
_LINK = "{{ flow_run | ui_url }}"
_WHY = f"{{{{ flow_run.state.message }}}}\n\nThe run: {_LINK}"
_SAID = "{{ event.payload.message }}\n\n{{ event.payload.link }}"


def _runs_of(names: Iterable[str]) -> dict[str, Any]:
    return {
        "match": {"prefect.resource.id": "prefect.flow-run.*"},
        "match_related": {"prefect.resource.role": "flow", "prefect.resource.name": sorted(names)},
    }


def _tellings(block: UUID) -> list[AutomationCore]:
    """Those that send a message to operations."""
    ours = _runs_of(BY_NAME)
    # `watch` fails when a sweep is missing, which has a message of its own.
    other = _runs_of(BY_NAME.keys() - {"watch"})
    # One message an hour for each flow: after an outage a whole night's runs are late at once.
    by_clock = _runs_of(flow.name for flow in BY_CLOCK) | {
        "for_each": {"related:flow:prefect.resource.id"}, "within": timedelta(hours=1),
    }  # fmt: skip
    late = (
        "It was due at {{ flow_run.expected_start_time }} and has not started: is `recommission up` running?"
    )
    table: list[tuple[str, str, dict[str, Any], str, str]] = [
        ("a run failed", "prefect.flow-run.Failed", other, f"Failed: {_RUN}", _WHY),
        ("a run crashed", "prefect.flow-run.Crashed", ours, f"Crashed: {_RUN}", _WHY),
        ("a run is late", "prefect.flow-run.Late", by_clock, f"Late: {_RUN}", f"{late}\n\nThe run: {_LINK}"),
        ("a gate is in danger", "recommission.gate.in-danger", {}, "In danger: {{ event.resource.name }}", _SAID),
        ("alerts are in danger", "recommission.alerts.in-danger", {}, "Alerts that reach nobody", _SAID),
        ("the sweep is missing", "recommission.sweep.missing", {}, "The sweep has not completed", _SAID),
    ]  # fmt: skip
    return [
        AutomationCore(
            name=PREFIX + name,
            description="Tells operations through the channel that apprise.yaml tags `operations`.",
            trigger=EventTrigger(expect={event}, posture=Posture.Reactive, **matching),
            actions=[SendNotification(block_document_id=block, subject=subject, body=body)],
        )
        for name, event, matching, subject, body in table
    ]


def _reaper() -> AutomationCore:
    """Marks a run as crashed whose process died: Prefect would show it as running for ever."""
    return AutomationCore(
        name=PREFIX + "a run is silent",
        description="Marks a run as crashed whose heartbeat has stopped, which frees its concurrency slot.",
        trigger=EventTrigger(
            after={"prefect.flow-run.heartbeat"},
            expect={"prefect.flow-run.*"},  # another beat, or any change of state, such as a suspension
            for_each={"prefect.resource.id"},
            posture=Posture.Proactive,
            within=SILENT_AFTER,
            **_runs_of(BY_NAME),
        ),
        actions=[
            ChangeFlowRunState(
                name="Crashed",
                state=StateType.CRASHED,
                force=False,
                message="The process of this run died. What it had done is in the record. What the schedule started "
                "is done by its next run; what a person started must be started again.",
            )
        ],
    )


def install(operations: str | None) -> None:
    """Bring the server's automations of ours to what is wanted here: made, changed, removed.

    `operations` is the Apprise URL for operations; without one nobody is told, and dead runs are marked all
    the same. One that a person switched off in the Prefect UI stays off.
    """
    with get_client(sync_client=True) as client:
        wanted = [_reaper()]
        if operations:
            # The one block of Prefect's that hands any Apprise URL on as it is. The URL is stored encrypted.
            saved = SlackWebhook(url=SecretStr(operations)).save(BLOCK, overwrite=True)
            wanted += _tellings(cast(UUID, saved))
        known = {found.name: found for found in client.read_automations() if found.name.startswith(PREFIX)}
        for one in wanted:
            found = known.pop(one.name, None)
            if found is None:
                client.create_automation(one)
                continue
            kept = one.model_copy(update={"enabled": found.enabled})
            if AutomationCore(**found.model_dump(exclude={"id"})) != kept:
                client.update_automation(found.id, kept)
        for stranger in known.values():
            client.delete_automation(stranger.id)
        if not operations:
            _forget_url(client)


def _forget_url(client: SyncPrefectClient) -> None:
    try:
        document = client.read_block_document_by_name(BLOCK, SlackWebhook.get_block_type_slug())
    except ObjectNotFound:
        return
    assert document.id
    client.delete_block_document(document.id)
