"""What a document of the Board says, as plain data: a paper's blocks, the agenda, the pack, a document of its own.

What must not be published is left out of the data before anything is rendered: nothing is ever covered up.
"""

import re
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Literal

_FIGURES = re.compile(r"[-−+]?£?\d[\d,.]*\s?(%|k|m|bn|days?)?|[-–—]|")


@dataclass(frozen=True)
class Paragraph:
    text: str


@dataclass(frozen=True)
class Bullets:
    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """Every row has as many cells as the header; a column of figures is set to the right by itself."""

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def figures(self) -> tuple[bool, ...]:
        """Which columns are of figures."""
        columns = list(zip(*self.rows, strict=True)) or [()] * len(self.header)
        return tuple(any(column) and all(map(_FIGURES.fullmatch, column)) for column in columns)


@dataclass(frozen=True)
class Bar:
    """`shown` is the value in words for people, such as `£1.2m`."""

    label: str
    value: float
    shown: str


@dataclass(frozen=True)
class BarChart:
    """`alt` says what the chart shows to somebody who cannot see it; a table of the data follows it."""

    title: str
    alt: str
    label_heading: str
    value_heading: str
    bars: tuple[Bar, ...]


Block = Paragraph | Bullets | Table | BarChart


@dataclass(frozen=True)
class Exemption:
    """Why a part is not for publication. `paragraph` is that of Schedule 12A, Part 1, Local Government Act 1972
    (1 to 7); None for what is confidential (s.100A(3)), where there is no balance to strike."""

    paragraph: int | None
    public_interest: str

    @property
    def note(self) -> str:
        """What the part is marked with on every copy."""
        why = (
            "confidential under section 100A(3) of"
            if self.paragraph is None
            else f"exempt under paragraph {self.paragraph} of Part 1 of Schedule 12A to"
        )
        return f"Not for publication: {why} the Local Government Act 1972"


@dataclass(frozen=True)
class Section:
    heading: str
    blocks: tuple[Block, ...]
    exempt: Exemption | None = None


@dataclass(frozen=True)
class Comment:
    """An officer's clearance of a paper, signed with initials. `kind` is "Constitutional" or "Financial"."""

    kind: str
    initials: str
    given_on: date
    paragraphs: tuple[str, ...]


@dataclass(frozen=True)
class PaperData:
    """`appendices` come after all the rest; their paragraphs number on."""

    report_of: str
    title: str
    purpose: str
    sections: tuple[Section, ...] = ()
    recommendations: tuple[str, ...] = ()
    comments: tuple[Comment, ...] = ()
    background_papers: tuple[str, ...] = ()
    electoral_divisions: str = "All"
    ref: str = ""
    appendices: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Attachment:
    """A PDF of somebody's own, as `intake` took it in."""

    title: str
    path: Path
    exempt: Exemption | None = None


@dataclass(frozen=True)
class Withheld:
    """A part that the open pack names and does not hold."""

    title: str
    exempt: Exemption


@dataclass(frozen=True)
class AgendaEntry:
    """`expected_from` names the post that owes a paper; without it and a paper the item is taken orally.

    `exempt` is of the whole paper; `withheld` are the parts that an open edition has only the titles of.

    `warning` is printed in the warnings after the agenda and again at the head of the paper.
    """

    number: str
    title: str
    kind: str
    purpose: Literal["decision", "information"]
    presenter: str
    contract: str | None = None
    paper: PaperData | None = None
    expected_from: str | None = None
    warning: str | None = None
    attachments: tuple[Attachment, ...] = ()
    exempt: Exemption | None = None
    withheld: tuple[Withheld, ...] = ()


@dataclass(frozen=True)
class Meeting:
    """`start` knows its time zone; it is also the document's timestamp, so bytes do not vary."""

    title: str
    start: datetime
    venue: str


@dataclass(frozen=True)
class Supplement:
    """Late papers: the pack's supplement of that number, whose pages continue at `first_page`."""

    number: int
    first_page: int
    urgency: str


@dataclass(frozen=True)
class PackData:
    """`warnings` are those of no single item; an item's own stands in its entry.

    `since` is what moved on every contract since the last Board, `coverage` one sentence on the armed alerts.
    """

    council: str
    board: str
    meeting: Meeting
    generated_on: date
    items: tuple[AgendaEntry, ...]
    warnings: tuple[str, ...] = ()
    register: Table | None = None
    charts: tuple[BarChart, ...] = ()
    forward_plan: Table | None = None
    restricted: bool = False
    actions: Table | None = None
    since: Table | None = None
    coverage: str = ""
    supplement: Supplement | None = None


@dataclass(frozen=True)
class DocumentData:
    """A document of its own, such as minutes: `lines` stand beneath the title, paragraphs number continuously."""

    council: str
    title: str
    lines: tuple[str, ...]
    sections: tuple[Section, ...]
    dated: datetime
