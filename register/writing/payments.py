"""Writes a ledger's payments: who was paid what and when, and under which contract where that is certain."""

from collections.abc import Sequence
from hashlib import sha256
from typing import Any

import sqlalchemy as sa
from sqlmodel import col

from models.contracts import Contract, Payment
from models.rows import insert_all, table
from models.rows import run as execute
from register.paid_under import PaidUnder
from register.rows import Row
from register.writing.keys import keys_of
from register.writing.run import Run


class Payments:
    """The layout "payments". A payment that is there already, in this file or another, is left as it is."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._under = PaidUnder(run.session)

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of payments."""
        run, session = self._run, self._run.session
        suppliers = run.suppliers.resolve_all({row.values["supplier"] for row in rows})
        self._under.look_up(set(suppliers.values()))
        named = keys_of(session, Contract, "reference", {row.values.get("reference") or "" for row in rows})
        keys = self._keys(rows)
        wanted: sa.BindParameter[list[str]] = sa.bindparam("keys", expanding=True)
        have = set(
            execute(
                session, sa.select(col(Payment.key)).where(table(Payment).c.key.in_(wanted)), keys=keys
            ).scalars()
        )
        new: list[dict[str, Any]] = []
        for row, key in zip(rows, keys, strict=True):
            if key in have:
                run.result.unchanged += 1
                continue
            supplier, day = suppliers[row.values["supplier"]], row.values["paid_on"]
            contract = named.get(row.values.get("reference") or "") or self._under.certain(supplier, day)
            new.append(
                {"key": key, "supplier_id": supplier, "contract_id": contract, "paid_on": day, "amount": row.values["amount"]}
            )  # fmt: skip
        insert_all(session, Payment, new)
        run.counted(len(new))

    def finish(self) -> None:
        """Nothing waits."""

    def _keys(self, rows: Sequence[Row]) -> list[str]:
        """The same for the same payment in any file; two that are alike in one file are two.

        The supplier is in it by name as the file has it: who it is may be found out, and change.
        """
        said = [
            f"{row.values['paid_on']}|{row.values['supplier'].name.casefold()}|{row.values['amount']:.2f}|"
            f"{row.values.get('transaction') or ''}|{row.values.get('reference') or ''}"
            for row in rows
        ]
        keys, waiting, nth = [""] * len(rows), list(range(len(rows))), 0
        while waiting:
            nth += 1
            tried = [sha256(f"{said[at]}|{nth}".encode()).hexdigest()[:32] for at in waiting]
            again = self._run.scratch.doubles(tried, [rows[at].line for at in waiting])
            for place, at in enumerate(waiting):
                keys[at] = tried[place]
            waiting = [waiting[place] for place in sorted(again)]
        return keys
