"""What the quantities of a phrase are for: initial term, options, maximum, last date, notice, break.

The reader would rather say "cannot tell" than guess: **every number, length and date in the words must be
accounted for**, between words it knows, and the sums must agree. A stated last date wins over a sum
(DOMAIN.md section 2g: store number, length, exercise mode, notice, longstop).
"""

import re
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from itertools import groupby
from typing import NoReturn

from dateutil.relativedelta import relativedelta

from lifecycle.partial_dates import PartialDate, Precision
from lifecycle.terms.phrases import QUANTITIES, Piece, normalised, pieces


class Confidence(StrEnum):
    """Certain: the words say all of it. Likely: a person should look at the doubts in the reading."""

    CERTAIN = "certain"
    LIKELY = "likely"
    CANNOT_TELL = "cannot tell"


class DecidedBy(StrEnum):
    AUTHORITY = "authority"
    SUPPLIER = "supplier"
    MUTUAL = "mutual"


@dataclass(frozen=True, slots=True)
class Option:
    """So many extensions of so many months each; with `up_to`, each may be any length up to that."""

    count: int
    months: int
    up_to: bool = False
    decided_by: DecidedBy | None = None
    notice_months: int | None = None


@dataclass(frozen=True, slots=True)
class Break:
    """The contract can be ended early: after so many months, on so many months' notice, where said."""

    after_months: int | None = None
    notice_months: int | None = None


@dataclass(frozen=True, slots=True)
class Terms:
    """A reading of some words. When the confidence is "cannot tell" nothing but `words` and `reading` is filled.

    Dates are last or first days, inclusive. `max_end` is the stated last date if there is one (however the sum
    turns out), else the sum from the start or the initial end, else None. `max_total_months` counts the initial
    term and all options; None where the words leave it open or contradict a stated last date.
    """

    words: str
    confidence: Confidence
    reading: str
    initial_months: int | None = None
    start: PartialDate | None = None
    initial_end: PartialDate | None = None
    options: tuple[Option, ...] = ()
    max_total_months: int | None = None
    max_end: PartialDate | None = None
    break_clause: Break | None = None


def read_terms(words: str, start: date | None = None, end: date | None = None) -> Terms:
    """Read the wording of a term. Never raises: what is not understood is "cannot tell", with the reason.

    `start` and `end` are the notice's own first and last day. The start lets the last possible day be worked
    out; the end only checks, because notices give it now with and now without the extensions.
    """
    try:
        return _settle(_gather(normalised(words)), words, start, end)
    except _CannotTell as why:
        return Terms(words, Confidence.CANNOT_TELL, f"Cannot tell: {why}.")


class _CannotTell(Exception):
    """Raised with the reason, for people."""


@dataclass(slots=True)
class _Grant:
    """Extensions as worded: lengths in months, each perhaps "up to"."""

    months: tuple[int, ...]
    up_to: bool = False


@dataclass(slots=True)
class _Found:
    """What the quantities turned out to be, before the sums."""

    text: str
    initial: int | None = None
    grants: list[_Grant] = field(default_factory=list)
    totals: list[int] = field(default_factory=list)  # of the whole contract
    caps: list[int] = field(default_factory=list)  # of the contract or of the extensions: the sums decide
    restated: list[tuple[int, ...]] = field(default_factory=list)  # "(3+1+1)" after it was said in words
    whole: list[tuple[int, ...]] = field(default_factory=list)  # initial term and options said as one chain
    increment: int | None = None
    increment_up_to: bool = False
    start: PartialDate | None = None
    ends: list[tuple[PartialDate, bool]] = field(default_factory=list)  # with: said after the extension?
    notice: int | None = None
    break_clause: Break | None = None
    extension: bool = False  # has the word been said yet?
    total_came_first: bool = False
    none: bool = False
    doubts: list[str] = field(default_factory=list)


_WELSH = re.compile(
    r"\b(bydd|opsiwn|opsiynau|ymestyn|estyniad\w*|blynedd|mlynedd|flynedd|blwyddyn|flwyddyn|cyfnod|gyfnod|misoedd"
    r"|contractau|hyd at|ychwanegol|gychwynnol|dewis i)\b"
)
_EXTENDING = (
    r"(?:extended|utili[sz]ed|exercised|taken up|used|renewed|invoked|activated|enacted|varied|applied)"
)
_PAST = re.compile(
    rf"\b(?:has|have|had|was|were|been|being|now) (?:\w+ ){{0,2}}{_EXTENDING}\b|\bwill be (?:utili[sz]ed|used)\b"
    r"|\b(?:has|have) an? (?:\w+ )?extension\b|\bextension of the (?:existing|current)\b|\bcontract extension will\b"
)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|final|last|remaining|outstanding|existing|current)"
    r" (?:and final )?(?:optional |available )?(?:\w+ )?(?:extension|option|decision|renewal)s?\b"
)
_CORRECTION = re.compile(r"\b(?:originally|error|previously|instead of|correction|corrected|formerly)\b")
_REFUSED = re.compile(
    r"\b(?:no|not|nor|without|never|cannot)\b(?! (?:less|later|more|longer|exceed|greater|earlier|limited))"
    r"(?: \w+){0,4} (?:option|extension|extend|renewal|renew|extendable|renewable)(?:s|ed)?\b"
)
_QUALIFIED = re.compile(r"\b(?:beyond|except|unless|other than|further|provided|but|save|until|without)\b")

_SUPPLIERS = r"(?:supplier|contractor|provider|consultant|tenderer|operator)s?"
_DECIDERS: tuple[tuple[DecidedBy, re.Pattern[str]], ...] = (
    (
        DecidedBy.MUTUAL,
        re.compile(
            r"\bmutual(?:ly)?\b|\bagree(?:d|ment)?\b(?: \w+){0,2} (?:both|all)(?: the)? parties\b|\bjoint agreement\b"
            r"|\bboth (?:the )?parties (?:\w+ )?agree\b|\bparties agree\b|\bby agreement\b"
        ),
    ),
    (
        DecidedBy.SUPPLIER,
        re.compile(
            rf"\b(?:discretion|option|choice) of the {_SUPPLIERS}\b|\b{_SUPPLIERS} (?:sole |absolute )?discretion\b"
            rf"|\b{_SUPPLIERS} (?:may|can|has the (?:option|right))\b|\b{_SUPPLIERS} option\b"
        ),
    ),
    (
        DecidedBy.AUTHORITY,
        re.compile(
            rf"\bdiscretion\b(?! of the {_SUPPLIERS}\b)(?<!supplier discretion)(?<!provider discretion)"
            r"|\breserv(?:e|es|ed|ing) the right\b|\bat the option of (?!the (?:supplier|contractor|provider))"
            r"|\b(?:council|authority|trust|university|commissioner|commissioners|buyer|client|customer|purchaser"
            r"|college|employer|board|association|academy|school)s?"
            r"(?: may| is entitled| (?:will |shall )?(?:have|has|having) (?:the|an) (?:option|right)| option)\b"
        ),
    ),
)


def _decided_by(text: str) -> DecidedBy | None:
    supplier_only = re.sub(rf"\b{_SUPPLIERS} (?:sole |absolute )?discretion\b", "", text)
    said = [who for who, p in _DECIDERS if p.search(supplier_only if who is DecidedBy.AUTHORITY else text)]
    if DecidedBy.MUTUAL in said:
        return DecidedBy.MUTUAL
    return said[0] if len(said) == 1 else None


# --- from quantities to parts -------------------------------------------------------------------------------


def _gather(text: str) -> _Found:
    if not text:
        _cannot("there are no words")
    if _WELSH.search(text):
        _cannot("the words are in Welsh, which is not read here")
    if _PAST.search(text):
        _cannot("the words tell of an extension already made or under way, not of what may still be extended")
    if _ORDINAL.search(text):
        _cannot("the words speak of one extension out of several, or of one in force")
    if _CORRECTION.search(text):
        _cannot("the words correct or recall an earlier wording")
    found = _Found(text, none=bool(_REFUSED.search(text)))
    run = pieces(text)
    if sum(piece.kind in QUANTITIES for piece in run) > 40:
        _cannot("there are too many numbers for one contract's term")
    if text.count("(") != text.count(")"):
        found.doubts.append("the words are cut off")
    gap: list[Piece] = []
    for at, piece in enumerate(run):
        if piece.kind not in QUANTITIES:
            gap.append(piece)
            found.extension = found.extension or piece.kind in "eE"
            continue
        following = at + 1
        while following < len(run) and run[following].kind not in QUANTITIES:
            following += 1
        after = run[at + 1 : following]
        before = _sentence(gap)
        if _place(found, piece, before, after, run[following] if following < len(run) else None):
            gap = []
    return found


def _cannot(why: str) -> NoReturn:
    raise _CannotTell(why)


def _sentence(gap: list[Piece]) -> list[Piece]:
    last = max((at for at, piece in enumerate(gap) if piece.kind == "."), default=-1)
    return gap[last + 1 :]


def _kinds(run: list[Piece]) -> str:
    return "".join(piece.kind for piece in run)


def _words(run: list[Piece]) -> str:
    return " ".join(piece.text for piece in run)


def _place(
    found: _Found, piece: Piece, before: list[Piece], after: list[Piece], following: Piece | None
) -> bool:
    """Put a quantity where it belongs; False if what was said before it still governs what comes next."""
    kinds, words, next_kinds = _kinds(before), _words(before), _kinds(after)
    if piece.kind in "dy":
        _place_date(found, piece, words, after, following)
        return True
    if "q" in next_kinds[:3] or re.search(r"\bnotice (?:period )?of(?: \w+){0,3}$", words):
        return _place_notice(found, piece, words)
    if piece.kind in "nS!":
        _cannot(f"“{piece.text}” is not understood here")
    if next_kinds[:1] == "b" or re.search(r"b[^eEfi,(]*$", kinds):
        if piece.kind != "L" or found.break_clause:
            _cannot("the break clause is not understood")
        found.break_clause = Break(after_months=piece.months[0])
        return True
    if piece.kind == "G":
        if not re.search(r"e[aTv]*$", kinds) or before[-1].text != "from" or found.initial or found.grants:
            _cannot(f"“{piece.text}” may be a range or an extension from one to the other")
        found.initial = piece.months[0]
        found.grants.append(_Grant((piece.months[1] - piece.months[0],)))
        return True
    if _is_increment(found, piece, before, after):
        return not _refine(found, piece, "U" in kinds)
    if after and after[0].kind not in "eEfcgpIkABMihbqTKv+,.()-trUa":
        _cannot(f"“{after[0].text}” after “{piece.text}” is not understood")
    _place_length(found, piece, before, after, following)
    if "B" in next_kinds and not re.search("[.]", next_kinds[: next_kinds.index("B")]) and found.grants:
        _refine(found, Piece("L", "annually", months=(12,)), False)
    return True


def _place_notice(found: _Found, piece: Piece, words: str) -> bool:
    if piece.kind == "S":
        found.doubts.append(f"notice of {piece.text} is not kept in months")
        return False
    if piece.kind != "L" or found.notice is not None:
        _cannot("the notice is not understood")
    if "break" in words or "terminat" in words:
        found.break_clause = Break(
            found.break_clause and found.break_clause.after_months, notice_months=piece.months[0]
        )
    else:
        found.notice = piece.months[0]
    return False


_STARTS = re.compile(
    r"\b(?:from|commenc\w*|start\w*|beginning|begins?|effective)(?: (?:on|the|in|at|date|of|from|with|effect|shall|will|be|is))*$"
)
_ENDS = re.compile(
    r"\b(?:to|until|till|ending|ends?|expir\w+|later than|up to|through)(?: (?:on|the|to|by|at|in|a|of))*$"
)


def _place_date(found: _Found, piece: Piece, words: str, after: list[Piece], following: Piece | None) -> None:
    day = piece.day
    assert day is not None
    then = _words(after)
    if re.search(r"\b(?:commenc\w*|start\w*|begin\w*) (?:\w+ ){0,2}(?:by|than|before|until)$", words):
        _cannot("the start is a last day for starting, not a day")
    if _STARTS.search(words) or (
        not _ENDS.search(words)
        and following
        and following.kind == "d"
        and then in ("to", "until", "-", "till")
    ):
        if piece.kind == "y" or found.start or (found.extension and not re.search(r"commenc|start", words)):
            _cannot(f"what begins on {day} is not clear")
        found.start = day
    elif _ENDS.search(words):
        if piece.kind == "y" and not found.grants:
            _cannot(f"“{piece.text}” is a year, not a date")
        found.ends.append((day, found.extension))
    elif not words and following and following.kind == "d" and then == "or":
        found.ends.append((day, False))
    elif words == "or" and len(found.ends) == 1 and then.startswith("if"):
        found.ends.append((day, True))
    else:
        _cannot(f"what happens on {day} is not clear")


def _is_increment(found: _Found, piece: Piece, before: list[Piece], after: list[Piece]) -> bool:
    kinds, words = _kinds(before), _words(before)
    if after and after[0].kind == "K":
        return True
    within = bool(re.search(r"\bin(?: a)?(?: up to)?(?: separate| further)?$", words))
    if within and after and after[0].kind in "Ip":
        return True
    if piece.kind in "LRC" and re.search(r"I(?:v|U|f)*$", kinds):
        return True
    in_periods = re.search(r"\bin (?:\w+ )?periods of(?: up to)?$", words)
    return bool(in_periods) or (within and piece.kind in "RC" and bool(found.grants))


def _refine(found: _Found, piece: Piece, up_to: bool) -> bool:
    """ "two years in 12-month increments": cut what was granted into its parts. True if there was nothing yet."""
    if not found.grants:
        if piece.kind != "L" or found.increment not in (None, piece.months[0]):
            _cannot(f"how “{piece.text}” divides the extension is not clear")
        found.increment, found.increment_up_to = piece.months[0], up_to
        return True
    grant = found.grants[-1]
    total = sum(grant.months)
    parts = piece.months if piece.kind in "RC" else piece.months * (total // piece.months[0])
    if sum(parts) != total:
        _cannot(f"“{piece.text}” does not divide an extension of {_length(total)}")
    found.grants[-1] = _Grant(parts, up_to or piece.up_to)
    return False


_FURTHER = re.compile(r"\b(?:further|additional|extra)\b")


def _place_length(
    found: _Found, piece: Piece, before: list[Piece], after: list[Piece], following: Piece | None
) -> None:
    kinds, next_kinds = _kinds(before), _kinds(after)
    if re.search(r"\(v?$", kinds) and _is_restatement(found, piece, after):
        return
    cap = kinds.rfind("M")
    if cap >= 0 and not re.search("[i]", kinds[cap:]) and not _value_of_money(before[cap:]):
        _place_maximum(found, piece, before, after)
        return
    if next_kinds[:2] and re.match(r"v?M", next_kinds) and _words(after[:2]) not in ("maximum of", "max of"):
        _place_maximum(found, piece, before, after)  # "five years in total"
        return
    cue = max(kinds.rfind(kind) for kind in "eEfi+h")
    if cue >= 0 and kinds[cue] == "f" and re.search("[_T]", kinds[cue + 1 :]):
        cue = max(
            kinds.rfind(kind, 0, cue) for kind in "eEi+h"
        )  # "a further competition ... for a contract of"
    if (cue >= 0 and kinds[cue] == "i") or ("i" in next_kinds[:2] and not re.search("[eE]", kinds)):
        _known(before[cue + 1 :] if cue >= 0 else before[-2:], piece)
        _initial(found, piece)
        return
    if cue >= 0 and not (kinds[cue] in "+h" and found.initial is None and not found.grants):
        found.extension = True
        tail = before[cue + 1 :]
        _known(tail, piece)
        _place_option(found, piece, before, after, cue)
        return
    if (said := re.match(r"[-pfgA]*E", next_kinds)) and not next_kinds[said.end() :].startswith("te"):
        # "12 month option", "24 months extension"; "12 month plus 12 month extension" is either.
        if piece.kind == "C" or (said.end() == len(next_kinds) and following and following.kind in "LRC"):
            _cannot(f"“{piece.text}” may be the initial term and an extension, or two extensions")
        _known(before[-2:], piece)
        found.extension = True
        _place_option(found, piece, before, after, -1)
        return
    if found.extension:
        _cannot(f"what “{piece.text}” is for is not clear")
    _known(before[-1:] if kinds.endswith("T") else before[-2:], piece)
    if piece.kind == "C" and len(set(piece.months)) == 1 and not re.search("T", kinds + next_kinds[:3]):
        _cannot(f"“{piece.text}” may be the initial term and extensions, or extensions only")
    if piece.kind != "C" and not re.search("[Tp]", kinds + next_kinds[:2]) and before and not found.start:
        _cannot(f"what “{piece.text}” is for is not clear")
    _initial(found, piece)


def _value_of_money(tail: list[Piece]) -> bool:
    return any(piece.text in ("value", "cost", "spend", "price") for piece in tail)


def _known(run: list[Piece], piece: Piece) -> None:
    for word in run:
        if word.kind in "_z!ru-" and word.text not in ("-",):
            if word.kind == "r" and re.search(r"\bperiods?\b", _words(run)):
                continue  # "a further period or periods"
            if word.kind == "z" and word.text.startswith(("lot", "part")):
                continue
            _cannot(f"“{word.text}” before “{piece.text}” is not understood")


def _initial(found: _Found, piece: Piece) -> None:
    if piece.kind == "C":
        if piece.plus_first:
            _cannot(f"what “{piece.text}” adds to is not said")
        if piece.assumed:
            found.doubts.append(f"“{piece.text}” is taken as {'years' if piece.unit == 12 else 'months'}")
        found.whole.append(piece.months)
        return
    if piece.kind == "R" and piece.count != 1:
        _cannot(f"“{piece.text}” may be the initial term or extensions")
    if found.initial not in (None, piece.months[0]):
        _cannot(f"there are two initial terms, {_length(found.initial or 0)} and {_length(piece.months[0])}")
    found.initial = piece.months[0]


def _place_option(found: _Found, piece: Piece, before: list[Piece], after: list[Piece], cue: int) -> None:
    kinds, words = _kinds(before), _words(before)
    if piece.assumed:
        found.doubts.append(
            f"“{piece.text}” is taken in {'years' if piece.months[0] % 12 == 0 else 'months'}"
        )
    extend = max(kinds.rfind("e"), kinds.rfind("E"))
    since = _words(before[max(extend, 0) :])
    annual = "B" in kinds and re.search("[eE]", kinds[: kinds.index("B")]) is not None
    if annual:
        found.increment = 12
    loosely = re.search(r"\b(?:incrementally|variable|any (?:given )?period|period or periods)\b", since)
    up_to = piece.up_to or bool(loosely) or (piece.kind == "L" and "U" in kinds[max(extend, 0) :])
    if piece.kind == "L":
        bare_up_to = re.search(r"\bup ?to(?: a)?$", words) and extend >= 0 and kinds[extend] == "e"
        if bare_up_to and not re.search(r"\b(?:for|by|of|further|additional)\b", since):
            found.caps.append(piece.months[0])  # "extend up to five years": of extension, or in all?
            return
        if re.search(r"e[aTv]*t[aTpv]*$", kinds):
            found.totals.append(piece.months[0])  # "extend the contract to five years"
            return
        near = (
            _words(
                [*before, *after[: after.index(next((p for p in after if p.kind in ".,"), after[-1])) + 1]]
            )
            if after
            else words
        )
        plural = re.search(r"\b(?:extensions|options|renewals|extention?s)\b", near)
        if plural and not up_to and not found.increment:
            _cannot(f"how many extensions make up “{piece.text}” is not said")
    found.grants.append(_Grant(piece.months, up_to))
    if found.increment and piece.kind == "L" and piece.months[0] >= found.increment:
        increment, found.increment = found.increment, None
        _refine(found, Piece("L", _length(increment), months=(increment,)), found.increment_up_to)


def _is_restatement(found: _Found, piece: Piece, after: list[Piece]) -> bool:
    """ "(1+1+1)", "(24 months)" in brackets after the same was said in words."""
    if not found.grants:
        return False
    if piece.kind in "RC":
        granted = found.grants[-1]
        if sum(piece.months) == sum(granted.months) and len(granted.months) == 1:
            found.grants[-1] = _Grant(piece.months)
        else:
            found.restated.append(piece.months)
        return True
    found.caps.append(piece.months[0])
    return True


def _place_maximum(found: _Found, piece: Piece, before: list[Piece], after: list[Piece]) -> None:
    kinds, words = _kinds(before), _words(before)
    if piece.kind != "L":
        _cannot(f"what “{piece.text}” is the maximum of is not clear")
    months = piece.months[0]
    first, last = kinds.find("M"), kinds.rfind("M")
    extend = max(kinds.rfind("e", 0, max(first, 0)), kinds.rfind("E", 0, max(first, 0)))
    between, beyond = before[extend + 1 : max(first, 0)], before[last + 1 :]
    clause = max(kinds.rfind(mark, 0, max(first, 0)) for mark in ",()")
    _known(before[max(extend, clause) + 1 :], piece)
    if "B" in kinds and extend >= 0:
        found.increment = 12
    total_after = re.match(r"v?M", _kinds(after)) is not None
    found.total_came_first |= not found.extension
    by = re.search(r"\b(?:for|by|of)\b", _words(between)) is not None
    if first < 0:  # "... five years in total"
        by = re.search(r"\b(?:for|by)(?: up to)?(?: a)?$", words) is not None
        (found.caps if by else found.totals).append(months)
    elif re.match(r"[afgv]*E", _kinds(beyond)):
        _cap_extensions(found, months)
    elif "e" in _kinds(beyond):
        _cannot(f"whether “{piece.text}” is the whole contract or its extension is not clear")
    elif _FURTHER.search(_words(beyond)):
        _cap_extensions(found, months)
    elif "T" in _kinds(beyond) or (total_after and not by) or not found.extension:
        found.totals.append(months)
    elif _FURTHER.search(_words(between)):
        found.caps.append(months)
    elif extend < 0 and "T" in _kinds(between):
        found.totals.append(months)  # "provided the contract does not exceed five years"
    elif re.search(r"\bto (?:a )?$", _words(between) + " ") and not by:
        found.totals.append(months)  # "extend annually to a maximum of three years"
    elif by and not found.grants and "total" not in words:
        _cap_extensions(found, months)
    else:
        found.caps.append(months)


def _cap_extensions(found: _Found, months: int) -> None:
    if not found.grants:
        found.grants.append(_Grant((months,), up_to=True))
    elif sum(month for grant in found.grants for month in grant.months) != months:
        _cannot(f"the extensions do not add up to their maximum of {_length(months)}")


# --- the sums -----------------------------------------------------------------------------------------------


def _settle(found: _Found, words: str, start: date | None, end: date | None) -> Terms:
    if found.none:
        return _no_extension(found, words)
    _use_chains(found)
    initial = _initial_from_dates(found)
    _spread(found, initial)
    months = [month for grant in found.grants for month in grant.months]
    if not months:
        _cannot(
            "an extension is mentioned but not its length" if found.extension else "no extension is mentioned"
        )
    if found.total_came_first and initial is None:
        _cannot("whether the length given is the initial term or the whole is not clear")
    total = _check_totals(found, initial, sum(months))
    for chain in found.restated:
        if list(chain) not in (months, [initial, *months]):
            _cannot("the figures in brackets do not match the words")
    found.initial = initial
    initial_end, max_end = _ends(found, total, sum(months), start, end)
    stated_last = any(max_end is day for day, _ in found.ends)
    by_sum = _sum_end(found, initial_end, total, sum(months), start)
    if stated_last and by_sum and max_end and not _covers(max_end, by_sum):
        found.doubts.append(f"the lengths add up to {_day(by_sum)} instead; the stated date stands")
        total = None
    who = _decided_by(found.text)
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


def _no_extension(found: _Found, words: str) -> Terms:
    if found.grants or found.totals or found.caps or found.whole or found.increment:
        _cannot("the words both give and refuse an extension")
    if _QUALIFIED.search(found.text.replace("without", "", 1)):
        _cannot("the words refuse an extension only in part")
    initial = _initial_from_dates(found)
    found.initial = initial
    end = found.ends[0][0] if len(found.ends) == 1 else None
    return Terms(
        words,
        Confidence.CERTAIN,
        f"No extension{f'; term {_length(initial)}' if initial else ''}.",
        initial,
        found.start,
        end,
        (),
        initial,
        end,
        found.break_clause,
    )


def _use_chains(found: _Found) -> None:
    """ "3+1+1" gives the initial term and the options, unless the words give them too: then they must agree."""
    for chain in found.whole:
        first, *rest = chain
        granted = [month for grant in found.grants for month in grant.months]
        if found.initial not in (None, first) or (granted and granted != rest):
            _cannot("the figures do not match the words")
        found.initial = first
        if not granted:
            found.grants = [_Grant(tuple(rest))]


def _initial_from_dates(found: _Found) -> int | None:
    """The initial term, checked against the first and last day where both are stated."""
    early = [day for day, after in found.ends if not after]
    if len(early) > 1:
        _cannot("there are two dates for the end of the initial term")
    if not (found.start and early and found.start.pinned and early[0].pinned):
        return found.initial
    first, last = found.start.earliest, early[0].latest
    assert first is not None
    assert last is not None
    if last <= first:
        _cannot("the term ends before it begins")
    if found.initial is not None:
        sum_end = _plus(first, found.initial)
        if sum_end is None or abs((sum_end - last).days) > 1:
            _cannot(f"{_length(found.initial)} from {_day(first)} is not {_day(last)}")
        if sum_end != last:
            found.doubts.append(f"{_length(found.initial)} would end on {_day(sum_end)}")
        return found.initial
    gap = relativedelta(last + timedelta(days=1), first)
    return gap.years * 12 + gap.months if not gap.days else None


def _spread(found: _Found, initial: int | None) -> None:
    """Make options out of a total: "1 year, extended annually to a maximum of three years"."""
    if found.grants or not found.extension:
        return
    if found.caps and initial is not None and found.caps[0] <= initial and not found.totals:
        found.totals.append(
            initial + found.caps.pop(0)
        )  # it cannot be the whole: it is no longer than the start
    if not found.totals or initial is None:
        if found.caps:
            _cannot(f"whether {_length(found.caps[0])} is the whole contract or its extension is not clear")
        if found.totals:
            _cannot("a maximum is given but not the initial term")
        return
    left = found.totals[0] - initial
    if left <= 0:
        _cannot("the maximum is no longer than the initial term")
    found.grants.append(_Grant((left,), up_to=True))
    if found.increment:
        _refine(found, Piece("L", _length(found.increment), months=(found.increment,)), found.increment_up_to)
        found.increment = None


def _check_totals(found: _Found, initial: int | None, extensions: int) -> int | None:
    """The whole contract's months; raises where the words contradict themselves."""
    if found.increment:
        _cannot("how often the extension may be repeated is not said")
    whole = None if initial is None else initial + extensions
    for total in found.totals:
        if total != whole and (whole is not None or total <= extensions):
            _cannot(f"the parts do not add up to the stated total of {_length(total)}")
        whole = total
    for cap in found.caps:
        if cap in (whole, extensions):
            continue
        if whole is not None or cap <= extensions:
            _cannot(f"the parts do not add up to the stated {_length(cap)}")
        whole = cap
    return whole


def _plus(first: date, months: int) -> date | None:
    """The last day of so many months beginning with the first day (corresponding date, *Dodds v Walker*)."""
    try:
        return first + relativedelta(months=months) - timedelta(days=1)
    except (ValueError, OverflowError):
        return None


def _ends(
    found: _Found, total: int | None, extensions: int, start: date | None, end: date | None
) -> tuple[PartialDate | None, PartialDate | None]:
    """The end of the initial term where stated, and the last possible day: stated, else by the sum."""
    first = found.start.earliest if found.start and found.start.pinned else None if found.start else start
    initial_end = next((day for day, after in found.ends if not after), None)
    late = [day for day, after in found.ends if after]
    for day in list(late):
        if initial_end is None and first and found.initial and day.latest == _plus(first, found.initial):
            initial_end = (
                day  # "3 years with an option of 1, commencing 1 April 2025 and ending 31 March 2028"
            )
            late.remove(day)
    if len(late) > 1:
        _cannot("there are two last dates")
    if late:
        last = late[0]
        if initial_end and initial_end.latest and last.latest and last.latest <= initial_end.latest:
            _cannot("the last date is not after the end of the initial term")
        return initial_end, last
    by_sum = _sum_end(found, initial_end, total, extensions, start)
    if end and by_sum and found.initial and first and end not in (by_sum, _plus(first, found.initial)):
        found.doubts.append(f"the notice ends on {_day(end)}, which is neither end")
    return initial_end, PartialDate.on(by_sum) if by_sum else None


def _sum_end(
    found: _Found, initial_end: PartialDate | None, total: int | None, extensions: int, start: date | None
) -> date | None:
    if initial_end:
        if initial_end.pinned and initial_end.latest and initial_end.latest < date.max:
            return _plus(initial_end.latest + timedelta(days=1), extensions)
        return None
    first = found.start.earliest if found.start and found.start.pinned else None if found.start else start
    return _plus(first, total) if first and total else None


def _covers(stated: PartialDate, day: date) -> bool:
    return (
        stated.earliest is not None and stated.latest is not None and stated.earliest <= day <= stated.latest
    )


# --- in words -----------------------------------------------------------------------------------------------


def _length(months: int) -> str:
    years, rest = divmod(months, 12)
    if years and not rest:
        return f"{years} year{'s' if years > 1 else ''}"
    return f"{months} month{'s' if months > 1 else ''}"


def _day(day: date) -> str:
    return PartialDate.on(day).text


def _when(day: PartialDate) -> str:
    return (
        PartialDate.on(day.latest).text
        if day.pinned and day.latest and day.precision is Precision.DAY
        else day.text
    )


def _option(option: Option) -> str:
    times = "1 extension" if option.count == 1 else f"{option.count} extensions"
    each = " each" if option.count > 1 else ""
    return f"{times} of {'up to ' if option.up_to else ''}{_length(option.months)}{each}"


def _with_reading(terms: Terms, stated_last: bool, doubts: list[str]) -> Terms:
    """The plain reading that a person confirms beside the words."""
    said = []
    if terms.initial_months:
        said.append(f"initial term {_length(terms.initial_months)}")
    else:
        said.append("initial term not said")
    if terms.start:
        said[0] += f" from {_when(terms.start)}"
    if terms.initial_end:
        said[0] += f" until {_when(terms.initial_end)}"
    said.append("then " + ", then ".join(map(_option, terms.options)))
    who = {
        DecidedBy.AUTHORITY: "the authority decides",
        DecidedBy.SUPPLIER: "the supplier decides",
        DecidedBy.MUTUAL: "both must agree",
    }
    if decided_by := terms.options[0].decided_by:
        said.append(who[decided_by])
    if notice := terms.options[0].notice_months:
        said.append(f"on {_length(notice)} notice")
    if terms.max_total_months:
        said.append(f"{_length(terms.max_total_months)} at most")
    if terms.max_end:
        said.append(
            f"last possible day {_when(terms.max_end)}, {'as stated' if stated_last else 'by the sum'}"
        )
    if broken := terms.break_clause:
        said.append(
            "with a break clause" + (f" at {_length(broken.after_months)}" if broken.after_months else "")
        )
        if broken.notice_months:
            said[-1] += f" on {_length(broken.notice_months)} notice"
    reading = "; ".join(said)
    reading = reading[0].upper() + reading[1:] + "."
    if doubts:
        reading += f" To check: {'; '.join(dict.fromkeys(doubts))}."
    return replace(terms, reading=reading)
