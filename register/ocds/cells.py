"""A value of our layout as a cell of a CSV, and as JSON in our own object on a release; and back."""

import json
from datetime import date
from enum import StrEnum
from functools import cache
from typing import Any

from lifecycle.partial_dates import DateRefused, PartialDate
from models.people import Scheme
from register.layouts import CONTRACTS
from register.ocds.wording import unsound
from register.rows import Party

PARTIAL = frozenset({"start", "end", "successor_start", "review", "max_extent", "forecast_end"})
_EMPTY = {"suppliers": (), "lots": (), "authorities": (), "extension_options": ()}


def cell(value: Any) -> str:
    """A value as the column's own reader reads it."""
    match value:
        case None:
            return ""
        case bool():
            return "yes" if value else "no"
        case tuple() if value and isinstance(value[0], int):
            return f"{len(value)}x{value[0]}" if len(set(value)) == 1 else "; ".join(map(str, value))
        case tuple():
            return "; ".join(str(one).replace(";", ",") for one in value)
        case date():
            return value.isoformat()
    return str(value)


def encoded(value: Any) -> Any:
    """A value as JSON, from which `decoded` makes it again to the letter."""
    match value:
        case "" | ():
            return None  # the standard wants nothing empty
        case tuple():
            return [encoded(one) for one in value]
        case Party():
            numbers = [{"scheme": str(scheme), "id": number} for scheme, number in value.identifiers]
            said = {"name": value.name, "identifiers": numbers, "sme": value.sme, "vcse": value.vcse}
            return {name: one for name, one in said.items() if one not in (None, [])}
        case PartialDate():
            return value.text if _as_read(value) else json.loads(value.to_json())
        case StrEnum() | str():
            return str(value)
        case int() if not isinstance(value, bool):
            return value
        case None:
            return None
    return cell(value)


def _as_read(value: PartialDate) -> bool:
    """Whether its words still mean what they were read as."""
    try:
        return _read(value.text) == value
    except DateRefused:
        return False


@cache
def _read(text: str) -> PartialDate:
    return PartialDate.parse(text)


def decoded(name: str, said: Any) -> Any:
    """What our own object says of a column. Raises ValueError, TypeError or KeyError."""
    if not isinstance(said, list):
        said = _sound(said)
    if said is None:
        return _EMPTY[name] if name in _EMPTY else CONTRACTS.columns[name]("")
    if name == "suppliers":
        return tuple(_party(one) for one in said)
    if name in _EMPTY:
        kind = int if name == "extension_options" else str
        if not isinstance(said, list) or not all(isinstance(one, kind) for one in said):
            raise ValueError("is no list of what the column holds")
        return tuple(map(_sound, said))
    if name in PARTIAL and isinstance(said, list):
        if not all(isinstance(_sound(one), str | None) for one in said):
            raise ValueError("is no date as it is stored")
        return PartialDate.from_json(json.dumps(said))
    if isinstance(said, int) and not isinstance(said, bool):
        said = str(said)
    if not isinstance(said, str):
        raise ValueError("is no text")
    return CONTRACTS.columns[name](said)


def _sound(said: Any) -> Any:
    """What was said, where it is no text that a database cannot hold."""
    if isinstance(said, str) and (reason := "holds a zero byte" if "\0" in said else unsound(said)):
        raise ValueError(reason)
    return said


def _party(said: Any) -> Party:
    name, sme, vcse = said["name"], said.get("sme"), said.get("vcse")
    if not isinstance(name, str) or not name or not {type(sme), type(vcse)} <= {bool, type(None)}:
        raise ValueError("is no supplier")
    numbers = ((Scheme(one["scheme"]), _sound(str(one["id"]))) for one in said.get("identifiers", []))
    return Party(_sound(name), tuple(numbers), sme, vcse)
