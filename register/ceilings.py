"""Tells the owners of frameworks when what is called off nears the ceiling: once for each step of the policy."""

from collections.abc import Iterator

from sqlmodel import Session

from lifecycle.policy import Policy
from lifecycle.words import count_of
from models.call_offs import Use, uses
from models.notices import Notice


def notices(session: Session, policy: Policy) -> list[Notice]:
    """What is to be told now, of the highest step that each framework has reached; told before, it is not told again."""
    return [notice for use in uses(session) for notice in _notice(use, policy.register.ceiling_alerts)]


def _notice(use: Use, steps: tuple[int, ...]) -> Iterator[Notice]:
    reached = [step for step in steps if use.share is not None and use.share * 100 >= step]
    if not reached or use.ceiling is None or use.share is None:
        return
    left = use.ceiling - use.used
    lines = [
        f"{use.reference}, {use.title}: £{use.used:,.0f} of its ceiling of £{use.ceiling:,.0f} is used, {use.share:.0%}.",
        f"£{left:,.0f} is left." if left >= 0 else f"That is £{-left:,.0f} more than it may come to.",
        "",
        f"Called off: £{use.committed:,.0f} in {count_of(len(use.call_offs), 'call-off')}. Spent: £{use.spent:,.0f}.",
    ]
    if use.unvalued:
        lines.append(f"{count_of(use.unvalued, 'call-off')} with neither value nor spend count nothing yet.")
    lines += ["", f"See it with: recommission contract {use.reference}"]
    step = max(reached)
    subject = (
        f"{use.reference}: {step} per cent of its ceiling is used"
        if step < 100
        else f"{use.reference}: its ceiling is reached"
    )
    yield Notice(use.owner_id, f"ceiling {use.reference} {use.ceiling:.2f} {step}", subject, tuple(lines))
