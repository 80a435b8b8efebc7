"""The annual report's figures, each computed from the record with the method and the rows it is made of."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from board.annual.rounding import FEWEST, change, number, percent, placements, pounds
from lifecycle.boards import Boards, NoMeeting
from lifecycle.financial_years import FinancialYear
from lifecycle.planning import IN_CYCLE, as_written
from lifecycle.stages import Kind, Stage
from lifecycle.words import count_of, say
from models.columns import identity
from models.contracts import AnnualValue, Contract, ContractSupplier, JointAuthority
from models.cycles import Cycle, StageChange
from models.meetings import Meeting
from models.people import Supplier

TEN = 10
TWO_MONTHS = 70
"""Days between two meetings above which the Board did not meet every two months: nine weeks, and one more."""
SPOT_YEARS = 3
"""The year of the report and two before it, so that the trend is of two years at least."""
FRAMEWORK_OR_BLOCK = (Kind.FRAMEWORK, Kind.CALL_OFF, Kind.BLOCK)


@dataclass(frozen=True, slots=True)
class Row:
    """One row that a figure is made of: which, what it is called, its amount in pounds, what else is said of it."""

    table: str
    id: int | None
    reference: str
    name: str
    amount: Decimal | None = None
    cells: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Figure:
    """`value` is exact, or None where the record has not what it takes; `words` are what may be printed of it."""

    value: Decimal | int | str | None
    words: str
    method: str
    rows: tuple[Row, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """The figure with every row, for machines and to be frozen."""
        return {
            "value": float(self.value) if isinstance(self.value, Decimal) else self.value,
            "words": self.words,
            "method": self.method,
            "rows": [
                {
                    "table": row.table,
                    "id": row.id,
                    "reference": row.reference,
                    "name": row.name,
                    "amount": None if row.amount is None else float(row.amount),
                    "cells": list(row.cells),
                }
                for row in self.rows
            ],
        }


@dataclass(frozen=True, slots=True)
class Figures:
    """The figures of a year by name, as the record stands; `warnings` are for the author, not for print."""

    year: FinancialYear
    as_at: date
    by_name: dict[str, Figure]
    warnings: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Figure:
        return self.by_name[name]

    def as_json(self) -> dict[str, Any]:
        """The figures by name. The day is not among them: the same figures on another day are the same."""
        return {name: figure.as_json() for name, figure in self.by_name.items()}


@dataclass(frozen=True, slots=True)
class Spend:
    """What was spent in a year with one supplier under one contract."""

    id: int
    contract: Contract
    supplier: Supplier
    amount: Decimal

    @property
    def row(self) -> Row:
        """It as a row of a figure."""
        return Row("annualvalue", self.id, self.contract.reference, self.supplier.name, self.amount)


def spend(session: Session, year: FinancialYear) -> list[Spend]:
    """Every amount of the financial year, in pounds, ordered by contract and supplier."""
    rows = session.exec(
        select(AnnualValue, Contract, Supplier)
        .join(Contract, col(Contract.id) == col(AnnualValue.contract_id))
        .join(Supplier, col(Supplier.id) == col(AnnualValue.supplier_id))
        .where(AnnualValue.financial_year == str(year))
        .order_by(col(Contract.reference), col(Supplier.name))
    )
    return [
        Spend(identity(value), contract, supplier, Decimal(value.amount)) for value, contract, supplier in rows
    ]


def total(rows: Iterable[Spend]) -> Decimal:
    """Their sum, in pounds."""
    return sum((row.amount for row in rows), Decimal(0))


def largest(rows: Iterable[Spend], count: int = TEN) -> dict[str, Decimal]:
    """The suppliers with the most spend, largest first; names break ties."""
    by_supplier: Counter[str] = Counter()
    for row in rows:
        by_supplier[row.supplier.name] += row.amount  # type: ignore[assignment]  # a Counter adds any number
    ordered = sorted(by_supplier.items(), key=lambda pair: (-pair[1], pair[0]))
    return {name: Decimal(amount) for name, amount in ordered[:count]}


def compute(session: Session, year: FinancialYear, as_at: date, boards: Boards) -> Figures:
    """Every figure of the year from the record as it stands, for a report as at that day.

    The stages of the cycles are those of the day; spend and dates are what the record has now.
    Raises ValueError where the year had not begun.
    """
    if as_at < year.first:
        raise ValueError(
            f"The financial year {year} begins on {say(year.first)}; there is nothing to report on {say(as_at)}."
        )
    contracts = session.exec(
        select(Contract).where(Contract.registered_on <= as_at).order_by(col(Contract.reference))
    ).all()
    parties = _parties(session)
    now, before = spend(session, year), spend(session, year.earlier())
    spots = {
        each: [one for one in contracts if one.kind is Kind.SPOT and in_force(one, each, as_at)]
        for each in (year.earlier(back) for back in range(SPOT_YEARS))
    }
    running = [one for one in contracts if one.kind is not Kind.SPOT and in_force(one, year, as_at)]
    figures = _money(now, before, year)
    figures |= _on_contract(now, year)
    figures |= _care(now, running, parties, year)
    figures |= _spot(spots, parties, year)
    figures["not_shown"] = _not_shown(spots[year], parties, year)
    figures["contracts"] = _contracts(running, now, parties, year)
    figures["joint"] = _joint(session, running, year)
    figures |= _upcoming(session, contracts, as_at)
    figures["endings"] = _endings(contracts, year, as_at)
    figures["meetings"], figures["gaps"] = _meetings(session, year, as_at, boards)
    return Figures(year, as_at, figures, tuple(_warnings(figures, year, as_at)))


def in_force(contract: Contract, year: FinancialYear, as_at: date) -> bool:
    """Whether the contract was in force on any day of the year up to `as_at`.

    A date written imprecisely counts with every day it can mean; one that is missing has no bound.
    """
    start, end = contract.start_date, contract.end_date
    ended = contract.actual_end or (end.latest if end else None)
    return (
        _begun(contract, as_at)
        and (start is None or start.earliest is None or start.earliest <= min(year.last, as_at))
        and (ended is None or ended >= year.first)
    )


def _begun(contract: Contract, as_at: date) -> bool:
    """Whether the service has begun. Placements have no cycle that says so: their dates do."""
    begun = contract.in_force or contract.actual_end is not None or contract.kind not in IN_CYCLE
    start = contract.start_date
    return begun and (start is None or start.earliest is None or start.earliest <= as_at)


def _parties(session: Session) -> dict[int, list[Supplier]]:
    """The suppliers of each contract, by name."""
    found: dict[int, list[Supplier]] = defaultdict(list)
    for link, supplier in session.exec(
        select(ContractSupplier, Supplier)
        .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
        .order_by(col(Supplier.name))
    ):
        found[link.contract_id].append(supplier)
    return found


def _ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def _money(now: Sequence[Spend], before: Sequence[Spend], year: FinancialYear) -> dict[str, Figure]:
    last = year.earlier()
    spent, earlier = total(now), total(before)
    top, top_before = largest(now), largest(before)
    of_top = tuple(row.row for row in now if row.supplier.name in top)
    of_top_before = tuple(row.row for row in before if row.supplier.name in top_before)
    up = _ratio(spent, earlier)
    share = _ratio(sum(top.values(), Decimal(0)), spent)
    top_up = _ratio(sum(top.values(), Decimal(0)), sum(top_before.values(), Decimal(0)))
    every = "all contracts of the register, the council's own part of joint ones"
    return {
        "spend": _amount(now, f"the sum of the spend in the financial year {year} under {every}"),
        "spend_before": _amount(before, f"the sum of the spend in the financial year {last} under {every}"),
        "spend_change": _change(
            up if now else None,
            f"the total of {year} over the total of {last}, less one",
            tuple(row.row for row in (*now, *before)),
        ),
        "top_ten": Figure(
            len(top),
            number(len(top)),
            f"the {number(TEN)} suppliers with the most spend in {year}, over all their contracts",
            of_top,
        ),
        "top_ten_share": Figure(
            share,
            percent(share) if share is not None else "",
            f"the spend with the ten largest suppliers of {year} over the total of {year}",
            of_top,
        ),
        "top_ten_change": _change(
            top_up if now else None,
            f"the spend in {year} with the ten largest suppliers of {year} over that in {last} with the ten "
            f"largest of {last}, whoever they were, less one",
            of_top + of_top_before,
        ),
        "top_ten_services": _services(now, top),
        "largest_supplier": _largest(now, top, spent, year),
    }


def _amount(rows: Sequence[Spend], method: str) -> Figure:
    if not rows:
        return Figure(None, "", method)
    return Figure(total(rows), pounds(total(rows)), method, tuple(row.row for row in rows))


def _change(ratio: Decimal | None, method: str, rows: tuple[Row, ...]) -> Figure:
    if ratio is None:
        return Figure(None, "", method)
    return Figure(ratio - 1, change(ratio - 1), method, rows)


def _services(now: Sequence[Spend], top: dict[str, Decimal]) -> Figure:
    suppliers = {row.supplier.name: row.supplier for row in now if row.supplier.name in top}
    counted = Counter(one.service or "" for one in suppliers.values())
    unknown = counted.pop("", 0)
    ordered = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))
    words = [f"{service} ({number(count)})" for service, count in ordered]
    return Figure(
        len(counted) or None,
        listed([*words, *([f"others ({number(unknown)})"] if unknown and words else [])]),
        "the ten largest suppliers, counted by the service that the register has for each",
        tuple(
            Row("supplier", suppliers[name].id, name, name, amount, (suppliers[name].service or "",))
            for name, amount in top.items()
        ),
    )


def _largest(now: Sequence[Spend], top: dict[str, Decimal], spent: Decimal, year: FinancialYear) -> Figure:
    method = f"the supplier with the most spend in {year} over all its contracts, and the contract with most of it"
    if not top:
        return Figure(None, "", method)
    name = next(iter(top))
    rows = sorted((row for row in now if row.supplier.name == name), key=lambda row: -row.amount)
    contract, supplier = rows[0].contract, rows[0].supplier
    known = [word for word in (supplier.sector, supplier.service) if word]
    provides = f" ({', '.join(known)})" if known else ""
    share = percent(top[name] / spent)
    words = f"{name}{provides}, with {pounds(top[name])} or {share} of the total"
    if contract.kind is Kind.SPOT:
        words += ", under spot contracts"
    else:
        since = f", first established: {as_written(contract.start_date)}" if contract.start_date else ""
        words += f", under {_article(contract.kind)} ({contract.title}, {contract.reference}{since})"
    return Figure(name, words, method, tuple(row.row for row in rows))


def _article(kind: Kind) -> str:
    return {Kind.BLOCK: "a block contract", Kind.PROVIDER_LIST: "an approved provider list"}.get(
        kind, f"a {kind}"
    )


def _on_contract(now: Sequence[Spend], year: FinancialYear) -> dict[str, Figure]:
    method = (
        f"the spend in {year} under contracts, block contracts, frameworks, their call-offs and approved "
        "provider lists over the total; the rest is of spot contracts. From nine tenths it is the vast majority, "
        "from three quarters a large majority, above half most"
    )
    rows = [row for row in now if row.contract.kind is not Kind.SPOT]
    share = _ratio(total(rows), total(now))
    if share is None:
        return {"on_contract": Figure(None, "", method)}
    steps = (("0.9", "the vast majority"), ("0.75", "a large majority"), ("0.5", "most"))
    word = next((word for least, word in steps if share >= Decimal(least)), "less than half")
    return {"on_contract": Figure(share, word, method, tuple(row.row for row in rows))}


def _care(
    now: Sequence[Spend],
    running: Sequence[Contract],
    parties: dict[int, list[Supplier]],
    year: FinancialYear,
) -> dict[str, Figure]:
    method = (
        f"of the ten suppliers of children in care (as the register marks them) with the most spend in {year}, "
        "over all their contracts, those named on a framework, a call-off from one, or a block contract in "
        "force at any time in the year. These ten are not the ten largest suppliers of all services"
    )
    care = [row for row in now if row.supplier.children_in_care]
    ten = largest(care)
    on: dict[str, list[str]] = {name: [] for name in ten}
    for contract in running:
        if contract.kind in FRAMEWORK_OR_BLOCK:
            for supplier in parties[identity(contract)]:
                if supplier.name in on:
                    on[supplier.name].append(contract.reference)
    covered = sum(map(bool, on.values()))
    keys = {row.supplier.name: row.supplier.id for row in care}
    words = f"{number(covered)} of the {number(len(ten))} largest" if ten else ""
    return {
        "care_ten": Figure(
            covered if ten else None,
            words,
            method,
            tuple(
                Row("supplier", keys[name], name, name, amount, (", ".join(on[name]) or "none",))
                for name, amount in ten.items()
            ),
        )
    }


def _spot(
    spots: dict[FinancialYear, list[Contract]], parties: dict[int, list[Supplier]], year: FinancialYear
) -> dict[str, Figure]:
    """Those of each year, under `spot YEAR`, and their trend."""
    made = {
        f"spot {each}": Figure(
            len(found),
            placements(len(found)),
            f"spot contracts in force on any day of the financial year {each}, not on one day of it",
            tuple(Row("contract", one.id, one.reference, one.title, None, _term(one)) for one in found),
        )
        for each, found in spots.items()
    }
    # A year before the first that the register knows is no year without them.
    counts = [len(spots[each]) for each in sorted(spots)]
    while counts and not counts[0]:
        counts.pop(0)
    steps = [later - earlier for earlier, later in zip(counts, counts[1:], strict=False)]
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


def _term(contract: Contract) -> tuple[str, ...]:
    start, end = contract.start_date, contract.end_date
    return (as_written(start) if start else "", as_written(end) if end else "open-ended")


def _not_shown(
    spots: Sequence[Contract], parties: dict[int, list[Supplier]], year: FinancialYear
) -> Figure:
    """Suppliers whose own spend is not printed: it would show what one child's placement costs."""
    count = Counter(one.name for contract in spots for one in parties[identity(contract)])
    few = sorted(name for name, placed in count.items() if placed < FEWEST)
    keys = {one.name: one.id for contract in spots for one in parties[identity(contract)]}
    return Figure(
        len(few),
        "",
        f"suppliers with one to four spot contracts in force in {year}: counted in every figure, but neither "
        "they nor their spend are printed, since it could tell what one child's placement costs",
        tuple(Row("supplier", keys[name], name, name) for name in few),
    )


def _contracts(
    running: Sequence[Contract],
    now: Sequence[Spend],
    parties: dict[int, list[Supplier]],
    year: FinancialYear,
) -> Figure:
    """The register behind the report, with what was spent under each; placements are counted, not listed."""
    spent: dict[int, Decimal] = defaultdict(Decimal)
    paid: dict[int, Contract] = {}
    for row in now:
        spent[identity(row.contract)] += row.amount
        paid[identity(row.contract)] = row.contract
    listed_ = {identity(one): one for one in running} | {
        key: one for key, one in paid.items() if one.kind is not Kind.SPOT
    }
    rows = []
    for key, contract in sorted(listed_.items(), key=lambda pair: pair[1].reference):
        names = [one.name for one in parties[key]]
        by = names[0] if len(names) == 1 else count_of(len(names), "supplier") if names else ""
        amount = spent.get(key)
        rows.append(
            Row(
                "contract",
                key,
                contract.reference,
                contract.title,
                amount,
                (str(contract.kind), by, _term(contract)[1]),
            )
        )
    return Figure(
        len(rows),
        number(len(rows)),
        f"contracts other than spot contracts in force on any day of {year}, or with spend in it",
        tuple(rows),
    )


def _joint(session: Session, running: Sequence[Contract], year: FinancialYear) -> Figure:
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


UPCOMING: dict[str, tuple[str, frozenset[Stage]]] = {
    "procurement": ("Further procurement and evaluation", frozenset({Stage.PROCUREMENT})),
    "recommissioning": ("Recommissioning", frozenset({Stage.RECOMMISSION, Stage.MOBILISATION})),
    "remodelling": ("Remodelling", frozenset({Stage.REMODEL})),
    "new": ("New services", frozenset()),
    "review": ("Review, before the Board decides on the direction", frozenset({Stage.NEEDS_ANALYSIS})),
    "decommissioning": ("Decommissioning", frozenset({Stage.DECOMMISSION})),
}
"""The kinds of upcoming work: what each is called, and the stages of the cycle that make it."""


def _upcoming(session: Session, contracts: Sequence[Contract], as_at: date) -> dict[str, Figure]:
    known = {identity(one): one for one in contracts}
    by_kind: dict[str, list[Row]] = {kind: [] for kind in UPCOMING}
    for cycle, stage in _stages(session, as_at):
        contract = known.get(cycle.contract_id)
        if contract is None:
            continue
        begun = _begun(contract, as_at)
        if not begun and contract.predecessor_id:
            continue  # it stands with the contract that it takes over from
        kind = next((kind for kind, (_, stages) in UPCOMING.items() if stage in stages), None)
        if kind and not begun and not contract.parent_id:
            kind = "new"
        if kind:
            row = Row("cycle", cycle.id, contract.reference, contract.title, None, _ahead(contract, begun, stage))
            by_kind[kind].append(row)
    return {
        f"upcoming {kind}": Figure(
            len(rows),
            number(len(rows)),
            "services whose cycle stands at: "
            + (", ".join(sorted(UPCOMING[kind][1])) or "any stage, that do not exist yet and take over from none"),
            tuple(sorted(rows, key=lambda row: row.reference)),
        )
        for kind, rows in by_kind.items()
    }


def _stages(session: Session, as_at: date) -> list[tuple[Cycle, Stage]]:
    """Each cycle and the stage it stood in at the end of the day."""
    later: dict[int, Stage] = {}
    for move in session.exec(
        select(StageChange).where(col(StageChange.on) > as_at).order_by(col(StageChange.id))
    ):
        later.setdefault(move.cycle_id, move.from_stage)
    cycles = session.exec(select(Cycle).order_by(col(Cycle.id))).all()
    return [(cycle, later.get(identity(cycle), cycle.stage)) for cycle in cycles]


def _ahead(contract: Contract, begun: bool, stage: Stage) -> tuple[str, ...]:
    """When it ends or begins, when the next service is wanted, and its stage."""
    term = contract.end_date if begun else contract.start_date
    wanted = contract.successor_start
    return (
        f"{'ends' if begun else 'is to begin'}: {as_written(term)}" if term else "",
        f"new arrangements wanted from: {as_written(wanted)}" if wanted else "",
        str(stage),
    )


def _endings(contracts: Sequence[Contract], year: FinancialYear, as_at: date) -> Figure:
    until = year.earlier(-2).last
    ahead = [
        (end.earliest, one.reference, one, as_written(end))
        for one in contracts
        if one.kind in IN_CYCLE
        and _begun(one, as_at)
        and (one.actual_end is None or one.actual_end > as_at)
        and (end := one.end_date)
        and end.earliest
        and end.latest
        and end.latest >= as_at
        and end.earliest <= until
    ]
    return Figure(
        len(ahead),
        number(len(ahead)),
        f"contracts in force on the day of the report that end after it and by {say(until)}, the end of the second "
        "financial year that follows; spot contracts and call-offs left out; dates as they are written",
        tuple(
            Row("contract", one.id, reference, one.title, None, (ends, _wanted(one)))
            for _, reference, one, ends in sorted(ahead, key=lambda end: end[:2])
        ),
    )


def _wanted(contract: Contract) -> str:
    return as_written(contract.successor_start) if contract.successor_start else ""


def _meetings(
    session: Session, year: FinancialYear, as_at: date, boards: Boards
) -> tuple[Figure, Figure]:
    last = min(year.last, as_at)
    held = boards.between(year.first, last)
    recorded = {
        one.on: one.id
        for one in session.exec(select(Meeting).where(col(Meeting.on).between(year.first, last)))
    }
    around = list(held)
    for look, from_ in ((boards.before, year.first), (boards.after, last)):
        try:
            around.append(look(from_))
        except NoMeeting:
            continue
    around.sort()
    gaps = [
        (first, second)
        for first, second in zip(around, around[1:], strict=False)
        if (second - first).days > TWO_MONTHS
    ]
    meetings = Figure(
        len(held),
        number(len(held)),
        f"meetings in the Board's calendar from {say(year.first)} to {say(last)}, moved and cancelled ones as they were",
        tuple(
            Row("meeting", recorded.get(day), day.isoformat(), say(day), None,
                ("on record" if day in recorded else "in the calendar only",))
            for day in held
        ),
    )  # fmt: skip
    return meetings, Figure(
        len(gaps),
        listed([f"from {say(first)} to {say(second)}" for first, second in gaps]),
        f"more than {TWO_MONTHS} days from one meeting to the next, with the meetings around the year",
        tuple(
            Row("meeting", None, f"{first.isoformat()}/{second.isoformat()}", f"{(second - first).days} days")
            for first, second in gaps
        ),
    )


def _warnings(figures: dict[str, Figure], year: FinancialYear, as_at: date) -> Iterable[str]:
    if as_at < year.last:
        yield f"the financial year {year} ends on {say(year.last)}: these figures are of the part until {say(as_at)}"
    lacking = {
        "spend": f"any spend in {year}",
        "spend_before": f"any spend in {year.earlier()}",
        "care_ten": "which suppliers with spend are of children in care",
        "spot_trend": "spot contracts of two years to compare",
    }
    for name, what in lacking.items():
        if figures[name].value is None:
            yield f"the register does not have {what}: the report says so"
    unseen = [row.name for row in figures["meetings"].rows if row.id is None]
    if unseen:
        yield f"the record has no agenda of the Board of {listed(unseen)}: taken from its calendar"


def listed(words: Sequence[str]) -> str:
    """`a, b and c`."""
    return " and ".join(filter(None, (", ".join(words[:-1]), words[-1] if words else "")))
