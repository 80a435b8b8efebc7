"""Notices of OCDS as portals publish them, written by hand, and files of them."""

import json
from collections.abc import Iterable
from copy import deepcopy
from pathlib import Path
from typing import Any

from register.ocds import open_ocds
from register.rows import Refused, Row

Release = dict[str, Any]
OCID = "ocds-b5fd17-0001"


def notice(ocid: str = OCID, **parts: Any) -> Release:
    """An award notice of one contract for the shire; parts replace or (None) remove what it has."""
    made: Release = {
        "ocid": ocid,
        "id": f"{ocid}-r1",
        "date": "2024-05-01T09:00:00+01:00",
        "tag": ["award"],
        "initiationType": "tender",
        "language": "en",
        "buyer": {"id": "b", "name": "Exampleshire County Council"},
        "parties": [
            {"id": "b", "name": "Exampleshire County Council", "roles": ["buyer"]},
            {
                "id": "s",
                "name": "Larkgarth Homes Ltd",
                "roles": ["supplier"],
                "identifier": {"scheme": "GB-COH", "id": "01234567"},
                "details": {"scale": "sme", "vcse": False},
            },
        ],
        "tender": {
            "id": f"DN{ocid[-4:]}",
            "title": "Short breaks",
            "description": "Short breaks for families.",
            "status": "complete",
            "classification": {"scheme": "CPV", "id": "85311300"},
            "procurementMethod": "open",
            "procurementMethodDetails": "Open procedure",
        },
        "awards": [
            {
                "id": f"{ocid}-1",
                "status": "active",
                "date": "2024-04-20T00:00:00+01:00",
                "value": {"amount": 250000.5, "currency": "GBP"},
                "suppliers": [{"id": "s", "name": "Larkgarth Homes Ltd"}],
                "contractPeriod": {
                    "startDate": "2024-06-01T00:00:00+01:00",
                    "endDate": "2027-05-31T23:59:59+01:00",
                },
            }
        ],
    }
    for name, value in parts.items():
        if isinstance(value, dict) and isinstance(made.get(name), dict):
            made[name] |= value
        elif value is None:
            made.pop(name, None)
        else:
            made[name] = value
    return made


def tender(ocid: str = OCID, **parts: Any) -> Release:
    """A notice of a tender that is open."""
    of_tender = {"status": "active"} | parts.pop("tender", {})
    return notice(ocid, awards=None, tag=["tender"], tender=of_tender, **parts)


def package(releases: Iterable[Release]) -> dict[str, Any]:
    """A release package."""
    return {"uri": "https://portal.example/1", "version": "1.1", "releases": list(releases)}


def written(folder: Path, *values: Any, name: str = "notices.json") -> Path:
    """One value as a JSON file, or several as JSON lines."""
    path = folder / name
    path.write_text("\n".join(json.dumps(one) for one in values), encoding="utf-8")
    return path


def rows(path: Path) -> list[Row | Refused]:
    """What the file is read into."""
    return list(open_ocds(path).rows())


def read(folder: Path, *releases: Release) -> list[dict[str, Any]]:
    """The values of the contracts of these releases; none may be refused."""
    found = rows(written(folder, package(deepcopy(releases))))
    assert not [one.refusal for one in found if isinstance(one, Refused)]
    return [one.values for one in found if isinstance(one, Row)]
