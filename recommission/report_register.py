"""`recommission report spot` and `report spend`: placements bought one by one, and what was paid to whom."""

from datetime import date
from typing import Annotated, Any

import typer

from recommission.options import AsJson, On, as_day

SHOWN = 20
"""So many providers, suppliers and contracts are shown; --json has all."""


def spot(
    first: Annotated[
        date | None,
        typer.Option(
            "--from", parser=as_day, metavar="DAY", help="The period's first day; a year back if left out."
        ),
    ] = None,
    last: Annotated[
        date | None,
        typer.Option("--to", parser=as_day, metavar="DAY", help="Its last day; the day of --on if left out."),
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Spot placements in force at any time in a period: by month, by provider, off framework, what they cost a week.

    Counts of providers are small: they are for the department, not for publication.
    """
    from lifecycle.counting import months_before
    from lifecycle.words import say
    from recommission.errors import refuse
    from recommission.record import record, show_json
    from register import spot as placements

    with record(on) as (now, session):
        ends = last or now.on
        begins = first or date.fromordinal(months_before(ends, 12).toordinal() + 1)
        if ends < begins:
            refuse(f"The period ends on {say(ends)}, before it begins on {say(begins)}.")
        made = placements.report(session, begins, ends)
        least = now.rules.policy.register.spot_contracts_a_year
        often = placements.bought_often(session, least, ends)
    if as_json:
        show_json(
            made.as_json()
            | {
                "bought_often": [
                    {"supplier": one.supplier, "year": str(one.year), "count": one.count} for one in often
                ]
            }
        )
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Column, Table

    from recommission.sheet_screen import console, heading, pairs

    out = console()
    out.print(f"Spot placements, {say(begins)} to {say(ends)}", style="bold")
    fees = f"£{made.weekly:,.2f} a week on its last day" if made.weekly else "not on record"
    if made.weekly and made.without_fee:
        fees += f"; of {made.without_fee} no fee is on record"
    share = (
        f"{made.off_share:.0%} of those of which it is known"
        if made.off_share is not None
        else "not known of any"
    )
    rows = [
        ("In force", f"{made.in_force} at any time in it, {made.on_last_day} on its last day"),
        ("Fees", fees),
        ("Off framework", f"{made.off_framework}, {share}; not known of {made.not_known}"),
    ]
    out.print(pairs(rows))
    table = Table(
        "Month",
        *(Column(name, justify="right") for name in ("In force", "Began", "Ended")),
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for month in made.months:
        table.add_row(month.month, str(month.in_force), str(month.began), str(month.ended))
    out.print(table)
    table = Table(
        Column("Provider", overflow="ellipsis", no_wrap=True),
        *(Column(name, justify="right") for name in ("In force", "Began", "A week")),
        box=SIMPLE_HEAD,
        pad_edge=False,
    )
    for one in made.providers[:SHOWN]:
        table.add_row(
            one.name, str(one.in_force), str(one.began), f"£{one.weekly:,.0f}" if one.weekly else ""
        )
    out.print(table)
    if len(made.providers) > SHOWN:
        out.print(f"… and {len(made.providers) - SHOWN} providers more: --json has all.")
    if often:
        heading(out, f"Bought {least} times or more this financial year: should it be a framework?")
        out.print(pairs((one.supplier, f"{one.count} spot contracts in {one.year}") for one in often))


def _year(text: str) -> Any:
    from recommission.report import as_year

    return as_year(text)


def spend(
    year: Annotated[
        Any, typer.Option("--year", parser=_year, metavar="YEAR", help="The financial year, such as 2021/22.")
    ],
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """What was paid in a financial year, from the ledger's payments: under contracts or not, to whom, in which months.

    And what was spent under each contract against its value. `recommission register import-spend` brings payments in.
    """
    from recommission.record import record, show_json
    from register import spend_report
    from register.paid_under import Standing

    with record(on) as (_, session):
        made = spend_report.report(session, year)
    if as_json:
        show_json(made.as_json())
        return
    from rich.box import SIMPLE_HEAD
    from rich.table import Column, Table

    from recommission.sheet_screen import console, pairs

    out = console()
    out.print(f"Spend in {made.year}", style="bold")
    if made.suppliers:
        rows = [
            (name, f"£{pounds:,.2f}" + (f", {pounds / made.pounds:.1%}" if made.pounds else ""))
            for name, pounds in made.under.items()
        ]
        out.print(pairs([*rows, ("in all", f"£{made.pounds:,.2f} to {len(made.suppliers):,} suppliers")]))
        months: dict[str, Any] = {}
        for one in made.suppliers:
            for month, pounds in one.months.items():
                months[month] = months.get(month, 0) + pounds
        out.print(pairs((month, f"£{months[month]:,.2f}") for month in sorted(months)))
        table = Table(
            Column("Supplier", overflow="ellipsis", no_wrap=True),
            Column("Paid", justify="right", no_wrap=True),
            Column("Off contract", justify="right", no_wrap=True),
            box=SIMPLE_HEAD,
            pad_edge=False,
        )
        for one in made.suppliers[:SHOWN]:
            off = one.under[Standing.NONE]
            table.add_row(one.supplier, f"£{one.pounds:,.2f}", f"£{off:,.2f}" if off else "")
        out.print(table)
        if len(made.suppliers) > SHOWN:
            out.print(f"… and {len(made.suppliers) - SHOWN:,} suppliers more: --json has all.")
    else:
        out.print(
            "  No payment of that year is on record: `recommission register import-spend FILE` brings them in."
        )
    if made.contracts:
        table = Table(
            Column("Contract", overflow="ellipsis", no_wrap=True),
            *(Column(name, justify="right", no_wrap=True) for name in (made.year, "In all", "Value", "Used")),
            box=SIMPLE_HEAD,
            pad_edge=False,
        )
        for each in made.contracts[:SHOWN]:
            table.add_row(
                each.reference, f"£{each.year:,.0f}", f"£{each.spent:,.0f}",
                f"£{each.value:,.0f}" if each.value else "not given", f"{each.share:.0%}" if each.share is not None else "",
                style="bold red" if each.share is not None and each.share > 1 else "",
            )  # fmt: skip
        out.print(table)
        if len(made.contracts) > SHOWN:
            out.print(f"… and {len(made.contracts) - SHOWN:,} contracts more: --json has all.")
