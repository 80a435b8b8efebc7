"""The register as a record package of OCDS 1.1, written as it is read: memory does not grow with the register."""

import json
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.stages import Kind
from lifecycle.words import count_of
from models.contracts import AnnualValue, Contract, Payment, Per
from register.ocds.nodes import LONDON
from register.ocds.picking import LOCAL
from register.ocds.record import known
from register.ocds.writing import INTERNAL, Publisher, release
from register.publishing.csv_files import Tick, no_tick
from register.publishing.left_out import Published
from register.publishing.suppression import SMALL
from register.publishing.whole_files import WholeFiles

__all__ = ["INTERNAL", "NothingToPublish", "Publisher", "write_ocds"]

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
_PLACEMENTS = "each is one child's, and is never published by itself"


class NothingToPublish(ValueError):
    """The register has nothing that may be published."""


def write_ocds(
    session: Session,
    out: Path,
    by: Publisher,
    on: date,
    at: datetime,
    tick: Tick = no_tick,
    public: bool = False,
) -> Published:
    """Write the register as it stands on a day; `at`, aware, is when it is published. The file is whole or not there.

    What is `public` says nothing that is the council's own: owners, stages, notes. Individual placements are never published. The same record, day and time give the same bytes. Raises
    NothingToPublish where there is nothing else, OSError.
    """
    done = Published()
    processes = _processes(session, by, done, public)
    with WholeFiles() as files, files.at(out).open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(_package(session, processes, by, on, at, tick, public))
    done.files = files.paths
    done.rows = {"processes": len(processes), "contracts": sum(len(its) for _, its in processes)}
    return done


def _processes(session: Session, by: Publisher, done: Published, public: bool) -> list[tuple[str, list[int]]]:
    """The contracts of each process, by its identifier, in order; what is left out is said."""
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
        internal += not ocid
        by_the_year += per != Per.TERM and not unknown
        found[ocid or f"{by.prefix}-{reference}"].append((reference, key))
    if not found:
        raise NothingToPublish(
            "the register has no contracts but individual placements, which are never published"
        )
    if spot >= SMALL:
        done.left_out[f"spot placements: {_PLACEMENTS}"] = spot
    elif spot:
        done.notes.append(f"Fewer than {SMALL} spot placements left out: {_PLACEMENTS}")
    if unplaced := session.scalar(sa.select(sa.func.count()).where(col(Payment.contract_id).is_(None))):
        done.left_out["payments of which it is not known under which contract they were made"] = unplaced
    if spent := session.scalar(sa.select(sa.func.count()).select_from(AnnualValue)):
        done.left_out["sums spent in a financial year: the standard has payments by day"] = spent
    if internal and by.prefix == INTERNAL:
        done.notes.append(
            f"{count_of(internal, 'contract')} without a published notice: identified by {INTERNAL}-REFERENCE, which "
            "is no registered OCID and no portal's; set the prefix that was registered for the council, if it has one."
        )
    if by_the_year:
        done.notes.append(
            f"{count_of(by_the_year, 'value')} by the year, month or week: the standard has only a whole term's, so "
            + ("they are left out." if public else f"they stand under “{LOCAL}” alone.")
        )
    done.notes.append(
        "Owners, stages and notes are left out; with --for-ourselves they are there."
        if public
        else f"Not for publication: owners, stages and notes stand under “{LOCAL}”, which only this register reads."
    )
    return [(ocid, [key for _, key in sorted(its)]) for ocid, its in sorted(found.items())]


def _package(
    session: Session,
    processes: list[tuple[str, list[int]]],
    by: Publisher,
    on: date,
    at: datetime,
    tick: Tick,
    public: bool,
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
    for nth, record in enumerate(_records(session, processes, by, on, at, tick, public)):
        yield f"{',' if nth else ''}\n{_json(record)}"
    yield "\n]}\n"


def _records(
    session: Session,
    processes: list[tuple[str, list[int]]],
    by: Publisher,
    on: date,
    at: datetime,
    tick: Tick,
    public: bool,
) -> Iterator[dict[str, object]]:
    for first in range(0, len(processes), CHUNK):
        chunk = processes[first : first + CHUNK]
        rows = iter(known(session, [key for _, keys in chunk for key in keys], on))
        for ocid, keys in chunk:
            said = release(ocid, list(islice(rows, len(keys))), by, on, at)
            if public:
                del said[LOCAL]
            compiled = said | {"tag": ["compiled"], "id": f"{ocid}-{said['date']}"}
            yield {"ocid": ocid, "releases": [said], "compiledRelease": compiled}
            tick(len(keys))


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
