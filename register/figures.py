"""Figures of the register: spend, and how it is spread over suppliers."""

from decimal import Decimal

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.contracts import AnnualValue
from models.people import Supplier


def total_spend(session: Session, financial_year: str) -> Decimal:
    """Spend under all contracts in the financial year (`2021/22`), in pounds."""
    return session.exec(
        select(sa.func.coalesce(sa.func.sum(AnnualValue.amount), Decimal(0))).where(
            AnnualValue.financial_year == financial_year
        )
    ).one()


def top_suppliers(session: Session, financial_year: str, count: int) -> list[tuple[str, Decimal]]:
    """The suppliers with the most spend in the financial year, largest first; names break ties."""
    total = sa.func.sum(AnnualValue.amount)
    rows = session.execute(
        sa.select(col(Supplier.name), total)
        .join(AnnualValue, col(AnnualValue.supplier_id) == col(Supplier.id))
        .where(col(AnnualValue.financial_year) == financial_year)
        .group_by(col(Supplier.name))
        .order_by(total.desc(), col(Supplier.name))
        .limit(count)
    )
    return [(name, amount) for name, amount in rows]
