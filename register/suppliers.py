"""Which supplier of the register a file means."""

from collections.abc import Collection, Iterable
from typing import Protocol

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.people import Scheme, Supplier, SupplierIdentifier
from models.rows import insert, inserting, run_each
from register.rows import Party


class Resolver(Protocol):
    """Finds the supplier that a party is. `made` are the keys of those that the last call had to make, and
    `identified` the numbers that it kept of a supplier, as they came.
    """

    made: set[int]
    identified: set[tuple[int, Scheme, str]]

    def resolve_all(self, parties: Collection[Party]) -> dict[Party, int]:
        """The key of each party's supplier, which is made where the register has none; identifiers are kept."""
        ...


def resolver(session: Session) -> Resolver:
    """The resolver that imports use."""
    return _ByName(session)


def known(session: Session, names: Iterable[str]) -> dict[str, int]:
    """The suppliers of these names that the register has."""
    rows = session.exec(select(Supplier.name, Supplier.id).where(col(Supplier.name).in_(set(names))))
    return {name: key for name, key in rows if key is not None}


class _ByName:
    """By a number in a register, else by the name to the letter."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self.made: set[int] = set()
        self.identified: set[tuple[int, Scheme, str]] = set()

    def resolve_all(self, parties: Collection[Party]) -> dict[Party, int]:
        self.made, self.identified = set(), set()
        numbers = {one for party in parties for one in party.identifiers}
        by_number = self._numbers(numbers)
        by_name = known(self._session, (party.name for party in parties))
        found: dict[Party, int] = {}
        for party in sorted(set(parties), key=lambda one: (one.name, one.identifiers)):
            key = next((by_number[one] for one in party.identifiers if one in by_number), None)
            key = key or by_name.get(party.name)
            if key is None:
                key = insert(
                    self._session, Supplier, name=party.name, sector=None, sme=party.sme, vcse=party.vcse,
                    service=None, children_in_care=None, merged_into_id=None,
                )  # fmt: skip
                self.made.add(key)
            found[party] = by_name[party.name] = key
            new = [one for one in party.identifiers if one not in by_number]
            run_each(
                self._session,
                inserting(SupplierIdentifier),
                [{"scheme": scheme, "identifier": number, "supplier_id": key} for scheme, number in new],
            )
            by_number |= dict.fromkeys(new, key)
            self.identified |= {(key, *one) for one in new}
        return found

    def _numbers(self, numbers: set[tuple[Scheme, str]]) -> dict[tuple[Scheme, str], int]:
        columns = SupplierIdentifier.scheme, SupplierIdentifier.identifier, SupplierIdentifier.supplier_id
        rows = self._session.exec(
            select(*columns).where(sa.tuple_(*map(col, columns[:2])).in_(numbers))
            if numbers
            else select(*columns).where(sa.false())
        )
        return {(Scheme(scheme), number): key for scheme, number, key in rows}
