"""Who buys and who supplies, with the numbers they are registered under."""

import re
from collections.abc import Iterator

from models.people import Scheme
from register.ocds.nodes import Misread, Node
from register.ocds.picking import Pick
from register.rows import Party

_SCHEMES = {str(scheme): scheme for scheme in Scheme}
_NUMBERED = re.compile(rf"({'|'.join(map(re.escape, _SCHEMES))})-(.+)")


def suppliers(pick: Pick) -> tuple[Party, ...]:
    """The suppliers of a contract, each once, in the order of the data. Raises Misread for one without a name."""
    parties = {party.line("id"): party for party in pick.state.nodes("parties")}
    found: dict[str, Party] = {}
    for node in pick.awards or pick.contracts:
        for named in node.nodes("suppliers"):
            party = _party(named, parties.get(named.line("id")) or named)
            known = found.get(party.name)
            found[party.name] = _joined(known, party) if known else party
    return tuple(found.values())


def _joined(one: Party, other: Party) -> Party:
    identifiers = tuple(dict.fromkeys(one.identifiers + other.identifiers))
    return Party(
        one.name,
        identifiers,
        other.sme if one.sme is None else one.sme,
        other.vcse if one.vcse is None else one.vcse,
    )


def _party(named: Node, party: Node) -> Party:
    name = (
        named.line("name")
        or party.line("name")
        or party.node("identifier").line("legalName")
        or named.node("identifier").line("legalName")
    )
    if not name:
        raise Misread(f"{named.path}/name", named.found.get("id"), "the supplier has no name")
    details = party.node("details")
    scale = details.line("scale")
    return Party(
        name,
        tuple(dict.fromkeys(_identifiers(party))),
        {"sme": True, "micro": True, "small": True, "medium": True, "large": False}.get(scale),
        details.flag("vcse"),
    )


def _identifiers(party: Node) -> Iterator[tuple[Scheme, str]]:
    """Its numbers, as they came, in the registers that we know: as identifiers, or in its id (GB-COH-01234567)."""
    for identifier in [party.node("identifier"), *party.nodes("additionalIdentifiers")]:
        scheme, number = _SCHEMES.get(identifier.line("scheme")), identifier.line("id")
        if scheme and _is_number(number):
            yield scheme, number
    if (numbered := _NUMBERED.fullmatch(party.line("id"))) and _is_number(numbered[2]):
        yield Scheme(numbered[1]), numbered[2]


def _is_number(text: str) -> bool:
    """Whether it can be a register's number: "n/a" and 0000 are not."""
    return len(text) <= 40 and sum(one.isdigit() for one in text) >= 4 and text.strip("0 ") != ""


def buyer(state: Node) -> str:
    """Who buys: the buyer's name, or that of the party of that role."""
    named = state.node("buyer")
    if name := named.line("name"):
        return name
    parties = state.nodes("parties")
    its = [party for party in parties if named.line("id") and party.line("id") == named.line("id")]
    its += [
        party for role in ("buyer", "procuringEntity") for party in parties if role in party.texts("roles")
    ]
    return next((name for party in its if (name := party.line("name"))), "")
