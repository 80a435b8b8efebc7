"""Under what a supplier was paid on a day, by the contracts it had then."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.stages import Kind
from models.columns import first_day, last_day
from models.contracts import END_DATE, Contract, ContractSupplier
from models.rows import run


class Standing(StrEnum):
    """Whether spend is under a contract that was bought as one, a spot contract, or none that is on record."""

    CONTRACT = "on contract"
    SPOT = "spot contract"
    NONE = "off contract"


@dataclass(frozen=True, slots=True)
class _Term:
    contract: int
    spot: bool
    first: str
    last: str


_TERMS = (
    sa.select(
        col(ContractSupplier.supplier_id), col(Contract.id), col(Contract.kind),
        sa.func.coalesce(sa.cast(col(ContractSupplier.joined_on), sa.String), first_day(col(Contract.start_date)), "").label("first"),
        sa.func.coalesce(sa.cast(col(ContractSupplier.left_on), sa.String), sa.cast(col(Contract.actual_end), sa.String), last_day(END_DATE), "9999").label("last"),
    )
    .join(Contract, col(Contract.id) == col(ContractSupplier.contract_id))
    .where(col(ContractSupplier.supplier_id).in_(sa.bindparam("suppliers", expanding=True)))
)  # fmt: skip


class PaidUnder:
    """The contracts of suppliers that were looked up, and when they ran; a vague date counts with every day it can mean."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._terms: dict[int, list[_Term]] = defaultdict(list)
        self._known: set[int] = set()

    def look_up(self, suppliers: Iterable[int]) -> None:
        """Read the contracts of those suppliers that were not read yet."""
        new = set(suppliers) - self._known
        self._known |= new
        if new:
            for row in run(self._session, _TERMS, suppliers=list(new)):
                self._terms[row.supplier_id].append(_Term(row.id, row.kind is Kind.SPOT, row.first, row.last))

    def certain(self, supplier: int, day: date) -> int | None:
        """The one contract that the supplier had on the day; None where it had none or several."""
        running = {term.contract for term in self._running(supplier, day)}
        return running.pop() if len(running) == 1 else None

    def standing(self, supplier: int, day: date) -> Standing:
        """Under what the supplier was paid on the day: of several contracts, one that is no spot contract counts."""
        kinds = {term.spot for term in self._running(supplier, day)}
        if not kinds:
            return Standing.NONE
        return Standing.CONTRACT if False in kinds else Standing.SPOT

    def _running(self, supplier: int, day: date) -> list[_Term]:
        on = day.isoformat()
        return [term for term in self._terms.get(supplier, ()) if term.first <= on <= term.last]
