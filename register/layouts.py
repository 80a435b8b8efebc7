"""The documented column layouts of the register's CSV files, and how each column is read."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from lifecycle.financial_years import FinancialYear
from lifecycle.opaque import not_opaque
from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage
from models.contracts import Per, Vat
from register.packing import pairs, unpacked
from register.rows import Party

Reader = Callable[[str], Any]


def _text(value: str) -> str:
    return value


def _some_text(value: str) -> str:
    if not value:
        raise ValueError("is empty, and every row needs one")
    return value


def _partial_date(value: str) -> PartialDate | None:
    return PartialDate.parse(value) if value else None


def _whole(value: str) -> int | None:
    if value and not value.isdecimal():
        raise ValueError(f'"{value}" is not a whole number; write digits only, or leave it empty')
    return int(value) if value else None


def _choice(kind: type[Kind] | type[Stage] | type[Regime]) -> Reader:
    def read(value: str) -> Any:
        try:
            return kind(value)
        except ValueError:
            raise ValueError(f'"{value}" is not one of: {", ".join(kind)}') from None

    return read


def _stage(value: str) -> Stage | None:
    return _choice(Stage)(value) if value else None


def _yes_no(value: str) -> bool | None:
    if value not in ("", "yes", "no"):
        raise ValueError(f'"{value}" must be yes, no or empty')
    return None if not value else value == "yes"


def _names(value: str) -> tuple[str, ...]:
    names = tuple(unpacked(value))
    if len(set(names)) != len(names):
        raise ValueError("names the same one twice")
    return names


def _options(value: str) -> tuple[int, ...]:
    if not value:
        return ()
    if not re.fullmatch(rf"{_OPTION}(\s*\+\s*{_OPTION})*", value):
        raise ValueError(
            f'"{value}" is no number of options x months of each; write 2x12 or 1x24+1x12, or leave it empty'
        )
    return tuple(int(months) for times, months in re.findall(_OPTION, value) for _ in range(int(times)))


_OPTION = r"([1-9]\d?)\s*x\s*([1-9]\d{0,2})"


def _day(value: str) -> date | None:
    """One exact day, or none."""
    if not value:
        return None
    read = PartialDate.parse(value)
    if not read.pinned:
        raise ValueError(f'"{value}" is not one day; write it as in 31/08/2023, or leave it empty')
    return read.earliest


def _some_day(value: str) -> date:
    day = _day(value)
    if day is None:
        raise ValueError("is empty, and every part needs its day")
    return day


def _taken_up(value: str) -> tuple[tuple[int, date], ...]:
    """The options taken up: 1=2023-03-01 for the first."""
    return tuple((_whole(number) or 0, _some_day(day)) for number, day in pairs(value))


def _periods(value: str) -> tuple[tuple[str, date | None, date | None], ...]:
    """When suppliers joined and left: Wren Care=2022-04-01/2023-03-31, either day left out where it is not known."""
    found = []
    for name, days in pairs(value):
        joined, slash, left = days.partition("/")
        if not slash:
            raise ValueError(f'"{days}" is no period; write 2022-04-01/2023-03-31, with either day left out')
        found.append((name, _day(joined.strip()), _day(left.strip())))
    return tuple(found)


def _parties(value: str) -> tuple[Party, ...]:
    return tuple(Party(name) for name in _names(value))


def _money(value: str) -> Decimal | None:
    return _pounds(value) if value else None


def _of(kind: type[Per] | type[Vat]) -> Reader:
    def read(value: str) -> Any:
        if value and value not in set(kind):
            raise ValueError(f'"{value}" is not one of: {", ".join(kind)}; or leave it empty')
        return kind(value) if value else None

    return read


def _email(value: str) -> str | None:
    if value and not re.fullmatch(r"[^@\s<>,;]+@[^@\s<>,;]+\.[^@\s<>,;]+", value):
        raise ValueError(f'"{value}" is no e-mail address')
    return value or None


def _financial_year(value: str) -> str:
    return str(FinancialYear.parse(value))


def _pounds(value: str) -> Decimal:
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise ValueError(f'"{value}" is no amount in pounds; write 1234567.89') from None
    if not amount.is_finite() or amount < 0 or amount != round(amount, 2):
        raise ValueError(f'"{value}" must be pounds and pence, not negative')
    return amount


def _credit_or_pounds(value: str) -> Decimal:
    """Pounds, with £ and commas as ledgers write them; a credit is negative or in brackets."""
    plain = value.replace("£", "").replace(",", "").replace(" ", "").replace("−", "-")
    credit = bool(re.fullmatch(r"\(.+\)", plain)) or plain.endswith(("-", "CR"))
    plain = plain.strip("()").removesuffix("-").removesuffix("CR")
    amount = _pounds(plain.removeprefix("-"))
    return -amount if credit or plain.startswith("-") else amount


def _fee(value: str) -> Decimal | None:
    if not value:
        return None
    if (amount := _credit_or_pounds(value)) < 0:
        raise ValueError(f'"{value}" must not be negative')
    return amount


def _party(value: str) -> Party:
    return Party(_some_text(value))


def _opaque(value: str) -> str:
    """A placement's key."""
    if why := not_opaque(_some_text(value)):
        raise ValueError(
            f"the key {why}; give the placement one of its own, such as SPOT-0123: no child is to be known by it"
        )
    return value


def _undated(value: str) -> str:
    """The service that a placement is for: no birth date, no name after "for"."""
    if re.search(r"\b\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}\b|\b(dob|d\.o\.b|born|aged?)\b", value, re.IGNORECASE):
        raise ValueError(
            "says more of the child than the service; write the service only, such as Residential care"
        )
    return value


def _regime(value: str) -> Regime | None:
    return _choice(Regime)(value) if value else None


@dataclass(frozen=True, slots=True)
class Layout:
    """One file's columns. `key` names the columns that tell its rows apart; none: two rows may be the same."""

    name: str
    key: tuple[str, ...]
    columns: Mapping[str, Reader]
    optional: frozenset[str] = frozenset()


PEOPLE = Layout(
    "people",
    ("title",),
    {"title": _some_text, "email": _email, "deputy": _text, "manager": _text},
)
SUPPLIERS = Layout(
    "suppliers",
    ("name",),
    {
        "name": _some_text,
        "company_number": _text,
        "charity_number": _text,
        "scottish_charity_number": _text,
        "ni_charity_number": _text,
        "ppon": _text,
        "ofsted_urn": _text,
        "other_names": _names,
        "sector": _text,
        "service": _text,
        "children_in_care": _yes_no,
        "sme": _yes_no,
        "vcse": _yes_no,
        "note": _text,
    },
    frozenset({"company_number", "charity_number", "scottish_charity_number", "ni_charity_number", "ppon"})
    | {"ofsted_urn", "other_names", "sector", "service", "children_in_care", "sme", "vcse", "note"},
)
CONTRACTS = Layout(
    "contracts",
    ("reference",),
    {
        "reference": _some_text,
        "title": _some_text,
        "kind": _choice(Kind),
        "parent": _text,
        "department": _some_text,
        "owner": _some_text,
        "suppliers": _parties,
        "start": _partial_date,
        "end": _partial_date,
        "extension_options": _options,
        "notice_months": _whole,
        "regime": _choice(Regime),
        "authorities": _names,
        "lots": _names,
        "predecessor": _text,
        "successor_start": _partial_date,
        "stage": _stage,
        "source": _text,
        "values_invented": _yes_no,
        "note": _text,
        "description": _text,
        "buyer": _text,
        "ocid": _text,
        "cpv": _text,
        "value": _money,
        "value_max": _money,
        "value_per": _of(Per),
        "value_vat": _of(Vat),
        "value_words": _text,
        "ceiling": _money,
        "vat_not_recoverable": _money,
        "review": _partial_date,
        "max_extent": _partial_date,
        "extension_words": _text,
        "signed_on": _day,
        "procedure": _text,
        "invited": _yes_no,
        "url": _text,
        "forecast_end": _partial_date,
        "ended_on": _day,
        "last_review": _day,
        "options_taken_up": _taken_up,
        "lot_suppliers": lambda value: tuple(pairs(value)),
        "supplier_periods": _periods,
        "in_force": _yes_no,
        "registered_on": _day,
        "split_from": _text,
    },
    frozenset(
        {"parent", "extension_options", "notice_months", "authorities", "predecessor", "successor_start"}
        | {
            "lots",
            "stage",
            "source",
            "values_invented",
            "note",
            "description",
            "buyer",
            "ocid",
            "cpv",
            "value",
        }
        | {"value_max", "value_per", "value_vat", "value_words", "ceiling", "vat_not_recoverable", "review"}
        | {"max_extent", "extension_words", "signed_on", "procedure", "invited", "url", "forecast_end"}
        | {"ended_on", "last_review", "options_taken_up", "lot_suppliers", "supplier_periods", "in_force"}
        | {"registered_on", "split_from"}
    ),
)
SPEND = Layout(
    "spend",
    ("reference", "supplier", "financial_year"),
    {
        "reference": _some_text,
        "supplier": _some_text,
        "financial_year": _financial_year,
        "amount": _pounds,
        "invented": _yes_no,
    },
    frozenset({"invented"}),
)
PLACEMENTS = Layout(
    "placements",
    ("placement",),
    {
        "placement": _opaque,
        "supplier": _party,
        "start": _partial_date,
        "end": _partial_date,
        "review": _partial_date,
        "weekly_fee": _fee,
        "notice_days": _whole,
        "source": _text,
        "off_framework": _yes_no,
        "parent": _text,
        "department": _some_text,
        "owner": _text,
        "title": _undated,
        "regime": _regime,
        "ended_on": _day,
    },
    frozenset({"end", "review", "weekly_fee", "notice_days", "source", "off_framework", "parent"})
    | {"department", "owner", "title", "regime", "ended_on"},
)
"""Spot placements, one a row; `placement` is the opaque key, `title` the service: neither says who the child is."""
PAYMENTS = Layout(
    "payments",
    (),
    {
        "paid_on": _some_day,
        "supplier": _party,
        "amount": _credit_or_pounds,
        "reference": _text,
        "transaction": _text,
    },
    frozenset({"reference", "transaction"}),
)
"""A ledger's payments; a credit is negative. No column is for what was bought: it may name a child."""
LAYOUTS = (PEOPLE, SUPPLIERS, CONTRACTS, SPEND, PLACEMENTS, PAYMENTS)
