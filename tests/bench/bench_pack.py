"""Both editions of a large pack, beside LibreOffice converting the same papers from DOCX, in one run.

Forty papers, about 200 pages, a register of a thousand rows, ten charts and five attached PDFs. Each edition is
made in a process of its own, as a flow makes it; CPU counts its children. Run it with `make bench`.
"""

import resource
import shutil
import subprocess
import sys
import tempfile
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from time import perf_counter
from zoneinfo import ZoneInfo

from board.rendering.content import (
    AgendaEntry,
    Attachment,
    Bar,
    BarChart,
    Bullets,
    Comment,
    Exemption,
    Meeting,
    PackData,
    PaperData,
    Paragraph,
    Section,
    Table,
)

PAPERS, ROWS, CHARTS = 40, 1_000, 10
WORDS = (
    "The service is commissioned for children and young people with additional needs and their families, who told us "
    "that short breaks close to home matter most to them. Demand has grown in each of the last three years, and the "
    "market in the county and its neighbours has not kept pace, so that spot placements have taken up the difference."
)
PRICES = Exemption(3, "Bidders would learn each other's prices.")


def chart(number: int) -> BarChart:
    """Spend in six years."""
    bars = tuple(Bar(f"20{year}/{year + 1}", year * number, f"£{year * number}m") for year in range(16, 22))
    return BarChart(f"Spend on service {number}", "Spend rose in each of six years.", "Year", "Spend", bars)


def paper(number: int) -> PaperData:
    """About four pages, in the report order."""
    spend = Table(
        f"Spend on service {number}",
        ("Supplier", "2019/20", "2020/21", "2021/22"),
        tuple((f"Supplier {n}", f"£{n}.1m", f"£{n}.2m", f"£{n}.3m") for n in range(1, 13)),
    )
    text = tuple(Paragraph(WORDS) for _ in range(4))
    sections = (
        Section("Information", (*text, spend, *text)),
        Section("Other Options Considered", (Paragraph(WORDS), Bullets((WORDS[:90],) * 6), *text)),
        Section("Reasons for Recommendations", text),
        Section("Price", text[:2], PRICES if number % 10 == 0 else None),
        Section("Statutory and Policy Implications", text),
    )
    comment = Comment("Financial", "CDS", date(2022, 2, 10), (WORDS,))
    return PaperData(
        "Commissioning Manager, Placements", f"Recommissioning of service {number}", WORDS[:120], sections,
        ("That the Board decides to recommission.", "That the reasons are recorded."), (comment,), ref=f"C{number}",
    )  # fmt: skip


def data(attached: list[Path]) -> PackData:
    """The restricted edition's data."""
    columns = ("Reference", "Title", "Kind", "Supplier", "Owner", "Ends", "Annual value")
    row = (
        "Short breaks",
        "Block contract",
        "A supplier of short breaks",
        "Placements Manager",
        "August 2023",
    )
    items = [
        AgendaEntry(
            str(n), f"Service {n}", "Direction", "decision", "Commissioning Manager", paper=paper(n),
            exempt=PRICES if n == PAPERS else None,
        )
        for n in range(1, PAPERS + 1)
    ]  # fmt: skip
    for n, path in enumerate(attached):
        items[n] = replace(items[n], attachments=(Attachment(f"Appendix {n + 1}", path),))
    return PackData(
        "A council",
        "Commissioning and Contracts Board",
        Meeting("April", datetime(2022, 4, 25, 14, tzinfo=ZoneInfo("Europe/London")), "A room"),
        date(2022, 4, 18),
        tuple(items),
        register=Table("Contracts", columns, tuple((f"CYP-{n:04}", *row, f"£{n},000") for n in range(ROWS))),
        charts=tuple(chart(n) for n in range(1, CHARTS + 1)),
        restricted=True,
        coverage="1,000 of 1,000 live contracts have an armed alert.",
    )


def attachments(home: Path) -> list[Path]:
    """Three with tags, a letter without, and a scan."""
    from tests.board.attachments import scanned, tagged, untagged

    made = [tagged(home / f"tagged-{n}.pdf", f"Appendix {n}") for n in range(3)]
    return [*made, untagged(home / "untagged.pdf"), scanned(home / "scanned.pdf")]


def render(edition: str, home: Path) -> None:
    """Make one edition; print its pages, and the peaks of this process and of Typst's together in MiB."""
    from board.rendering.editions import open_edition
    from board.rendering.pack import render_pack

    whole = data(sorted(home.glob("attached/*.pdf")))
    made = render_pack(whole if edition == "restricted" else open_edition(whole), home / f"{edition}.pdf")
    peaks = (
        resource.getrusage(whose).ru_maxrss for whose in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    print(made.pages, sum(peaks) / 1024)


def check(home: Path) -> None:
    """The gate that publication passes."""
    from board.rendering.pdfcheck import check as findings

    print(sum(not finding.declared for finding in findings(home / "open.pdf")))


def write_docx(home: Path) -> None:
    """The forty papers as plain DOCX files."""
    from docx import Document  # type: ignore[import-not-found,unused-ignore]  # comes with the Word documents

    for number in range(1, PAPERS + 1):
        one, content = Document(), paper(number)
        one.add_heading(content.title, 1)
        for section in content.sections:
            one.add_heading(section.heading, 2)
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    one.add_paragraph(block.text, style="List Number")
                elif isinstance(block, Bullets):
                    for item in block.items:
                        one.add_paragraph(item, style="List Bullet")
                elif isinstance(block, Table):
                    table = one.add_table(0, len(block.header))
                    for row in (block.header, *block.rows):
                        for cell, words in zip(table.add_row().cells, row, strict=True):
                            cell.text = words
        one.save(str(home / "docx" / f"paper-{number:02}.docx"))


def measured(*command: str) -> tuple[float, float, float, str]:
    """CPU seconds, wall seconds and peak MiB of a process and its children, and what it printed."""
    probe = (
        "import resource, subprocess, sys; done = subprocess.run(sys.argv[1:], capture_output=True, text=True); "
        "sys.stderr.write(done.stderr) if done.returncode else None; "
        "used = resource.getrusage(resource.RUSAGE_CHILDREN); "
        "print(used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, done.returncode); print(done.stdout)"
    )
    start = perf_counter()
    done = subprocess.run([sys.executable, "-c", probe, *command], capture_output=True, text=True, check=True)  # noqa: S603 -- our own programs
    wall = perf_counter() - start
    figures, _, printed = done.stdout.partition("\n")
    cpu, peak, failed = figures.split()
    if failed != "0":
        raise SystemExit(done.stderr)
    return float(cpu), wall, float(peak), printed.strip()


def main() -> None:
    """Print a row for each, and the aims."""
    with tempfile.TemporaryDirectory() as made:
        home = Path(made)
        (home / "attached").mkdir()
        (home / "docx").mkdir()
        attachments(home / "attached")
        rows = {
            f"{name} edition": measured(sys.executable, __file__, name, made)
            for name in ("restricted", "open")
        }
        # Typst has a process of its own: the two peaks together are the most that can have been used at once.
        for edition, (cpu, wall, _, printed) in list(rows.items()):
            pages, both_peaks = printed.split()
            rows[edition] = (cpu, wall, float(both_peaks), pages)
        rows["our checker, open edition"] = measured(sys.executable, __file__, "check", made)
        if missing := _libreoffice(home):
            print(missing)
        else:
            rows["LibreOffice, the papers alone"] = measured(
                "soffice", f"-env:UserInstallation=file://{made}/profile", "--headless", "--convert-to",
                'pdf:writer_pdf_Export:{"UseTaggedPDF":{"type":"boolean","value":"true"}}', "--outdir", f"{made}/pdf",
                *map(str, sorted(home.glob("docx/*.docx"))),
            )  # fmt: skip
    pages = rows["restricted edition"][3]
    print(f"{PAPERS} papers, {pages} pages, {ROWS:,} rows, {CHARTS} charts, 5 attachments.\n")
    both = rows["restricted edition"][0] + rows["open edition"][0]
    print(f"{'':<30} {'CPU s':>7} {'wall s':>7} {'MiB':>5} {'of LibreOffice':>15}")
    reference = rows.get("LibreOffice, the papers alone", (0.0,))[0]
    for name, (cpu, wall, peak, _) in rows.items():
        ratio = f"{cpu / reference:.0%}" if reference else ""
        print(f"{name:<30} {cpu:>7.2f} {wall:>7.2f} {peak:>5.0f} {ratio:>15}")
    worst, most = (max(rows[f"{name} edition"][at] for name in ("restricted", "open")) for at in (0, 2))
    print(
        f"\nAn edition in {worst:.1f} s (aim 6) and {most:.0f} MiB (aim 500); both in {both:.1f} s (aim 10)."
    )


def _libreoffice(home: Path) -> str:
    """Why LibreOffice cannot be measured here, or nothing once its input is written."""
    if not shutil.which("soffice"):
        return (
            "LibreOffice is not installed, so nothing stands beside ours: apt-get install libreoffice-writer."
        )
    try:
        write_docx(home)
    except ImportError:
        return "python-docx is not installed, so LibreOffice has nothing to convert."
    return ""


if __name__ == "__main__":
    match sys.argv[1:]:
        case ["check", home]:
            check(Path(home))
        case [edition, home]:
            render(edition, Path(home))
        case _:
            main()
