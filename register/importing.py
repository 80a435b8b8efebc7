"""Brings a register's CSV into the record: all of it or, where asked, its good rows; twice changes nothing."""

import csv
import json
from collections.abc import Callable, Iterable, Set
from dataclasses import dataclass, field
from datetime import date, datetime
from pathlib import Path
from typing import Any

from sqlmodel import Session, SQLModel, col, delete, select

from lifecycle.boards import NoMeeting
from lifecycle.planning import IN_CYCLE
from lifecycle.policy import NoRule
from lifecycle.stages import Stage
from models import audit
from models.columns import identity
from models.contracts import (
    AnnualValue,
    Contract,
    ContractSupplier,
    ExtensionOption,
    JointAuthority,
    Lot,
)
from models.cycles import Cycle
from models.opening import DIRECTIONS
from models.people import Person, Supplier
from models.planning import Rules, hand_over, replan
from register.reading import Sheet, read_sheet
from register.rows import Refusal, Row


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row that the import changed (all of them for a new row: `field` is empty)."""

    key: str
    field: str
    old: str
    new: str


@dataclass
class ImportResult:
    """What an import did, or would do."""

    file: str
    kind: str
    written: bool
    added: list[str] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    reject_file: Path | None = None
    milestones: int = 0

    def as_json(self) -> str:
        """The result for machines."""
        return json.dumps(
            {
                "file": self.file,
                "kind": self.kind,
                "written": self.written,
                "added": self.added,
                "changed": [vars_of(change) for change in self.changed],
                "unchanged": self.unchanged,
                "refused": [vars_of(refusal) for refusal in self.refused],
                "reject_file": str(self.reject_file) if self.reject_file else None,
                "milestones_changed": self.milestones,
            },
            ensure_ascii=False,
            indent=2,
        )


def vars_of(row: Change | Refusal) -> dict[str, Any]:
    """A row of the result as a dictionary."""
    return {name: getattr(row, name) for name in row.__slots__}


def import_file(
    session: Session,
    path: Path,
    rules: Rules,
    today: date,
    at: datetime,
    rejects: Path,
    partial: bool = False,
    dry_run: bool = False,
) -> ImportResult:
    """Import a CSV in one of the documented layouts.

    A row is kept whole or refused whole. With any refusal nothing is written, unless `partial`. With
    `dry_run` nothing is written at all. Refused rows go to a file in the `rejects` folder, in the layout they
    came in with four columns more. Raises FileRefused where the file as a whole cannot be read.
    """
    sheet = read_sheet(path)
    result = _write(session, sheet, rules, today)
    while result is None:  # a row could not be planned: once more without it
        session.rollback()
        result = _write(session, sheet, rules, today)
    result.refused = sorted({refusal for refusal, _ in sheet.refused}, key=lambda refusal: refusal.line)
    result.written = not dry_run and (partial or not result.refused)
    if sheet.refused and not dry_run:
        result.reject_file = rejects / f"{path.stem}.rejected.csv"
        _write_rejects(sheet, result.reject_file)
    if not result.written:
        session.rollback()
    elif result.added or result.changed:
        audit.record(
            session, at, "import", f"import {result.kind}", path.name, sha256=sheet.digest,
            added=len(result.added), changed=len({change.key for change in result.changed}),
            unchanged=result.unchanged, refused=len(result.refused),
        )  # fmt: skip
    return result


def _write(session: Session, sheet: Sheet, rules: Rules, today: date) -> ImportResult | None:
    """Write the rows and plan their contracts; None where a row had to be refused because it has no plan."""
    result = ImportResult(file=sheet.path.name, kind=sheet.layout.name, written=False)
    contracts = _WRITERS[sheet.layout.name](session, sheet, result, today)
    session.flush()
    for contract in contracts:
        try:
            result.milestones += replan(session, [contract], rules, today, "the register was changed")
        except (NoRule, NoMeeting) as error:
            row = next(row for row in sheet.rows if row.values["reference"] == contract.reference)
            sheet.refuse(row, "end", f"no dates can be worked out from it: {error}")
            sheet.rows.remove(row)
            return None
    return result


def _write_rejects(sheet: Sheet, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*sheet.header, "rejected_line", "rejected_column", "rejected_value", "reason"])
        for refusal, cells in sorted(set(sheet.refused), key=lambda pair: pair[0].line):
            padded = [*cells, *[""] * len(sheet.header)][: len(sheet.header)]
            writer.writerow([*padded, refusal.line, refusal.name, refusal.value, refusal.reason])


def _set(target: SQLModel, key: str, values: dict[str, Any], result: ImportResult, new: bool) -> None:
    """Write the values that differ, and note each as a change."""
    before = len(result.changed)
    for name, value in values.items():
        old = getattr(target, name)
        if old != value:
            setattr(target, name, value)
            if not new:
                result.changed.append(Change(key, name, _say(old), _say(value)))
    if new:
        result.added.append(key)
    elif len(result.changed) == before:
        result.unchanged += 1


def _say(value: object) -> str:
    return "" if value is None else str(value)


def _people(session: Session, sheet: Sheet, result: ImportResult, today: date) -> list[Contract]:
    known = {person.title: person for person in session.exec(select(Person))}
    good = _holding_together(sheet, sheet.rows, known.keys(), "deputy", "manager")
    new = {row.values["title"] for row in good} - known.keys()
    for title in sorted(new):
        session.add(known.setdefault(title, Person(title=title)))
    session.flush()
    for row in good:
        title = row.values["title"]
        chain = {
            f"{role}_id": known[row.values[role]].id if row.values[role] in known else None
            for role in ("deputy", "manager")
        }
        _set(known[title], title, {"email": row.values["email"]} | chain, result, title in new)
    return []


def _holding_together(sheet: Sheet, rows: list[Row], known: Set[str], *names: str) -> list[Row]:
    """The rows that name only what the register or another kept row has: with a parent its children are refused."""
    key = sheet.layout.key[0]
    while True:
        kept = [
            row for row in rows if not _unknown(sheet, row, known | {one.values[key] for one in rows}, *names)
        ]
        if len(kept) == len(rows):
            return kept
        rows = kept


def _of_itself(sheet: Sheet, row: Row, *names: str) -> bool:
    for name in names:
        if row.values.get(name) == row.values[sheet.layout.key[0]]:
            sheet.refuse(row, name, f'"{row.values[name]}" names itself')
            return True
    return False


def _unknown(sheet: Sheet, row: Row, known: Iterable[str], *names: str) -> bool:
    """Refuse the row where it names a thing that neither the register nor the file has."""
    for name in names:
        value = row.values.get(name)
        if value and value not in known:
            sheet.refuse(
                row, name, f'"{value}" is not known, or was refused; import it first, or mend the spelling'
            )
            return True
    return False


def _suppliers(session: Session, sheet: Sheet, result: ImportResult, today: date) -> list[Contract]:
    known = {supplier.name: supplier for supplier in session.exec(select(Supplier))}
    for row in sheet.rows:
        name = row.values["name"]
        new = name not in known
        supplier = known.setdefault(name, Supplier(name=name))
        values: dict[str, Any] = {
            column: row.values.get(column) or None for column in ("sector", "service") if column in row.values
        } | {
            column: row.values[column]
            for column in ("sme", "vcse", "children_in_care")
            if column in row.values
        }
        _set(supplier, name, values, result, new)
        session.add(supplier)
    return []


_AS_IT_IS = {
    name: name
    for name in (
        "description",
        "buyer",
        "cpv",
        "value",
        "value_max",
        "value_vat",
        "value_words",
        "ceiling",
        "vat_not_recoverable",
        "extension_words",
        "signed_on",
        "procedure",
        "invited",
        "url",
        "forecast_end",
        "last_review",
    )
} | {"review": "review_date", "max_extent": "max_extent_date", "ended_on": "actual_end"}


def _contracts(session: Session, sheet: Sheet, result: ImportResult, today: date) -> list[Contract]:
    known = {contract.reference: contract for contract in session.exec(select(Contract))}
    people = {person.title: identity(person) for person in session.exec(select(Person))}
    suppliers = {supplier.name: supplier for supplier in session.exec(select(Supplier))}
    good = [
        row
        for row in sheet.rows
        if not _unknown(sheet, row, people, "owner")
        and not _of_itself(sheet, row, "parent", "predecessor")
        and not _ends_before_start(sheet, row)
    ]
    good = _holding_together(sheet, good, known.keys(), "parent", "predecessor")
    for name in sorted(
        {name for row in good for party in row.values["suppliers"] for name in [party.name]}
        - suppliers.keys()
    ):
        session.add(suppliers.setdefault(name, Supplier(name=name)))
    touched = []
    for row in good:
        values, reference = row.values, row.values["reference"]
        start = values["start"]
        contract, new = known.get(reference), False
        if contract is None:
            new = True
            in_force = not (start and start.earliest and start.earliest > today)
            contract = known[reference] = Contract(
                reference=reference, title="", kind=values["kind"], department="", regime="",
                owner_id=people[values["owner"]], registered_on=today, in_force=in_force,
            )  # fmt: skip
        before, former = len(result.changed), contract.owner_id
        _set(
            contract,
            reference,
            {
                "title": values["title"],
                "kind": values["kind"],
                "department": values["department"],
                "owner_id": people[values["owner"]],
                "start_date": start,
                "planned_end": values["end"],
                "successor_start": values.get("successor_start"),
                "notice_months": values.get("notice_months"),
                "regime": values["regime"],
                "source": values.get("source", ""),
                "note": values.get("note", ""),
            }
            | {attribute: values[name] for name, attribute in _AS_IT_IS.items() if name in values},
            result,
            new,
        )
        session.add(contract)
        session.flush()
        _members(session, contract, values, suppliers, result, new)
        if new:
            _open_cycle(session, contract, values.get("stage"), today)
        elif contract.owner_id != former:
            hand_over(session, contract, former, contract.owner_id, today)
        if new or len(result.changed) > before:
            touched.append(contract)
    references = {contract.id: contract.reference for contract in known.values()}
    for row in good:  # a parent may stand further down than its child
        contract = known[row.values["reference"]]
        for name, attribute in (("parent", "parent_id"), ("predecessor", "predecessor_id")):
            # An empty cell leaves alone what the record found out itself: a successor knows its predecessor.
            if name not in row.values or (name == "predecessor" and not row.values[name]):
                continue
            old, named = getattr(contract, attribute), row.values[name]
            if (references[old] if old else "") != named:
                setattr(contract, attribute, known[named].id if named else None)
                if contract.reference not in result.added:
                    result.changed.append(
                        Change(contract.reference, name, references[old] if old else "", named)
                    )
    return touched


def _ends_before_start(sheet: Sheet, row: Row) -> bool:
    start, end = row.values["start"], row.values["end"]
    if start and end and start.earliest and end.latest and end.latest < start.earliest:
        sheet.refuse(row, "end", f'ends ("{end}") before it starts ("{start}")')
        return True
    return False


def _members(
    session: Session,
    contract: Contract,
    values: dict[str, Any],
    suppliers: dict[str, Supplier],
    result: ImportResult,
    new: bool,
) -> None:
    """The rows beside the contract: suppliers, authorities, extension options; rewritten where they differ."""
    session.flush()
    contract_id = identity(contract)
    by_id = {supplier.id: supplier.name for supplier in suppliers.values()}
    have = session.exec(
        select(ContractSupplier.supplier_id).where(ContractSupplier.contract_id == contract.id)
    ).all()
    _rewrite(
        session, contract, "suppliers", {by_id[key] for key in have}, {party.name for party in values["suppliers"]}, result, new,
        ContractSupplier,
        lambda: [ContractSupplier(contract_id=contract_id, supplier_id=identity(suppliers[party.name])) for party in values["suppliers"]],
    )  # fmt: skip
    if "authorities" in values:
        names = session.exec(
            select(JointAuthority.name).where(JointAuthority.contract_id == contract.id)
        ).all()
        _rewrite(
            session, contract, "authorities", set(names), set(values["authorities"]), result, new,
            JointAuthority,
            lambda: [
                JointAuthority(contract_id=contract_id, name=name, lead=place == 0)
                for place, name in enumerate(values["authorities"])
            ],
        )  # fmt: skip
    if "lots" in values:
        have_lots = session.exec(select(Lot.name).where(Lot.contract_id == contract.id)).all()
        _rewrite(
            session, contract, "lots", set(have_lots), set(values["lots"]), result, new, Lot,
            lambda: [Lot(contract_id=contract_id, name=name) for name in values["lots"]],
        )  # fmt: skip
    if "extension_options" in values:
        options = session.exec(
            select(ExtensionOption)
            .where(ExtensionOption.contract_id == contract.id)
            .order_by(col(ExtensionOption.position))
        ).all()
        taken = dict(enumerate((one.taken_up_on for one in options), 1))
        _rewrite(
            session, contract, "extension_options", tuple(one.months for one in options),
            values["extension_options"], result, new, ExtensionOption,
            lambda: [
                ExtensionOption(contract_id=contract_id, position=place, months=length, taken_up_on=taken.get(place))
                for place, length in enumerate(values["extension_options"], 1)
            ],
        )  # fmt: skip


def _rewrite(
    session: Session,
    contract: Contract,
    name: str,
    old: Any,
    new_value: Any,
    result: ImportResult,
    new: bool,
    table: type[Any],
    make: Callable[[], Iterable[SQLModel]],
) -> None:
    if old == new_value:
        return
    session.exec(delete(table).where(table.contract_id == contract.id))
    session.add_all(make())
    if not new:
        said = ["; ".join(map(str, sorted(value))) for value in (old, new_value)]
        result.changed.append(Change(contract.reference, name, said[0], said[1]))


def _open_cycle(session: Session, contract: Contract, stage: Stage | None, today: date) -> None:
    if contract.kind not in IN_CYCLE:
        return
    at = stage or Stage.REVIEW
    session.add(
        Cycle(contract_id=identity(contract), stage=at, stage_since=today, direction=DIRECTIONS.get(at))
    )


def _spend(session: Session, sheet: Sheet, result: ImportResult, today: date) -> list[Contract]:
    contracts = {contract.reference: identity(contract) for contract in session.exec(select(Contract))}
    suppliers = {supplier.name: identity(supplier) for supplier in session.exec(select(Supplier))}
    known = {
        (value.contract_id, value.supplier_id, value.financial_year): value
        for value in session.exec(select(AnnualValue))
    }
    for row in sheet.rows:
        values = row.values
        if _unknown(sheet, row, contracts, "reference") or _unknown(sheet, row, suppliers, "supplier"):
            continue
        contract_id, supplier_id = contracts[values["reference"]], suppliers[values["supplier"]]
        place = (contract_id, supplier_id, values["financial_year"])
        new = place not in known
        value = known.setdefault(
            place,
            AnnualValue(
                contract_id=place[0], supplier_id=place[1], financial_year=place[2], amount=values["amount"]
            ),
        )
        key = f"{values['reference']}, {values['supplier']}, {values['financial_year']}"
        _set(value, key, {"amount": values["amount"], "invented": bool(values.get("invented"))}, result, new)
        session.add(value)
    return []


_WRITERS: dict[str, Callable[[Session, Sheet, ImportResult, date], list[Contract]]] = {
    "people": _people,
    "suppliers": _suppliers,
    "contracts": _contracts,
    "spend": _spend,
}
