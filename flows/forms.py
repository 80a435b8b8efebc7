"""The typed form of a waiting run, and what an answer to it says."""

from datetime import date
from typing import Any, Literal

from prefect.input import RunInput
from pydantic import Field, create_model

from board.verdicts import Decision
from flows.showing import gate_page
from lifecycle.stages import Verdict
from models.opening import Visit
from models.sheets import Sheet


def form(made: Sheet, refused: str = "") -> type[RunInput]:
    """What the waiting run asks: the Board's verdict, or, in a stage without a gate, whether the work is done."""
    fields = _verdict_fields(made) if made.gate else _completion_fields(made)
    # Named alike for all, since Prefect shows the name as the form's heading.
    asked = create_model("Verdict" if made.gate else "Completion", __base__=RunInput, **fields)
    asked._description = gate_page(made, refused)
    return asked


def _verdict_fields(made: Sheet) -> dict[str, Any]:
    optional: dict[str, tuple[Any, Any]] = {
        "conditions": (str, Field("", description="Conditions that the Board set.")),
        "moved_by": (str, Field("", description="The post of the member who moved it.")),
        "despite": (
            str,
            Field(
                "",
                description="Why the Board decided although the checklist has gaps or the paper is superseded.",
            ),
        ),
        "ends_on": (
            date | None,
            Field(None, description="The new last day, where the contract is ended early."),
        ),
        "urgent_by": (
            str,
            Field(
                "",
                description="For a decision between meetings: the post that took it. Leave empty for the Board.",
            ),
        ),
        "urgent_because": (str, Field("", description="Why it could not wait for the Board.")),
    }
    if made.lots:
        optional["lots"] = (
            list[str],
            Field(
                [], description=f"The lots it is limited to, of {', '.join(made.lots)}; all if left empty."
            ),
        )
    return {
        "verdict": (Literal[made.options], Field(description=f"What the Board decided: {made.gate}.")),
        "meeting": (
            date,
            Field(made.next_board, description="The day of the meeting, or of the urgent decision."),
        ),
        "minute": (str, Field(description="The number of the minute, such as 6.1.")),
        "reason": (str, Field(description="Why, as it is minuted: posts and services only, never a name.")),
        **optional,
    }


def _completion_fields(made: Sheet) -> dict[str, Any]:
    return {
        "on": (date | None, Field(None, description="The first day of the new service, or without the old one; today if left out.")),
        "despite": (str, Field("", description="Why it is done although the checklist has gaps.")),
    }  # fmt: skip


def decision(visit: Visit, answer: dict[str, Any]) -> Decision:
    """The verdict that a filled-in form says."""

    def text(name: str) -> str:
        return str(answer.get(name) or "")

    return Decision(
        reference=visit.reference,
        gate=visit.stage,
        verdict=Verdict(answer["verdict"]),
        on=date.fromisoformat(answer["meeting"]),
        reason=text("reason"),
        minute=text("minute"),
        conditions=text("conditions"),
        ends_on=date.fromisoformat(text("ends_on")) if text("ends_on") else None,
        moved_by=text("moved_by"),
        urgent_by=text("urgent_by"),
        urgent_because=text("urgent_because"),
        despite=text("despite"),
        lots=tuple(answer.get("lots") or ()),
        channel="form in the Prefect UI",
    )
