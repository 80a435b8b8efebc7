"""The contracts register of the Local Government Transparency Code 2015, an edition for each quarter.

Source: the Code, Part 2.1, procurement information (paragraphs 31 and 32): every contract, commissioned activity,
purchase order, framework agreement and other legally enforceable agreement over £5,000, and every invitation to tender
over £5,000; published quarterly. The Code does not say which agreements a quarter's edition holds: ours holds
those in force on any day of it, so that nothing that ran is in no edition. The column names follow the Local
Government Association's guidance (Publishing spending and procurement information, v1.3) where it has the field.
"""

import csv
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.quarters import Quarter
from lifecycle.stages import Kind, Stage
from models.contracts import AnnualValue, Per, Placement
from models.cycles import Cycle, StageChange
from register.publishing.csv_files import Tick, as_text, no_tick
from register.publishing.left_out import Published
from register.publishing.stream import Supplied, beside, chunks, day, suppliers
from register.publishing.suppression import SMALL, kept_back
from register.publishing.whole_files import WholeFiles

OVER = 5_000
"""Pounds that an agreement must exceed (paragraphs 31 and 32 of the Code)."""

CONTRACTS = (
    "Organisation Name", "Effective Date", "Contract Reference Number", "Open Contracting ID", "Title of Agreement",
    "Contract Type", "Department Responsible", "Description of Goods and/or Services", "CPV Codes", "Start Date",
    "End Date", "Review Date", "Latest End Date with Extensions", "Sum over the Length of the Contract (£)",
    "Estimated Annual Spending or Budget (£)", "VAT Not Recoverable (£)", "Supplier Name",
    "Supplier Registered Company Number", "Supplier Registered Charity Number", "Invitation to Quote or Tender",
    "SME Supplier", "VCSE Supplier", "Notice URL",
)  # fmt: skip
INVITATIONS = (
    "Organisation Name", "Effective Date", "Reference Number", "Title", "Description of Goods and/or Services",
    "Start Date", "End Date", "Review Date", "Department Responsible",
)  # fmt: skip
PLACEMENTS = (
    "Organisation Name", "Effective Date", "Supplier Name", "Service", "Individual Placements in the Quarter",
    "Estimated Annual Spending (£)",
)  # fmt: skip
LEFT_OUT = ("Reference", "Title", "Reason")
TYPES = {
    Kind.BLOCK: "Block contract",
    Kind.FRAMEWORK: "Framework agreement",
    Kind.CALL_OFF: "Call-off contract",
    Kind.PROVIDER_LIST: "Approved provider list",
    Kind.CONTRACT: "Contract",
}
PER_YEAR = {Per.YEAR: 1, Per.MONTH: 12, Per.WEEK: 52}
KEPT_BACK = "suppressed"


@dataclass(frozen=True, slots=True)
class Worth:
    """What an agreement comes to, in pounds: over its term, or in a year where only that is known."""

    total: Decimal | None = None
    annual: Decimal | None = None

    def exceeds(self, first: date | None, last: date | None) -> bool | None:
        """Whether it is over £5,000, a year's worth counted over its days where they are known; None: not known."""
        if self.total is not None:
            return self.total > OVER
        if self.annual is None:
            return None
        years = Decimal((last - first).days + 1) / Decimal("365.25") if first and last else Decimal(1)
        return self.annual * max(years, Decimal(1)) > OVER


@dataclass
class _Edition:
    """One run: the writers of its files and what it has counted."""

    council: str
    quarter: Quarter
    contracts: Any
    invitations: Any
    left: Any
    done: Published = field(default_factory=Published)
    placements: dict[tuple[str, str], list[Decimal | None]] = field(default_factory=lambda: defaultdict(list))
    lacking: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def leave_out(self, row: Any, reason: str) -> None:
        self.left.writerow(map(as_text, (row.reference, row.title, reason)))
        self.done.left_out[reason] += 1

    @property
    def head(self) -> tuple[str, str]:
        """What stands first in every row."""
        return as_text(self.council), self.quarter.last.isoformat()


def write_transparency(
    session: Session, out: Path, quarter: Quarter, council: str, bom: bool = False, tick: Tick = no_tick
) -> Published:
    """Write the quarter's edition: `out`, and beside it the invitations to tender, the placements and what was left out.

    Placements are never listed: they are counted for each supplier and service, small numbers kept back. Every file is
    written or none. Raises OSError where that cannot be done.
    """
    with WholeFiles() as files:
        paths = [
            out,
            *(out.with_suffix(f".{part}.csv") for part in ("invitations", "placements", "left-out")),
        ]
        opened = [
            files.at(path).open("w", encoding="utf-8-sig" if bom else "utf-8", newline="") for path in paths
        ]
        try:
            writers = [csv.writer(file) for file in opened]
            for writer, header in zip(writers, (CONTRACTS, INVITATIONS, PLACEMENTS, LEFT_OUT), strict=True):
                writer.writerow(header)
            edition = _Edition(council, quarter, writers[0], writers[1], writers[3])
            _contracts(session, edition, tick)
            writers[2].writerows(_placements(edition))
        finally:
            for file in opened:
                file.close()
    done = edition.done
    done.files = files.paths
    done.notes += [
        f"{count:,} of the agreements listed have no {what} on record: the Code asks for it."
        for what, count in edition.lacking.items()
    ]
    return done


def _contracts(session: Session, edition: _Edition, tick: Tick) -> None:
    quarter, done = edition.quarter, edition.done
    done.rows = {"contracts": 0, "invitations to tender": 0}
    for rows in chunks(session):
        who, spent = suppliers(session, rows), _spent(session, rows, quarter)
        fees, tenders = _fees(session, rows), _in_procurement(session, rows, quarter)
        for row in rows:
            ours = not row.buyer or row.buyer.casefold() == edition.council.casefold()
            worth = _worth(row, spent.get(row.id), fees.get(row.id))
            if row.id in tenders and ours and worth.exceeds(None, None):
                edition.invitations.writerow(_invitation(edition, row))
                done.rows["invitations to tender"] += 1
            first, last = _days(row)
            supplied = [one for one in who.get(row.id, ()) if _then(one, quarter)]
            if not ours:
                edition.leave_out(row, "bought by another authority, which publishes it")
            elif reason := _not_in_force(row, first, last, quarter):
                if row.kind is not Kind.SPOT:  # a placement is told of by nothing that could name it
                    edition.leave_out(row, reason)
            elif row.kind is Kind.SPOT:
                places = [(one.name, one.service or "") for one in supplied]
                for place in places or [("Supplier not on record", "")]:
                    edition.placements[place].append(worth.annual)
            elif (over := worth.exceeds(first, last)) is None:
                edition.leave_out(row, "no value, ceiling or spending on record")
            elif not over:
                edition.leave_out(row, f"worth £{OVER:,} or less")
            else:
                edition.contracts.writerow(_contract(edition, row, worth, supplied))
                done.rows["contracts"] += 1
        tick(len(rows))


def _contract(edition: _Edition, row: Any, worth: Worth, supplied: Sequence[Supplied]) -> list[str]:
    review = day(row.review_date)
    cells = (
        row.reference, row.ocid, row.title, TYPES[row.kind], row.department, row.description, row.cpv,
        day(row.start_date), day(row.forecast_end) or day(row.planned_end), review, day(row.max_extent_date),
        worth.total, worth.annual, row.vat_not_recoverable, "; ".join(one.name for one in supplied),
        _each(one.company for one in supplied), _each(one.charity for one in supplied), row.invited,
        _each(_said(one.sme) for one in supplied), _each(_said(one.vcse) for one in supplied), row.url,
    )  # fmt: skip
    for what, value in (("description", row.description), ("supplier", supplied), ("review date", review)):
        if not value:
            edition.lacking[what] += 1
    if row.invited is None:
        edition.lacking["word on whether it was quoted or tendered for"] += 1
    return [*edition.head, *map(as_text, cells)]


def _invitation(edition: _Edition, row: Any) -> list[str]:
    # Of a service that runs already the invitation is for the one to follow: of that only its start is known.
    start = day(row.successor_start) if row.in_force else day(row.start_date)
    end = None if row.in_force else day(row.forecast_end) or day(row.planned_end)
    review = None if row.in_force else day(row.review_date)
    cells = (row.reference, row.title, row.description, start, end, review, row.department)
    return [*edition.head, *map(as_text, cells)]


def _placements(edition: _Edition) -> Iterator[list[str]]:
    """A row for each supplier and service, and the total: the small numbers and what would give them away kept back.

    An amount is shown where it is of SMALL placements or more, and likewise in the total.
    """
    places = sorted(edition.placements)
    counts = [len(edition.placements[place]) for place in places]
    hidden, with_total = kept_back(counts)
    known = [[amount for amount in edition.placements[place] if amount is not None] for place in places]
    dark = {at for at, amounts in enumerate(known) if at in hidden or len(amounts) < SMALL}
    for at, place in enumerate(places):
        number = KEPT_BACK if at in hidden else str(counts[at])
        amount = (
            KEPT_BACK
            if at in dark and known[at]
            else as_text(sum(known[at], Decimal(0)) if known[at] else None)
        )
        yield [*edition.head, *map(as_text, place), number, amount]
    edition.done.rows["suppliers and services of placements"] = len(places)
    if not places:
        return
    total = sum(counts)
    beneath = [len(known[at]) for at in dark if known[at]]  # a total less what is shown must not tell these
    safe = not beneath or (len(beneath) > 1 and sum(beneath) - len(beneath) + 1 >= SMALL)
    everything = sum((amount for amounts in known for amount in amounts), Decimal(0))
    yield [
        *edition.head, "All suppliers", "", str(total) if with_total else KEPT_BACK,
        as_text(everything) if with_total and safe else KEPT_BACK,
    ]  # fmt: skip
    edition.done.notes.append(
        f"{f'{total:,} individual' if with_total else 'Individual'} placements are not listed: they are counted for each supplier and service, and numbers "
        f"below {SMALL} are kept back, with those that would give them away. All are counted, whatever they are worth."
    )


def _each(values: Iterator[str]) -> str:
    """One for each supplier, in their order; nothing where there is none at all."""
    said = list(values)
    return "; ".join(said) if any(said) else ""


def _said(known: bool | None) -> str:
    return "not known" if known is None else "yes" if known else "no"


def _days(row: Any) -> tuple[date | None, date | None]:
    """The first day and the last the agreement can have been in force; None: not known, or without an end."""
    start, end = day(row.start_date), day(row.forecast_end) or day(row.planned_end)
    first = start.earliest or start.latest if start else None
    return first, row.actual_end or (end.latest if end else None)


def _not_in_force(row: Any, first: date | None, last: date | None, quarter: Quarter) -> str:
    """Why it was in force on no day of the quarter; empty where it was."""
    if last and last < quarter.first:
        return "ended before the quarter"
    if first and first > quarter.last:
        return "begins after the quarter"
    if not row.in_force and row.actual_end is None:
        return "its service has not begun"
    return ""


def _then(supplied: Supplied, quarter: Quarter) -> bool:
    joined, left = supplied.joined_on, supplied.left_on
    return not (joined and joined > quarter.last) and not (left and left < quarter.first)


def _worth(row: Any, spent: Decimal | None, fee: Decimal | None) -> Worth:
    """By its value (the upper end of a range), its ceiling, its weekly fee or what was last spent in a year."""
    value = row.value_max if row.value_max is not None else row.value
    if value is not None:
        times = PER_YEAR.get(row.value_per)
        return Worth(annual=value * times) if times else Worth(total=value)
    if row.ceiling is not None:
        return Worth(total=row.ceiling)
    return Worth(annual=fee * PER_YEAR[Per.WEEK] if fee is not None else spent)


def _spent(session: Session, rows: Sequence[sa.Row[Any]], quarter: Quarter) -> dict[int, Decimal]:
    """What was spent under each in the newest financial year known up to the quarter's."""
    years = (
        sa.select(col(AnnualValue.financial_year), sa.func.sum(AnnualValue.amount).label("amount"))
        .where(col(AnnualValue.financial_year) <= str(quarter.year))
        .group_by(col(AnnualValue.contract_id), col(AnnualValue.financial_year))
        .order_by(col(AnnualValue.financial_year))
    )
    return {key: found[-1].amount for key, found in beside(session, years, AnnualValue, rows).items()}


def _fees(session: Session, rows: Sequence[sa.Row[Any]]) -> dict[int, Decimal]:
    """The weekly fee of each placement that has one."""
    found = beside(session, sa.select(col(Placement.weekly_fee)), Placement, rows)
    return {key: one.weekly_fee for key, [one] in found.items() if one.weekly_fee is not None}


def _in_procurement(session: Session, rows: Sequence[sa.Row[Any]], quarter: Quarter) -> set[int]:
    """Those that stand in procurement since the quarter or before, or went into it in the quarter."""
    went = (
        sa.select(col(StageChange.on))
        .join(Cycle, col(Cycle.id) == col(StageChange.cycle_id))
        .where(col(StageChange.to_stage) == Stage.PROCUREMENT)
        .where(col(StageChange.on).between(quarter.first, quarter.last))
    )
    now = {row.id for row in rows if row.stage is Stage.PROCUREMENT and row.stage_since <= quarter.last}
    return now | beside(session, went, Cycle, rows).keys()
