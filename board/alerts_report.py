"""What the Board is told of the alerts: that every contract is watched, whom nobody could tell, what nobody owns."""

from dataclasses import dataclass

from board.rendering.content import Block, PaperData, Paragraph, Section, Table
from lifecycle.words import count_of

Rows = tuple[tuple[str, ...], ...]
WELL = "Every live alert reached somebody or is on its way, and no message was lost."


@dataclass(frozen=True, slots=True)
class AlertsReport:
    """The proof of a day, as rows to print.

    `coverage` is one sentence; `gaps` are (reference, title, why nobody will hear, what to do); `excused`
    (reference, reason, post, day); `lost` messages given up or come back (post, channel, subject, why);
    `untold` live alerts that reached nobody (reference, date, raised on); `unowned` contracts that nobody
    answers for (reference, title, owner, why).
    """

    coverage: str
    gaps: Rows = ()
    excused: Rows = ()
    lost: Rows = ()
    untold: Rows = ()
    unowned: Rows = ()

    @property
    def concerns(self) -> tuple[str, ...]:
        """What a person must look into, in a few words each."""
        named = (
            (self.gaps, "live contract", "has no alert ahead", "have no alert ahead"),
            (self.unowned, "contract", "has nobody who answers for it", "have nobody who answers for them"),
            (self.untold, "live alert", "reached nobody", "reached nobody"),
            (self.lost, "message", "could not be delivered", "could not be delivered"),
        )
        return tuple(
            f"{count_of(len(rows), what)} {one if len(rows) == 1 else more}"
            for rows, what, one, more in named
            if rows
        )

    def tables(self) -> tuple[Table, ...]:
        """Each list that is not empty, worst first."""
        every = (
            Table("Live contracts without an alert ahead", ("Reference", "Title", "Why", "To do"), self.gaps),
            Table("Contracts nobody answers for", ("Reference", "Title", "Owner", "Why"), self.unowned),
            Table("Alerts that reached nobody", ("Reference", "Date", "Raised on"), self.untold),
            Table("Messages not delivered", ("Post", "Channel", "Message", "Why"), self.lost),
            Table("Excused, with the reason", ("Reference", "Reason", "Signed by", "On"), self.excused),
        )
        return tuple(table for table in every if table.rows)


def alerts_paper(report: AlertsReport) -> PaperData:
    """The standing item: that every contract is watched, and what reached nobody."""
    blocks: list[Block] = [Paragraph(f"{report.coverage}.")]
    if not report.concerns:
        blocks.append(Paragraph(WELL))
    blocks += report.tables()
    return PaperData(
        report_of="Board Secretary",
        title="Alerts",
        purpose="To show the Board that no contract can reach its dates unseen.",
        sections=(Section("Information", tuple(blocks)),),
        recommendations=("That the Board notes it.",),
    )


def unowned_paper(report: AlertsReport) -> PaperData:
    """The item on contracts that nobody answers for."""
    table = Table("Contracts nobody answers for", ("Reference", "Title", "Owner", "Why"), report.unowned)
    return PaperData(
        report_of="Board Secretary",
        title="Contracts nobody answers for",
        purpose="To have a post named that answers for each of these contracts.",
        sections=(
            Section(
                "Information",
                (Paragraph("The post that owns them is away or gone, and nobody stands in for it."), table),
            ),
        ),
        recommendations=("That the Board names a post for each contract.",),
    )
