"""`recommission board paper`: out as a Word file and back, confirmed, cleared, with what authors bring."""

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommission.board_agenda import Item, Meeting
from recommission.options import US, AsJson, On, as_day

if TYPE_CHECKING:
    from sqlmodel import Session

    from flows.context import Context
    from models.agenda import AgendaItem
    from models.meetings import Meeting as MeetingRow
    from models.papers import Paper

app = typer.Typer(help="The paper of an agenda item.", no_args_is_help=True)

By = Annotated[str, typer.Option(metavar="POST", help="Who says so; the command line if left out.")]


@app.callback()
def group() -> None:
    """The paper of an agenda item: drafted from the record, edited in Word, cleared by finance and legal."""


@app.command(epilog="Example: recommission board paper out 2023-06-12 5")
def out(
    meeting: Meeting,
    item: Item,
    to: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Where to; below the home folder if left out.")
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Write the paper as a Word file, to be edited and brought back with `in`."""
    from board.papers import from_content
    from board.rendering.word import write_report
    from recommission.errors import refuse
    from recommission.record import record, show_json

    with record(on, write=True) as (now, session):
        held, found = _item(now, session, meeting, item)
        paper = _paper(now, session, held, found)
        if paper is None:
            refuse(
                f"“{found.title}” is for its author to write: bring it with `recommission board paper in`."
            )
        path = to or now.settings.home / "papers" / f"{meeting}-item-{item}.docx"
        path.parent.mkdir(parents=True, exist_ok=True)
        digest = write_report(
            from_content(paper.content),
            path,
            council=now.rules.policy.board.council,
            on=meeting,
            item=str(item),
        )
    if as_json:
        show_json({"path": path, "sha256": digest})
    else:
        typer.echo(
            f"{path}: edit it in Word, then bring it back: recommission board paper in {meeting} {item} {path}"
        )


@app.command(
    "in",
    epilog='Example: recommission board paper in 2023-06-12 5 paper.docx --by "Commissioning Manager, Education"',
)
def in_(
    meeting: Meeting,
    item: Item,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The edited Word file.")],
    by: By = US,
    on: On = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Read an edited Word file back into the record; says what was taken out of it and what was not understood.

    Tracked changes are settled, comments and hidden text removed. The paper before is kept: `revert` brings it back.
    """
    from board import papers
    from board.attachments import read_paper
    from recommission.record import record, show_json

    with record(on, write=True) as (now, session):
        _, found = _item(now, session, meeting, item)
        back = read_paper(file, now.settings.home)
        papers.receive(session, found, back.paper, by, now.at, back.removed)
    if as_json:
        show_json({"title": back.paper.title, "removed": back.removed, "unknown": back.unknown})
        return
    typer.echo(f"Item {item} now has the paper “{back.paper.title}”.")
    for words in back.removed:
        typer.echo(f"  taken out: {words}")
    for words in back.unknown:
        typer.echo(f"  not understood: {words}")


@app.command(
    epilog='Example: recommission board paper confirm 2023-06-12 5 --by "Commissioning Manager, Education"'
)
def confirm(meeting: Meeting, item: Item, by: By = US, on: On = None) -> None:
    """Its author takes the draft, as it stands, for their paper."""
    from board import papers
    from recommission.record import record

    with record(on, write=True) as (now, session):
        held, found = _item(now, session, meeting, item)
        _paper(now, session, held, found)
        papers.confirm(session, found, by, now.at)
        typer.echo(f"Item {item}, {found.title}: confirmed by {by}.")


@app.command(
    epilog='Example: recommission board paper clear 2023-06-12 5 --kind financial --initials CDS --text "There are no '
    'direct financial implications."'
)
def clear(
    meeting: Meeting,
    item: Item,
    kind: Annotated[str, typer.Option(metavar="financial|constitutional", help="Which comments.")],
    initials: Annotated[str, typer.Option(help="The officer's initials, as printed.")],
    text: Annotated[str, typer.Option(help="The comments.")],
    given: Annotated[
        date | None, typer.Option(parser=as_day, metavar="DAY", help="When they were given; today if left out.")
    ] = None,
    by: By = US,
    on: On = None,
) -> None:  # fmt: skip
    """Put finance's or legal's comments on the paper; the gate's checklist then has its clearance."""
    from board import papers
    from board.rendering.content import Comment
    from recommission.errors import did_you_mean, refuse
    from recommission.record import record

    if kind.capitalize() not in papers.CLEARANCES:
        refuse(f"There are no comments “{kind}”{did_you_mean(kind, papers.CLEARANCES)}")
    if not (initials.strip() and text.strip()):
        refuse("Give the officer's initials and the comments: --initials, --text.")
    with record(on, write=True) as (now, session):
        held, found = _item(now, session, meeting, item)
        _paper(now, session, held, found)
        comment = Comment(kind.capitalize(), initials.strip(), given or now.on, (text.strip(),))
        papers.clear(session, found, comment, by, now.rules, now.at)
        typer.echo(f"Item {item}, {found.title}: {comment.kind} comments ({comment.initials}) recorded.")


@app.command(epilog="Example: recommission board paper revert 2023-06-12 5")
def revert(meeting: Meeting, item: Item, on: On = None) -> None:
    """Take the paper's last change back; said again, the change stands again."""
    from board import papers
    from recommission.record import record

    with record(on, write=True) as (now, session):
        _, found = _item(now, session, meeting, item)
        papers.revert(session, found, US, now.at)
        typer.echo(f"Item {item}, {found.title}: the version before stands again.")


@app.command(
    epilog='Example: recommission board paper attach 2023-06-12 5 strategy.pdf --title "Sufficiency strategy"'
)
def attach(
    meeting: Meeting,
    item: Item,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A PDF, or a Word file to be made into one.")],
    title: Annotated[str, typer.Option(help="What the pack calls it; the file's name if left out.")] = "",
    by: By = US,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Bring a PDF or Word file of your own; says what was taken out of it and what readers will miss in it."""
    from board.attachments import attach as take
    from recommission.record import record, show_json

    with record(on, write=True) as (now, session):
        _, found = _item(now, session, meeting, item)
        made = take(session, found, file, title, now.settings.home, by, now.at)
        shown = {
            "title": made.title, "pages": made.pages, "sha256": made.sha256, "cleaned": made.cleaned,
            "findings": made.findings,
        }  # fmt: skip
    if as_json:
        show_json(shown)
        return
    typer.echo(f"Item {item} has the attachment “{made.title}”, {made.pages} pages.")
    for words in made.cleaned:
        typer.echo(f"  taken out: {words}")
    for words in made.findings:
        typer.echo(f"  readers will miss: {words}")


@app.command(
    epilog='Example: recommission board paper detach 2023-06-12 5 "Sufficiency strategy" --because "an older one"'
)
def detach(
    meeting: Meeting,
    item: Item,
    title: Annotated[str, typer.Argument(metavar="TITLE", help="The attachment's title.")],
    because: Annotated[str, typer.Option(help="Why. Always needed.")] = "",
    on: On = None,
) -> None:
    """Take an attachment off the item; its file is kept."""
    from board.attachments import detach as remove
    from recommission.record import record

    with record(on, write=True) as (now, session):
        _, found = _item(now, session, meeting, item)
        remove(session, found, title, because, US, now.at)
        typer.echo(f"Item {item}: “{title}” is no longer attached.")


@app.command(epilog="Example: recommission board paper lint 2023-06-12 5")
def lint(meeting: Meeting, item: Item, on: On = None, as_json: AsJson = False) -> None:
    """What a reader would find in the paper: another contract's paragraphs, stale comments, totals, children's data.

    Ends with status 1 where something must be put right.
    """
    from board.lint import lint as look
    from board.papers import from_content
    from board.readiness import known_of
    from recommission.errors import refuse
    from recommission.record import record, show_json

    with record(on, write=True) as (now, session):
        held, found = _item(now, session, meeting, item)
        paper = _paper(now, session, held, found)
        if paper is None:
            refuse(f"“{found.title}” has no paper yet.")
        content = from_content(paper.content)
        findings = look(content, known_of(session, found, content, held, now.rules))
    if as_json:
        show_json([{"where": one.where, "words": one.words, "severity": one.severity} for one in findings])
    else:
        for one in findings:
            typer.echo(f"{one.severity}: {one.where}: {one.words}")
        if not findings:
            typer.echo("Nothing was found.")
    if any(one.severity == "must fix" for one in findings):
        raise typer.Exit(1)


def _item(now: "Context", session: "Session", meeting: date, number: int) -> "tuple[MeetingRow, AgendaItem]":
    from board.agenda import find_item
    from recommission.board_agenda import held

    there = held(now, session, meeting)
    return there, find_item(session, there, number)


def _paper(now: "Context", session: "Session", held: "MeetingRow", item: "AgendaItem") -> "Paper | None":
    from board.papers import draft

    return draft(session, item, held, now.rules, now.on)
