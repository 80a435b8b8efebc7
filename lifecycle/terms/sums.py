"""The sums: parts that must agree become a reading, or there is none."""

from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby

from lifecycle.partial_dates import PartialDate
from lifecycle.terms.model import (
    Confidence,
    DecidedBy,
    Found,
    Grant,
    Option,
    Terms,
    cannot,
    last_day_of,
    length,
    span,
)
from lifecycle.terms.phrases import Piece
from lifecycle.terms.wording import QUALIFIED, decided_by, says_optional


def settle(found: Found, words: str, start: date | None, end: date | None) -> Terms:
    if found.none:
        return _no_extension(found, words)
    _use_chains(found)
    initial = _initial_from_dates(found)
    _spread(found, initial)
    months = [month for grant in found.grants for month in grant.months]
    if not months:
        cannot(
            "an extension is mentioned but not its length" if found.extension else "no extension is mentioned"
        )
    if any(grant.plural for grant in found.grants):
        cannot("how many extensions there are is not said")
    single = all(len(grant.months) == 1 and not grant.up_to for grant in found.grants)
    if single and initial is None and not says_optional(found.text):
        cannot("whether this is an option or an extension being made is not clear")
    if found.total_came_first and initial is None:
        cannot("whether the length given is the initial term or the whole is not clear")
    total = _check_totals(found, initial, sum(months))
    for chain in found.restated:
        if list(chain) not in (months, [initial, *months]):
            cannot("the figures in brackets do not match the words")
    found.initial = initial
    initial_end, max_end = _ends(found, total, sum(months), start, end)
    stated_last = any(max_end is day for day, _ in found.ends)
    by_sum = _sum_end(found, initial_end, total, sum(months), start)
    if stated_last and by_sum and max_end and not _covers(max_end, by_sum):
        found.doubts.append(f"the lengths add up to {_day(by_sum)} instead; the stated date stands")
        total = None
    who = decided_by(found.text)
    options = tuple(
        Option(len(list(run)), each, up_to, who, found.notice)
        for (each, up_to), run in groupby(
            (month, grant.up_to) for grant in found.grants for month in grant.months
        )
    )
    confidence = Confidence.LIKELY if found.doubts else Confidence.CERTAIN
    terms = Terms(
        words,
        confidence,
        "",
        found.initial,
        found.start,
        initial_end,
        options,
        total,
        max_end,
        found.break_clause,
    )
    return _with_reading(terms, stated_last, found.doubts)


def refine(found: Found, piece: Piece, up_to: bool) -> bool:
    """ "two years in 12-month increments": cut what was granted into its parts. True if there was nothing yet."""
    if not found.grants:
        if piece.kind != "L" or found.increment not in (None, piece.months[0]):
            cannot(f"how “{piece.text}” divides the extension is not clear")
        found.increment, found.increment_up_to = piece.months[0], up_to
        return True
    grant = found.grants[-1]
    total = sum(grant.months)
    parts = piece.months if piece.kind in "RC" else piece.months * (total // piece.months[0])
    if sum(parts) != total:
        cannot(f"“{piece.text}” does not divide an extension of {length(total)}")
    found.grants[-1] = Grant(parts, up_to or piece.up_to)
    return False


def _no_extension(found: Found, words: str) -> Terms:
    if found.grants or found.totals or found.caps or found.whole or found.increment:
        cannot("the words both give and refuse an extension")
    if QUALIFIED.search(found.text.replace("without", "", 1)):
        cannot("the words refuse an extension only in part")
    initial = _initial_from_dates(found)
    found.initial = initial
    end = found.ends[0][0] if len(found.ends) == 1 else None
    return Terms(
        words,
        Confidence.CERTAIN,
        f"No extension{f'; term {length(initial)}' if initial else ''}.",
        initial,
        found.start,
        end,
        (),
        initial,
        end,
        found.break_clause,
    )


def _use_chains(found: Found) -> None:
    """ "3+1+1" gives the initial term and the options, unless the words give them too: then they must agree."""
    for chain in found.whole:
        first, *rest = chain
        granted = [month for grant in found.grants for month in grant.months]
        if found.initial == sum(chain) and not granted:
            found.initial = first  # "four years (2+1+1)"
        if found.initial not in (None, first) or (granted and granted != rest):
            cannot("the figures do not match the words")
        found.initial = first
        if not granted:
            found.grants = [Grant(tuple(rest))]


def _initial_from_dates(found: Found) -> int | None:
    """The initial term, checked against the first and last day where both are stated."""
    early = [day for day, after in found.ends if not after]
    if len(early) > 1:
        cannot("there are two dates for the end of the initial term")
    if not (found.start and early and found.start.pinned and early[0].pinned):
        return found.initial
    first, last = found.start.earliest, early[0].latest
    assert first is not None
    assert last is not None
    if last <= first:
        cannot("the term ends before it begins")
    if found.initial is not None:
        sum_end = last_day_of(first, found.initial)
        if sum_end is None or abs((sum_end - last).days) > 1:
            cannot(f"{length(found.initial)} from {_day(first)} is not {_day(last)}")
        if sum_end != last:
            found.doubts.append(f"{length(found.initial)} would end on {_day(sum_end)}")
        return found.initial
    return span(first, last)


def _spread(found: Found, initial: int | None) -> None:
    """Make options out of a total: "1 year, extended annually to a maximum of three years"."""
    if found.grants or not found.extension:
        return
    if not (found.totals or found.caps or found.increment):
        _spread_to_last_date(found, initial)
        return
    if found.caps and initial is not None and found.caps[0] <= initial and not found.totals:
        found.totals.append(
            initial + found.caps.pop(0)
        )  # it cannot be the whole: it is no longer than the start
    if not found.totals or initial is None:
        if found.caps:
            cannot(f"whether {length(found.caps[0])} is the whole contract or its extension is not clear")
        if found.totals:
            cannot("a maximum is given but not the initial term")
        return
    left = found.totals[0] - initial
    if left <= 0:
        cannot("the maximum is no longer than the initial term")
    found.grants.append(Grant((left,), up_to=True))
    if found.increment:
        refine(found, Piece("L", length(found.increment), months=(found.increment,)), found.increment_up_to)
        found.increment = None


def _spread_to_last_date(found: Found, initial: int | None) -> None:
    """ "Until 31 March 2027, extendable to 31 March 2029"."""
    early, late = (
        [day.latest for day, after in found.ends if after is said and day.pinned] for said in (False, True)
    )
    first = found.start.earliest if found.start and found.start.pinned else None
    initial_end = early[0] if early else last_day_of(first, initial) if first and initial else None
    if len(late) == 1 and late[0] and initial_end and initial_end < late[0]:
        months = span(initial_end + timedelta(days=1), late[0])
        if months:
            found.grants.append(Grant((months,), up_to=True))


def _check_totals(found: Found, initial: int | None, extensions: int) -> int | None:
    """The whole contract's months; raises where the words contradict themselves."""
    if found.increment:
        cannot("how often the extension may be repeated is not said")
    whole = None if initial is None else initial + extensions
    for total in found.totals:
        if total != whole and (whole is not None or total <= extensions):
            cannot(f"the parts do not add up to the stated total of {length(total)}")
        whole = total
    for cap in found.caps:
        if cap in (whole, extensions):
            continue
        if whole is not None or cap <= extensions:
            cannot(f"the parts do not add up to the stated {length(cap)}")
        whole = cap
    return whole


def _ends(
    found: Found, total: int | None, extensions: int, start: date | None, end: date | None
) -> tuple[PartialDate | None, PartialDate | None]:
    """The end of the initial term where stated, and the last possible day: stated, else by the sum."""
    first = found.start.earliest if found.start and found.start.pinned else None if found.start else start
    initial_end = next((day for day, after in found.ends if not after), None)
    late = [day for day, after in found.ends if after]
    for day in list(late):
        if (
            initial_end is None
            and first
            and found.initial
            and day.latest == last_day_of(first, found.initial)
        ):
            initial_end = (
                day  # "3 years with an option of 1, commencing 1 April 2025 and ending 31 March 2028"
            )
            late.remove(day)
    if len(late) > 1:
        cannot("there are two last dates")
    if late:
        last = late[0]
        if initial_end and initial_end.latest and last.latest and last.latest <= initial_end.latest:
            cannot("the last date is not after the end of the initial term")
        return initial_end, last
    by_sum = _sum_end(found, initial_end, total, extensions, start)
    if end and by_sum and found.initial and first and end not in (by_sum, last_day_of(first, found.initial)):
        found.doubts.append(f"the notice ends on {_day(end)}, which is neither end")
    return initial_end, PartialDate.on(by_sum) if by_sum else None


def _sum_end(
    found: Found, initial_end: PartialDate | None, total: int | None, extensions: int, start: date | None
) -> date | None:
    if initial_end:
        if initial_end.pinned and initial_end.latest and initial_end.latest < date.max:
            return last_day_of(initial_end.latest + timedelta(days=1), extensions)
        return None
    first = found.start.earliest if found.start and found.start.pinned else None if found.start else start
    return last_day_of(first, total) if first and total else None


def _covers(stated: PartialDate, day: date) -> bool:
    return (
        stated.earliest is not None and stated.latest is not None and stated.earliest <= day <= stated.latest
    )


def _day(day: date) -> str:
    return PartialDate.on(day).text


def _option(option: Option) -> str:
    times = "1 extension" if option.count == 1 else f"{option.count} extensions"
    each = " each" if option.count > 1 else ""
    return f"{times} of {'up to ' if option.up_to else ''}{length(option.months)}{each}"


def _with_reading(terms: Terms, stated_last: bool, doubts: list[str]) -> Terms:
    """The plain reading that a person confirms beside the words."""
    said = []
    if terms.initial_months:
        said.append(f"initial term {length(terms.initial_months)}")
    else:
        said.append("initial term" if terms.start or terms.initial_end else "initial term not said")
    if terms.start:
        said[0] += f" from {terms.start}"
    if terms.initial_end:
        said[0] += f" until {terms.initial_end}"
    said.append("then " + ", then ".join(map(_option, terms.options)))
    who = {
        DecidedBy.AUTHORITY: "the authority decides",
        DecidedBy.SUPPLIER: "the supplier decides",
        DecidedBy.MUTUAL: "both must agree",
    }
    if decided_by := terms.options[0].decided_by:
        said.append(who[decided_by])
    if notice := terms.options[0].notice_months:
        said.append(f"on {length(notice)} notice")
    if terms.max_total_months:
        said.append(f"{length(terms.max_total_months)} at most")
    if terms.max_end:
        said.append(f"last possible day {terms.max_end}, {'as stated' if stated_last else 'by the sum'}")
    if broken := terms.break_clause:
        said.append(
            "with a break clause" + (f" at {length(broken.after_months)}" if broken.after_months else "")
        )
        if broken.notice_months:
            said[-1] += f" on {length(broken.notice_months)} notice"
    reading = "; ".join(said)
    reading = reading[0].upper() + reading[1:] + "."
    if doubts:
        reading += f" To check: {'; '.join(dict.fromkeys(doubts))}."
    return replace(terms, reading=reading)
