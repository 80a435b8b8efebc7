"""What an amount that is for a week, a month or a year comes to over a contract's term."""

from datetime import date, timedelta
from decimal import Decimal

MONTHS = {"year": Decimal(1) / 12, "month": Decimal(1)}
DAYS_A_MONTH = Decimal("30.4375")


def over_term(value: Decimal, per: str, first: date | None, last: date | None) -> Decimal | None:
    """The amount over the days from `first` to `last`, both inclusive, in pounds; None where they are not known.

    `per` is "term", "year", "month" or "week". Months are whole ones by the calendar, and the days left over.
    """
    if per == "term":
        return value
    if first is None or last is None or last < first:
        return None
    if per == "week":
        return round(value * ((last - first).days + 1) / 7, 2)
    ends = last + timedelta(days=1)
    whole = (ends.year - first.year) * 12 + ends.month - first.month
    rest = ends.day - first.day
    return round(value * MONTHS[per] * (whole + rest / DAYS_A_MONTH), 2)
