"""`recommission register duplicates`: contracts that stand on the register twice, asked about and answered."""

from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import US, AsJson, On, one_of
from recommission.suppliers import By, Said

if TYPE_CHECKING:
    from register.identity.closing import Pair


def duplicates(
    number: Annotated[
        int | None, typer.Argument(metavar="N", help="The question to answer; all are listed if left out.")
    ] = None,
    said: Annotated[
        Said | None,
        typer.Argument(parser=one_of("answer", Said), metavar="same|different", help="What they are."),
    ] = None,
    keep: Annotated[str, typer.Option(metavar="REF", help="With same: the contract that stays.")] = "",
    undo: Annotated[
        str, typer.Option(metavar="REF", help="Take back that this contract was closed as a duplicate.")
    ] = "",
    by: By = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """List the contracts that look like one, side by side, or say what two of them are.

    Of the same, the one that is not kept is closed as one that never ran; --undo takes that back. The different are
    never asked about again.
    """
    from recommission.errors import refuse, told
    from recommission.record import post_called, record, show_json
    from register.identity.closing import DuplicateRefused, different, open_pairs, reopen, same

    if (number is None) != (said is None) or (undo and number is not None):
        refuse(
            "Give the question and its answer, as in: recommission register duplicates 3 same --keep PO-18994."
        )
    if (said is Said.SAME) != bool(keep):
        refuse("With same, and only then, name the contract that stays: --keep REF.")
    if number is None and not undo:
        with record(on) as (_, session):
            pairs = open_pairs(session)
        if as_json:
            show_json([one.as_json() for one in pairs])
        else:
            _show(pairs)
        return
    with told(DuplicateRefused), record(on, write=True) as (now, session):
        who = post_called(session, by).title if by else US
        if undo:
            kept = reopen(session, undo, who, now.on, now.at, now.rules)
            line = f"{undo} stands as it did before it was closed as a duplicate of {kept}; they are asked about again."
        elif number is not None and said is Said.SAME:
            kept, closed = same(session, number, keep, who, now.on, now.at, now.rules)
            line = f"{closed} is closed as a duplicate of {kept}. Take it back with --undo {closed}."
        elif number is not None:
            one, other = different(session, number, who, now.at)
            line = f"{one} and {other} are two contracts; this is not asked again."
    if as_json:
        show_json({"done": line})
    else:
        typer.echo(line)


def _show(pairs: "list[Pair]") -> None:
    from dataclasses import asdict

    from rich.table import Table

    from recommission.sheet_screen import console

    if not pairs:
        typer.echo("No two contracts look like one that nobody has been asked about.")
    for pair in pairs:
        one, other = asdict(pair.one), asdict(pair.other)
        table = Table(
            "",
            one.pop("reference"),
            other.pop("reference"),
            title=f"{pair.number}: {pair.why} ({pair.score:.0%})",
        )
        for name, value in one.items():
            if value or other[name]:
                table.add_row(name, value, other[name], style="" if value == other[name] else "bold")
        console().print(table)
