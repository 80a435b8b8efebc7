"""What an import did, or would do, told to people and to machines."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from register.rows import Refusal

LISTED = 1000
"""How many of the rows added, of the changes and of the refusals a result lists; it counts them all."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field of one row that the import changed."""

    key: str
    field: str
    old: str
    new: str


@dataclass
class ImportResult:
    """What an import did, or would do. The lists hold the first LISTED; `run` is the key of its ImportRun.

    `ended` counts the contracts added live whose end has passed already; `history` those added as ended, and
    `left_live` those that could not be turned into history because their cycle has begun.
    """

    file: str
    kind: str
    mapping: str = ""
    written: bool = False
    run: int | None = None
    rows: int = 0
    added: list[str] = field(default_factory=list)
    added_count: int = 0
    changed: list[Change] = field(default_factory=list)
    changed_count: int = 0
    unchanged: int = 0
    refused: list[Refusal] = field(default_factory=list)
    refused_count: int = 0
    reject_file: Path | None = None
    milestones: int = 0
    ended: int = 0
    history: int = 0
    left_live: int = 0
    posts_made: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def as_json(self) -> str:
        """The result for machines."""
        told = asdict(self) | {"reject_file": self.reject_file and str(self.reject_file)}
        told["milestones_changed"] = told.pop("milestones")
        return json.dumps(told, ensure_ascii=False, indent=2)
