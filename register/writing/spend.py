"""Writes what was spent with a supplier under a contract in a financial year."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.contracts import AnnualValue, Contract
from models.rows import insert_all, run_each
from register.rows import Row
from register.writing.keys import keys_of
from register.writing.run import Run

UNKNOWN = '"{}" is not known, or was refused; import it first, or mend the spelling'


class Spend:
    """The layout "spend"."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of amounts."""
        run = self._run
        contracts = keys_of(run.session, Contract, "reference", (row.values["reference"] for row in rows))
        named = {row.values["supplier"] for row in rows}
        suppliers = {name: key for name in named if (key := run.suppliers.find(name))}
        have = {
            (one.contract_id, one.supplier_id, one.financial_year): one
            for one in run.session.exec(
                select(AnnualValue).where(col(AnnualValue.contract_id).in_(contracts.values()))
            )
        }
        places: list[tuple[Row, tuple[int, int, str]]] = []
        for row in rows:
            values = row.values
            if values["reference"] not in contracts:
                run.refuse(row, "reference", UNKNOWN.format(values["reference"]))
            elif values["supplier"] not in suppliers:
                run.refuse(row, "supplier", UNKNOWN.format(values["supplier"]))
            else:
                its = contracts[values["reference"]], suppliers[values["supplier"]]
                places.append((row, (*its, values["financial_year"])))
        # Two spellings of one supplier are two rows of one place.
        doubles = run.scratch.doubles(
            [f"spend {place}" for _, place in places], [row.line for row, _ in places]
        )
        new: list[dict[str, Any]] = []
        changed: list[dict[str, Any]] = []
        for at, (row, place) in enumerate(places):
            values = row.values
            if at in doubles:
                run.refuse(row, "supplier", f'"{values["supplier"]}" is the supplier of line {doubles[at]}')
                continue
            said = {"amount": values["amount"], "invented": bool(values.get("invented"))}
            if (was := have.get(place)) is None:
                new.append(
                    dict(zip(("contract_id", "supplier_id", "financial_year"), place, strict=True)) | said
                )
                run.added([run.key(row)])
            elif run.changed(
                run.key(row),
                [(name, old, to) for name, to in said.items() if (old := getattr(was, name)) != to],
            ):
                changed.append({"of": was.id} | said)
        insert_all(run.session, AnnualValue, new)
        run_each(
            run.session, sa.update(AnnualValue).where(col(AnnualValue.id) == sa.bindparam("of")), changed
        )

    def finish(self) -> None:
        """Nothing waits."""
