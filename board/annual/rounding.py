"""How an exact figure is said: to the nearest step, with "almost" where it falls short and "over" where it is more.

Within a twentieth of the step it counts as the round figure itself. The ratios are of this report's readers:
£153,412,618.47 is "over £153m", 24.8% is "almost 25%", 104 is "over 100".
"""

from decimal import ROUND_HALF_UP, Decimal

MILLION = Decimal(1_000_000)
FEWEST = 5
"""A number of placements below this could tell who the children are: it is not printed. None at all is."""
SMALL = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def roughly(value: Decimal, step: Decimal) -> tuple[str, Decimal]:
    """`almost `, `over ` or nothing, and the nearest multiple of the step."""
    nearest = (value / step).quantize(Decimal(1), ROUND_HALF_UP) * step
    short = nearest - value
    if abs(short) * 20 <= step:
        return "", nearest
    return ("almost " if short > 0 else "over "), nearest


def pounds(value: Decimal) -> str:
    """An amount in words: to the million from £10m, to £0.1m from £1m, to £1,000 below."""
    if value >= 10 * MILLION:
        word, nearest = roughly(value, MILLION)
        return f"{word}£{nearest / MILLION:,.0f}m"
    if value >= MILLION:
        word, nearest = roughly(value, MILLION / 10)
        return f"{word}£{nearest / MILLION:.1f}m"
    if value >= 1000:
        word, nearest = roughly(value, Decimal(1000))
        return f"{word}£{nearest:,.0f}"
    return f"£{value:,.2f}"


def percent(ratio: Decimal) -> str:
    """A ratio, not negative, in words: to the whole percent, below one percent to a tenth."""
    step = Decimal(1) if ratio * 100 >= 1 else Decimal("0.1")
    word, nearest = roughly(ratio * 100, step)
    return f"{word}{nearest.normalize():f}%"


def change(ratio: Decimal) -> str:
    """A change as a ratio (0.25 is a quarter more) in words: up by, down by, unchanged."""
    if abs(ratio) < Decimal("0.0005"):
        return "unchanged"
    return f"{'up' if ratio > 0 else 'down'} by {percent(abs(ratio))}"


def number(count: int) -> str:
    """A count in words where it is small, in digits above ten."""
    return SMALL[count] if count < len(SMALL) else f"{count:,}"


def placements(count: int) -> str:
    """A count of placements, one child each: to the ten from 100, and never one to four."""
    if 0 < count < FEWEST:
        return f"fewer than {number(FEWEST)}"
    if count < 100:
        return number(count)
    word, nearest = roughly(Decimal(count), Decimal(10))
    return f"{word}{nearest:,.0f}"
