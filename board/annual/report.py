"""What the annual report says: its figures put into the sentences and the order of a report to the committee."""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date
from decimal import Decimal

from board.annual.ahead import UPCOMING
from board.annual.figure import Figures, ReportRefused, Row, listed
from board.annual.rounding import FEWEST, MILLION, number, percent
from board.annual.spending import TEN
from board.rendering.content import (
    Bar,
    BarChart,
    Block,
    Bullets,
    Comment,
    PaperData,
    Paragraph,
    Section,
    Table,
)
from board.rendering.word import COMMENT_KINDS
from lifecycle.partial_dates import PartialDate, Precision
from lifecycle.policy import BoardRules
from lifecycle.words import say

IMPLICATIONS = (
    "crime and disorder, data protection and information governance, finance, human resources, human rights, the NHS "
    "Constitution (public health services), the public sector equality duty, safeguarding of children and adults at "
    "risk, service users, smarter working, sustainability and the environment"
)
RECOMMENDATION = (
    "That the committee considers whether there are any further actions required arising out of the information "
    "contained in the report."
)
NAMES = {
    "spend": "Spend",
    "spend_before": "Spend of the year before",
    "spend_change": "Change of the spend",
    "top_ten_share": "Share of the ten largest suppliers",
    "top_ten_change": "Change of the ten largest suppliers",
    "largest_supplier": "Largest supplier",
    "top_ten_services": "Services of the ten largest suppliers",
    "on_contract": "Spend under contracts and frameworks",
    "care_ten": "Children in care suppliers on a framework or block contract",
    "spot_trend": "Trend of spot contracts",
    "joint": "Contracts held jointly",
    "endings": "Contracts that end",
    "contracts": "Contracts in Appendix A",
    "not_shown": "Suppliers not shown",
    "meetings": "Meetings",
    "chair": "Chair",
    "divisions": "Divisions of the members",
    "gaps": "Gaps between meetings",
}
"""How Appendix B calls the figures; those of one year or kind are named by `_name`."""


def paper(figures: Figures, board: BoardRules, comments: tuple[Comment, ...] = ()) -> PaperData:
    """The report. What the register lacks is said to be lacking; nothing is left to be filled in."""
    year = figures.year
    named = f"financial year {year}"
    return PaperData(
        report_of=figures["chair"].words or "Chair of the Board",
        title=f"{board.name}: annual report {year}",
        purpose=f"To provide a summary of the work of the {board.name} (the Board) in overseeing and deciding on the "
        f"department's commissioning and the management of its contracts in the {named} ({say(year.first)} to "
        f"{say(year.last)}). Every figure is of that financial year unless another is named, and as the register "
        f"of contracts stood on {say(figures.as_at)}.",
        sections=(
            Section("Information", tuple(_information(figures))),
            Section(
                "Other Options Considered",
                (Paragraph("None. The report gives an account of the year and proposes no service."),),
            ),
            Section(
                "Reasons for Recommendations",
                (
                    Paragraph(
                        f"The committee oversees the services that the Board commissions; the report enables it to "
                        f"consider the Board's work in the {named}."
                    ),
                ),
            ),
            Section(
                "Statutory and Policy Implications",
                (
                    Paragraph(
                        f"This report has been compiled after consideration of implications in respect of {IMPLICATIONS} "
                        "and where such implications are material they are described below. Appropriate consultation "
                        "has been undertaken and advice sought on these issues as required."
                    ),
                ),
            ),
            Section(
                "Financial Implications",
                (Paragraph("There are no direct financial implications arising from this report."),),
            ),
            Section(
                "HR Implications",
                (Paragraph("There are no direct HR implications arising from this report."),),
            ),
        ),
        recommendations=(RECOMMENDATION,),
        comments=comments,
        background_papers=("None.",),
        appendices=(
            Section(f"Appendix A: contracts in the {named}", (_register(figures),)),
            Section("Appendix B: how each figure is computed", (_methods(figures),)),
        ),
    )


def _information(figures: Figures) -> Iterator[Block]:
    chair, divisions = figures["chair"], figures["divisions"]
    seats = (
        f"The Board is chaired by the {chair.words}" if chair.value else "The Board's chair is not on record"
    )
    of = f"; its members are of {divisions.words}" if divisions.value else ""
    yield Paragraph(
        f"{seats}{of}. Its purpose is to ensure that commissioning within the department is delivered in line with the "
        "department's commissioning principles, and to challenge commissioners where necessary. It receives reports at "
        "the key stages of the commissioning cycle, and all decisions to remodel, recommission or decommission services "
        "are made by the Board."
    )
    yield Paragraph(
        "It also oversees the management of the department's contracts, through exception reports and contract reviews, "
        "and considers business cases that seek savings on care or specialist education placements, on which it makes "
        "recommendations to the department's senior leadership team."
    )
    yield Paragraph(_meetings(figures))
    yield Paragraph(_spend(figures))
    yield Paragraph(_largest(figures))
    yield from _suppliers(figures)
    yield Paragraph(_on_contract(figures))
    yield from _spot(figures)
    yield from _upcoming(figures)
    yield from _endings(figures)


def _meetings(figures: Figures) -> str:
    meetings, gaps, year = figures["meetings"], figures["gaps"], figures.year
    if not meetings.value:
        return f"The Board's calendar has no meeting in the financial year {year}."
    days = listed([row.name for row in meetings.rows])
    times = "meeting" if meetings.value == 1 else "meetings"
    seen = "it held" if all(row.id for row in meetings.rows) else "its calendar had"
    held = f"{seen} {meetings.words} {times} in the financial year {year} ({days})"
    if gaps.value:
        return f"The Board is to meet every two months: {held}, and it did not meet {gaps.words}."
    return f"The Board meets every two months: {held}."


def _spend(figures: Figures) -> str:
    year, last = figures.year, figures.year.earlier()
    spend, up, share, top_up = (
        figures[name] for name in ("spend", "spend_change", "top_ten_share", "top_ten_change")
    )
    if spend.value is None:
        return (
            f"The register holds no spend for the financial year {year}, so this report gives no total of it."
        )
    count = figures["top_ten"]
    of = (
        "The ten largest suppliers account"
        if count.value == TEN
        else f"The suppliers ({count.words}) account"
    )
    presided = f"In the financial year {year} the Board presided over contracts and commissioned spend of"
    if up.value is None:
        return (
            f"{presided} {spend.words}. The register holds no spend for {last}, so no change is given. {of} for "
            f"{share.words} of the total."
        )
    return (
        f"{presided} {spend.words}, {up.words} on {last}. {of} for {share.words} of the total; the spend with them is "
        f"{top_up.words} on that with the ten largest suppliers of {last}."
    )


def _hidden(figures: Figures) -> set[str]:
    return {row.name for row in figures["not_shown"].rows}


def _largest(figures: Figures) -> str:
    largest = figures["largest_supplier"]
    if largest.value is None:
        return f"No supplier can be named as the largest of {figures.year} without spend in the register."
    if largest.value in _hidden(figures):
        return (
            f"The supplier with the most spend in {figures.year} is not named here: it has fewer than "
            f"{number(FEWEST)} spot placements, and its spend could tell what one child's costs."
        )
    mix = figures["top_ten_services"]
    services = f" By service the ten largest suppliers are: {mix.words}." if mix.words else ""
    return f"The supplier with the most spend in {figures.year} is {largest.words}.{services}"


def _suppliers(figures: Figures) -> Iterator[Block]:
    amounts: dict[str, Decimal] = defaultdict(Decimal)
    for row in figures["top_ten"].rows:
        amounts[row.name] += row.amount or 0
    shown = sorted(
        ((name, amount) for name, amount in amounts.items() if name not in _hidden(figures)),
        key=lambda pair: (-pair[1], pair[0]),
    )
    if not shown:
        return
    (first, most), (last, least) = shown[0], shown[-1]
    left_out = len(amounts) - len(shown)
    title = f"Spend with the ten largest suppliers, financial year {figures.year}"
    if left_out:
        title += f" ({number(left_out)} of them not shown: fewer than {number(FEWEST)} spot placements)"
    yield BarChart(
        title,
        f"Bar chart of the spend in {figures.year} with each of {number(len(shown))} suppliers, from {first} with "
        f"{_millions(most)} down to {last} with {_millions(least)}. The table beneath has the figures.",
        "Supplier",
        "Spend",
        tuple(Bar(name, float(amount), _millions(amount)) for name, amount in shown),
    )


def _millions(amount: Decimal) -> str:
    return f"£{amount / MILLION:.2f}m" if amount >= MILLION else f"£{amount:,.0f}"


def _on_contract(figures: Figures) -> str:
    year, share, care, joint = figures.year, figures["on_contract"], figures["care_ten"], figures["joint"]
    sentences = []
    if isinstance(share.value, Decimal):
        # With the exact share the spend on a handful of placements could be worked out.
        exact = "" if _few_spots(figures) else f" ({percent(share.value)})"
        word = share.words[0].upper() + share.words[1:]
        sentences.append(
            f"{word} of the spend{exact} is under contracts, frameworks and approved provider lists rather than "
            "spot contracts."
        )
    if care.value is None:
        sentences.append(
            "The register does not say which suppliers with spend are of children in care, so none are counted."
        )
    else:
        are = "is" if care.value == 1 else "are"
        sentences.append(
            f"Of the suppliers of children in care, {care.words} by spend {are} on a framework or a block contract in "
            f"force in {year}. (These are the largest for children in care only, not the ten largest of all services.)"
        )
    if joint.value:
        others = listed(sorted({name for row in joint.rows for name in row.cells}))
        are = "contract is" if joint.value == 1 else "contracts are"
        titles = listed([f"{row.name} ({row.reference})" for row in joint.rows])
        sentences.append(f"{joint.words.capitalize()} {are} held jointly by {others}: {titles}.")
    return " ".join(sentences)


def _few_spots(figures: Figures) -> bool:
    return 0 < len(figures[f"spot {figures.year}"].rows) < FEWEST


def _spot(figures: Figures) -> Iterator[Block]:
    year, trend = figures.year, figures["spot_trend"]
    spot = figures[f"spot {year}"]
    if not spot.value:
        said = f"No spot contract was in force in {year}."
    else:
        said = f"There were {spot.words} spot contracts in force at some time in {year}."
    change = (
        f" Their number {trend.words}."
        if trend.value
        else " The register has no earlier year to compare them with."
    )
    yield Paragraph(
        f"{said}{change} A placement is found by a spot contract where no local contract or framework can provide it."
    )
    years = [
        (each, figures[f"spot {each}"])
        for each in (year.earlier(back) for back in (2, 1, 0))
        if f"spot {each}" in figures.by_name
    ]
    while years and not years[0][1].value:
        years.pop(0)
    few = [str(each) for each, one in years if 0 < len(one.rows) < FEWEST]
    shown = [(each, one) for each, one in years if str(each) not in few]
    if len(shown) > 1:
        title = "Spot contracts in force at some time in each financial year"
        if few:
            title += f" ({listed(few)} not shown: fewer than {number(FEWEST)})"
        yield BarChart(
            title,
            "Bar chart of the number of spot contracts: "
            + listed([f"{len(one.rows)} in {each}" for each, one in shown])
            + ". The table beneath has the figures.",
            "Financial year",
            "Spot contracts",
            tuple(Bar(str(each), len(one.rows), f"{len(one.rows):,}") for each, one in shown),
        )


def _upcoming(figures: Figures) -> Iterator[Block]:
    kinds = [(label, figures[f"upcoming {kind}"]) for kind, (label, _) in UPCOMING.items()]
    if not any(one.rows for _, one in kinds):
        yield Paragraph("No service stands ahead of a decision of the Board.")
        return
    yield Paragraph(
        f"The work ahead for which the Board will provide direction, scrutiny and oversight, by the stage at which "
        f"each service stood on {say(figures.as_at)}, is as follows."
    )
    for label, one in kinds:
        if one.rows:
            yield Bullets(
                (f"{label}: " + "; ".join(f"{row.name} ({row.reference})" for row in one.rows) + ".",)
            )


def _endings(figures: Figures) -> Iterator[Block]:
    endings, until = figures["endings"], say(figures.year.earlier(-2).last)
    if not endings.rows:
        yield Paragraph(f"No contract in force ends by {until}.")
        return
    new: dict[str, list[str]] = defaultdict(list)
    for row in endings.rows:
        if wanted := row.cells[1]:
            new[wanted].append(row.reference)
    arrangements = [f"from {when}, in place of {listed(those)}" for when, those in new.items()]
    ahead = f" New arrangements are to begin {'; '.join(arrangements)}." if arrangements else ""
    vague = [row for row in endings.rows if not PartialDate.parse(row.cells[0]).pinned]
    cease = "".join(f" {row.name} ({row.reference}) ends {_when(row.cells[0])}." for row in vague)
    end = "contract ends" if endings.value == 1 else "contracts end"
    yield Paragraph(
        f"{endings.words.capitalize()} {end} between {say(figures.as_at)} and {until}, the end of the second "
        f"financial year that follows.{cease}{ahead}"
    )
    yield Table(
        f"Contracts that end by {until}",
        ("Reference", "Contract", "Ends", "New arrangements wanted from"),
        tuple((row.reference, row.name, row.cells[0], row.cells[1] or "–") for row in endings.rows),
    )


def _when(words: str) -> str:
    """The date in a sentence, as written: in August 2023, by August 2023."""
    whole = PartialDate.parse(words).precision not in (Precision.BY, Precision.BEFORE, Precision.INTERVAL)
    return f"in {words}" if whole else words


def _register(figures: Figures) -> Block:
    rows = [
        (row.reference, row.name, row.cells[0], row.cells[1] or "–", row.cells[2], _spent(row.amount))
        for row in figures["contracts"].rows
    ]
    spot, spend = figures[f"spot {figures.year}"], figures["spend"]
    if spot.rows:
        amount = _sum(figures["spend"].rows) - _sum(figures["contracts"].rows)
        count = spot.words if _few_spots(figures) else f"{len(spot.rows):,}"
        shown = "not shown" if _few_spots(figures) else _spent(amount)
        rows.append(("Spot", f"Spot contracts ({count})", "spot", "–", "–", shown))
    if isinstance(spend.value, Decimal) and not _few_spots(figures):
        rows.append(("Total", "", "", "", "", _spent(spend.value)))
    return Table(
        f"Contracts in force at any time in {figures.year}, and spend in that financial year",
        ("Reference", "Contract", "Kind", "Supplier", "Ends", "Spend"),
        tuple(rows),
    )


def _sum(rows: Iterable[Row]) -> Decimal:
    return sum((row.amount or Decimal(0) for row in rows), Decimal(0))


def _spent(amount: Decimal | None) -> str:
    return "–" if amount is None else f"£{amount:,.0f}"


def _methods(figures: Figures) -> Block:
    hidden = {"top_ten", *(name for name, one in figures.by_name.items() if one.value == 0)}
    if figures["largest_supplier"].value in _hidden(figures):
        hidden.add("largest_supplier")
    if not _hidden(figures) & {row.name for row in figures["top_ten"].rows}:
        hidden.add("not_shown")
    return Table(
        "The figures of this report and their methods",
        ("Figure", "As printed", "Method"),
        tuple(
            (_name(name), figure.words or "not known", f"{figure.method[0].upper()}{figure.method[1:]}.")
            for name, figure in figures.by_name.items()
            if name not in hidden
        ),
    )


def _name(name: str) -> str:
    if name in NAMES:
        return NAMES[name]
    what, _, rest = name.partition(" ")
    return f"Spot contracts {rest}" if what == "spot" else f"Upcoming work: {UPCOMING[rest][0]}"


_COMMENT = re.compile(
    rf"({'|'.join(COMMENT_KINDS)})(?: comments)? \(([A-Z]{{2,4}}) ([^)]+)\): *(\S.*)", re.I | re.S
)


def read_comment(text: str, as_at: date) -> Comment:
    """Read `Financial (CDS 10/02/22): There are none.`. Raises ReportRefused, also for one given after the report."""
    match = _COMMENT.fullmatch(text.strip())
    if match is None:
        raise ReportRefused(
            f"“{text[:60]}” is no officer's comment; write it as in: Financial (CDS 10/02/22): There are no direct "
            "financial implications."
        )
    kind, initials, day, words = match.groups()
    try:
        # Signed dd/mm/yy, as the heading prints it.
        given = PartialDate.parse(re.sub(r"/(\d\d)$", r"/20\1", day.strip()))
    except ValueError as refused:
        raise ReportRefused(f"The {kind} comment's date cannot be read: {refused}") from None
    if given.earliest is None or not given.pinned or given.earliest > as_at:
        raise ReportRefused(
            f"The {kind} comment's date, “{day}”, must be one day, and not after the report's."
        )
    return Comment(kind.capitalize(), initials.upper(), given.earliest, (words.strip(),))
