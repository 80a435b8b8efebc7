"""Amounts as people write them, with what they are for and whether VAT is in them; or the reason why not."""

import re
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import TypeVar

from models.contracts import Per, Vat
from register.values.words import clean, not_given

M = TypeVar("M", Per, Vat)
_PENCE = Decimal("0.01")
MOST = Decimal(10) ** 13
"""Pounds: more than any council's contract, and what the register has room for."""


@dataclass(frozen=True, slots=True)
class Money:
    """Pounds; `most` is the upper end of a range. `words` are kept where they say more than the number."""

    value: Decimal | None = None
    most: Decimal | None = None
    per: Per | None = None
    vat: Vat | None = None
    words: str = ""

    def __bool__(self) -> bool:
        return self.value is not None or self.most is not None or bool(self.words)


NO_MONEY = Money()
_PLAIN = re.compile(r"£? ?(\d{1,3}(?:,\d{3})+|\d{1,12})(\.\d{1,2})?")
_NUMBER = r"\d{1,3}(?:,\d{3})+(?:\.\d{1,2})?|\d+(?:\.\d+)?"
_AMOUNT = re.compile(
    rf"(?:£|gbp)?\s*({_NUMBER})\s*(thousand|million|billion|mill|bn|mn|k|m)?(?![a-z\d])(?:\s*(?:£|gbp|pounds))?"
)
_TIMES = {
    "": 1,
    "k": 10**3,
    "thousand": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mill": 10**6,
    "million": 10**6,
    "bn": 10**9,
    "billion": 10**9,
}
_PER = (
    (
        Per.YEAR,
        r"(per|each|every|a|/)\s*(year|annum|yr)\b|\bp\.?\s?a\b\.?|\bannual(ly)?( (value|spend|cost|budget|estimate))?|\byearly\b|\bp/a\b",
    ),
    (Per.MONTH, r"(per|each|every|a|/)\s*(month|mth)\b|\bp\.?c\.?m\b\.?|\bmonthly\b"),
    (Per.WEEK, r"(per|each|every|a|/)\s*(week|wk)\b|\bp\.?w\b\.?|\bweekly\b"),
    (
        Per.TERM,
        r"\b(in )?total( (contract )?value)?\b|over the (whole )?(term|life|length|contract)( of the contract)?|\bwhole life\b|contract value",
    ),
)
_VAT = (
    (
        Vat.NET,
        r"\(?\s*(\+|plus|ex\.?(cl\.?|cluding|clusive( of)?)?|net( of)?|before|without)\s*vat\s*\)?|\bnet\b",
    ),
    (Vat.GROSS, r"\(?\s*(inc\.?(l\.?|luding|lusive( of)?)?|with)\s*vat\s*\)?|\bgross\b"),
)
_OTHER_MONEY = re.compile(r"[€$¥]|\b(eur|usd|euros?|dollars?)\b")
_OTHER_UNIT = re.compile(
    r"(per|/|an|a|each)\s*(hour|hr|day|night|session|visit|unit|item|child|place|person|mile|km|head|bed|pupil|hours?)\b|\b(hourly|daily|nightly)\b|%|\bper\b"
)
_ABOUT = re.compile(
    r"\b(approx(imately|\.)?|circa|c\.|about|around|estimated|est\.?|in the region of|some)|^c(?=[£\d])|~"
)
_UP_TO = re.compile(
    r"\b(up to|maximum( of)?|max\.?|not exceeding|no more than|not to exceed|less than|under|below)|^<=?"
)


def read_money(text: str) -> Money:
    """Read one cell. Nothing, a dash or 0 is no amount; words without a number are kept. Raises ValueError."""
    if plain := _PLAIN.fullmatch(text.strip()):
        pounds = Decimal(plain[1].replace(",", "") + (plain[2] or ".00")).quantize(_PENCE)
        return Money(pounds) if pounds else NO_MONEY
    return _in_words(text)


def read_weekly(text: str) -> Decimal | None:
    """Read what is paid a week, in pounds. Raises ValueError for a range and for what is paid by another period."""
    money = read_money(text)
    if money and (money.value is None or money.most is not None or money.per not in (None, Per.WEEK)):
        raise ValueError(f'"{text.strip()[:60]}" is no single amount a week')
    return money.value


@lru_cache(1 << 12)
def _in_words(text: str) -> Money:
    said = clean(text)
    if not said or not_given(said):
        return Money()
    plain = said.casefold().replace("\n", " ")
    if not re.search(r"\d", plain):
        return Money(words=said) if plain.strip("£ -–") else Money()
    if re.search(r"^[£(\s]*-\s*£?\d|^\(\s*£?[\d,.]+\s*\)$", plain):
        raise ValueError(f'"{said[:60]}" is negative, and a value cannot be')
    if _OTHER_MONEY.search(plain):
        raise ValueError(f'"{said[:60]}" is not in pounds')
    rest, per = _taken(plain, _PER)
    rest, vat = _taken(rest, _VAT)
    if per is None and _OTHER_UNIT.search(rest):
        return Money(words=said)  # a rate: it says nothing of the whole
    up_to, about = _UP_TO.search(rest), _ABOUT.search(rest)
    rest = _ABOUT.sub(" ", _UP_TO.sub(" ", rest)).strip(" ()[].:;*")
    amounts = _amounts(said, rest)
    low, high = amounts[0], amounts[-1] if len(amounts) > 1 else None
    if high is not None and high < low:
        raise ValueError(f'"{said[:60]}" ends lower than it begins')
    kept = said if about or up_to or high is not None or per or vat else ""
    if up_to:
        return Money(None, high or low, per, vat, kept)
    if high == low:
        high = None
    return Money(low or None, high or None, per, vat, kept)


def _taken(text: str, patterns: tuple[tuple[M, str], ...]) -> tuple[str, M | None]:
    for meaning, pattern in patterns:
        if re.search(pattern, text):
            return re.sub(pattern, " ", text), meaning
    return text, None


def _amounts(said: str, rest: str) -> list[Decimal]:
    """The one or two amounts that the words consist of."""
    between = re.fullmatch(
        rf"(?:between|from)?\s*({_AMOUNT.pattern})\s*(?:-|–|—|\bto\b|\band\b)\s*({_AMOUNT.pattern})", rest
    )
    parts = [between[1], between[4]] if between else [rest]
    found = [_AMOUNT.fullmatch(part.strip()) for part in parts]
    if not all(found):
        raise ValueError(f'"{said[:60]}" is no amount in pounds; write 1234567.89, or leave it empty')
    units = [match[2] or "" for match in found if match]
    if len(units) == 2 and units[1] and not units[0]:
        raise ValueError(f'"{said[:60]}" may begin in pounds or in thousands; write both amounts in full')
    return [_pounds(said, match) for match in found if match]


def _pounds(said: str, match: re.Match[str]) -> Decimal:
    if not match[2] and re.fullmatch(r"\d{1,3}\.\d{3}", match[1]):
        raise ValueError(
            f'"{said[:60]}" may be thousands or thousandths; write the amount in full, as in 1234.50'
        )
    amount = Decimal(match[1].replace(",", "")) * _TIMES[match[2] or ""]
    if amount >= MOST:
        raise ValueError(f'"{said[:60]}" is more than any contract; is it an amount in pounds?')
    return amount.quantize(_PENCE, ROUND_HALF_EVEN)
