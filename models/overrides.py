"""What is one contract's own in its alerts: a ladder of its own for a date, a post of its own for a stream."""

from datetime import date, datetime
from typing import Any

from sqlmodel import Session

from lifecycle.ladders import read_rung
from lifecycle.planning import MilestoneKind
from lifecycle.policy import NoRule, Stream
from models import audit
from models.alerts import LadderOverride, StreamOwner
from models.columns import identity
from models.contracts import Contract
from models.people import Person
from models.planning import Rules, hand_over, replan


class OverrideRefused(ValueError):
    """The contract cannot have it; says why."""


def set_ladder(
    session: Session,
    contract: Contract,
    milestone: MilestoneKind,
    rungs: str | None,
    overdue_every: int | None,
    rules: Rules,
    today: date,
    at: datetime,
    by: str,
    because: str,
) -> None:
    """Give a date of the contract a ladder of its own, or with `rungs` None the policy's again, and arm it anew.

    `rungs` are as in the policy, "6m,30d,10wd,0d"; `overdue_every` is in days, None as in the policy. `at` is
    aware. Raises OverrideRefused, with nothing changed.
    """
    try:
        ladder = rules.policy.ladder(milestone, contract.kind)
    except NoRule:
        raise OverrideRefused(f"{contract.reference} is a {contract.kind}: it has no {milestone}.") from None
    key = identity(contract)
    if rungs is None:
        own = session.get(LadderOverride, (key, str(milestone)))
        if own is None:
            raise OverrideRefused(f"{contract.reference} has no ladder of its own for its {milestone}.")
        session.delete(own)
        said: dict[str, Any] = {}
    else:
        every = ladder.overdue_every if overdue_every is None else overdue_every
        said = {"rungs": _checked(rungs), "overdue_every": every}
        session.merge(LadderOverride(contract_id=key, milestone=str(milestone), **said))
    session.flush()
    replan(session, [contract], rules, today, because)
    action = "own ladder set" if said else "own ladder removed"
    audit.record(
        session, at, by, action, contract.reference, milestone=str(milestone), because=because, **said
    )


def _checked(text: str) -> str:
    """The rungs without spaces; raises OverrideRefused where one cannot be read or is there twice."""
    codes = [code.strip() for code in text.split(",")]
    for nth, code in enumerate(codes):
        try:
            read_rung(code)
        except ValueError as error:
            raise OverrideRefused(f"The rung {code!r} {error}.") from None
        if code in codes[:nth]:
            raise OverrideRefused(f"The rung {code!r} is there twice.")
    return ",".join(codes)


def answers_for(
    session: Session,
    contract: Contract,
    stream: Stream,
    post: Person | None,
    today: date,
    at: datetime,
    by: str,
) -> None:
    """Name the post that answers for a stream of the contract, or with None its owner again. `at` is aware.

    What the one before still had to answer goes over, and is told in a digest. Raises OverrideRefused.
    """
    known = session.get(StreamOwner, (identity(contract), stream))
    if post is None and known is None:
        raise OverrideRefused(f"The owner of {contract.reference} answers for its “{stream}” already.")
    former = known.person_id if known else contract.owner_id
    heir = identity(post) if post else contract.owner_id
    if post is None:
        session.delete(known)
    else:
        session.merge(StreamOwner(contract_id=identity(contract), stream=stream, person_id=heir))
    session.flush()
    if heir != former:
        hand_over(session, contract, former, heir, today, stream)
    audit.record(
        session, at, by, "answers for stream", contract.reference,
        stream=str(stream), post=post.title if post else "owner",
    )  # fmt: skip
