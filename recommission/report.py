"""`recommission report`: the Board's annual report, compiled and published, and the register's own reports."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission import report_register
from recommission.options import US, AsJson, On

if TYPE_CHECKING:
    from lifecycle.financial_years import FinancialYear

app = typer.Typer(help="Reports: the Board's annual report, spot placements, spend.", no_args_is_help=True)
app.command(epilog="Example: recommission report spot --from 2021-04-01 --to 2022-03-31")(
    report_register.spot
)
app.command(epilog="Example: recommission report spend --year 2022/23")(report_register.spend)


@app.callback()
def group() -> None:
    """Reports: the Board's annual report, spot placements, spend."""


def as_year(text: str) -> "FinancialYear":
    """A financial year as people write it; anything else ends with one message and exit status 2."""
    from lifecycle.financial_years import FinancialYear
    from recommission.errors import told

    with told(ValueError):
        return FinancialYear.parse(text)


@app.command(
    epilog='Example: recommission report annual --year 2021/22 --on 2022-04-25 --item 17 --comment "Financial (CDS 10/02/22): There are none."'
)
def annual(
    year: Annotated[
        Any,
        typer.Option("--year", parser=as_year, metavar="YEAR", help="The financial year, such as 2021/22."),
    ],
    on: On = None,
    item: Annotated[str, typer.Option(help="Its number on the committee's agenda.")] = "",
    comment: Annotated[
        list[str] | None,
        typer.Option(
            help='An officer\'s comments, once for each: "Financial (CDS 10/02/22): There are none."'
        ),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="Where the draft goes; the home's reports if left out."),
    ] = None,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish it: from then on it never changes.")
    ] = False,
    because: Annotated[
        str, typer.Option(help="Why a further edition takes the place of one that is published.")
    ] = "",
    by: Annotated[str, typer.Option(metavar="POST", help="The post that publishes it.")] = US,
    as_json: AsJson = False,
) -> None:
    """Compile the Board's annual report from the record, as PDF and DOCX: a draft, or published with --publish.

    With --json each figure comes with its method and the rows it is made of, placements too: not for publication.
    """
    from dataclasses import replace

    from board.annual.figure import ReportRefused
    from board.annual.publishing import FOLDER, compile_report, draft
    from board.annual.publishing import publish as published
    from board.rendering.prepare import PackDataError
    from recommission.errors import refuse, told
    from recommission.record import post_called, record, show_json

    if publish and out:
        refuse("--out is for a draft: what is published stands in the home folder.")
    with told(ReportRefused, PackDataError), record(on, write=publish) as (now, session):
        home = now.settings.home
        report = compile_report(session, year, now.on, now.rules, item, comment or ())
        if publish:
            if by != US:
                post_called(session, by)
            made = published(session, report, home, by, now.at, because)
            files = (home / made.pdf_path, home / made.docx_path)
            report = replace(report, published=made)
        else:
            files = draft(report, out or home / FOLDER)
        edition = report.published
        known = edition.model_dump(mode="json", exclude={"id"}) if edition else None
    if as_json:
        show_json(
            {
                "year": str(year),
                "as_at": report.figures.as_at,
                "files": files,
                "figures": report.figures.as_json(),
                "warnings": report.warnings,
                "published": known,
                "differs_from_published": report.differing,
            }
        )
        return
    for path in files:
        typer.echo(path)
    for warning in report.warnings:
        typer.echo(f"Note: {warning}.", err=True)
    if known:
        typer.echo(
            f"Published: edition {known['edition']}, as at {known['as_at']}, SHA-256 {known['pdf_sha256']} (PDF)."
        )
        if report.differing:
            typer.echo(f"Other now than published: {', '.join(report.differing)}.", err=True)
