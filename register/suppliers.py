"""Which supplier of the register a file means."""

from collections.abc import Collection, Iterable
from typing import Protocol

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.people import Scheme, Supplier, SupplierIdentifier
from models.rows import insert_all
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
        ones = sorted(set(parties), key=lambda one: (one.name, one.identifiers))
        by_number = self._numbers({one for party in ones for one in party.identifiers})
        by_name = known(self._session, (party.name for party in ones))
        new: dict[str, Party] = {}
        named: dict[tuple[Scheme, str], str] = {}  # two of the batch may have one number
        leads: dict[Party, str] = {}
        for party in ones:
            if not any(one in by_number for one in party.identifiers) and party.name not in by_name:
                leads[party] = next((named[one] for one in party.identifiers if one in named), party.name)
                named |= dict.fromkeys(party.identifiers, leads[party])
                new.setdefault(leads[party], party)
        insert_all(
            self._session,
            Supplier,
            [{"name": name, "sme": party.sme, "vcse": party.vcse} for name, party in new.items()],
        )
        made = known(self._session, new) if new else {}
        self.made, by_name = set(made.values()), by_name | made
        found = {
            party: next((by_number[one] for one in party.identifiers if one in by_number), 0)
            or by_name[leads.get(party, party.name)]
            for party in ones
        }
        numbers = {one: found[party] for party in ones for one in party.identifiers if one not in by_number}
        self.identified = {(key, *one) for one, key in numbers.items()}
        insert_all(
            self._session,
            SupplierIdentifier,
            [
                {"scheme": scheme, "identifier": number, "supplier_id": key}
                for (scheme, number), key in numbers.items()
            ],
        )
        return found

    def _numbers(self, numbers: set[tuple[Scheme, str]]) -> dict[tuple[Scheme, str], int]:
        columns = SupplierIdentifier.scheme, SupplierIdentifier.identifier, SupplierIdentifier.supplier_id
        rows = self._session.exec(
            select(*columns).where(sa.tuple_(*map(col, columns[:2])).in_(numbers))
            if numbers
            else select(*columns).where(sa.false())
        )
        return {(Scheme(scheme), number): key for scheme, number, key in rows}
