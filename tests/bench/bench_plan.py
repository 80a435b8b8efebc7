"""Planning against the cost of computing the same dates by looping day by day with `holidays`, in one run.

CPU seconds. The loop is what a script of a commissioning team does: is this a working day, does the Board meet
on it, one day back. It asks for the weekday before it asks the library, which is the quicker way round, and
writes no explanations; a plan carries them. It runs on a sample of the same contracts, must give every date the
plan gives, and is scaled to their number. Run it with `make bench`.
"""

import gc
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from pathlib import Path
from random import Random
from time import process_time

from dateutil.relativedelta import relativedelta
from holidays import country_holidays

import config.settings
from config.policy_file import load_policy
from lifecycle.boards import meetings
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import (
    IN_CYCLE,
    LEAD,
    LEAD_CLASS,
    ROUTES,
    STEP,
    ContractFacts,
    MilestoneKind,
    Plan,
    plan,
)
from lifecycle.regimes import Regime
from lifecycle.stages import GATES, Kind, Stage, Verdict

SIZES = (1_000, 10_000, 100_000)
SAMPLE = 500
POLICY = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
OURS = POLICY.board.council
STAGES = (
    (Stage.REVIEW, None),
    (Stage.NEEDS_ANALYSIS, None),
    (Stage.RECOMMISSION, Verdict.RECOMMISSION),
    (Stage.PROCUREMENT, Verdict.RECOMMISSION),
    (Stage.REMODEL, Verdict.REMODEL),
    (Stage.MOBILISATION, Verdict.RECOMMISSION),
    (Stage.DECOMMISSION, Verdict.DECOMMISSION),
)
DAY = timedelta(days=1)


def register(count: int) -> list[ContractFacts]:
    """So many contracts, always the same: every kind, stage and law; one in ten shared, one in twelve open-ended.

    Six in ten end with a month, as they do among 7,811 awards that councils published in 2022.
    """
    random = Random(20220425)  # the same register every time
    partners = tuple(partner.name for partner in POLICY.partners)

    def one(number: int) -> ContractFacts:
        starts = date(2021, 1, 1) + timedelta(days=random.randrange(2500))
        ends = starts + timedelta(days=random.randrange(1000, 3000))
        if random.random() < 0.6:
            ends += relativedelta(day=31)
        stage, direction = random.choice(STAGES)
        vague = PartialDate(ends.replace(day=1), ends, *_VAGUE)
        return ContractFacts(
            reference=f"C{number}",
            kind=random.choice(tuple(Kind)),
            start=PartialDate.on(starts),
            end=random.choice((*(PartialDate.on(ends),) * 9, vague, vague, None)),
            successor_start=PartialDate.on(ends + DAY) if random.random() < 0.2 else None,
            notice_months=random.choice((None, 1, 3, 6, 12)),
            options=random.choice(((), (12,), (24, 12))),
            regime=random.choice(tuple(Regime)),
            stage=stage,
            reviewed=starts + timedelta(days=random.randrange(400)),
            in_force=random.random() < 0.9,
            direction=direction,
            authorities=(OURS, *partners) if random.random() < 0.1 else (OURS,),
        )

    return [one(number) for number in range(count)]


_august = PartialDate.parse("August 2023")
_VAGUE = (_august.precision, _august.edtf, _august.text)

ENGLAND = country_holidays("GB", subdiv="ENG")
UNITED_KINGDOM = [country_holidays("GB", subdiv=part) for part in ("ENG", "SCT", "NIR")]
MONDAY, TUESDAY, WEDNESDAY, THURSDAY = range(4)
MEETS: dict[str, tuple[int, int, int]] = {
    OURS: (MONDAY, 2, 2),
    "Derbyshire County Council": (THURSDAY, 2, 1),
    "Nottingham City Council": (TUESDAY, 3, 1),
    "Derby City Council": (WEDNESDAY, 2, 1),
}
"""Which weekday of the month each authority meets on, and every how many months."""


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in ENGLAND


def works_anywhere(day: date) -> bool:
    return day.weekday() < 5 and not any(day in part for part in UNITED_KINGDOM)


def meets(name: str, day: date) -> bool:
    """Whether the authority meets that day, its rule's day having gone to the next working day where it must."""
    moved = POLICY.board.moved if name == OURS else {}
    if day in moved.values():
        return True
    if not works(day):
        return False
    weekday, nth, months = MEETS[name]
    while True:
        by_rule = day.weekday() == weekday and (day.day - 1) // 7 + 1 == nth and day.month % months == 0
        if by_rule and day not in moved:
            return True
        day -= DAY
        if works(day):
            return False


def last_meeting(name: str, day: date, in_time: Callable[[date], bool] = lambda day: True) -> date:
    while not (meets(name, day) and in_time(day)):
        day -= DAY
    return day


def working_days(day: date, count: int, step: timedelta, work: Callable[[date], bool] = works) -> date:
    while count:
        day += step
        count -= work(day)
    return day


def roll(day: date, step: timedelta) -> date:
    while not works(day):
        day += step
    return day


def months_before(day: date, months: int) -> date:
    return day - relativedelta(months=months)


def rule(key: str, on: date) -> int:
    return POLICY.rule(key, on).days


def signed(awarded: date, regime: str) -> date:
    began = awarded - timedelta(days=rule("shortest.tender", awarded))
    act, light = began >= date(2025, 2, 24), "light touch" in regime
    if regime == Regime.BELOW_THRESHOLD or (act and light):
        return awarded
    if regime == Regime.PSR_2023 and began >= date(2024, 1, 1):
        return working_days(awarded + DAY, 8, DAY) + DAY
    if act:
        return working_days(awarded - DAY, 8, DAY, works_anywhere) + DAY
    return max(roll(awarded + 10 * DAY, DAY), working_days(awarded, 2, DAY)) + DAY


def by_looping(facts: ContractFacts) -> dict[str, date]:
    """Every date of the plan by its name."""
    found: dict[str, date] = {}

    def first(partial: PartialDate | None) -> date | None:
        return (partial.earliest or partial.latest) if partial else None

    ends, must = first(facts.end), first(facts.successor_start)
    if not facts.in_force:
        must = first(facts.start)
    elif must is None and ends:
        must = ends + DAY
    runs = facts.in_force or facts.kind is Kind.SPOT  # a placement follows the child's plan
    if runs and facts.end and ends:
        found |= {MilestoneKind.CONTRACT_END: ends, "latest end": facts.end.latest or ends}
        if facts.kind is not Kind.SPOT and facts.stage not in (Stage.MOBILISATION, Stage.DECOMMISSION):
            if facts.notice_months:
                found[MilestoneKind.NOTICE] = roll(months_before(ends, facts.notice_months), -DAY)
            if facts.options:
                told = months_before(ends, facts.notice_months or rule("extension.notice", ends))
                found[MilestoneKind.EXTENSION] = last_meeting(OURS, told)
    elif runs:
        anchor, years = first(facts.start) or facts.reviewed, 1
        while anchor + relativedelta(years=years) <= facts.reviewed:
            years += 1
        found[MilestoneKind.ANNUAL_REVIEW] = anchor + relativedelta(years=years)
    if must is None or facts.kind is Kind.SPOT:
        return found
    if not facts.in_force or facts.direction in (Verdict.RECOMMISSION, Verdict.REMODEL):
        found[MilestoneKind.SERVICE_START] = must
    stages = ROUTES[facts.direction]
    if facts.kind in IN_CYCLE and facts.stage in stages:
        following, target = None, must
        for stage in reversed(stages[stages.index(facts.stage) :]):
            following, target = stage, gate(facts, stage, following, target, must, found)
    return found


def gate(
    facts: ContractFacts,
    stage: Stage,
    following: Stage | None,
    target: date,
    must: date,
    found: dict[str, date],
) -> date:
    def in_time(day: date) -> bool:
        if following:
            return day + timedelta(days=rule(STEP[following], day)) <= target
        start = day if facts.direction is Verdict.REMODEL else signed(day, facts.regime)
        return start + timedelta(days=rule("shortest.mobilisation", day)) <= must

    name, last = GATES[stage], last_meeting(OURS, target, in_time)
    due = months_before(must, rule(f"lead.{LEAD_CLASS[facts.kind]}.{LEAD[stage]}", must))
    found |= {f"{name} due": due, f"{name} due Board": last_meeting(OURS, due), name: last}
    for paper, days in (("draft", 20), ("clearance", 10), ("cut_off", 8), ("dispatch", 5)):
        found[f"{name} {paper}"] = working_days(last, days, -DAY)
    decided = last
    if stage is not Stage.REVIEW:
        for partner in facts.authorities[1:]:
            agreed = found[f"{name} {partner}"] = last_meeting(partner, target, in_time)
            decided = min(decided, agreed)
    if stage is Stage.NEEDS_ANALYSIS:
        found[MilestoneKind.NEEDS_ANALYSIS] = found[f"{name} draft"]
    if stage is Stage.PROCUREMENT and facts.stage is not Stage.PROCUREMENT:
        begins = decided - timedelta(days=rule("shortest.tender", last))
        found[MilestoneKind.PROCUREMENT] = roll(begins, -DAY)
    return decided


def dates(made: Plan) -> Iterator[tuple[str, date]]:
    """Every date of a plan by the name the loop gives it."""
    for milestone in made.milestones:
        yield milestone.gate or milestone.kind, milestone.earliest
        if milestone.kind is MilestoneKind.CONTRACT_END:
            yield "latest end", milestone.latest
    for one in made.gates:
        name = GATES[one.stage]
        yield from ((f"{name} due", one.due), (f"{name} due Board", one.due_board), (name, one.last_board))
        yield from ((f"{name} {paper}", getattr(one.papers, paper)) for paper in one.papers.__slots__)
        yield from ((f"{name} {partner}", day) for partner, day in one.approvals[1:])


def main() -> None:
    began = process_time()
    boards = meetings(POLICY)
    print(f"The Board's calendar and three partners', 39 years: {process_time() - began:.2f} s of CPU, once.")
    contracts = register(max(SIZES))
    gc.disable()  # as timeit does, for both: what it costs depends on what else the process holds
    sample = contracts[:SAMPLE]
    by_looping(sample[0])  # the library reads its holidays year by year
    began = process_time()
    looped = [by_looping(facts) for facts in sample]
    loop = (process_time() - began) / SAMPLE
    for facts, expected in zip(sample, looped, strict=True):
        got = dict(dates(plan(facts, POLICY, boards)))
        assert got == expected, f"{facts}: planned {got}, looped {expected}"
    several = sum(map(len, looped)) / SAMPLE
    print(
        f"Day by day with holidays: {loop * 1e6:,.0f} µs a contract, measured on {SAMPLE} of them; both ways give "
        f"the same {several:.1f} dates a contract.\n"
    )
    print(f"{'contracts':>10} {'CPU s':>8} {'a second':>10} {'µs each':>8} {'loop, scaled':>13} {'ratio':>6}")
    for size in SIZES:
        boards = meetings(POLICY)  # nothing is kept from the run before: results are kept by calendar
        began = process_time()
        for facts in contracts[:size]:
            plan(facts, POLICY, boards)
        took = process_time() - began
        print(
            f"{size:>10,} {took:>8.3f} {size / took:>10,.0f} {took / size * 1e6:>8.1f} "
            f"{loop * size:>11.1f} s {loop * size / took:>5.0f}x"
        )


if __name__ == "__main__":
    main()
