"""What an import is told with: the mapping it proposes, what it did, the first morning's picture."""

import shlex
from datetime import date
from typing import TYPE_CHECKING

import typer

from lifecycle.words import count_of, say

if TYPE_CHECKING:
    from register.first_morning import Picture
    from register.mapping.proposing import Proposal
    from register.writing.result import ImportResult

SHOWN = 20


def show_proposal(proposal: "Proposal") -> None:
    """The columns of the file, what each is taken for and why, and some of its values; on standard error."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(stderr=True, highlight=False)
    table = Table(
        box=SIMPLE_HEAD, pad_edge=False, title="Proposed reading of its columns", title_justify="left"
    )
    for name in ("Column", "Is read as", "Sure", "Because", "Samples"):
        table.add_column(name, overflow="fold")
    for one in proposal.columns:
        cells = (one.header, one.field or "left out", str(one.confidence) if one.field else "", one.why)
        table.add_row(
            *map(escape, cells), escape(" | ".join(" ".join(text.split())[:30] for text in one.samples))
        )
    console.print(table)
    for field, value in proposal.mapping.constants.items():
        console.print(escape(f"{field}: “{value}” for every row"))
    for note in proposal.notes:
        console.print(escape(note))


def show_result(result: "ImportResult", on: date, *, dry_run: bool) -> None:
    """What the import did: refusals and notes on standard error, the rest on standard output."""
    show_refusals(result)
    for note in result.notes[:SHOWN]:
        typer.echo(note, err=True)
    if len(result.notes) > SHOWN:
        typer.echo(f"… and {len(result.notes) - SHOWN:,} more notes: --json has them", err=True)
    for change in result.changed[:SHOWN]:
        typer.echo(f'{change.key}: {change.field} was "{change.old}", now "{change.new}"')
    if len(result.changed) > SHOWN:
        more = f"recommission register runs {result.run}" if result.written else "--json"
        typer.echo(f"… and more changes: {more}")
    if result.posts_made:
        typer.echo(
            f"New posts without an address, so that nobody hears: {'; '.join(result.posts_made[:SHOWN])}"
            f"{' …' if len(result.posts_made) > SHOWN else ''}. Import a file of people with their e-mail addresses."
        )
    told = (
        f"{result.kind}: {result.added_count:,} added, {result.changed_count:,} changed, "
        f"{result.unchanged:,} unchanged, {result.refused_count:,} refused; "
        f"{result.milestones:,} milestones planned anew."
    )
    typer.echo(told if result.written else f"Nothing was written. It would be: {told}")
    if result.history:
        typer.echo(f"As history, without a cycle or an alert: {count_of(result.history, 'contract')}.")
    if result.left_live:
        typer.echo(f"Left live, because their cycle has begun: {count_of(result.left_live, 'contract')}.")
    if result.ended:
        typer.echo(
            f"{count_of(result.ended, 'contract')} of those added ended before {say(on)} and came in as live, so their "
            f"owners will be asked. To bring them in as history, import the file again with --ended-before {on}."
        )
    if result.reject_file:
        by = f", with --mapping {shlex.quote(result.mapping)}" if result.mapping else ""
        typer.echo(
            f"The refused rows: {result.reject_file}. Mend them there and import that file{by}.", err=True
        )
    if dry_run and result.refused_count:
        typer.echo("Without --dry-run the refused rows are written to a file, to be mended there.", err=True)


def show_refusals(result: "ImportResult") -> None:
    """The first rows that were refused, with their place and reason, on standard error."""
    for refusal in result.refused[:SHOWN]:
        typer.echo(f"{result.file}: {refusal}", err=True)
    if result.refused_count > SHOWN:
        typer.echo(f"… and {result.refused_count - SHOWN:,} more", err=True)


def show_picture(seen: "Picture") -> None:
    """The first morning's picture, and the commands that show more."""
    history = f" and {seen.history:,} as history" if seen.history else ""
    missing = (
        (seen.without_owner, "without an owner", "recommission contracts --no-owner"),
        (seen.without_end, "without an end date", "recommission contracts --no-end"),
    )
    lines = ["", f"Your register: {count_of(seen.contracts, 'contract')}{history}."]
    lines += [f"  {f'{count:,} {what}':<26}  {command}" for count, what, command in missing if count]
    lines.append(f"  {'What is wrong or missing':<26}  recommission register quality")
    if seen.next:
        lines.append("The next deadlines:")
        wide = max(len(one.words) for one in seen.next)
        lines += [
            f"  {one.words:<{wide}}  {one.what}: {one.reference}, {one.title[:60]}" for one in seen.next
        ]
        lines.append(f"One contract on one screen: recommission contract {seen.next[0].reference}")
    typer.echo("\n".join(lines))
