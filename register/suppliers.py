"""Which supplier of the register a file means."""

from collections.abc import Collection
from typing import Protocol

from sqlmodel import Session

from models.people import Scheme
from register.identity.resolving import Resolver as WhoIsWho
from register.rows import Party


class Resolver(Protocol):
    """Finds the supplier that a party is. `made` are the keys of those that the last call had to make, `identified`
    the numbers that it kept of a supplier, in their register's own form; `sentences` tell what it noticed.
    """

    made: set[int]
    identified: set[tuple[int, Scheme, str]]
    sentences: list[str]

    def resolve_all(self, parties: Collection[Party]) -> dict[Party, int]:
        """The key of each party's supplier, which is made where the register has none; identifiers are kept."""
        ...

    def find(self, name: str) -> int | None:
        """The key of the supplier that has this name or was found under it; nothing is made."""
        ...


def resolver(session: Session) -> Resolver:
    """The resolver that imports use."""
    return WhoIsWho(session)
