"""All that the record knows of one contract beside its cycle: dates as written, money, suppliers, papers, changes.

Its cycle (stage, checklist, decisions, dates ahead) is its sheet: `models/sheets.py`.
"""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind
from lifecycle.values import over_term
from lifecycle.words import count_of
from models.agenda import AgendaItem
from models.audit import AuditEvent
from models.business import ExceptionReport
from models.call_offs import Use, uses
from models.columns import identity
from models.contracts import (
    Contract,
    ContractSupplier,
    ExtensionOption,
    LotSupplier,
    Placement,
    ProcurementNotice,
)
from models.cycles import Cycle
from models.imports import ImportChange, ImportRun
from models.meetings import Meeting
from models.papers import Edition, Pack, Paper, PaperAttachment
from models.people import Supplier, SupplierIdentifier
from models.spending import by_year

LATELY = 12
"""How many of the newest changes are told."""


@dataclass(frozen=True, slots=True)
class Written:
    """A date as it was written, and the days it can mean."""

    what: str
    words: str
    earliest: date | None
    latest: date | None


@dataclass(frozen=True, slots=True)
class Spent:
    """What was spent in a financial year, in pounds."""

    year: str
    pounds: Decimal


@dataclass(frozen=True, slots=True)
class Member:
    """A supplier of the contract: its numbers, the lots it is on (none: all), when it joined and left."""

    name: str
    numbers: tuple[str, ...]
    lots: tuple[str, ...]
    joined_on: date | None
    left_on: date | None


@dataclass(frozen=True, slots=True)
class Document:
    """A paper, a pack, a notice, a web page: where it is to be found."""

    on: date | None
    what: str
    where: str


@dataclass(frozen=True, slots=True)
class Before:
    """When the Board had it before it: the meeting, the item, what became of it."""

    on: date
    item: str
    became: str


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was changed: when, by whom or what, and what."""

    at: datetime
    by: str
    what: str


@dataclass(frozen=True, slots=True)
class Dossier:
    """Amounts are in pounds. `value` is for `value_per`, `over_term` what it comes to over the whole term."""

    reference: str
    facts: tuple[tuple[str, str], ...]
    written: tuple[Written, ...]
    value: Decimal | None
    value_per: str
    over_term: Decimal | None
    spend: tuple[Spent, ...]
    members: tuple[Member, ...]
    use: Use | None
    documents: tuple[Document, ...]
    board: tuple[Before, ...]
    changes: tuple[Change, ...]

    @property
    def spent(self) -> Decimal:
        """What was spent in all the years on record."""
        return sum((one.pounds for one in self.spend), Decimal(0))

    def as_json(self) -> dict[str, Any]:
        """For machines; dates stay dates, amounts are numbers."""
        made = asdict(self, dict_factory=numbers) | {"spent": float(self.spent)}
        if self.use:
            made["use"] |= {"used": float(self.use.used), "share": self.use.share and float(self.use.share)}
        return made


def numbers(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A dictionary of the pairs, amounts as plain numbers: for `asdict`."""
    return {name: float(value) if isinstance(value, Decimal) else value for name, value in pairs}


def dossier(session: Session, contract: Contract) -> Dossier:
    """Read it all from the record."""
    key = identity(contract)
    last = contract.actual_end or (contract.end_date.latest if contract.end_date else None)
    first = contract.start_date.earliest if contract.start_date else None
    [use] = uses(session, [key])
    return Dossier(
        contract.reference,
        tuple(_facts(session, contract)),
        tuple(_written(contract)),
        contract.value,
        str(contract.value_per),
        None
        if contract.value is None
        else over_term(Decimal(contract.value), contract.value_per, first, last),
        tuple(Spent(year, pounds) for year, pounds in by_year(session, [key]).get(key, {}).items()),
        tuple(_members(session, key)),
        use if contract.kind in (Kind.FRAMEWORK, Kind.PROVIDER_LIST) else None,
        tuple(sorted(_documents(session, contract), key=lambda one: (one.on or date.min, one.what))),
        tuple(_board(session, key)),
        tuple(_changes(session, contract)),
    )


def _facts(session: Session, contract: Contract) -> Iterator[tuple[str, str]]:
    """What there is to say in a word or two; what is not on record is left out."""
    invited = {True: "after an invitation to quote or tender", False: "without an invitation"}
    placement = session.get(Placement, contract.id)
    rows = (
        ("About", contract.description),
        ("Regime", contract.regime),
        ("Procedure", "; ".join(filter(None, (contract.procedure, invited.get(contract.invited, ""))))),  # type: ignore[arg-type]  # None is no key
        ("CPV", contract.cpv),
        ("Process", contract.ocid or ""),
        ("Buyer", contract.buyer),
        ("Value", _value(contract)),
        ("Ceiling", f"£{contract.ceiling:,.0f}" if contract.ceiling is not None else ""),
        ("Notice", count_of(contract.notice_months, "month") if contract.notice_months is not None else ""),
        ("Extensions", "; ".join(filter(None, (_options(session, contract), contract.extension_words)))),
        ("Placement", _placement(placement) if placement else ""),
        ("Source", contract.source),
        ("Note", contract.note),
    )
    yield from ((name, words) for name, words in rows if words)


def _value(contract: Contract) -> str:
    if contract.value is None:
        return contract.value_words
    up_to = f" to £{contract.value_max:,.0f}" if contract.value_max is not None else ""
    per = "over its term" if contract.value_per == "term" else f"a {contract.value_per}"
    vat = {"net": ", without VAT", "gross": ", with VAT"}.get(str(contract.value_vat), "")
    return f"£{contract.value:,.0f}{up_to} {per}{vat}"


def _options(session: Session, contract: Contract) -> str:
    options = session.exec(
        select(ExtensionOption)
        .where(ExtensionOption.contract_id == contract.id)
        .order_by(col(ExtensionOption.position))
    )
    return ", ".join(
        f"{count_of(one.months, 'month')}{' (taken up)' if one.taken_up_on else ''}" for one in options
    )


def _placement(one: Placement) -> str:
    fee = f"£{one.weekly_fee:,.2f} a week" if one.weekly_fee is not None else "fee not given"
    notice = f", notice {count_of(one.notice_days, 'day')}" if one.notice_days is not None else ""
    off = {True: ", off framework", False: ", under a framework"}.get(one.off_framework, "")  # type: ignore[arg-type]  # None is no key
    return f"{fee}{notice}{off}{f', found by {one.source}' if one.source else ''}"


def _written(contract: Contract) -> Iterator[Written]:
    dates: tuple[tuple[str, PartialDate | date | None], ...] = (
        ("signed", contract.signed_on),
        ("start", contract.start_date),
        ("end", contract.planned_end),
        ("end now forecast", contract.forecast_end),
        ("longest it may run", contract.max_extent_date),
        ("review", contract.review_date),
        ("last reviewed", contract.last_review),
        ("new service starts", contract.successor_start),
        ("ended", contract.actual_end),
    )
    for what, day in dates:
        if isinstance(day, date):
            day = PartialDate.on(day)
        if day is not None:
            yield Written(what, day.text, day.earliest, day.latest)


def _members(session: Session, contract: int) -> Iterator[Member]:
    numbers: dict[int, list[str]] = {}
    for one in session.exec(
        select(SupplierIdentifier)
        .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(SupplierIdentifier.supplier_id))
        .where(ContractSupplier.contract_id == contract)
        .order_by(col(SupplierIdentifier.scheme), col(SupplierIdentifier.identifier))
    ):
        numbers.setdefault(one.supplier_id, []).append(f"{one.scheme}-{one.identifier}")
    lots: dict[int, list[str]] = {}
    for on in session.exec(
        select(LotSupplier).where(LotSupplier.contract_id == contract).order_by(col(LotSupplier.lot))
    ):
        lots.setdefault(on.supplier_id, []).append(on.lot)
    for link, name in session.exec(
        select(ContractSupplier, Supplier.name)
        .join(Supplier, col(Supplier.id) == col(ContractSupplier.supplier_id))
        .where(ContractSupplier.contract_id == contract)
        .order_by(col(Supplier.name))
    ):
        yield Member(
            name, tuple(numbers.get(link.supplier_id, ())), tuple(lots.get(link.supplier_id, ())), link.joined_on,
            link.left_on,
        )  # fmt: skip


_HERS = sa.or_(
    col(AgendaItem.cycle_id).in_(
        sa.select(col(Cycle.id)).where(col(Cycle.contract_id) == sa.bindparam("contract"))
    ),
    col(AgendaItem.exception_id).in_(
        sa.select(col(ExceptionReport.id)).where(col(ExceptionReport.contract_id) == sa.bindparam("contract"))
    ),
)
"""The agenda items about a contract: its gates and its exceptions."""


def _documents(session: Session, contract: Contract) -> Iterator[Document]:
    key = {"contract": identity(contract)}
    if contract.url:
        yield Document(None, "published at", contract.url)
    items = select(AgendaItem.id).where(_HERS)
    for paper, day in session.exec(
        select(Paper, col(Meeting.on))
        .join(AgendaItem, col(AgendaItem.id) == col(Paper.agenda_item_id))
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(_HERS),
        params=key,
    ):
        state = "received" if paper.received_on else "drafted"
        yield Document(day, f"paper, {state}: {paper.title}", "")
    for file in session.exec(
        select(PaperAttachment).where(
            col(PaperAttachment.item_id).in_(items), PaperAttachment.removed_because == ""
        ),
        params=key,
    ):
        yield Document(file.added_on, f"attachment: {file.title}", file.path)
    for pack, day in session.exec(
        select(Pack, col(Meeting.on))
        .join(Meeting, col(Meeting.id) == col(Pack.meeting_id))
        .where(
            col(Pack.published_at).is_not(None),
            Pack.edition == Edition.OPEN,
            col(Pack.meeting_id).in_(select(AgendaItem.meeting_id).where(_HERS)),
        ),
        params=key,
    ):
        what = f"supplement {pack.number}" if pack.number else "pack"
        yield Document(day, f"{what} of the Board, published", pack.path)
    for notice in session.exec(select(ProcurementNotice).where(ProcurementNotice.contract_id == contract.id)):
        yield Document(notice.published_on, f"notice {notice.code} {notice.identifier}".rstrip(), notice.url)


def _board(session: Session, contract: int) -> Iterator[Before]:
    for item, day in session.exec(
        select(AgendaItem, col(Meeting.on))
        .join(Meeting, col(Meeting.id) == col(AgendaItem.meeting_id))
        .where(_HERS)
        .order_by(col(Meeting.on), col(AgendaItem.id)),
        params={"contract": contract},
    ):
        why = item.dropped_because or item.why
        yield Before(day, item.title, f"{item.state}{f': {why}' if why else ''}")


def _changes(session: Session, contract: Contract) -> list[Change]:
    """The newest first: what imports changed, and what the audit trail has."""
    made = [
        Change(run.at, run.by, f"{one.field}: “{one.old}” → “{one.new}” ({run.file})" if one.field else f"added from {run.file}")
        for one, run in session.exec(
            select(ImportChange, ImportRun)
            .join(ImportRun, col(ImportRun.id) == col(ImportChange.run_id))
            .where(ImportChange.key == contract.reference)
            .order_by(col(ImportChange.id).desc())
            .limit(LATELY)
        )
    ]  # fmt: skip
    made += [
        Change(event.at, event.actor, f"{event.action}{_detail(event.detail)}")
        for event in session.exec(
            select(AuditEvent)
            .where(AuditEvent.subject == contract.reference)
            .order_by(col(AuditEvent.id).desc())
            .limit(LATELY)
        )
    ]
    return sorted(made, key=lambda one: one.at, reverse=True)[:LATELY]


def _detail(detail: dict[str, Any]) -> str:
    """What a reader wants of an event: not the keys of rows, nor states kept to be restored."""
    said = ", ".join(
        f"{name.replace('_', ' ')} {', '.join(value) if isinstance(value, list) else value}"
        for name, value in detail.items()
        if value not in ("", None, []) and not isinstance(value, dict) and not name.endswith("_id")
    )
    return f": {said}" if said else ""
