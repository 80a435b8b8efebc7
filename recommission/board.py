"""`recommission board`: the Board's calendar, packs, who attended, and who has a conflict of interest."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission import board_agenda, board_business, board_members, board_minutes, board_papers
from recommission.board_agenda import Meeting
from recommission.options import US, AsJson, On, Reference

app = typer.Typer(help="The Board: agendas, papers, packs, decisions, minutes.", no_args_is_help=True)

app.add_typer(board_agenda.app, name="agenda")
app.add_typer(board_papers.app, name="paper")
app.add_typer(board_business.action, name="action")
app.add_typer(board_business.exception, name="exception")
app.add_typer(board_business.case, name="case")
app.add_typer(board_members.app, name="members")
app.command(
    epilog='Example: recommission board decide 2023-06-12 5 recommend --minute 2023/61 --reason "it pays back"'
)(board_minutes.decide)
app.command(epilog="Example: recommission board minutes 2023-06-12")(board_minutes.minutes)

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.papers import Pack
    from models.people import Person


@app.callback()
def group() -> None:
    """The Board: agendas, papers, packs, decisions, minutes."""


@app.command("calendar", epilog="Example: recommission board calendar --on 2023-01-01")
def calendar_(on: On = None, as_json: AsJson = False) -> None:
    """The meetings of the next twelve months, moved ones as moved, with the last days of their papers."""
    from datetime import timedelta

    from lifecycle.words import say
    from recommission.record import opened, show_json

    with opened(on) as now:
        boards, board = now.rules.boards, now.rules.policy.board
        days = boards.between(now.on, now.on + timedelta(days=365))
    moved = {to: day for day, to in board.moved.items()}
    rows: list[dict[str, Any]] = [
        {
            "meeting": day, "draft": (steps := boards.papers(day)).draft, "clearance": steps.clearance,
            "cut_off": steps.cut_off, "dispatch": steps.dispatch, "moved_from": moved.get(day),
            "extraordinary": day in board.extraordinary,
        }
        for day in days
    ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    for row in rows:
        why = f", moved from {say(row['moved_from'])}" if row["moved_from"] else ""
        why += ", extraordinary" if row["extraordinary"] else ""
        typer.echo(
            f"{say(row['meeting'])}{why}: drafts {say(row['draft'])}, comments {say(row['clearance'])}, "
            f"papers close {say(row['cut_off'])}, dispatch {say(row['dispatch'])}"
        )
    typer.echo("Meetings are moved, cancelled and added in the policy, under [board].")


@app.command(epilog="Example: recommission board ready 2023-06-12")
def ready(meeting: Meeting, on: On = None, as_json: AsJson = False) -> None:
    """What the meeting's papers lack, and whom to ask. Ends with status 1 where the pack should not go out so."""
    from board.readiness import readiness
    from recommission.board_agenda import held
    from recommission.record import record, show_json

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        lacks = readiness(session, there, now.rules, now.settings.home, now.on)
    if as_json:
        show_json([asdict(one) for one in lacks])
    else:
        for one in lacks:
            typer.echo(
                f"{'MISSING' if one.must else 'missing'}  item {one.number}, {one.title}: {one.what} ({one.whom})"
            )
        typer.echo("Nothing is missing." if not lacks else f"{len(lacks)} things are missing.")
    if any(one.must for one in lacks):
        raise typer.Exit(1)


@app.command(epilog="Example: recommission board pack 2023-06-12")
def pack(
    meeting: Meeting,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Compute the agenda of a meeting and compile its pack: the open edition, and the exempt one where it has any."""
    from board.packs import compile_pack
    from flows.alerts_report import alerts_report
    from recommission.board_agenda import held
    from recommission.record import record

    with record(on, write=True) as (now, session):
        there = held(now, session, meeting)
        alerts = alerts_report(session, now.rules.policy, now.on)
        made = compile_pack(session, there, now.rules, alerts, now.settings.home, now.on, now.at)
        _show(now.settings.home, made, as_json)


@app.command(epilog="Example: recommission board publish 2023-06-12")
def publish(meeting: Meeting, on: On = None, as_json: AsJson = False) -> None:
    """Check and publish the pack that was compiled last; members get the edition they are entitled to.

    A published pack never changes: what comes later goes into a `supplement`.
    """
    _published(meeting, "", on, as_json)


@app.command(
    epilog='Example: recommission board supplement 2023-06-12 --because "the tender closed on Friday"'
)
def supplement(
    meeting: Meeting,
    because: Annotated[str, typer.Option(help="Why the late papers cannot wait. Always needed.")] = "",
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Publish the papers that came after the pack, with page numbers that continue."""
    from recommission.errors import refuse

    if not because.strip():
        refuse("Say why the late papers cannot wait for the next meeting: --because (s.100B(4)(b)).")
    _published(meeting, because, on, as_json)


def _published(meeting: date, because: str, on: date | None, as_json: bool) -> None:
    from flows.board_telling import publish_and_tell
    from recommission.board_agenda import held
    from recommission.record import record

    with record(on, write=True) as (now, session):
        made = publish_and_tell(session, now, held(now, session, meeting), because)
        _show(now.settings.home, made, as_json)


def _show(home: Path, made: "list[Pack]", as_json: bool) -> None:
    from recommission.record import show_json

    rows: list[dict[str, Any]] = [
        {
            "path": home / one.path, "edition": str(one.edition), "number": one.number, "pages": one.pages,
            "first_page": one.first_page, "sha256": one.sha256, "published": one.published_at is not None,
            "warnings": one.warnings,
        }
        for one in made
    ]  # fmt: skip
    if as_json:
        show_json(rows)
        return
    for row in rows:
        out = ", published" if row["published"] else ""
        typer.echo(
            f"{row['path']}: {row['edition']} edition, {row['pages']} pages{out}, SHA-256 {row['sha256']}"
        )
        for words in row["warnings"]:
            typer.echo(f"  {words}")


@app.command(epilog="Example: recommission board check var/packs/2023-06-12-agenda-pack.pdf")
def check(
    file: Annotated[Path, typer.Argument(metavar="PACK.pdf", help="The PDF to look at.")],
    as_json: AsJson = False,
) -> None:
    """Whether everybody can read a PDF: tags, reading order, headings, tables, alternative text, links, fonts.

    Says in words what a person must fix, and ends with status 1 where there is anything.
    """
    from board.rendering.pdfcheck import check as look
    from recommission.errors import refuse
    from recommission.record import show_json

    if not file.is_file():
        refuse(f"{file} is no file.")
    findings = look(file)
    faults = [one for one in findings if not one.declared]
    if as_json:
        show_json([asdict(one) for one in findings])
    else:
        for one in findings:
            typer.echo(f"{one.where}: {one.words}{' (as the pack itself says)' if one.declared else ''}")
        typer.echo(f"{file}: {f'{len(faults)} to fix' if faults else 'nothing to fix'}.")
    if faults:
        raise typer.Exit(1)


@app.command(
    epilog='Example: recommission board attendance 2023-06-12 --present "Service Director" --apologies "Head of Legal"'
)
def attendance(
    meeting: Meeting,
    present: Annotated[
        list[str] | None, typer.Option(metavar="POST", help="A member who was there; once for each.")
    ] = None,
    apologies: Annotated[
        list[str] | None, typer.Option(metavar="POST", help="A member who was not; once for each.")
    ] = None,
    substitute: Annotated[
        list[str] | None,
        typer.Option(metavar="POST for POST", help="Who stood in for which member; once for each."),
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record who attended a meeting: the quorum of each verdict is counted from it. Without names, list them.

    Said again for the same member, the newer word stands; members not named stay as they are.
    """
    from board.agenda import hold
    from board.attendance import attend, attended, stood_in
    from board.membership import presence
    from lifecycle.words import count_of, say
    from recommission.record import meeting_day, post_called, record, show_json

    with record(on, write=True) as (now, session):
        held = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        there, away = (
            [post_called(session, title) for title in titles or ()] for titles in (present, apologies)
        )
        pairs = [_pair(session, words) for words in substitute or ()]
        attend(session, held, there, away, US, now.at, pairs)
        members, instead, board = attended(session, held), stood_in(session, held), now.rules.policy.board
        count = presence(session, held)
    if as_json:
        show_json({
            "meeting": meeting, "members": members, "substitutes": instead, "quorum": board.quorum,
            "counted": count.members if count else None, "divisions": count.divisions if count else None,
            "quorum_divisions": board.quorum_divisions,
        })  # fmt: skip
        return
    for title, was_there in members.items():
        stands = f" for {instead[title]}" if title in instead else ""
        typer.echo(f"{'present  ' if was_there else 'apologies'}  {title}{stands}")
    of = f" of {count_of(count.divisions, 'division')}" if count and count.divisions is not None else ""
    needed = f"{board.quorum}" + (f" of {board.quorum_divisions} divisions" if board.quorum_divisions else "")
    quorum = f"the quorum is {needed}, without those who have a conflict of interest"
    present_ = f"{count_of(count.members if count else 0, 'member')}{of} present"
    typer.echo(f"Board of {say(meeting)}: {present_}; {quorum}.")


def _pair(session: "Session", words: str) -> "tuple[Person, Person]":
    """The two posts of "POST for POST"."""
    from recommission.errors import refuse
    from recommission.record import post_called

    who, _, whom = words.partition(" for ")
    if not whom.strip():
        refuse(
            f"“{words}” names no member: say who stood in for whom, as in “Deputy Director for Service Director”."
        )
    return post_called(session, who.strip()), post_called(session, whom.strip())


@app.command(
    epilog='Example: recommission board conflict 2023-06-12 "Service Director" NAPL --nature "governor of a school on it"'
)
def conflict(
    meeting: Meeting,
    post: Annotated[str, typer.Argument(metavar="POST", help="The member, as in the register.")],
    reference: Reference,
    nature: Annotated[str, typer.Option(help="Of what nature the interest is.")] = "",
    undo: Annotated[bool, typer.Option("--undo", help="Take it back: it was recorded by mistake.")] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record that a member declared a conflict of interest in a contract: they neither count nor move it."""
    from board.agenda import hold
    from board.attendance import declare, withdraw
    from lifecycle.words import say
    from recommission.record import contract_called, meeting_day, post_called, record, show_json

    with record(on, write=True) as (now, session):
        held = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        member, contract = post_called(session, post), contract_called(session, reference)
        if undo:
            withdraw(session, held, contract, member, US, now.at)
        else:
            declare(session, held, contract, member, nature, US, now.at)
    if as_json:
        show_json({"meeting": meeting, "member": post, "contract": reference, "conflict": not undo})
    else:
        has = "no longer has" if undo else "has"
        typer.echo(f"Board of {say(meeting)}: {post} {has} a conflict of interest in {reference}.")
