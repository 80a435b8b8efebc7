"""Compiles or publishes the Board's annual report of a financial year."""

from datetime import date
from typing import Any

from prefect import flow, task
from prefect.artifacts import create_link_artifact, create_table_artifact

from board.annual.publishing import FOLDER, compile_report, draft
from board.annual.publishing import publish as published
from flows.context import context
from lifecycle.financial_years import FinancialYear
from models.session import unit_of_work


@task(name="Compile the annual report")
def compiled(
    year: str, on: date | None, item: str, comments: list[str], publish: bool, because: str
) -> dict[str, Any]:
    """The files, what each figure is, and what its author must look into."""
    now = context(on)
    home = now.settings.home.resolve()
    with unit_of_work(now.database) as session:
        report = compile_report(session, FinancialYear.parse(year), now.on, now.rules, item, comments)
        if publish:
            edition = published(session, report, home, "annual-report", now.at, because)
            files = [home / edition.pdf_path, home / edition.docx_path]
        else:
            files = list(draft(report, home / FOLDER))
    return {
        "files": [path.as_uri() for path in files],
        "figures": [
            {"figure": name, "words": one.words, "method": one.method, "rows": len(one.rows)}
            for name, one in report.figures.by_name.items()
        ],
        "notes": list(report.warnings),
    }


@flow(name="annual-report", flow_run_name="annual report {year}")
def annual_report(
    year: str,
    on: date | None = None,
    item: str = "",
    comments: list[str] | None = None,
    publish: bool = False,
    because: str = "",
) -> dict[str, Any]:
    """Compile the Board's annual report to its committee, as PDF and DOCX: a draft, or published for good.

    Args:
        year: The financial year, such as 2021/22.
        on: As the record stands for this day, the committee's; today if it is left empty.
        item: Its number on the committee's agenda.
        comments: The officers' comments, such as "Financial (CDS 10/02/22): There are none."
        publish: Publish it: from then on neither its figures nor its files change.
        because: Why a further edition takes the place of one that is published.
    """
    made = compiled(year, on, item, comments or [], publish, because)
    key = f"annual-report-{year.replace('/', '-')}"
    for link in made["files"]:
        kind = link.rpartition(".")[2]
        create_link_artifact(
            key=f"{key}-{kind}", link=link, description=f"Annual report {year}, {kind.upper()}"
        )
    notes = "".join(f"\n- {note}" for note in made["notes"])
    create_table_artifact(key=key, table=made["figures"], description=f"The figures of {year}.{notes}")
    return made
