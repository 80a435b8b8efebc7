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
    urgent decision has no meeting and so no quorum. `divisions` is how many divisions those members speak for, None
    where no membership is on record. `despite` is why the Board decided although something is
    missing or has changed since its paper.
    """

    verdict: Verdict
    missing: tuple[str, ...] = ()
    paper_superseded: bool = False
    despite: str = ""
    present: int | None = None
    quorum: int = 0
    mover_conflicted: bool = False
    divisions: int | None = None
    quorum_divisions: int = 0


CONFLICTED = "the member who moved it declared a conflict of interest; another member must move it"


def not_quorate(
    present: int | None, quorum: int, divisions: int | None = None, quorum_divisions: int = 0
) -> str | None:
    """What the meeting lacked to decide on it, in words that say what to do; None where it was quorate for it."""
    if present is None:
        return None
    there, needed = count_of(present, "member"), quorum
    if present >= quorum:
        if divisions is None or divisions >= quorum_divisions:
            return None
        there, needed = f"members of {count_of(divisions, 'division')}", quorum_divisions
    return (
        f"the meeting was not quorate for it: {there} without a conflict of interest present, {needed} needed; "
        "correct the attendance, or leave it undecided for the next Board"
    )


def refusal(facts: GateFacts) -> str | None:
    """Why the verdict may not be recorded, in words that say what to do; None where it may."""
    if lacks := not_quorate(facts.present, facts.quorum, facts.divisions, facts.quorum_divisions):
        return lacks
    if facts.mover_conflicted:
        return CONFLICTED
    if facts.despite or facts.verdict not in NEEDS_CHECKLIST:
        return None
    if facts.paper_superseded:
        return (
            "the contract has changed since its paper was drafted, so the Board decided on a paper that is "
            "superseded; compile the pack again (where its author had sent the paper, have it confirmed again), or say why the "
            "Board decided all the same"
        )
    if facts.missing:
        return (
            f"the gate still lacks: {', '.join(facts.missing)}; record each with its evidence, or say why the "
            "Board decided without"
        )
    return None
