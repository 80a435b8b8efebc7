"""Papers drafted from the record come back from Word as they went out, and the lint does not reproach them."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import select

from board.agenda import compute, hold
from board.lint import Known, Other, lint
from board.papers import draft, from_content
from board.rendering.word_reading import ReadBack, read_report
from models.contracts import Contract
from models.planning import Rules
from models.session import unit_of_work
from tests.board.word_files import written
from tests.town import TODAY


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)  # the words do not depend on the database
def test_drafted_papers_survive_word_and_need_only_what_people_must_add(
    town: str, rules: Rules, tmp_path: Path
) -> None:
    with unit_of_work(town) as session:
        contracts = {one.reference: one.title for one in session.exec(select(Contract))}
        papers = set()
        for on in rules.boards.between(date(2022, 8, 1), date(2022, 10, 31)):
            meeting = hold(session, on, rules)
            for item in compute(session, meeting, rules):
                if kept := draft(session, item, meeting, rules, TODAY):
                    papers.add((on, from_content(kept.content)))
    assert len({paper.ref for _, paper in papers}) > 2
    for on, paper in papers:
        assert read_report(written(paper, tmp_path)) == ReadBack(paper, (), ())
        known = Known(
            board="Commissioning and Contracts Board",
            meeting_on=on,
            clearance_days=30,
            reference=paper.ref,
            title=contracts[paper.ref],
            others=tuple(Other(*one) for one in contracts.items() if one[0] != paper.ref),
            clearances=(),
        )
        assert {found.words[:40] for found in lint(paper, known)} <= {
            "Words that wait for the author are left "
        }
