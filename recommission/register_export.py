"""`recommission register export`: the register, published or handed on."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recommission.options import AsJson, On

if TYPE_CHECKING:
    from lifecycle.quarters import Quarter
    from register.publishing.left_out import Published


class Format(StrEnum):
    """What the register can be written as."""

    TRANSPARENCY = "transparency"
    XLSX = "xlsx"
    CSV = "csv"
    OCDS = "ocds"


def as_quarter(text: str) -> "Quarter":
    """A quarter as people write it; anything else ends with one message and exit status 2."""
    from lifecycle.quarters import Quarter
    from recommission.errors import told

    with told(ValueError):
        return Quarter.parse(text)


def export(
    shape: Annotated[
        Format,
        typer.Option(
            "--format",
            help="transparency: the Transparency Code's register. xlsx: a workbook for people. csv: our own "
            "layout, to import again. ocds: an OCDS 1.1 record package.",
        ),
    ],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", metavar="FILE", help="Where it goes (csv: a folder); the home's exports if left out."
        ),
    ] = None,
    quarter: Annotated[
        Any,
        typer.Option(
            "--quarter",
            parser=as_quarter,
            metavar="QUARTER",
            help="The quarter of the transparency register, such as 2022/23-Q1; the last that has ended if left out.",
        ),
    ] = None,
    bom: Annotated[
        bool, typer.Option("--bom", help="Begin CSV with a byte order mark, so that Excel reads £ and é.")
    ] = False,
    for_ourselves: Annotated[
        bool,
        typer.Option(
            "--for-ourselves",
            help="ocds with owners, stages and notes, to move the register to another place: not for publication.",
        ),
    ] = False,
    on: On = None,
    as_json: AsJson = False,
) -> None:
    """Write the register to a file, whole or not at all, and say what was left out and why.

    Text that a spreadsheet would run as a formula is written as text: in CSV with an apostrophe before it, which the
    import takes off again.
    """
    from recommission.errors import refuse
    from recommission.record import record, show_json

    if quarter and shape is not Format.TRANSPARENCY:
        refuse("--quarter is for --format transparency: the other formats hold the register as it is.")
    if bom and shape not in (Format.TRANSPARENCY, Format.CSV):
        refuse("--bom is for CSV: --format transparency or csv.")
    if for_ourselves and shape is not Format.OCDS:
        refuse(
            "--for-ourselves is for --format ocds: xlsx and csv hold everything, transparency only what is published."
        )
    with record(on) as (now, session):
        target = out or now.settings.home / "exports" / _name(shape, quarter, now.on)
        try:
            done = _write(shape, session, now, target, quarter, bom, for_ourselves)
        except OSError as error:
            refuse(f"{target}: cannot be written: {error.strerror or error}. Nothing was left half-written.")
    if as_json:
        show_json(
            {
                "format": shape,
                "files": [str(path) for path in done.files],
                "rows": done.rows,
                "left_out": [
                    {"reason": reason, "count": count} for reason, count in done.left_out.most_common()
                ],
                "notes": done.notes,
            }
        )
        return
    for path in done.files:
        typer.echo(path)
    if done.rows:
        typer.echo(f"Written: {', '.join(f'{count:,} {what}' for what, count in done.rows.items())}.")
    for line in done.lines():
        typer.echo(line)


def _name(shape: Format, quarter: "Quarter | None", on: Any) -> str:
    from lifecycle.quarters import Quarter

    if shape is Format.TRANSPARENCY:
        return f"contracts-{str(quarter or Quarter.ended_before(on)).replace('/', '-')}.csv"
    ending = {Format.XLSX: ".xlsx", Format.CSV: "", Format.OCDS: ".json"}
    return f"register-{on}{ending[shape]}"


def _write(
    shape: Format, session: Any, now: Any, target: Path, quarter: "Quarter | None", bom: bool, ours: bool
) -> "Published":
    import sqlalchemy as sa

    from lifecycle.quarters import Quarter
    from models.contracts import Contract
    from recommission.progress import progress

    council = now.rules.policy.board.council
    total = session.scalar(sa.select(sa.func.count()).select_from(Contract)) or 0
    with progress("Writing the register", total) as tick:
        if shape is Format.TRANSPARENCY:
            from register.publishing.transparency import write_transparency

            return write_transparency(
                session, target, quarter or Quarter.ended_before(now.on), council, bom, tick
            )
        if shape is Format.XLSX:
            from register.publishing.workbook import write_workbook

            return write_workbook(session, target, council, now.on, tick)
        if shape is Format.OCDS:
            from recommission.errors import told
            from register.ocds import INTERNAL, NothingToPublish, Publisher, write_ocds

            by = Publisher(council, now.settings.ppon, now.settings.ocid_prefix or INTERNAL)
            with told(NothingToPublish):
                return write_ocds(session, target, by, now.on, now.at, tick, public=not ours)
        from register.publishing.own_csv import write_tables

        return write_tables(session, target, now.on, bom, tick)
