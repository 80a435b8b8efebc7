"""What a contract is worth, each amount counted once, and under which regime it was bought."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from lifecycle.regimes import Regime
from lifecycle.words import say
from models.contracts import Vat
from register.ocds.nodes import Misread, Node
from register.ocds.picking import Pick, is_framework, once

PA_2023_BEGAN = date(2025, 2, 24)
"""A procurement begun before this day stays under the PCR 2015 (SI 2024/716 r.5)."""
PA_2023_CALL_OFFS = date(2026, 2, 24)
"""Call-offs keep their framework's law: before this day hardly any framework of the PA 2023 had been let."""
LIGHT_TOUCH_CPV = ("80", "85")
"""CPV divisions of education, and of health and social work: light-touch services (PCR 2015 Sch.3; SI 2024/692 Sch.1)."""
SPECIAL_LIGHT_TOUCH = "lightTouch"
_LAWS = {
    "2023/54": Regime.PA_2023, "2015/102": Regime.PCR_2015, "32014L0024": Regime.PCR_2015,
    "2014/24": Regime.PCR_2015, "2023/1348": Regime.PSR_2023,
}  # fmt: skip
_LIGHT = {
    Regime.PCR_2015: Regime.PCR_2015_LIGHT_TOUCH,
    Regime.PA_2023: Regime.PA_2023_LIGHT_TOUCH,
}


@dataclass(frozen=True, slots=True)
class Amount:
    """An amount in pounds with its VAT basis; in `words` what is not a plain amount in pounds."""

    pounds: Decimal | None = None
    most: Decimal | None = None
    vat: Vat | None = None
    words: str = ""


@once
def amount(pick: Pick) -> Amount:
    """What the contract is worth over its term; a framework's value is counted once, however many suppliers.

    Where nothing was awarded it is the tender's estimate, from its lower to its upper value.
    """
    if pick.pipeline:
        return _range(pick.tender)
    nodes = [node for node in pick.contracts if node.node("value")]
    nodes = nodes or ([] if pick.shared else [node for node in pick.awards if node.node("value")])
    if len(nodes) > 1:
        return _together(nodes)
    return _amount(nodes[0].node("value")) if nodes else Amount()


def ceiling(pick: Pick) -> Decimal | None:
    """The most a framework's call-offs may come to: the tender's value, or what was awarded where that is more."""
    if not is_framework(pick.tender):
        return None
    its, said = amount(pick), _range(pick.tender)
    return max((one for one in (its.pounds, its.most, said.pounds, said.most) if one), default=None)


def _range(tender: Node) -> Amount:
    low, high = _amount(tender.node("minValue")), _amount(tender.node("value"))
    high = high if high.pounds or high.words else _amount(tender.node("maxValue"))
    if low.pounds and high.pounds and low.pounds < high.pounds:
        return Amount(low.pounds, high.pounds, high.vat, high.words)
    return high if high.pounds or high.words else low


def _amount(value: Node) -> Amount:
    """UK notices give `amount` without VAT and `amountGross` with it (cabinetoffice/ocds_uk_extension)."""
    net, gross = value.money("amount"), value.money("amountGross")
    if net is None and gross is None:
        return Amount()
    if (currency := value.line("currency") or "GBP") != "GBP":
        return Amount(words=f"{net or gross} {currency}")
    if net is None:
        return Amount(gross, vat=Vat.GROSS)
    return Amount(
        net, vat=Vat.NET if gross else None, words=f"{gross} with VAT" if gross and gross != net else ""
    )


def _together(nodes: list[Node]) -> Amount:
    """Of the same lots the same amount is the framework's own, said once for each supplier; of others they add up.

    Where suppliers of the same lots have different amounts nobody can tell: the amounts are kept as words.
    """
    by_lots: dict[tuple[str, ...], set[Amount]] = {}
    for node in nodes:
        lots = tuple(sorted(node.texts("relatedLots")))
        by_lots.setdefault(lots, set()).add(_amount(node.node("value")))
    each = [one for found in by_lots.values() for one in found]
    told = "; ".join(sorted(str(one.pounds) if one.pounds else one.words for one in each))[:500]
    if any(len(found) > 1 for found in by_lots.values()) or not all(one.pounds for one in each):
        return Amount(words=f"each supplier's: {told}")
    if len({one.vat for one in each}) > 1:
        return Amount(words=f"with and without VAT: {told}")
    total = sum((one.pounds for one in each if one.pounds), Decimal(0))
    return Amount(total, vat=each[0].vat, words=f"lots: {told}" if len(each) > 1 else "")


@once
def cpv(pick: Pick) -> tuple[str, ...]:
    """The CPV codes, the main one first."""
    tender = pick.tender
    items = [item for node in (*pick.contracts, *pick.awards, tender) for item in node.nodes("items")]
    found = [
        code
        for node in (tender, *items)
        for code in (node.node("classification"), *node.nodes("additionalClassifications"))
    ]
    return tuple(
        dict.fromkeys(text for one in found if one.line("scheme") == "CPV" and (text := one.line("id")))
    )


@once
def regime(pick: Pick) -> Regime:
    """The law it was bought under: as the notice says, else by when the procurement began."""
    tender = pick.tender
    nodes = (*pick.newest_first, tender)
    above = next((said for node in nodes if (said := node.flag("aboveThreshold")) is not None), None)
    details = tender.line("procurementMethodDetails").casefold()
    if above is False or (above is None and "below threshold" in details):
        return Regime.BELOW_THRESHOLD
    codes, special = cpv(pick), tender.texts("specialRegime")
    light = SPECIAL_LIGHT_TOUCH in special or (not special and codes[:1] and codes[0][:2] in LIGHT_TOUCH_CPV)
    basis = tender.node("legalBasis").line("id")
    law = next((law for number, law in _LAWS.items() if number in basis), None) or _by_day(pick)
    return _LIGHT.get(law, law) if light else law


def _by_day(pick: Pick) -> Regime:
    began, _ = _began(pick)
    if began is None:
        raise Misread("date", "", "neither law nor date is given, so the regime cannot be told")
    limit = (
        PA_2023_CALL_OFFS
        if "call-off" in pick.tender.line("procurementMethodDetails").casefold()
        else PA_2023_BEGAN
    )
    return Regime.PCR_2015 if began < limit else Regime.PA_2023


@once
def _began(pick: Pick) -> tuple[date | None, bool]:
    """The earliest day of the procurement that is given, and whether it is the day on which it began."""
    tender = pick.tender
    begun = [tender.day("datePublished"), tender.node("tenderPeriod").day("startDate")]
    later = [
        tender.node("tenderPeriod").day("endDate"), pick.state.day("date"),
        *(award.day("date") for award in pick.awards), *(one.day("dateSigned") for one in pick.contracts),
    ]  # fmt: skip
    if days := [day for day in begun if day]:
        return min(days), True
    return min((day for day in later if day), default=None), pick.pipeline


def regime_is_told(pick: Pick) -> bool:
    """Whether the notice itself names the law, or says that it is below its threshold."""
    return regime(pick) is Regime.BELOW_THRESHOLD or bool(pick.tender.node("legalBasis").line("id"))


def regime_to_confirm(pick: Pick) -> str:
    """What a person should confirm of the regime; empty where the data decide it."""
    began, certain = _began(pick)
    if regime_is_told(pick) or certain or began is None or began < PA_2023_BEGAN:
        return ""
    return (
        f"The regime is inferred and to be confirmed: the earliest date given is {say(began)}, a procurement begun "
        f"before {say(PA_2023_BEGAN)} and call-offs from its frameworks stay under the PCR 2015."
    )
