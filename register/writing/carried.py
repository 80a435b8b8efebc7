"""What our own exports carry beside a contract: when suppliers joined and left, who is on which lot, options taken up."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col

from models.contracts import ContractSupplier, ExtensionOption, LotSupplier
from models.rows import inserting, run, run_each, table
from register.rows import Party, Row

COLUMNS = ("supplier_periods", "lot_suppliers", "options_taken_up")


def parties(row: Row) -> set[Party]:
    """The suppliers that these columns name."""
    periods, lots = row.values.get("supplier_periods", ()), row.values.get("lot_suppliers", ())
    return {Party(name) for name, *_ in periods} | {Party(name) for _, name in lots}


def write(
    session: Session, rows: Sequence[tuple[int, Row]], suppliers: Mapping[Party, int]
) -> dict[int, list[tuple[str, Any, Any]]]:
    """Make them as the rows have them, by the contract's key; returns each column that differed, old and new."""
    told = [(key, row) for key, row in rows if any(name in row.values for name in COLUMNS)]
    if not told:
        return {}
    keys = [key for key, _ in told]
    have = {
        "supplier_periods": _have(session, ContractSupplier, keys, "supplier_id", "joined_on", "left_on"),
        "lot_suppliers": _have(session, LotSupplier, keys, "lot", "supplier_id"),
        "options_taken_up": _have(session, ExtensionOption, keys, "position", "taken_up_on"),
    }
    changes: dict[int, list[tuple[str, Any, Any]]] = {}
    for key, row in told:
        wanted = _wanted(row, suppliers)
        for name, new in wanted.items():
            old = {one for one in have[name].get(key, ()) if name == "lot_suppliers" or any(one[1:])}
            if old != new:
                _SETTERS[name](session, key, new)
                changes.setdefault(key, []).append((name, "", _say(row.values[name])))
    return changes


def _wanted(row: Row, suppliers: Mapping[Party, int]) -> dict[str, set[tuple[Any, ...]]]:
    values = row.values
    found: dict[str, set[tuple[Any, ...]]] = {}
    if "supplier_periods" in values:
        found["supplier_periods"] = {
            (suppliers[Party(name)], *days) for name, *days in values["supplier_periods"]
        }
    if "lot_suppliers" in values:
        found["lot_suppliers"] = {(lot, suppliers[Party(name)]) for lot, name in values["lot_suppliers"]}
    if "options_taken_up" in values:
        found["options_taken_up"] = set(values["options_taken_up"])
    return found


def _have(
    session: Session, model: type[SQLModel], keys: Sequence[int], *columns: str
) -> dict[int, list[tuple[Any, ...]]]:
    its = table(model).c
    wanted: sa.BindParameter[list[int]] = sa.bindparam("contracts", expanding=True)
    found: dict[int, list[tuple[Any, ...]]] = {}
    statement = sa.select(its.contract_id, *(its[name] for name in columns)).where(
        its.contract_id.in_(wanted)
    )
    for key, *values in run(session, statement, contracts=keys):
        found.setdefault(key, []).append(tuple(values))
    return found


def _periods(session: Session, contract: int, wanted: set[tuple[Any, ...]]) -> None:
    """Those without a period are there from its start to its end; one that has left stands in no other column."""
    its = table(ContractSupplier)
    run(
        session,
        sa.update(its)
        .where(its.c.contract_id == sa.bindparam("contract"))
        .values(joined_on=None, left_on=None),
        contract=contract,
    )
    known = run(
        session,
        sa.select(its.c.supplier_id).where(its.c.contract_id == sa.bindparam("contract")),
        contract=contract,
    ).scalars()
    here = set(known)
    update = (
        sa.update(its)
        .where(its.c.contract_id == sa.bindparam("contract"), its.c.supplier_id == sa.bindparam("supplier"))
        .values(joined_on=sa.bindparam("joined"), left_on=sa.bindparam("left"))
    )
    run_each(
        session,
        update,
        [
            {"contract": contract, "supplier": key, "joined": joined, "left": left}
            for key, joined, left in sorted(wanted, key=lambda one: one[0])
            if key in here
        ],
    )
    run_each(
        session,
        inserting(ContractSupplier),
        [
            {"contract_id": contract, "supplier_id": key, "joined_on": joined, "left_on": left}
            for key, joined, left in sorted(wanted, key=lambda one: one[0])
            if key not in here
        ],
    )


def _lots(session: Session, contract: int, wanted: set[tuple[Any, ...]]) -> None:
    run(session, sa.delete(LotSupplier).where(col(LotSupplier.contract_id) == contract))
    rows = [{"contract_id": contract, "lot": lot, "supplier_id": key} for lot, key in sorted(wanted)]
    run_each(session, inserting(LotSupplier), rows)


def _taken_up(session: Session, contract: int, wanted: set[tuple[Any, ...]]) -> None:
    its = table(ExtensionOption)
    update = sa.update(its).where(
        its.c.contract_id == sa.bindparam("contract"), its.c.position == sa.bindparam("place")
    )
    run(session, sa.update(its).where(its.c.contract_id == contract).values(taken_up_on=None))
    run_each(
        session,
        update.values(taken_up_on=sa.bindparam("day")),
        [{"contract": contract, "place": place, "day": day} for place, day in sorted(wanted)],
    )


_SETTERS = {"supplier_periods": _periods, "lot_suppliers": _lots, "options_taken_up": _taken_up}


def _say(value: Sequence[tuple[Any, ...]]) -> str:
    return "; ".join(" ".join(str(part) for part in one if part) for one in value)
