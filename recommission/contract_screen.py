"""A contract with everything on record about it, as it is seen on a terminal."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any

from rich.console import Console

from lifecycle.words import count_of, say
from models.call_offs import Use
from models.dossier import LATELY, Dossier, Member, Written
from models.sheets import Sheet
from recommission.sheet_screen import COLOURS, console, heading, pairs, print_sheet, some

FEW = 3
"""Suppliers of whom there is nothing to say are named in one line where they are more."""


def print_contract(seen: Sheet, known: Dossier, alerts: Iterable[Mapping[str, Any]], on: date) -> None:
    """One screen: its cycle as `cycle show` has it, and all that is beside it."""
    out = console()
    if seen.rag:
        out.print(f"{seen.rag.upper()}", style=COLOURS[seen.rag] or "green", end="  ")
    alerts = list(alerts)
    armed = {(one["what"], one["words"]): one["next_alert_on"] for one in alerts if one["next_alert_on"]}
    print_sheet(seen, on, out, known.facts, armed)
    _section(out, "Dates as written", map(_written, known.written))
    _section(out, "Suppliers", _members(known.members))
    if known.use and (known.use.call_offs or known.use.ceiling):
        _section(out, "Use against the ceiling", _use(known.use))
    _section(out, "Spend", _spend(known))
    _section(out, "Alerts sent, and answers", _by_day(row for one in alerts for row in _told(one)))
    _section(out, "Before the Board", ((say(one.on), f"{one.item}: {one.became}") for one in known.board))
    _section(
        out,
        "Documents",
        (
            (say(one.on) if one.on else "", f"{one.what}{f' ({one.where})' if one.where else ''}")
            for one in known.documents
        ),
    )
    _section(
        out,
        "Changed lately",
        ((say(one.at.date()), f"{one.what} ({one.by})") for one in known.changes),
    )


def _section(out: Console, words: str, rows: Iterable[tuple[str, str]]) -> None:
    if rows := list(rows):
        heading(out, words)
        out.print(pairs(rows))


def _written(one: Written) -> tuple[str, str]:
    if one.earliest and one.earliest == one.latest:
        exact = say(one.earliest)
        return one.what, exact if one.words in (
            exact,
            one.earliest.isoformat(),
        ) else f"“{one.words}”: {exact}"
    between = " to ".join(say(day) if day else "?" for day in (one.earliest, one.latest))
    return one.what, f"“{one.words}”: any day from {between}"


def _members(members: Iterable[Member]) -> Iterator[tuple[str, str]]:
    """One a line where there is something to say of it; the others by name."""
    plain = []
    for one in members:
        parts = [
            *one.numbers,
            f"lots: {', '.join(one.lots)}" if one.lots else "",
            f"joined {say(one.joined_on)}" if one.joined_on else "",
            f"left {say(one.left_on)}" if one.left_on else "",
        ]
        if words := ", ".join(filter(None, parts)):
            yield one.name, words
        else:
            plain.append(one.name)
    if len(plain) > FEW:
        yield count_of(len(plain), "supplier"), some(tuple(plain))
    else:
        yield from ((name, "") for name in plain)


def _use(use: Use) -> Iterator[tuple[str, str]]:
    if use.ceiling is not None:
        share = f", {use.share:.0%} used" if use.share is not None else ""
        yield "Ceiling", f"£{use.ceiling:,.0f}{share}"
    else:
        yield "Ceiling", "not on record"
    yield "Called off", f"£{use.committed:,.0f} in {count_of(len(use.call_offs), 'call-off')}"
    if use.spent:
        yield "Spent", f"£{use.spent:,.0f} under it and its call-offs"
    if use.unvalued:
        yield "Not counted", f"{count_of(use.unvalued, 'call-off')} with neither a value nor spend on record"


def _spend(known: Dossier) -> Iterator[tuple[str, str]]:
    for one in known.spend:
        yield one.year, f"£{one.pounds:,.0f}"
    if known.spend and known.over_term:
        yield (
            "in all",
            f"£{known.spent:,.0f}, {known.spent / known.over_term:.0%} of £{known.over_term:,.0f} over the term",
        )


def _told(one: Mapping[str, Any]) -> Iterator[tuple[date, str]]:
    what = f"{one['what']} ({one['words']})"
    for sent in one["sent"]:
        yield sent["written_on"], f"{what}: told {sent['person']} by {sent['channel']}, {sent['state']}"
    for given in one["answers"]:
        note = f" “{given['note']}”" if given["note"] else ""
        yield given["at"].date(), f"{given['person']} answered {what}: {given['words']}{note}"


def _by_day(rows: Iterable[tuple[date, str]]) -> list[tuple[str, str]]:
    """The newest of them, oldest first."""
    return [(say(day), words) for day, words in sorted(rows)[-LATELY:]]
