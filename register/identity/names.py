"""Suppliers' names: what is the same name for certain, however it is written, and what a name has packed into it."""

import html
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from models.people import Scheme
from register.identity.numbers import NumberRefused, normalised


@dataclass(frozen=True, slots=True)
class Named:
    """A name as it is to be shown, and the numbers that stood in it."""

    name: str
    numbers: tuple[tuple[Scheme, str], ...] = ()


_IN_BRACKETS = r"[(\[]\s*{}\s*[)\]]"
_COMPANY = r"(?P<company>(?:SC|NI|OC|SO|NC|RS|IP|CE|FC|LP)\s?\d{5,6}R?|\d{6,8})"
_SAYING = r"(?:(?:registered\s+)?(?:company|co\.?|reg(?:istration|istered)?\.?|crn)\s*(?:reg(?:istration)?\s*)?(?:no\.?|number|num|)\s*:?\s*)"
_CHARITY = r"(?:registered\s+)?charity\s*(?:reg(?:istration|istered)?\s*)?(?:no\.?|number|num|)\s*:?\s*(?P<charity>(?:SC[O0]?|NIC)?\d{5,7}(?:-\d+)?)"
_PACKED = tuple(
    re.compile(rf"[\s,;–-]*{pattern}\s*$", re.IGNORECASE)
    for pattern in (
        _IN_BRACKETS.format(_CHARITY),
        _IN_BRACKETS.format(f"{_SAYING}?{_COMPANY}"),
        rf"\b{_CHARITY}",
        rf"\b{_SAYING}{_COMPANY}",
        # without a word for it, only where it can be nothing else
        r"\s(?P<company>(?:SC|NI|OC)\d{6}|\d{8})",
    )
)


def named(text: str) -> Named:
    """The name without its numbers, HTML's spellings and spaces too many."""
    name = html.unescape(html.unescape(unicodedata.normalize("NFC", text)))
    name = " ".join(_UNSEEN.sub("", name).split())
    numbers = []
    for pattern in _PACKED:
        if not (match := pattern.search(name)) or not match.start():
            continue
        [(kind, number)] = [pair for pair in match.groupdict().items() if pair[1]]
        try:
            read = normalised(Scheme.CHARITY if kind == "charity" else Scheme.COMPANY, number)
        except NumberRefused:
            continue
        if read:
            numbers.append(read)
            name = name[: match.start()]
    return Named(name.strip(" ,;"), tuple(numbers))


_UNSEEN = re.compile("[\u00ad\u200b-\u200f\u2060\ufeff]")
_APOSTROPHES = re.compile(r"['’‘`´ʼ]")
_FORMS = (
    (re.compile(r"\bpublic (?:limited|ltd) (?:company|co)\b"), "plc"),
    (re.compile(r"\b(?:limited|ltd) liability partnership\b"), "llp"),
    (re.compile(r"\bcommunity interest (?:company|co)\b"), "cic"),
    (re.compile(r"\bcharitable incorporated organi[sz]ation\b"), "cio"),
    (re.compile(r"\blimited\b"), "ltd"),
    (re.compile(r"\bcompany\b"), "co"),
    (re.compile(r"\btrading as\b"), "ta"),
)


@lru_cache(maxsize=4096)
def certain_key(name: str) -> str:
    """What two spellings share that are one name beyond doubt: case, punctuation, accents, "&", the form's spelling.

    Companies House treats the same as the same (SI 2015/17, Schedule 3), and more besides, which is only likely here.
    """
    plain = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", html.unescape(name)).casefold())
    plain = "".join(letter for letter in plain if not unicodedata.combining(letter))
    plain = re.sub(r"[^\w+]|_", " ", _APOSTROPHES.sub("", plain.replace("&", " and ")))
    plain = " ".join(re.sub(r"(?<=\w)\s*\+\s*(?=\w)", " and ", plain).split())
    plain = re.sub(r"\bt a\b", "ta", plain)
    plain = re.sub(r"\b\w(?: \w\b)+", lambda run: _joined(run[0]), plain)
    for pattern, word in _FORMS:
        plain = pattern.sub(word, plain)
    return plain or name.casefold()


def _joined(run: str) -> str:
    """ "c i c" is "cic", "j r r tolkien" is "jrr tolkien"; digits stay apart: "1 2" is not "12"."""
    return re.sub(r"(?<=[^\W\d]) (?=[^\W\d]\b)", "", run)
