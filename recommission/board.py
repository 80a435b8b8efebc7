"""`recommission board`: the Board's packs, who attended, and who has a conflict of interest."""

from datetime import date
from typing import Annotated

import typer

from recommission.options import US, AsJson, On, Reference, as_day

app = typer.Typer(help="The Board: packs, attendance, conflicts of interest.", no_args_is_help=True)

Meeting = Annotated[
    date, typer.Argument(parser=as_day, metavar="MEETING", help="The meeting's day, such as 2023-06-12.")
]


@app.callback()
def group() -> None:
    """The Board: packs, attendance, conflicts of interest."""


@app.command(epilog="Example: recommission board pack 2023-06-12")
def pack(
    meeting: Meeting,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Compute the agenda of a meeting and compile its pack as a PDF."""
    from board.agenda import hold
    from board.packs import compile_pack
    from flows.alerts_report import alerts_report
    from recommission.record import meeting_day, record, show_json

    with record(on, write=True) as (now, session):
        held = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        alerts = alerts_report(session, now.rules.policy, now.on)
        made = compile_pack(session, held, now.rules, alerts, now.settings.home, now.on, now.at)
        path, pages, digest = now.settings.home / made.path, made.pages, made.sha256
    if as_json:
        show_json({"path": path, "pages": pages, "sha256": digest})
    else:
        typer.echo(f"{path}: {pages} pages, SHA-256 {digest}")


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
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Record who attended a meeting: the quorum of each verdict is counted from it. Without names, list them.

    Said again for the same member, the newer word stands; members not named stay as they are.
    """
    from board.agenda import hold
    from board.attendance import attend, attended
    from lifecycle.words import count_of, say
    from recommission.record import meeting_day, post_called, record, show_json

    with record(on, write=True) as (now, session):
        held = hold(session, meeting_day(now.rules.boards, meeting), now.rules)
        there, away = (
            [post_called(session, title) for title in titles or ()] for titles in (present, apologies)
        )
        attend(session, held, there, away, US, now.at)
        members = attended(session, held)
    if as_json:
        show_json({"meeting": meeting, "members": members, "quorum": now.rules.policy.board.quorum})
        return
    for title, was_there in members.items():
        typer.echo(f"{'present  ' if was_there else 'apologies'}  {title}")
    quorum = f"the quorum is {now.rules.policy.board.quorum}, without those who have a conflict of interest"
    typer.echo(f"Board of {say(meeting)}: {count_of(sum(members.values()), 'member')} present; {quorum}.")


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
