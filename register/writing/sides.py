"""What stands beside a contract: its suppliers, authorities, lots and options to extend."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, delete, select

from models.contracts import ContractSupplier, ExtensionOption, JointAuthority, Lot
from models.people import Supplier
from models.rows import insert_all

Values = Mapping[str, Any]


def add(session: Session, contracts: Iterable[tuple[int, Values]]) -> None:
    """Write what stands beside new contracts, by the columns of their rows; `suppliers` are keys."""
    rows: dict[type[SQLModel], list[dict[str, Any]]] = defaultdict(list)
    for key, values in contracts:
        for model, row in _rows(key, values):
            rows[model].append(row)
    for model, ones in rows.items():
        insert_all(session, model, ones)


def _rows(key: int, values: Values) -> Iterator[tuple[type[SQLModel], dict[str, Any]]]:
    for supplier in values.get("suppliers", ()):
        yield ContractSupplier, {"contract_id": key, "supplier_id": supplier}
    for place, name in enumerate(values.get("authorities", ())):
        yield JointAuthority, {"contract_id": key, "name": name, "lead": place == 0}
    for name in values.get("lots", ()):
        yield Lot, {"contract_id": key, "name": name}
    for place, months in enumerate(values.get("extension_options", ()), 1):
        yield ExtensionOption, {"contract_id": key, "position": place, "months": months}


class Sides:
    """What stands beside the known contracts of a chunk, and what a file changes of it."""

    def __init__(self, session: Session, contracts: Collection[int], today: date) -> None:
        self._session = session
        self._have: dict[str, dict[int, dict[Any, Any]]] = defaultdict(lambda: defaultdict(dict))
        read = (
            ("suppliers", select(ContractSupplier.contract_id, ContractSupplier.supplier_id, Supplier.name)
                .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
                .where(sa.or_(col(ContractSupplier.left_on).is_(None), col(ContractSupplier.left_on) > today))
                .where(col(ContractSupplier.contract_id).in_(contracts))),
            ("authorities", select(JointAuthority.contract_id, JointAuthority.name, JointAuthority.lead)
                .where(col(JointAuthority.contract_id).in_(contracts))),
            ("lots", select(Lot.contract_id, Lot.name, Lot.name).where(col(Lot.contract_id).in_(contracts))),
            ("extension_options",
                select(ExtensionOption.contract_id, ExtensionOption.position, ExtensionOption.months)
                .where(col(ExtensionOption.contract_id).in_(contracts)).order_by(col(ExtensionOption.position))),
        )  # fmt: skip
        for name, statement in read:
            for contract, key, value in session.exec(statement):
                self._have[name][contract][key] = value
        self._left = set(
            session.exec(
                select(ContractSupplier.contract_id, ContractSupplier.supplier_id).where(
                    col(ContractSupplier.left_on) <= today, col(ContractSupplier.contract_id).in_(contracts)
                )
            ).all()
        )

    def change(
        self, contract: int, values: Values, names: Mapping[int, str]
    ) -> Iterator[tuple[str, Any, Any]]:
        """Make them as the row has them; yields each column that differs, old and new. `names` are of suppliers.

        A supplier of whom the record knows that it left has left, whatever an older file says.
        """
        if "suppliers" in values:
            still = tuple(key for key in values["suppliers"] if (contract, key) not in self._left)
            values = {**values, "suppliers": still}
        for name, keys in (
            ("suppliers", self._suppliers),
            ("authorities", self._authorities),
            ("lots", self._lots),
        ):
            if name in values and set(have := self._have[name][contract]) != set(values[name]):
                old = [have[key] if name == "suppliers" else key for key in have]
                new = [names[key] if name == "suppliers" else key for key in values[name]]
                yield name, tuple(sorted(old)), tuple(sorted(new))
                keys(contract, have, values[name])
        options = self._have["extension_options"][contract]
        if "extension_options" in values and tuple(options.values()) != values["extension_options"]:
            yield "extension_options", tuple(options.values()), values["extension_options"]
            self._options(contract, values["extension_options"])

    def _suppliers(self, contract: int, have: Collection[int], wanted: Collection[int]) -> None:
        """Those that stay keep the day they joined on, and those that left before stay on record."""
        its = col(ContractSupplier.contract_id) == contract
        self._session.exec(
            delete(ContractSupplier).where(
                its, col(ContractSupplier.supplier_id).in_(set(have) - set(wanted))
            )
        )
        add(self._session, [(contract, {"suppliers": [key for key in wanted if key not in have]})])

    def _authorities(self, contract: int, _: Collection[str], wanted: Collection[str]) -> None:
        self._session.exec(delete(JointAuthority).where(col(JointAuthority.contract_id) == contract))
        add(self._session, [(contract, {"authorities": wanted})])

    def _lots(self, contract: int, _: Collection[str], wanted: Collection[str]) -> None:
        self._session.exec(delete(Lot).where(col(Lot.contract_id) == contract))
        add(self._session, [(contract, {"lots": wanted})])

    def _options(self, contract: int, months: tuple[int, ...]) -> None:
        """What the Board took up stays taken."""
        its = col(ExtensionOption.contract_id) == contract
        taken = dict(
            self._session.exec(
                select(col(ExtensionOption.position), col(ExtensionOption.taken_up_on)).where(its)
            ).all()
        )
        self._session.exec(delete(ExtensionOption).where(its))
        rows = [
            {"contract_id": contract, "position": place, "months": length, "taken_up_on": taken.get(place)}
            for place, length in enumerate(months, 1)
        ]
        insert_all(self._session, ExtensionOption, rows)
