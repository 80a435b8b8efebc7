"""Writes suppliers, and the numbers they have in public registers."""

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import col, select

from models.people import Scheme, Supplier
from models.rows import run_each
from register.rows import Party, Row
from register.writing.run import Run

NUMBERS = {
    "company_number": Scheme.COMPANY,
    "charity_number": Scheme.CHARITY,
    "scottish_charity_number": Scheme.SCOTTISH_CHARITY,
    "ni_charity_number": Scheme.NI_CHARITY,
    "ofsted_urn": Scheme.OFSTED,
    "ppon": Scheme.PPON,
}
"""The columns of numbers; a supplier may have several Ofsted URNs, separated by `;`."""
FIELDS = ("sector", "service", "children_in_care", "sme", "vcse")


def _party(row: Row) -> Party:
    numbers = tuple(
        (scheme, one.strip())
        for column, scheme in NUMBERS.items()
        for one in (row.values.get(column) or "").split(";")
        if one.strip()
    )
    return Party(row.values["name"], numbers)


class Suppliers:
    """The layout "suppliers"."""

    def __init__(self, run: Run) -> None:
        self._run = run

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of suppliers."""
        run, parties = self._run, [_party(row) for row in rows]
        keys = run.suppliers.resolve_all(parties)
        made, identified = run.suppliers.made, run.suppliers.identified
        known = {
            one.id: one
            for one in run.session.exec(select(Supplier).where(col(Supplier.id).in_(set(keys.values()))))
        }
        same = [f"supplier {keys[party]}" for party in parties]
        doubles = run.scratch.doubles(same, [row.line for row in rows])
        updates: list[dict[str, Any]] = []
        for place, (row, party) in enumerate(zip(rows, parties, strict=True)):
            key = keys[party]
            if (
                place in doubles and run.reading.mapping
            ):  # another spelling: its numbers are kept, the first row stands
                run.changed(row.values["name"], [])
                continue
            if place in doubles:
                run.refuse(row, "name", f'"{party}" is the supplier of line {doubles[place]} already')
                continue
            new = {name: row.values[name] for name in FIELDS if name in row.values}
            new |= {name: new[name] or None for name in ("sector", "service") if name in new}
            changes = [
                (name, old, value)
                for name, value in new.items()
                if (old := getattr(known[key], name)) != value
            ]
            if changes:
                updates.append({"of": key} | {name: getattr(known[key], name) for name in FIELDS} | new)
            names = [
                ("other_names", "", name)
                for name in row.values.get("other_names", ())
                if run.suppliers.also(key, name)
            ]
            if key in made:
                run.added([row.values["name"]])
                continue
            numbers = [
                (column, "", number)
                for column, scheme in NUMBERS.items()
                for its, of, number in sorted(identified)
                if (its, of) == (key, scheme)
            ]
            run.changed(row.values["name"], changes + numbers + names)
        run_each(run.session, sa.update(Supplier).where(col(Supplier.id) == sa.bindparam("of")), updates)

    def finish(self) -> None:
        """Nothing waits."""
