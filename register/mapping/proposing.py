"""Proposes which column of a file is which field: from its header, and from what stands below it."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import islice

from lifecycle.terms import Confidence
from register.files.table import Table
from register.layouts import CONTRACTS, LAYOUTS
from register.mapping.kept import Mapping
from register.mapping.names import field_of, plain
from register.values.dates import DateColumn
from register.values.money import read_money
from register.values.words import months_in_words, not_given, yes_no

LOOKED_AT = 300
SAMPLES = 3
_DATES = frozenset(
    {
        "start",
        "end",
        "review",
        "max_extent",
        "forecast_end",
        "successor_start",
        "signed_on",
        "ended_on",
        "last_review",
    }
)
_MONEY = frozenset({"value", "value_max", "annual_value", "ceiling", "vat_not_recoverable"})
_YES_NO = frozenset({"invited", "supplier_sme", "supplier_vcse", "sme", "vcse"})
_SEVERAL = frozenset({"start", "end", "value", "cpv", "suppliers", "url", "name"})
"""Fields that may take the first filled of several columns: tender and award, main and further codes."""
_POST = re.compile(
    r"manager|officer|head|director|lead|team|commission|service|buyer|assistant|chief|partner|\bpost\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Proposed:
    """One column of the file: what it is taken for (None: left out), how surely and why, with some of its values."""

    column: int
    header: str
    samples: tuple[str, ...]
    field: str | None
    confidence: Confidence
    why: str


@dataclass(frozen=True, slots=True)
class Proposal:
    """A mapping to be looked at, with a row for each column, and sentences on what the file lacks."""

    mapping: Mapping
    columns: tuple[Proposed, ...]
    notes: tuple[str, ...]

    @property
    def samples(self) -> dict[str, str]:
        """A value of each field, to keep beside it."""
        return {one.field: one.samples[0] for one in self.columns if one.field and one.samples}

    def describe(self) -> str:
        """The proposal as a page of text."""
        width = min(max((len(one.header) for one in self.columns), default=0), 40)
        lines = [
            f"{one.header[:40]:{width}}  →  {one.field or '—':24}  {one.confidence.value if one.field else '':11}  "
            f"{one.why}{'; e.g. ' + ' | '.join(_short(sample) for sample in one.samples) if one.samples else ''}"
            for one in self.columns
        ]
        constants = [f"{field} = “{value}” for every row" for field, value in self.mapping.constants.items()]
        return "\n".join([*lines, *constants, *self.notes])


def propose_for(table: Table, name: str, layout: str | None) -> Proposal:
    """The most likely mapping of a table's columns."""
    rows = [cells for _, cells in islice(table.rows(), LOOKED_AT) if not table.passed_over(cells)]
    values = [_filled(rows, at) for at in range(len(table.header))]
    chosen = layout or max(
        (one.name for one in (CONTRACTS, *LAYOUTS)),
        key=lambda one: len(
            {found[0] for header in table.header if header and (found := field_of(one, header))}
        ),
    )
    proposed = [
        _proposed(chosen, at, header, values[at], again=bool(header) and header in table.header[:at])
        for at, header in enumerate(table.header)
    ]
    if chosen == "contracts":
        proposed = _of_notices(_helped_out(proposed, values))
    fullness = [sum(not not_given(cell) for cell in cells) for cells in values]
    proposed = _once_each(proposed, fullness)
    columns: dict[str, tuple[str, ...]] = {}
    for one in _in_order(proposed, fullness):
        if one.field:
            columns[one.field] = (*columns.get(one.field, ()), one.header)
    reference = ""
    constants: dict[str, str] = {}
    notes: list[str] = []
    if chosen == "contracts":
        reference, notes = _reference(columns)
        constants = _said_in_headers(proposed)
        if not {"end", "max_extent"} & columns.keys():
            notes.append(
                "No column says when the contracts end; without it hardly any date is planned. Name it in the mapping."
            )
        if "department" not in columns and "buyer" not in columns:
            notes.append("No column names the department: add it to [constants] of the mapping.")
        if "owner" not in columns:
            notes.append(
                "No column names the post that owns each contract: add one, or an owner to [constants]."
            )
    mapping = Mapping(
        name, columns, constants, chosen, getattr(table.file, "sheet", None) if len(getattr(table.file, "sheets", ())) > 1 else None,
        reference,
    )  # fmt: skip
    return Proposal(mapping, tuple(proposed), tuple(notes))


def _filled(rows: Sequence[Sequence[str]], at: int) -> list[str]:
    return [cell for row in rows if at < len(row) and (cell := row[at].strip())]


_PARTLY = "by part of its name"


def _proposed(layout: str, at: int, header: str, values: list[str], *, again: bool) -> Proposed:
    samples = tuple(dict.fromkeys(values))[:SAMPLES]
    if again:
        return Proposed(
            at + 1, header, samples, None, Confidence.CANNOT_TELL, "a column before it has the same name"
        )
    found = field_of(layout, header) if header else None
    if found is None:
        return Proposed(
            at + 1, header, samples, None, Confidence.CANNOT_TELL, "no known name" if header else "no name"
        )
    field, outright = found
    if not values:
        return Proposed(at + 1, header, samples, field, Confidence.LIKELY, "by its name; it is empty")
    said = field == "notice_months" and "month" in header.casefold()
    held, doubt = (field, "") if said else _against_values(field, values)
    if held is None:
        return Proposed(at + 1, header, samples, None, Confidence.CANNOT_TELL, doubt)
    sure = Confidence.CERTAIN if outright and not doubt else Confidence.LIKELY
    return Proposed(at + 1, header, samples, held, sure, doubt or ("by its name" if outright else _PARTLY))


def _against_values(field: str, values: list[str]) -> tuple[str | None, str]:
    """The field after a look at what stands in it: another one, or none, with the reason."""
    if (
        field in _DATES
        and (share := max(_share(values, DateColumn("", one).read) for one in (False, True))) < 0.5
    ):
        return None, f"named like a date, but only {share:.0%} of its values are dates"
    if field in _MONEY and (share := _share(values, read_money)) < 0.5:
        return None, f"named like an amount, but only {share:.0%} of its values are amounts"
    if field in _YES_NO and (share := _share(values, yes_no)) < 0.8:
        return (
            ("procedure", "named like a yes or no, but holds words")
            if field == "invited"
            else (None, "holds other than yes and no")
        )
    if field == "notice_months" and (share := _share(values, months_in_words)) < 0.5:
        return None, f"only {share:.0%} of its values say how many months"
    if field == "procedure" and _share(values, yes_no) == 1:
        return "invited", "holds yes and no"
    if field == "extension_options" and _share(values, CONTRACTS.columns[field]) < 1:
        return "extension_words", "options in words"
    if field == "extension_words" and _share(values, CONTRACTS.columns["extension_options"]) == 1:
        return "extension_options", "options as in 2x12"
    if field == "owner" and not any(_POST.search(value) for value in values):
        return None, "seems to name people; the register holds posts"
    if field == "supplier_company_number" and not any(
        re.fullmatch(r"[A-Z]{0,2}\d{4,8}(\.0)?", value.strip()) for value in values
    ):
        return None, "holds no company numbers"
    if (
        field == "title"
        and len(set(values)) > len(values) * 0.9
        and all(re.fullmatch(r"(?=.*\d)\S{1,25}", one) for one in values)
    ):
        return "reference", "named like a title, but holds numbers"
    return field, ""


def _share(values: list[str], read: object) -> float:
    """How many of the values can be read."""
    good = 0
    for value in values:
        try:
            read(value)  # type: ignore[operator]  # every reader takes a text
            good += 1
        except ValueError:
            pass
    return good / len(values)


def _helped_out(proposed: list[Proposed], values: list[list[str]]) -> list[Proposed]:
    """Where there is no title but a description or a service, that is the title."""
    fields = {one.field for one in proposed}
    if not fields & {"title", "description"}:
        why = "no other column names the contract"
        return [
            replace(one, field="title", confidence=Confidence.LIKELY, why=why)
            if one.field == "department" and plain(one.header) == "service" else one
            for one in proposed
        ]  # fmt: skip
    if "title" in fields or "description" not in fields:
        return proposed
    at = next(at for at, one in enumerate(proposed) if one.field == "description")
    if max(map(len, values[at]), default=0) > 300:
        return proposed  # a text: the title is made from its beginning
    one = proposed[at]
    changed = Proposed(
        one.column,
        one.header,
        one.samples,
        "title",
        Confidence.LIKELY,
        "the description stands for the title",
    )
    return [*proposed[:at], changed, *proposed[at + 1 :]]


def _of_notices(proposed: list[Proposed]) -> list[Proposed]:
    """A status is only read beside the notice it is of: that of a contract says less than its dates."""
    if any(one.field == "notice_type" for one in proposed):
        return proposed
    return [
        replace(one, field=None, confidence=Confidence.CANNOT_TELL, why="the dates say what is in force")
        if one.field == "notice_status" else one
        for one in proposed
    ]  # fmt: skip


def _once_each(proposed: list[Proposed], fullness: list[int]) -> list[Proposed]:
    """One column a field, the surest and fullest; some fields take more."""
    order = sorted(
        proposed,
        key=lambda one: (
            not one.samples,
            one.confidence is not Confidence.CERTAIN,
            -fullness[one.column - 1],
            one.column,
        ),
    )
    taken: dict[str, Proposed] = {}
    out = []
    for one in order:
        if one.field and one.field in taken and (one.field not in _SEVERAL or one.why == _PARTLY):
            why = f"“{taken[one.field].header}” is taken for {one.field}"
            one = Proposed(one.column, one.header, one.samples, None, Confidence.CANNOT_TELL, why)
        elif one.field:
            taken.setdefault(one.field, one)
        out.append(one)
    return sorted(out, key=lambda one: one.column)


def _in_order(proposed: list[Proposed], fullness: list[int]) -> list[Proposed]:
    """As in the layout; of several for a field those of the award and the contract first, then the fullest."""
    names = list(CONTRACTS.columns)
    return sorted(
        proposed,
        key=lambda one: (
            names.index(one.field) if one.field in names else len(names),
            not re.search(r"award|contract|current", one.header, re.IGNORECASE),
            -fullness[one.column - 1],
            one.column,
        ),
    )


def _reference(columns: dict[str, tuple[str, ...]]) -> tuple[str, list[str]]:
    if "reference" in columns:
        return "", []
    stable = [field for field in ("suppliers", "title", "start") if field in columns]
    return f"from: {', '.join(stable)}" if stable else "", [
        "No column holds a reference. Name one in the mapping"
        + (f"; until then one is made from: {', '.join(stable)}, and changes with them." if stable else ".")
    ]


def _said_in_headers(proposed: list[Proposed]) -> dict[str, str]:
    """VAT as the header of the value says it: “Contract value (ex VAT)”."""
    for one in proposed:
        if one.field in ("value", "annual_value"):
            said = one.header.casefold()
            if re.search(r"\b(ex|exc|excl|excluding|exclusive of|net of|without) ?\.? ?vat", said):
                return {"value_vat": "net"}
            if re.search(r"\b(inc|incl|including|inclusive of|with) ?\.? ?vat", said):
                return {"value_vat": "gross"}
    return {}


def _short(text: str) -> str:
    said = " ".join(text.split())
    return said if len(said) <= 30 else f"{said[:29]}…"
