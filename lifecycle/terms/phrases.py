"""From words to quantities: numbers, lengths, repeats ("2 x 12 months"), chains ("3+1+1") and dates.

Every word becomes a piece with a one-letter kind, so that the grammar is a handful of patterns over letters.
Nothing here decides what a quantity is for; `reader` does. The patterns have no nested repeats, so reading
takes time in proportion to the words.

Kinds of quantities: n number, L length, R repeated length, C chain, G range, S days or weeks, d date, y year,
! a quantity nobody here understands. The kinds of words are in `_VOCABULARY`; _ is an unknown word.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from lifecycle.partial_dates import DateRefused, PartialDate

QUANTITIES = "nLRCGSdy!"


@dataclass(frozen=True, slots=True)
class Piece:
    """A word or a quantity. `months` are the lengths it stands for, in order; `unit` is 12, 1 or None (unsaid)."""

    kind: str
    text: str
    number: Fraction = Fraction(0)
    unit: int | None = None
    months: tuple[int, ...] = ()
    count: int = 1
    up_to: bool = False
    plus_first: bool = False
    assumed: bool = False
    day: PartialDate | None = None


_VOCABULARY = {
    word: kind
    for kind, words in {
        "e": "extend extends extended extending extendable extens renew renews renewed renewable renewing prolong",
        "E": "extension extensions extention extentions option options renewal renewals",
        "f": "further additional extra optional possible possibility potential potentially possibly",
        "c": "full calendar whole complete",
        "g": "separate individual consecutive successive sequential discrete",
        "s": "single",
        "a": "a an another",
        "p": "period periods",
        "I": "increment increments interval intervals instalment instalments step steps block blocks tranche tranches",
        "k": "occasion occasions",
        "A": "annual yearly",
        "B": "annually",
        "M": "maximum max total overall exceed exceeding exceeds altogether aggregate",
        "i": "initial initially fixed firm core",
        "t": "to",
        "h": "then followed",
        "b": "break terminate terminated termination terminating",
        "q": "notice",
        "r": "or",
        "+": "plus",
        "x": "times",
        "T": "contract contracts agreement agreements framework term duration length dps service services lot lots"
        " arrangement arrangements",
        "v": "the of for by in on with be is are was will would shall may can could has have having this that these"
        " its it any each every such and at as also there which being been not does if so over per not than"
        " council councils authority authoritys buyer client clients customer commissioner commissioners trust"
        " university purchaser employer supplier contractor provider parties party both mutual agreed"
        " discretion sole absolute own right reserve reserves reserved reserving entitled"
        " opportunity ability view provision incrementally variable given basis subject available included"
        " include includes including part exercised exercisable exercise decide operation same terms conditions"
        " thereafter after long last lasts lasting run runs running awarded proposed anticipated intended expected"
        " let place remain scheduled only making taking giving provided provides start starts starting commence"
        " commences commencing commencement beginning from until till ending ends end expiring expires expiry expire date all number up offered"
        " dynamic purchasing system award allow allows allowing them thereof based means through"
        " taken take both continue continues successfully granted equating where required necessary"
        " prior written dependent at its their our we an town borough county city parish"
        " covers cover covering follows namely ie eg consisting comprising",
    }.items()
    for word in words.split()
}

_ONES = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
_ONES += " eighteen nineteen"
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_NUMBERS = {word: n for n, word in enumerate(_ONES.split(), 1)} | {
    word: n for n, word in zip(range(20, 100, 10), _TENS.split(), strict=True)
}
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_ONE, _TEN = "|".join(_ONES.split()), "|".join(_TENS.split())
_WORDED = rf"(?:(?:{_TEN})(?:[ -](?:{_ONE}))?|{_ONE})"
_UNIT = r"(?:(?:years?|yrs?|months?|monthly|mths?|mnths?)\b|(?:ye|yea|mont|mth)$)"
_LEXER = re.compile(
    "|".join(
        f"(?P<{name}>{pattern})"
        for name, pattern in {
            # Money, percentages, statutes and numbered parts say nothing about the term.
            "aside": r"(?:£|€|\$|\bgbp ?|\beur ?)\d[\d,.]{0,20}(?: ?(?:million|billion|thousand|bn|m|k)\b)?"
            r"|\b\d[\d,.]{0,20} ?(?:%|(?:million|billion|thousand|pounds|per ?cent)\b)"
            rf"|\b{_WORDED} (?:million|billion|thousand|hundred|pounds|per ?cent)\b"
            r"|\b\d+ lots\b|\b(?:regulations?|act|order)(?: \(\w+\))? \d{4}\b"
            r"|\b(?:lot|schedule|section|stage|phase|clause|part|appendix|annex|regulation|article|paragraph)s?"
            r" ?\d+(?:(?: ?, ?| ?- ?| and | & | to )\d+)*\b(?! ?[x×*+-]|[ -]?(?:year|month|yr|mth|week|day))",
            "day": rf"\b(?:end of )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,? )?\d{{1,2}}(?:st|nd|rd|th)?,?"
            rf"(?: of)?[ -]?{_MONTH}\.?,?[ -]?\d{{4}}\b|\b\d{{1,2}}[/.-]\d{{1,2}}[/.-]\d{{2,4}}\b"
            rf"|\b\d{{4}}-\d\d-\d\d\b|\b(?:end of )?{_MONTH},? \d{{4}}\b",
            "odd": rf"\b\d{{4}} ?[/-] ?\d\d(?:\d\d)?\b|\b\d{{1,2}}(?:st|nd|rd|th)\b(?: (?:of )?{_MONTH}\b)?"
            rf"|\b{_MONTH}[/-]{_MONTH}\b|\b(?:half|halves|couple|dozen|several|few|fortnight|decade|twice|thrice)s?\b"
            rf"|\b\d+ (?!may\b){_MONTH}\b|\b\d*[½¼¾]",
            "year": r"\b(?:19|20)\d\d\b(?! ?(?:x|months|days|years))",
            "times": r"(?<=[\d ()])[x×*](?=[ \d(])|\bx(?=\d)|\bno\. ?(?=\d)|\bnr\b",
            "number": rf"\d+(?:\.\d+)?(?!\d)(?= ?x ?\d|[^\w]|$|x\b|{_UNIT})|\b{_WORDED}\b",
            "unit": rf"{_UNIT}",
            "short": r"\b(?:weeks?|wks?|days?|hours?|hrs?)\b",
            "upto": r"\bup ?to\b|\b(?:no|not) (?:more|longer|greater) than\b",
            "annually": r"\bon an? (?:annual|yearly) basis\b|\bin (?:annual|yearly) (?:increments|intervals|instalments"
            r"|periods|steps|blocks|extensions)\b|\byear (?:by|on) year\b|\bone year at a time\b",
            "breaks": r"\bbreak (?:clause|option|point|provision|right)s?\b",
            "each": r"\b(?:on|for|per|upon) (?:each|every|any one) (?:occasion|time|extension)\b|\bat a time\b",
            "ref": r"\b[a-z]+[-_/]?\d[\w/-]*",
            "mixed": r"\d+[a-z][\w/-]*",
            "word": r"[^\W\d_]+",
            "mark": r"[^\s\w]|_|\d+",
        }.items()
    )
)
_MARKS = {"(": "(", "[": "(", ")": ")", "]": ")", "+": "+", ",": ",", ";": ",", ":": ",", "&": "v", "|": "."}
_MARKS |= dict.fromkeys(".!?•\n", ".")


def normalised(words: str) -> str:
    """Lower case, plain dashes, single spaces, no apostrophes, and without the "rn" that line breaks leave behind."""
    text = re.sub(r"(?:^|(?<=[\s.\d]))rn(?=[^a-z]|$)", " ", words)  # "12rn month", "rnThis": \r\n unescaped
    text = unicodedata.normalize("NFC", text).casefold()
    text = re.sub("[\u2010-\u2015\u2212]", "-", text)
    text = re.sub("[‘’ʼ'\"“”`´]", "", text)
    return " ".join(text.split())


def pieces(text: str) -> list[Piece]:
    """The pieces of `normalised` words: repeats, chains and lengths put together, in the order written."""
    found = [_piece(m) for m in _LEXER.finditer(text)]
    for pattern, build in _FOLDS:
        found = _fold(found, pattern, build)
    return found


def _piece(m: re.Match[str]) -> Piece:
    text, name = m[0], m.lastgroup or ""
    match name:
        case "day" | "year":
            try:
                day = PartialDate.parse(text)
            except DateRefused:
                return Piece("!", text)
            day = PartialDate.on(day.latest) if day.pinned and day.latest else replace(day, text=text.title())
            return Piece("d" if name == "day" else "y", text, day=day)
        case "number":
            if text[0].isdigit():
                # Python refuses to convert thousands of digits; no term has five.
                return Piece("n", text, number=Fraction(text)) if len(text) < 5 else Piece("!", text)
            return Piece("n", text, number=Fraction(sum(_NUMBERS[part] for part in re.split("[ -]", text))))
        case "unit":
            return Piece("u", text, unit=12 if text[0] == "y" else 1)
        case "word":
            return Piece(_VOCABULARY.get(text, "_"), text)
        case "mark":
            return Piece("!" if text.isdigit() else _MARKS.get(text, "-"), text)
    kinds = {
        "aside": "z",
        "odd": "!",
        "mixed": "!",
        "times": "x",
        "short": "w",
        "upto": "U",
        "annually": "B",
        "breaks": "b",
    }
    return Piece(kinds.get(name, {"each": "K"}.get(name, "z")), text)


Built = list[Piece] | None


def _fold(found: list[Piece], pattern: re.Pattern[str], build: Callable[[list[Piece]], Built]) -> list[Piece]:
    folded: list[Piece] = []
    at = 0
    for m in pattern.finditer("".join(piece.kind for piece in found)):
        if (built := build(found[m.start() : m.end()])) is not None:
            folded += found[at : m.start()] + built
            at = m.end()
    return folded + found[at:]


def _text(run: list[Piece]) -> str:
    return " ".join(piece.text for piece in run)


def _same_number(run: list[Piece]) -> Built:
    """ "two (2)" and "(2) two"; "two (3)" is nobody's to settle."""
    first, second = (piece for piece in run if piece.kind == "n")
    return [first if first.number == second.number else Piece("!", _text(run))]


def _length(run: list[Piece]) -> Built:
    number = next((piece.number for piece in run if piece.kind == "n"), Fraction(1))
    unit = run[-1].unit
    assert unit is not None
    months = number * unit
    further = [
        piece for piece in run if piece.kind in "fa"
    ]  # "one further year": the word still says what it is for
    if months.denominator != 1 or not 0 < months <= 1200:
        return [Piece("!", _text(run))]
    return [*further, Piece("L", _text(run), number=number, unit=unit, months=(int(months),))]


def _sum(run: list[Piece]) -> Built:
    """ "2 years and 9 months"."""
    first, second = run[0], run[-1]
    if first.unit == 12 and second.unit == 1 and second.months[0] < 12:
        return [Piece("L", _text(run), months=(first.months[0] + second.months[0],))]
    return None


def _same_length(run: list[Piece]) -> Built:
    """ "twelve months (1 year)"."""
    return [run[0]] if run[0].months == run[-1].months or run[0].months == run[-2].months else None


def _unbracket(run: list[Piece]) -> Built:
    return [piece for piece in run if piece.kind not in "()"]


def _repeat(run: list[Piece]) -> Built:
    """ "2 x 12 months", "two further one-year", "two options to extend for a further 12 months"."""
    count = next(piece for piece in run if piece.kind == "n").number
    length = run[-1] if run[-1].kind == "L" else next(piece for piece in run if piece.kind == "L")
    if count.denominator != 1 or not 0 < count <= 50:
        return [Piece("!", _text(run))]
    between = [piece for piece in run if piece.kind not in "nLxk()"]
    return [
        *(piece for piece in between if piece.kind != "U"),
        replace(
            length,
            kind="R",
            text=_text(run),
            count=int(count),
            months=length.months * int(count),
            up_to=any(piece.kind == "U" for piece in between),
        ),
    ]


def _annual_repeat(run: list[Piece]) -> Built:
    return _repeat([*run[:-1], Piece("L", run[-1].text, number=Fraction(1), unit=12, months=(12,))])


def _bare_repeat(run: list[Piece]) -> Built:
    """ "2 x 12", the unit unsaid."""
    number = run[-1].number
    unit = _likely_unit([number])
    if unit is None:
        return [Piece("!", _text(run))]
    length = Piece("L", run[-1].text, number=number, months=(int(number) * unit,), assumed=True)
    return _repeat([run[0], length])


def _likely_unit(numbers: list[Fraction]) -> int | None:
    """Years for 3+1+1, months for 24+12+12, and neither for anything less plain."""
    if any(number.denominator != 1 or number <= 0 for number in numbers):
        return None
    if all(number <= 10 for number in numbers):
        return 12
    return 1 if all(number >= 12 and number % 6 == 0 and number <= 120 for number in numbers) else None


def _chain(run: list[Piece]) -> Built:
    """ "3+1+1", "24 + 12 + 12 months", "1 year plus 1 year", "2 years +1+1", "+1,+1"."""
    if any(piece.kind == "f" and piece.text not in ("further", "additional", "extra") for piece in run):
        return None  # "4 years + possible 3 year extension" is better read word by word
    links = [piece for piece in run if piece.kind in "nLR"]
    numbers = [piece.number for piece in links if piece.kind == "n"]
    units = {piece.unit for piece in links if piece.kind != "n"}
    assumed = any(piece.assumed for piece in links)
    unit: int | None = None
    if numbers:
        assumed |= not units
        unit = units.pop() if len(units) == 1 else _likely_unit(numbers) if not units else None
        whole = all(number.denominator == 1 and 0 < number <= 120 for number in numbers)
        if unit is None or not whole or (unit == 1 and min(numbers) < 3):
            return [Piece("!", _text(run))]
    months: list[int] = []
    for piece in links:
        months += piece.months or (int(piece.number) * (unit or 1),)
    if len(months) > 50:
        return [Piece("!", _text(run))]
    chain = Piece(
        "C", _text(run), unit=unit, months=tuple(months), plus_first=run[0].kind == "+", assumed=assumed
    )
    return [*(piece for piece in run if piece.kind in "f"), chain] if run[0].kind == "+" else [chain]


def _chain_after_first(run: list[Piece]) -> Built:
    """ "3 (+1+1)" and "3 years (+1 +1)"."""
    return _chain([piece for piece in run if piece.kind not in "()"])


def _named_unit(run: list[Piece]) -> Built:
    """ "3+1+1 (years)": the unit of a chain said after it."""
    chain, unit = run[0], next(piece.unit for piece in run if piece.kind == "u")
    if not chain.assumed:
        return None
    if unit != chain.unit:
        return [Piece("!", _text(run))]
    return [replace(chain, assumed=False)]


def _range(run: list[Piece]) -> Built:
    """ "36 to 48 months"."""
    low, high = run[0], run[-1]
    months = low.months or ((int(low.number) * (high.unit or 1),) if low.number.denominator == 1 else (0,))
    if not 0 < months[0] < high.months[0]:
        return [Piece("!", _text(run))]
    return [Piece("G", _text(run), months=(months[0], high.months[0]))]


def _year_of_break(run: list[Piece]) -> Built:
    """ "break clause at the end of year 3"."""
    length = _length([run[-1], run[-2]])
    return length and [*run[:-2], *length]


def _short(run: list[Piece]) -> Built:
    return [Piece("S", _text(run))]


# "two options to extend for an additional": what may stand between a count and its length.
_BETWEEN = "[aefgcpEvtTU,]"
_FOLDS: tuple[tuple[re.Pattern[str], Callable[[list[Piece]], Built]], ...] = tuple(
    (re.compile(pattern), build)
    for pattern, build in (
        (r"n\(n\)|\(n\)n", _same_number),
        (r"\(n\)(?=[uw])", _unbracket),
        (r"n[-cfg]*w", _short),
        (r"b[vatp]{0,5}un(?!u)", _year_of_break),
        (r"[ns][-cf]*u", _length),
        (r"[af][-fcs]*u", _length),
        (r"L[v,]?L", _sum),
        (r"L\(L\)|LL|L\(?L\)", _same_length),
        (r"(?:n|L)[t-]L", _range),
        (r"n[-xgf]*L", _repeat),
        (r"n[-xgf]*A(?=[EpI])", _annual_repeat),
        (rf"n[-xfgA]*[Ep]{_BETWEEN}{{0,12}}L", _repeat),
        (r"L[Epvf,]{0,4}\(?xn\)?", _repeat),
        (r"L[Epvf,]{0,4}n[fg]*k", _repeat),
        (r"nxn", _bare_repeat),
        (r"[nLR]\((?:,?\+[nLR])+\)", _chain_after_first),
        (r"\+?[nLR](?:,?\+[af]*[nLR])+|\+n", _chain),
        (r"C\(?u\)?", _named_unit),
    )
)
