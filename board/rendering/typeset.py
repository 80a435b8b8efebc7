"""Typst: prepared words and a template in, a tagged PDF (PDF/UA-1) out, the same bytes each time."""

import json
import os
import tempfile
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from board.rendering.text import FONTS

if TYPE_CHECKING:
    import typst

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True)
class Typeset:
    """`marks` are what the template noted of where things came to lie."""

    pdf: bytes
    marks: list[dict[str, Any]]
    notes: tuple[str, ...]


def typeset(template: str, words: dict[str, Any], dated: datetime) -> Typeset:
    """The document; `dated` knows its time zone and is the file's timestamp."""
    # Typst is 80 MB of code: only a process that makes a document loads it.
    import typst

    compiler = typst.Compiler(
        TEMPLATES / template,
        root=TEMPLATES,
        font_paths=_fonts(),
        # As a JSON value people's text is never parsed as markup.
        sys_inputs={"data": json.dumps(words, ensure_ascii=False)},
    )
    pdf, notes = compiler.compile_with_warnings(
        format="pdf",
        pdf_standards=["ua-1"],
        # Typst wants a fixed offset, not a named zone.
        timestamp=datetime.fromisoformat(dated.isoformat()),
    )
    if not isinstance(pdf, bytes):  # pragma: no cover - a list is what page images come as
        raise TypeError("Typst returned no PDF")
    marks = json.loads(compiler.query("<mark>", field="value"))
    return Typeset(pdf, marks, tuple(f"Typst: {note.message}" for note in notes))


@cache
def _fonts() -> "typst.Fonts":
    import typst

    # Only what is shipped, or the bytes would depend on the machine.
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS])


def write_whole(out: Path, pdf: bytes) -> None:
    """The file, all of it or nothing."""
    out.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=out.parent, prefix=f".{out.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(pdf)
        Path(name).chmod(0o644)
        Path(name).replace(out)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
