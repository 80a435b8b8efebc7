"""Everything the register knows of one supplier."""

from typing import Any

from sqlmodel import Session, col, func, select

from lifecycle.planning import as_written
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier, Payment
from models.people import Supplier
from register.identity.answering import facts, questions


def about(session: Session, supplier: Supplier) -> dict[str, Any]:
    """Its fields, numbers, spellings, contracts, money in pounds, merges and open questions, ready for JSON."""
    key = identity(supplier)
    its = facts(session, {key})[key]
    spent = session.exec(
        select(AnnualValue.financial_year, func.sum(AnnualValue.amount))
        .where(AnnualValue.supplier_id == key)
        .group_by(col(AnnualValue.financial_year))
        .order_by(col(AnnualValue.financial_year).desc())
    )
    contracts = session.exec(
        select(Contract)
        .join(ContractSupplier, col(ContractSupplier.contract_id) == col(Contract.id))
        .where(ContractSupplier.supplier_id == key)
        .order_by(col(Contract.reference))
    )
    paid = session.exec(
        select(func.count(), func.sum(Payment.amount)).where(Payment.supplier_id == key)
    ).one()
    merged = select(Supplier.name).where(Supplier.merged_into_id == key).order_by(Supplier.name)
    return {
        "name": supplier.name,
        "sector": supplier.sector,
        "service": supplier.service,
        "sme": supplier.sme,
        "vcse": supplier.vcse,
        "numbers": list(its.numbers),
        "spellings": list(its.spellings),
        "contracts": [
            {
                "reference": one.reference,
                "title": one.title,
                "ends": as_written(one.end_date) if one.end_date else "no end",
            }
            for one in contracts
        ],
        "spend": [{"year": year, "amount": f"£{amount:,.2f}"} for year, amount in spent],
        "payments": f"{paid[0]:,}, together £{paid[1]:,.2f}" if paid[0] else None,
        "merged_into_it": list(session.exec(merged)),
        "asked_about": [
            {
                "number": one.number,
                "other": (one.other if one.keep_id == key else one.keep).name,
                "why": one.why,
            }
            for one in questions(session)
            if key in (one.keep_id, one.other_id)
        ],
    }
