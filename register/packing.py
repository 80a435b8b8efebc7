"""Several names in one cell: separated by semicolons, those within a name (and = and \\) behind a backslash."""

import re
from collections.abc import Iterable

_PARTS = re.compile(r"((?:\\[\\;=]|[^;])*)(;|\Z)", re.DOTALL)
_SIDES = re.compile(r"((?:\\[\\;=]|[^=])*)=(.*)", re.DOTALL)


def packed(names: Iterable[str]) -> str:
    """The names as one cell."""
    return ";".join(map(escaped, names))


def escaped(name: str) -> str:
    """One name as it stands in such a cell."""
    return re.sub(r"([\\;=])", r"\\\1", name)


def unescaped(part: str) -> str:
    """The name of a part of such a cell."""
    return re.sub(r"\\([\\;=])", r"\1", part.strip())


def parts(cell: str) -> list[str]:
    """What stands between the semicolons, still escaped; empty parts are left out."""
    return [found[0].strip() for found in _PARTS.findall(cell) if found[0].strip()]


def unpacked(cell: str) -> list[str]:
    """The names of one cell."""
    return [unescaped(part) for part in parts(cell)]


def pairs(cell: str) -> list[tuple[str, str]]:
    """The two sides of each part's `=`. Raises ValueError for a part without one."""
    found = [(part, _SIDES.fullmatch(part)) for part in parts(cell)]
    for part, match in found:
        if not match:
            raise ValueError(f'"{part}" lacks its "="')
    return [(unescaped(match[1]), unescaped(match[2])) for _, match in found if match]
