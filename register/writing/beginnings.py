"""What the row of a new contract says of its cycle and of its plan."""

from datetime import date
from typing import Any

from lifecycle.partial_dates import PartialDate
from lifecycle.planning import IN_CYCLE, ContractFacts
from lifecycle.stages import Kind, Stage
from models.opening import DIRECTIONS
from register.rows import Row


def end(values: dict[str, Any]) -> PartialDate | None:
    """The end that counts: the forecast where there is one."""
    return values.get("forecast_end") or values.get("end")


def begun(start: PartialDate | None, today: date) -> bool:
    """Whether it has begun; one without a start has."""
    return not (start and start.earliest and start.earliest > today)


def in_force(values: dict[str, Any], today: date) -> bool:
    """As the row says; where it says nothing, from its start."""
    told = values.get("in_force")
    return begun(values.get("start"), today) if told is None else bool(told)


def cycle(contract: int, row: Row, today: date) -> dict[str, Any]:
    """The row of its cycle."""
    stage = row.values.get("stage") or Stage.REVIEW
    return {"contract_id": contract, "stage": stage, "stage_since": today, "direction": DIRECTIONS.get(stage)}


def facts(values: dict[str, Any], today: date) -> ContractFacts:
    """What the plan of a new contract is made from; the same that `models.planning` reads of it once it is written."""
    kind = values.get("kind", Kind.CONTRACT)
    stage = values.get("stage") if kind in IN_CYCLE else None
    lead, *others = values.get("authorities") or ("",)
    taken = dict(values.get("options_taken_up") or ())
    return ContractFacts(
        reference=values["reference"],
        kind=kind,
        start=values.get("start"),
        end=end(values),
        successor_start=values.get("successor_start"),
        notice_months=values.get("notice_months"),
        options=tuple(
            months
            for place, months in enumerate(values.get("extension_options") or (), 1)
            if place not in taken
        ),
        regime=values["regime"],
        stage=stage or Stage.REVIEW,
        reviewed=values.get("last_review") or values.get("registered_on") or today,
        in_force=in_force(values, today),
        direction=DIRECTIONS.get(stage) if stage else None,
        authorities=(lead, *sorted(others)) if lead else (),
    )
