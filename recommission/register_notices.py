"""`recommission register notices`: which notices are due, their drafts, and which were published."""

from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import US, AsJson, On, as_day

if TYPE_CHECKING:
    from sqlmodel import Session

    from models.contracts import Contract

app = typer.Typer(help="Notices of the Procurement Act 2023: due, drafted, published.")

Code = Annotated[str, typer.Argument(metavar="NOTICE", help="UK1 to UK17; LGTC for the Transparency Code.")]
Of = Annotated[
    str,
    typer.Argument(metavar="REF", help="The contract's reference; left out for UK1, UK8 and LGTC."),
]


@app.callback(invoke_without_command=True)
def notices(ctx: typer.Context, on: On = None, as_json: AsJson = False) -> None:
    """List the notices that are due, each with its last day, why and the law; those published are not due."""
    if ctx.invoked_subcommand:
        return
    from recommission.record import record, show_json
    from register.publishing.due import due

    with record(on) as (now, session):
        found = due(session, now.rules.policy, now.on)
    if as_json:
        show_json([asdict(one) for one in found])
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Column, Table

    from lifecycle.words import say

    table = Table(
        "By", Column("Notice", ratio=2), Column("Of", ratio=3), Column("Why, and the rule", ratio=6),
        box=SIMPLE_HEAD, show_lines=True, pad_edge=False, expand=True,
    )  # fmt: skip
    for one in found:
        by = say(one.last_day) if one.last_day else "now" if one.overdue else "in time"
        rule = f"{one.why[0].upper()}{one.why[1:]}. {one.words[0].upper()}{one.words[1:]}." + (
            f" Copy by {say(one.copy_by)}." if one.copy_by else ""
        )
        table.add_row(
            by + "\noverdue" * one.overdue,
            f"{one.code}\n{one.name}",
            escape(f"{one.reference}\n{one.title}".strip()),
            escape(f"{rule}\n{one.law}"),
        )
    Console().print(table if found else "No notice is due.")


@app.command()
def draft(
    code: Code,
    reference: Of = "",
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FILE", help="Where the page goes; the home's notices if left out."),
    ] = None,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Draft a notice from the record, as a page to copy from, or with --json as data; what the record lacks is marked."""
    from recommission.errors import refuse, told
    from recommission.record import record, show_json
    from register.publishing.draft_page import page
    from register.publishing.drafts import as_data
    from register.publishing.drafts import draft as drafted
    from register.publishing.due import due
    from register.publishing.published import NoticeRefused, code_of
    from register.publishing.whole_files import WholeFiles

    with told(NoticeRefused), record(on) as (now, session):
        code = code_of(code)
        made = drafted(session, code, _contract(session, reference), now.rules.policy.board.council, now.on)
        if as_json:
            data = as_data(made)
        else:
            one = next(
                (
                    one
                    for one in due(session, now.rules.policy, now.on)
                    if (one.code, one.reference) == (code, reference)
                ),
                None,
            )
            text = page(
                made,
                now.on,
                f"It is due: {one.why}. {one.words[0].upper()}{one.words[1:]}."
                if one
                else "By what the record knows it is not due.",
            )
        target = out or now.settings.home / "notices" / f"{code}-{_plain(made.subject)}.html"
    if as_json:
        show_json(data)
        return
    try:
        with WholeFiles() as files:
            files.at(target).write_text(text, encoding="utf-8")
    except OSError as error:
        refuse(f"{target}: cannot be written: {error.strerror or error}.")
    typer.echo(target)
    typer.echo(f"{len(made.lacking)} fields are to be filled in.")


@app.command()
def published(
    code: Code,
    reference: Of = "",
    on: Annotated[
        date | None,
        typer.Option(
            "--on", parser=as_day, metavar="DAY", help="The day it was published; today if left out."
        ),
    ] = None,
    identifier: Annotated[str, typer.Option(help="The portal's own number, such as 2026/S 000-012345.")] = "",
    url: Annotated[str, typer.Option(help="Where it can be read.")] = "",
    ocid: Annotated[str, typer.Option(help="The process's OCID, which becomes the contract's.")] = "",
    by: Annotated[str, typer.Option(metavar="POST", help="The post that published it.")] = US,
    undo: Annotated[
        bool, typer.Option("--undo", help="Take back the last one recorded, or the one of the day.")
    ] = False,
) -> None:
    """Record that a notice was published, so that it is not due again."""
    from lifecycle.words import say
    from recommission.errors import told
    from recommission.record import post_called, record
    from register.publishing.published import NoticeRefused, code_of, record_published, take_back

    with told(NoticeRefused), record(None, write=True) as (now, session):
        code = code_of(code)
        contract = _contract(session, reference)
        if by != US:
            post_called(session, by)
        if undo:
            day = take_back(session, code, contract, on, by, now.at)
        else:
            day = on or now.on
            record_published(session, code, contract, day, by, now.on, now.at, identifier, url, ocid)
    of = f" of {reference}" if reference else ""
    typer.echo(f"{code}{of}, published on {say(day)}: {'taken back' if undo else 'recorded'}.")


def _contract(session: "Session", reference: str) -> "Contract | None":
    from recommission.record import contract_called

    return contract_called(session, reference) if reference else None


def _plain(text: str) -> str:
    return "".join(one if one.isalnum() or one in "-_." else "-" for one in text)
