"""`recommission dates`: a calculator for the secretary, and for anyone who doubts us.

Every command prints the ISO date or period alone on the first line, and below it how it was found; `--json`
prints all of it. The rules are those the plans are made with, on the council's own policy and holidays.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any, NoReturn

import typer

from recommission.options import as_day

if TYPE_CHECKING:
    from lifecycle.partial_dates import PartialDate
    from lifecycle.policy import Policy

app = typer.Typer(help="Calculate a date, and see how.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Calculate a date, and see how."""


# What people type. Each parser ends with one message and exit status 2.


def _refuse(message: str) -> NoReturn:
    from recommission.errors import refuse

    refuse(message)
    raise AssertionError("refusing ends the command")


def _number(text: str | int) -> int:
    text = str(text)  # Typer hands an option's default over as well
    if not re.fullmatch(r"0*[1-9][0-9]{0,3}", text):
        _refuse(f"“{text}” is no number to count by. Write a whole number from 1 to 9999.")
    return int(text)


def _plain(text: str) -> str:
    return re.sub(r"[^a-z0-9]", "", text.casefold())


def _known(what: str, text: str, plain: str, known: Iterable[str]) -> str:
    """The known value written as `plain`; refuses others, naming the known ones."""
    names = {_plain(value): value for value in known}
    if plain not in names:
        _refuse(f"There is no {what} “{text}”. Write one of: {', '.join(names.values())}.")
    return names[plain]


_REGIME_SPELLINGS = (
    (r"^(pa|procurementact)(2023|23)?", "pa2023"),
    (r"^(pcr|publiccontractsregulations)(2015|15)?", "pcr2015"),
    (r"^(psr|providerselectionregime)(2023|23)?$", "psr"),
    (r"^below(the)?(threshold)?$", "belowthreshold"),
    (r"(?<=\d)(lt|light)$", "lighttouch"),
)


def _regime(text: str) -> str:
    from lifecycle.regimes import Regime

    plain = _plain(text)
    for spelling, law in _REGIME_SPELLINGS:
        plain = re.sub(spelling, law, plain)
    return _known("procurement regime", text, plain, Regime)


def _procedure(text: str) -> str:
    from lifecycle.regimes import Procedure

    return _known("procedure", text, _plain(text), Procedure)


_DIVISION_SPELLINGS = {
    **dict.fromkeys(("england", "wales", "ew", "englandwales"), "englandandwales"),
    **dict.fromkeys(("uk", "unitedkingdom", "pa2023"), "wholeuk"),
    "ni": "northernireland",
    "pcr": "pcr2015",
}


def _division(text: str) -> str:
    from lifecycle.calendars import Division

    plain = _plain(text)
    return _known("calendar", text, _DIVISION_SPELLINGS.get(plain, plain), Division)


Day = Annotated[
    date, typer.Argument(parser=as_day, metavar="DAY", help="2022-04-25, 25/04/2022 or “25 April 2022”.")
]
Number = Annotated[int, typer.Argument(parser=_number, metavar="N", help="How many, 1 or more.")]
Law = Annotated[
    str,
    typer.Option(
        "--regime",
        parser=_regime,
        metavar="LAW",
        help="pa2023, pa2023-light-touch, pcr2015, pcr2015-light-touch, psr or below-threshold.",
    ),
]
Sent = Annotated[
    date,
    typer.Option(
        "--from",
        "--sent",
        "--published",
        parser=as_day,
        metavar="DAY",
        help="The day the notice was sent or published.",
    ),
]
DivisionOption = Annotated[
    str | None,
    typer.Option(
        "--division",
        parser=_division,
        metavar="CALENDAR",
        help="england-and-wales, scotland, northern-ireland, whole-uk or pcr-2015.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="All of it for machines.")]


@contextmanager
def _council() -> Iterator["Policy"]:
    """The council's policy; what the rules refuse ends with one message and exit status 2."""
    from config.policy_file import PolicyRefused, load_policy
    from config.settings import Settings
    from lifecycle.calendars import OutsideCalendar
    from lifecycle.notices import UnknownNotice
    from lifecycle.policy import NoRule
    from lifecycle.regimes import CannotTell

    try:
        # Not load_settings(): calculating a date leaves no folder behind.
        yield load_policy(Settings().policy)
    except PolicyRefused as error:
        _refuse(str(error))
    except NoRule as error:
        _refuse(_sentence(f"{error}. Check the day, and the law it is under."))
    except (CannotTell, OutsideCalendar, UnknownNotice) as error:
        _refuse(_sentence(f"{error}."))


def _answer(
    ctx: typer.Context,
    result: str | date,
    *lines: str,
    rule: str,
    citation: str = "",
    skipped: Iterable[tuple[date, str]] = (),
    provisional: bool = False,
    policy: "Policy | None" = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Print the result alone, then how it was found; or everything as JSON.

    `policy` names the skipped days that the council added; `more` is for JSON only.
    """
    from lifecycle.calendars import HORIZON
    from lifecycle.words import say

    added = policy.added_holidays if policy else {}
    named = [(day, added.get(day, name)) for day, name in skipped]
    if ctx.params["as_json"]:
        everything = {
            "result": str(result),
            "rule": rule,
            "citation": citation,
            "inputs": {
                name: " ".join(given) if isinstance(given, list) else given
                for name, given in ctx.params.items()
                if name != "as_json"
            },
            "explanation": [_sentence(line) for line in lines],
            "skipped": [{"day": day, "name": name} for day, name in named],
            "provisional": provisional,
            **(more or {}),
        }
        typer.echo(json.dumps(everything, default=str, ensure_ascii=False, indent=2))
        return
    typer.echo(str(result))
    if isinstance(result, date):
        typer.echo(f"{result:%A} {say(result)}.")
    for line in lines:
        typer.echo(_sentence(line))
    if named:
        typer.echo("Not working days, so skipped:")
        for day, name in named:
            typer.echo(f"  {day}  {name if name == f'{day:%A}' else f'{day:%A}, {name}'}")
    if citation:
        typer.echo(f"Source: {citation}.")
    if provisional:
        typer.echo(f"Provisional: the bank holidays after {say(HORIZON)} are not published yet; it may move.")


def _sentence(words: str) -> str:
    return f"{words[0].upper()}{words[1:].rstrip('.')}."


# Counting: one rule of lifecycle.counting a command.


def _count(ctx: typer.Context, rule: str, day: date, n: int | None, division: str | None) -> None:
    from lifecycle.calendars import Division
    from lifecycle.counting import count

    with _council() as policy:
        counted = count(rule, day, n, policy.calendar(Division(division)) if division else None)
        _answer(
            ctx,
            counted.day,
            counted.words,
            *([f"calendar: {division}"] if division else []),
            rule=rule,
            citation=counted.citation,
            skipped=counted.skipped,
            provisional=counted.provisional,
            policy=policy,
            more={"division": division},
        )


_ENGLAND, _UK, _PCR = "england-and-wales", "whole-uk", "pcr-2015"  # values of Division
_COUNTING = (
    (
        "beginning-with",
        "beginning_with",
        None,
        "The last of N days of which DAY is the first (Procurement Act 2023).",
    ),
    ("after", "after", None, "The last of N days after DAY, which is not counted."),
    (
        "pcr-forward",
        "pcr_forward",
        _PCR,
        "The end of N days after DAY under PCR 2015: rolls to the next working day.",
    ),
    (
        "clear-days-after",
        "clear_days_after",
        _ENGLAND,
        "The first day to act once N clear working days have passed since DAY: call-in.",
    ),
    (
        "months-before",
        "months_before",
        None,
        "The corresponding date N months before DAY, or the last of a short month.",
    ),
    (
        "months-after",
        "months_after",
        None,
        "The corresponding date N months after DAY, or the last of a short month.",
    ),
)


def _add_counting(command: str, rule: str, division: str | None, help_text: str) -> None:
    @app.command(command, help=help_text)
    def run(ctx: typer.Context, day: Day, n: Number, as_json: AsJson = False) -> None:
        _count(ctx, rule, day, n, division)


for _row in _COUNTING:
    _add_counting(*_row)


@app.command("publish-by")
def publish_by(
    ctx: typer.Context,
    day: Day,
    clear_days: Annotated[
        int, typer.Option("--clear-days", parser=_number, metavar="N", help="How many must lie between.")
    ] = 5,
    calendar_days: Annotated[
        bool,
        typer.Option(
            "--calendar-days",
            help="Count every day of the week: the 28 days of a key decision (SI 2012/2089).",
        ),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The last day to publish with so many clear days before a meeting or decision on DAY."""
    if calendar_days:
        _count(ctx, "clear_calendar_days_before", day, clear_days, None)
    else:
        _count(ctx, "clear_days_before", day, clear_days, _ENGLAND)


@app.command("clear-days-between")
def clear_days_between(
    ctx: typer.Context,
    published: Day,
    event: Day,
    as_json: AsJson = False,
) -> None:
    """How many clear working days lie between two days, both left out."""
    from datetime import timedelta

    from lifecycle.counting import RULES
    from lifecycle.counting import clear_days_between as between
    from lifecycle.words import count_of, say

    if event <= published:
        _refuse(f"{say(event)} is not after {say(published)}. Write the day of publication first.")
    with _council() as policy:
        calendar = policy.calendar()
        n = between(published, event, calendar)
        _answer(
            ctx,
            str(n),
            f"{count_of(n, 'clear working day')} between {say(published)} and {say(event)}, "
            "both end days left out",
            f"calendar: {calendar.division}",
            rule="clear_days_between",
            citation=RULES["clear_days_before"].citation,
            skipped=calendar.skipped(published + timedelta(days=1), event - timedelta(days=1)),
            provisional=calendar.provisional(event),
            policy=policy,
            more={"division": calendar.division},
        )


@app.command("working-days")
def working_days(
    ctx: typer.Context,
    day: Day,
    n: Number,
    before: Annotated[bool, typer.Option("--before/--after", help="Count back, or on from DAY.")] = False,
    beginning_with: Annotated[
        bool, typer.Option("--beginning-with", help="DAY is the first, as in the Procurement Act 2023.")
    ] = False,
    division: DivisionOption = None,
    as_json: AsJson = False,
) -> None:
    """The Nth working day after or before DAY, DAY not counted, or the last of N beginning with it.

    Counted in England and Wales, and with --beginning-with in the whole UK, unless --division says otherwise.
    """
    if before and beginning_with:
        _refuse("--before and --beginning-with contradict each other. Give one of them.")
    rule = f"working_days_{'before' if before else 'beginning_with' if beginning_with else 'after'}"
    _count(ctx, rule, day, n, division or (_UK if beginning_with else _ENGLAND))


@app.command("roll-forward")
def roll_forward(ctx: typer.Context, day: Day, as_json: AsJson = False) -> None:
    """DAY, or the first day after it outside Sundays and holiday breaks (Local Government Act 1972 s.243)."""
    _count(ctx, "lga_roll_forward", day, None, _ENGLAND)


@app.command("is-working")
def is_working(
    ctx: typer.Context, day: Day, division: DivisionOption = None, as_json: AsJson = False
) -> None:
    """Whether DAY is a working day: yes or no, why, and the working days beside it."""
    from lifecycle.calendars import Division
    from lifecycle.words import say

    with _council() as policy:
        calendar = policy.calendar(Division(division or _ENGLAND))
        why = calendar.why_not_working(day)
        why = policy.added_holidays.get(day, why) if why else ""
        earlier, later = calendar.add_working(day, -1), calendar.add_working(day, 1)
        _answer(
            ctx,
            "no" if why else "yes",
            f"{say(day)} is a {day:%A}{'' if why in ('', f'{day:%A}') else f', {why}'}",
            f"calendar: {calendar.division}",
            f"the working day before it is {earlier}, the one after it {later}",
            rule="is_working",
            citation="Banking and Financial Dealings Act 1971; https://www.gov.uk/bank-holidays",
            provisional=calendar.provisional(later),
            more={"division": calendar.division, "why_not": why, "previous": earlier, "next": later},
        )


# Procurement law.


@app.command()
def standstill(
    ctx: typer.Context,
    regime: Law,
    sent: Sent,
    voluntary: Annotated[
        bool, typer.Option("--voluntary", help="Volunteered where the law asks for none.")
    ] = False,
    by_post: Annotated[
        bool, typer.Option("--by-post", help="Not sent electronically (PCR 2015 only).")
    ] = False,
    call_off: Annotated[bool, typer.Option("--call-off", help="A call-off under a framework.")] = False,
    direct_award: Annotated[
        bool, typer.Option("--direct-award", help="A direct award that the law excuses.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The last day of the standstill after an award notice, or “none”."""
    from lifecycle.regimes import Regime
    from lifecycle.regimes import standstill as clock_of
    from lifecycle.words import say

    law = Regime(regime)
    if by_post and not law.startswith("PCR"):
        _refuse("--by-post makes a difference under PCR 2015 only. Leave it out.")
    if voluntary and not law.startswith("PA"):
        _refuse("--voluntary makes a difference under the Procurement Act 2023 only. Leave it out.")
    with _council() as policy:
        clock = clock_of(
            law,
            sent,
            policy,
            electronic=not by_post,
            call_off=call_off,
            voluntary=voluntary,
            excused_direct_award=direct_award,
        )
        _answer(
            ctx,
            clock.ends or "none",
            clock.words,
            f"the contract may be entered into from {say(clock.may_sign_from)}",
            rule=f"standstill, {law}",
            citation=clock.citation,
            skipped=clock.skipped,
            provisional=clock.provisional,
            policy=policy,
            more={
                "begins": clock.begins,
                "ends": clock.ends,
                "may_sign_from": clock.may_sign_from,
                "mandatory": clock.mandatory,
            },
        )


@app.command("tender-period")
def tender_period(
    ctx: typer.Context,
    regime: Law,
    sent: Sent,
    procedure: Annotated[
        str,
        typer.Option(
            "--procedure",
            parser=_procedure,
            metavar="KIND",
            help="open, participation, invited, joining or member.",
        ),
    ] = "open",
    on_paper: Annotated[
        bool, typer.Option("--on-paper", help="Tenders are not sent electronically.")
    ] = False,
    documents_later: Annotated[
        bool, typer.Option("--documents-later", help="The documents do not all come with the notice.")
    ] = False,
    prior_notice: Annotated[
        bool,
        typer.Option("--prior-notice", help="A qualifying planned or prior information notice went out."),
    ] = False,
    urgent: Annotated[bool, typer.Option("--urgent", help="A state of urgency, with reasons.")] = False,
    agreed: Annotated[
        bool, typer.Option("--agreed", help="The time is agreed with everybody invited.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """The first day that may be the deadline for tenders or requests, or “none” where the law sets no time."""
    from lifecycle.regimes import Procedure, Regime, minimum_tender_period

    with _council() as policy:
        period = minimum_tender_period(
            Regime(regime),
            Procedure(procedure),
            sent,
            policy,
            electronic=not on_paper,
            documents_together=not documents_later,
            prior_notice=prior_notice,
            urgent=urgent,
            agreed=agreed,
        )
        _answer(
            ctx,
            period.ends or "none",
            period.words,
            rule=f"tender period, {regime}, {procedure}",
            citation=period.citation,
            skipped=period.skipped,
            provisional=period.provisional,
            policy=policy,
            more={"days": period.days, "begins": period.begins, "ends": period.ends},
        )


@app.command("framework-limit")
def framework_limit(
    ctx: typer.Context,
    regime: Law,
    begins: Annotated[
        date, typer.Option("--from", parser=as_day, metavar="DAY", help="The framework's first day.")
    ],
    as_json: AsJson = False,
) -> None:
    """The last day a framework may run to, or “none” where the law sets no maximum."""
    from lifecycle.regimes import Regime
    from lifecycle.regimes import framework_limit as limit_of

    with _council() as policy:
        limit = limit_of(Regime(regime), begins, policy)
        _answer(
            ctx,
            limit.last_day or "none",
            limit.words,
            rule=f"framework term, {regime}",
            citation=limit.citation,
        )


@app.command()
def notice(
    ctx: typer.Context,
    code: Annotated[str, typer.Argument(metavar="NOTICE", help="UK1 to UK17.")],
    trigger: Annotated[
        date,
        typer.Option(
            "--on",
            "--entered",
            "--trigger",
            parser=as_day,
            metavar="DAY",
            help="The day that sets it off: entry into the contract, its end, a payment…",
        ),
    ],
    light_touch: Annotated[bool, typer.Option("--light-touch", help="A light-touch contract.")] = False,
    user_choice: Annotated[
        bool, typer.Option("--user-choice", help="A user-choice direct award (Sch.5 para.15–17).")
    ] = False,
    below_threshold: Annotated[
        bool, typer.Option("--below-threshold", help="A contract below the threshold.")
    ] = False,
    begun: Annotated[
        date | None,
        typer.Option("--begun", parser=as_day, metavar="DAY", help="The day the procurement began (UK17)."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The last day for a notice of the Procurement Act 2023.

    “none” is a notice that is not needed, “no fixed day” one the Act sets no number of days for.

    For UK3 it is the period in which the notice shortens the time for tenders.
    """
    from lifecycle.notices import NOTICES
    from lifecycle.notices import notice as notice_of

    with _council() as policy:
        due = notice_of(
            code,
            trigger,
            policy,
            light_touch=light_touch,
            user_choice=user_choice,
            below_threshold=below_threshold,
            began=begun,
        )
        result: str | date
        if due.earliest and due.last_day:
            result = f"{due.earliest}/{due.last_day}"
        else:
            result = due.last_day or ("no fixed day" if due.required else "none")
        _answer(
            ctx,
            result,
            f"{due.code}, {due.name}: {due.words}",
            *(
                [f"last day for the copy, where one is needed: {due.copy_last_day}, so by {due.copy_target}"]
                if due.copy_last_day
                else []
            ),
            rule=f"notice.{due.code}",
            citation="; ".join(filter(None, (due.citation, due.copy_citation))),
            skipped=policy.calendar().skipped(due.target, due.last_day)
            if due.target and due.last_day
            else (),
            provisional=due.provisional,
            policy=policy,
            more={
                "counted_from": NOTICES[due.code].trigger,
                **{name: given for name, given in asdict(due).items() if name not in ("words", "citation")},
            },
        )


# Words.


def _period(read: "PartialDate") -> str:
    """The ISO day, or the days from earliest to latest as EDTF writes an interval; XXXX where neither is known."""
    if read.pinned:
        return str(read.earliest)
    if not (read.earliest or read.latest):
        return read.edtf
    return f"{read.earliest or '..'}/{read.latest or '..'}"


@app.command()
def parse(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="A date as people write it.")],
    as_json: AsJson = False,
) -> None:
    """The days that a date in words can mean: “August 2023”, “academic year 2023/24”, “by 31 March 2024”."""
    from lifecycle.partial_dates import DateRefused, PartialDate
    from lifecycle.words import say

    try:
        read = PartialDate.parse(" ".join(words))
    except DateRefused as refused:
        _refuse(str(refused))
    _answer(
        ctx,
        _period(read),
        f"earliest: {say(read.earliest) if read.earliest else 'not known'}; lead times and alerts count from it",
        f"latest: {say(read.latest) if read.latest else 'not known'}; overdue counts from it",
        f"precision: {read.precision.replace('_', ' ')}",
        f"EDTF: {read.edtf}",
        f"as written: “{read.text}”",
        rule="partial date",
        citation="ISO 8601-2 (EDTF); academic years are 1 September to 31 August by contract convention"
        if read.precision == "academic_year"
        else "ISO 8601-2 (EDTF)",
        more={**asdict(read), "pinned": read.pinned},
    )


@app.command()
def terms(
    ctx: typer.Context,
    words: Annotated[list[str], typer.Argument(metavar="WORDS", help="A term as the notice words it.")],
    start: Annotated[
        date | None,
        typer.Option(
            "--start", parser=as_day, metavar="DAY", help="The contract's first day, if not in the words."
        ),
    ] = None,
    end: Annotated[
        date | None,
        typer.Option(
            "--end", parser=as_day, metavar="DAY", help="The notice's own last day; it only checks."
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """The last possible day of a contract by the wording of its term and options, or “cannot tell”."""
    from lifecycle.terms import Confidence, read_terms

    if start and end and end < start:
        _refuse(f"--end {end} is before --start {start}. Check both days.")
    read = read_terms(" ".join(words), start, end)
    reading, _, doubts = read.reading.partition(" To check: ")
    checks = [doubts.rstrip(".")] if doubts else []
    if read.confidence is Confidence.CANNOT_TELL:
        checks.append("a person must read the words; nothing is guessed")
    elif not read.max_end:
        without = "" if read.start or start else "; give the first day with --start"
        checks.append(f"the last possible day, which the words and days given do not fix{without}")
    _answer(
        ctx,
        _period(read.max_end) if read.max_end else "cannot tell",
        f"as written: “{read.words}”",
        f"as read: {reading}",
        f"confidence: {read.confidence}",
        f"to check: {'; '.join(checks) or 'that a person reads the words the same way'}",
        rule="terms",
        citation="the words themselves; a stated last date wins over a sum",
        more={**asdict(read), "to_check": checks},
    )
