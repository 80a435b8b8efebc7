"""Finds who a file means: the supplier on the register, or a new one. What is only likely is asked, never taken."""

from collections import defaultdict
from collections.abc import Iterable
from itertools import chain, count

import sqlalchemy as sa
from sqlmodel import Session, col, select

from models.people import Scheme, Supplier, SupplierIdentifier, SupplierName
from models.rows import inserting, run, run_each, table
from register.identity.asking import Questions
from register.identity.known import ORDER, Known, Number
from register.identity.likeness import related
from register.identity.merging import merged_into, root
from register.identity.names import certain_key, named
from register.identity.numbers import NumberRefused, normalised
from register.rows import Party

_LEARN = (
    sa.update(table(Supplier))
    .where(table(Supplier).c.id == sa.bindparam("of"))
    .values(sme=sa.bindparam("sme"), vcse=sa.bindparam("vcse"))
)


class Resolver:
    """Suppliers by number and by name, read once and kept up to date while rows come in.

    In one call of `resolve_all` the order of the parties changes nothing. Between calls what came first stays: the
    spelling that a supplier is called by, whose a number is that was given for two, and which of two namesakes a party
    without numbers is taken for.
    """

    def __init__(self, session: Session) -> None:
        self.made: set[int] = set()
        """The suppliers that the last call had to make."""
        self.identified: set[tuple[int, Scheme, str]] = set()
        """The numbers that the last call kept, each with its supplier, in their register's own form."""
        self.sentences: list[str] = []
        """What was noticed: numbers that cannot be, and whose they were. They are kept nowhere."""
        self._session = session
        self._done: dict[Party, Known] = {}
        self._by_id: dict[int, Known] = {}
        self._by_name: dict[str, Known] = {}
        self._by_key: defaultdict[str, list[Known]] = defaultdict(list)
        self._by_number: dict[Number, Known] = {}
        self._questions = Questions(session)
        self._new: list[Known] = []
        self._learned: dict[int, Known] = {}
        self._names: list[tuple[str, Known]] = []
        self._identifiers: list[tuple[Number, Known]] = []
        self._read()

    def resolve(self, party: Party) -> int:
        """The key of the party's supplier, made where there is none yet."""
        return self.resolve_all([party])[party]

    def resolve_all(self, parties: Iterable[Party]) -> dict[Party, int]:
        """The key of each party's supplier. New suppliers, spellings, numbers and questions are written."""
        parties = set(parties)
        for party in sorted(parties - self._done.keys(), key=_first_those_that_say_most):
            self._done[party] = self._match(party)
        self._write()
        self._questions.ask(self._by_id)
        return {party: self._done[party].id for party in parties}

    def also(self, supplier: int, name: str) -> bool:
        """Remember another name of the supplier; False where the name is known already, as its or another's."""
        name = named(name).name
        if name in self._by_name:
            return False
        known = self._by_id[supplier]
        self._names.append((name, known))
        if self._spelled(known, name):
            self._questions.named(known, certain_key(name))
        self._write()
        self._questions.ask(self._by_id)
        return True

    def find(self, name: str) -> int | None:
        """The key of the supplier that has this name or was found under it; nothing is made."""
        known = self._by_names(named(name).name, [])
        return known.id if known else None

    def _read(self) -> None:
        into = merged_into(self._session)
        one = table(Supplier).c
        rows = run(self._session, sa.select(one.id, one.name, one.sme, one.vcse).order_by(one.id)).all()
        for key, name, sme, vcse in rows:
            self._by_id[key] = Known(key, name, sme=sme, vcse=vcse)
        for key, known in self._by_id.items():
            self._spelled(self._by_id[root(into, key)], known.name)
        names = select(SupplierName.name, SupplierName.supplier_id).order_by(col(SupplierName.name))
        for name, supplier in run(self._session, names):
            self._spelled(self._by_id[supplier], name)
        its = table(SupplierIdentifier).c
        for scheme, number, supplier in run(
            self._session, sa.select(its.scheme, its.identifier, its.supplier_id)
        ):
            self._numbered(self._by_id[supplier], (Scheme(scheme), number))

    def _spelled(self, known: Known, name: str) -> bool:
        """Whether its certain key is a new one of the supplier's. A namesake is called "Name (number)"."""
        self._by_name.setdefault(name, known)
        key = certain_key(named(name).name)
        if key in known.keys:
            return False
        known.keys.append(key)
        self._by_key[key].append(known)
        return True

    def _numbered(self, known: Known, number: Number) -> None:
        self._by_number[number] = known
        known.numbers.add(number)

    def _match(self, party: Party) -> Known:
        read = named(party.name)
        numbers = [*self._numbers(party), *read.numbers]
        owners = self._owners(numbers)
        known = next((one for one, _ in owners if related(read.name, one.name)), None)
        if known is None:  # what is another's is not believed of this one
            numbers = [one for one in numbers if one not in self._by_number]
            known = self._by_names(read.name, numbers) or self._made(read.name, numbers)
        for owner, number in owners:
            if owner is not known:
                self._questions.doubt(known, owner, 0.8, f"the number {number} is given for both")
                self.sentences.append(
                    f'{party.name}: the number {number} is that of "{owner.name}" on the register.'
                )
        if read.name not in self._by_name:
            self._names.append((read.name, known))
        if self._spelled(known, read.name):
            self._questions.named(known, certain_key(read.name))
        for kept in numbers:
            if kept not in self._by_number:
                self._numbered(known, kept)
                self._identifiers.append((kept, known))
        self._learn(known, party)
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

    def _owners(self, numbers: list[Number]) -> list[tuple[Known, str]]:
        """Whose the numbers are, the surest first; nobody who has another company number."""
        owned = [(self._by_number.get(one), one[1]) for one in sorted(numbers, key=_surest)]
        return [
            (known, number) for known, number in owned if known and not known.another_company_than(numbers)
        ]

    def _by_names(self, name: str, numbers: list[Number]) -> Known | None:
        same = self._by_name.get(name)
        candidates = ([same] if same else []) + self._by_key.get(certain_key(name), [])
        return next((known for known in candidates if not known.conflicts(numbers)), None)

    def _made(self, name: str, numbers: list[Number]) -> Known:
        behind = chain((number for _, number in numbers), count(2))
        told = next(
            one for one in chain([name], (f"{name} ({it})" for it in behind)) if one not in self._by_name
        )
        known = Known(0, told)
        self._new.append(known)
        self._by_name[told] = known
        return known

    def _learn(self, known: Known, party: Party) -> None:
        for name in ("sme", "vcse"):  # what the register knows already stays
            said = getattr(party, name)
            if said is not None and getattr(known, name) is None:
                setattr(known, name, said)
                self._learned[known.id] = known

    def _write(self) -> None:
        if self._new:
            self._session.flush()
            made = self._session.connection().execute(
                inserting(Supplier).returning(table(Supplier).c.id, sort_by_parameter_order=True),
                [{"name": one.name, "sme": one.sme, "vcse": one.vcse} for one in self._new],
            )
            for known, key in zip(self._new, made.scalars().all(), strict=True):
                known.id = key
                self._by_id[key] = known
        names = [{"name": name, "supplier_id": known.id} for name, known in self._names]
        run_each(self._session, inserting(SupplierName), names)
        numbers = [
            {"scheme": scheme, "identifier": number, "supplier_id": known.id}
            for (scheme, number), known in self._identifiers
        ]
        run_each(self._session, inserting(SupplierIdentifier), numbers)
        learned = [{"of": key, "sme": one.sme, "vcse": one.vcse} for key, one in self._learned.items() if key]
        run_each(self._session, _LEARN, learned)
        self.made = {known.id for known in self._new}
        self.identified = {(known.id, *number) for number, known in self._identifiers}
        self._new, self._names, self._identifiers, self._learned = [], [], [], {}


def _surest(number: Number) -> int:
    return ORDER.index(number[0])


def _first_those_that_say_most(party: Party) -> tuple[object, ...]:
    """Those with numbers before those without, so that these find theirs; one way of writing before another."""
    shouting = party.name.isupper() or party.name.islower()
    said = tuple(str(getattr(party, name)) for name in ("sme", "vcse"))
    return not party.identifiers, shouting, party.name, party.identifiers, said
