"""A date in three fields, day, month and year, as the GOV.UK date input asks for it."""

from collections.abc import Mapping
from datetime import date

from lifecycle.words import say

MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIELDS = ("day", "month", "year")


class DateRefused(ValueError):
    """The fields hold no date that will do; `field` is the one to go to: "day", "month" or "year"."""

    def __init__(self, words: str, field: str = "day") -> None:
        super().__init__(words)
        self.field = field


def read_date(form: Mapping[str, str], prefix: str, earliest: date) -> date:
    """The date in `{prefix}-day`, `-month` and `-year`, on `earliest` or later; the month as a number or a name.

    The wording is GOV.UK's for date errors. Raises DateRefused.
    """
    day, month, year = (form.get(f"{prefix}-{field}", "").strip() for field in FIELDS)
    missing = [field for field, text in zip(FIELDS, (day, month, year), strict=True) if not text]
    if len(missing) == len(FIELDS):
        raise DateRefused("Enter a date, for example 27 3 2027")
    if missing:
        raise DateRefused(f"The date must include a {' and a '.join(missing)}", missing[0])
    if not (year.isascii() and year.isdigit() and len(year) == 4):
        raise DateRefused("The year must include 4 numbers", "year")
    named = month[:3].lower()
    try:
        number = MONTHS.index(named) + 1 if named in MONTHS else int(month)
        read = date(int(year), number, int(day))
    except ValueError:
        raise DateRefused("The date must be a real date") from None
    if read < earliest:
        raise DateRefused(f"The date must be {say(earliest)} or later")
    return read
