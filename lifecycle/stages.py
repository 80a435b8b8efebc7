"""The commissioning cycle: its stages, the Board's verdicts, and the one table of what may follow what.

Source: the Board's annual report of 25 April 2022, paragraph 3 ("all decisions and recommendations to
remodel, recommission or decommission services are made by this Board"); the seven gates are the
Analyse, Plan, Do, Review cycle of commissioning practice, a council's to change.
"""

from collections.abc import Mapping
from enum import StrEnum


class Kind(StrEnum):
    """How a service is contracted for."""

    BLOCK = "block"
    FRAMEWORK = "framework"
    CALL_OFF = "call-off"
    PROVIDER_LIST = "approved provider list"
    SPOT = "spot"
    CONTRACT = "contract"


class Stage(StrEnum):
    """Where a contract stands in its cycle."""

    REVIEW = "review"
    NEEDS_ANALYSIS = "needs analysis"
    REMODEL = "remodel"
    RECOMMISSION = "recommission"
    PROCUREMENT = "procurement"
    MOBILISATION = "mobilisation"
    DECOMMISSION = "decommission"
    CLOSED = "closed"


class Verdict(StrEnum):
    """What the Board decides at a stage's gate."""

    CONTINUE = "continue"
    EXTEND = "extend"
    START_REVIEW = "start review"
    REMODEL = "remodel"
    RECOMMISSION = "recommission"
    DECOMMISSION = "decommission"
    APPROVE = "approve"
    AWARD = "award"
    ABANDON = "abandon"
    DEFER = "defer"
    REFER_BACK = "refer back"
    PUT_BACK = "put back"
    END_EARLY = "end early"
    WITHDRAW = "withdraw"


class Completion(StrEnum):
    """Work that ends a stage which has no gate of the Board's.

    `STARTED` is a service that began for the first time; `COMPLETED` one that took over from another, or ended.
    """

    COMPLETED = "completed"
    STARTED = "started"


Move = Verdict | Completion

GATES: dict[Stage, str] = {
    Stage.REVIEW: "contract review",
    Stage.NEEDS_ANALYSIS: "direction",
    Stage.REMODEL: "approval of the remodelled service",
    Stage.RECOMMISSION: "authority to tender",
    Stage.PROCUREMENT: "award",
}
"""What the Board is asked at the end of each stage; a stage that is absent ends by completed work."""

NEXT_STAGE: dict[tuple[Stage, Move], Stage] = {
    (Stage.REVIEW, Verdict.CONTINUE): Stage.REVIEW,
    (Stage.REVIEW, Verdict.EXTEND): Stage.REVIEW,
    (Stage.REVIEW, Verdict.START_REVIEW): Stage.NEEDS_ANALYSIS,
    (Stage.NEEDS_ANALYSIS, Verdict.REMODEL): Stage.REMODEL,
    (Stage.NEEDS_ANALYSIS, Verdict.RECOMMISSION): Stage.RECOMMISSION,
    (Stage.NEEDS_ANALYSIS, Verdict.DECOMMISSION): Stage.DECOMMISSION,
    (Stage.NEEDS_ANALYSIS, Verdict.EXTEND): Stage.REVIEW,
    (Stage.REMODEL, Verdict.APPROVE): Stage.MOBILISATION,
    (Stage.RECOMMISSION, Verdict.APPROVE): Stage.PROCUREMENT,
    (Stage.PROCUREMENT, Verdict.AWARD): Stage.MOBILISATION,
    (Stage.PROCUREMENT, Verdict.ABANDON): Stage.RECOMMISSION,
    (Stage.MOBILISATION, Completion.COMPLETED): Stage.CLOSED,
    (Stage.MOBILISATION, Completion.STARTED): Stage.REVIEW,
    (Stage.DECOMMISSION, Completion.COMPLETED): Stage.CLOSED,
    (Stage.NEEDS_ANALYSIS, Verdict.PUT_BACK): Stage.REVIEW,
    (Stage.REMODEL, Verdict.PUT_BACK): Stage.NEEDS_ANALYSIS,
    (Stage.RECOMMISSION, Verdict.PUT_BACK): Stage.NEEDS_ANALYSIS,
    (Stage.PROCUREMENT, Verdict.PUT_BACK): Stage.RECOMMISSION,
    (Stage.MOBILISATION, Verdict.PUT_BACK): Stage.PROCUREMENT,
    (Stage.DECOMMISSION, Verdict.PUT_BACK): Stage.NEEDS_ANALYSIS,
    **{
        (stage, Verdict.END_EARLY): Stage.DECOMMISSION
        for stage in Stage
        if stage not in (Stage.DECOMMISSION, Stage.CLOSED)
    },
    **{
        (stage, Verdict.WITHDRAW): Stage.CLOSED
        for stage in (Stage.NEEDS_ANALYSIS, Stage.RECOMMISSION, Stage.PROCUREMENT, Stage.MOBILISATION)
    },
    **{(stage, stay): stage for stage in GATES for stay in (Verdict.DEFER, Verdict.REFER_BACK)},
}
"""The one table: (stage, move) to the next stage. Whatever is absent is illegal.

When a new service has taken over, the old one's cycle closes and the new one begins its own in review.
A contract in force may be ended early; a service that never began may be withdrawn.
"""

REMODELLED: dict[tuple[Stage, Move], Stage] = {(Stage.MOBILISATION, Verdict.PUT_BACK): Stage.REMODEL}
"""Where a service that is remodelled goes instead: it was never procured."""

VERSION = 1
"""The version of the table. A cycle keeps the one its stage was opened under until its next stage: a table
that is changed gets a new number, and the old one stays in `TABLES` while contracts stand in it."""

TABLES: dict[int, Mapping[tuple[Stage, Move], Stage]] = {1: NEXT_STAGE}

STAYS = frozenset({Verdict.DEFER, Verdict.REFER_BACK})
"""The gate waits again."""

OUT_OF_TURN = frozenset({Verdict.PUT_BACK, Verdict.END_EARLY, Verdict.WITHDRAW})
"""May be decided at any time, also in a stage that has no gate."""

NEEDS_CHECKLIST = frozenset(Verdict) - STAYS - OUT_OF_TURN - {Verdict.ABANDON}
"""Verdicts that pass the gate, and so ask for what the stage must have."""


class IllegalMove(ValueError):
    """The verdict or completion may not follow from the stage the contract is in."""


class UnknownVersion(LookupError):
    """The cycle's stage was opened under a version of the table that this release no longer has."""


def legal_moves(stage: Stage, version: int = VERSION) -> tuple[Move, ...]:
    """Every move that may follow from this stage. Raises UnknownVersion."""
    return tuple(move for (at, move) in _table(version) if at is stage)


def next_stage(stage: Stage, move: Move, version: int = VERSION, direction: Verdict | None = None) -> Stage:
    """The stage that follows, by the version of the table the stage was opened under.

    Raises IllegalMove with the moves that would be legal, UnknownVersion.
    """
    table = _table(version)
    if direction is Verdict.REMODEL and (stage, move) in REMODELLED:
        return REMODELLED[stage, move]
    try:
        return table[stage, move]
    except KeyError:
        legal = ", ".join(legal_moves(stage, version)) or "nothing: the cycle is closed"
        raise IllegalMove(f'"{move}" cannot follow from the stage "{stage}"; it may be: {legal}') from None


def _table(version: int) -> Mapping[tuple[Stage, Move], Stage]:
    try:
        return TABLES[version]
    except KeyError:
        known = ", ".join(map(str, TABLES))
        raise UnknownVersion(
            f"the stage was opened under version {version} of the cycle; this release knows {known}"
        ) from None


def mermaid() -> str:
    """The table as a picture: the way of a contract, its verdicts on the arrows."""
    arrows: dict[tuple[Stage, Stage], list[str]] = {}
    for (stage, move), to in NEXT_STAGE.items():
        if move not in OUT_OF_TURN | STAYS:
            arrows.setdefault((stage, to), []).append(str(move))
    names = {stage: stage.name.lower() for stage in Stage}
    lines = [
        "stateDiagram-v2",
        *(f'    state "{stage}" as {name}' for stage, name in names.items() if " " in stage),
    ]
    lines += [
        f"    {names[stage]} --> {names[to]}: {', '.join(moves)}" for (stage, to), moves in arrows.items()
    ]
    return "\n".join([lines[0], "    [*] --> review", *lines[1:], "    closed --> [*]"])
