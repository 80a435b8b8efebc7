"""The sample register in the record, for the tests of the annual report."""

import shutil
from datetime import date
from pathlib import Path

from board.annual.figure import Figures
from board.annual.figures import compute
from board.annual.report import paper
from board.rendering.content import BarChart, Bullets, PaperData, Paragraph, Section, Table
from lifecycle.boards import Boards
from lifecycle.financial_years import FinancialYear
from models.planning import Rules
from models.session import reading

YEAR, DAY = FinancialYear(2021), date(2022, 4, 25)
CHAIR = "Service Director, Commissioning and Resources"


def copy_of(sample: Path, folder: Path) -> str:
    """The URL of a copy of the record that a test may change."""
    folder.mkdir(exist_ok=True)
    shutil.copy(sample, folder / "recommission.db")
    return f"sqlite:///{folder / 'recommission.db'}"


def figures_of(
    url: str, rules: Rules, *, year: FinancialYear = YEAR, as_at: date = DAY, boards: Boards | None = None
) -> Figures:
    """The figures of 2021/22 as at the published report's day, or of another year, day or calendar."""
    with reading(url) as session:
        return compute(session, year, as_at, boards or rules.boards)


def report_of(figures: Figures, rules: Rules) -> PaperData:
    """The report they make."""
    return paper(figures, rules.policy.board)


def text_of(paper: PaperData) -> str:
    """Everything the report prints."""
    return "\n".join(
        [paper.title, paper.purpose, *paper.recommendations]
        + [line for section in (*paper.sections, *paper.appendices) for line in lines(section)]
    )


def lines(section: Section) -> list[str]:
    """Everything a section prints."""
    said = [section.heading]
    for block in section.blocks:
        match block:
            case Paragraph(text):
                said.append(text)
            case Bullets(items):
                said += items
            case Table():
                said += [block.caption, *(" | ".join(row) for row in block.rows)]
            case BarChart():
                said += [block.title, block.alt, *(f"{bar.label} | {bar.shown}" for bar in block.bars)]
    return said
