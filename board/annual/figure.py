"""A figure of the annual report: its exact value, what is printed of it, its method and the rows it is made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from lifecycle.financial_years import FinancialYear


class ReportRefused(ValueError):
    """The report may not be compiled or published so; says why and what to do."""


@dataclass(frozen=True, slots=True)
class Row:
    """One row that a figure is made of: which, what it is called, its amount in pounds, what else is said of it."""

    table: str
    id: int | None
    reference: str
    name: str
    amount: Decimal | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is exact, or None where the record has not what it takes; `words` are what may be printed of it."""

    value: Decimal | int | str | None
    words: str
    method: str
    rows: tuple[Row, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The figure with every row, for machines and to be frozen."""
        return {
            "value": float(self.value) if isinstance(self.value, Decimal) else self.value,
            "words": self.words,
            "method": self.method,
            "rows": [
                {
                    "table": row.table,
                    "id": row.id,
                    "reference": row.reference,
                    "name": row.name,
                    "amount": None if row.amount is None else float(row.amount),
                    "cells": list(row.cells),
                }
                for row in self.rows
            ],
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a year by name, as the record stands; `warnings` are for the author, not for print."""

    year: FinancialYear
    as_at: date
    by_name: dict[str, Figure]
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Figure:
        return self.by_name[name]

    def as_json(self) -> dict[str, Any]:
        """The figures by name. The day is not among them: the same figures on another day are the same."""
        return {name: figure.as_json() for name, figure in self.by_name.items()}


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1] if words else "")))
