"""Wordings that settle something by themselves: who decides, and what is no option to extend at all."""

import re

from lifecycle.terms.model import DecidedBy, cannot

_OPTIONAL = re.compile(
    r"\b(?:option\w*|may|possib\w*|potential\w*|rights?|discretion|entitled|ability|could|can|extendable|renewable"
    r"|renewal|available|opportunity|subject to|from \w+ to)\b"
)
_WELSH = re.compile(
    r"\b(bydd|opsiwn|opsiynau|ymestyn|estyniad\w*|blynedd|mlynedd|flynedd|blwyddyn|flwyddyn|cyfnod|gyfnod|misoedd"
    r"|contractau|hyd at|ychwanegol|gychwynnol|dewis i)\b"
)
_EXTENDING = r"(?:extended|utili[sz]ed|exercised|granted|agreed|approved|taken|used|renewed|invoked|activated|enacted|varied|applied)"
_PAST = re.compile(
    rf"\b(?:has|have|had|was|were|been|being|now) (?:\w+ ){{0,2}}{_EXTENDING}\b|\bwill be (?:utili[sz]ed|used)\b"
    r"|\b(?:has|have) an? (?:\w+ )?extension\b|\b(?:to|of) (?:the |an? )?(?:existing|current)\b|\bcontract extension will\b"
    r"|\b(?:is|are) extending\b|\b(?:intends?|wish|wishes|plans?|decided) to extend\b|\b(?:will|shall) extend\b"
    r"|\bis an extension\b|\b(?:amended|modification|variation)\b|\bnot be (?:exercised|taken|used)\b"
    r"|(?<!\bbe )(?<!\bbe further )\b(?:extended|renewed) (?:by|for|to|until|from)\b"
)
_ORDINAL = re.compile(
    r"\b(?:first|second|third|fourth|fifth|final|last|remaining|outstanding|existing|current)"
    r" (?:and final )?(?:optional |available )?(?:\w+ )?(?:extension|option|decision|renewal)s?\b"
)
_ROLLING = re.compile(r"\b(?:automatic\w*|auto-?renew\w*|rolling|evergreen|rolls? over)\b")
_CORRECTION = re.compile(r"\b(?:originally|error|previously|instead of|correction|corrected|formerly)\b")
_REFUSED = re.compile(
    r"\b(?:no|not|nor|without|never|cannot)\b(?! (?:less|later|more|longer|exceed|greater|earlier|limited))"
    r"(?: \w+){0,4} (?:option|extension|extend|renewal|renew|extendable|renewable)(?:s|ed)?\b"
)
QUALIFIED = re.compile(r"\b(?:beyond|except|unless|other than|further|provided|but|save|until|without)\b")

_SUPPLIERS = r"(?:supplier|contractor|provider|consultant|tenderer|operator)s?"
_DECIDERS: tuple[tuple[DecidedBy, re.Pattern[str]], ...] = (
    (
        DecidedBy.MUTUAL,
        re.compile(
            r"\bmutual(?:ly)?\b|\bagree(?:d|ment)?\b(?: \w+){0,2} (?:both|all)(?: the)? parties\b|\bjoint agreement\b"
            r"|\bboth (?:the )?parties (?:\w+ )?agree\b|\bparties agree\b|\bby agreement\b"
        ),
    ),
    (
        DecidedBy.SUPPLIER,
        re.compile(
            rf"\b(?:discretion|option|choice) of the {_SUPPLIERS}\b|\b{_SUPPLIERS} (?:sole |absolute )?discretion\b"
            rf"|\b{_SUPPLIERS} (?:(?:may|can)\b[^.]{{0,60}}\bextend|has the (?:option|right))\b|\b{_SUPPLIERS} option\b"
        ),
    ),
    (
        DecidedBy.AUTHORITY,
        re.compile(
            rf"\bdiscretion\b(?! of the {_SUPPLIERS}\b)(?<!supplier discretion)(?<!provider discretion)"
            r"|\breserv(?:e|es|ed|ing) the right\b|\bat the option of (?!the (?:supplier|contractor|provider))"
            r"|\b(?:council|authority|trust|university|commissioner|commissioners|buyer|client|customer|purchaser"
            r"|college|employer|board|association|academy|school)s?"
            r"(?: may\b[^.]{0,60}\b(?:extend|renew)| is entitled| (?:will |shall )?(?:have|has|having) (?:the|an) (?:option|right)| option)\b"
        ),
    ),
)


def decided_by(text: str) -> DecidedBy | None:
    # "Providers can join at any point" decides nothing: only sentences about extending count.
    text = ".".join(sentence for sentence in text.split(".") if re.search("exten|option|renew", sentence))
    supplier_only = re.sub(rf"\b{_SUPPLIERS} (?:sole |absolute )?discretion\b", "", text)
    said = [who for who, p in _DECIDERS if p.search(supplier_only if who is DecidedBy.AUTHORITY else text)]
    if DecidedBy.MUTUAL in said:
        return DecidedBy.MUTUAL
    return said[0] if len(said) == 1 else None


def stop_at_no_option(text: str) -> None:
    """Raise CannotTell for words that tell of something else than an extension still to be decided on."""
    if _WELSH.search(text):
        cannot("the words are in Welsh, which is not read here")
    if _PAST.search(text):
        cannot("the words tell of an extension already made or under way, not of what may still be extended")
    if _ORDINAL.search(text):
        cannot("the words speak of one extension out of several, or of one in force")
    if _ROLLING.search(text):
        cannot("the contract goes on by itself, so there is no last day to plan for")
    if _CORRECTION.search(text):
        cannot("the words correct or recall an earlier wording")


def refuses(text: str) -> bool:
    """Whether the words say that there is no extension."""
    return _REFUSED.search(text) is not None


def says_optional(text: str) -> bool:
    """Whether somebody may extend; "contract extension of 12 months" alone may be one being made."""
    return _OPTIONAL.search(text) is not None
