"""Red, amber, green: how a contract stands, by one rule wherever it is shown."""

from enum import StrEnum


class Rag(StrEnum):
    """How a contract stands; the worst first."""

    RED = "red"
    AMBER = "amber"
    GREEN = "green"


def rag(float_boards: int | None, overdue: bool, gap: bool) -> Rag:
    """Red: a date of it is past, or no Board can decide in time any more. Amber: only the next Board can, or the
    record lacks what the clock needs (`gap`: its owner or its end). Green: neither.

    `float_boards` counts the meetings that may still pass without a decision, None where no gate is ahead.
    """
    if overdue or (float_boards is not None and float_boards < 0):
        return Rag.RED
    return Rag.AMBER if gap or float_boards == 0 else Rag.GREEN
