"""Finds who a file means: the supplier on the register, or a new one. What is only likely is asked, never taken."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.people import Scheme, Supplier, SupplierIdentifier, SupplierName
from models.rows import inserting, run, run_each, table
from register.identity.names import certain_key, named
from register.identity.numbers import NumberRefused, normalised
from register.rows import Party

Number = tuple[Scheme, str]

ONE_EACH = (Scheme.COMPANY, Scheme.CHARITY, Scheme.SCOTTISH_CHARITY, Scheme.NI_CHARITY, Scheme.PPON)
"""The registers that give an organisation one number; the surest first."""


@dataclass(slots=True)
class _Known:
    """A supplier as the resolver knows it; `id` is 0 until it is written."""

    id: int
    name: str
    keys: set[str] = field(default_factory=set)
    numbers: set[Number] = field(default_factory=set)
    sme: bool | None = None
    vcse: bool | None = None

    def conflicts(self, numbers: Iterable[Number], schemes: tuple[Scheme, ...] = ONE_EACH) -> bool:
        """Whether it has another number where it can have but one."""
        for scheme in schemes:
            theirs = {number for number in numbers if number[0] is scheme}
            ours = {number for number in self.numbers if number[0] is scheme}
            if theirs and ours and not theirs & ours:
                return True
        return False


_LEARN = (
    sa.update(table(Supplier))
    .where(table(Supplier).c.id == sa.bindparam("of"))
    .values(sme=sa.bindparam("sme"), vcse=sa.bindparam("vcse"))
)


class Resolver:
    """Suppliers by number and by name, read once and kept up to date while rows come in.

    In one call of `resolve_all` the order of the parties changes nothing. Between calls what came first stays: the
    spelling that a supplier is called by, and which of two namesakes a party without numbers is taken for.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._done: dict[Party, _Known] = {}
        self._by_id: dict[int, _Known] = {}
        self._by_name: dict[str, _Known] = {}
        self._by_key: defaultdict[str, list[_Known]] = defaultdict(list)
        self._by_number: dict[Number, _Known] = {}
        self._new: list[_Known] = []
        self._learned: dict[int, _Known] = {}
        self._names: list[tuple[str, _Known]] = []
        self._identifiers: list[tuple[Number, _Known]] = []
        self.made: set[int] = set()
        """The suppliers that the last call had to make."""
        self.identified: set[tuple[int, Scheme, str]] = set()
        """The numbers that the last call kept, each with its supplier, in their register's own form."""
        self.sentences: list[str] = []
        """What was noticed: numbers that cannot be, and whose they were. They are kept nowhere."""
        self._read()

    def resolve(self, party: Party) -> int:
        """The key of the party's supplier, made where there is none yet."""
        return self.resolve_all([party])[party]

    def resolve_all(self, parties: Iterable[Party]) -> dict[Party, int]:
        """The key of each party's supplier; those that are new, and spellings and numbers not known, are written."""
        parties = set(parties)
        for party in sorted(parties - self._done.keys(), key=_first_those_that_say_most):
            self._done[party] = self._match(party)
        self._write()
        return {party: self._done[party].id for party in parties}

    def _read(self) -> None:
        into: dict[int, int] = {}
        one = table(Supplier).c
        for id_, name, sme, vcse, merged in run(
            self._session, sa.select(one.id, one.name, one.sme, one.vcse, one.merged_into_id).order_by(one.id)
        ):
            self._by_id[id_] = _Known(id_, name, sme=sme, vcse=vcse)
            if merged:
                into[id_] = merged
        for known in list(self._by_id.values()):
            kept = known.id
            while kept in into:
                kept = into[kept]
            self._spelled(self._by_id[kept], known.name)
        for name, supplier in run(
            self._session,
            select(SupplierName.name, SupplierName.supplier_id).order_by(col(SupplierName.name)),
        ):
            self._spelled(self._by_id[supplier], name)
        for scheme, number, supplier in run(
            self._session,
            select(SupplierIdentifier.scheme, SupplierIdentifier.identifier, SupplierIdentifier.supplier_id),
        ):
            self._numbered(self._by_id[supplier], (Scheme(scheme), number))

    def _spelled(self, known: _Known, name: str) -> None:
        self._by_name.setdefault(name, known)
        key = certain_key(name)
        if key not in known.keys:
            known.keys.add(key)
            self._by_key[key].append(known)

    def _numbered(self, known: _Known, number: Number) -> None:
        self._by_number[number] = known
        known.numbers.add(number)

    def _match(self, party: Party) -> _Known:
        read = named(party.name)
        numbers = self._numbers(party) + list(read.numbers)
        known = (
            self._by_numbers(numbers) or self._by_names(read.name, numbers) or self._made(read.name, numbers)
        )
        if read.name not in self._by_name:
            self._names.append((read.name, known))
        self._spelled(known, read.name)
        for number in numbers:
            if number not in self._by_number:
                self._numbered(known, number)
                self._identifiers.append((number, known))
        for name in ("sme", "vcse"):  # what the register knows already stays
            said = getattr(party, name)
            if said is not None and getattr(known, name) is None:
                setattr(known, name, said)
                self._learned[known.id] = known
        return known

    def _numbers(self, party: Party) -> list[Number]:
        found = []
        for scheme, text in party.identifiers:
            try:
                number = normalised(scheme, text)
            except NumberRefused as refused:
                self.sentences.append(f"{party.name}: {refused}. It was left out.")
                continue
            if number:
                found.append(number)
        return found

    def _by_numbers(self, numbers: list[Number]) -> _Known | None:
        for scheme in (*ONE_EACH, Scheme.OFSTED):
            for number in numbers:
                known = self._by_number.get(number) if number[0] is scheme else None
                if known and not known.conflicts(numbers, (Scheme.COMPANY,)):
                    return known
        return None

    def _by_names(self, name: str, numbers: list[Number]) -> _Known | None:
        same = self._by_name.get(name)
        for known in ([same] if same else []) + self._by_key.get(certain_key(name), []):
            if not known.conflicts(numbers):
                return known
        return None

    def _made(self, name: str, numbers: list[Number]) -> _Known:
        told = name
        for _, number in numbers:
            if told in self._by_name:
                told = f"{name} ({number})"
        known = _Known(0, told)
        self._new.append(known)
        self._by_name[told] = known
        return known

    def _write(self) -> None:
        if self._new:
            made = self._session.connection().execute(
                inserting(Supplier).returning(table(Supplier).c.id, sort_by_parameter_order=True),
                [{"name": one.name, "sme": one.sme, "vcse": one.vcse} for one in self._new],
            )
            for known, id_ in zip(self._new, made.scalars(), strict=True):
                known.id = id_
                self._by_id[id_] = known
        run_each(
            self._session,
            inserting(SupplierName),
            [{"name": name, "supplier_id": known.id} for name, known in self._names],
        )
        run_each(
            self._session, inserting(SupplierIdentifier),
            [{"scheme": scheme, "identifier": number, "supplier_id": known.id} for (scheme, number), known in self._identifiers],
        )  # fmt: skip
        run_each(
            self._session, _LEARN,
            [{"of": known.id, "sme": known.sme, "vcse": known.vcse} for id_, known in self._learned.items() if id_],
        )  # fmt: skip
        self.made = {known.id for known in self._new}
        self.identified = {(known.id, *number) for number, known in self._identifiers}
        self._new, self._names, self._identifiers, self._learned = [], [], [], {}


def _first_those_that_say_most(party: Party) -> tuple[object, ...]:
    shouting = party.name.isupper() or party.name.islower()
    return not party.identifiers, shouting, party.name, party.identifiers
