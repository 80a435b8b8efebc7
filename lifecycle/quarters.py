"""The quarters of the council's financial year, as people write them: 2022/23-Q1."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Self

from lifecycle.counting import months_after
from lifecycle.financial_years import FinancialYear


@dataclass(frozen=True, slots=True, order=True)
class Quarter:
    """`number` is 1 for April to June, up to 4 for January to March."""

    year: FinancialYear
    number: int

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `2022/23-Q1`. Raises ValueError for anything else."""
        match = re.fullmatch(r"(\S+?)[- ]?[Qq]([1-4])", text.strip())
        if not match:
            raise ValueError(f'"{text[:40]}" is no quarter of a financial year; write 2022/23-Q1')
        return cls(FinancialYear.parse(match[1]), int(match[2]))

    @classmethod
    def ended_before(cls, day: date) -> Self:
        """The last quarter that was over before the day."""
        number = (day.month - 1) // 3  # 0 for January to March
        year = FinancialYear(day.year - (number <= 1))
        return cls(year, (number + 2) % 4 + 1)

    def __str__(self) -> str:
        return f"{self.year}-Q{self.number}"

    @property
    def first(self) -> date:
        """Its first day."""
        return months_after(self.year.first, 3 * (self.number - 1))

    @property
    def last(self) -> date:
        """Its last day."""
        return months_after(self.first, 3) - timedelta(days=1)

    @property
    def publish_by(self) -> date:
        """The last day to publish its data: not later than one month after the quarter (LGTC 2015, Part 2.1)."""
        return months_after(self.first, 4) - timedelta(days=1)
