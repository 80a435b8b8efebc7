"""Where in a TOML file a value stands, so that a fault can name its line."""

import re
from collections.abc import Sequence

MARK = "here-stands-the-value"


def line_of(text: str, where: Sequence[int | str]) -> int:
    """The line (from 1) of the value at the path in a valid TOML text, or of the deepest part that is there.

    A table's line is its header's. The path is one of pydantic's `loc`: keys and list positions.
    """
    # Only a refused file needs it: a good one starts without the parser that keeps the layout.
    import tomlkit
    from tomlkit.items import AoT, Table

    document = tomlkit.parse(text)
    at, found = document, 0
    parent = at
    for part in where:
        try:
            parent, at = at, at[part]
        except (LookupError, TypeError, ValueError):
            break
        found += 1
    if not found:
        return 1
    if isinstance(at, AoT | Table):
        names = [part for part in where[:found] if isinstance(part, str)]
        element = next((part for part in where[:found] if isinstance(part, int)), 0)
        inner = r"\s*\.\s*".join(f"[\"']?{re.escape(name)}[\"']?" for name in names)
        headers = list(re.finditer(rf"^\s*\[+\s*{inner}\s*\]+", text, re.MULTILINE))
        return text.count("\n", 0, headers[element].end()) + 1 if element < len(headers) else 1
    # The library keeps the layout but tells no positions: put a mark in the place and look where it lands.
    parent[where[found - 1]] = MARK
    return tomlkit.dumps(document).split(MARK)[0].count("\n") + 1
