"""What waits for somebody to say whether two suppliers are one, with what helps to tell; and the answer."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from sqlmodel import Session, col, func, select

from models import audit
from models.columns import identity
from models.contracts import AnnualValue, ContractSupplier
from models.imports import Alike, Answer, Likeness
from models.people import Supplier, SupplierIdentifier, SupplierName
from register.identity.merging import MergeRefused, merge, merged_into, root
from register.identity.resolving import Resolver


@dataclass(frozen=True, slots=True)
class Facts:
    """What tells a supplier from another: its numbers, how many contracts it has, what was spent with it in pounds."""

    name: str
    numbers: tuple[str, ...]
    spellings: tuple[str, ...]
    contracts: int
    spent: Decimal


@dataclass(frozen=True, slots=True)
class Question:
    """Whether two suppliers are one. `keep` is the one that the other would be merged into."""

    number: int
    score: float
    why: str
    keep: Facts
    other: Facts
    keep_id: int
    other_id: int


def named(session: Session, text: str) -> Supplier | None:
    """The supplier of that name, of another spelling of it, or of a number; after merges the one that was kept."""
    key = session.exec(select(Supplier.id).where(Supplier.name == text)).first()
    key = (
        key
        or session.exec(
            select(SupplierIdentifier.supplier_id).where(
                SupplierIdentifier.identifier == text.strip().upper()
            )
        ).first()
    )
    key = key or Resolver(session).find(text)
    return session.get_one(Supplier, root(merged_into(session), key)) if key else None


def facts(session: Session, suppliers: Collection[int]) -> dict[int, Facts]:
    """The facts of these suppliers."""
    numbers, spellings = defaultdict(list), defaultdict(list)
    for row in session.exec(
        select(SupplierIdentifier).order_by(SupplierIdentifier.scheme, SupplierIdentifier.identifier)
    ):
        numbers[row.supplier_id].append(f"{row.scheme} {row.identifier}")
    for name in session.exec(select(SupplierName).order_by(SupplierName.name)):
        spellings[name.supplier_id].append(name.name)
    counted = dict(
        session.exec(
            select(ContractSupplier.supplier_id, func.count()).group_by(col(ContractSupplier.supplier_id))
        ).all()
    )
    spent = dict(
        session.exec(
            select(AnnualValue.supplier_id, func.sum(AnnualValue.amount)).group_by(
                col(AnnualValue.supplier_id)
            )
        ).all()
    )
    return {
        key: Facts(
            name,
            tuple(numbers[key]),
            tuple(spellings[key]),
            counted.get(key, 0),
            Decimal(spent.get(key) or 0),
        )
        for key, name in session.exec(select(Supplier.id, Supplier.name))
        if key is not None and key in suppliers
    }


def questions(session: Session) -> list[Question]:
    """The open questions, the surest first; what merges since have answered is none."""
    into = merged_into(session)
    rows = session.exec(
        select(Likeness)
        .where(Likeness.what == Alike.SUPPLIERS, col(Likeness.answer).is_(None))
        .order_by(col(Likeness.score).desc(), col(Likeness.id))
    ).all()
    open_: dict[tuple[int, int], Likeness] = {}
    for row in rows:
        pair = sorted(root(into, key) for key in (row.one_id, row.other_id))
        if pair[0] != pair[1]:
            open_.setdefault((pair[0], pair[1]), row)
    known = facts(session, {key for pair in open_ for key in pair})
    return [_question(row, pair, known) for pair, row in open_.items()]


def _question(row: Likeness, pair: tuple[int, int], known: dict[int, Facts]) -> Question:
    """The one with a number is kept, then the one with more contracts, then the one that was there first."""
    keep, other = sorted(
        pair, key=lambda key: (not known[key].numbers, -known[key].contracts, -known[key].spent, key)
    )
    return Question(identity(row), row.score, row.why, known[keep], known[other], keep, other)


def answer(session: Session, number: int, said: Answer, by: str, at: datetime, because: str = "") -> Question:
    """Answer a question: the same are merged, the different never asked about again. Raises MergeRefused."""
    question = next((one for one in questions(session) if one.number == number), None)
    if question is None:
        raise MergeRefused(f"There is no open question {number}; `recommission suppliers review` lists them.")
    keep, other = (session.get_one(Supplier, key) for key in (question.keep_id, question.other_id))
    if said is Answer.SAME:
        merge(session, keep, other, by, at, because)
        return question
    row = session.get_one(Likeness, number)
    row.answer, row.by, row.answered_at = said, by, at
    session.add(row)
    audit.record(session, at, by, "suppliers told apart", keep.name, other=other.name)
    return question
