"""Whether a placement's key is opaque: no child's initials, name, birth date or number of its own may be in it."""

import re
from datetime import date

_DATED = re.compile(r"(?<!\d)(\d{1,4})[-/. ](\d{1,2})[-/. ](\d{1,4})(?!\d)|(?<!\d)(\d{8})(?!\d)")
_INITIALS_AND_DATE = re.compile(r"(?<![a-z])[a-z]{1,3}[-_/. ]?(\d{6})(?!\d)", re.IGNORECASE)
_UPN = re.compile(r"(?<![a-z\d])[a-z]\d{11}[a-z\d](?![a-z\d])", re.IGNORECASE)
_NHS = re.compile(r"(?<!\d)\d{3}[ -]?\d{3}[ -]?\d{4}(?!\d)")
_PLAIN = frozenset({"spot", "ipa", "pl", "placement", "case", "ref", "id", "no", "contract", "key"})
_CHILDHOOD = range(1995, 2100)


def not_opaque(key: str) -> str | None:
    """Why the key may tell who the child is, in a few words; None where nothing in it does, as far as can be told."""
    if not any(letter.isdigit() for letter in key):
        return "has no number in it, as names and initials have none"
    if any(_is_day(match) for match in _DATED.finditer(key)):
        return "has a date in it, which may be a birth date"
    if any(_day(one[1]) for one in _INITIALS_AND_DATE.finditer(key)):
        return "looks like initials and a birth date"
    if _UPN.search(key):
        return "looks like a unique pupil number"
    if any(_is_nhs(match[0]) for match in _NHS.finditer(key)):
        return "is a valid NHS number"
    words = re.findall(r"[^\W\d_]+", key)
    if " " in key.strip() and any(word.casefold() not in _PLAIN and len(word) > 1 for word in words):
        return "has words in it, which may be a name"
    if re.search(r"\b[A-Za-z]\.\s?[A-Za-z]\b", key):
        return "has initials in it"
    return None


def _is_day(match: re.Match[str]) -> bool:
    if match[4]:
        return _day(match[4])
    one, middle, other = match[1], match[2], match[3]
    for year, month, day in ((other, middle, one), (one, middle, other), (other, one, middle)):
        if _valid(_century(year), month, day):
            return True
    return False


def _day(digits: str) -> bool:
    """Whether six or eight digits are a day, written day, month, year or the other way round."""
    if len(digits) == 6:
        orders = ((digits[4:], digits[2:4], digits[:2]), (digits[:2], digits[2:4], digits[4:]))
    else:
        orders = ((digits[4:], digits[2:4], digits[:2]), (digits[:4], digits[4:6], digits[6:]))
    return any(_valid(_century(year), month, day) for year, month, day in orders)


def _century(year: str) -> str:
    return f"20{year}" if len(year) == 2 else year


def _valid(year: str, month: str, day: str) -> bool:
    if len(day) > 2 or len(month) > 2 or int(year) not in _CHILDHOOD:
        return False
    try:
        date(int(year), int(month), int(day))
    except ValueError:
        return False
    return True


def _is_nhs(written: str) -> bool:
    """By its check digit (modulus 11), which one in eleven other numbers passes."""
    digits = [int(one) for one in written if one.isdigit()]
    check = 11 - sum(place * digit for place, digit in zip(range(10, 1, -1), digits, strict=False)) % 11
    return check % 11 == digits[9] and check != 10
