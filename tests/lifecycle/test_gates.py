"""What a gate asks for beyond the table: quorum, conflicts of interest, the paper, the checklist."""

import pytest

from lifecycle.gates import GateFacts, refusal
from lifecycle.stages import NEEDS_CHECKLIST, Verdict

PASSES, STAYS = Verdict.RECOMMISSION, Verdict.DEFER


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        (GateFacts(PASSES), None),
        (GateFacts(PASSES, present=3, quorum=3), None),
        (GateFacts(PASSES, present=None, quorum=3), None),
        (GateFacts(PASSES, present=2, quorum=3), "2 members without a conflict of interest present, 3 needed"),
        (GateFacts(PASSES, present=0, quorum=3, despite="urgent"), "not quorate"),
        (GateFacts(STAYS, present=2, quorum=3), "leave it undecided for the next Board"),
        (GateFacts(PASSES, mover_conflicted=True), "another member must move it"),
        (GateFacts(STAYS, mover_conflicted=True, despite="so be it"), "another member must move it"),
        (GateFacts(PASSES, paper_superseded=True), "compile the pack again"),
        (GateFacts(PASSES, paper_superseded=True, despite="the change was tabled"), None),
        (GateFacts(STAYS, paper_superseded=True), None),
        (GateFacts(Verdict.END_EARLY, paper_superseded=True, missing=("paper",)), None),
        (GateFacts(PASSES, missing=("paper", "market engagement")), "lacks: paper, market engagement"),
        (GateFacts(PASSES, missing=("paper",), despite="seen at the meeting"), None),
        (GateFacts(STAYS, missing=("paper",)), None),
        (GateFacts(Verdict.ABANDON, missing=("evaluation",)), None),
    ],
)  # fmt: skip
def test_a_verdict_is_refused_in_words_that_say_what_to_do(facts: GateFacts, says: str | None) -> None:
    told = refusal(facts)
    assert told is None if says is None else says in (told or "")


def test_only_verdicts_that_pass_a_gate_ask_for_the_checklist() -> None:
    assert set(Verdict) - NEEDS_CHECKLIST == {
        Verdict.ABANDON, Verdict.DEFER, Verdict.REFER_BACK, Verdict.PUT_BACK, Verdict.END_EARLY, Verdict.WITHDRAW,
    }  # fmt: skip
