"""The register's contracts, a chunk at a time, with what stands beside them: memory does not grow with the register."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from lifecycle.partial_dates import PartialDate
from models.columns import PartialDateType
from models.contracts import Contract, ContractSupplier
from models.cycles import Cycle
from models.people import Person, Scheme, Supplier, SupplierIdentifier
from models.rows import run, table

CHUNK = 1000

_AFTER: sa.BindParameter[int] = sa.bindparam("after")
_FIRST: sa.BindParameter[int] = sa.bindparam("first")
_LAST: sa.BindParameter[int] = sa.bindparam("last")
_OTHERS = {name: table(Contract).alias(name) for name in ("parent", "predecessor", "split_from")}


def _columns() -> Iterator[sa.ColumnElement[Any]]:
    for column in table(Contract).c:
        # Read as text: the register has few different dates, and each is made into one only once (see `day`).
        dated = isinstance(column.type, PartialDateType)
        yield sa.type_coerce(column, sa.String).label(column.name) if dated else column


_CONTRACTS = (
    sa.select(*_columns(), col(Person.title).label("owner"), col(Cycle.stage), col(Cycle.stage_since))
    .add_columns(*(other.c.reference.label(name) for name, other in _OTHERS.items()))
    .select_from(table(Contract))
    .join(Person, col(Person.id) == col(Contract.owner_id))
    .outerjoin(Cycle, col(Cycle.contract_id) == col(Contract.id))
    .outerjoin(_OTHERS["parent"], _OTHERS["parent"].c.id == col(Contract.parent_id))
    .outerjoin(_OTHERS["predecessor"], _OTHERS["predecessor"].c.id == col(Contract.predecessor_id))
    .outerjoin(_OTHERS["split_from"], _OTHERS["split_from"].c.id == col(Contract.split_from_id))
    .where(col(Contract.id) > _AFTER)
    .order_by(col(Contract.id))
    .limit(CHUNK)
)


def chunks(session: Session) -> Iterator[Sequence[sa.Row[Any]]]:
    """Every contract with its owner, stage and the references it names, in the order they came into the register."""
    after = 0
    while rows := run(session, _CONTRACTS, after=after).all():
        yield rows
        after = rows[-1].id


@lru_cache(maxsize=65536)
def day(stored: str | None) -> PartialDate | None:
    """A date of such a row."""
    return None if stored is None else PartialDate.from_json(stored)


def beside(
    session: Session,
    statement: sa.Select[*tuple[Any, ...]],
    model: type[SQLModel],
    rows: Sequence[sa.Row[Any]],
) -> dict[int, list[Any]]:
    """The rows of a statement that belong to these contracts, by the contract's key; the model has `contract_id`."""
    key = table(model).c.contract_id
    found: dict[int, list[Any]] = defaultdict(list)
    limited = statement.add_columns(key.label("of")).where(key.between(_FIRST, _LAST))
    for one in run(session, limited, first=rows[0].id, last=rows[-1].id):
        found[one.of].append(one)
    return found


@dataclass(frozen=True, slots=True)
class Supplied:
    """A supplier of a contract, and its numbers in the registers of companies and of charities."""

    key: int
    name: str
    sme: bool | None
    vcse: bool | None
    service: str | None
    joined_on: date | None
    left_on: date | None
    company: str
    charity: str


_SUPPLIERS = (
    sa.select(*(table(Supplier).c[name] for name in ("id", "name", "sme", "vcse", "service")))
    .add_columns(col(ContractSupplier.joined_on), col(ContractSupplier.left_on))
    .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
    .order_by(col(ContractSupplier.contract_id), col(Supplier.id))
)
_NUMBERS = (
    sa.select(table(SupplierIdentifier))
    .where(
        col(SupplierIdentifier.supplier_id).in_(
            sa.select(col(ContractSupplier.supplier_id)).where(
                col(ContractSupplier.contract_id).between(_FIRST, _LAST)
            )
        )
    )
    .order_by(col(SupplierIdentifier.scheme), col(SupplierIdentifier.identifier))
)
_CHARITIES = (Scheme.CHARITY, Scheme.SCOTTISH_CHARITY, Scheme.NI_CHARITY)


def suppliers(session: Session, rows: Sequence[sa.Row[Any]]) -> dict[int, list[Supplied]]:
    """Who supplies these contracts, by the contract's key."""
    numbers: dict[tuple[int, Scheme], str] = {}
    for one in run(session, _NUMBERS, first=rows[0].id, last=rows[-1].id):
        numbers.setdefault((one.supplier_id, one.scheme), one.identifier)

    def charity(key: int) -> str:
        return next((numbers[key, scheme] for scheme in _CHARITIES if (key, scheme) in numbers), "")

    def supplied(one: Any) -> Supplied:
        numbered = numbers.get((one.id, Scheme.COMPANY), ""), charity(one.id)
        return Supplied(
            one.id, one.name, one.sme, one.vcse, one.service, one.joined_on, one.left_on, *numbered
        )  # fmt: skip

    found = beside(session, _SUPPLIERS, ContractSupplier, rows)
    return {key: [supplied(one) for one in its] for key, its in found.items()}
