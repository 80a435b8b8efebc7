"""What was spent under contracts, by financial year: as the register has it, or summed from payments."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.financial_years import FinancialYear
from models.contracts import AnnualValue, Payment
from models.rows import run

PAID_IN = sa.func.substr(sa.cast(col(Payment.paid_on), sa.String), 1, 7)
"""The month of a payment in SQL, as 2022-04."""

MANY = 5000
"""More contracts than these are not named in a statement: all are read."""


def year_of(month: str) -> str:
    """The financial year that a month, such as 2022-04, lies in."""
    return str(FinancialYear.of(date.fromisoformat(f"{month}-01")))


def by_year(session: Session, contracts: Iterable[int] | None = None) -> dict[int, dict[str, Decimal]]:
    """Pounds by contract and financial year, years in order; of all contracts where none are named.

    A year of which the register has an amount is that amount; any other is the sum of its payments.
    """
    keys = None if contracts is None else list(contracts)
    if keys is not None and len(keys) > MANY:
        keys = None

    def of_these(column: object) -> list[sa.ColumnElement[bool]]:
        return [] if keys is None else [sa.type_coerce(column, sa.Integer).in_(keys)]

    found: dict[int, dict[str, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for contract, year, pounds in run(
        session,
        sa.select(
            col(AnnualValue.contract_id), col(AnnualValue.financial_year), sa.func.sum(AnnualValue.amount)
        )
        .where(*of_these(AnnualValue.contract_id))
        .group_by(col(AnnualValue.contract_id), col(AnnualValue.financial_year)),
    ):
        found[contract][year] = Decimal(pounds)
    known = {(contract, year) for contract, years in found.items() for year in years}
    for contract, month, pounds in run(
        session,
        sa.select(col(Payment.contract_id), PAID_IN, sa.func.sum(Payment.amount))
        .where(col(Payment.contract_id).is_not(None), *of_these(Payment.contract_id))
        .group_by(col(Payment.contract_id), PAID_IN),
    ):
        year = year_of(month)
        if (contract, year) not in known:
            found[contract][year] += Decimal(pounds)
    return {contract: dict(sorted(years.items())) for contract, years in found.items()}
