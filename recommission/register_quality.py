"""`recommission register quality`: what is wrong or missing in the register, and whom to ask."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import AsJson, On

if TYPE_CHECKING:
    from register.quality import Finding

COLOURS = {"high": "bold red", "medium": "yellow", "low": ""}


def quality(
    by_owner: Annotated[
        bool, typer.Option("--by-owner", help="By the post to ask, as a list to send to each.")
    ] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """What is wrong or missing among the contracts that have not ended: worst first, whom to ask, what to do."""
    from recommission.record import record, show_json
    from register import quality as checks

    with record(on) as (now, session):
        found = checks.quality(session, now.rules, now.on)
    if as_json:
        show_json([one.as_json() for one in found])
    elif not found:
        typer.echo("Nothing is wrong or missing in the register.")
    elif by_owner:
        _by_owner(found)
    else:
        _print(found)


def _print(found: "Iterable[Finding]") -> None:
    from recommission.sheet_screen import console, pairs

    out = console()
    for one in found:
        out.print(f"{one.severity.upper():<6}  {one.what}: {one.count:,}", style=COLOURS[one.severity])
        asked = sorted(one.owners.items(), key=lambda pair: (-pair[1].count, pair[0]))
        out.print(
            pairs(
                (
                    ("such as", _some(one.examples, one.count, 5)),
                    ("ask", _some([f"{post} ({its.count})" for post, its in asked], len(asked), 3)),
                    ("do", one.to_do),
                )
            )
        )


def _by_owner(found: "list[Finding]") -> None:
    from recommission.sheet_screen import console, pairs

    out = console()
    for post in sorted({post for one in found for post in one.owners}):
        mine = [(one, one.owners[post]) for one in found if post in one.owners]
        out.print(f"{post}: {sum(its.count for _, its in mine):,}", style="bold")
        out.print(
            pairs(
                (one.severity, f"{one.what}: {_some(its.examples, its.count, 5)}. To do: {one.to_do}.")
                for one, its in mine
            )
        )


def _some(names: list[str], count: int, most: int) -> str:
    shown = "; ".join(names[:most])
    return f"{shown} and {count - most:,} more" if count > most else shown
