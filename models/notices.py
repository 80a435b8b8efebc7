"""What a post is to be told that is about no alert: written by the Board's side, sent by notifications."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Notice:
    """What one post is to be told, once for every `key`."""

    person_id: int
    key: str
    subject: str
    lines: tuple[str, ...]
