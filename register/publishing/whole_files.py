"""Files that are written whole or not at all: under another name beside their own, renamed when all are done."""

import os
from pathlib import Path
from types import TracebackType
from typing import Self


class WholeFiles:
    """Inside the block, write to what `at` gives; after an error nothing is left and nothing was replaced."""

    def __init__(self) -> None:
        self._made: dict[Path, Path] = {}

    def __enter__(self) -> Self:
        return self

    def at(self, path: Path) -> Path:
        """Where to write the file meanwhile. Raises OSError where its folder cannot be made."""
        path.parent.mkdir(parents=True, exist_ok=True)
        return self._made.setdefault(path, path.with_name(f".{path.name}.{os.getpid()}.part"))

    @property
    def paths(self) -> tuple[Path, ...]:
        """The files, in the order they were begun."""
        return tuple(self._made)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for path, part in self._made.items():
            if kind is None:
                part.replace(path)
            else:
                part.unlink(missing_ok=True)
