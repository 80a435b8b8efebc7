"""What of an agenda is not for publication, part by part, each with its paragraph and its reason.

Sources: Local Government Act 1972, s.100A and Schedule 12A, Part 1; SI 2012/2089, r.7(5) (marked on every copy).
"""

from datetime import datetime

from sqlmodel import Session, col, select

from board.refusals import BoardRefused
from board.rendering.content import Exemption
from models import audit
from models.agenda import AgendaItem, ExemptPart
from models.columns import identity

PAPER = "paper"
PARAGRAPHS = {
    1: "information relating to any individual",
    2: "information which is likely to reveal the identity of an individual",
    3: "information relating to the financial or business affairs of any particular person, including the authority",
    4: "information relating to consultations or negotiations on labour relations",
    5: "information in respect of which a claim to legal professional privilege could be maintained",
    6: "information which reveals that the authority proposes a notice, an order or a direction",
    7: "information relating to action on the prevention, investigation or prosecution of crime",
}
"""Schedule 12A, Part 1, paragraphs 1 to 7, shortened."""


class ExemptionRefused(BoardRefused):
    """The part cannot be marked so, and the message says why."""


def of_item(session: Session, item: AgendaItem) -> dict[str, Exemption]:
    """The item's parts that are not for publication, by name."""
    rows = session.exec(
        select(ExemptPart).where(ExemptPart.item_id == item.id).order_by(col(ExemptPart.part))
    )
    return {row.part: Exemption(row.paragraph, row.public_interest) for row in rows}


def mark(
    session: Session, item: AgendaItem, part: str, exempt: Exemption, known: tuple[str, ...], by: str, at: datetime
) -> None:  # fmt: skip
    """Mark one of the item's `known` parts as not for publication; said again, the newer words stand.

    Raises ExemptionRefused for an unknown part, a paragraph that is none of Schedule 12A's, or no reason.
    """
    if part not in known:
        raise ExemptionRefused(f"“{item.title}” has no part “{part}”; it has: {', '.join(known)}")
    if exempt.paragraph is not None and exempt.paragraph not in PARAGRAPHS:
        raise ExemptionRefused(f"Schedule 12A, Part 1, has paragraphs 1 to 7, not {exempt.paragraph}")
    if not exempt.public_interest.strip():
        raise ExemptionRefused(
            "say why the public interest in keeping it outweighs that in disclosing it (Schedule 12A, paragraph 10)"
            if exempt.paragraph
            else "say what makes it confidential (s.100A(3))"
        )
    row = _find(session, item, part) or ExemptPart(item_id=identity(item), part=part, public_interest="")
    row.paragraph, row.public_interest = exempt.paragraph, exempt.public_interest.strip()
    session.add(row)
    session.flush()
    audit.record(
        session, at, by, "marked not for publication", item.title, part=part, paragraph=exempt.paragraph,
        reason=row.public_interest,
    )  # fmt: skip


def unmark(session: Session, item: AgendaItem, part: str, by: str, at: datetime) -> None:
    """Let a part be published after all. Raises ExemptionRefused where it is not marked."""
    row = _find(session, item, part)
    if row is None:
        raise ExemptionRefused(f"“{part}” of “{item.title}” is not marked: it is published as it is")
    session.delete(row)
    session.flush()
    audit.record(session, at, by, "marked for publication", item.title, part=part)


def _find(session: Session, item: AgendaItem, part: str) -> ExemptPart | None:
    return session.exec(
        select(ExemptPart).where(ExemptPart.item_id == item.id, ExemptPart.part == part)
    ).first()
