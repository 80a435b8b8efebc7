"""What of a contracting process is a contract: awards and contracts kept apart, what is none passed over and counted."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from register.ocds.nodes import Node

once = lru_cache(maxsize=1)
"""For what several columns ask of the contract that is being read."""
LOCAL = "recommission"
"""Our own object on a release: what the standard has no place for, so that a register comes back as it was."""

STAGES = {"planning": "recommission", "planned": "procurement", "active": "procurement"}
"""Where in our cycle a process without an award stands, by the status of its tender."""

DEAD_AWARD, DEAD_CONTRACT = "cancelled or unsuccessful awards", "cancelled contracts"
REPLACED = "awards that a later one of the same term and suppliers replaces"
DEAD_TENDER = "processes without an award whose tender is not open"


@dataclass(slots=True, eq=False)
class Pick:
    """One contract of a process: its awards and contracts (several of each only for a framework), its lots.

    Neither award nor contract: a process that has not come so far. `local` is what our own object says of it, `key`
    what it is called there.
    """

    state: Node
    key: str
    awards: tuple[Node, ...] = ()
    contracts: tuple[Node, ...] = ()
    local: Node | None = None
    shared: bool = False
    """Whether its award is another contract's too, so that the award's value is not its own."""
    lots: tuple[Node, ...] = ()

    @property
    def tender(self) -> Node:
        return self.state.node("tender")

    @property
    def pipeline(self) -> bool:
        """Whether nothing was awarded yet."""
        return not self.awards and not self.contracts

    @property
    def newest_first(self) -> tuple[Node, ...]:
        """Where its own facts are, the surest first: contracts, then awards."""
        return self.contracts + self.awards


def is_framework(tender: Node) -> bool:
    """Whether a framework or a dynamic purchasing system is set up."""
    techniques = tender.node("techniques")
    return any(
        techniques.flag(f"has{name}") or techniques.node(name[0].lower() + name[1:])
        for name in ("FrameworkAgreement", "DynamicPurchasingSystem")
    )


def picks(state: Node, passed: Counter[str]) -> list[Pick]:
    """The contracts of a process. `passed` counts what is none. Raises Misread."""
    tender, made = state.node("tender"), state.nodes("contracts")
    found: list[Pick] = []
    awards = _standing(state.nodes("awards"), passed)
    known = {award.line("id") for award in awards}
    for award in awards:
        its = [one for one in made if one.line("awardID") == award.line("id")]
        live = [one for one in its if one.line("status") != "cancelled"]
        if award.line("status") in ("cancelled", "unsuccessful"):
            passed[DEAD_AWARD] += 1
            continue
        passed[DEAD_CONTRACT] += len(its) - len(live)
        if not its:
            found.append(Pick(state, award.line("id"), (award,)))
        found += [Pick(state, one.line("id"), (award,), (one,), shared=len(live) > 1) for one in live]
    for one in made:
        if one.line("awardID") not in known:
            if one.line("status") == "cancelled":
                passed[DEAD_CONTRACT] += 1
            else:
                found.append(Pick(state, one.line("id"), (), (one,)))
    if is_framework(tender) and len(found) > 1:
        found = [
            Pick(
                state, found[0].key,
                _once(award for one in found for award in one.awards),
                _once(contract for one in found for contract in one.contracts),
            )
        ]  # fmt: skip
    if not found and not awards and not made:
        if _status(state) in STAGES:
            found.append(Pick(state, tender.line("id")))
        else:
            passed[DEAD_TENDER] += 1
    return _with_local(state, [_with_lots(one) for one in found])


def _standing(awards: list[Node], passed: Counter[str]) -> list[Node]:
    """The awards without those that were published anew: portals give a corrected award notice a new award.

    It is one where it was published later, without lots, for the same term and at least the same suppliers.
    """
    kept: list[Node] = []
    for award in awards:
        before = len(kept)
        kept = [one for one in kept if not _replaces(award, one)]
        passed[REPLACED] += before - len(kept)
        kept.append(award)
    return kept


def _replaces(later: Node, earlier: Node) -> bool:
    def said(award: Node) -> tuple[Any, ...]:
        term = award.node("contractPeriod")
        return award.line("title"), term.day("startDate"), term.day("endDate"), award.texts("relatedLots")

    if not (earlier.day("datePublished") and later.day("datePublished")) or later.texts("relatedLots"):
        return False
    names, former = ({one.line("name") for one in award.nodes("suppliers")} for award in (later, earlier))
    newer = _utc(later) > _utc(earlier)
    return newer and any(said(later)[1:3]) and said(later) == said(earlier) and former <= names


def _utc(award: Node) -> datetime:
    moment = award.moment("datePublished")
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _once(nodes: Iterable[Node]) -> tuple[Node, ...]:
    return tuple({node.path: node for node in nodes}.values())


def _status(state: Node) -> str:
    """The tender's status; where it is not given, what the release was published as."""
    tags = {"planning": "planning", "tender": "active", "tenderUpdate": "active", "tenderAmendment": "active"}
    said = state.node("tender").line("status")
    return said or next((tags[tag] for tag in state.texts("tag") if tag in tags), "")


def stage(pick: Pick) -> str:
    """The stage of a process that has not come to an award, or whose award is only proposed; else empty."""
    if pick.pipeline:
        return STAGES.get(_status(pick.state), "procurement")
    proposed = all(award.line("status") == "pending" for award in pick.awards)
    return "procurement" if pick.awards and not pick.contracts and proposed else ""


def _with_lots(pick: Pick) -> Pick:
    lots = pick.tender.nodes("lots")
    named = {name for node in pick.newest_first for name in node.texts("relatedLots")}
    its = [lot for lot in lots if lot.line("id") in named] or lots
    return replace(pick, lots=tuple(its))


def _with_local(state: Node, found: list[Pick]) -> list[Pick]:
    """Where our own object is there it names every contract: each joined to what it says, no other one taken."""
    entries = {entry.line("id"): entry for entry in state.node(LOCAL).nodes("contracts")}
    if not entries:
        return found
    joined = [replace(one, local=entries.pop(one.key)) for one in found if one.key in entries]
    return joined + [Pick(state, key, local=entry) for key, entry in entries.items()]


def links(state: Node) -> list[tuple[str, str]]:
    """Which other processes this one names as what: (what, their ocid)."""
    found: dict[tuple[str, str], Any] = {}
    for node in [state, *state.nodes("contracts")]:
        for related in node.nodes("relatedProcesses"):
            ocid = related.line("identifier")
            for what in related.texts("relationship"):
                if ocid and related.line("scheme") in ("", "ocid"):
                    found[what, ocid] = None
    return list(found)
