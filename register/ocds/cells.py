"""A value of our layout as a cell of a CSV and as JSON in our own object on a release; and back."""

import json
from datetime import date
from decimal import Decimal
from enum import StrEnum
from functools import lru_cache
from itertools import groupby
from typing import Any

from lifecycle.partial_dates import DateRefused, PartialDate
from models.people import Scheme
from register.layouts import CONTRACTS
from register.ocds.wording import unsound
from register.packing import escaped, packed
from register.rows import Party

EMPTY = (None, "", ())


def cell(value: Any) -> str:
    """A value as the column's own reader reads it."""
    match value:
        case None | ():
            return ""
        case bool():
            return "yes" if value else "no"
        case Decimal():
            return f"{value:.2f}"
        case date():
            return value.isoformat()
        case (int(), *_):
            return "+".join(f"{len(list(same))}x{months}" for months, same in groupby(value))
        case (tuple(), *_):
            return ";".join(map(_pair, value))
        case tuple():
            return packed(map(str, value))
    return str(value)


def _pair(value: tuple[Any, ...]) -> str:
    """What taking up an option, a place on a lot and a supplier's time are in a cell: 1=2023-03-01, Lot 1=Wren Care."""
    first, *rest = value
    said = "/".join(cell(one) for one in rest) if len(rest) > 1 else cell(rest[0])
    return f"{escaped(str(first))}={said if len(rest) > 1 else escaped(said)}"


def encoded(value: Any) -> Any:
    """A value as JSON, from which `decoded` makes it again to the letter; empty is null."""
    match value:
        case (Party(), *_):
            return [_said(one) for one in value]
        case PartialDate() if not _as_read(value):
            return json.loads(value.to_json())
        case StrEnum() | str():
            return str(value) or None
    return cell(value) or None


def _said(party: Party) -> dict[str, Any]:
    numbers = [{"scheme": str(scheme), "id": number} for scheme, number in party.identifiers]
    said = {"name": party.name, "identifiers": numbers, "sme": party.sme, "vcse": party.vcse}
    return {name: one for name, one in said.items() if one not in (None, [])}


def _as_read(value: PartialDate) -> bool:
    """Whether its words still mean what they were read as."""
    try:
        return _parsed(value.text) == value
    except DateRefused:
        return False


_parsed = lru_cache(maxsize=16384)(PartialDate.parse)


def decoded(name: str, said: Any) -> Any:
    """What our own object says of a column. Raises ValueError, TypeError or KeyError."""
    if said is None:
        return CONTRACTS.columns[name]("") if name in CONTRACTS.optional or name == "end" else ()
    if isinstance(said, list) and name == "suppliers":
        return tuple(map(_party, said))
    if isinstance(said, list):
        if not all(_sound(one) is None or isinstance(one, str) for one in said):
            raise ValueError("is no date as it is stored")
        return PartialDate.from_json(json.dumps(said))
    if not isinstance(said, str):
        raise ValueError("is no text")
    return CONTRACTS.columns[name](_sound(said))


def _party(said: Any) -> Party:
    name, sme, vcse = said["name"], said.get("sme"), said.get("vcse")
    if not isinstance(name, str) or not name or not {type(sme), type(vcse)} <= {bool, type(None)}:
        raise ValueError("is no supplier")
    numbers = ((Scheme(one["scheme"]), _sound(str(one["id"]))) for one in said.get("identifiers", []))
    return Party(_sound(name), tuple(numbers), sme, vcse)


def _sound(said: Any) -> Any:
    """What was said, where it is no text that a database cannot hold."""
    if isinstance(said, str) and (reason := "holds a zero byte" if "\0" in said else unsound(said)):
        raise ValueError(reason)
    return said
