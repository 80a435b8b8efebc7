"""What a day means for a plan: the float in Board meetings, what is already impossible, what a deferral costs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from lifecycle.boards import Boards, NoMeeting
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import (
    STEP,
    ContractFacts,
    GatePlan,
    Plan,
    agreeing,
    bought_under,
    first_day,
    plan,
    ready,
    route,
    shortest,
)
from lifecycle.policy import Policy
from lifecycle.stages import GATES, Stage
from lifecycle.words import count_of, say


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way to the new service, if everything goes as fast as it can: first and last day."""

    what: str
    begins: date
    ends: date


@dataclass(frozen=True, slots=True)
class Forecast:
    """The earliest lawful start of the new service from a day on, and the critical path to it."""

    starts: date
    path: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """The days between the old service and the new (negative: both run), and what they cost in pounds."""

    days: int
    price: Decimal | None

    def __str__(self) -> str:
        price = f" (about £{abs(self.price):,.0f} at the present spend)" if self.price else ""
        if self.days > 0:
            return f"{count_of(self.days, 'day')} with no contract{price}"
        if self.days < 0:
            return f"{count_of(-self.days, 'day')} in which both contracts run{price}"
        return "no day between them"


@dataclass(frozen=True, slots=True)
class Outlook:
    """A plan as seen on a day. `float_boards` counts the meetings that may still pass without a decision.

    It is negative where the last Board that could decide is past or its papers can no longer be in time:
    minus the number of Boards too late that the next is.
    `deferred` is the forecast when the next Board that can take the gate does not decide.
    """

    plan: Plan
    on: date
    gate: GatePlan | None
    next_board: date | None
    float_boards: int | None
    forecast: Forecast | None
    deferred: Forecast | None
    impossible: tuple[str, ...]
    between: Gap | None

    def gap(self, starts: date) -> Gap | None:
        """What lies between the old service's last day and that start; None where no old service ends."""
        return _between(self.plan.facts, starts)

    def in_words(self) -> tuple[str, ...]:
        """What it means, a sentence each, the worst first."""
        return tuple(self._sentences())

    def _sentences(self) -> Iterator[str]:
        yield from self.impossible
        if self.gate is None or self.next_board is None or self.plan.start_by is None:
            return
        gate, must = GATES[self.gate.stage], self.plan.start_by
        if self.float_boards is not None and self.float_boards >= 0:
            yield (
                f"The Board of {say(self.gate.last_board)} is the last that can still decide the {gate}; "
                f"{count_of(self.float_boards, 'meeting')} before it may pass without a decision."
            )
        if self.gate.binding:
            yield (f"{self.gate.binding} binds: its last meeting in time is on {say(self.gate.decided_by)}.")
        if self.forecast and self.forecast.starts > must:
            yield (
                f"Decided at the Board of {say(self.next_board)}, the earliest lawful start is "
                f"{say(self.forecast.starts)}: {self._late(self.forecast.starts)}."
            )
        if self.deferred:
            late = self.deferred.starts > must
            yield (
                f"If the Board of {say(self.next_board)} defers this, the earliest lawful start is "
                f"{say(self.deferred.starts)}: {self._late(self.deferred.starts)}."
                if late
                else f"If the Board of {say(self.next_board)} defers this, the service can still start in time."
            )

    def _late(self, starts: date) -> str:
        gap, must = self.gap(starts), self.plan.start_by
        if must and (gap is None or gap.days <= 0):
            return f"{count_of((starts - must).days, 'day')} late"
        return str(gap)


def outlook(made: Plan, policy: Policy, boards: Boards, on: date) -> Outlook:
    """What the day means for the plan. Nothing here is stored: tomorrow it may read otherwise."""
    facts = made.facts
    gate = made.gates[0] if made.gates else None
    agreed = first_day(facts.successor_start)
    between = _between(facts, agreed) if agreed else None
    if gate is None:
        return Outlook(made, on, None, None, None, None, None, (), between)
    following = boards.open_for_papers(on)
    return Outlook(
        made,
        on,
        gate,
        following,
        boards.count(following, gate.last_board) - 1,
        forecast(facts, following, policy, boards, on),
        forecast(facts, boards.after(following), policy, boards, on),
        tuple(_impossible(made, gate, following, policy, boards, on)),
        between,
    )


def forecast(
    facts: ContractFacts, board: date, policy: Policy, boards: Boards, asked: date | None = None
) -> Forecast | None:
    """The way to the new service when the present gate is taken at this Board and nothing loses a day.

    Every later gate is taken by each authority at its first meeting that the shortest step allows; the
    present one by partners at their first meeting from `asked` on (left out: from that Board on). None beyond
    the Board's calendar, or where no gate is left.
    """
    stages = route(facts)
    if not stages:
        return None
    path: list[Step] = []
    try:
        decided = _agreed(facts, stages[0], board, asked or board, boards, path)
        for stage in stages[1:]:
            begins = ready(decided, stage, None, policy)
            path.append(Step(f"work towards the {GATES[stage]}", decided, begins))
            decided = _agreed(facts, stage, boards.on_or_after(begins), begins, boards, path)
    except NoMeeting:
        return None
    starts = ready(decided, None, bought_under(facts), policy)
    signed = starts - timedelta(days=shortest("mobilisation", decided, policy).days)
    if signed > decided:
        path.append(Step("standstill", decided, signed - timedelta(days=1)))
    path.append(Step("mobilisation", signed, starts - timedelta(days=1)))
    return Forecast(starts, tuple(path))


def _agreed(
    facts: ContractFacts, stage: Stage, board: date, asked: date, boards: Boards, path: list[Step]
) -> date:
    """The day on which the last of the authorities has decided, the partners asked from a day on."""
    taken = [Step(f"Board: {GATES[stage]}", board, board)]
    for name, meetings in agreeing(stage, facts.authorities, boards):
        agrees = meetings.on_or_after(asked)
        taken.append(Step(f"{name} agrees", agrees, agrees))
    path.extend(sorted(taken, key=lambda step: step.ends))
    return path[-1].ends


def _impossible(
    made: Plan, gate: GatePlan, following: date, policy: Policy, boards: Boards, on: date
) -> Iterator[str]:
    if gate.last_board < on:
        yield f"The last Board that could decide the {GATES[gate.stage]} was that of {say(gate.last_board)}."
    elif gate.last_board < following:
        yield (
            f"The Board of {say(gate.last_board)} was the last that could decide the {GATES[gate.stage]}, and "
            f"its papers closed on {say(gate.papers.cut_off)}."
        )
    for name, last in gate.approvals[1:]:
        if last < on:
            yield f"{name} had to agree at its meeting of {say(last)}, its last in time."
    if len(made.facts.authorities) > 1:
        for name in made.facts.authorities:
            if name != policy.board.council and name not in boards.partners:
                yield f"{name} must agree too, and the policy does not say when it meets."
    analysis = made.gate(Stage.NEEDS_ANALYSIS)
    if gate.stage is Stage.REVIEW and analysis:
        begin = analysis.decided_by - timedelta(days=policy.rule(STEP[Stage.NEEDS_ANALYSIS], on).days)
        if begin < on:
            yield f"The needs analysis had to begin on {say(begin)}."


def _between(facts: ContractFacts, starts: date) -> Gap | None:
    """The gap or overlap that a start of the new service leaves after the old one's last day.

    A vague end counts from its latest day where a start was agreed with it in mind, otherwise from its earliest.
    """
    if not facts.in_force or facts.end is None or facts.end.latest is None:
        return None
    unagreed = first_day(facts.successor_start) is None
    ends = (facts.end.earliest if unagreed else None) or facts.end.latest
    days = (starts - ends).days - 1
    price = facts.annual_value * days / 365 if facts.annual_value is not None else None
    return Gap(days, price)


class WhatIfRefused(ValueError):
    """The change that was asked about cannot be read; the message says what can be asked."""


ASKABLE = 'write "defer 2023-06-12", "cancel 2023-06-12", "end 2023-12-31" or "start 2024-01-01"'


def what_if(change: str, facts: ContractFacts, policy: Policy, boards: Boards, on: date) -> Outlook:
    """The outlook under a change, which changes nothing.

    `defer DAY`: that Board takes no decision on this contract. `cancel DAY`: that Board is not held; for one
    contract the same. `end DATE`, `start DATE`: the old contract ends, the new one is wanted, then. Raises
    WhatIfRefused, NoMeeting.
    """
    match = re.fullmatch(r"(defer|cancel|end|start)\s+(.+)", change.strip())
    if not match:
        raise WhatIfRefused(f'"{change}" is no change that can be tried; {ASKABLE}')
    verb, words = match.groups()
    try:
        day = PartialDate.parse(words)
    except ValueError as error:
        raise WhatIfRefused(f'"{change}": {error}') from error
    if verb in ("defer", "cancel"):
        if not (day.pinned and day.earliest):
            raise WhatIfRefused(f'"{change}": a meeting is one day; {ASKABLE}')
        fewer = boards.without(day.earliest)
        return outlook(plan(facts, policy, fewer), policy, fewer, on)
    if verb == "end":
        changed = replace(facts, end=day, successor_start=None)
    elif facts.in_force:
        changed = replace(facts, successor_start=day)
    else:
        changed = replace(facts, start=day)
    return outlook(plan(changed, policy, boards), policy, boards, on)
