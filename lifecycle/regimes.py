"""Which procurement law a contract is under, and the clocks that law sets.

The numbers are dated rows of the policy; here is only how each is counted. Sources: the Procurement Act
2023 (PA 2023), the Public Contracts Regulations 2015 (PCR 2015), the Provider Selection Regime (PSR, SI
2023/1348), and SI 2024/716, which says which of them governs.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import StrEnum

from lifecycle.calendars import Division
from lifecycle.counting import (
    after,
    months_after,
    pcr_forward,
    working_days_after,
    working_days_beginning_with,
)
from lifecycle.policy import NoRule, Policy, Rule
from lifecycle.words import say


class Regime(StrEnum):
    """The procurement law a contract is under, as the register's `regime` column writes it."""

    PCR_2015 = "PCR 2015"
    PCR_2015_LIGHT_TOUCH = "PCR 2015 light touch"
    PA_2023 = "PA 2023"
    PA_2023_LIGHT_TOUCH = "PA 2023 light touch"
    PSR_2023 = "PSR"
    BELOW_THRESHOLD = "below threshold"

    @property
    def light_touch(self) -> bool:
        """Whether the lighter rules for social, health and education services apply."""
        return self in (Regime.PCR_2015_LIGHT_TOUCH, Regime.PA_2023_LIGHT_TOUCH)


class Procedure(StrEnum):
    """What suppliers are asked for, which decides how long they must be given."""

    OPEN = "open"
    """A tender from anybody."""
    PARTICIPATION = "participation"
    """A request to take part (restricted or competitive flexible procedure)."""
    INVITED = "invited"
    """A tender from those chosen to be invited."""
    JOINING = "joining"
    """A first request to join a dynamic purchasing system."""
    MEMBER = "member"
    """A tender from the members of a dynamic market or purchasing system."""


THRESHOLD_UNITS = ("pounds including VAT", "pounds net of VAT")
REGIME_RULES: Mapping[str, tuple[str, ...]] = {
    "regime": ("",),
    "regime.health services": ("",),
    "threshold.sub-central": THRESHOLD_UNITS,
    "threshold.light touch": THRESHOLD_UNITS,
    "standstill.PCR 2015": ("days",),
    "standstill.PCR 2015.by post": ("days",),
    "standstill.PA 2023": ("working days",),
    "standstill.PA 2023.voluntary": ("working days",),
    "standstill.PSR": ("working days",),
    "tender.PCR 2015.open": ("days",),
    "tender.PCR 2015.open.electronic": ("days",),
    "tender.PCR 2015.open.prior notice": ("days",),
    "tender.PCR 2015.open.urgent": ("days",),
    "tender.PCR 2015.participation": ("days",),
    "tender.PCR 2015.participation.urgent": ("days",),
    "tender.PCR 2015.invited": ("days",),
    "tender.PCR 2015.joining": ("days",),
    "tender.PCR 2015.member": ("days",),
    "tender.PA 2023.open": ("days",),
    "tender.PA 2023.open.electronic": ("days",),
    "tender.PA 2023.open.documents together": ("days",),
    "tender.PA 2023.open.electronic, documents together": ("days",),
    "tender.PA 2023.open.prior notice": ("days",),
    "tender.PA 2023.open.urgent": ("days",),
    "tender.PA 2023.participation": ("days",),
    "tender.PA 2023.participation.urgent": ("days",),
    "tender.PA 2023.invited": ("days",),
    "tender.PA 2023.member": ("days",),
    "framework.PCR 2015": ("years",),
    "framework.PA 2023": ("years",),
    "framework.PSR": ("years",),
    "open framework": ("years",),
    "open framework.single supplier": ("years",),
    "open framework.first reopening": ("years",),
    "open framework.later reopening": ("years",),
    "dynamic purchasing system": ("",),
    "dynamic purchasing system.change of validity": ("",),
}
"""The policy's rules this module reads, each with the units it may be counted in."""


PA_2023_IN_FORCE = date(2025, 2, 24)
WITH_VAT = Decimal("1.2")
"""The most VAT can add: the standard rate is 20 per cent since 4 January 2011 (VAT Act 1994 s.2(1))."""


class CannotTell(ValueError):
    """The facts given do not decide the question; the message says what is missing."""


@dataclass(frozen=True, slots=True)
class ProcurementFacts:
    """What decides the regime. Every date is the day the thing was done; the first of them counts.

    `estimated_value` includes VAT, every option and extension, and for a framework the sum of its
    call-offs (PA 2023 Sch.3 para.1–2); `estimated_value_net` is the same without VAT, which the thresholds
    before 2022 left out. Both None means it cannot be estimated (para.5). `parent` is the regime of the
    framework or dynamic purchasing system a call-off is made under.
    """

    contract_notice: date | None = None
    operator_contacted: date | None = None
    transparency_notice: date | None = None
    contracts_finder: date | None = None
    awarded: date | None = None
    light_touch: bool = False
    health_service: bool = False
    estimated_value: Decimal | None = None
    estimated_value_net: Decimal | None = None
    parent: Regime | None = None
    parent_is_dynamic: bool = False

    def began(self) -> tuple[date, str] | None:
        """The first dated step and its name; None when no date is known."""
        steps = (
            (self.contract_notice, "contract notice submitted"),
            (self.operator_contacted, "operator contacted for a direct award"),
            (self.transparency_notice, "voluntary transparency notice published"),
            (self.contracts_finder, "opportunity published on Contracts Finder"),
            (self.awarded, "awarded or established"),
        )
        return min(((day, what) for day, what in steps if day), default=None)


@dataclass(frozen=True, slots=True)
class RegimeDecision:
    """The regime, why in words, and the source."""

    regime: Regime
    why: str
    citation: str


@dataclass(frozen=True, slots=True)
class Clock:
    """A standstill. `begins` and `ends` are its first and last day; both None where there is none.

    `skipped` are the non-working days passed over, with their names; `provisional` when it reaches beyond
    the published bank holidays.
    """

    begins: date | None
    ends: date | None
    may_sign_from: date
    mandatory: bool
    words: str
    citation: str
    skipped: tuple[tuple[date, str], ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class TenderPeriod:
    """The least time for suppliers. `days` and `ends` are None where the law sets none.

    `begins` is the first day counted, `ends` the first day that may be the deadline.
    """

    days: int | None
    begins: date
    ends: date | None
    words: str
    citation: str
    skipped: tuple[tuple[date, str], ...] = ()
    provisional: bool = False


@dataclass(frozen=True, slots=True)
class Limit:
    """The last lawful day of something, or None where the law sets none; with words and source."""

    last_day: date | None
    words: str
    citation: str


def decide_regime(facts: ProcurementFacts, policy: Policy) -> RegimeDecision:
    """The law a procurement is under, fixed by the day it began and kept to the end.

    Call-offs inherit their framework's law whatever their own date (SI 2024/716 r.5(1)), save that one for
    in-scope health services begun from 1 January 2024 is under the PSR whatever the framework (SI
    2023/1348 r.29(3)(b); not those of a dynamic purchasing system, r.29(1)(c)). Raises CannotTell without a
    date or a parent, and NoRule for a procurement begun before 26 February 2015.
    """
    began = facts.began()
    if began and facts.health_service and not facts.parent_is_dynamic:
        rule = policy.rule("regime.health services", began[0])
        if rule.value == Regime.PSR_2023:
            why = f"in-scope health services, {_on(began)}; the PSR has no value threshold"
            return RegimeDecision(Regime.PSR_2023, why, rule.citation)
    if facts.parent:
        why = f"a call-off keeps the law of the arrangement it is made under: {facts.parent}"
        return RegimeDecision(facts.parent, why, "SI 2024/716 r.5(1)")
    if began is None:
        raise CannotTell(
            "the regime cannot be told without a date: give the day of the contract notice, the first "
            "contact with an operator, the transparency notice, the Contracts Finder notice or the award"
        )
    rule = policy.rule("regime", began[0])
    law = Regime(f"{rule.value} light touch" if facts.light_touch else str(rule.value))
    return _by_value(facts, law, began, rule, policy)


def _by_value(
    facts: ProcurementFacts, law: Regime, began: tuple[date, str], rule: Rule, policy: Policy
) -> RegimeDecision:
    day = began[0]
    threshold = policy.rule(f"threshold.{'light touch' if law.light_touch else 'sub-central'}", day)
    bounds = _bounds(facts, net=threshold.unit == "pounds net of VAT")
    if bounds is None:
        why = f"{_on(began)}; its value cannot be estimated, so it counts as above the threshold"
        return RegimeDecision(law, why, f"{rule.citation}; PA 2023 Sch.3 para.5")
    low, high = bounds
    if low < threshold.days <= high:
        raise CannotTell(f"give the estimated value in {threshold.unit}: VAT decides it on {say(day)}")
    said = f"£{high:,.0f} against £{threshold.days:,} ({threshold.unit.removeprefix('pounds ')})"
    sources = f"{rule.citation}; {threshold.citation}"
    if high < threshold.days:  # PA 2023 s.3 and PCR 2015 r.5: equal to the threshold is above it
        return RegimeDecision(Regime.BELOW_THRESHOLD, f"{_on(began)}; {said}: below the threshold", sources)
    return RegimeDecision(law, f"{_on(began)}; {said}: at or above the threshold", sources)


def _bounds(facts: ProcurementFacts, *, net: bool) -> tuple[Decimal, Decimal] | None:
    """The least and most the value can be, net of VAT or with it; None when it cannot be estimated."""
    without, including = facts.estimated_value_net, facts.estimated_value
    if net:
        if without is not None:
            return without, without
        return None if including is None else (including / WITH_VAT, including)
    if including is not None:
        return including, including
    return None if without is None else (without, without * WITH_VAT)


def assumed_regime(began: date | None, *, light_touch: bool) -> Regime:
    """The law a contract is most likely under, from one of its days alone; for a register that does not say.

    The Procurement Act 2023 came into force on 24 February 2025 and leaves what was begun before as it was (SI
    2024/716 r.5). To be confirmed by a person: what was signed later may have been begun before.
    """
    if began and began < PA_2023_IN_FORCE:
        return Regime.PCR_2015_LIGHT_TOUCH if light_touch else Regime.PCR_2015
    return Regime.PA_2023_LIGHT_TOUCH if light_touch else Regime.PA_2023


def successor_regime(regime: Regime, begins: date, policy: Policy) -> Regime:
    """The law a like service is bought under when its procurement begins on a day; for planning.

    A contract made under the regulations keeps them, what replaces it does not (SI 2024/716 r.5). Raises
    NoRule for a day before 26 February 2015.
    """
    if regime in (Regime.PSR_2023, Regime.BELOW_THRESHOLD):
        return regime
    law = str(policy.rule("regime", begins).value)
    return Regime(f"{law} light touch" if regime.light_touch else law)


def standstill(
    regime: Regime,
    notice_sent: date,
    policy: Policy,
    *,
    electronic: bool = True,
    call_off: bool = False,
    voluntary: bool = False,
    excused_direct_award: bool = False,
) -> Clock:
    """The standstill that follows an award notice sent or published on a day.

    PA 2023: working days in the whole UK, the day of publication the first (s.51(2), s.123). PCR 2015: days
    after sending, rolled to the next working day (r.87(2), r.2(4)); by post the longer limit of r.87(3),
    which ends sooner if ten days have passed since the last supplier had its letter. PSR: begins the day
    after, and ends with the eighth working day after the one it began on (r.12(2) and (9)).

    There is none for call-offs (PCR r.86(5)(c), PA 2023 s.51(3)(d) and (e)), though one competed under a PSR
    framework has it (r.18(7)); for PA 2023 light touch (s.51(3)(f)), unless `voluntary`; and for the direct
    awards each law excuses: PCR r.32 (r.86(5)(a)), PA 2023 extreme urgency (s.51(3)(a)), PSR processes A and B
    or without competition under a framework (r.12(1), r.18(5)). Raises NoRule for a day before the law.
    """
    exempt = _no_standstill(regime, call_off, excused_direct_award)
    if exempt and not (voluntary and regime in _PA_2023):
        words, citation = exempt
        return Clock(None, None, notice_sent, mandatory=False, words=words, citation=citation)
    begins = _next(notice_sent)
    if regime in _PA_2023:
        rule = policy.rule(f"standstill.PA 2023{'.voluntary' if exempt else ''}", notice_sent)
        calendar, begins = policy.calendar(Division.WHOLE_UK), notice_sent
        ends = working_days_beginning_with(notice_sent, rule.days, calendar)
        passed = calendar.skipped(begins, ends)
        how = (
            f"{rule.days} working days beginning with publication on {say(notice_sent)}, no bank holiday of "
            f"any part of the UK counted{'; volunteered, so binding once announced' if exempt else ''}"
        )
    elif regime is Regime.PSR_2023:
        rule, calendar = policy.rule("standstill.PSR", notice_sent), policy.calendar()
        ends = working_days_after(begins, rule.days, calendar)
        passed = calendar.skipped(begins, ends)
        how = (
            f"begins on {say(begins)}, the day after publication, and ends with working day {rule.days} "
            "after that; longer if a provider makes representations"
        )
    else:
        rule = policy.rule(f"standstill.PCR 2015{'' if electronic else '.by post'}", notice_sent)
        calendar, counted = policy.calendar(Division.PCR_2015), after(notice_sent, rule.days)
        ends = pcr_forward(notice_sent, rule.days, calendar)
        passed = calendar.skipped(counted, ends)
        how = f"{rule.days} days after the notice was sent on {say(notice_sent)}"
        if ends != counted:
            how += f", moved from {say(counted)} to the next working day"
    return Clock(
        begins,
        ends,
        _next(ends),
        mandatory=not exempt,
        words=f"{how}: until the end of {say(ends)}",
        citation=rule.citation,
        skipped=passed,
        provisional=calendar.provisional(ends),
    )


_PA_2023 = (Regime.PA_2023, Regime.PA_2023_LIGHT_TOUCH)
_PCR_2015 = (Regime.PCR_2015, Regime.PCR_2015_LIGHT_TOUCH)


def _no_standstill(regime: Regime, call_off: bool, excused: bool) -> tuple[str, str] | None:
    """Why no standstill is needed, and where that stands; None when it is."""
    if regime is Regime.BELOW_THRESHOLD:
        return "no standstill is needed below the threshold", "PA 2023 s.51(1); PCR 2015 r.85"
    if excused:
        where = (
            "PCR 2015 r.86(5)(a)"
            if regime in _PCR_2015
            else "PA 2023 s.51(3)(a)"
            if regime in _PA_2023
            else "SI 2023/1348 r.12(1) and r.18(5)"
        )
        return "no standstill is needed for this kind of direct award", where
    if call_off and regime is not Regime.PSR_2023:
        law = "PCR 2015 r.86(5)(c)" if regime in _PCR_2015 else "PA 2023 s.51(3)(d) and (e)"
        return "no standstill is needed for a call-off", law
    if regime is Regime.PA_2023_LIGHT_TOUCH:
        return "no standstill is needed for a light-touch contract", "PA 2023 s.51(3)(f)"
    return None


def minimum_tender_period(
    regime: Regime,
    procedure: Procedure,
    sent: date,
    policy: Policy,
    *,
    electronic: bool = True,
    documents_together: bool = True,
    prior_notice: bool = False,
    urgent: bool = False,
    agreed: bool = False,
) -> TenderPeriod:
    """The least time for tenders or requests after the notice or invitation of day `sent`.

    The shortest rule that fits is the minimum (PA 2023 s.54(3)–(4); PCR 2015 r.27–28, r.34). The day of
    sending is not counted (s.54(5); r.2(3)(b)); under PCR 2015 a period ending on a non-working day ends
    with the next working one (r.2(4)) and holds at least two of them (r.2(3)(a)). `prior_notice` is a
    qualifying planned procurement notice (s.15(3)) or prior information notice (r.27(4)); `agreed` a period
    agreed with all who are invited (s.54(5); r.28(7)). Raises CannotTell for a procedure a law does not know.
    """
    begins, calendar = _next(sent), policy.calendar(Division.PCR_2015)
    law = "PCR 2015" if regime in _PCR_2015 else "PA 2023"
    if regime in _NO_MINIMUM:
        words, citation = _NO_MINIMUM[regime]
        return TenderPeriod(None, begins, None, words, citation)
    if agreed and procedure in (Procedure.INVITED, Procedure.MEMBER):
        by = "PCR 2015 r.28(7) and r.34(12)" if law == "PCR 2015" else "PA 2023 s.54(4) and (5)"
        return TenderPeriod(None, begins, None, "as agreed with everybody invited, the same for all", by)
    fitting = [
        policy.rule(key, sent)
        for key in _tender_keys(law, procedure, electronic, documents_together, prior_notice, urgent)
        if key in REGIME_RULES
    ]
    if not fitting:
        raise CannotTell(
            f"{law} sets no time for {procedure.value!r}: a dynamic market is joined at any time"
        )
    rule = min(fitting, key=lambda found: found.days)
    counted = after(sent, rule.days)
    ends = pcr_forward(sent, rule.days, calendar) if law == "PCR 2015" else counted
    words = f"{rule.days} days, the first the day after {say(sent)}"
    if ends != counted:
        words += f"; moved from {say(counted)} to a working day"
    return TenderPeriod(
        rule.days,
        begins,
        ends,
        words,
        rule.citation,
        calendar.skipped(counted, ends) if ends != counted else (),
        law == "PCR 2015" and calendar.provisional(ends),
    )


_NO_MINIMUM = {
    Regime.PCR_2015_LIGHT_TOUCH: ("no minimum, but reasonable and proportionate", "PCR 2015 r.76(6)"),
    Regime.PA_2023_LIGHT_TOUCH: (
        "no minimum, but the matters of s.54(1) are weighed",
        "PA 2023 s.54(1), (3), (4)",
    ),
    Regime.PSR_2023: ("no minimum for offers", "SI 2023/1348 r.11"),
    Regime.BELOW_THRESHOLD: ("no minimum, but reasonable and the same for each supplier", "PA 2023 s.87(6)"),
}


def _tender_keys(
    law: str,
    procedure: Procedure,
    electronic: bool,
    documents_together: bool,
    prior_notice: bool,
    urgent: bool,
) -> Iterator[str]:
    base = f"tender.{law}.{procedure}"
    yield base
    if electronic:
        yield f"{base}.electronic"
    if documents_together:
        yield f"{base}.documents together"
    if electronic and documents_together:
        yield f"{base}.electronic, documents together"
    if prior_notice:
        yield f"{base}.prior notice"
    if urgent:
        yield f"{base}.urgent"


def framework_limit(regime: Regime, begins: date, policy: Policy) -> Limit:
    """The last day a framework beginning on a day may run to; None where the law sets no maximum.

    Longer is lawful in exceptional cases (PCR 2015 r.33(3); PSR r.16(5)) or with reasons given in the notice
    (PA 2023 s.47(2) and (3)).
    """
    if regime is Regime.PA_2023_LIGHT_TOUCH:
        return Limit(None, "a light-touch framework has no maximum term", "PA 2023 s.47(5)(c)")
    if regime is Regime.PCR_2015_LIGHT_TOUCH:
        return Limit(
            None, "a light-touch framework follows r.74 to r.77, which set no maximum", "PCR 2015 r.74"
        )
    if regime is Regime.BELOW_THRESHOLD:
        return Limit(None, "below the threshold no maximum is set", "PA 2023 s.47(1)")
    rule = policy.rule(f"framework.{regime}", begins)
    last = _years(begins, rule)
    return Limit(
        last, f"{rule.days} years beginning with {say(begins)}, longer only with reasons", rule.citation
    )


def open_framework_limit(first_award: date, policy: Policy, *, single_supplier: bool = False) -> Limit:
    """The last day of an open framework (PA 2023 s.49(2)(c)); with one supplier, of that framework (s.49(6)).

    Light-touch open frameworks are bound too: s.47(5)(c) lifts only the limit of s.47.
    """
    rule = policy.rule("open framework.single supplier" if single_supplier else "open framework", first_award)
    words = f"{rule.days} years beginning with the award on {say(first_award)}"
    return Limit(_years(first_award, rule), words, rule.citation)


def reopening_limit(last_award: date, number: int, policy: Policy) -> Limit:
    """The last day to award the next framework of an open one; `number` of the framework in force, from 1.

    Within three years of the first award, then within each five years (PA 2023 s.49(2)(a)).
    """
    rule = policy.rule(f"open framework.{'first' if number == 1 else 'later'} reopening", last_award)
    words = f"the next award within {rule.days} years beginning with {say(last_award)}"
    return Limit(_years(last_award, rule), words, rule.citation)


def dps_limit(established: date, policy: Policy, *, stated: date | None = None) -> Limit:
    """The last day of a dynamic purchasing system: as stated, and at the latest 23 February 2029.

    SI 2024/716 r.5(4)(b)(ii). Its placements and contracts are not ended by it.
    """
    rule = policy.rule("dynamic purchasing system", established)
    last = min((day for day in (stated, rule.valid_to) if day), default=None)
    words = (
        "as stated" if last == stated and stated else "every dynamic purchasing system expires on that day"
    )
    return Limit(last, words, rule.citation)


def dps_validity_may_change(on: date, policy: Policy) -> bool:
    """Whether the end of a dynamic purchasing system may still be changed (not after 23 February 2026)."""
    try:
        policy.rule("dynamic purchasing system.change of validity", on)
    except NoRule:
        return False
    return True


def _on(began: tuple[date, str]) -> str:
    return f"{began[1]} on {say(began[0])}"


def _next(day: date) -> date:
    return day + timedelta(days=1)


def _years(begins: date, rule: Rule) -> date:
    return months_after(begins, 12 * rule.days) - timedelta(days=1)
