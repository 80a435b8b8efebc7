"""Suppliers as files name them: packed in brackets as Contracts Finder does, or several in one cell."""

import re
from functools import lru_cache

from models.people import Scheme
from register.rows import Party
from register.values.words import clean, line, not_given, yes_no

_PACKED = re.compile(r"\[([^|\[\]]*)\|([^|]*)\|([^|\]]*)\|([^|\]]*)\|([^|\]]*)\|([^|\[\]]*)\]")
_ENDS = r"(?:ltd|limited|plc|llp|cic|inc|pty ltd)\.?"
_LISTED = re.compile(rf"[^,]*\b{_ENDS}(?:\s*,\s*[^,]*\b{_ENDS})+", re.IGNORECASE)
_CODE = re.compile(r"\s*\([A-Z]{2,}[\d][\w./-]{3,}\)$")
"""The council's own number of each member of a panel: it stands behind the name, and is no part of it."""
SCHEMES = {
    "GB-COH": Scheme.COMPANY, "COMPANIES_HOUSE": Scheme.COMPANY, "COMPANY": Scheme.COMPANY,
    "GB-CHC": Scheme.CHARITY, "CHARITY_COMMISSION": Scheme.CHARITY, "CHARITY": Scheme.CHARITY,
    "GB-SC": Scheme.SCOTTISH_CHARITY, "GB-NIC": Scheme.NI_CHARITY, "GB-PPON": Scheme.PPON, "PPON": Scheme.PPON,
    "GB-OFSTED-URN": Scheme.OFSTED, "URN": Scheme.OFSTED,
}  # fmt: skip
_NUMBERS = {
    Scheme.COMPANY: r"[A-Z]{0,2}\d{4,8}[A-Z]?",
    Scheme.CHARITY: r"\d{6,7}(?:-\d{1,3})?",
    Scheme.SCOTTISH_CHARITY: r"SC0?\d{5}",
    Scheme.NI_CHARITY: r"(?:NIC)?\d{6}",
    Scheme.PPON: r"P[A-Z0-9]{3}-?\d{4}-?[A-Z0-9]{4}",
    Scheme.OFSTED: r"(?:SC)?\d{6,7}",
}
_EXACT = {scheme: re.compile(pattern) for scheme, pattern in _NUMBERS.items()}


@lru_cache(1 << 15)
def read_parties(text: str) -> tuple[Party, ...]:
    """The suppliers that a cell names, each once. Raises ValueError where the brackets do not add up."""
    said = clean(text)
    if not_given(said):
        return ()
    if said.startswith("[") and "|" in said:
        return _unpacked(said)
    return tuple(dict.fromkeys(Party(name) for part in _parts(said) if (name := _CODE.sub("", line(part)))))


def _unpacked(said: str) -> tuple[Party, ...]:
    found = list(_PACKED.finditer(said))
    if not found or _PACKED.sub("", said).strip(" ,;\n\r"):
        raise ValueError(f'"{said[:60]}" is no list of [Name|Address|Ref type|Ref Number|Is SME|Is VCSE]')
    parties = []
    for match in found:
        name, _, kind, number, sme, vcse = (part.strip() for part in match.groups())
        if line(name):
            scheme = SCHEMES.get(kind.upper().replace(" ", "_"))
            identified = identifier(scheme, number) if scheme else None
            parties.append(Party(line(name), (identified,) if identified else (), yes_no(sme), yes_no(vcse)))
    return tuple(dict.fromkeys(parties))


def _parts(said: str) -> list[str]:
    if re.search(r"[;\n\r]", said):
        return re.split(r"[;\n\r]+", said)
    return said.split(",") if _LISTED.fullmatch(said) else [said]


def identifier(scheme: Scheme, text: str) -> tuple[Scheme, str] | None:
    """A number of that register as it came; None where it is none of that register's."""
    said = re.sub(r"\.0$|\s", "", text).upper()
    return (scheme, said) if _EXACT[scheme].fullmatch(said) else None


def identifiers(scheme: Scheme, text: str) -> list[tuple[Scheme, str] | None]:
    """The numbers in a cell, one for each part; None for a part that is none of that register's."""
    if _EXACT[scheme].fullmatch(text):
        return [(scheme, text)]
    if not_given(clean(text)):
        return []
    return [identifier(scheme, part) for part in re.split(r"[;\n\r,/]+", clean(text)) if part.strip()]
