"""`recommission contracts`: the register as a list, filtered, sorted, for people, for machines, as CSV."""

import sys
from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lifecycle.rag import Rag
from lifecycle.stages import Kind, Stage
from recommission.options import AsJson, On, as_day, one_of

if TYPE_CHECKING:
    from sqlmodel import Session

    from register.listing import Listed

SHOWN = 200
"""The most rows on a screen: what is longer nobody reads, and a terminal takes minutes to draw."""
SORTS = ("end", "reference", "value", "rag", "owner")


def contracts(
    owner: Annotated[str, typer.Option(metavar="POST", help="Only contracts that this post owns.")] = "",
    supplier: Annotated[str, typer.Option(metavar="NAME", help="Only where a supplier's name holds this.")] = "",
    kind: Annotated[Kind | None, typer.Option(parser=one_of("kind", Kind), metavar="KIND", help="Only of this kind.")] = None,
    department: Annotated[str, typer.Option(help="Only this department's.")] = "",
    stage: Annotated[Stage | None, typer.Option(parser=one_of("stage", Stage), metavar="STAGE", help="Only in this stage of the cycle.")] = None,
    rag: Annotated[Rag | None, typer.Option(parser=one_of("colour", Rag), metavar="red|amber|green", help="Only so: red is late, amber the last chance or a gap in the record.")] = None,
    ending_before: Annotated[date | None, typer.Option(parser=as_day, metavar="DAY", help="Only those that end before the day.")] = None,
    no_owner: Annotated[bool, typer.Option("--no-owner", help="Only those without an owner.")] = False,
    no_end: Annotated[bool, typer.Option("--no-end", help="Only those without an end date.")] = False,
    no_successor: Annotated[bool, typer.Option("--no-successor", help="Only those that end with nothing made or being bought to follow.")] = False,
    ended: Annotated[bool, typer.Option("--ended", help="Those that have ended, which are left out otherwise.")] = False,
    sort: Annotated[str, typer.Option(metavar="|".join(SORTS), help="What they are ordered by.")] = "end",
    as_csv: Annotated[bool, typer.Option("--csv", help="As CSV for a spreadsheet.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """The contracts of the register that are asked for; all that have not ended, the first to end first.

    Several filters narrow each other down. Red: a date is past, or no Board can decide in time any more.
    Amber: only the next Board can, or it has no owner or no end. `recommission contract REF` shows one.
    """
    from recommission.errors import did_you_mean, refuse
    from recommission.record import post_called, record, show_json
    from register import listing

    order = one_of("order", listing.Sort)(sort)
    with record(on) as (now, session):
        if department and department not in (known := listing.departments(session)):
            refuse(f'No contract is of a department "{department}"{did_you_mean(department, known)}')
        wanted = listing.Wanted(
            owner_id=post_called(session, owner).id if owner else None,
            supplier_ids=_suppliers(session, supplier) if supplier else None,
            kind=kind, department=department or None, stage=stage, rag=rag, ending_before=ending_before,
            no_owner=no_owner, no_end=no_end, no_successor=no_successor, ended=ended,
        )  # fmt: skip
        found = listing.contracts(session, wanted, now.rules, now.on, order)
    if as_json:
        show_json([one.as_json() for one in found])
    elif as_csv:
        _write_csv(found)
    elif found:
        _print(found, now.on)
    else:
        typer.echo("The register has no such contract.")


def _suppliers(session: "Session", words: str) -> tuple[int, ...]:
    """The suppliers whose name, or another name of theirs, holds the words; none is refused with the nearest."""
    from sqlmodel import col, func, select

    from models.people import Supplier, SupplierName
    from recommission.errors import did_you_mean, refuse
    from register.identity.merging import merged_into, root

    def holds(name: str) -> "Sequence[int | None]":
        word = words.lower()
        return session.exec(
            select(Supplier.id).where(func.lower(col(Supplier.name)).contains(word, autoescape=True))
            if name == "own"
            else select(SupplierName.supplier_id).where(
                func.lower(col(SupplierName.name)).contains(word, autoescape=True)
            )
        ).all()

    found = {key for key in (*holds("own"), *holds("other")) if key}
    if not found:
        known = session.exec(select(Supplier.name)).all()
        refuse(f'The register has no supplier "{words}"{did_you_mean(words, known)}')
    into = merged_into(session)
    return tuple(sorted({root(into, key) for key in found}))


def _write_csv(found: "list[Listed]") -> None:
    import csv

    from register.publishing.csv_files import as_text

    header = (
        "reference", "title", "kind", "department", "owner", "suppliers", "start", "end", "last_day", "ended_on",
        "value", "value_per", "stage", "rag",
    )  # fmt: skip
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(header)
    out.writerows(
        map(as_text, (
                one.reference, one.title, one.kind, one.department, one.owner, ";".join(one.suppliers),
                str(one.starts or ""), str(one.ends or ""), one.last_day, one.ended_on, one.value,
                one.value_per if one.value is not None else "", one.stage, one.rag,
        ))
        for one in found
    )  # fmt: skip


def _print(found: "list[Listed]", on: date) -> None:
    from rich.box import SIMPLE_HEAD
    from rich.table import Column, Table

    from recommission.sheet_screen import COLOURS, console

    out = console()
    wide, widest = out.width >= 110, out.width >= 150
    valued = wide and any(one.value is not None for one in found)
    few: Any = {"no_wrap": True, "overflow": "ellipsis"}
    table = Table(
        Column("Contract", max_width=20, **few),
        Column("Title", ratio=3, **few),
        *([Column("Kind", **few)] if widest else []),
        *([Column("Stage", min_width=14, **few)] if wide else []),
        Column("Ends", min_width=10, max_width=22, **few),
        *([Column("Value", min_width=9, justify="right", **few)] if valued else []),
        Column("RAG", min_width=5, no_wrap=True),
        Column("Owner", min_width=21, **few),
        *([Column("Supplier", ratio=2, **few)] if widest else []),
        box=SIMPLE_HEAD, pad_edge=False, padding=(0, 1, 0, 0), expand=True,
    )  # fmt: skip
    for one in found[:SHOWN]:
        table.add_row(
            one.reference,
            one.title,
            *([one.kind] if widest else []),
            *([one.stage or ""] if wide else []),
            _ends(one),
            *([pounds(one)] if valued else []),
            str(one.rag or "ended"),
            _ending(one.owner, 30 if widest else 21),
            *([_some(one.suppliers)] if widest else []),
            style=COLOURS.get(one.rag) if one.rag else "dim",
        )
    out.print(table)
    more = len(found) - SHOWN
    if more > 0:
        out.print(f"… and {more:,} more. Narrow it down, or take them all with --csv or --json.")
    red, amber = (sum(one.rag is colour for one in found) for colour in (Rag.RED, Rag.AMBER))
    from lifecycle.words import count_of, say

    out.print(f"{count_of(len(found), 'contract')} on {say(on)}: {red:,} red, {amber:,} amber.")


def _ends(one: "Listed") -> str:
    from lifecycle.planning import as_written

    if one.ended_on:
        return one.ended_on.strftime("%d/%m/%Y")
    if one.ends is None:
        return "no end"
    pinned = one.ends.latest if one.ends.pinned else None
    return pinned.strftime("%d/%m/%Y") if pinned else as_written(one.ends)


def pounds(one: "Listed") -> str:
    """The value, and what it is for."""
    if one.value is None:
        return ""
    return f"£{one.value:,.0f}" + ("" if one.value_per == "term" else f" a {one.value_per}")


def _ending(words: str, width: int) -> str:
    """The words, or their end: posts of a department begin alike and differ at the end."""
    return words if len(words) <= width else f"…{words[1 - width :]}"


def _some(names: tuple[str, ...]) -> str:
    return names[0] + (f" and {len(names) - 1} more" if len(names) > 1 else "") if names else ""
