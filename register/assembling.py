"""Puts a contract together from the cells of a mapped row: parties, money, kind, law and what the file lacks."""

import re
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache
from hashlib import sha256
from typing import Any

from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime, assumed_regime
from lifecycle.stages import Kind, Stage
from lifecycle.terms import Confidence, Terms, read_terms
from models.contracts import Per, Vat
from models.people import NO_OWNER, Scheme
from register.layouts import CONTRACTS
from register.mapping.kept import Mapping
from register.rows import Party, Row
from register.values.money import NO_MONEY, Money, read_money
from register.values.parties import SCHEMES, identifiers, read_parties
from register.values.words import before_award, clean, cpv, kind_of, line, months_in_words, words, yes_no

NOT_GIVEN = "Not given"
"""The department of a contract for which no file and no person has said one."""
_LIGHT_TOUCH = ("75", "79", "80", "85", "92", "98")
"""Divisions of the CPV whose services are mostly light touch (PCR 2015 Sch.3; SI 2024/692 Sch.1)."""
_SUPPLIERS = {
    "supplier_company_number": Scheme.COMPANY,
    "supplier_charity_number": Scheme.CHARITY,
    "supplier_ofsted_urn": Scheme.OFSTED,
    "supplier_ppon": Scheme.PPON,
}
_AMOUNTS = frozenset({"value", "value_max", "annual_value", "ceiling", "vat_not_recoverable"})
TOLD = 5


class Unfit(ValueError):
    """A row whose cells could each be read does not hold together; `field` is where."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


_terms = lru_cache(1 << 12)(read_terms)


class Contracts:
    """The fields of one mapping; what was assumed is counted, to be told at the end."""

    def __init__(self, mapping: Mapping, places: dict[str, int]) -> None:
        """Read the constants, which must be what a cell of their field may be. Raises ValueError, naming one."""
        self.mapping, self.places = mapping, places
        self.constants: dict[str, Any] = {}
        self._priced = not _AMOUNTS.isdisjoint(places)
        self._numbered = [(field, scheme) for field, scheme in _SUPPLIERS.items() if field in places]
        for field, text in mapping.constants.items():
            try:
                own = CONTRACTS.columns.get(field)
                self.constants[field] = own(text) if own else text
            except ValueError as error:
                raise ValueError(f"the constant “{field}” of the mapping {error}") from None
        self._kinds: dict[str, None] = {}
        self.begin()

    def begin(self) -> None:
        """A pass over the file begins."""
        self.assumed: dict[str, int] = {}
        self.terms: dict[str, tuple[int, Terms]] = {}
        self.numbers: list[int] = []
        self.notices: Counter[Stage] = Counter()

    def reader(self, field: str) -> Callable[[str], Any]:
        """How a cell of the field is read."""
        if field in _AMOUNTS:
            return read_money
        if field == "kind":
            return self._kind
        if field in _READERS:
            return _READERS[field]
        return line

    def complete(self, values: dict[str, Any], line_: int, key: str) -> None:
        """Make the cells' values those of the layout. Raises Unfit where they do not hold together."""
        for field, constant in self.constants.items():
            if not values.get(field):
                values[field] = constant
        if self.mapping.made_from:
            values["reference"] = f"R-{sha256(key.encode()).hexdigest()[:10].upper()}" if key.strip() else ""
        if not values.get("reference"):
            raise Unfit("reference", "is empty, and every contract needs a reference")
        self._parties(values, line_)
        self._notice(values)
        self._money(values)
        for field in _NEEDED:
            if not values.get(field):
                values[field] = self._default(field, values)
                self.assumed[field] = self.assumed.get(field, 0) + 1
        if extension := values.get("extension_words"):
            self._terms(values, extension, line_)

    def _default(self, field: str, values: dict[str, Any]) -> Any:
        if field == "department":
            return values.get("buyer") or NOT_GIVEN
        if field == "title":
            described = values.get("description", "").split("\n")[0][:200].strip()
            return described or _named_for(values["suppliers"], values["reference"])
        if field == "regime":
            return assumed_regime(_began(values), light_touch=_light_touch(values.get("cpv", "")))
        return _NEEDED[field]

    def _parties(self, values: dict[str, Any], line_: int) -> None:
        parties: tuple[Party, ...] = values.pop("suppliers", ())
        numbers = [(scheme, cell) for field, scheme in self._numbered if (cell := values.pop(field))]
        scheme, number = values.pop("supplier_scheme", ""), values.pop("supplier_number", "")
        sme, vcse = values.pop("supplier_sme", None), values.pop("supplier_vcse", None)
        if number and (known := SCHEMES.get(scheme.upper())):
            numbers.append((known, number))
        if sme is not None or vcse is not None or numbers:
            parties, all_taken = _identified(parties, tuple(numbers), sme, vcse)
            if not all_taken:
                self.numbers.append(line_)
        values["suppliers"] = parties

    def _notice(self, values: dict[str, Any]) -> None:
        """What is only planned or out to tender is not in force, whatever dates it hopes for."""
        notice, status = values.pop("notice_type", ""), values.pop("notice_status", "")
        if values["suppliers"] or values.get("signed_on") or not (stage := before_award(notice, status)):
            return
        values["stage"], values["in_force"] = values.get("stage") or stage, False
        self.notices[values["stage"]] += 1

    def _kind(self, text: str) -> Kind | None:
        said = line(text)
        if not said:
            return None
        if (kind := kind_of(said)) is None and not _CONTRACT.fullmatch(said):
            self._kinds[said] = None
        return kind or Kind.CONTRACT

    def _money(self, values: dict[str, Any]) -> None:
        currency = values.pop("currency", "")
        if not self._priced:
            return
        if currency and currency.upper() not in (
            "GBP",
            "£",
            "POUNDS",
            "STERLING",
        ):
            raise Unfit("currency", f"the amounts are in {currency}, not in pounds")
        total: Money = values.get("value") or NO_MONEY
        annual: Money = values.pop("annual_value", None) or NO_MONEY
        most: Money = values.get("value_max") or NO_MONEY
        for field in ("ceiling", "vat_not_recoverable"):
            if field in values:
                values[field] = values[field].value if isinstance(values[field], Money) else values[field]
        yearly = (
            total.value is None and total.most is None and not most.value and (annual.value or annual.most)
        )
        taken = annual if yearly else total
        upper = taken.most or (None if yearly else most.value)
        if upper is not None and taken.value is not None and upper < taken.value:
            raise Unfit(
                "value_max" if "value_max" in self.places else "value",
                f"its highest value (£{upper:,}) is less than its lowest (£{taken.value:,})",
            )
        values["value"], values["value_max"] = taken.value, None if upper == taken.value else upper
        values["value_words"] = taken.words or (annual.words if not yearly else "")
        per, vat = taken.per or (Per.YEAR if yearly else None), taken.vat
        values["value_per"] = per or self.constants.get("value_per") or Per.TERM
        values["value_vat"] = vat or self.constants.get("value_vat")

    def _terms(self, values: dict[str, Any], said: str, line_: int) -> None:
        if not self.mapping.confirm_terms and (said in self.terms or len(self.terms) >= TOLD):
            return
        start, end = (
            day.earliest if (day := values.get(one)) and day.pinned else None for one in ("start", "end")
        )
        terms = _terms(said, start, end)
        self.terms.setdefault(said, (line_, terms))
        if len(self.terms) > TOLD:
            self.terms.popitem()
        certain = terms.confidence is Confidence.CERTAIN and not any(one.up_to for one in terms.options)
        if self.mapping.confirm_terms and certain:
            if terms.options and not values.get("extension_options"):
                values["extension_options"] = tuple(
                    one.months for one in terms.options for _ in range(one.count)
                )
            if terms.max_end and not values.get("max_extent"):
                values["max_extent"] = terms.max_end

    def merge(self, one: Row, other: Row) -> dict[str, Any] | None:
        """The values of two rows of a contract that differ in the supplier only; None where they differ in more."""
        left, right = ({k: v for k, v in row.values.items() if k != "suppliers"} for row in (one, other))
        if "title" not in self.places and "description" not in self.places:
            left.pop("title"), right.pop("title")
        if left != right:
            return None
        parties = tuple(dict.fromkeys((*one.values["suppliers"], *other.values["suppliers"])))
        named = {"title": _named_for(parties, one.values["reference"])} if "title" not in left else {}
        return one.values | {"suppliers": parties} | named

    def told(self) -> Iterator[str]:
        """What was assumed, and the extensions to confirm, in sentences."""
        for field, count in self.assumed.items():
            if field in _ASSUMED:
                yield f"{count} rows: {_ASSUMED[field]}"
        if self._kinds:
            more = f" and {len(self._kinds) - TOLD} more" if len(self._kinds) > TOLD else ""
            named = ", ".join(f"“{one}”" for one in list(self._kinds)[:TOLD])
            yield f"Kinds that are none of ours are taken as contracts: {named}{more}."
        if self.notices:
            stages = ", ".join(f"{count} in {stage}" for stage, count in self.notices.items())
            yield f"{self.notices.total()} rows are notices of what is not awarded: not in force, and by their type {stages}."
        if self.numbers:
            lines = ", ".join(map(str, self.numbers[:TOLD]))
            yield f"{len(self.numbers)} rows have supplier numbers that are none, or not one for each supplier; left out (lines {lines}{' …' if len(self.numbers) > TOLD else ''})."
        if self.terms:
            yield (
                "Extensions as worded were taken where the reading is certain:" if self.mapping.confirm_terms
                else "Extensions are kept as worded. Write `confirm_terms = true` in the mapping if this is how they are meant:"
            )  # fmt: skip
            for said, (line_, terms) in self.terms.items():
                ends = f"; at the latest {terms.max_end}" if terms.max_end else ""
                yield f"Line {line_}, “{' '.join(said.split())[:80]}”: {terms.reading}{ends} ({terms.confidence})."


def _identified(
    parties: tuple[Party, ...], numbers: tuple[tuple[Scheme, str], ...], sme: bool | None, vcse: bool | None
) -> tuple[tuple[Party, ...], bool]:
    """The suppliers with their numbers, and whether each number could be given to one of them."""
    found: list[list[tuple[Scheme, str]]] = [list(one.identifiers) for one in parties]
    all_taken = True
    for scheme, cell in numbers:
        each = identifiers(scheme, cell)
        if len(each) == len(parties):
            for had, one in zip(found, each, strict=True):
                had.extend([one] if one and one not in had else ())
        all_taken = all_taken and len(each) in (0, len(parties)) and None not in each
    return (
        tuple(
            Party(
                one.name,
                tuple(had),
                sme if one.sme is None else one.sme,
                vcse if one.vcse is None else one.vcse,
            )
            for one, had in zip(parties, found, strict=True)
        ),
        all_taken,
    )


_NEEDED = {
    "start": None,
    "end": None,
    "title": "",
    "owner": NO_OWNER,
    "department": NOT_GIVEN,
    "kind": Kind.CONTRACT,
    "regime": None,
}
"""What the layout has for every contract, and what stands for it where the file has nothing."""
_ASSUMED = {
    "department": "no department is given; the buyer stands for it, or “Not given”. Name a column, or a constant.",
    "owner": f"no owner is given; they lie with the post “{NO_OWNER}” until somebody takes them.",
    "kind": "the kind is not said; they are taken as contracts.",
    "title": "no title is given; it was made from the description or the supplier.",
    "regime": "the procurement law is assumed from the dates; check it before a notice is due.",
}


def _named_for(parties: tuple[Party, ...], reference: str) -> str:
    if not parties:
        return f"Contract {reference}"
    others = len(parties) - 1
    return f"Contract with {parties[0]}" + (f" and {others} other{'s' * (others > 1)}" if others else "")


def _began(values: dict[str, Any]) -> date | None:
    start: PartialDate | None = values.get("start")
    return (
        values.get("signed_on") or (start and start.earliest) or ((end := values.get("end")) and end.earliest)
    )


def _light_touch(codes: str) -> bool:
    """A department of care and education buys light touch unless the codes say otherwise."""
    return not codes or codes.startswith(_LIGHT_TOUCH)


def _regime(text: str) -> Regime | None:
    said = line(text)
    known = {one.casefold(): one for one in Regime}
    return known.get(said.casefold()) if said else None


_MONTHS_AT_MOST = 24
"""A bare number above it is one of days."""


def _months(text: str) -> int | None:
    said = line(text)
    return int(said) if said.isdecimal() and int(said) <= _MONTHS_AT_MOST else months_in_words(text)


def _list(text: str) -> tuple[str, ...]:
    return tuple(
        dict.fromkeys(part for one in clean(text).replace("\n", ";").split(";") if (part := line(one)))
    )


_CONTRACT = re.compile(
    r"((goods|services?|supply|supplies|works) ?)*(contracts?|agreements?)?", re.IGNORECASE
)
"""Types that say no more than that it is a contract."""


_READERS: dict[str, Callable[[str], Any]] = {
    "suppliers": read_parties,
    "regime": _regime,
    "stage": lambda text: CONTRACTS.columns["stage"](line(text).casefold()),
    "notice_months": _months,
    "invited": yes_no,
    "supplier_sme": yes_no,
    "supplier_vcse": yes_no,
    "values_invented": yes_no,
    "cpv": cpv,
    "description": words,
    "note": words,
    "extension_words": words,
    "authorities": _list,
    "lots": _list,
    "value_per": lambda text: Per(said) if (said := line(text).casefold()) else None,
    "value_vat": lambda text: Vat(said) if (said := line(text).casefold()) else None,
    "extension_options": lambda text: CONTRACTS.columns["extension_options"](line(text)),
    "supplier_company_number": str.strip,
    "supplier_charity_number": str.strip,
    "supplier_ofsted_urn": str.strip,
    "supplier_ppon": str.strip,
}
