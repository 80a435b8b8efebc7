"""`recommission plan REF`: a contract's timeline, and how every date in it was worked out."""

import json
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission.options import On

if TYPE_CHECKING:
    from lifecycle.calendars import Calendar
    from lifecycle.outlook import Outlook
    from lifecycle.planning import How


def plan(
    reference: Annotated[str, typer.Argument(help="The contract's reference in the register, such as NAPL.")],
    on: On = None,
    what_if: Annotated[
        list[str] | None,
        typer.Option(
            "--what-if",
            help='Try a change: "defer 2023-06-12", "cancel 2023-06-12", "end 2023-12-31", "start 2024-01-01".',
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="All of it for machines.")] = False,
) -> None:
    """Print a contract's plan against the Board's calendar, each date with how it was worked out.

    `--what-if` shows the plan under a change beside the present one, and changes nothing.
    """
    from sqlmodel import select

    from config.policy_file import PolicyRefused
    from flows.context import context
    from lifecycle.boards import NoMeeting
    from lifecycle.outlook import WhatIfRefused, outlook
    from lifecycle.outlook import what_if as tried
    from lifecycle.planning import plan as planned
    from models.contracts import Contract
    from models.planning import facts
    from models.session import migrate, reading
    from recommission.errors import refuse, told

    with told(PolicyRefused, WhatIfRefused, NoMeeting):
        now = context(on)
        migrate(now.database)
        policy, boards = now.rules.policy, now.rules.boards
        with reading(now.database) as session:
            contract = session.exec(select(Contract).where(Contract.reference == reference)).first()
            if contract is None:
                refuse(f'The register has no contract "{reference}".')
            known, title = facts(session, contract), contract.title
        seen = {"now": outlook(planned(known, policy, boards), policy, boards, now.on)}
        for change in what_if or ():
            seen[change] = tried(change, known, policy, boards, now.on)
    working = policy.calendar()
    if as_json:
        typer.echo(
            json.dumps(
                {name: _data(one, working) for name, one in seen.items()}, ensure_ascii=False, indent=2
            )
        )
    else:
        _print(title, seen, working)


def _data(seen: "Outlook", working: "Calendar") -> dict[str, Any]:
    made = seen.plan
    return {
        "reference": made.facts.reference,
        "stage": made.facts.stage,
        "on": seen.on.isoformat(),
        "new_service_must_start": _iso(made.start_by),
        "next_board": _iso(seen.next_board),
        "last_board": _iso(seen.gate.last_board) if seen.gate else None,
        "float_boards": seen.float_boards,
        "earliest_start": _iso(seen.forecast.starts) if seen.forecast else None,
        "earliest_start_if_deferred": _iso(seen.deferred.starts) if seen.deferred else None,
        "critical_path": [
            {"what": step.what, "begins": step.begins.isoformat(), "ends": step.ends.isoformat()}
            for step in (seen.forecast.path if seen.forecast else ())
        ],
        "meaning": list(seen.in_words()),
        "gates": [
            {
                "stage": gate.stage,
                "due": gate.due.isoformat(),
                "due_board": gate.due_board.isoformat(),
                "last_board": gate.last_board.isoformat(),
                "papers": {name: getattr(gate.papers, name).isoformat() for name in gate.papers.__slots__},
                "approvals": {name: day.isoformat() for name, day in gate.approvals},
                "binding": gate.binding or None,
                "how": _explained(gate.how, working),
            }
            for gate in made.gates
        ],
        "milestones": [
            {
                "kind": one.kind,
                "gate": one.gate or None,
                "earliest": one.earliest.isoformat(),
                "latest": one.latest.isoformat(),
                "words": one.words,
                "provisional": working.provisional(one.latest),
                "how": _explained(one.how, working),
            }
            for one in sorted(made.milestones, key=lambda one: (one.earliest, one.kind))
        ],
    }


def _explained(how: "How", working: "Calendar") -> dict[str, Any]:
    return {
        "words": how.words,
        "inputs": {name: day.isoformat() for name, day in how.inputs},
        "rules": list(how.citations()),
        "skipped": [
            f"{day.isoformat()} {name}" for day, name in (working.skipped(*how.over) if how.over else ())
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None


def _print(title: str, seen: "dict[str, Outlook]", working: "Calendar") -> None:
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console()
    first = seen["now"]
    facts = first.plan.facts
    console.print(f"[bold]{escape(facts.reference)}[/] – {escape(title)}")
    console.print(f"{facts.kind}, {facts.regime}, stage: {facts.stage}; seen on {first.on.isoformat()}\n")
    for name, one in seen.items():
        if len(seen) > 1:
            console.print(f"[bold]{'As it stands' if name == 'now' else 'What if: ' + escape(name)}[/]")
        for sentence in one.in_words():
            console.print(f"  {sentence}")
        if one.between and one.between.days:
            console.print(f"  Between the present contract and the new one: {one.between}.")
        console.print()
    if len(seen) > 1:
        console.print(_side_by_side(seen))
        return
    table = Table("When", "What", "How it was worked out", show_lines=True)
    for milestone in sorted(first.plan.milestones, key=lambda one: (one.earliest, one.kind)):
        what = f"{milestone.kind} ({milestone.gate})" if milestone.gate else str(milestone.kind)
        provisional = "\n(provisional)" if working.provisional(milestone.latest) else ""
        how = "\n".join((milestone.how.words, *milestone.how.citations()))
        table.add_row(f"{milestone.earliest.isoformat()}{provisional}", what, escape(how))
    console.print(table)
    if first.forecast:
        path = Table("From", "To", "The fastest way from here")
        for step in first.forecast.path:
            path.add_row(step.begins.isoformat(), step.ends.isoformat(), step.what)
        path.add_row(first.forecast.starts.isoformat(), "", "the new service can start")
        console.print(path)


def _side_by_side(seen: "dict[str, Outlook]") -> Any:
    from rich.markup import escape
    from rich.table import Table

    table = Table("", *(escape("as it stands" if name == "now" else name) for name in seen))
    rows: dict[str, list[object]] = {
        "the new service must start": [_iso(one.plan.start_by) for one in seen.values()],
        "last Board that can decide": [
            _iso(one.gate.last_board) if one.gate else None for one in seen.values()
        ],
        "float in meetings": [one.float_boards for one in seen.values()],
        "earliest lawful start": [
            _iso(one.forecast.starts) if one.forecast else None for one in seen.values()
        ],
    }
    kinds = sorted({(one.kind, one.gate) for each in seen.values() for one in each.plan.milestones})
    for kind, gate in kinds:
        days = [
            next(
                (m.earliest.isoformat() for m in one.plan.milestones if (m.kind, m.gate) == (kind, gate)),
                None,
            )
            for one in seen.values()
        ]
        rows[f"{kind} ({gate})" if gate else str(kind)] = list(days)
    for name, cells in rows.items():
        table.add_row(name, *("–" if cell is None else str(cell) for cell in cells))
    return table
