"""What a day means for a plan: the float in Board meetings, what is already impossible, what a deferral costs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from lifecycle.boards import Boards, NoMeeting
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import STEP, ContractFacts, GatePlan, Plan, may_start, plan, route, shortest, start_by
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

    It is negative where the last Board that could decide is past or its papers can no longer be in time.
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
        """What lies between the day the service must start and the day it starts."""
        must = self.plan.start_by
        return _gap((starts - must).days, self.plan.facts) if must else None

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
                f"{say(self.forecast.starts)}: {self.gap(self.forecast.starts)}."
            )
        if self.deferred:
            late = self.deferred.starts > must
            yield (
                f"If the Board of {say(self.next_board)} defers this, the earliest lawful start is "
                f"{say(self.deferred.starts)}: {self.gap(self.deferred.starts)}."
                if late
                else f"If the Board of {say(self.next_board)} defers this, the service can still start in time."
            )


def outlook(made: Plan, policy: Policy, boards: Boards, on: date) -> Outlook:
    """What the day means for the plan. Nothing here is stored: tomorrow it may read otherwise."""
    facts = made.facts
    gate = made.gates[0] if made.gates else None
    between = _between(facts)
    if gate is None:
        return Outlook(made, on, None, None, None, None, None, (), between)
    following = boards.on_or_after(on)
    while boards.papers(following).cut_off < on:
        following = boards.after(following)
    margin = boards.count(following, gate.last_board)
    return Outlook(
        made,
        on,
        gate,
        following,
        margin - 1 if margin > 0 else margin,
        forecast(facts, following, policy, boards),
        forecast(facts, boards.after(following), policy, boards),
        tuple(_impossible(made, gate, following, policy, on)),
        between,
    )


def forecast(facts: ContractFacts, board: date, policy: Policy, boards: Boards) -> Forecast | None:
    """The way to the new service when the present gate is taken at this Board and nothing loses a day.

    Every later gate is taken at the first meeting that the shortest step allows, and by the first meeting
    after it of each partner that must agree. None beyond the Board's calendar, or where no gate is left.
    """
    stages = route(facts)
    if not stages:
        return None
    path, decided = [Step(f"Board: {GATES[stages[0]]}", board, board)], board
    try:
        decided = _agreed(facts, stages[0], board, boards, path)
        for stage in stages[1:]:
            ready = decided + timedelta(days=policy.rule(STEP[stage], decided).days)
            board = boards.on_or_after(ready)
            path.append(Step(f"work towards the {GATES[stage]}", decided, ready))
            path.append(Step(f"Board: {GATES[stage]}", board, board))
            decided = _agreed(facts, stage, board, boards, path)
    except NoMeeting:
        return None
    if stages[-1] is Stage.PROCUREMENT:
        starts = may_start(decided, facts, policy)
        signed = starts - timedelta(days=shortest("mobilisation", decided, policy).days)
        if signed > decided:
            path.append(Step("standstill", decided, signed - timedelta(days=1)))
    else:
        signed, starts = decided, decided + timedelta(days=shortest("mobilisation", decided, policy).days)
    path.append(Step("mobilisation", signed, starts - timedelta(days=1)))
    return Forecast(starts, tuple(path))


def _agreed(facts: ContractFacts, stage: Stage, board: date, boards: Boards, path: list[Step]) -> date:
    """The day on which the last of the authorities has agreed, our Board having decided."""
    decided = board
    if stage is Stage.REVIEW or len(facts.authorities) < 2:
        return decided
    for name in facts.authorities:
        if name in boards.partners:
            agrees = boards.partners[name].on_or_after(board)
            path.append(Step(f"{name} agrees", agrees, agrees))
            decided = max(decided, agrees)
    return decided


def _impossible(made: Plan, gate: GatePlan, following: date, policy: Policy, on: date) -> Iterator[str]:
    if gate.last_board < on:
        yield f"The last Board that could decide the {GATES[gate.stage]} was that of {say(gate.last_board)}."
    elif gate.last_board < following:
        yield (
            f"The Board of {say(gate.last_board)} was the last that could decide the {GATES[gate.stage]}, and "
            f"its papers closed on {say(gate.papers.cut_off)}."
        )
    if gate.stage in (Stage.REVIEW, Stage.NEEDS_ANALYSIS):
        analysis = next(one for one in made.gates if one.stage is Stage.NEEDS_ANALYSIS)
        begin = analysis.decided_by - timedelta(days=policy.rule(STEP[Stage.NEEDS_ANALYSIS], on).days)
        if gate.stage is Stage.REVIEW and begin < on:
            yield f"The needs analysis had to begin on {say(begin)}."


def _between(facts: ContractFacts) -> Gap | None:
    """The gap or overlap that the agreed start of the new service leaves after the old one's last day."""
    if not facts.in_force or facts.end is None or facts.end.latest is None:
        return None
    starts = start_by(facts)
    if starts is None or facts.successor_start is None:
        return None
    return _gap((starts - facts.end.latest).days - 1, facts)


def _gap(days: int, facts: ContractFacts) -> Gap:
    price = facts.annual_value * days / 365 if facts.annual_value is not None else None
    return Gap(days, price)


class WhatIfRefused(ValueError):
    """The change that was asked about cannot be read; the message says what can be asked."""


ASKABLE = 'write "defer 2023-06-12", "cancel 2023-06-12", "end 2023-12-31" or "start 2024-01-01"'


def what_if(change: str, facts: ContractFacts, policy: Policy, boards: Boards, on: date) -> Outlook:
    """The outlook under a change, which changes nothing.

    `defer DAY`: that Board takes no decision on this contract. `cancel DAY`: that Board is not held. `end
    DATE`, `start DATE`: the old contract ends, the new one is wanted, then. Raises WhatIfRefused, NoMeeting.
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
        made = plan(facts, policy, fewer if verb == "cancel" else boards)
        return outlook(made, policy, fewer, on)
    changed = (
        replace(facts, end=day, successor_start=None)
        if verb == "end"
        else replace(facts, successor_start=day)
    )
    return outlook(plan(changed, policy, boards), policy, boards, on)
