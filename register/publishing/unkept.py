"""What of the record our own layouts do not carry."""

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from models.agenda import AgendaItem
from models.alerts import Alert
from models.contracts import ContractSupplier, Payment, Placement, ProcurementNotice
from models.cycles import VerdictRecord
from models.people import Supplier
from models.rows import run, table
from register.publishing.left_out import Published

KINDS: tuple[tuple[type[SQLModel], str], ...] = (
    (Payment, "payments (they come from the ledger: `recommission register import-spend`)"),
    (ProcurementNotice, "published notices (`recommission register notices`)"),
    (VerdictRecord, "verdicts of the Board (its minutes and its annual report)"),
    (AgendaItem, "items of the Board's agendas"),
    (Alert, "alerts"),
)


def note_unkept(session: Session, done: Published) -> None:
    """Say how many rows of the record stay behind, and why."""
    for model, what in KINDS:
        if count := run(session, sa.select(sa.func.count()).select_from(table(model))).scalar_one():
            done.left_out[what] = count
    lone = (
        sa.select(col(ContractSupplier.contract_id))
        .group_by(col(ContractSupplier.contract_id))
        .having(sa.func.count() == 1)
    )
    others = sa.select(sa.func.count()).where(col(Placement.contract_id).not_in(lone))
    if count := run(session, others).scalar_one():
        done.left_out["fees and sources of placements without a supplier, or with several"] = count
    merged = sa.select(sa.func.count()).where(col(Supplier.merged_into_id).is_not(None))
    if count := run(session, merged).scalar_one():
        done.left_out["suppliers found to be another one, whose names stand with that one"] = count
    done.notes.append("Single placements stand in it: it is for use within the council, not for publication.")
