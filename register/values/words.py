"""Words as spreadsheets and portals leave them, and words that stand for "not given"."""

import html
import re
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache

from lifecycle.stages import Kind, Stage
from register.formulas import unguarded

_NOTHING = frozenset(
    {
        "",
        "-",
        "--",
        "---",
        "–",
        "—",
        ".",
        "?",
        "n/a",
        "na",
        "n.a.",
        "n.a",
        "#n/a",
        "none",
        "nil",
        "null",
        "(blank)",
    }
    | {
        "not applicable",
        "not available",
        "not given",
        "not specified",
        "not stated",
        "not known",
        "unknown",
        "blank",
    }
    | {
        "tbc",
        "tba",
        "tbd",
        "to be confirmed",
        "to be advised",
        "to be agreed",
        "to be determined",
        "nan",
        "no data",
        "redacted",
        "withheld",
    }
)
_ERRORS = ("#REF!", "#VALUE!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!")
_MARKED = re.compile(r"'\d[^']*")
"""A number, date or reference that Excel was told to take as text; the mark is no part of it."""
_MOJIBAKE = re.compile(r"â€|[ÃÂ][\u0080-\u00bf\u2010-\u203a]")
"""UTF-8 that was taken for Windows-1252; it is mended where all of the text can be."""
_SPACES = re.compile(r"[ \t\u00a0\u2007\u202f\u200b\ufeff]+")


def clean(text: str) -> str:
    """The words without HTML entities, needless spaces and Excel's written line breaks. Raises ValueError for a formula's error."""
    if "&" in text and ";" in text:
        text = html.unescape(html.unescape(text))  # portals escape what was escaped
    if text[:1] == "'":
        text = text[1:] if _MARKED.fullmatch(text) else unguarded(text)
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if "_x00" in text:
        text = text.replace("_x000D_\n", "\n").replace("_x000D_", "\n").replace("_x000A_", "\n")
    if text.isascii() and "  " not in text and "\t" not in text:
        return text.strip() if text[:1] != "#" else _no_error(text)
    if _MOJIBAKE.search(text):
        with suppress(UnicodeError):
            text = text.encode("windows-1252").decode("utf-8")
    return _SPACES.sub(" ", _no_error(text)).strip()


def _no_error(text: str) -> str:
    if text.strip() in _ERRORS:
        raise ValueError(f'"{text}" is the error of a formula; mend it, or empty the cell')
    return text.strip()


def not_given(text: str) -> bool:
    """Whether the words stand for nothing: n/a, TBC, a dash. (For a date, "TBC" says more: read it as one.)"""
    return len(text) < 18 and text.strip().casefold() in _NOTHING


def words(text: str) -> str:
    """A cell of words; those that stand for nothing are empty."""
    cleaned = clean(text)
    return "" if not_given(cleaned) else cleaned


def line(text: str) -> str:
    """As `words`, on one line."""
    return " ".join(words(text).split())


@lru_cache(256)
def yes_no(text: str) -> bool | None:
    """Yes or no, however a system says so; None where it is not given. Raises ValueError for other words."""
    said = clean(text).casefold().rstrip(".")
    if said in {"yes", "y", "true", "t", "1", "1.0", "✓", "✔", "sme", "vcse", "vco"}:
        return True
    if said in {"no", "n", "false", "f", "0", "0.0", "✗", "non-sme", "non sme", "neither"}:
        return False
    if not_given(said):
        return None
    raise ValueError(f'"{text.strip()[:60]}" is neither yes nor no')


_DAYS = re.compile(r"(\d{1,4})\s*(day|week|wk)?s?\.?")


def days_of(header: str) -> Callable[[str], int | None]:
    """How the days of a period are read in a column with this header: weeks where it or the cell says so."""
    unit = "week" if re.search(r"\bw(ee)?ks?\b", header.casefold()) else ""
    other = "month" in header.casefold()

    def read(text: str) -> int | None:
        if not_given(text):
            return None
        found = _DAYS.fullmatch(clean(text).casefold())
        if not found or (other and not found[2]):
            raise ValueError(f'"{text.strip()[:60]}" is no number of days or weeks')
        return int(found[1]) * (7 if (found[2] or unit).startswith("w") else 1)

    return read


_KINDS = (
    (Kind.CALL_OFF, r"call[ -]?off|mini[ -]?competition|under (a |the )?framework"),
    (Kind.PROVIDER_LIST, r"\bdps\b|dynamic (purchasing|market)|(provider|supplier|approved|accredited) list"),
    (Kind.FRAMEWORK, r"framework"),
    (Kind.SPOT, r"\bspot\b|individual placement|\bipa\b"),
    (Kind.BLOCK, r"\bblock\b"),
)


@lru_cache(1024)
def kind_of(text: str) -> Kind | None:
    """The kind that the words of a column of contract types name; None for words that name none of ours."""
    said = text.casefold()
    try:
        return Kind(said.strip())
    except ValueError:
        return next((kind for kind, pattern in _KINDS if re.search(pattern, said)), None)


_MONTHS = re.compile(r"(\d{1,3})(?:\.0)? ?(months?|mths?|years?)\.?( notice)?", re.IGNORECASE)


def months_in_words(text: str) -> int | None:
    """A number of months or years with its unit: a bare number may be of days. Raises ValueError."""
    if not (said := line(text)):
        return None
    if not (match := _MONTHS.fullmatch(said)):
        raise ValueError(f'"{said[:60]}" is not a whole number of months; write it as in 6 months')
    return int(match[1]) * (12 if match[2][0] in "yY" else 1)


def before_award(notice: str, status: str) -> Stage | None:
    """The stage of what a notice without suppliers tells of; None where it is awarded, or not told.

    Contracts Finder calls a tender that is open or being judged a notice of the type “Contract”.
    """
    kind, state = notice.casefold(), status.casefold()
    if not kind or "award" in kind + state:
        return None
    if re.search(r"withdrawn|cancelled|unsuccessful|terminated", state):
        return Stage.CLOSED
    if re.search(r"pipeline|planned|pre-?procurement|engagement|future", kind):
        return Stage.RECOMMISSION
    return Stage.PROCUREMENT if re.fullmatch(r"(contract|tender|opportunity)s?( notice)?", kind) else None


_CPV = re.compile(r"\b(\d{8})(?:-\d)?\b")


def cpv(text: str) -> str:
    """The CPV codes in a cell, of eight digits, separated by `;`."""
    return ";".join(dict.fromkeys(_CPV.findall(text)))
