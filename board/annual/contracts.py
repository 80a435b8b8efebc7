"""The figures of contracts: which were in force in the year, the spot contracts and their trend, the joint ones."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import pairwise

from sqlmodel import Session, col, select

from board.annual.figure import Figure, Row
from board.annual.rounding import FEWEST, number, placements
from board.annual.spending import Spend
from lifecycle.financial_years import FinancialYear
from lifecycle.planning import IN_CYCLE, as_written
from lifecycle.stages import Kind
from lifecycle.words import count_of
from models.columns import identity
from models.contracts import Contract, ContractSupplier, JointAuthority
from models.people import Supplier

SPOT_YEARS = 3
"""The year of the report and two before it, so that the trend is of two years at least."""


def in_force(contract: Contract, year: FinancialYear, as_at: date) -> bool:
    """Whether the contract was in force on any day of the year up to `as_at`.

    A date written imprecisely counts with every day it can mean; one that is missing has no bound.
    """
    start, end = contract.start_date, contract.end_date
    ended = contract.actual_end or (end.latest if end else None)
    return (
        begun(contract, as_at)
        and (start is None or start.earliest is None or start.earliest <= min(year.last, as_at))
        and (ended is None or ended >= year.first)
    )


def begun(contract: Contract, as_at: date) -> bool:
    """Whether the service has begun. Placements have no cycle that says so: their dates do."""
    opened = contract.in_force or contract.actual_end is not None or contract.kind not in IN_CYCLE
    start = contract.start_date
    return opened and (start is None or start.earliest is None or start.earliest <= as_at)


def parties_of(session: Session) -> dict[int, list[Supplier]]:
    """The suppliers of each contract, by name."""
    found: dict[int, list[Supplier]] = defaultdict(list)
    for link, supplier in session.exec(
        select(ContractSupplier, Supplier)
        .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
        .order_by(col(Supplier.name))
    ):
        found[link.contract_id].append(supplier)
    return found


def spot(
    spots: dict[FinancialYear, list[Contract]], parties: dict[int, list[Supplier]], year: FinancialYear
) -> dict[str, Figure]:
    """The spot contracts of each year, under `spot YEAR`, and their trend."""
    made = {
        f"spot {each}": Figure(
            len(found),
            placements(len(found)),
            f"spot contracts in force on any day of the financial year {each}, not on one day of it",
            tuple(Row("contract", one.id, one.reference, one.title, None, term(one)) for one in found),
        )
        for each, found in spots.items()
    }
    # A year before the first that the register knows is no year without them.
    counts = [len(spots[each]) for each in sorted(spots)]
    while counts and not counts[0]:
        counts.pop(0)
    steps = [later - earlier for earlier, later in pairwise(counts)]
    several = f"in each of the last {number(len(steps))} years" if len(steps) > 1 else "since the year before"
    if not steps:
        words = ""
    elif all(step > 0 for step in steps):
        words = f"has risen {several}"
    elif all(step < 0 for step in steps):
        words = f"has fallen {several}"
    else:
        last = "risen" if steps[-1] > 0 else "fallen" if steps[-1] < 0 else "not changed"
        words = f"has {last} since {year.earlier()}"
    if words.startswith("has risen") and _risen_in_both(spots, parties, year):
        words += ", both with suppliers of children in care and with others"
    made["spot_trend"] = Figure(
        words or None,
        words,
        "the counts of those years compared, from the first in which the register has any",
        tuple(row for each in sorted(spots) for row in made[f"spot {each}"].rows),
    )
    return made


def _risen_in_both(
    spots: dict[FinancialYear, list[Contract]], parties: dict[int, list[Supplier]], year: FinancialYear
) -> bool:
    def counted(each: FinancialYear) -> Counter[bool]:
        return Counter(
            any(one.children_in_care for one in parties[identity(contract)]) for contract in spots[each]
        )

    now, before = counted(year), counted(year.earlier())
    return all(FEWEST <= before[care] < now[care] for care in (True, False))


def term(contract: Contract) -> tuple[str, str]:
    """From when and until when, as written."""
    start, end = contract.start_date, contract.end_date
    return (as_written(start) if start else "", as_written(end) if end else "open-ended")


def not_shown(spots: Sequence[Contract], parties: dict[int, list[Supplier]], year: FinancialYear) -> Figure:
    """Suppliers whose own spend is not printed: it would show what one child's placement costs."""
    count = Counter(one.name for contract in spots for one in parties[identity(contract)])
    few = sorted(name for name, placed in count.items() if placed < FEWEST)
    keys = {one.name: one.id for contract in spots for one in parties[identity(contract)]}
    return Figure(
        len(few),
        number(len(few)),
        f"suppliers with one to four spot contracts in force in {year}: counted in every figure, but neither "
        "they nor their spend are printed, since it could tell what one child's placement costs",
        tuple(Row("supplier", keys[name], name, name) for name in few),
    )


def listing(
    running: Sequence[Contract],
    now: Sequence[Spend],
    parties: dict[int, list[Supplier]],
    year: FinancialYear,
) -> Figure:
    """The register behind the report, with what was spent under each; placements are counted, not listed."""
    spent: dict[int, Decimal] = defaultdict(Decimal)
    for row in now:
        spent[identity(row.contract)] += row.amount
    every = {one.reference: one for one in running}
    every |= {row.contract.reference: row.contract for row in now if row.contract.kind is not Kind.SPOT}
    rows = []
    for reference, contract in sorted(every.items()):
        key = identity(contract)
        names = [one.name for one in parties[key]]
        by = names[0] if len(names) == 1 else count_of(len(names), "supplier") if names else ""
        cells = (str(contract.kind), by, term(contract)[1])
        rows.append(Row("contract", key, reference, contract.title, spent.get(key), cells))
    return Figure(
        len(rows),
        number(len(rows)),
        f"contracts other than spot contracts in force on any day of {year}, or with spend in it",
        tuple(rows),
    )


def joint(session: Session, running: Sequence[Contract], year: FinancialYear) -> Figure:
    """Those that several authorities hold, each with its authorities, the lead first."""
    names: dict[int, list[str]] = defaultdict(list)
    for one in session.exec(
        select(JointAuthority).order_by(col(JointAuthority.lead).desc(), col(JointAuthority.name))
    ):
        names[one.contract_id].append(one.name)
    rows = [
        Row("contract", one.id, one.reference, one.title, None, tuple(names[identity(one)]))
        for one in running
        if len(names[identity(one)]) > 1 and one.kind is not Kind.CALL_OFF
    ]
    return Figure(
        len(rows),
        number(len(rows)),
        f"contracts in force on any day of {year} that more than one authority holds; call-offs count with "
        "their framework",
        tuple(rows),
    )
