"""Planning back from the Board's calendar: what must be decided when, by whom, and how that was worked out.

Everything is counted from the contract's own dates, never from another milestone (month arithmetic is not
reversible), and lands on a meeting that is really held. A plan is a function of the contract, the policy and
the meetings, not of today: the same contract always has the same plan. What today means for it is in
`lifecycle/outlook.py`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from typing import NamedTuple

from lifecycle.boards import Boards, PaperLadder
from lifecycle.counting import RULES, months_after, months_before
from lifecycle.partial_dates import PartialDate
from lifecycle.policy import Policy, Rule
from lifecycle.regimes import Clock, Regime, standstill, successor_regime
from lifecycle.stages import GATES, Kind, Stage, Verdict
from lifecycle.words import count_of, say


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


KEPT = 16384
"""How many results each step of planning keeps: contracts share Boards, laws and the ends of months."""

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

LEAD = {
    Stage.REVIEW: "review",
    Stage.NEEDS_ANALYSIS: "direction",
    Stage.REMODEL: "authority to tender",
    Stage.RECOMMISSION: "authority to tender",
    Stage.PROCUREMENT: "award",
}
"""The rule for how long before the end practice wants the gate decided."""


@dataclass(frozen=True, slots=True)
class ContractFacts:
    """What the plan of a contract is made from. `options` are the open extension options, in months.

    A contract that is not in force is one still to be procured. `reviewed` is the last review, or the day the
    contract came into the register. `annual_value` is in pounds, of the newest financial year known.
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
    authorities: tuple[str, ...] = ()
    annual_value: Decimal | None = None


class How(NamedTuple):
    """How a date was worked out: in words, from which dates, by which rules, over which days.

    `counted` names rules of `lifecycle.counting`; `over` is the first and last day that was counted across,
    so that the days skipped can be listed.
    """

    words: str
    inputs: tuple[tuple[str, date], ...] = ()
    rules: tuple[Rule, ...] = ()
    counted: tuple[str, ...] = ()
    over: tuple[date, date] | None = None

    def citations(self) -> tuple[str, ...]:
        """The sources of everything that was applied."""
        applied = [
            f"{rule.key}: {rule.value} {rule.unit} ({rule.standing}, {rule.citation})" for rule in self.rules
        ]
        return (*applied, *(f"{name}: {RULES[name].citation}" for name in self.counted))


class PlannedMilestone(NamedTuple):
    """A milestone and how it was worked out. `gate` tells Board decisions apart."""

    kind: MilestoneKind
    earliest: date
    latest: date
    words: str
    how: How
    gate: str = ""


class GatePlan(NamedTuple):
    """One gate: when practice wants it, the Board that is due to take it, the last Board that still can.

    `approvals` gives the last meeting of every authority that must agree, ours first; `binding` is the
    authority whose last meeting comes first, and `decided_by` that meeting. They decide side by side, in no
    order, so what is asked of them must be ready for the first of them.
    """

    stage: Stage
    due: date
    due_board: date
    last_board: date
    papers: PaperLadder
    how: How
    approvals: tuple[tuple[str, date], ...] = ()
    binding: str = ""

    @property
    def decided_by(self) -> date:
        """The day by which the gate must be ready: the last meeting in time of the authority that binds."""
        return min((day for _, day in self.approvals), default=self.last_board)


class Plan(NamedTuple):
    """A contract's plan: when the new service must start, the gates still before it, and every milestone."""

    facts: ContractFacts
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
    must_start = start_by(facts)
    gates: tuple[GatePlan, ...] = ()
    decisions: tuple[PlannedMilestone, ...] = ()
    if must_start and (stages := route(facts)):
        gates, decisions = _way(
            stages,
            must_start,
            LEAD_CLASS[facts.kind],
            bought_under(facts),
            facts.authorities if len(facts.authorities) > 1 else (),
            policy,
            boards,
        )
    milestones = tuple(_milestones(facts, must_start, decisions, policy, boards))
    return Plan(facts, must_start, gates, milestones)


def start_by(facts: ContractFacts) -> date | None:
    """The day the new service must start: as agreed, or the day after the old one may end at the earliest.

    A date without an earliest day ("by August 2023") counts from its latest. None for an open-ended contract.
    """
    if not facts.in_force:
        return first_day(facts.start)
    if (agreed := first_day(facts.successor_start)) is not None:
        return agreed
    ends = first_day(facts.end)
    return ends + timedelta(days=1) if ends else None


def first_day(partial: PartialDate | None) -> date | None:
    """The day to plan from: the earliest the words can mean, or their latest where they have no earliest."""
    return (partial.earliest or partial.latest) if partial else None


def route(facts: ContractFacts) -> tuple[Stage, ...]:
    """The gates from the present stage on."""
    if facts.kind not in IN_CYCLE:
        return ()
    stages = ROUTES[facts.direction]
    return stages[stages.index(facts.stage) :] if facts.stage in stages else ()


def bought_under(facts: ContractFacts) -> str | None:
    """The old contract's regime; None where the service is remodelled, so that nothing is bought."""
    return None if facts.direction is Verdict.REMODEL else facts.regime


@lru_cache(maxsize=KEPT)
def ready(decided: date, following: Stage | None, law: str | None, policy: Policy) -> date:
    """The first day for what follows when the last authority decides a gate: the next gate, or the new service.

    The new service may start after standstill, where it is bought (`bought_under`), and mobilisation.
    """
    if following:
        return decided + timedelta(days=policy.rule(STEP[following], decided).days)
    signed = standstill_after(decided, law, policy).may_sign_from if law else decided
    return signed + timedelta(days=shortest("mobilisation", decided, policy).days)


@lru_cache(maxsize=KEPT)
def standstill_after(awarded: date, regime: str, policy: Policy) -> Clock:
    """The standstill after an award under what succeeds this regime; the notice is sent on the award's day.

    The award is under the law its own procurement began under, neither the old contract's nor that of the
    award's day (SI 2024/716 r.5). For a plan it begins as late as the shortest tender allows.
    """
    began = awarded - timedelta(days=policy.rule(STEP[Stage.PROCUREMENT], awarded).days)
    law = Regime(regime)
    if law is Regime.PSR_2023:  # which has governed health services since 2024 only
        law = Regime(str(policy.rule("regime.health services", began).value))
    return standstill(successor_regime(law, began, policy), awarded, policy)


def shortest(step: str, on: date, policy: Policy) -> Rule:
    """The rule for the shortest time a step can be done in, in days."""
    return policy.rule(f"shortest.{step}", on)


class _Decision(NamedTuple):
    """What of a gate is the same for every contract on its way from there: all but when practice wants it."""

    last_board: date
    papers: PaperLadder
    how: How
    approvals: tuple[tuple[str, date], ...]
    binding: str
    milestones: tuple[PlannedMilestone, ...]


@lru_cache(maxsize=KEPT)
def _way(
    stages: tuple[Stage, ...],
    must_start: date,
    lead_class: str,
    law: str | None,
    shared: tuple[str, ...],
    policy: Policy,
    boards: Boards,
) -> tuple[tuple[GatePlan, ...], tuple[PlannedMilestone, ...]]:
    """The gates of a route and their milestones; kept, because contracts end with months, whole years together."""
    gates: list[GatePlan] = []
    decisions: list[_Decision] = []
    for stage in reversed(stages):
        if gates:
            then = gates[-1]
            made = _before_gate(stage, then.stage, then.last_board, then.decided_by, shared, policy, boards)
        else:
            made = _before_start(stage, must_start, law, shared, policy, boards)
        lead = policy.rule(f"lead.{lead_class}.{LEAD[stage]}", must_start)
        due = months_before(must_start, lead.days)
        gates.append(
            GatePlan(
                stage, due, boards.on_or_before(due), made.last_board, made.papers, made.how, made.approvals,
                made.binding,
            )
        )  # fmt: skip
        decisions.append(made)
    milestones = [one for made in reversed(decisions) for one in made.milestones]
    if Stage.PROCUREMENT in stages[1:]:
        milestones.append(_procurement_start(gates[0].last_board, gates[0].decided_by, policy))
    return tuple(reversed(gates)), tuple(milestones)


@lru_cache(maxsize=KEPT)
def _before_gate(
    stage: Stage,
    following: Stage,
    board: date,
    until: date,
    authorities: tuple[str, ...],
    policy: Policy,
    boards: Boards,
) -> _Decision:
    """A gate decided so that the following one is ready `until` then, which our Board decides on that day."""
    approvals = _approvals(stage, following, None, until, authorities, policy, boards)
    step = policy.rule(STEP[following], approvals[0][1])
    words = f"{step.value} days before the Board of {say(board)} that decides the {GATES[following]}"
    return _decision(
        stage, approvals, How(words, (("next gate decided by", until),), (step,)), policy, boards
    )


@lru_cache(maxsize=KEPT)
def _before_start(
    stage: Stage,
    must_start: date,
    law: str | None,
    authorities: tuple[str, ...],
    policy: Policy,
    boards: Boards,
) -> _Decision:
    """A route's last gate decided so that the new service starts in time, bought under a law or (None) not bought."""
    approvals = _approvals(stage, None, law, must_start, authorities, policy, boards)
    return _decision(stage, approvals, _finish(approvals[0][1], must_start, law, policy), policy, boards)


def _decision(
    stage: Stage, approvals: tuple[tuple[str, date], ...], how: How, policy: Policy, boards: Boards
) -> _Decision:
    last, shared = approvals[0][1], len(approvals) > 1
    binding = min(approvals, key=lambda approval: approval[1])[0] if shared else ""
    approvals, papers = approvals if shared else (), boards.papers(last)
    joint = f"; {binding} is the authority that binds" if binding else ""
    words = f"the last Board that can still decide: {how.words}{joint}"
    milestones = [
        PlannedMilestone(
            MilestoneKind.BOARD,
            last,
            last,
            say(last),
            How(words, (*how.inputs, *approvals), how.rules, how.counted, how.over),
            gate=GATES[stage],
        )
    ]
    if stage is Stage.NEEDS_ANALYSIS:
        words = f"its paper is due {policy.board.draft_days} working days before the Board of {say(last)}"
        paper = How(words, (("Board", last),), over=(papers.draft, last))
        milestones.append(_on(MilestoneKind.NEEDS_ANALYSIS, papers.draft, paper))
    return _Decision(last, papers, how, approvals, binding, tuple(milestones))


def agreeing(stage: Stage, authorities: tuple[str, ...], boards: Boards) -> Iterator[tuple[str, Boards]]:
    """The partners that must agree at a stage's gate, with their calendars: to the direction and what follows."""
    if stage is not Stage.REVIEW and len(authorities) > 1:
        yield from ((name, boards.partners[name]) for name in authorities if name in boards.partners)


def _approvals(
    stage: Stage,
    following: Stage | None,
    law: str | None,
    until: date,
    authorities: tuple[str, ...],
    policy: Policy,
    boards: Boards,
) -> tuple[tuple[str, date], ...]:
    """Each authority's last meeting at which the gate can be decided so that what follows is in time, ours first."""

    def last(meetings: Boards) -> date:
        day = meetings.on_or_before(until)
        while ready(day, following, law, policy) > until:
            day = meetings.before(day)
        return day

    partners = ((name, last(meetings)) for name, meetings in agreeing(stage, authorities, boards))
    return ((policy.board.council, last(boards)), *partners)


def _finish(last: date, must_start: date, law: str | None, policy: Policy) -> How:
    """Why a route's last gate can be decided no later."""
    mobilisation = shortest("mobilisation", last, policy)
    words = f"{mobilisation.value} days of mobilisation before the new service starts on {say(must_start)}"
    inputs = (("new service starts", must_start),)
    if law is None:
        return How(words, inputs, (mobilisation,))
    clock = standstill_after(last, law, policy)
    if clock.ends is None:
        return How(f"{words}; {clock.words} ({clock.citation})", inputs, (mobilisation,))
    words += f", and standstill after the award until the end of {say(clock.ends)} ({clock.citation})"
    return How(words, inputs, (mobilisation,), over=(last, clock.ends))


def _milestones(
    facts: ContractFacts,
    must_start: date | None,
    decisions: tuple[PlannedMilestone, ...],
    policy: Policy,
    boards: Boards,
) -> Iterator[PlannedMilestone]:
    if facts.stage is Stage.CLOSED:
        return
    if (
        facts.in_force or facts.kind is Kind.SPOT
    ):  # a placement follows the child's plan: no service is to be got ready
        yield from _term(facts, policy, boards)
    elif must_start is None:
        yield _annual_review(facts, policy)
    yield from decisions
    if facts.kind is Kind.SPOT:
        return
    if must_start and (not facts.in_force or facts.direction in (Verdict.RECOMMISSION, Verdict.REMODEL)):
        partial = facts.successor_start if facts.in_force else facts.start
        yield PlannedMilestone(
            MilestoneKind.SERVICE_START,
            must_start,
            must_start,
            as_written(partial) if partial else say(must_start),
            How(
                "as agreed for the new service" if partial else "the day after the present contract may end",
                (("new service starts", must_start),),
            ),
        )


def _term(facts: ContractFacts, policy: Policy, boards: Boards) -> Iterator[PlannedMilestone]:
    """The milestones of the contract's own term; an open-ended contract has its annual review instead."""
    end, closing = facts.end, facts.stage in (Stage.MOBILISATION, Stage.DECOMMISSION)
    first = first_day(end)
    if end is None or first is None:
        yield _annual_review(facts, policy)
        return
    words = as_written(end)
    yield PlannedMilestone(
        MilestoneKind.CONTRACT_END,
        first,
        end.latest or first,
        words,
        How(f"the contract ends: {words}", (("contract may end", first),)),
    )
    if facts.notice_months and facts.kind is not Kind.SPOT and not closing:
        yield _notice(first, facts.notice_months, words, policy)
    if facts.options and facts.kind is not Kind.SPOT and not closing:
        yield _extension(facts.options[0], facts.notice_months, first, words, policy, boards)


def _annual_review(facts: ContractFacts, policy: Policy) -> PlannedMilestone:
    """The first anniversary of the start after the last review: no open-ended contract falls through."""
    rule = policy.rule("annual review", facts.reviewed)
    anchor = first_day(facts.start) or facts.reviewed
    count = 1
    while (day := months_after(anchor, rule.days * count)) <= facts.reviewed:
        count += 1
    return _on(
        MilestoneKind.ANNUAL_REVIEW,
        day,
        How(
            f"the contract has no {'end' if facts.in_force else 'start'} date: "
            f"every {rule.value} months from {say(anchor)} it is reviewed",
            (("counted from", anchor), ("last reviewed", facts.reviewed)),
            (rule,),
            ("months_after",),
        ),
    )


def _on(kind: MilestoneKind, day: date, how: How) -> PlannedMilestone:
    return PlannedMilestone(kind, day, day, say(day), how)


@lru_cache(maxsize=KEPT)
def _notice(ends: date, months: int, words: str, policy: Policy) -> PlannedMilestone:
    exact = months_before(ends, months)
    served = policy.calendar().previous_working(exact)
    rolled = "" if served == exact else f", a day nothing is served on, so {say(served)}"
    return _on(
        MilestoneKind.NOTICE,
        served,
        How(
            f"notice of {count_of(months, 'month')} before {words}, counted from {say(ends)}: {say(exact)}{rolled}",
            (("contract may end", ends),),
            (),
            ("months_before", "working_day_on_or_before"),
            (served, exact),
        ),
    )


@lru_cache(maxsize=KEPT)
def _extension(
    option: int, notice: int | None, ends: date, words: str, policy: Policy, boards: Boards
) -> PlannedMilestone:
    rule = None if notice else policy.rule("extension.notice", ends)
    months = rule.days if rule else notice or 0
    must_tell = months_before(ends, months)
    board = boards.on_or_before(must_tell)
    return _on(
        MilestoneKind.EXTENSION,
        board,
        How(
            f"the last Board before {say(must_tell)}, when the supplier must be told ({months} months before "
            f"{words}); the option is for {option} months",
            (("contract may end", ends), ("supplier told by", must_tell)),
            (rule,) if rule else (),
            ("months_before",),
        ),
    )


def _procurement_start(board: date, decided_by: date, policy: Policy) -> PlannedMilestone:
    step = policy.rule(STEP[Stage.PROCUREMENT], board)
    exact = decided_by - timedelta(days=step.days)
    day = policy.calendar().previous_working(exact)
    return _on(
        MilestoneKind.PROCUREMENT,
        day,
        How(
            f"tender and evaluation take {step.value} days at the shortest before the Board of "
            f"{say(board)} awards",
            (("award decided by", decided_by),),
            (step,),
            ("working_day_on_or_before",),
            (day, exact),
        ),
    )


def as_written(partial: PartialDate) -> str:
    """The words as written, but an exact day always the way people read it."""
    return say(partial.earliest) if partial.pinned and partial.earliest else partial.text
