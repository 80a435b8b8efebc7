"""What councils, portals and standards call the columns of a register.

From the Local Government Transparency Code 2015 and the LGA's guidance on publishing it, Contracts Finder's export,
OCDS, and the open data of councils.
"""

import re
from collections.abc import Sequence
from functools import lru_cache

from register.layouts import LAYOUTS

SUPPLIER_FIELDS = (
    "company_number",
    "charity_number",
    "ofsted_urn",
    "ppon",
    "scheme",
    "number",
    "sme",
    "vcse",
)
BESIDE = {
    "contracts": frozenset(
        {
            "annual_value",
            "currency",
            "notice_type",
            "notice_status",
            *(f"supplier_{one}" for one in SUPPLIER_FIELDS),
        }
    ),
}
"""Fields of a mapping beside the layout's own columns: what they hold goes into one of those."""

WORDINGS: dict[str, dict[str, str]] = {
    "contracts": {
        "reference": "ref|ref no|ref number|reference no|reference number|contract reference|contract reference number"
        "|contract reference no|contract ref|contract ref no|contract ref number|contract number|contract no|contract id"
        "|contract identifier|agreement reference|unique reference|unique reference number|unique identifier|unique id|id"
        "|notice identifier|notice reference|procurement reference|purchase order number|po number|contract code",
        "title": "contract title|title of agreement|title of contract|agreement title|contract name|name of contract"
        "|project title|project name|contract|agreement|title of the agreement|contract title description|name",
        "description": "description of goods and or services|description of goods and services|description of services"
        "|description of the goods and or services being provided|description of goods or services|contract description"
        "|short description|brief description|summary|details|contract details|purpose|scope|service description"
        "|description of the goods and or services",
        "suppliers": "supplier|supplier name|supplier names|supplier s|name of supplier|supplier name and details|contractor"
        "|contractors|contractor name|contractor s|provider|providers|provider name|vendor|vendor name|company name|company"
        "|awarded supplier|supplier details|name of contractor|name of provider|supplier organisation|awarded to"
        "|supplier name s|supplier legal name|contracted supplier",
        "department": "department responsible|local authority department responsible|responsible department|directorate|dept"
        "|service area|service|division|business unit|council department|departments|service department|portfolio|team"
        "|department name|local authority department|department service|service unit|directorate department",
        "buyer": "buyer name|organisation name|contracting authority|authority|organisation|buying organisation"
        "|organisation label|council|publisher|authority name|publisher label|procuring organisation",
        "owner": "contract owner|contract manager|responsible officer|lead officer|officer|contract lead|commissioner"
        "|responsible post|contract owner post|post responsible|contact|contact officer|contract officer|lead commissioner",
        "start": "start date|contract start|contract start date|commencement date|commencement|date commenced|effective date"
        "|start date of contract|validity period start|contract period start date|contract commencement date|period start"
        "|date from|agreement start date|contract commencement|from|validity start|valid from|starts|contract starts|start of contract",
        "end": "end date|contract end|contract end date|expiry date|expiry|contract expiry date|contract expiry|finish date"
        "|completion date|end date of contract|validity period end|contract period end date|current end date|date to"
        "|contract current end date|period end|agreement end date|initial end date|current expiry date|to|validity end"
        "|contract finish date|expiration date|valid to|valid until|ends|expires|contract ends|contract expires|end of contract",
        "review": "review date|contract review date|next review date|date of review",
        "value": "contract value|total value|total contract value|awarded value|value amount|amount|sum|contract sum|contract price"
        "|estimated value|estimated contract value|whole life value|lifetime value|contract amount|award value|total contract sum"
        "|value of contract|contract award value|original contract value|contract total value|value gbp|value low|value of the contract"
        "|sum to be paid over the length of the contract|total lifetime value|overall contract value",
        "value_max": "value high|maximum value|maximum contract value|max value|value upper|value including extensions"
        "|total contract value including extensions",
        "annual_value": "annual value|annual contract value|annual spend|estimated annual spend|estimated annual value|yearly value"
        "|annual budget|estimated annual spending|annual cost|value per annum|annual contract sum|budget per annum"
        "|estimated annual spending or budget for the contract|estimated annual spend or budget",
        "currency": "value currency|currency code",
        "vat_not_recoverable": "vat not recovered|irrecoverable vat|vat that cannot be recovered|non recoverable vat|vat cannot be recovered"
        "|unrecoverable vat|value added tax that cannot be recovered|vat non recoverable|nonrecoverable vat|irrecoverable vat amount",
        "kind": "contract type|type|type of contract|agreement type|type of agreement|contract kind|arrangement type",
        "invited": "result of invitation to quote or tender|invitation to tender|invitation to quote|invitation to tender or quote"
        "|was the contract the result of an invitation to quote or a published invitation to tender|tendered|competed"
        "|whether or not the contract was the result of an invitation to quote or a published invitation to tender"
        "|invitation to quote or tender|result of an invitation to quote or published invitation to tender|invited to tender",
        "notice_type": "notice type|type of notice",
        "notice_status": "notice status|status",
        "procedure": "procurement procedure|process type|procurement route|route to market|tender process|ojeu procedure type"
        "|procedure type|procurement method|tender type|procurement process|tender procedure|procurement type|award procedure",
        "extension_words": "extension|extensions|extension options|extension option|options to extend|option to extend|extension period"
        "|contract extension|possible extension|extension details|optional extension|extension terms|extension available"
        "|extension periods|contract extensions|available extensions|possible extensions|optional extensions",
        "max_extent": "maximum end date|contract maximum end date|maximum contract end date|latest end date|final end date|last extension date"
        "|end date including extensions|extension end date|maximum extension date|max end date|end date with extensions|long stop date"
        "|longstop date|end date including extension|latest possible end date|final expiry date|contract extension end date",
        "notice_months": "notice period months|notice months|notice period in months|notice months required|notice period|notice|contract notice period|termination notice period|termination notice",
        "ocid": "open contracting id|open contracting identifier|ocds id",
        "cpv": "cpv code|cpv codes|cpv code s|cpv uri|cpv category|common procurement vocabulary|main cpv code",
        "url": "link|details url|notice url|tender document url|contract notice url|contract document url|web address|notice link",
        "signed_on": "signed on|date signed|signature date|contract signed date|execution date|date of signature|signed date"
        "|contract signature date|date contract signed|date entered into",
        "parent": "parent reference|framework reference|framework ref|parent contract|parent ref|framework agreement reference",
        "regime": "procurement regime|legal regime|legislation|procurement legislation",
        "ceiling": "framework ceiling|framework value|maximum framework value",
        "supplier_company_number": "company number|company registration number|supplier registered company number|company no|companies house number"
        "|supplier company number|registered company number|companies house no|company reg no|supplier company registration number"
        "|company registration no|registration number|supplier registration number|crn|supplier companies house number|company reg number",
        "supplier_charity_number": "charity number|charity registration number|registered charity number|supplier registered charity number|charity no"
        "|supplier charity number|charity commission number",
        "supplier_ppon": "supplier ppon|ppon|supplier unique identifier",
        "supplier_ofsted_urn": "ofsted urn|urn|supplier ofsted urn",
        "supplier_scheme": "identifier scheme|supplier identifier scheme|supplier ref type",
        "supplier_number": "identifier id|supplier identifier|supplier identifier id|supplier ref number",
        "supplier_sme": "sme|is sme|sme supplier|supplier sme|sme status|small or medium enterprise|small medium enterprise|small or medium sized enterprise"
        "|supplier is sme|is supplier an sme|small and medium enterprise|sme y n",
        "supplier_vcse": "vcse|is vcse|vco|vcse supplier|supplier vcse|voluntary or community sector organisation|vcs|supplier is vcse"
        "|voluntary community sector|is supplier a vcse|voluntary community and social enterprise|vcse status|voluntary sector",
    },
    "suppliers": {
        "name": "supplier|supplier name|organisation which owns the provider|provider name|organisation name|company name|vendor name",
        "company_number": "company registration number|company no|companies house number|registered company number",
        "charity_number": "charity registration number|charity no|registered charity number",
        "ofsted_urn": "urn|ofsted urn|provider urn",
        "ppon": "supplier ppon",
        "sector": "provider sector|supplier sector",
        "service": "provision type|service type|type of provision",
        "sme": "is sme|sme supplier",
        "vcse": "vco|is vcse|vcse supplier",
    },
    "people": {
        "title": "post|post title|job title|role|position",
        "email": "email address|e mail|e mail address",
        "manager": "line manager|reports to|manager post",
        "deputy": "deputy post|cover",
    },
    "spend": {
        "reference": "contract reference|contract ref|contract number|ref",
        "supplier": "supplier name|vendor|vendor name|provider",
        "financial_year": "year|fy",
        "amount": "spend|value|actual|actual spend|spend amount",
    },
    "placements": {
        "placement": "placement key|placement id|placement reference|placement ref|placement number|ipa reference|ipa number|key|id|reference",
        "supplier": "provider|provider name|supplier name|placement provider",
        "start": "start date|placement start|placement start date|date from|from",
        "end": "end date|planned end|placement end|placement end date|date to|to|expected end date",
        "review": "review date|next review|placement review date",
        "weekly_fee": "weekly cost|weekly fee|weekly rate|fee per week|cost per week|price per week|weekly price|weekly charge",
        "notice_days": "notice|notice period days|notice period|days notice",
        "source": "found by|source of placement|referral route|search route",
        "off_framework": "off contract|off framework spot|non framework",
        "parent": "framework|framework reference|contract reference",
        "department": "directorate|service area|team",
        "owner": "contract owner|contract manager|responsible post|commissioner",
        "title": "service|placement type|type of placement|provision type|type|service type",
        "ended_on": "actual end|actual end date|date ended|ended",
    },
    "payments": {
        "paid_on": "date|payment date|date paid|paid date|transaction date|posting date|date of payment|invoice payment date|pay date|clearing date|effective date",
        "supplier": "supplier name|supplier name redacted|vendor|vendor name|beneficiary|payee|payee name|merchant name|creditor|creditor name|trading name|beneficiary name|body supplier",
        "amount": "net amount|amount excl vat|amount net of vat|payment amount|amount paid|net|net value|total|value|invoice amount|amount gbp|invoice value|line amount|transaction amount|amount ex vat|net amount gbp",
        "reference": "contract reference|contract ref|contract number|contract id|po number|purchase order|purchase order number|order number|po|po no",
        "transaction": "transaction number|transaction no|transaction reference|transaction id|payment reference|payment number|invoice reference|document number|voucher number|internal reference|body reference|trans no|cheque number",
    },
}  # fmt: skip


@lru_cache(1 << 12)
def plain(header: str) -> str:
    """A header's words alone: no case, marks, brackets or joined words."""
    apart = re.sub(r"(?<=[a-z])(?=[A-Z][a-z])", " ", re.sub(r"\[[^\]]*\]?|\([^)]*\)?", " ", header))
    return " ".join(
        re.sub(r"[^a-z0-9]+", " ", apart.casefold().replace("&", " and ").replace("£", " ")).split()
    )


@lru_cache(16)
def wordings(layout: str) -> dict[str, str]:
    """The field that each known wording names, the layout's own names first."""
    known = {
        wording: field for field, told in WORDINGS.get(layout, {}).items() for wording in told.split("|")
    }
    own = next(one for one in LAYOUTS if one.name == layout).columns
    return (
        known
        | {field.replace("_", " "): field for field in BESIDE.get(layout, ())}
        | {name.replace("_", " "): name for name in own}
    )


def field_of(layout: str, header: str) -> tuple[str, bool] | None:
    """The field that a header names, and whether it says so outright; None where it names none."""
    said, known = plain(header), wordings(layout)
    if said in known:
        return known[said], True
    shorter = " ".join(
        re.sub(
            r"\b(inc|incl|ex|excl|exc|including|excluding|net|gross|of|plus)( of)? vat\b", " ", said
        ).split()
    )
    if shorter in known:
        return known[shorter], True
    # "Contract dates Start": a merged cell's words before the name below it.
    parts = said.split()
    for cut in range(1, len(parts)):
        rest = " ".join(parts[cut:])
        if (
            known.get(rest) in _AFTER_OTHERS
            and rest not in _TOO_LITTLE
            and not _NOT_OF_CONTRACT.search(" ".join(parts[:cut]))
        ):
            return known[rest], False
    return None


_AFTER_OTHERS = frozenset(
    {
        "reference",
        "title",
        "description",
        "suppliers",
        "name",
        "department",
        "start",
        "end",
        "review",
        "value",
    }
)
_TOO_LITTLE = frozenset(
    {
        "name",
        "id",
        "to",
        "from",
        "company",
        "contract",
        "service",
        "details",
        "organisation",
        "provider",
        "summary",
        "team",
    }
)
_NOT_OF_CONTRACT = re.compile(
    r"\b(previous|former|old|tender|advert|notice|for|linked|web|sub|parent|bid|quote|invoice|next|other|second|no|framework|not|budget)\b"
)


def knows(names: Sequence[str]) -> int:
    """How many columns of one layout some names are."""
    return max(
        len({found[0] for name in names if name and len(name) < 200 and (found := field_of(one.name, name))})
        for one in LAYOUTS
    )
