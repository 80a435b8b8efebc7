"""Writes spot placements: each is a contract of its own, and what is particular to it beside."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from lifecycle.partial_dates import PartialDate
from lifecycle.policy import NoRule
from lifecycle.regimes import Regime
from lifecycle.stages import Kind
from models.contracts import Contract, Placement
from models.rows import inserting, run_each, table
from models.rows import run as execute
from register.rows import Party, Row
from register.writing.contracts import Contracts
from register.writing.run import Run

OWN = ("source", "off_framework", "weekly_fee", "notice_days")
"""The columns that are particular to a placement."""
AS_CONTRACT = ("start", "end", "review", "parent", "department", "ended_on")
TITLE, DEPARTMENT = "Spot placement", "Not given"


class Placements(Contracts):
    """The layout "placements". A column that the file does not have leaves what the record knows."""

    def __init__(self, run: Run) -> None:
        super().__init__(run)
        self._today = run.today

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of placements."""
        laws = self._laws({row.values["parent"] for row in rows if row.values.get("parent")})
        known = self._known([row.values["placement"] for row in rows])
        super().write([self._as_contract(row, laws, row.values["placement"] in known) for row in rows])

    def _laws(self, references: set[str]) -> dict[str, str]:
        """The law of each framework or list: what is bought under it stays under it."""
        its = table(Contract).c
        wanted: sa.BindParameter[list[str]] = sa.bindparam("references", expanding=True)
        found = execute(
            self._run.session,
            sa.select(its.reference, its.regime).where(its.reference.in_(wanted)),
            references=list(references),
        )
        return {row.reference: row.regime for row in found}

    def _as_contract(self, row: Row, laws: Mapping[str, str], known: bool) -> Row:
        given = row.values
        values = {name: given[name] for name in (*OWN, *AS_CONTRACT) if name in given} | {
            "placement": given["placement"],
            "reference": given["placement"],
            "kind": Kind.SPOT,
            "suppliers": (given["supplier"],),
        }
        law = given.get("regime") or laws.get(given.get("parent", ""))
        # What the file leaves out is made up for a new placement only: what is on record stays.
        for name, value, otherwise in (
            ("title", given.get("title"), TITLE),
            ("department", given.get("department"), DEPARTMENT),
            ("owner", given.get("owner"), ""),
            ("regime", law, None if known else self._law_of(given["start"])),
        ):
            if value or not known:
                values[name] = value or otherwise
        if not known:
            values["in_force"] = True  # its dates say when: it has no cycle that would
        if "source" in values:
            values["placed_by"] = values.pop("source")  # a contract's own source is the document it is from
        return replace(row, values=values)

    def _law_of(self, start: PartialDate | None) -> Regime:
        """The light-touch rules in force when it began: placements are social care or education."""
        day = (start.earliest or start.latest) if start else None
        try:
            law = str(self._run.rules.policy.rule("regime", day or self._today).value)
        except NoRule:
            return Regime.BELOW_THRESHOLD
        return Regime(f"{law} light touch")

    def _beside(
        self, rows: Sequence[tuple[int, Row]], suppliers: Mapping[Party, int]
    ) -> dict[int, list[tuple[str, Any, Any]]]:
        its = table(Placement)
        wanted: sa.BindParameter[list[int]] = sa.bindparam("contracts", expanding=True)
        have = {
            one.contract_id: one
            for one in execute(
                self._run.session,
                sa.select(its).where(its.c.contract_id.in_(wanted)),
                contracts=[key for key, _ in rows],
            )
        }
        changes: dict[int, list[tuple[str, Any, Any]]] = {}
        new: list[dict[str, Any]] = []
        for key, row in rows:
            said = {name: row.values[name] for name in OWN if name in row.values}
            if "placed_by" in row.values:
                said["source"] = row.values["placed_by"]
            if (was := have.get(key)) is None:
                blank = {"source": "", "off_framework": None, "weekly_fee": None, "notice_days": None}
                new.append(blank | said | {"contract_id": key})
                differing = [(name, None, value) for name, value in said.items() if value not in (None, "")]
            else:
                differing = [
                    (name, old, value) for name, value in said.items() if (old := getattr(was, name)) != value
                ]
                if differing:
                    update = sa.update(its).where(col(Placement.contract_id) == key)
                    execute(self._run.session, update.values({name: value for name, _, value in differing}))
            if differing:
                changes[key] = differing
        run_each(self._run.session, inserting(Placement), new)
        return changes
