"""The figures of money: the total and its change, the largest suppliers, how much is under contract."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from sqlmodel import Session, col, select

from board.annual.figure import Figure, Row, listed
from board.annual.rounding import change, number, percent, pounds
from lifecycle.financial_years import FinancialYear
from lifecycle.planning import as_written
from lifecycle.stages import Kind
from models.columns import identity
from models.contracts import AnnualValue, Contract
from models.people import Supplier

TEN = 10


FRAMEWORK_OR_BLOCK = (Kind.FRAMEWORK, Kind.CALL_OFF, Kind.BLOCK)


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
        Spend(identity(value), contract, supplier, Decimal(value.amount))
        for value, contract, supplier in rows
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


def ratio_of(part: Decimal, whole: Decimal) -> Decimal | None:
    return part / whole if whole else None


def money(now: Sequence[Spend], before: Sequence[Spend], year: FinancialYear) -> dict[str, Figure]:
    """The total and its change, and the ten largest suppliers, in pounds."""
    last = year.earlier()
    spent, earlier = total(now), total(before)
    top, top_before = largest(now), largest(before)
    of_top = tuple(row.row for row in now if row.supplier.name in top)
    of_top_before = tuple(row.row for row in before if row.supplier.name in top_before)
    up = ratio_of(spent, earlier)
    share = ratio_of(sum(top.values(), Decimal(0)), spent)
    top_up = ratio_of(sum(top.values(), Decimal(0)), sum(top_before.values(), Decimal(0)))
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
    method = (
        f"the supplier with the most spend in {year} over all its contracts, and the contract with most of it"
    )
    if not top:
        return Figure(None, "", method)
    name = next(iter(top))
    rows = sorted((row for row in now if row.supplier.name == name), key=lambda row: -row.amount)
    contract, supplier = rows[0].contract, rows[0].supplier
    known = f" ({supplier.sector})" if supplier.sector else ""
    known += f", which provides {supplier.service}" if supplier.service else ""
    words = f"{name}{known}; it accounts for {pounds(top[name])}, {percent(top[name] / spent)} of the total"
    if contract.kind is Kind.SPOT:
        words += ", under spot contracts"
    else:
        since = f" since {as_written(contract.start_date)}" if contract.start_date else ""
        words += f", under {_article(contract.kind)}{since} ({contract.title}, {contract.reference})"
    return Figure(name, words, method, tuple(row.row for row in rows))


def _article(kind: Kind) -> str:
    return {Kind.BLOCK: "a block contract", Kind.PROVIDER_LIST: "an approved provider list"}.get(
        kind, f"a {kind}"
    )


def on_contract(now: Sequence[Spend], year: FinancialYear) -> dict[str, Figure]:
    """How much of the spend is under anything but spot contracts."""
    method = (
        f"the spend in {year} under contracts, block contracts, frameworks, their call-offs and approved "
        "provider lists over the total; the rest is of spot contracts. From nine tenths it is the vast majority, "
        "from three quarters a large majority, above half most"
    )
    rows = [row for row in now if row.contract.kind is not Kind.SPOT]
    share = ratio_of(total(rows), total(now))
    if share is None:
        return {"on_contract": Figure(None, "", method)}
    steps = (("0.9", "the vast majority"), ("0.75", "a large majority"), ("0.5", "most"))
    word = next((word for least, word in steps if share >= Decimal(least)), "less than half")
    return {"on_contract": Figure(share, word, method, tuple(row.row for row in rows))}


def care(
    now: Sequence[Spend],
    running: Sequence[Contract],
    parties: dict[int, list[Supplier]],
    year: FinancialYear,
) -> dict[str, Figure]:
    """How many of the ten largest suppliers of children in care are on a framework or block contract."""
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
