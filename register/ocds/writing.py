"""A contracting process of ours as a release of OCDS 1.1: planning, tender, award, contract, implementation."""

from calendar import monthrange
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any

from lifecycle.planning import MilestoneKind
from lifecycle.stages import Kind, Stage, Verdict
from lifecycle.words import say
from models.contracts import Contract, Per, Vat
from models.cycles import Milestone, VerdictRecord
from register.ocds.cells import EMPTY, encoded
from register.ocds.columns import Values, read
from register.ocds.nodes import LONDON, Node
from register.ocds.picking import LOCAL, Pick, picks
from register.ocds.record import Known, Named
from register.ocds.wording import cleaned, one_line
from register.rows import Party

Release = dict[str, Any]
INTERNAL = "ocds-000000"
"""The prefix of identifiers of our own, of the form the standard asks for and registered by nobody."""

_GATES = {
    MilestoneKind.NEEDS_ANALYSIS: "preProcurement", MilestoneKind.BOARD: "approval",
    MilestoneKind.PROCUREMENT: "preProcurement", MilestoneKind.SERVICE_START: "delivery",
}  # fmt: skip
_TERM = {
    MilestoneKind.NOTICE: "approval", MilestoneKind.EXTENSION: "approval", MilestoneKind.CONTRACT_END: "delivery",
}  # fmt: skip
_REVIEWS = {MilestoneKind.ANNUAL_REVIEW: "assessment"}
_NOTICE_PLACES = {
    "planning": range(1, 4),
    "tender": range(4, 6),
    "award": range(6, 7),
    "contract": range(7, 18),
}
_DOCUMENT = {
    "planning": "plannedProcurementNotice", "tender": "tenderNotice", "award": "awardNotice",
    "contract": "contractNotice",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Publisher:
    """Who publishes: the council's name, its GB-PPON, the OCID prefix registered for it, the package's own address."""

    name: str
    ppon: str = ""
    prefix: str = INTERNAL
    uri: str = "urn:recommission:ocds"


def process_id(contract: Contract | Named, prefix: str) -> str:
    """The OCID of a contract's process: the published one, else an internal one that says it is ours."""
    return contract.ocid or f"{prefix}-{contract.reference}"


def release(ocid: str, group: Sequence[Known], by: Publisher, on: date, at: datetime) -> Release:
    """The process of these contracts, as it stands on a day; `at` is when it is published."""
    parties = _Parties(by, group)
    deals = [one for one in group if not _is_planned(one, on)]
    first = group[0]
    made = {
        "ocid": ocid,
        "id": f"{ocid}-{on.isoformat()}",
        "date": _moment(at),
        "tag": [],
        "initiationType": "tender",
        "language": "en",
        "buyer": parties.buyer,
        "planning": _planning(group, on),
        "tender": _tender(ocid, group, not deals) | {"procuringEntity": parties.lead},
        "awards": [_award(one, parties) for one in deals],
        "contracts": [_contract(one, parties, by, on) for one in deals],
        "relatedProcesses": _related(ocid, first, by),
        "parties": parties.all(),
    }
    said: Release = _kept(made)
    said["tag"] = _tags(said)
    said[LOCAL] = {"contracts": _local(said, group)}
    return said


def _tags(said: Release) -> list[str]:
    there = {"planning": "planning", "tender": "tender", "awards": "award", "contracts": "contract"}
    tags = [tag for section, tag in there.items() if section in said]
    contracts = said.get("contracts", ())
    if any("amendments" in one for one in contracts):
        tags.append("contractAmendment")
    if any("implementation" in one for one in contracts):
        tags.append("implementation")
    if any(one["status"] == "terminated" for one in contracts):
        tags.append("contractTermination")
    return tags


def _is_planned(one: Known, on: date) -> bool:
    """Whether nothing was awarded yet, so that it is a tender at most."""
    contract = one.contract
    return not (contract.in_force or contract.actual_end or contract.signed_on or one.suppliers)


# ---- Parties.


class _Parties:
    """Who takes part, each once, with an id that counts within the release."""

    def __init__(self, by: Publisher, group: Sequence[Known]) -> None:
        self._found: dict[str, Release] = {}
        self._ids: dict[str, str] = {}
        self.lead: Release | None = None
        """Who procures and signs a joint contract, where it is another authority."""
        buyer = group[0].contract.buyer
        ours = not buyer or buyer.casefold() == by.name.casefold()
        identifier = {"scheme": "GB-PPON", "id": by.ppon, "legalName": by.name} if ours and by.ppon else None
        key = f"GB-PPON-{by.ppon}" if identifier else "buyer"
        self.buyer = self._add(key, by.name if ours else buyer, "buyer", identifier=identifier)
        for one in group:
            for supplier in one.suppliers:
                self.of(supplier)
            for nth, name in enumerate(one.authorities):
                if name.casefold() != by.name.casefold():
                    party = self._add(
                        self._id(name, "authority"), name, "buyer" if nth else "procuringEntity"
                    )
                    self.lead = self.lead if nth else party

    def of(self, party: Party, role: str = "supplier") -> Release:
        """The reference to a supplier."""
        numbers = [{"scheme": str(scheme), "id": number} for scheme, number in party.identifiers]
        key = f"{numbers[0]['scheme']}-{numbers[0]['id']}" if numbers else self._id(party.name, "supplier")
        scale = {True: "sme", False: "large", None: None}[party.sme]
        return self._add(
            key, party.name, role,
            identifier=numbers[0] | {"legalName": party.name} if numbers else None,
            additionalIdentifiers=numbers[1:],
            details=_kept({"scale": scale, "vcse": party.vcse}),
        )  # fmt: skip

    def payer(self) -> Release:
        """The reference to the buyer, which also pays."""
        return self._add(self.buyer["id"], self.buyer["name"], "payer")

    def all(self) -> list[Release]:
        return list(self._found.values())

    def _id(self, name: str, what: str) -> str:
        return self._ids.setdefault(name, f"{what}-{len(self._ids) + 1}")

    def _add(self, key: str, name: str, role: str, **more: Any) -> Release:
        party = self._found.setdefault(key, {"id": key, "name": name, "roles": []} | _kept(more))
        if role not in party["roles"]:
            party["roles"].append(role)
        return {"id": key, "name": name}


# ---- Sections.


def _planning(group: Sequence[Known], on: date) -> Release:
    decided = [
        verdict
        for one in group
        for verdict in one.verdicts
        if verdict.verdict not in (Verdict.EXTEND, Verdict.END_EARLY)
    ]
    return {
        "rationale": _because(decided[-1]) if decided else None,
        "milestones": [gate for one in group for gate in _milestones(one, _GATES, on, len(group) > 1)],
        "documents": [document for one in group for document in _notices(one, "planning")],
    }


def _tender(ocid: str, group: Sequence[Known], planned: bool) -> Release:
    one, contract = group[0], group[0].contract
    worth = [_value(known.contract) for known in group]
    lots = list(dict.fromkeys(lot for known in group for lot in known.lots))
    return {
        "id": contract.reference if len(group) == 1 else ocid,
        "title": contract.title,
        "description": contract.description,
        "status": _status(one) if planned else "complete",
        "value": worth[0] if planned and len(group) == 1 else None,
        "procurementMethod": _method(contract),
        "procurementMethodDetails": contract.procedure,
        "contractPeriod": _period(contract) if planned else None,
        "aboveThreshold": False if contract.regime == "below threshold" else None,
        "specialRegime": ["lightTouch"] if contract.regime.endswith("light touch") else None,
        "techniques": {"hasFrameworkAgreement": True} if contract.kind is Kind.FRAMEWORK else None,
        "items": _items(contract),
        "lots": [
            {"id": str(nth), "title": lot, "status": "active" if planned else "complete"}
            for nth, lot in enumerate(lots, 1)
        ],
        "documents": [
            *(
                [{"id": "notice", "documentType": "tenderNotice", "url": contract.url}]
                if contract.url
                else []
            ),
            *(document for known in group for document in _notices(known, "tender")),
        ],
    }


def _status(one: Known) -> str:
    """The tender of what is not awarded yet, or was given up."""
    if one.stage is Stage.CLOSED:
        return "withdrawn"
    return "active" if one.stage is Stage.PROCUREMENT else "planning"


def _method(contract: Contract) -> str | None:
    """Only what the words of the procedure say for certain."""
    words = contract.procedure.casefold()
    if "open" in words and contract.invited:
        return "open"
    if any(word in words for word in ("restricted", "selective", "quotation", "mini-competition")):
        return "selective"
    return "direct" if contract.invited is False else None


def _items(contract: Contract) -> list[Release]:
    codes = [{"scheme": "CPV", "id": code} for code in contract.cpv.split(";") if code]
    if not codes:
        return []
    return [
        {
            "id": "1",
            "description": contract.title,
            "classification": codes[0],
            "additionalClassifications": codes[1:],
        }
    ]


def _award(one: Known, parties: _Parties) -> Release:
    contract = one.contract
    return {
        "id": contract.reference,
        "title": contract.title,
        "status": "active",
        "value": _value(contract),
        "suppliers": [parties.of(supplier) for supplier in one.suppliers],
        "contractPeriod": _period(contract),
        "documents": _notices(one, "award"),
    }


def _contract(one: Known, parties: _Parties, by: Publisher, on: date) -> Release:
    contract = one.contract
    ended = contract.actual_end is not None and contract.actual_end <= on
    begun = contract.in_force or contract.signed_on is not None
    return {
        "id": contract.reference,
        "awardID": contract.reference,
        "title": contract.title,
        "description": contract.description,
        "status": "terminated" if ended else "active" if begun else "pending",
        "period": _period(contract),
        "value": _value(contract),
        "dateSigned": _opens(contract.signed_on),
        "amendments": [*_amendments(one)],
        "documents": _notices(one, "contract"),
        "milestones": [*_milestones(one, _TERM, on)],
        "relatedProcesses": [
            _process(str(nth), "renewalProcess", other, by) for nth, other in enumerate(one.successors, 1)
        ],
        "implementation": {
            "milestones": [*_milestones(one, _REVIEWS, on)],
            "transactions": [
                {
                    "id": f"{spent.month:%Y-%m}-{party['id']}",
                    "date": _closes(
                        spent.month.replace(day=monthrange(spent.month.year, spent.month.month)[1])
                    ),
                    "value": _pounds(spent.pounds),
                    "payer": parties.payer(),
                    "payee": party,
                }
                for spent in one.spent
                if (party := parties.of(spent.supplier, "payee"))
            ],
        },
    }


def _amendments(one: Known) -> Iterator[Release]:
    for verdict in one.verdicts:
        if verdict.verdict in (Verdict.EXTEND, Verdict.END_EARLY):
            yield {
                "id": f"verdict-{verdict.id}",
                "date": _opens(verdict.effective_on),
                "description": f"The contract is {'extended' if verdict.verdict is Verdict.EXTEND else 'ended early'}.",
                "rationale": _because(verdict),
            }
    for run, change in one.imported:
        yield {
            "id": f"change-{change.id}",
            "date": _opens(run.on),
            "description": f"{change.field.replace('_', ' ')}: from {change.old or 'not given'} to {change.new or 'not given'}",
            "rationale": "The register was corrected.",
        }


def _because(verdict: VerdictRecord) -> str:
    """What the Board decided and where to find it; its reasons may be exempt, and stay in the minute."""
    where = f", minute {verdict.minute}" if verdict.minute else ""
    return f"The Commissioning and Contracts Board decided on {say(verdict.on)} to {verdict.verdict}{where}."


def _milestones(
    one: Known, kinds: dict[MilestoneKind, str], on: date, several: bool = False
) -> Iterator[Release]:
    for milestone in sorted(one.milestones, key=lambda each: (each.earliest, each.kind, each.gate)):
        if milestone.kind in kinds:
            name = f"{milestone.kind}{f' ({milestone.gate})' if milestone.gate else ''}"
            yield {
                "id": f"{one.contract.reference}: {name}" if several else name,
                "title": name,
                "type": kinds[MilestoneKind(milestone.kind)],
                "dueDate": _closes(milestone.earliest),
                "dateMet": _opens(milestone.met_on),
                "status": _met(milestone, on),
            }


def _met(milestone: Milestone, on: date) -> str:
    if milestone.met_on:
        return "met"
    return "notMet" if milestone.latest < on else "scheduled"


def _notices(one: Known, section: str) -> list[Release]:
    """The notices of the Procurement Act 2023 that were published, by what they are about."""
    found = sorted(one.notices, key=lambda notice: (notice.published_on, notice.code))
    return [
        {
            "id": f"{notice.code}-{notice.published_on.isoformat()}",
            "documentType": _DOCUMENT[section],
            "noticeType": notice.code,
            "datePublished": _opens(notice.published_on),
            "url": notice.url,
        }
        for notice in found
        if notice.code.removeprefix("UK").isdecimal() and int(notice.code[2:]) in _NOTICE_PLACES[section]
    ]


def _related(ocid: str, one: Known, by: Publisher) -> list[Release]:
    named = [("framework", one.parent), ("prior", one.predecessor)]
    others = [(what, other) for what, other in named if other and process_id(other, by.prefix) != ocid]
    return [_process(str(nth), what, other, by) for nth, (what, other) in enumerate(others, 1)]


def _process(key: str, what: str, other: Named, by: Publisher) -> Release:
    return {
        "id": key,
        "relationship": [what],
        "title": other.title,
        "scheme": "ocid",
        "identifier": process_id(other, by.prefix),
    }


# ---- Values.


def _period(contract: Contract) -> Release:
    """From the first day its start can mean to the last day that its present end, and its longest, can mean."""
    start, end, longest = contract.start_date, contract.end_date, contract.max_extent_date
    return {
        "startDate": _opens(start.earliest if start else None),
        "endDate": _closes(end.latest if end else None),
        "maxExtentDate": _closes(longest.latest if longest else None),
    }


def _value(contract: Contract) -> Release | None:
    """The whole term's value, without VAT as `amount`, with it as `amountGross`; a value by the year is no such one."""
    if contract.value is None or contract.value_per is not Per.TERM:
        return None
    said = _pounds(contract.value)
    return said if contract.value_vat is not Vat.GROSS else {"amountGross": said["amount"], "currency": "GBP"}


def _pounds(pounds: Decimal) -> Release:
    return {"amount": int(pounds) if pounds == int(pounds) else float(pounds), "currency": "GBP"}


def _opens(day: date | None) -> str | None:
    return _moment(datetime.combine(day, time(), LONDON)) if day else None


def _closes(day: date | None) -> str | None:
    return _moment(datetime.combine(day, time(23, 59, 59), LONDON)) if day else None


def _moment(at: datetime) -> str:
    return at.astimezone(LONDON).isoformat(timespec="seconds")


def _kept(value: Any) -> Any:
    """Without what is empty: the standard wants no empty text, list or object."""
    if isinstance(value, dict):
        pairs = ((name, _kept(one)) for name, one in value.items())
        return {name: one for name, one in pairs if one is not None and one != "" and one != [] and one != {}}
    if isinstance(value, list):
        return [_kept(one) for one in value]
    return value


# ---- What the standard has no place for.


def _local(said: Release, group: Sequence[Known]) -> list[Release]:
    """Of each contract the columns of our layout that whoever reads the rest would not read so."""
    state = Node(said, "", Counter())
    found = {pick.key: pick for pick in picks(state, Counter())}
    entries = []
    for one in group:
        key = one_line(cleaned(one.contract.reference)[0])
        as_read, _ = read(found.get(key) or Pick(state, key))
        entry = {"id": key, "reference": one.contract.reference}
        for name, value in values_of(one).items():
            true = value if value not in EMPTY else None
            if name != "reference" and as_read.get(name) != true:
                entry[name] = encoded(true)
        entries.append(entry)
    return entries


def values_of(one: Known) -> Values:
    """A contract by the columns of our own layout."""
    contract = one.contract
    same = {
        name: getattr(contract, name)
        for name in (
            "reference", "title", "kind", "department", "notice_months", "regime", "successor_start", "source", "note",
            "description", "buyer", "cpv", "value", "value_max", "value_vat", "value_words", "ceiling",
            "vat_not_recoverable", "extension_words", "signed_on", "procedure", "invited", "url", "forecast_end",
            "last_review", "in_force", "registered_on",
        )
    }  # fmt: skip
    return same | {
        "parent": one.parent.reference if one.parent else "",
        "value_per": None if contract.value_per is Per.TERM else contract.value_per,
        "predecessor": one.predecessor.reference if one.predecessor else "",
        "split_from": one.split_from.reference if one.split_from else "",
        "owner": one.owner,
        "suppliers": tuple(one.suppliers),
        "start": contract.start_date,
        "end": contract.planned_end,
        "review": contract.review_date,
        "max_extent": contract.max_extent_date,
        "extension_options": tuple(option.months for option in one.options),
        "options_taken_up": tuple(
            (option.position, option.taken_up_on) for option in one.options if option.taken_up_on
        ),
        "lot_suppliers": tuple(one.on_lots),
        "supplier_periods": tuple(one.periods),
        "authorities": tuple(one.authorities),
        "lots": tuple(one.lots),
        "stage": one.stage,
        "ocid": contract.ocid or "",
        "ended_on": contract.actual_end,
    }
