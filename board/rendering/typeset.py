"""Typst: prepared words and a template in, a tagged PDF (PDF/UA-1) out, the same bytes each time."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from board.rendering.text import FONTS

TEMPLATES = Path(__file__).parent.parent / "templates"
_PROCESS = Path(__file__).parent / "typst_process.py"
PATIENCE = 600
"""Seconds of the clock that one document may take."""


class TypesettingError(RuntimeError):
    """A document could not be laid out; the message says why and what to do."""


@dataclass(frozen=True)
class Typeset:
    """`marks` are what the template noted of where things came to lie."""

    pdf: bytes
    marks: list[dict[str, Any]]
    notes: tuple[str, ...]


def typeset(template: str, words: dict[str, Any], dated: datetime) -> Typeset:
    """The document; `dated` knows its time zone and is the file's timestamp. Raises TypesettingError."""
    job = {
        "template": str(TEMPLATES / template),
        "root": str(TEMPLATES),
        "fonts": str(FONTS),
        "words": json.dumps(words, ensure_ascii=False),
        # Typst wants a fixed offset, not a named zone.
        "dated": dated.isoformat(),
    }
    try:
        done = subprocess.run(  # noqa: S603 - our own file, by our own interpreter
            [sys.executable, "-I", str(_PROCESS)],
            input=json.dumps(job).encode(),
            capture_output=True,
            timeout=PATIENCE,
            # Each thread reserves memory that counts towards the limit.
            env={**os.environ, "RAYON_NUM_THREADS": "4"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise TypesettingError(
            f"“{words['title']}” was not laid out within {PATIENCE} seconds: make it smaller, such as with fewer "
            "rows in its tables."
        ) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise TypesettingError(
            f"“{words['title']}” could not be laid out ({said[-1] if said else f'ended by signal {-done.returncode}'}): "
            "make it smaller if it is very large, or report this as a fault."
        )
    head, _, pdf = done.stdout.partition(b"\n")
    noted = json.loads(head)
    return Typeset(pdf, noted["marks"], tuple(f"Typst: {note}" for note in noted["notes"]))


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
