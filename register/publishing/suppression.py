"""Small numbers kept back so that they cannot be worked out either, from a total and the numbers beside them."""

from collections.abc import Sequence

SMALL = 5
"""A number below this may tell who is meant (practice of the Office for National Statistics for counts of people)."""


def kept_back(counts: Sequence[int]) -> tuple[frozenset[int], bool]:
    """Which places of a column are to be kept back, and whether its total may be shown.

    With the total, whoever subtracts what is shown learns the sum of what is not. So besides the small numbers the
    next smallest ones are kept back too, until any one of them could be anything from 1 to at least SMALL: that is,
    until the sum leaves that much when every other one is 1. Where there are not enough, the total goes as well.
    """
    hidden = [place for place, count in enumerate(counts) if count < SMALL]
    others = sorted(
        (place for place, count in enumerate(counts) if count >= SMALL), key=lambda place: counts[place]
    )
    while hidden and not _blurred([counts[place] for place in hidden]):
        if not others:
            return frozenset(hidden), False
        hidden.append(others.pop(0))
    return frozenset(hidden), True


def _blurred(counts: Sequence[int]) -> bool:
    return len(counts) > 1 and sum(counts) - (len(counts) - 1) >= SMALL
