"""What a careful reader would find in a paper: text of another report, stale clearance, wrong sums, a child.

No finding repeats what it found about a child.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Literal

from board.rendering.content import BarChart, Block, Bullets, PaperData, Paragraph, Section, Table

Severity = Literal["must fix", "look"]
SECTIONS = (
    "Information",
    "Other Options Considered",
    "Reasons for Recommendations",
    "Statutory and Policy Implications",
)


@dataclass(frozen=True)
class Other:
    """Another contract; `words` are those that only papers about it would use, such as its supplier's name."""

    reference: str
    title: str
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Known:
    """What the record knows that a paper must agree with.

    `words` are the contract's own, `spend` is in pounds by financial year as "2021/22", `clearances` the kinds
    of comments that must be there by now, `clearance_days` how old they may be at the meeting.
    """

    board: str
    meeting_on: date
    clearance_days: int
    reference: str = ""
    title: str = ""
    words: tuple[str, ...] = ()
    others: tuple[Other, ...] = ()
    spend: Mapping[str, Decimal] = field(default_factory=dict)
    sections: tuple[str, ...] = SECTIONS
    clearances: tuple[str, ...] = ("Constitutional", "Financial")


@dataclass(frozen=True)
class Finding:
    severity: Severity
    where: str
    words: str


@dataclass(frozen=True)
class _Text:
    """A piece of the paper and where it stands, by the number it is printed with."""

    where: str
    words: str
    section: str = ""
    exempt: bool = False


def lint(paper: PaperData, known: Known) -> tuple[Finding, ...]:
    """What a reader would find, in the order of the rules; a finding stands once."""
    texts = list(_texts(paper))
    found = (
        *_parts(paper, known),
        *_clearances(paper, known),
        *_other_contracts(paper, texts, known),
        *_other_report(paper, texts, known),
        *_totals(paper, known),
        *_stated_spend(texts, known),
        *_years(texts),
        *_names_of_the_board(texts, known),
        *_children(texts),
        *_small_numbers(paper, texts),
        *_left_over(texts),
    )
    return tuple(dict.fromkeys(found))


def _texts(paper: PaperData) -> Iterator[_Text]:
    yield _Text("the title", paper.title)
    number = 1
    yield _Text("Purpose of the report, paragraph 1", paper.purpose, "Purpose of the report")
    for section in paper.sections:
        for block in section.blocks:
            number += isinstance(block, Paragraph)
            where = f"{section.heading}, {_place(block, number)}"
            for words in _words(block):
                yield _Text(where, words, section.heading, section.exempt is not None)
    for n, recommendation in enumerate(paper.recommendations, 1):
        yield _Text(f"Recommendations, {n})", recommendation, "Recommendations")
    for comment in paper.comments:
        for words in comment.paragraphs:
            number += 1
            yield _Text(f"{comment.kind} comments, paragraph {number}", words, "Comments")


def _place(block: Block, number: int) -> str:
    match block:
        case Paragraph():
            return f"paragraph {number}"
        case Bullets():
            return f"the list after paragraph {number}"
        case Table(caption=caption) | BarChart(title=caption):
            return f"“{caption}”" if caption else f"the table after paragraph {number}"


def _words(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(text):
            yield text
        case Bullets(items):
            yield from items
        case Table(caption, header, rows):
            # A table is read as one piece: the year of a figure may stand in any of its headings.
            yield " | ".join((caption, *header, *(cell for row in rows for cell in row)))
        case BarChart():
            yield " | ".join((block.title, block.alt, *(f"{bar.label} {bar.shown}" for bar in block.bars)))


def _tables(paper: PaperData) -> Iterator[tuple[str, Section, Table]]:
    for section in paper.sections:
        for block in section.blocks:
            if isinstance(block, Table):
                yield (
                    f"{section.heading}, {f'“{block.caption}”' if block.caption else 'the table'}",
                    section,
                    block,
                )


# ---- what must be there ----


def _parts(paper: PaperData, known: Known) -> Iterator[Finding]:
    headings = {_plain(section.heading) for section in paper.sections}
    for heading in known.sections:
        if _plain(heading) not in headings:
            yield Finding(
                "must fix", heading, "The section is missing: write it, or say why it does not apply."
            )
    for section in paper.sections:
        if not section.exempt and not any(
            words.strip() for block in section.blocks for words in _words(block)
        ):
            yield Finding(
                "must fix", section.heading, "The section is empty: write it or take its heading out."
            )
    for part, words in (
        ("the title", paper.title),
        ("Purpose of the report", paper.purpose),
        ("Report of", paper.report_of),
        ("Recommendations", "".join(paper.recommendations)),
        ("Electoral divisions and members affected", paper.electoral_divisions),
    ):
        if not words.strip():
            yield Finding("must fix", part, "It says nothing.")


def _plain(heading: str) -> str:
    return " ".join(word.removesuffix("s") for word in re.findall(r"\w+", heading.casefold()))


def _clearances(paper: PaperData, known: Known) -> Iterator[Finding]:
    for kind in known.clearances:
        if kind not in {comment.kind for comment in paper.comments}:
            yield Finding("must fix", f"{kind} comments", "The clearance is missing: ask for it.")
    for comment in paper.comments:
        where = f"{comment.kind} comments ({comment.initials} {comment.given_on:%d/%m/%y})"
        age = (known.meeting_on - comment.given_on).days
        if age < 0:
            yield Finding("must fix", where, "The clearance is dated after the meeting: correct its date.")
        elif age > known.clearance_days:
            yield Finding(
                "must fix",
                where,
                f"The clearance is {age} days old at the meeting and may be {known.clearance_days}: ask for it anew.",
            )
        if not any(words.strip() for words in comment.paragraphs):
            yield Finding("must fix", where, "The clearance says nothing: ask what the officer has to say.")


_LEFT_OVER = re.compile(
    r"for the report.s author to complete|\[[^\]]{0,40}(insert|tbc|name)[^\]]{0,40}\]|\bTBC\b|\bX{3,}\b|\?\?|lorem ipsum"
    r"|to be (completed|confirmed)",
    re.IGNORECASE,
)


def _left_over(texts: list[_Text]) -> Iterator[Finding]:
    for text in texts:
        if found := _LEFT_OVER.search(text.words):
            yield Finding("look", text.where, f"Words that wait for the author are left in it: “{found[0]}”.")


# ---- text that belongs to another paper ----


def _other_contracts(paper: PaperData, texts: list[_Text], known: Known) -> Iterator[Finding]:
    if known.reference and paper.ref and paper.ref != known.reference:
        yield Finding("must fix", "Reference", f"It is {paper.ref}; the item is about {known.reference}.")
    own = " ".join((known.reference, known.title, *known.words, paper.title)).casefold()
    for text in texts:
        if known.reference and _says(text.words, known.reference):
            continue  # it may compare the two
        for other in known.others:
            if other.reference.casefold() in own:
                continue
            if re.search(
                rf"(?<![\w-]){re.escape(other.reference)}(?![\w-])", text.words
            ):  # as written: FMS, not fms
                yield Finding(
                    "must fix",
                    text.where,
                    f"It is about {other.reference} ({other.title}): is it from another paper?",
                )
                continue
            for words in (other.title, *other.words):
                if len(words) >= 8 and words.casefold() not in own and _says(text.words, words):
                    yield Finding(
                        "look",
                        text.where,
                        f"“{words}” belongs to {other.reference}: is it from another paper?",
                    )


def _says(text: str, words: str) -> bool:
    return bool(re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text, re.IGNORECASE))


_SERVICES = re.compile(
    r"\b(homes|beds|residential|foster\w*|adopt\w*|short breaks?|respite|tuition|mediation|mentoring|transport"
    r"|supported accommodation|therap\w+|advoca\w+|special schools?|alternative provision|nurser\w+)\b",
    re.IGNORECASE,
)
_OPTIONS = re.compile(
    r"\boptions\b.{0,60}\b(presented|derived|considered|appraised|set out)|range of options", re.IGNORECASE
)
_PRAISE = re.compile(
    r"\brecommendations?\b.{0,60}\b(ensures?|represents?|secures?|delivers?|best)\b", re.IGNORECASE
)
_DECIDES = re.compile(
    r"\b(approv\w+|agree\w*|award\w*|recommission\w*|decommission\w*|remodel\w*|extend\w*|decid\w+|authori[sz]\w+"
    r"|procure\w*|tender\w*|begin\w*|option\w*)\b",
    re.IGNORECASE,
)


def _other_report(paper: PaperData, texts: list[_Text], known: Known) -> Iterator[Finding]:
    """Options and reasons that fit no other part of the paper: copied from another report."""
    about = " ".join(
        (paper.title, paper.purpose, *paper.recommendations, known.title, *known.words)
    ).casefold()
    decides = _DECIDES.search(" ".join(paper.recommendations))
    for section in paper.sections:
        if not re.search(r"option|reason", section.heading, re.IGNORECASE):
            continue
        listed = any(isinstance(block, Bullets | Table) for block in section.blocks)
        told = any(
            re.search(r"\boptions?\b", text.words, re.IGNORECASE)
            for text in texts
            if text.section not in {section.heading, "Recommendations"}
            and not re.search(r"option|reason", text.section, re.IGNORECASE)
        )
        for text in texts:
            if text.section != section.heading:
                continue
            reasons = []
            services = [match[0].casefold() for match in _SERVICES.finditer(text.words)]
            if services and not any(service.rstrip("s") in about for service in services):
                reasons.append(
                    f"it speaks of {services[0]}, which neither the title, the purpose nor a recommendation names"
                )
            if _OPTIONS.search(text.words) and not (listed or told):
                reasons.append("it speaks of options, and the paper presents none")
            if _PRAISE.search(text.words) and not decides:
                reasons.append("it praises recommendations, and those of this paper decide nothing")
            if reasons:
                yield Finding(
                    "must fix" if len(reasons) > 1 else "look",
                    text.where,
                    f"It seems to be from another report: {'; '.join(reasons)}.",
                )


_A_BOARD = re.compile(r"\b(?:(?:[A-Z][\w’'-]{0,30}|&|and|of|for)\s+){1,10}(?:Board|BOARD)\b")


def _names_of_the_board(texts: list[_Text], known: Known) -> Iterator[Finding]:
    right = known.board.casefold()
    theirs = {word for word in re.findall(r"\w{5,}", right) if word != "board"}
    named: dict[str, str] = {}
    for text in texts:
        for match in _A_BOARD.finditer(text.words):
            name = re.sub(r"^((the|and|of|for|&)\s+)+", "", " ".join(match[0].split()), flags=re.IGNORECASE)
            if theirs & {*re.findall(r"\w+", name.casefold())} and not name.casefold().endswith(right):
                named.setdefault(name, text.where)
    for name, where in named.items():
        yield Finding("must fix", where, f"The Board is named “{name}”; its name is “{known.board}”.")


# ---- figures ----

_MONEY = re.compile(r"£\s?(\d[\d,]*(?:\.\d+)?)\s?(bn|billion|m|million|k|thousand)?\b", re.IGNORECASE)
_SCALE = {"b": 1_000_000_000, "m": 1_000_000, "k": 1_000, "t": 1_000}
_YEAR = re.compile(r"\b(?:19|20)\d\d\s?[/–-]\s?(?:20)?\d\d\b")
_ABOUT = re.compile(
    r"(over|excess of|more than|almost|nearly|about|around|approximately|some|up to|under)\s*$", re.IGNORECASE
)
_BASIS = re.compile(
    r"\b(?:19|20)\d\d\b|\b(per|a|each|every) (year|annum|week|month|night|hour|day|child|place\w*)|annual|weekly|monthly"
    r"|whole (life|term)|(life|length|term) of the|threshold",
    re.IGNORECASE,
)
_SPENDING = re.compile(
    r"\b(spen[dt]\w*|budget\w*|costs?|sav(e|es|ing|ings)|values?|expenditure)\b", re.IGNORECASE
)


def _amount(match: re.Match[str]) -> tuple[Decimal, Decimal]:
    """Pounds, and by how much rounding may have changed them: a figure in full is exact."""
    scale = _SCALE[match[2][0].lower()] if match[2] else 1
    rounding = Decimal(scale).scaleb(-len(match[1].partition(".")[2])) / 2 if match[2] else Decimal()
    return Decimal(match[1].replace(",", "")) * scale, rounding


def _totals(paper: PaperData, known: Known) -> Iterator[Finding]:
    for where, _, table in _tables(paper):
        yield from _sums(where, table)
        if re.search(r"\bspend", " ".join((table.caption, *table.header)), re.IGNORECASE):
            yield from _table_of_spend(where, table, known)


def _sums(where: str, table: Table) -> Iterator[Finding]:
    if len(table.rows) < 3 or not re.match(r"(grand )?total\b", table.rows[-1][0].strip(), re.IGNORECASE):
        return
    for heading, column in list(zip(table.header, zip(*table.rows, strict=True), strict=True))[1:]:
        figures = [figure for cell in column if (figure := _figure(cell))]
        if len(figures) < len(column):
            continue
        *parts, (total, _) = figures
        summed = sum(part for part, _ in parts)
        if abs(summed - total) > sum(rounding for _, rounding in figures):
            yield Finding(
                "must fix",
                where,
                f"The total of “{heading}” is {column[-1]}, and its rows add up to {summed:,}.",
            )


def _figure(cell: str) -> tuple[Decimal, Decimal] | None:
    if match := _MONEY.fullmatch(cell.strip()):
        return _amount(match)
    plain = re.fullmatch(r"\d[\d,]*(\.\d+)?", cell.strip())
    return (Decimal(plain[0].replace(",", "")), Decimal()) if plain else None


def _table_of_spend(where: str, table: Table, known: Known) -> Iterator[Finding]:
    """A row for each year, or a column for each with a row of totals, against the record."""
    if len(table.header) == 2:
        by_year = list(table.rows)
    else:
        totals = [row for row in table.rows if re.match(r"total\b", row[0], re.IGNORECASE)]
        by_year = [pair for row in totals for pair in zip(table.header, row, strict=True)]
    for year, cell in by_year:
        money = _MONEY.fullmatch(cell.strip())
        recorded = known.spend.get(year.strip())
        if money and recorded is not None and not _agrees(money, recorded):
            yield Finding(
                "must fix",
                where,
                f"Spend in {year.strip()} is {cell.strip()}; the record has £{recorded:,.0f}.",
            )


def _agrees(money: re.Match[str], recorded: Decimal, *, roughly: bool = False) -> bool:
    stated, rounding = _amount(money)
    return abs(stated - recorded) <= max(
        Decimal(1), rounding * 2 if roughly else rounding, stated / 50 if roughly else 0
    )


def _stated_spend(texts: list[_Text], known: Known) -> Iterator[Finding]:
    for text in texts:
        for sentence in re.split(r"(?<=[.;])\s", text.words):
            years, sums = _YEAR.findall(sentence), list(_MONEY.finditer(sentence))
            if (
                len(years) != 1
                or len(sums) != 1
                or "|" in sentence
                or not re.search(r"\bspen[dt]", sentence, re.IGNORECASE)
            ):
                continue
            recorded = known.spend.get(re.sub(r"\s?[/–-]\s?(20)?", "/", years[0]))
            roughly = bool(_ABOUT.search(sentence[: sums[0].start()]))
            if recorded is not None and not _agrees(sums[0], recorded, roughly=roughly):
                yield Finding(
                    "look",
                    text.where,
                    f"It says {sums[0][0].strip()} for {years[0]}; the record has £{recorded:,.0f}.",
                )


def _years(texts: list[_Text]) -> Iterator[Finding]:
    for text in texts:
        figure = _MONEY.search(text.words)
        if figure and _SPENDING.search(text.words) and not _BASIS.search(text.words):
            yield Finding(
                "look", text.where, f"Which year is {figure[0].strip()} of? Say the financial year."
            )


# ---- children ----

_BIRTH = re.compile(r"\bd\.?o\.?b\b\.?|\b(date of birth|born|birthday)\b[^.;]{0,25}\d", re.IGNORECASE)
_INITIALS = re.compile(
    r"\b(?:[Cc]hild|[Yy]oung [Pp]erson|[Pp]upil|[Bb]aby|YP)\s+(?!SEN|CIN|CIC|CLA|LAC|EHC|CPP|SGO|EHCP|IPA)"
    r"(?:[A-Z]{1,3}|[A-Z]\.\s?[A-Z]\.?)(?![\w’'])"
)
_NAME_AND_AGE = re.compile(
    r"\b([A-Z][a-zà-ÿ’'-]{1,30})(?:\s[A-Z][\w’'-]{0,30}\.?)?,?\s\(?(?:aged?\s|is\s)(?:[1-9]|1\d)(?:\s?(?:years?|months?)\sold)?\b"
    r"(?!\s?(?:\+|-|–|to\b|and\b|or\b|years and|\d|%))"
)
_NOBODY = re.compile(
    "People|Persons?|Children|Child|Those|Leavers?|Pupils|Learners|Students|Adults|Anyone|Everyone|Boys|Girls|Carers"
    "|Siblings|Placements|Accommodation|Care|Young|All|Population|Cohort|Groups|Stage|Lot|Paragraph|Section|Table"
    "|Appendix|Item|Part|Schedule|There|It|This|That|Which|Year|Tier|Level|Option|Phase|Looked|After"
)
_ONE_CHILD = re.compile(r"\b(?:an?|the|this|our|one)\s(?:\w+\s)?(?:\d|1\d)[- ]year[- ]old\b", re.IGNORECASE)


def _children(texts: list[_Text]) -> Iterator[Finding]:
    for text in texts:
        if _BIRTH.search(text.words):
            yield Finding(
                "must fix",
                text.where,
                "It has a date of birth: take it out, for papers hold no child's data.",
            )
        if _INITIALS.search(text.words):
            yield Finding(
                "must fix", text.where, "It has a child's initials or letter: write “a child” or take it out."
            )
        if any(not _NOBODY.fullmatch(match[1]) for match in _NAME_AND_AGE.finditer(text.words)):
            yield Finding(
                "must fix", text.where, "It seems to have a name with an age: papers hold no child's name."
            )
        elif _ONE_CHILD.search(text.words):
            yield Finding(
                "look", text.where, "It speaks of one child of one age: could somebody tell who it is?"
            )


_FEW = re.compile(
    r"(?<![\d.,£/–-])(?<!than )(?<!least )(?<!most )(?<!per )(?<!every )(?<!each )(?<!Lot )(?<!Tier )(?<!Stage )"
    r"(?<!Level )(?<!Phase )\b(?:one|two|three|four|[1-4])\s(?:(?!in\b|of\b|to\b|or\b|and\b)[a-z-]+\s){0,2}"
    r"(?:child|children|young people|young person|pupils?|siblings?|babies|care leavers?|girls?|boys?)\b"
    r"(?![’']|\s(?:homes?|services?|centres?|teams?)\b)",
    re.IGNORECASE,
)
_OF_CHILDREN = re.compile(
    r"\b(child|children|young people|pupils?|siblings?|care leavers|girls|boys)\b(?![’'])", re.IGNORECASE
)


def _small_numbers(paper: PaperData, texts: list[_Text]) -> Iterator[Finding]:
    words = "A number of children below five can tell who they are: write “fewer than five”."
    for text in texts:
        if "|" not in text.words and _FEW.search(text.words):
            yield Finding("look" if text.exempt else "must fix", text.where, words)
    for where, section, table in _tables(paper):
        of_table = _OF_CHILDREN.search(table.caption)
        small = any(
            cell.strip() in {"1", "2", "3", "4"}
            and (of_table or _OF_CHILDREN.search(heading) or _OF_CHILDREN.search(row[0]))
            for row in table.rows
            for heading, cell in zip(table.header, row, strict=True)
        )
        if small:
            yield Finding("look" if section.exempt else "must fix", where, words)
