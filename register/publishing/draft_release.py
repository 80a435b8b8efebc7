"""A draft as data: the fields of OCDS 1.1 and of its UK extension (2026-01-13) that the record can fill.

It bears no OCID but one that a published notice brought: the platform gives it with the first notice.
"""

from typing import Any

from lifecycle.regimes import Regime
from models.contracts import Vat
from register.publishing.draft_facts import Facts

TAGS = {
    "UK1": "planning", "UK6": "award", "UK7": "contract", "UK10": "contractAmendment", "UK11": "contractTermination",
    "UK12": "tenderCancellation",
}  # fmt: skip
LEGAL_BASIS = {
    "scheme": "UKPGA",
    "id": "2023/54",
    "uri": "https://www.legislation.gov.uk/ukpga/2023/54/contents",
}
_STATUS = {"UK6": "pending", "UK7": "active", "UK10": "active", "UK11": "terminated"}


def release(code: str, facts: Facts) -> dict[str, Any]:
    """The release; whatever is not known is left out."""
    its = facts.contract
    buyers = [{"name": name, "roles": ["buyer"]} for name in facts.buyers]
    suppliers = [
        _known(
            id=one.key,
            name=one.name,
            identifier={"scheme": str(one.scheme), "id": one.number} if one.scheme else None,
            roles=["supplier"],
            details=_known(scale=None if one.sme is None else "sme" if one.sme else "large", vcse=one.vcse),
        )
        for one in facts.suppliers
    ]
    named = [{"id": one.key, "name": one.name} for one in facts.suppliers]
    items = [{"scheme": "CPV", "id": code.strip()} for code in its.cpv.split(";") if code.strip()]
    tender = _known(
        id=its.reference,
        legalBasis=LEGAL_BASIS,
        title=its.title,
        description=its.description,
        procurementMethodDetails=its.procedure,
        specialRegime=["lightTouch"] if facts.regime.light_touch else None,
        aboveThreshold=facts.regime is not Regime.BELOW_THRESHOLD,
        lots=[{"id": name, "title": name} for name, _ in facts.lots],
        items=[{"id": "1", "additionalClassifications": items}] if items else None,
        techniques={"hasFrameworkAgreement": True} if facts.framework else None,
        status="cancelled" if code == "UK12" else None,
    )
    contract = _known(
        id=its.reference,
        awardID=its.reference,
        title=its.title,
        status=_STATUS.get(code),
        aboveThreshold=facts.regime is not Regime.BELOW_THRESHOLD,
        value=_value(facts),
        period=_period(facts),
        dateSigned=_day(its.signed_on) if code != "UK6" else None,
        hasRenewal=bool(facts.options) or None,
        renewal={"description": facts.options_words} if facts.options_words else None,
        implementation={"endDate": _day(its.actual_end)} if code == "UK11" and its.actual_end else None,
    )
    award = _known(
        id=its.reference, suppliers=named, title=its.title, status=_STATUS.get(code), value=_value(facts)
    )
    after_award = code in _STATUS
    return _known(
        ocid=its.ocid,
        tag=[TAGS[code]],
        initiationType="tender",
        language="en",
        buyer={"name": facts.buyers[0]},
        parties=buyers + (suppliers if after_award else []),
        tender=tender,
        awards=[award] if after_award else None,
        contracts=[contract] if after_award else None,
        relatedProcesses=[{"id": "1", "relationship": ["framework"], "scheme": "ocid", "identifier": facts.parent.ocid}]
        if facts.parent and facts.parent.ocid
        else None,
    )  # fmt: skip


def _known(**fields: Any) -> dict[str, Any]:
    return {name: value for name, value in fields.items() if value not in (None, "", [], {})}


def _value(facts: Facts) -> dict[str, Any] | None:
    """With the VAT basis that is known: `amount` is without VAT, the UK's `amountGross` with it."""
    if facts.amount is None or facts.contract.value_vat is None:
        return None
    key = "amountGross" if facts.contract.value_vat is Vat.GROSS else "amount"
    return {key: float(facts.amount), "currency": "GBP"}


def _period(facts: Facts) -> dict[str, Any]:
    start, end, most = facts.contract.start_date, facts.contract.end_date, facts.contract.max_extent_date
    return _known(
        startDate=_day(start.earliest) if start and start.pinned else None,
        endDate=_day(end.latest) if end and end.pinned else None,
        maxExtentDate=_day(most.latest) if most and most.pinned else None,
    )


def _day(day: Any) -> str | None:
    """A London day as OCDS writes it."""
    from datetime import datetime, time
    from zoneinfo import ZoneInfo

    return datetime.combine(day, time(), ZoneInfo("Europe/London")).isoformat() if day else None
