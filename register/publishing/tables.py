"""The register as tables in our own layouts: what `recommission register import` reads back without loss."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from lifecycle.stages import Stage
from models.contracts import (
    AnnualValue,
    Contract,
    ExtensionOption,
    JointAuthority,
    Lot,
    LotSupplier,
    Placement,
)
from models.people import Person, Scheme, Supplier, SupplierIdentifier, SupplierName
from models.rows import run, table
from register.identity.merging import merged_into, root
from register.layouts import LAYOUTS
from register.packing import escaped, packed
from register.publishing.csv_files import Tick, no_tick
from register.publishing.stream import Supplied, beside, chunks, day, suppliers

Row = list[object]

AS_THEY_ARE = {
    name: name
    for name in (
        "reference", "title", "kind", "parent", "department", "owner", "notice_months", "regime", "predecessor",
        "source", "note", "description", "buyer", "ocid", "cpv", "value", "value_max", "value_per", "value_vat",
        "value_words", "ceiling", "vat_not_recoverable", "extension_words", "signed_on", "procedure", "invited", "url",
        "last_review", "in_force", "registered_on", "split_from",
    )
} | {"ended_on": "actual_end"}  # fmt: skip
DATED = {
    "start": "start_date", "end": "planned_end", "successor_start": "successor_start", "review": "review_date",
    "max_extent": "max_extent_date", "forecast_end": "forecast_end",
}  # fmt: skip
NUMBERS = {
    "company_number": Scheme.COMPANY,
    "charity_number": Scheme.CHARITY,
    "scottish_charity_number": Scheme.SCOTTISH_CHARITY,
    "ni_charity_number": Scheme.NI_CHARITY,
    "ppon": Scheme.PPON,
    "ofsted_urn": Scheme.OFSTED,
}


def people(session: Session, _today: date, tick: Tick = no_tick) -> Iterator[Row]:
    """The posts."""
    deputy, manager = aliased(Person), aliased(Person)
    rows = run(
        session,
        sa.select(col(Person.title), col(Person.email), col(deputy.title), col(manager.title))
        .outerjoin(deputy, col(Person.deputy_id) == col(deputy.id))
        .outerjoin(manager, col(Person.manager_id) == col(manager.id))
        .order_by(col(Person.id)),
    )
    for row in rows:
        yield list(row)


def supplier_rows(session: Session, _today: date, tick: Tick = no_tick) -> Iterator[Row]:
    """The suppliers, their numbers and other names; one found to be another is not a supplier of its own."""
    numbers: dict[tuple[int, Scheme], list[str]] = defaultdict(list)
    for one in run(session, sa.select(SupplierIdentifier).order_by(col(SupplierIdentifier.identifier))):
        numbers[one.supplier_id, one.scheme].append(one.identifier)
    names: dict[int, list[str]] = defaultdict(list)
    for one in run(session, sa.select(SupplierName).order_by(col(SupplierName.name))):
        names[one.supplier_id].append(one.name)
    into = merged_into(session)
    for merged in into:
        names[root(into, merged)].append(session.get_one(Supplier, merged).name)
    known = sa.select(Supplier).where(col(Supplier.merged_into_id).is_(None)).order_by(col(Supplier.id))
    for one in run(session, known):
        values = {name: packed(numbers[one.id, scheme]) for name, scheme in NUMBERS.items()}
        values |= {"other_names": packed(names[one.id])}
        yield [values[name] if name in values else getattr(one, name) for name in header("suppliers")]


def contracts(session: Session, today: date, tick: Tick = no_tick) -> Iterator[Row]:
    """The contracts, with everything that stands beside them; `suppliers` are those of the day."""
    columns = header("contracts")
    for rows in chunks(session):
        who = suppliers(session, rows)
        options = beside(session, _OPTIONS, ExtensionOption, rows)
        authorities = beside(session, _AUTHORITIES, JointAuthority, rows)
        lots, on_lots = beside(session, _LOTS, Lot, rows), beside(session, _ON_LOTS, LotSupplier, rows)
        for row in rows:
            supplied = who.get(row.id, [])
            its = options.get(row.id, [])
            values = {name: getattr(row, attribute) for name, attribute in AS_THEY_ARE.items()}
            values |= {name: day(getattr(row, attribute)) for name, attribute in DATED.items()}
            values |= {
                "stage": None if row.stage is Stage.REVIEW else row.stage,
                "suppliers": packed(one.name for one in supplied if not one.left_on or one.left_on > today),
                "supplier_periods": _periods(supplied),
                "extension_options": _options([one.months for one in its]),
                "options_taken_up": ";".join(
                    f"{one.position}={one.taken_up_on}" for one in its if one.taken_up_on
                ),
                "authorities": packed(one.name for one in authorities.get(row.id, ())),
                "lots": packed(one.name for one in lots.get(row.id, ())),
                "lot_suppliers": _pairs((one.lot, one.name) for one in on_lots.get(row.id, ())),
            }
            yield [values[name] for name in columns]
        tick(len(rows))


def spend(session: Session, _today: date, tick: Tick = no_tick) -> Iterator[Row]:
    """What was spent with each supplier under each contract in each financial year."""
    rows = run(
        session,
        sa.select(col(Contract.reference), col(Supplier.name), col(AnnualValue.financial_year))
        .add_columns(col(AnnualValue.amount), col(AnnualValue.invented))
        .select_from(AnnualValue)
        .join(Contract, col(Contract.id) == col(AnnualValue.contract_id))
        .join(Supplier, col(Supplier.id) == col(AnnualValue.supplier_id))
        .order_by(col(AnnualValue.id))
        .execution_options(yield_per=1000),
    )
    for row in rows:
        yield list(row)


def placements(session: Session, _today: date, tick: Tick = no_tick) -> Iterator[Row]:
    """What is particular to each spot placement; the layout has room for one of one supplier only."""
    columns = header("placements")
    for rows in chunks(session):
        its = beside(session, sa.select(table(Placement)), Placement, rows)
        who = suppliers(session, [rows[0], rows[-1]]) if its else {}
        for row in rows:
            if row.id in its and len(named := who.get(row.id, [])) == 1:
                [own] = its[row.id]
                values = {"placement": row.reference, "supplier": named[0].name, "start": day(row.start_date)}
                yield [values[name] if name in values else getattr(own, name) for name in columns]


TABLES: Mapping[str, Callable[[Session, date, Tick], Iterator[Row]]] = {
    "people": people,
    "suppliers": supplier_rows,
    "contracts": contracts,
    "spend": spend,
    "placements": placements,
}
"""The tables in the order in which they are to be imported."""

_UNKEPT = {
    "contracts": {"values_invented"},
    "suppliers": {"note"},
    "placements": {"end", "review", "parent", "department", "owner", "title", "regime", "ended_on"},
}
"""Columns that the register reads and does not keep, or that stand in the table of contracts."""


def header(name: str) -> tuple[str, ...]:
    """The columns of a table."""
    [layout] = [one for one in LAYOUTS if one.name == name]
    return tuple(column for column in layout.columns if column not in _UNKEPT.get(name, ()))


def _options(months: Sequence[int]) -> str:
    """Two of a year and one of two: 2x12+1x24."""
    return "+".join(f"{len(list(same))}x{length}" for length, same in groupby(months))


def _pairs(values: Iterator[tuple[str, str]]) -> str:
    return ";".join(f"{escaped(one)}={escaped(other)}" for one, other in values)


def _periods(supplied: Sequence[Supplied]) -> str:
    return ";".join(
        f"{escaped(one.name)}={one.joined_on or ''}/{one.left_on or ''}"
        for one in supplied
        if one.joined_on or one.left_on
    )


_OPTIONS: sa.Select[*tuple[Any, ...]] = sa.select(
    col(ExtensionOption.position), col(ExtensionOption.months), col(ExtensionOption.taken_up_on)
).order_by(col(ExtensionOption.position))
_AUTHORITIES: sa.Select[*tuple[Any, ...]] = sa.select(col(JointAuthority.name)).order_by(
    col(JointAuthority.lead).desc(), col(JointAuthority.name)
)
_LOTS: sa.Select[*tuple[Any, ...]] = sa.select(col(Lot.name)).order_by(col(Lot.name))
_ON_LOTS: sa.Select[*tuple[Any, ...]] = (
    sa.select(col(LotSupplier.lot), col(Supplier.name))
    .join(Supplier, col(Supplier.id) == col(LotSupplier.supplier_id))
    .order_by(col(LotSupplier.lot), col(Supplier.name))
)
