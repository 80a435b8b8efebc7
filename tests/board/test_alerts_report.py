"""The Board sees that every contract is watched, what reached nobody, and what nobody answers for."""

from board.alerts_report import AlertsReport, alerts_paper, unowned_paper
from board.rendering.content import PaperData, Paragraph, Table

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


def words(*papers: PaperData) -> str:
    """All that the papers say."""
    said = []
    for paper in papers:
        for section in paper.sections:
            for block in section.blocks:
                if isinstance(block, Paragraph):
                    said.append(block.text)
                elif isinstance(block, Table):
                    said += [block.caption, *(cell for row in block.rows for cell in row)]
    return "\n".join(said)


def test_where_all_is_well_it_says_so() -> None:
    assert "214 of 214 live contracts" in words(alerts_paper(WELL))
    assert "no message was lost" in words(alerts_paper(WELL))
    assert WELL.concerns == ()


def test_every_concern_is_named_and_listed() -> None:
    assert ILL.concerns == (
        "1 live contract has no alert ahead",
        "1 contract has nobody who answers for it",
        "1 live alert reached nobody",
        "1 message could not be delivered",
    )
    for listed in ("enter its end", "550 no such user", "contract end August 2023"):
        assert listed in words(alerts_paper(ILL), unowned_paper(ILL))
    assert "no message was lost" not in words(alerts_paper(ILL), unowned_paper(ILL))


def test_the_board_is_asked_to_name_a_post_for_what_nobody_answers_for() -> None:
    assert unowned_paper(ILL).recommendations == ("That the Board names a post for each contract.",)
