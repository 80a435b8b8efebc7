"""Notices that were published: recorded, so that they are not due again, and taken back where that was a mistake."""

import re
from datetime import date, datetime

from sqlmodel import Session, col, select

from lifecycle.notices import NOTICES
from lifecycle.words import say
from models import audit
from models.columns import identity
from models.contracts import Contract, ProcurementNotice

TRANSPARENCY = "LGTC"
"""The code under which an edition of the Transparency Code's register is recorded."""
OF_THE_AUTHORITY = frozenset({"UK1", "UK8", TRANSPARENCY})
"""Published for the whole authority, of no one contract."""
ACTION = "notice published"


class NoticeRefused(ValueError):
    """The notice cannot be recorded, drafted or taken back; the message says why."""


def code_of(text: str) -> str:
    """The code as it is kept. Raises NoticeRefused."""
    code = text.upper().replace(" ", "")
    if code not in NOTICES and code != TRANSPARENCY:
        raise NoticeRefused(
            f'There is no notice "{text}": the codes are UK1 to UK17, and {TRANSPARENCY} for the Transparency Code.'
        )
    return code


def record_published(
    session: Session,
    code: str,
    contract: Contract | None,
    on: date,
    by: str,
    today: date,
    at: datetime,
    identifier: str = "",
    url: str = "",
    ocid: str = "",
) -> None:
    """Record that the notice was published on a day; its OCID becomes the contract's. Raises NoticeRefused."""
    _of_contract(code, contract)
    if on > today:
        raise NoticeRefused(f"{say(on)} has not come: record the notice when it is published.")
    if ocid and contract is None:
        raise NoticeRefused("An OCID is a process's: name the contract it belongs to.")
    if ocid and not re.fullmatch(r"ocds-[a-z0-9]{6}-\S+", ocid):
        raise NoticeRefused(f'"{ocid}" is no OCID: it is written as in ocds-h6vhtk-04ed25.')
    if _published(session, code, contract, on):
        raise NoticeRefused(f"{code} of {say(on)} is recorded already; --undo takes it back.")
    key = identity(contract) if contract else None
    session.add(
        ProcurementNotice(contract_id=key, code=code, published_on=on, identifier=identifier, url=url, by=by)
    )
    detail: dict[str, str | None] = {"code": code, "on": on.isoformat(), "identifier": identifier, "url": url}
    if contract and ocid:
        detail |= {"ocid": ocid, "ocid_before": contract.ocid}
        contract.ocid = ocid
    audit.record(session, at, by, ACTION, contract.reference if contract else code, **detail)


def take_back(
    session: Session, code: str, contract: Contract | None, on: date | None, by: str, at: datetime
) -> date:
    """Take back the last such notice, or the one of the day, and the OCID it brought. Raises NoticeRefused."""
    _of_contract(code, contract)
    found = _published(session, code, contract, on)
    if found is None:
        of = f" of {say(on)}" if on else ""
        raise NoticeRefused(f"No {code}{of} is recorded for {contract.reference if contract else 'us'}.")
    subject, day = contract.reference if contract else code, found.published_on
    session.delete(found)
    event = next(
        (
            one
            for one in session.exec(
                select(audit.AuditEvent)
                .where(audit.AuditEvent.action == ACTION, audit.AuditEvent.subject == subject)
                .order_by(col(audit.AuditEvent.id).desc())
            )
            if (one.detail["code"], one.detail["on"]) == (code, day.isoformat())
        ),
        None,
    )
    if contract and event and event.detail.get("ocid") and contract.ocid == event.detail["ocid"]:
        contract.ocid = event.detail["ocid_before"]
    audit.record(session, at, by, "notice taken back", subject, code=code, on=day.isoformat())
    return day


def _of_contract(code: str, contract: Contract | None) -> None:
    if contract is None and code not in OF_THE_AUTHORITY:
        raise NoticeRefused(f"{code} is a notice of one contract: name its reference.")
    if contract is not None and code in OF_THE_AUTHORITY:
        raise NoticeRefused(f"{code} is published for the whole authority: name no contract.")


def _published(
    session: Session, code: str, contract: Contract | None, on: date | None
) -> ProcurementNotice | None:
    wanted = (
        select(ProcurementNotice)
        .where(
            ProcurementNotice.code == code,
            ProcurementNotice.contract_id == (identity(contract) if contract else None),
        )
        .order_by(col(ProcurementNotice.published_on).desc())
    )
    if on:
        wanted = wanted.where(ProcurementNotice.published_on == on)
    return session.exec(wanted).first()
