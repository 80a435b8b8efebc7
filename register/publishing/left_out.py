"""What an export does not hold, and why: printed, and written beside it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Published:
    """What an export wrote: the files, the rows of each, what was left out by its reason, and what else to know."""

    files: tuple[Path, ...] = ()
    rows: dict[str, int] = field(default_factory=dict)
    left_out: Counter[str] = field(default_factory=Counter)
    notes: list[str] = field(default_factory=list)

    def lines(self) -> Iterable[str]:
        """What was left out and what else to know, in sentences."""
        for reason, count in self.left_out.most_common():
            yield f"{count:,} left out: {reason}"
        yield from self.notes
