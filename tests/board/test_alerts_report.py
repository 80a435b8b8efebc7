"""The Board sees that every contract is watched, what reached nobody, and what nobody answers for."""

from board.alerts_report import AlertsReport, entries
from board.rendering.content import Paragraph, Table

WELL = AlertsReport("214 of 214 live contracts have an armed alert on 13 February 2023")
ILL = AlertsReport(
    "212 of 214 live contracts have an armed alert on 13 February 2023",
    gaps=(("AP", "Alternative Provision", "no date of it has an alert ahead", "enter its end"),),
    lost=(("Commissioning Officer, Spot Placements", "email", "SPOT-1: contract end", "550 no such user"),),
    untold=(("NAPL", "contract end August 2023", "1 February 2023"),),
    unowned=(
        ("AP", "Alternative Provision", "Commissioning Officer, Learning and Inclusion", "away for good"),
    ),
)


def words(report: AlertsReport) -> str:
    """All that the items say."""
    said = []
    for entry in entries(report, 4):
        assert entry.paper
        for section in entry.paper.sections:
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    said.append(block.text)
                elif isinstance(block, Table):
                    said += [block.caption, *(cell for row in block.rows for cell in row)]
    return "\n".join(said)


def test_where_all_is_well_one_item_says_so() -> None:
    (entry,) = entries(WELL, 4)
    assert (entry.number, entry.title, entry.purpose) == ("4", "Alerts", "information")
    assert "214 of 214 live contracts" in words(WELL)
    assert "no message was lost" in words(WELL)
    assert WELL.concerns == ()


def test_every_concern_is_named_and_listed() -> None:
    assert ILL.concerns == (
        "1 live contract has no alert ahead",
        "1 contract has nobody who answers for it",
        "1 live alert reached nobody",
        "1 message could not be delivered",
    )
    for listed in ("enter its end", "550 no such user", "contract end August 2023"):
        assert listed in words(ILL)
    assert "no message was lost" not in words(ILL)


def test_what_nobody_answers_for_is_an_exception_for_the_board_to_decide() -> None:
    _, exception = entries(ILL, 4)
    assert (exception.number, exception.kind, exception.purpose) == ("5", "exception", "decision")
    assert exception.paper and exception.paper.recommendations == (
        "That the Board names a post for each contract.",
    )
