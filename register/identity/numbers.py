"""Suppliers' numbers in public registers, brought into the one form that the register itself prints.

Forms: Companies House, "Uniform Resource Identifiers: company numbers" (eight places, prefix by kind and nation);
Charity Commission (six or seven digits, `-1` for a linked charity); OSCR (`SC0` and five digits); Ofsted (`SC` and
six digits before 2014, seven digits since); Cabinet Office, central digital platform (GB-PPON).
"""

import re

from models.people import Scheme


class NumberRefused(ValueError):
    """No such number can exist in that register; the message says why. It must not be kept."""


_PREFIXES = frozenset({
    "AC", "BR", "CE", "CS", "ES", "FC", "FE", "GE", "GN", "GS", "IC", "IP", "LP", "NA", "NC", "NF", "NI", "NL", "NO",
    "NP", "NR", "NV", "NZ", "OC", "OE", "PC", "RC", "RS", "SA", "SC", "SE", "SF", "SG", "SI", "SL", "SO", "SP", "SR",
    "SZ", "ZC",
})  # fmt: skip
_AS_TYPED = {"0C": "OC", "S0": "SO", "N0": "NO", "0E": "OE"}
_NOT_GIVEN = re.compile(
    r"|0+|[-–—.?/x]+|n/?a|none|null|nil|tbc|tba|unknown|not (?:given|known|applicable|registered)",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"(?:GB-(?:COH|CHC|SC|NIC|PPON)|COMPANY|COMPANIES|HOUSE|REGISTERED|REGISTRATION|REG|CHARITY|CHARITIES|OFSTED|"
    r"NUMBER|NUM|NO|CRN|URN|PPON|UK|ENGLAND|WALES|AND|IN|&|#)(?![A-Z0-9])[.:\s#-]*"
)
_PPON = re.compile(r"(P[A-Z]{3})-?(\d{4})-?([A-Z]{4})")


def normalised(scheme: Scheme, text: str) -> tuple[Scheme, str] | None:
    """The number in its register's own form, and that register; None where the text says that there is none.

    A Scottish charity's number in a column of charities goes to Scotland's register, a PPON to its own.
    Raises NumberRefused where the register cannot have such a number.
    """
    text = " ".join(text.replace("\xa0", " ").split())
    if _NOT_GIVEN.fullmatch(text):
        return None
    plain = _LABEL.sub("", text.upper()).strip(" .,:;()[]'\"")
    plain = re.sub(r"(?<=\d)\.0+$", "", plain)  # a number that a spreadsheet took for one
    if _NOT_GIVEN.fullmatch(plain):
        return None
    if match := _PPON.fullmatch(plain.replace(" ", "")):
        return Scheme.PPON, "-".join(match.groups())
    return _READERS[scheme](plain, text)


def _company(plain: str, text: str) -> tuple[Scheme, str]:
    number = re.sub(r"[\s./-]", "", plain)
    if match := re.fullmatch(r"0*(\d{4,6})(SC|NI|OC|SO|NC)", number):  # the prefix written behind
        number = match[2] + match[1]
    if number.isdecimal():
        if len(number) > 8:
            raise NumberRefused(f'"{text}" is no company number: it has more than eight digits')
        if len(number) < 8 and len(number.lstrip("0")) < 4:
            raise NumberRefused(f'"{text}" is too short for a company number; write all its eight places')
        number = number.zfill(8)
        if number == "12345678" or len(set(number)) == 1:
            raise NumberRefused(f'"{text}" stands for no company')
        return Scheme.COMPANY, number
    if re.fullmatch(r"SCO\d{5}", number):
        raise NumberRefused(
            f"\"{text}\" may be a Scottish charity's number or a Scottish company's; write SC0… where it is "
            "a company's, or move it to the charity's column"
        )
    if match := re.fullmatch(r"(?:IP|)(\d{5})R", number):
        return Scheme.COMPANY, f"IP{match[1]}R"
    if re.fullmatch(r"[SN]P(?:\d{5}R|\d{4}RS)", number):
        return Scheme.COMPANY, number
    if match := re.fullmatch(r"R0?(\d{7})", number):
        return Scheme.COMPANY, f"R{match[1]}"
    if match := re.fullmatch(r"([A-Z0][A-Z0])(\d{3,6})", number):
        prefix = _AS_TYPED.get(match[1], match[1])
        if prefix in _PREFIXES:
            return Scheme.COMPANY, prefix + match[2].zfill(6)
    raise NumberRefused(f'"{text}" is no company number: eight digits, or two letters and six digits')


def _charity(plain: str, text: str) -> tuple[Scheme, str]:
    number = re.sub(r"\s", "", plain)
    if number.startswith("SC"):
        return _scottish(plain, text)
    if number.startswith("NI"):
        return _northern(plain, text)
    match = re.fullmatch(r"(1\d{6}|[2-9]\d{5})(?:[-/](\d{1,3}))?", number)
    if not match:
        raise NumberRefused(f'"{text}" is no charity number: six or seven digits, such as 1012345')
    linked = int(match[2] or 0)  # -0 is the main charity itself
    return Scheme.CHARITY, match[1] + (f"-{linked}" if linked else "")


def _scottish(plain: str, text: str) -> tuple[Scheme, str]:
    match = re.fullmatch(r"(?:SC)?[O0]?(\d{5})", re.sub(r"[\s.-]", "", plain))
    if not match:
        raise NumberRefused(
            f'"{text}" is no Scottish charity number: SC0 and five digits; is it a company\'s?'
        )
    return Scheme.SCOTTISH_CHARITY, f"SC0{match[1]}"


def _northern(plain: str, text: str) -> tuple[Scheme, str]:
    match = re.fullmatch(r"(?:NIC)?(1\d{5})", re.sub(r"[\s.-]", "", plain))
    if not match:
        raise NumberRefused(f'"{text}" is no charity number of Northern Ireland: NIC and six digits')
    return Scheme.NI_CHARITY, f"NIC{match[1]}"


def _ppon(plain: str, text: str) -> tuple[Scheme, str]:
    raise NumberRefused(f'"{text}" is no PPON: it is written as in PABC-1234-WXYZ')


def _urn(plain: str, text: str) -> tuple[Scheme, str]:
    number = re.sub(r"[\s.-]", "", plain)
    if not re.fullmatch(r"(?:SC|EY|CA|VC|RP)\d{6}|[1-9]\d{5,6}", number):
        raise NumberRefused(f'"{text}" is no Ofsted URN: six or seven digits, or SC and six digits')
    return Scheme.OFSTED, number


_READERS = {
    Scheme.COMPANY: _company,
    Scheme.CHARITY: _charity,
    Scheme.SCOTTISH_CHARITY: _scottish,
    Scheme.NI_CHARITY: _northern,
    Scheme.PPON: _ppon,
    Scheme.OFSTED: _urn,
}
