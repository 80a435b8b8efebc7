"""Planning back from the Board's calendar: what must be decided when, and what a deferral costs.

Everything is counted from the contract's own dates, never from another milestone (month arithmetic is not
reversible), and lands on a meeting that is really held. The plan is a function of the contract, the policy
and the meetings, not of today: the same contract always has the same plan.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum

from lifecycle.boards import Boards, PaperLadder
from lifecycle.counting import months_after, months_before
from lifecycle.partial_dates import PartialDate
from lifecycle.policy import NoRule, Policy
from lifecycle.stages import GATES, Kind, Stage, Verdict


class MilestoneKind(StrEnum):
    """The dates a contract's clock sets."""

    CONTRACT_END = "contract end"
    NOTICE = "notice must be served by"
    EXTENSION = "extension decision by"
    NEEDS_ANALYSIS = "needs analysis due"
    BOARD = "Board decision by"
    PROCUREMENT = "procurement start"
    SERVICE_START = "new service start"
    ANNUAL_REVIEW = "annual review"


IN_CYCLE = frozenset({Kind.FRAMEWORK, Kind.PROVIDER_LIST, Kind.BLOCK, Kind.CONTRACT})
"""Kinds with a cycle of their own: call-offs follow their framework, spot placements their child's plan."""

LEAD_CLASS = {
    Kind.FRAMEWORK: "framework",
    Kind.PROVIDER_LIST: "framework",
    Kind.BLOCK: "block",
    Kind.CONTRACT: "small",
    Kind.CALL_OFF: "small",
    Kind.SPOT: "small",
}

ROUTES: dict[Verdict | None, tuple[Stage, ...]] = {
    None: (Stage.REVIEW, Stage.NEEDS_ANALYSIS, Stage.RECOMMISSION, Stage.PROCUREMENT),
    Verdict.RECOMMISSION: (Stage.RECOMMISSION, Stage.PROCUREMENT),
    Verdict.REMODEL: (Stage.REMODEL,),
    Verdict.DECOMMISSION: (),
}
"""The gates on the way to the new service, by the direction the Board gave; before it has, the longest."""

STEP = {
    Stage.NEEDS_ANALYSIS: "shortest.needs analysis",
    Stage.RECOMMISSION: "shortest.authority to tender",
    Stage.PROCUREMENT: "shortest.tender",
    Stage.REMODEL: "shortest.remodel",
}
"""The rule for the shortest time between the gate before and this one."""


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """What the plan of a contract is made from. `options` are the open extension options, in months.

    A contract that is not in force is one still to be procured. `reviewed` is the last review, or the day
    the contract came into the register.
    """

    reference: str
    kind: Kind
    start: PartialDate | None
    end: PartialDate | None
    successor_start: PartialDate | None
    notice_months: int | None
    options: tuple[int, ...]
    regime: str
    stage: Stage
    reviewed: date
    in_force: bool = True
    direction: Verdict | None = None


@dataclass(frozen=True, slots=True)
class PlannedMilestone:
    """A milestone and how it was worked out. `gate` tells Board decisions apart."""

    kind: MilestoneKind
    earliest: date
    latest: date
    words: str
    how: str
    gate: str = ""


@dataclass(frozen=True, slots=True)
class GatePlan:
    """One gate: when practice wants it, the Board that is due to take it, the last Board that still can."""

    stage: Stage
    due: date
    due_board: date
    last_board: date
    papers: PaperLadder
    how: str


@dataclass(frozen=True, slots=True)
class Plan:
    """A contract's plan: the gates still before it, and every milestone."""

    start_by: date | None
    gates: tuple[GatePlan, ...]
    milestones: tuple[PlannedMilestone, ...]

    def gate(self, stage: Stage) -> GatePlan | None:
        """The plan of a stage's gate, None where the contract has passed it or does not need it."""
        return next((gate for gate in self.gates if gate.stage is stage), None)


def plan(facts: ContractFacts, policy: Policy, boards: Boards) -> Plan:
    """The plan of one contract, dates inclusive.

    Raises NoRule where the policy lacks a rule it needs and NoMeeting beyond the Board's calendar.
    """
    gates = tuple(_gates(facts, policy, boards))
    return Plan(start_by(facts), gates, tuple(_milestones(facts, gates, policy, boards)))


def start_by(facts: ContractFacts) -> date | None:
    """The day the new service must start: as agreed, or the day after the old one may end at the earliest.

    None for an open-ended contract.
    """
    if not facts.in_force:
        return facts.start.earliest if facts.start else None
    if facts.successor_start and facts.successor_start.earliest:
        return facts.successor_start.earliest
    if facts.end and facts.end.earliest:
        return facts.end.earliest + timedelta(days=1)
    return None


def may_start(award_board: date, facts: ContractFacts, policy: Policy) -> date:
    """The first day the new service may start when this Board awards it: standstill, then mobilisation."""
    return _signed(award_board, facts, policy) + timedelta(
        days=_shortest("mobilisation", award_board, policy)
    )


def earliest_start(board: date, facts: ContractFacts, policy: Policy, boards: Boards) -> date:
    """The first day the new service may start when this Board, not an earlier one, takes the present gate.

    Every later gate is taken at the first meeting that the shortest step allows. Raises NoMeeting.
    """
    route = _route(facts)
    for stage in route[1:]:
        board = boards.on_or_after(board + timedelta(days=_shortest_of(stage, board, policy)))
    if route and route[-1] is Stage.PROCUREMENT:
        return may_start(board, facts, policy)
    return board + timedelta(days=_shortest("mobilisation", board, policy))


def _route(facts: ContractFacts) -> tuple[Stage, ...]:
    """The gates from the present stage on."""
    if facts.kind not in IN_CYCLE:
        return ()
    route = ROUTES[facts.direction]
    return route[route.index(facts.stage) :] if facts.stage in route else ()


def _gates(facts: ContractFacts, policy: Policy, boards: Boards) -> Iterator[GatePlan]:
    must_start, route = start_by(facts), _route(facts)
    if must_start is None or not route:
        return
    found: list[GatePlan] = []
    latest, why = must_start, ""
    for stage in reversed(route):
        if stage is route[-1]:
            latest, why = _last_to_finish(must_start, stage, facts, policy, boards)
        else:
            step = _shortest_of(found[-1].stage, latest, policy)
            why = f"{step} days before the Board of {_say(latest)} that decides the {GATES[found[-1].stage]}"
            latest = boards.on_or_before(latest - timedelta(days=step))
        months = policy.rule(f"lead.{LEAD_CLASS[facts.kind]}.{_lead(stage)}", must_start).days
        due = months_before(must_start, months)
        found.append(GatePlan(stage, due, boards.on_or_before(due), latest, boards.papers(latest), why))
    yield from reversed(found)


def _last_to_finish(
    must_start: date, stage: Stage, facts: ContractFacts, policy: Policy, boards: Boards
) -> tuple[date, str]:
    """The last Board whose decision at the route's last gate still lets the service start in time."""
    mobilisation = _shortest("mobilisation", must_start, policy)
    board = boards.on_or_before(must_start - timedelta(days=mobilisation))
    why = f"{mobilisation} days of mobilisation before the new service starts on {_say(must_start)}"
    if stage is Stage.PROCUREMENT:
        while may_start(board, facts, policy) > must_start:
            board = boards.on_or_before(board - timedelta(days=1))
        why += f", and standstill after the award ({facts.regime})"
    return board, why


def _milestones(
    facts: ContractFacts, gates: tuple[GatePlan, ...], policy: Policy, boards: Boards
) -> Iterator[PlannedMilestone]:
    if facts.stage is Stage.CLOSED:
        return
    if facts.in_force:
        yield from _term(facts, policy, boards)
    for gate in gates:
        yield PlannedMilestone(
            MilestoneKind.BOARD,
            gate.last_board,
            gate.last_board,
            _say(gate.last_board),
            f"the last Board that can still decide: {gate.how}",
            gate=GATES[gate.stage],
        )
        if gate.stage is Stage.NEEDS_ANALYSIS:
            yield _on(
                MilestoneKind.NEEDS_ANALYSIS,
                gate.papers.draft,
                f"its paper is due {policy.board.draft_days} working days before the Board of "
                f"{_say(gate.last_board)}",
            )
        if gate.stage is Stage.PROCUREMENT:
            yield _procurement_start(gate, policy)
    must_start = start_by(facts)
    if must_start and (not facts.in_force or facts.direction in (Verdict.RECOMMISSION, Verdict.REMODEL)):
        partial = facts.successor_start if facts.in_force else facts.start
        yield PlannedMilestone(
            MilestoneKind.SERVICE_START,
            must_start,
            must_start,
            partial.text if partial else _say(must_start),
            "as agreed for the new service" if partial else "the day after the present contract may end",
        )


def _term(facts: ContractFacts, policy: Policy, boards: Boards) -> Iterator[PlannedMilestone]:
    """The milestones of the contract's own term; an open-ended contract has its annual review instead."""
    end, closing = facts.end, facts.stage in (Stage.MOBILISATION, Stage.DECOMMISSION)
    if end is None or end.earliest is None or end.latest is None:
        yield _annual_review(facts, policy)
        return
    yield PlannedMilestone(
        MilestoneKind.CONTRACT_END, end.earliest, end.latest, end.text, f"the contract ends: {end.text}"
    )
    if facts.notice_months and facts.kind is not Kind.SPOT and not closing:
        yield _notice(facts, end, policy)
    if facts.options and not closing:
        yield _extension(facts, end, policy, boards)


def _annual_review(facts: ContractFacts, policy: Policy) -> PlannedMilestone:
    """The first anniversary of the start after the last review: no open-ended contract falls through."""
    months = policy.rule("annual review", facts.reviewed).days
    anchor = facts.start.earliest if facts.start and facts.start.earliest else facts.reviewed
    count = 1
    while (day := months_after(anchor, months * count)) <= facts.reviewed:
        count += 1
    return _on(
        MilestoneKind.ANNUAL_REVIEW,
        day,
        f"the contract has no end date: every {months} months from {_say(anchor)} it is reviewed",
    )


def _on(kind: MilestoneKind, day: date, how: str) -> PlannedMilestone:
    return PlannedMilestone(kind, day, day, _say(day), how)


def _notice(facts: ContractFacts, end: PartialDate, policy: Policy) -> PlannedMilestone:
    assert end.earliest and facts.notice_months
    exact = months_before(end.earliest, facts.notice_months)
    served = policy.calendar().previous_working(exact)
    return _on(
        MilestoneKind.NOTICE,
        served,
        f"{facts.notice_months} months' notice before {end.text}, counted from {_say(end.earliest)}: "
        f"{_say(exact)}" + ("" if served == exact else f", a day nothing is served on, so {_say(served)}"),
    )


def _extension(facts: ContractFacts, end: PartialDate, policy: Policy, boards: Boards) -> PlannedMilestone:
    assert end.earliest
    months = facts.notice_months or policy.rule("extension.notice", end.earliest).days
    must_tell = months_before(end.earliest, months)
    board = boards.on_or_before(must_tell)
    return _on(
        MilestoneKind.EXTENSION,
        board,
        f"the last Board before {_say(must_tell)}, when the supplier must be told ({months} months before "
        f"{end.text}); the option is for {facts.options[0]} months",
    )


def _procurement_start(gate: GatePlan, policy: Policy) -> PlannedMilestone:
    step = _shortest_of(Stage.PROCUREMENT, gate.last_board, policy)
    day = policy.calendar().previous_working(gate.last_board - timedelta(days=step))
    return _on(
        MilestoneKind.PROCUREMENT,
        day,
        f"tender and evaluation take {step} days at the shortest before the Board of {_say(gate.last_board)} awards",
    )


def _lead(stage: Stage) -> str:
    return {
        Stage.REVIEW: "review",
        Stage.NEEDS_ANALYSIS: "direction",
        Stage.RECOMMISSION: "authority to tender",
        Stage.REMODEL: "authority to tender",
        Stage.PROCUREMENT: "award",
    }[stage]


def _shortest(step: str, on: date, policy: Policy) -> int:
    return policy.rule(f"shortest.{step}", on).days


def _shortest_of(stage: Stage, on: date, policy: Policy) -> int:
    return policy.rule(STEP[stage], on).days


def _signed(award_board: date, facts: ContractFacts, policy: Policy) -> date:
    """The first day the contract may be signed: the day after standstill, the notice sent on the Board's day."""
    try:
        days = policy.rule(f"standstill.{facts.regime}", award_board).days
    except NoRule:
        return award_board
    return policy.calendar().next_working(award_board + timedelta(days=days)) + timedelta(days=1)


def _say(day: date) -> str:
    """A day as people write it: 1 September 2023."""
    return f"{day.day} {day:%B %Y}"
