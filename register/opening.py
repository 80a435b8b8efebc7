"""Opens whatever a register comes in: CSV, a workbook or OCDS, in our own layout or through a mapping."""

from collections.abc import Callable
from pathlib import Path

from register.mapping.kept import Mapping
from register.reading import open_reading
from register.rows import Reading


def open_any(
    path: Path,
    mapping: Mapping | None = None,
    sheet: str | None = None,
    tell: Callable[[float], object] = lambda done: None,
) -> Reading:
    """The file, to be read row by row. Raises FileRefused; NeedsMapping where it is in none of our layouts."""
    if mapping is None:
        from register.ocds import looks_like_ocds, open_ocds

        if looks_like_ocds(path):
            return open_ocds(path)
    return open_reading(path, mapping=mapping, sheet=sheet, tell=tell)
