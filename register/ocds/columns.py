"""A contract of a process as a row of our own layout: one reader for each column."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage
from lifecycle.words import say
from register.layouts import CONTRACTS
from register.ocds import cells, parties, terms, values
from register.ocds.nodes import INFERRED, Misread, Node
from register.ocds.picking import Pick, is_framework, stage

Values = dict[str, Any]


def read(pick: Pick) -> tuple[Values, list[tuple[str, Misread]]]:
    """What each column says, and the columns that cannot be read, with the reason.

    What is not said is absent: it leaves what the register knows. Reference, parent and predecessor are left to
    who knows the whole file, unless our own object gives them.
    """
    found: Values = {}
    wrong: list[tuple[str, Misread]] = []
    for name, reader in READERS.items():
        try:
            value = reader(pick)
        except Misread as why:
            wrong.append((name, why))
        else:
            if value not in cells.EMPTY:
                found[name] = value
    if pick.local:
        for name, said in pick.local.found.items():
            if name in CONTRACTS.columns:
                try:
                    found[name] = cells.decoded(name, said)
                    wrong = [one for one in wrong if one[0] != name]
                except (ValueError, TypeError, KeyError, RecursionError) as why:
                    wrong.append((name, Misread(f"{pick.local.path}/{name}", said, str(why)[:200])))
    return found, wrong


def _title(pick: Pick) -> str:
    tender = pick.tender
    own = next((text for node in pick.contracts + pick.awards if (text := node.line("title"))), "")
    whole = tender.line("title") or pick.state.line("title")
    part = ""
    if 0 < len(pick.lots) < len(tender.nodes("lots")) and not pick.pipeline:
        part = ", ".join(_lot_name(lot) for lot in pick.lots)
    title = own or (f"{whole}: {part}" if whole and part else whole)
    if not title:
        raise Misread("tender/title", "", "is empty, and every contract needs a title")
    return title


def _lot_name(lot: Node) -> str:
    return lot.line("title") or f"Lot {lot.line('id')}"


def _lots(pick: Pick) -> tuple[str, ...]:
    """The lots it is for; a tender of one lot has none."""
    if len(pick.tender.nodes("lots")) < 2:
        return ()
    names: dict[str, None] = {}
    for lot in pick.lots:
        name = _lot_name(lot)
        names[f"Lot {lot.line('id')}: {name}" if name in names else name] = None
    return tuple(names)


def _kind(pick: Pick) -> Kind | None:
    """A framework or a provider list; of another contract the data do not say which kind it is.

    Whatever is called off from a framework that the register does not have has its own end to look after.
    """
    tender = pick.tender
    if not is_framework(tender):
        return None
    techniques = tender.node("techniques")
    dynamic = techniques.flag("hasDynamicPurchasingSystem") or techniques.node("dynamicPurchasingSystem")
    return Kind.PROVIDER_LIST if dynamic else Kind.FRAMEWORK


def _description(pick: Pick) -> str:
    own = next((text for node in pick.contracts if (text := node.text("description"))), "")
    return own or pick.tender.text("description") or pick.state.text("description")


def _buyer(pick: Pick) -> str:
    if name := parties.buyer(pick.state):
        return name
    raise Misread("buyer/name", "", "nobody is named who buys")


def _partial(day: date | None) -> PartialDate | None:
    return PartialDate.on(day) if day else None


def _regime(pick: Pick) -> Regime:
    pick.state.noticed[INFERRED] += not values.regime_is_told(pick)
    return values.regime(pick)


def _signed(pick: Pick) -> date | None:
    return min((day for one in pick.contracts if (day := one.day("dateSigned"))), default=None)


def _ended(pick: Pick) -> date | None:
    """The last day of a contract that was terminated: its end, or the day of the notice where that was earlier."""
    if not pick.contracts or any(one.line("status") != "terminated" for one in pick.contracts):
        return None
    days = [day for day in (terms.end(pick), pick.state.day("date")) if day]
    return min(days, default=None)


def _stage(pick: Pick) -> Stage | None:
    return Stage(said) if (said := stage(pick)) else None


def _in_force(pick: Pick) -> bool | None:
    """No for what is not awarded; else as its start says."""
    return False if stage(pick) else None


def _procedure(pick: Pick) -> str:
    tender = pick.tender
    return tender.line("procurementMethodDetails").removesuffix(" -") or tender.line("procurementMethod")


def _invited(pick: Pick) -> bool | None:
    """Whether tenders or quotes were invited; of a limited procedure nobody can tell."""
    said = pick.tender.line("procurementMethod")
    return {"open": True, "selective": True, "direct": False}.get(said)


_NOTICES = (
    "awardNotice",
    "contractNotice",
    "tenderNotice",
    "plannedProcurementNotice",
    "marketEngagementNotice",
)


def _url(pick: Pick) -> str:
    """The address of the notice, of what is awarded before what is tendered."""
    nodes = (*pick.contracts, *pick.awards, pick.tender, pick.state.node("planning"))
    for node in nodes:
        documents = [
            one for one in node.nodes("documents") if one.line("url").startswith(("http://", "https://"))
        ]
        for kind in _NOTICES:
            for one in documents:
                if one.line("documentType") == kind:
                    return one.line("url")
    return ""


def _note(pick: Pick) -> str:
    return "\n".join(_notes(pick))


def _notes(pick: Pick) -> Iterator[str]:
    if pick.pipeline:
        yield "Nothing was awarded yet when it was published."
    elif not pick.contracts:
        yield "From an award; no contract is published yet."
    yield from terms.notes(pick)
    if doubt := values.regime_to_confirm(pick):
        yield doubt
    for award in pick.awards:
        if (text := award.text("description")) and text not in (
            _description(pick),
            terms.extension_words(pick),
        ):
            yield f"Award: {text}"
    for one in pick.contracts:
        for amendment in [*one.nodes("amendments"), one.node("amendment")]:
            if amendment:
                day = amendment.day("date")
                why = amendment.text("rationale") or amendment.text("description") or "no reason given"
                yield f"Amended{f' on {say(day)}' if day else ''}: {why}"
    ocids = [
        one.line("identifier")
        for one in pick.state.nodes("relatedProcesses")
        if "framework" in one.texts("relationship")
    ]
    if ocids:
        yield f"Called off from {', '.join(ocids)}."


READERS: dict[str, Callable[[Pick], Any]] = {
    "title": _title,
    "kind": _kind,
    "department": _buyer,
    "suppliers": lambda pick: () if pick.pipeline else parties.suppliers(pick),
    "start": lambda pick: _partial(terms.start(pick)),
    "end": lambda pick: _partial(terms.end(pick)),
    "regime": _regime,
    "lots": _lots,
    "stage": _stage,
    "source": lambda pick: f"OCDS {pick.state.line('ocid')}",
    "note": _note,
    "description": _description,
    "buyer": _buyer,
    "ocid": lambda pick: pick.state.line("ocid"),
    "cpv": lambda pick: ";".join(values.cpv(pick)),
    "value": lambda pick: values.amount(pick).pounds,
    "value_max": lambda pick: values.amount(pick).most,
    "value_vat": lambda pick: values.amount(pick).vat,
    "value_words": lambda pick: values.amount(pick).words,
    "ceiling": values.ceiling,
    "max_extent": lambda pick: _partial(terms.max_extent(pick)),
    "extension_words": terms.extension_words,
    "signed_on": _signed,
    "procedure": _procedure,
    "invited": _invited,
    "url": _url,
    "ended_on": _ended,
    "in_force": _in_force,
}
