"""The notices of the Procurement Act 2023, UK1 to UK17: what sets each off and its last day.

The numbers, and the days each came into force, are dated rows of the policy (`notice.UK7` and so on). A
number is counted from the trigger, its day included ("the period of 30 days beginning with the day on
which…"); words stand where the Act sets no number.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from lifecycle.calendars import Calendar
from lifecycle.counting import beginning_with, months_before, working_day_on_or_before
from lifecycle.policy import NoRule, Policy, Rule
from lifecycle.words import say


@dataclass(frozen=True, slots=True)
class NoticeKind:
    """One row of the table. `trigger` says which day `notice()` wants.

    `light_touch` and `user_choice` say why a light-touch contract, or one awarded directly by user choice
    (Sch.5 para.15–17), does not need the notice; empty where it does.
    """

    code: str
    name: str
    section: str
    trigger: str
    light_touch: str = ""
    user_choice: str = ""
    copy_of: str = ""


NOTICES: Mapping[str, NoticeKind] = {
    kind.code: kind
    for kind in (
        NoticeKind(
            "UK1", "pipeline notice", "s.93", "a day in the financial year over £100 million will be paid in"
        ),
        NoticeKind("UK2", "preliminary market engagement notice", "s.17", "publication of the tender notice"),
        NoticeKind("UK3", "planned procurement notice", "s.15", "publication of the tender notice"),
        NoticeKind("UK4", "tender notice", "s.21", "invitation of competition"),
        NoticeKind("UK5", "transparency notice", "s.44", "direct award", user_choice="s.44(3)"),
        NoticeKind(
            "UK6", "contract award notice", "s.50", "entry into the contract", user_choice="s.50(6)(b)"
        ),
        NoticeKind(
            "UK7",
            "contract details notice",
            "s.53",
            "entry into the contract",
            user_choice="s.53(6)(b)",
            copy_of="the contract",
        ),
        NoticeKind("UK8", "payments compliance notice", "s.69", "a day in the half-year of a payment"),
        NoticeKind(
            "UK9",
            "contract performance notice",
            "s.71",
            "finding of the breach or failure",
            light_touch="s.71(6)",
        ),
        NoticeKind(
            "UK10",
            "contract change notice",
            "s.75",
            "modification of the contract",
            light_touch="s.75(6)(b)",
            copy_of="the modification",
        ),
        NoticeKind(
            "UK11",
            "contract termination notice",
            "s.80",
            "end of the contract, by expiry too",
            user_choice="s.80(4)(b)",
        ),
        NoticeKind("UK12", "procurement termination notice", "s.55", "decision not to award"),
        NoticeKind(
            "UK13", "dynamic market notice: intention", "s.39(2)", "establishment of the dynamic market"
        ),
        NoticeKind(
            "UK14", "dynamic market notice: establishment", "s.39(3)", "establishment of the dynamic market"
        ),
        NoticeKind(
            "UK15", "dynamic market notice: modification", "s.39(4)", "modification of the dynamic market"
        ),
        NoticeKind("UK16", "dynamic market notice: cessation", "s.39(5)", "end of the dynamic market"),
        NoticeKind("UK17", "contract payment notice", "s.70", "a payment of more than £30,000"),
    )
}

NOTICE_RULES: Mapping[str, tuple[str, ...]] = {
    **{f"notice.{code}": ("days", "") for code in NOTICES},
    "notice.UK3.not earlier than": ("months",),
    "notice.UK7.light touch": ("days",),
    "notice.UK7.below threshold": ("",),
    "notice.UK7.copy": ("days",),
    "notice.UK7.copy.light touch": ("days",),
    "notice.UK10.copy": ("days",),
}
"""The policy's rules this module reads, each with the units it may be counted in."""

PIPELINE_SPENDING = 100_000_000
"""Pounds in the coming financial year above which an authority publishes its pipeline (PA 2023 s.93(1))."""
PIPELINE_VALUE = 2_000_000
"""Pounds above which a procurement belongs in it (s.93(2))."""
BELOW_THRESHOLD_FROM = 30_000
"""Pounds including VAT from which a contract below the threshold is regulated (s.84(1), s.87)."""
PAYMENT_OVER = 30_000
"""Pounds above which a payment is published (s.70(1))."""
COPY_OVER = 5_000_000
"""Pounds above which a copy of the contract is published (s.53(3))."""


class UnknownNotice(ValueError):
    """There is no notice of that code."""


@dataclass(frozen=True, slots=True)
class Notice:
    """When a notice is due.

    `last_day` is the last lawful day to publish, None where the Act sets no number ("before…", "as soon as
    reasonably practicable": see `words`) or `required` is False. The Act moves no last day off a weekend or
    bank holiday, so `target` is the last working day (England and Wales) on or before it. `earliest` is set
    for UK3 only; `copy_last_day` is for the copy of a contract worth more than £5 million.
    """

    code: str
    name: str
    required: bool
    words: str
    citation: str
    last_day: date | None = None
    target: date | None = None
    earliest: date | None = None
    copy_last_day: date | None = None
    copy_target: date | None = None
    copy_citation: str = ""
    provisional: bool = False


def notice(
    code: str,
    trigger: date,
    policy: Policy,
    *,
    light_touch: bool = False,
    user_choice: bool = False,
    below_threshold: bool = False,
    began: date | None = None,
) -> Notice:
    """When the notice is due that a trigger sets off; NOTICES[code].trigger says which day that is.

    UK1 counts from 1 April of the trigger's financial year, UK8 from the 31 March or 30 September and UK17
    from the quarter's last day on or after it. UK3's last day is that of a qualifying notice (s.15(3)).
    `began` is the day the procurement began, where known: UK17 binds only those begun since it came into
    force. Below the threshold only UK4 and UK7 apply, from £30,000 (s.87). Raises UnknownNotice, and NoRule
    for a trigger before the notice came into force.
    """
    kind = NOTICES.get(code.upper().replace(" ", ""))
    if kind is None:
        raise UnknownNotice(f"there is no notice {code!r}: the codes are UK1 to UK17")
    rule = _rule(kind, trigger, policy, light_touch, below_threshold)
    exempt = _exempt(kind, light_touch, user_choice, below_threshold) or _begun_before(kind, began, policy)
    if exempt:
        words, citation = exempt
        return Notice(kind.code, kind.name, required=False, words=words, citation=citation)
    calendar = policy.calendar()
    anchor, named = _anchor(kind, trigger)
    copy = _copy(kind, anchor, policy, light_touch, below_threshold)
    copy_last = beginning_with(anchor, copy.days) if copy else None
    copy_words = (
        f"; a copy of {kind.copy_of} worth more than £5 million by {say(copy_last)}" if copy_last else ""
    )
    last_day, earliest = None, None
    if kind.code == "UK3":
        months = policy.rule("notice.UK3.not earlier than", trigger).days
        last_day, earliest = anchor - timedelta(days=rule.days), months_before(anchor, months)
        words = (
            f"shortens the tender period if published from {say(earliest)} to {say(last_day)}: at least "
            f"{rule.days} days and at most {months} months before the tender notice of {say(anchor)}"
        )
    elif isinstance(rule.value, str):
        words = f"{rule.value} ({kind.trigger}: {say(anchor)})"
    else:
        last_day = beginning_with(anchor, rule.days)
        words = f"{rule.days} days beginning with {named}: by {say(last_day)}"
    if kind.code == "UK9":
        words += "; assessments against key performance indicators at least every 12 months and at the end (s.71(2))"
    target, copy_target = _target(last_day, calendar), _target(copy_last, calendar)
    if target != last_day and target:
        words += f", no working day, so aim for {say(target)}"
    return Notice(
        kind.code,
        kind.name,
        required=kind.code != "UK3",
        words=words + copy_words,
        citation=rule.citation,
        last_day=last_day,
        target=target,
        earliest=earliest,
        copy_last_day=copy_last,
        copy_target=copy_target,
        copy_citation=copy.citation if copy else "",
        provisional=any(calendar.provisional(day) for day in (last_day, copy_last) if day),
    )


def _rule(kind: NoticeKind, trigger: date, policy: Policy, light_touch: bool, below_threshold: bool) -> Rule:
    key = f"notice.{kind.code}"
    if kind.code == "UK7":
        key += ".below threshold" if below_threshold else ".light touch" if light_touch else ""
    try:
        return policy.rule(key, trigger)
    except NoRule as error:
        raise NoRule(
            f"the {kind.name} ({kind.code}, PA 2023 {kind.section}) was not in force on {say(trigger)}"
        ) from error


def _exempt(
    kind: NoticeKind, light_touch: bool, user_choice: bool, below_threshold: bool
) -> tuple[str, str] | None:
    """Why the notice is not needed, and where that stands; None when it is."""
    if light_touch and kind.light_touch:
        return "not needed for a light-touch contract", f"PA 2023 {kind.light_touch}"
    if user_choice and kind.user_choice:
        return "not needed for a user-choice direct award", f"PA 2023 {kind.user_choice}"
    if below_threshold and kind.code not in ("UK4", "UK7"):
        return "not needed below the threshold", "PA 2023 s.87"
    return None


def _begun_before(kind: NoticeKind, began: date | None, policy: Policy) -> tuple[str, str] | None:
    """UK17 alone looks to the day the procurement began (its commencement regulations), not to the trigger."""
    if kind.code != "UK17" or began is None:
        return None
    try:
        policy.rule("notice.UK17", began)
    except NoRule:
        return f"not needed: the procurement began on {say(began)}, before s.70 was in force", "PA 2023 s.70"
    return None


def _anchor(kind: NoticeKind, trigger: date) -> tuple[date, str]:
    """The day the period begins with, and its name."""
    if kind.code == "UK1":
        first = date(trigger.year - (trigger < date(trigger.year, 4, 1)), 4, 1)
        return first, f"the first day of the financial year, {say(first)}"
    if kind.code in ("UK8", "UK17"):
        ends = ((3, 31), (9, 30)) if kind.code == "UK8" else ((3, 31), (6, 30), (9, 30), (12, 31))
        days = (date(year, *end) for year in (trigger.year, trigger.year + 1) for end in ends)
        last = next(day for day in days if day >= trigger)
        return last, f"the last day of the {'half-year' if kind.code == 'UK8' else 'quarter'}, {say(last)}"
    return trigger, f"the {kind.trigger} on {say(trigger)}"


def _copy(
    kind: NoticeKind, anchor: date, policy: Policy, light_touch: bool, below_threshold: bool
) -> Rule | None:
    if not kind.copy_of or below_threshold:
        return None
    light = ".light touch" if light_touch and kind.code == "UK7" else ""
    return policy.rule(f"notice.{kind.code}.copy{light}", anchor)


def _target(day: date | None, calendar: Calendar) -> date | None:
    return working_day_on_or_before(day, calendar) if day else None
