"""Two suppliers become one, and two again: what moved is kept with the merge, so that it can be put back to the row."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, SQLModel, col, select

from models import audit
from models.columns import identity
from models.contracts import Payment
from models.imports import Alike, Answer, Likeness
from models.people import Scheme, Supplier, SupplierIdentifier, SupplierMerge, SupplierName
from models.rows import run, table
from register.identity.moving import move, move_back

_FILLED = ("sector", "service", "sme", "vcse", "children_in_care")
_WHOLE: dict[str, tuple[type[SQLModel], tuple[str, ...]]] = {
    "payments": (Payment, ("id",)),
    "names": (SupplierName, ("name",)),
    "identifiers": (SupplierIdentifier, ("scheme", "identifier")),
}
"""Tables of which a supplier may have any number of rows, with what tells these apart."""
_CHUNK = 400  # keys in one statement


class MergeRefused(ValueError):
    """The suppliers cannot be merged, or a merge cannot be undone; the message says why and what to do."""


def merged_into(session: Session) -> dict[int, int]:
    """Which supplier each one that was merged went into."""
    its = table(Supplier).c
    merged = sa.select(its.id, its.merged_into_id).where(its.merged_into_id.is_not(None)).order_by(its.id)
    return {row.id: row.merged_into_id for row in run(session, merged)}


def root(into: Mapping[int, int], key: int) -> int:
    """The supplier that this one is now, over all merges."""
    while key in into:
        key = into[key]
    return key


def merge(
    session: Session, keep: Supplier, other: Supplier, by: str, at: datetime, because: str = ""
) -> SupplierMerge:
    """Make `other` one with `keep`: its contracts, lots, spend, payments, numbers and names become `keep`'s.

    Spend of both in one contract and year is added up. What `keep` does not say of itself, `other` says. Raises
    MergeRefused where they are one already, or are two companies and nothing is said to make them one.
    """
    into = merged_into(session)
    keep, other = (session.get_one(Supplier, root(into, identity(one))) for one in (keep, other))
    if keep.id == other.id:
        raise MergeRefused(f'These are one supplier already: "{keep.name}".')
    one, two = (_companies(session, supplier) for supplier in (keep, other))
    if one and two and not one & two and not because.strip():
        raise MergeRefused(
            f'"{keep.name}" is company {", ".join(sorted(one))} and "{other.name}" is company '
            f"{', '.join(sorted(two))}: two companies are two suppliers. If a number is wrong, say so with --because."
        )
    session.flush()
    pair = identity(keep), identity(other)
    moved: dict[str, Any] = {
        "held": move(session, *pair),
        "whole": {name: _all(session, name, *pair) for name in _WHOLE},
        "filled": _filled(keep, other),
        "asked": _answered(session, *pair, by, at),
    }
    other.merged_into_id = pair[0]
    done = SupplierMerge(kept_id=pair[0], merged_id=pair[1], moved=moved, by=by, at=at)
    session.add_all([keep, other, done])
    audit.record(session, at, by, "suppliers merged", keep.name, merged=other.name, because=because.strip())
    session.expire_all()  # rows were written past the session
    return done


def undo(session: Session, done: SupplierMerge, by: str, at: datetime) -> list[str]:
    """Put back what the merge moved; returns in sentences what has changed since and so was left as it is.

    A contract, spend, spelling or number that came in since then stays with the supplier that was kept: nothing says
    whose it is, and importing its file again gives a contract back. Raises MergeRefused where a later merge stands on
    this one.
    """
    keep, other = session.get_one(Supplier, done.kept_id), session.get_one(Supplier, done.merged_id)
    if done.undone_at:
        raise MergeRefused(f'The merge of "{other.name}" into "{keep.name}" was undone already.')
    if later := _later(session, done):
        names = [session.get_one(Supplier, key).name for key in (later.merged_id, later.kept_id)]
        raise MergeRefused(f'"{names[0]}" was merged into "{names[1]}" after that: undo that merge first.')
    session.flush()
    pair, moved = (identity(keep), identity(other)), done.moved
    told = move_back(session, moved["held"], *pair)
    for name, keys in moved["whole"].items():
        _all_back(session, name, keys, *pair)
    for name, value in moved["filled"].items():
        if getattr(keep, name) == value:
            setattr(keep, name, None)
    for was in moved["asked"]:
        question = session.get_one(Likeness, was["id"])
        question.answer, question.by = was["answer"] and Answer(was["answer"]), was["by"]
        question.answered_at = was["answered_at"] and datetime.fromisoformat(was["answered_at"])
        session.add(question)
    other.merged_into_id, done.undone_at = None, at
    session.add_all([keep, other, done])
    audit.record(session, at, by, "merge of suppliers undone", keep.name, merged=other.name, left=told)
    session.expire_all()
    return told


def _later(session: Session, done: SupplierMerge) -> SupplierMerge | None:
    """The newest merge that stands and has to do with the supplier that this one kept."""
    return session.exec(
        select(SupplierMerge)
        .where(
            col(SupplierMerge.id) > identity(done),
            col(SupplierMerge.undone_at).is_(None),
            (SupplierMerge.kept_id == done.kept_id) | (SupplierMerge.merged_id == done.kept_id),
        )
        .order_by(col(SupplierMerge.id).desc())
    ).first()


def _companies(session: Session, supplier: Supplier) -> set[str]:
    numbers = select(SupplierIdentifier.identifier).where(
        SupplierIdentifier.supplier_id == supplier.id, SupplierIdentifier.scheme == Scheme.COMPANY
    )
    return set(session.exec(numbers))


def _all(session: Session, name: str, keep: int, other: int) -> list[list[Any]]:
    model, key = _WHOLE[name]
    its = table(model)
    mine = its.c.supplier_id == other
    columns = [its.c[one] for one in key]
    keys = run(session, sa.select(*columns).where(mine).order_by(*columns)).all()
    run(session, sa.update(its).where(mine).values(supplier_id=keep))
    return [list(one) for one in keys]


def _all_back(session: Session, name: str, keys: Sequence[Sequence[Any]], keep: int, other: int) -> None:
    model, key = _WHOLE[name]
    its = table(model)
    for start in range(0, len(keys), _CHUNK):
        these = sa.tuple_(*(its.c[one] for one in key)).in_(
            [tuple(one) for one in keys[start : start + _CHUNK]]
        )
        run(session, sa.update(its).where(its.c.supplier_id == keep, these).values(supplier_id=other))


def _filled(keep: Supplier, other: Supplier) -> dict[str, Any]:
    filled = {
        name: getattr(other, name)
        for name in _FILLED
        if getattr(keep, name) is None and getattr(other, name) is not None
    }
    for name, value in filled.items():
        setattr(keep, name, value)
    return filled


def _answered(session: Session, keep: int, other: int, by: str, at: datetime) -> list[dict[str, Any]]:
    """Merging two answers whatever was asked of them, also under what was merged into them before."""
    into = merged_into(session)
    answered = []
    for question in session.exec(
        select(Likeness).where(Likeness.what == Alike.SUPPLIERS).order_by(col(Likeness.id))
    ):
        if {root(into, question.one_id), root(into, question.other_id)} != {keep, other}:
            continue
        when = question.answered_at and question.answered_at.isoformat()
        answered.append(
            {"id": question.id, "answer": question.answer, "by": question.by, "answered_at": when}
        )
        question.answer, question.by, question.answered_at = Answer.SAME, by, at
        session.add(question)
    return answered
