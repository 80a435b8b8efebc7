"""The council's financial year, 1 April to 31 March, as people write it: 2021/22."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Self


@dataclass(frozen=True, slots=True, order=True)
class FinancialYear:
    """`begins` is the calendar year of its first day."""

    begins: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2021/22`. Raises ValueError for anything else, also for years that do not follow one another."""
        match = re.fullmatch(r"([12]\d{3})/(\d{2})", text.strip(), re.ASCII)
        if not match or (int(match[1]) + 1) % 100 != int(match[2]):
            raise ValueError(f'"{text[:40]}" is no financial year; write 2021/22')
        return cls(int(match[1]))

    @classmethod
    def of(cls, day: date) -> Self:
        """The one that the day lies in."""
        return cls(day.year - (day < date(day.year, 4, 1)))

    def __str__(self) -> str:
        return f"{self.begins}/{(self.begins + 1) % 100:02}"

    @property
    def first(self) -> date:
        """Its first day, 1 April."""
        return date(self.begins, 4, 1)

    @property
    def last(self) -> date:
        """Its last day, 31 March."""
        return date(self.begins + 1, 3, 31)

    def earlier(self, years: int = 1) -> "FinancialYear":
        """The one that many years before; after it where `years` is negative."""
        return FinancialYear(self.begins - years)
