"""How days are said to people."""

from datetime import date
from functools import lru_cache

_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip


@lru_cache(maxsize=16384)
def say(day: date) -> str:
    """A day as people write it, whatever the machine's locale: 1 September 2023."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def count_of(number: int, thing: str) -> str:
    """A number of things in words: 1 day, 2 days."""
    return f"{number:,} {thing}{'' if number == 1 else 's'}"
