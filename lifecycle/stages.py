"""The commissioning cycle: its stages, the Board's verdicts, and the one table of what may follow what.

Source: the Board's annual report of 25 April 2022, paragraph 3 ("all decisions and recommendations to
remodel, recommission or decommission services are made by this Board"); the seven gates are the
Analyse, Plan, Do, Review cycle of commissioning practice, a council's to change.
"""

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
    **{(stage, stay): stage for stage in GATES for stay in (Verdict.DEFER, Verdict.REFER_BACK)},
}
"""The one table: (stage, move) to the next stage. Whatever is absent is illegal.

When a new service has taken over, the old one's cycle closes and the new one begins its own in review.
"""


WORK: dict[Stage, tuple[str, ...]] = {
    Stage.REVIEW: ("contract review report", "value for money and outcomes", "what the market offers"),
    Stage.NEEDS_ANALYSIS: (
        "needs and sufficiency analysis",
        "spend and benchmarking",
        "market engagement",
        "options appraisal",
        "equality impact assessment",
    ),
    Stage.REMODEL: ("agreement with the supplier", "legal view of the modification", "revised specification"),
    Stage.RECOMMISSION: ("procurement strategy", "route and lots", "evaluation model", "timetable"),
    Stage.PROCUREMENT: ("tender published", "evaluation", "award recommendation", "standstill", "notices"),
    Stage.MOBILISATION: ("contract signed", "transfer of staff (TUPE)", "placements at risk", "readiness"),
    Stage.DECOMMISSION: (
        "consultation",
        "equality impact assessment",
        "notice served",
        "a transition plan for each placement",
        "final performance assessment",
    ),
}
"""What each stage has to deliver. Source: the seven-gate cycle of commissioning practice, a council's to change."""


class IllegalMove(ValueError):
    """The verdict or completion may not follow from the stage the contract is in."""


def legal_moves(stage: Stage) -> tuple[Move, ...]:
    """Every move that may follow from this stage."""
    return tuple(move for (at, move) in NEXT_STAGE if at is stage)


def next_stage(stage: Stage, move: Move) -> Stage:
    """The stage that follows; raises IllegalMove with the moves that would be legal."""
    try:
        return NEXT_STAGE[stage, move]
    except KeyError:
        legal = ", ".join(legal_moves(stage)) or "nothing: the cycle is closed"
        raise IllegalMove(f'"{move}" cannot follow from the stage "{stage}"; it may be: {legal}') from None
