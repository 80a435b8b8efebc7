"""What the quantities of a phrase are for: initial term, options, maximum, last date, notice, break.

The reader would rather say "cannot tell" than guess: **every number, length and date in the words must be
accounted for**, between words it knows, and the sums must agree. A stated last date wins over a sum
(DOMAIN.md section 2g: store number, length, exercise mode, notice, longstop).
"""

import re
from datetime import date

from lifecycle.terms.model import Break, CannotTell, Confidence, Found, Grant, Terms, cannot, length, span
from lifecycle.terms.phrases import QUANTITIES, Piece, normalised, pieces
from lifecycle.terms.sums import refine, settle
from lifecycle.terms.wording import refuses, stop_at_no_option


def read_terms(words: str, start: date | None = None, end: date | None = None) -> Terms:
    """Read the wording of a term. Never raises: what is not understood is "cannot tell", with the reason.

    `start` and `end` are the notice's own first and last day. The start lets the last possible day be worked
    out; the end only checks, because notices give it now with and now without the extensions.
    """
    try:
        return settle(gather(normalised(words), start, end), words, start, end)
    except CannotTell as why:
        return Terms(words, Confidence.CANNOT_TELL, f"Cannot tell: {why}.")


def gather(text: str, start: date | None, end: date | None) -> Found:
    if not text:
        cannot("there are no words")
    stop_at_no_option(text)
    found = Found(text, none=refuses(text), span=span(start, end) if start and end else None)
    run = pieces(text)
    if sum(piece.kind in QUANTITIES for piece in run) > 40:
        cannot("there are too many numbers for one contract's term")
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


def _sentence(gap: list[Piece]) -> list[Piece]:
    last = max((at for at, piece in enumerate(gap) if piece.kind == "."), default=-1)
    return gap[last + 1 :]


def _kinds(run: list[Piece]) -> str:
    return "".join(piece.kind for piece in run)


def _words(run: list[Piece]) -> str:
    return " ".join(piece.text for piece in run)


def _place(
    found: Found, piece: Piece, before: list[Piece], after: list[Piece], following: Piece | None
) -> bool:
    """Put a quantity where it belongs; False if what was said before it still governs what comes next."""
    kinds, words, next_kinds = _kinds(before), _words(before), _kinds(after)
    if piece.kind in "dy":
        _place_date(found, piece, _words(before[-12:]), after, following)
        return True
    if "q" in next_kinds[:3] or re.search(r"\bnotice (?:period )?of(?: \w+){0,3}$", words):
        return _place_notice(found, piece, words)
    if piece.kind in "nS!":
        cannot(f"“{piece.text}” is not understood here")
    if next_kinds[:1] == "b" or re.search(r"b[^eEfi,(]*$", kinds):
        if piece.kind != "L" or found.break_clause:
            cannot("the break clause is not understood")
        found.break_clause, found.last = Break(after_months=piece.months[0]), "break"
        return True
    if piece.kind == "G":
        if not re.search(r"e[aTv]*$", kinds) or before[-1].text != "from" or found.initial or found.grants:
            cannot(f"“{piece.text}” may be a range or an extension from one to the other")
        found.initial = piece.months[0]
        found.grants.append(Grant((piece.months[1] - piece.months[0],)))
        return True
    if _is_increment(found, piece, before, after):
        return not refine(found, piece, "U" in kinds)
    if after and after[0].kind not in "eEfcgpIkABMihbqTKv+,.()-trUa":
        cannot(f"“{after[0].text}” after “{piece.text}” is not understood")
    found.last = ""
    _place_length(found, piece, before, after, following)
    if "B" in next_kinds and not re.search("[.]", next_kinds[: next_kinds.index("B")]) and found.grants:
        refine(found, Piece("L", "annually", months=(12,)), False)
    return True


def _place_notice(found: Found, piece: Piece, words: str) -> bool:
    if piece.kind == "S":
        found.doubts.append(f"notice of {piece.text} is not kept in months")
        return False
    if piece.kind != "L" or found.notice is not None:
        cannot("the notice is not understood")
    if not re.search(r"\b(?:on|giv\w+|with|by|upon)\b", words):
        found.doubts.append("what the notice is for")
    if "break" in words or "terminat" in words or found.last == "break":
        found.break_clause = Break(
            found.break_clause.after_months if found.break_clause else None, notice_months=piece.months[0]
        )
    else:
        found.notice = piece.months[0]
    return False


_STARTS = re.compile(
    r"\b(?:from|commenc\w*|start\w*|beginning|begins?|effective)(?: (?:on|the|in|at|date|of|from|with|effect|shall|will|be|is))*$"
)
_ENDS = re.compile(
    r"\b(?:to|until|till|ending|ends?|expir\w+|later than|up to|through)(?: (?:on|the|to|by|at|in|a|of|date|no|not|later|than))*$"
)


def _place_date(found: Found, piece: Piece, words: str, after: list[Piece], following: Piece | None) -> None:
    day = piece.day
    assert day is not None
    then, words = _words(after), words.replace(" :", "")
    if re.search(r"\b(?:commenc\w*|start\w*|begin\w*) (?:\w+ ){0,2}(?:by|than|before|until)$", words):
        cannot("the start is a last day for starting, not a day")
    if _STARTS.search(words) or (
        not _ENDS.search(words)
        and following
        and following.kind == "d"
        and then in ("to", "until", "-", "till")
    ):
        if piece.kind == "y" or found.start or (found.extension and not re.search(r"commenc|start", words)):
            cannot(f"what begins on {day} is not clear")
        found.start = day
    elif _ENDS.search(words) or (words == "-" and found.start and not found.ends):
        if piece.kind == "y" and not found.grants:
            cannot(f"“{piece.text}” is a year, not a date")
        found.ends.append((day, found.extension))
    elif not words and following and following.kind == "d" and then == "or":
        found.ends.append((day, False))
    elif words == "or" and len(found.ends) == 1 and then.startswith("if"):
        found.ends.append((day, True))
    else:
        cannot(f"what happens on {day} is not clear")


def _is_increment(found: Found, piece: Piece, before: list[Piece], after: list[Piece]) -> bool:
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


_FURTHER = re.compile(r"\b(?:further|additional|extra)\b")


def _place_length(
    found: Found, piece: Piece, before: list[Piece], after: list[Piece], following: Piece | None
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
            cannot(f"“{piece.text}” may be the initial term and an extension, or two extensions")
        _known(before[-2:], piece)
        found.extension = True
        _place_option(found, piece, before, after, -1)
        return
    qualifies_next = following is not None and next_kinds.endswith("f")
    if piece.kind in "LR" and re.match(r"[-g]*f(?:[,.()v]|$)", next_kinds) and not qualifies_next:
        _known(before[-2:], piece)  # "2 x 12 months optional"
        found.grants.append(Grant(piece.months, piece.up_to))
        found.extension = True
        return
    if found.extension:
        cannot(f"what “{piece.text}” is for is not clear")
    _known(before[-1:] if kinds.endswith("T") else before[-2:], piece)
    if piece.kind == "C" and piece.plus_first and (found.initial or found.ends):
        found.grants.append(Grant(piece.months))
        return
    if piece.kind == "R" and not (before or after or following or found.initial or found.start):
        found.doubts.append("the words do not say that these are extensions")
        found.grants.append(Grant(piece.months, piece.up_to))
        return
    spans = (piece.months[0], sum(piece.months))
    if (
        piece.kind == "C"
        and len(set(piece.months)) == 1
        and found.span not in spans
        and not re.search("T", kinds + next_kinds[:3])
    ):
        cannot(f"“{piece.text}” may be the initial term and extensions, or extensions only")
    if piece.kind != "C" and not re.search("[Tp]", kinds + next_kinds[:2]) and before and not found.start:
        cannot(f"what “{piece.text}” is for is not clear")
    _initial(found, piece, "U" in kinds)


def _value_of_money(tail: list[Piece]) -> bool:
    return any(piece.text in ("value", "cost", "spend", "price") for piece in tail)


def _known(run: list[Piece], piece: Piece) -> None:
    for word in run:
        if word.kind in "_z!ru-" and word.text not in ("-",):
            if word.kind == "r" and re.search(r"\bperiods?\b", _words(run)):
                continue  # "a further period or periods"
            if word.kind == "z" and word.text.startswith(("lot", "part")):
                continue
            cannot(f"“{word.text}” before “{piece.text}” is not understood")


def _initial(found: Found, piece: Piece, up_to: bool = False) -> None:
    if piece.kind == "C":
        if piece.plus_first:
            cannot(f"what “{piece.text}” adds to is not said")
        if piece.assumed:
            found.doubts.append(f"“{piece.text}” is taken as {'years' if piece.unit == 12 else 'months'}")
        found.whole.append(piece.months)
        return
    if piece.kind == "R" and piece.count != 1:
        cannot(f"“{piece.text}” may be the initial term or extensions")
    if up_to:
        found.doubts.append("the initial term may be shorter")
    if found.initial not in (None, piece.months[0]):
        cannot(f"there are two initial terms, {length(found.initial or 0)} and {length(piece.months[0])}")
    found.initial = piece.months[0]


def _place_option(found: Found, piece: Piece, before: list[Piece], after: list[Piece], cue: int) -> None:
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
    if found.grants and not any(word.kind in "f+h" or word.text in ("another", "and") for word in before):
        cannot(f"whether “{piece.text}” is one more extension or the same one is not clear")
    loosely = re.search(r"\b(?:incrementally|variable|any (?:given )?period|period or periods)\b", since)
    up_to = piece.up_to or bool(loosely) or (piece.kind == "L" and "U" in kinds[max(extend, 0) :])
    if piece.kind == "L":
        bare_up_to = re.search(r"\bup ?to(?: a)?$", words) and extend >= 0 and ":" not in since
        if bare_up_to and not re.search(r"\b(?:for|by|of|further|additional)\b", since):
            found.caps.append(piece.months[0])  # "extend up to five years": of extension, or in all?
            return
        if re.search(r"e[aTv]*t[aTpv]*$", kinds):
            found.totals.append(piece.months[0])  # "extend the contract to five years"
            return
        if after and after[0].text == "periods" and not up_to and not found.increment:
            found.increment = piece.months[0]  # "for further 12 month periods": how often, a total may say
            return
        clause = _words(after).replace(".", ",").split(",")[0]
        plural = re.search(r"\b(?:extensions|options|renewals|extentions)\b", f"{words} {clause}")
        found.grants.append(Grant(piece.months, up_to, plural=bool(plural) and not up_to))
    else:
        found.grants.append(Grant(piece.months, up_to))
    if found.increment and piece.kind == "L" and piece.months[0] >= found.increment:
        increment, found.increment = found.increment, None
        refine(found, Piece("L", length(increment), months=(increment,)), found.increment_up_to)


def _is_restatement(found: Found, piece: Piece, after: list[Piece]) -> bool:
    """ "(1+1+1)", "(24 months)" in brackets after the same was said in words."""
    if not found.grants:
        return False
    if piece.kind in "RC":
        granted = found.grants[-1]
        if sum(piece.months) == sum(granted.months) and len(granted.months) == 1:
            found.grants[-1] = Grant(piece.months)
        else:
            found.restated.append(piece.months)
        return True
    found.caps.append(piece.months[0])
    return True


def _place_maximum(found: Found, piece: Piece, before: list[Piece], after: list[Piece]) -> None:
    kinds, words = _kinds(before), _words(before)
    if piece.kind != "L":
        cannot(f"what “{piece.text}” is the maximum of is not clear")
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
        if _FURTHER.search(_words(between)):
            _cap_extensions(found, months)
            return
        by = re.search(r"\b(?:for|by)(?: up to)?(?: a)?$", words) is not None

        (found.caps if by else found.totals).append(months)
    elif re.match(r"[afgv]*E", _kinds(beyond)):
        _cap_extensions(found, months)
    elif "e" in _kinds(beyond):
        cannot(f"whether “{piece.text}” is the whole contract or its extension is not clear")
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


def _cap_extensions(found: Found, months: int) -> None:
    if not found.grants:
        found.grants.append(Grant((months,), up_to=True))
    elif sum(month for grant in found.grants for month in grant.months) != months:
        cannot(f"the extensions do not add up to their maximum of {length(months)}")
