"""A contract's sheet, its checklist and the list of who waits for whom, as they are seen on a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.padding import Padding
from rich.table import Column, Table
from rich.text import Text

from lifecycle.rag import Rag
from lifecycle.words import count_of, say
from models.checklists import ChecklistLine
from models.sheets import Sheet

COLOURS = {Rag.RED: "bold red", Rag.AMBER: "yellow", Rag.GREEN: ""}


def console(stderr: bool = False) -> Console:
    """Plain words in, plain words out: nothing that people wrote is read as markup."""
    return Console(markup=False, emoji=False, highlight=False, stderr=stderr)


def print_sheet(
    seen: Sheet,
    on: date,
    to: Console | None = None,
    also: Iterable[tuple[str, str]] = (),
    armed: Mapping[tuple[str, str], date] | None = None,
) -> None:
    """One screen of a contract; `also` is shown beside how it stands.

    With `armed`, the day of the next alert of each date (what, as written), that stands instead of how it was worked out.
    """
    out = to or console()
    name = Text(f"{seen.reference} – {seen.title}", style="bold")
    if armed is not None and seen.rag:
        name = Text.assemble((f"{seen.rag.upper()}  ", COLOURS[seen.rag] or "green"), name)
    out.print(name)
    out.print(f"{seen.kind} · {seen.department} · owner: {seen.owner}\n")
    out.print(pairs((*_standing(seen, on), *also)))
    for sentence in seen.meaning:
        out.print(f"• {sentence}")
    if seen.checklist:
        heading(out, f"Checklist: {count_of(len(seen.lacking), 'item')} missing")
        print_checklist(seen.checklist, out)
    if seen.partners:
        heading(out, "Partners, who must agree too")
        out.print(pairs(seen.partners))
    if seen.dates:
        heading(out, "Dates ahead")
        last = "How it was worked out" if armed is None else "Next alert"
        table = Table("When", "What", last, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        for first, words, what, how in seen.dates:
            alert = armed.get((what, words)) if armed is not None else None
            due = f"{say(alert)}{', due' if alert <= on else ''}" if alert else "none ahead"
            table.add_row(f"{words}{', past' if first < on else ''}", what, how if armed is None else due)
        out.print(Padding(table, (0, 0, 0, 2)))
    if seen.history:
        heading(out, "What was decided and done")
        out.print(pairs((say(day), f"{what}: {why}" if why else what) for day, what, why in seen.history))
    if related := list(_related(seen)):
        heading(out, "Related")
        out.print(pairs(related))


def _standing(seen: Sheet, on: date) -> Iterator[tuple[str, str]]:
    if seen.stage and seen.since:
        yield "Stage", f"{seen.stage}, since {say(seen.since)}"
    yield "Whose move", seen.move
    yield "Float", standing(seen)
    if seen.gate:
        yield "Gate", seen.gate
        if seen.next_board:
            yield "Next Board", say(seen.next_board)
        if seen.last_board:
            yield "Last Board", f"{say(seen.last_board)}, the last that can still decide in time"
    if seen.options:
        yield "May follow", ", ".join(seen.options)
    if seen.next_alert_on:
        due = ", due: the next sweep raises it" if seen.next_alert_on <= on else ""
        yield "Next alert", f"{say(seen.next_alert_on)}{due}"
    yield "Seen on", say(on)


def standing(seen: Sheet) -> str:
    """How much time is left, in words: what is late says so."""
    if seen.stage is None:
        return "has no cycle of its own"
    spare = seen.float_boards
    if spare is not None and spare < 0:
        return f"LATE by {count_of(-spare, 'Board')}"
    if seen.overdue:
        return f"LATE: {'; '.join(seen.overdue)}"
    if spare is not None:
        return f"{count_of(spare, 'Board')} to spare" if spare else "LAST CHANCE: the next Board"
    return f"{seen.dates[0][1]}: {seen.dates[0][2]}" if seen.dates else "no date ahead"


def late(seen: Sheet) -> bool:
    """Whether no Board can decide in time any more, or a date is past."""
    return bool(seen.overdue) or (seen.float_boards is not None and seen.float_boards < 0)


def _related(seen: Sheet) -> Iterator[tuple[str, str]]:
    for name, value in (
        ("Under", seen.follows),
        ("Split from", seen.split_from),
        ("Took over from", seen.predecessor),
        ("Successor", seen.successor),
        ("Lots", ", ".join(seen.lots)),
        ("Call-offs", some(seen.call_offs)),
        ("Outlive it", some(seen.outlived_by)),
    ):
        if value:
            yield name, value


def some(names: tuple[str, ...]) -> str:
    """The first of many names, and how many more there are."""
    return ", ".join(names[:12]) + (f" and {len(names) - 12} more" if len(names) > 12 else "")


def print_checklist(lines: Iterable[ChecklistLine], out: Console | None = None) -> None:
    """Each item: there or missing, what shows it, who owes it."""
    table = Table("", "Item", "From", "What shows it", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for line in lines:
        shown = f"{line.evidence} ({say(line.on)}, {line.recorded_by})" if line.on else "missing"
        table.add_row("✓" if line.on else "–", line.item, line.by, shown)
    (out or console()).print(Padding(table, (0, 0, 0, 2)))


def print_waiting(sheets: Iterable[Sheet]) -> None:
    """Who waits for whom, the worst first."""
    table = Table(Column("Contract", overflow="fold"), "Stage", "Float", "Whose move it is", box=SIMPLE_HEAD)
    for seen in sheets:
        style = "bold red" if late(seen) else "yellow" if seen.in_danger else ""
        table.add_row(seen.reference, seen.stage, standing(seen), seen.move, style=style)
    console().print(table)


def pairs(rows: Iterable[tuple[str, str]]) -> Padding:
    """Names and values, one pair a line."""
    grid = Table.grid(padding=(0, 2, 0, 0))
    grid.add_column(no_wrap=True)
    grid.add_column()
    for name, value in rows:
        grid.add_row(name, value)
    return Padding(grid, (0, 0, 0, 2))


def heading(out: Console, words: str) -> None:
    """What the lines below it are about."""
    out.print(f"\n{words}", style="bold")
