"""The register as a record package of OCDS 1.1, written as it is read: memory does not grow with the register."""

import json
import os
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import TextIO

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.stages import Kind
from lifecycle.words import count_of
from models.contracts import AnnualValue, Contract, Payment, Per
from register.ocds.nodes import LONDON
from register.ocds.picking import LOCAL
from register.ocds.record import known
from register.ocds.writing import INTERNAL, Publisher, release

__all__ = ["LeftOut", "Publisher", "write_ocds"]

_OF_OCP = "https://raw.githubusercontent.com/open-contracting-extensions/ocds_"
EXTENSIONS = (
    "https://raw.githubusercontent.com/cabinetoffice/ocds_uk_extension/main/extension.json",
    *(
        f"{_OF_OCP}{name}/extension.json"
        for name in (
            "awardCriteria_extension/master", "bid_extension/v1.1.5", "communication_extension/master",
            "location_extension/master", "lots_extension/v1.1.5", "otherRequirements_extension/master",
            "partyDetails_scale_extension/master", "performance_failures_extension/master",
            "subcontracting_extension/master", "suitability_extension/master", "techniques_extension/master",
        )
    ),
)  # fmt: skip
"""The United Kingdom's, and those that it says it depends on; lots and the scale of suppliers are used here too."""
CHUNK = 500
FEWEST = 5
"""Fewer than so many of what is about children are not told by number."""


class NothingToPublish(ValueError):
    """The register has nothing that may be published."""


@dataclass(slots=True)
class LeftOut:
    """What an export leaves out, and why, in sentences."""

    sentences: list[str] = field(default_factory=list)


def write_ocds(session: Session, out: Path | TextIO, by: Publisher, on: date, at: datetime) -> LeftOut:
    """Write the register as it stands on a day; `at`, aware, is when it is published.

    Individual placements are never published. Raises NothingToPublish where there is nothing else. The same record, day and time give the same bytes; a file is
    whole or not there.
    """
    processes, left = _processes(session, by)
    if not isinstance(out, Path):
        out.writelines(_package(session, processes, by, on, at))
        return left
    made = out.with_name(f".{out.name}.{os.getpid()}")
    try:
        with made.open("w", encoding="utf-8", newline="\n") as file:
            file.writelines(_package(session, processes, by, on, at))
        made.replace(out)
    finally:
        made.unlink(missing_ok=True)
    return left


def _processes(session: Session, by: Publisher) -> tuple[list[tuple[str, list[int]]], LeftOut]:
    """The contracts of each process, by its identifier, in order; and what is left out."""
    rows = session.execute(
        sa.select(
            col(Contract.id), col(Contract.reference), col(Contract.ocid), col(Contract.kind),
            col(Contract.value_per), col(Contract.value).is_(None),
        )
    )  # fmt: skip
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    spot = internal = by_the_year = 0
    for key, reference, ocid, kind, per, unknown in rows:
        if kind == Kind.SPOT:
            spot += 1
            continue
        internal += ocid is None
        by_the_year += per != Per.TERM and not unknown
        found[ocid or f"{by.prefix}-{reference}"].append((reference, key))
    if not found:
        raise NothingToPublish(
            "the register has no contracts but individual placements, which are never published"
        )
    left = LeftOut()
    if spot:
        many = count_of(spot, "spot placement") if spot >= FEWEST else f"Fewer than {FEWEST} spot placements"
        left.sentences.append(f"{many} left out: each is one child's, and is never published by itself.")
    if internal and by.prefix == INTERNAL:
        left.sentences.append(
            f"{count_of(internal, 'contract')} without a published notice: identified by {INTERNAL}-REFERENCE, which is "
            "no registered OCID; they are ours until the notice is published."
        )
    if by_the_year:
        left.sentences.append(
            f"{count_of(by_the_year, 'value')} by the year, month or week: the standard has only a whole term's, so "
            f"they stand under {LOCAL!r} alone."
        )
    if unplaced := session.scalar(sa.select(sa.func.count()).where(col(Payment.contract_id).is_(None))):
        left.sentences.append(
            f"{count_of(unplaced, 'payment')} left out: it is not known under which contract."
        )
    if session.scalar(sa.select(sa.exists().where(col(AnnualValue.id).is_not(None)))):
        left.sentences.append("What was spent by financial year left out: the standard has payments by day.")
    return [(ocid, [key for _, key in sorted(its)]) for ocid, its in sorted(found.items())], left


def _package(
    session: Session, processes: list[tuple[str, list[int]]], by: Publisher, on: date, at: datetime
) -> Iterator[str]:
    publisher = {"name": by.name} | ({"scheme": "GB-PPON", "uid": by.ppon} if by.ppon else {})
    head = {
        "uri": f"{by.uri}:{on.isoformat()}" if by.uri.startswith("urn:") else by.uri,
        "version": "1.1",
        "extensions": list(EXTENSIONS),
        "publisher": publisher,
        "publishedDate": at.astimezone(LONDON).isoformat(timespec="seconds"),
    }
    yield f'{_json(head)[:-1]},"records":['
    for nth, record in enumerate(_records(session, processes, by, on, at)):
        yield f"{',' if nth else ''}\n{_json(record)}"
    yield "\n]}\n"


def _records(
    session: Session, processes: list[tuple[str, list[int]]], by: Publisher, on: date, at: datetime
) -> Iterator[dict[str, object]]:
    for first in range(0, len(processes), CHUNK):
        chunk = processes[first : first + CHUNK]
        rows = iter(known(session, [key for _, keys in chunk for key in keys], on))
        for ocid, keys in chunk:
            said = release(ocid, list(islice(rows, len(keys))), by, on, at)
            compiled = said | {"tag": ["compiled"], "id": f"{ocid}-{said['date']}"}
            yield {"ocid": ocid, "releases": [said], "compiledRelease": compiled}


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
