"""Whether the Board may pass a verdict now: what a gate asks for, beyond the table of what may follow what.

Sources: the Board's terms of reference (quorum, conflicts of interest) and the checklists of the policy.
"""

from dataclasses import dataclass

from lifecycle.stages import NEEDS_CHECKLIST, Verdict
from lifecycle.words import count_of


@dataclass(frozen=True, slots=True)
class GateFacts:
    """What is known when a verdict is to be recorded.

    `present` is how many members without a conflict attended, None where attendance was not recorded; an
    urgent decision has no meeting and so no quorum. `despite` is why the Board decided although something is
    missing or has changed since its paper.
    """

    verdict: Verdict
    missing: tuple[str, ...] = ()
    paper_superseded: bool = False
    despite: str = ""
    present: int | None = None
    quorum: int = 0
    mover_conflicted: bool = False


def refusal(facts: GateFacts) -> str | None:
    """Why the verdict may not be recorded, in words that say what to do; None where it may."""
    if facts.present is not None and facts.present < facts.quorum:
        return (
            f"the meeting was not quorate for it: {count_of(facts.present, 'member')} without a conflict of "
            f"interest present, {facts.quorum} needed; correct the attendance, or leave it undecided for the next Board"
        )
    if facts.mover_conflicted:
        return "the member who moved it declared a conflict of interest; another member must move it"
    if facts.despite or facts.verdict not in NEEDS_CHECKLIST:
        return None
    if facts.paper_superseded:
        return (
            "the contract has changed since its paper was drafted, so the Board decided on a paper that is "
            "superseded; compile the pack again, or say why the Board decided all the same"
        )
    if facts.missing:
        return (
            f"the gate still lacks: {', '.join(facts.missing)}; record each with its evidence, or say why the "
            "Board decided without"
        )
    return None
