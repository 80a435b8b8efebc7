"""Where in a TOML file a value stands, so that a fault can name its line."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

MARK = "here-stands-the-value"


@dataclass(frozen=True)
class TomlLines:
    """The lines of a valid TOML text, by the paths of its values."""

    text: str

    def line(self, where: Sequence[int | str]) -> int:
        """The line, from 1, of the value at the path, or of the deepest part of the path that is there.

        A table's line is its header's. The path is one of pydantic's `loc`: keys and list positions.
        """
        parent = at = self._document
        found = 0
        for part in where:
            try:
                parent, at = at, at[part]
            except (LookupError, TypeError, ValueError):
                break
            found += 1
        if not found:
            return 1
        return self._header(where[:found]) or self._marked(parent, where[found - 1])

    @cached_property
    def _document(self) -> Any:  # tables and lists nest as the file does
        # Only a refused file needs it: a good one is read without the parser that keeps the layout.
        import tomlkit

        return tomlkit.parse(self.text)

    def _header(self, where: Sequence[int | str]) -> int:
        """The line of the `[table]` or nth `[[table]]` at the path, else of a table within it; 0 for none."""
        names = r"\s*\.\s*".join(f"[\"']?{re.escape(part)}[\"']?" for part in where if isinstance(part, str))
        element = next((part for part in where if isinstance(part, int)), 0)
        for rest in ("", r"\s*\.[^\]]*"):
            headers = list(re.finditer(rf"^[ \t]*\[+\s*{names}{rest}\s*\]+", self.text, re.MULTILINE))
            if element < len(headers):
                return self.text.count("\n", 0, headers[element].start()) + 1
        return 0

    def _marked(self, parent: Any, name: int | str) -> int:
        # The library keeps the layout but tells no positions: put a mark in the place and look where it lands.
        import tomlkit

        value = parent[name]
        parent[name] = MARK
        line = tomlkit.dumps(self._document).split(MARK)[0].count("\n") + 1
        parent[name] = value
        return line
