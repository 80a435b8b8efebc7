"""What a verdict would do: recorded, looked at, and undone again, so that it is seen before it is said."""

from dataclasses import dataclass
from typing import Any

from board.verdicts import Decision, Recorded, find, record_verdict
from flows.context import Context
from models.session import unit_of_work
from models.sheets import Sheet, sheet
from recommission.sheet_screen import console, pairs


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What became of it: `version` is the cycle's before, `dates` is (what, now, then) of each date that
    moves, empty where there is none.

    `after` is the sheet of the contract it moved: where lots were split off, of the one they became.
    """

    recorded: Recorded
    version: int
    after: Sheet
    successor: str | None
    dates: tuple[tuple[str, str, str], ...]

    @property
    def new(self) -> bool:
        """Whether anything would change."""
        return bool(self.recorded.moved or self.recorded.waits_for)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        moved = self.recorded.moved
        return {
            "says": str(self.recorded),
            "put_back": self.recorded.put_back,
            "from": moved.from_stage if moved else None,
            "to": moved.to_stage if moved else None,
            "waits_for": self.recorded.waits_for,
            "dates": [{"what": what, "now": now, "then": then} for what, now, then in self.dates],
            "successor": self.successor,
            "contract": self.after.as_json(),
        }


def rehearse(now: Context, said: Decision) -> Rehearsal:
    """Record the verdict and undo it. Raises what `record_verdict` raises."""
    with unit_of_work(now.database) as session:
        version = find(session, said.reference)[1].version
        before = sheet(session, said.reference, now.rules, now.on)
        recorded = record_verdict(session, said, now.at, now.rules)
        after = sheet(session, recorded.reference, now.rules, now.on)
        successor = recorded.moved.successor if recorded.moved else None
        seen = Rehearsal(
            recorded, version, after, successor.reference if successor else None, _moving(before, after)
        )
        session.rollback()
    return seen


def _moving(before: Sheet, after: Sheet) -> tuple[tuple[str, str, str], ...]:
    was, will = ({what: words for _, words, what, _ in one.dates} for one in (before, after))
    return tuple(
        (what, was.get(what, ""), will.get(what, ""))
        for what in {**will, **was}
        if was.get(what) != will.get(what)
    )


def print_rehearsal(seen: Rehearsal, stderr: bool) -> None:
    """The consequences, before they are there."""
    out = console(stderr)
    if seen.recorded.put_back:
        out.print(f"Put back first: {seen.recorded.put_back}.")
    out.print(f"{seen.recorded}.", style="bold")
    if seen.dates:
        out.print("Dates that move:")
        out.print(pairs((what, _move(now, then)) for what, now, then in seen.dates))
    if seen.successor:
        out.print(f"Its successor will be {seen.successor}.")
    for sentence in seen.after.meaning:
        out.print(f"• {sentence}")
    out.print(f"Whose move it is then: {seen.after.move}.")


def _move(now: str, then: str) -> str:
    if not now:
        return f"new: {then}"
    return f"{now} → {then}" if then else f"{now}, falls away"
