"""Word files for tests: a paper as Word would leave it after people had edited it, and LibreOffice where it is."""

import io
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from board.rendering.content import PaperData
from board.rendering.word import write_report
from board.rendering.word_package import archive

ON = date(2022, 4, 25)
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"


def written(paper: PaperData, folder: Path, name: str = "paper.docx") -> Path:
    write_report(paper, folder / name, council="Nottinghamshire County Council", on=ON, item="17")
    return folder / name


def parts_of(content: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(content)) as package:
        return {name: package.read(name) for name in package.namelist()}


def edited(
    content: bytes,
    old: str,
    new: str,
    *,
    parts: Mapping[str, str] | None = None,
    relations: str = "",
    types: str = "",
    within: str = "word/document.xml",
) -> bytes:
    """The file with one piece of XML replaced, and with these parts, relations of the document and types."""
    found = parts_of(content)
    changes = (
        (within, old, new),
        ("word/_rels/document.xml.rels", "</Relationships>", f"{relations}</Relationships>"),
        ("[Content_Types].xml", "</Types>", f"{types}</Types>"),
    )
    for name, before, after in changes:
        text = found[name].decode()
        assert before in text
        found[name] = text.replace(before, after, 1).encode()
    return archive(found | {name: text.encode() for name, text in (parts or {}).items()})


def relation(id_: str, kind: str, target: str, *, outside: bool = False) -> str:
    mode = ' TargetMode="External"' if outside else ""
    return f'<Relationship Id="{id_}" Type="{OFFICE}/{kind}" Target="{target}"{mode}/>'


def document_of(content: bytes) -> str:
    """The XML of the file's text."""
    return parts_of(content)["word/document.xml"].decode()


def needs_libreoffice() -> str:
    """The machine's own LibreOffice; the test is skipped without one, and fails where it must be there."""
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        if os.environ.get("CI") == "true":
            pytest.fail("there is no LibreOffice on this machine")
        pytest.skip("needs LibreOffice: on Debian, apt-get install libreoffice-writer")
    return office


def libreoffice(*arguments: str, home: Path) -> None:
    profile = f"-env:UserInstallation={(home / 'profile').as_uri()}"
    command = [needs_libreoffice(), profile, "--headless", *arguments]
    subprocess.run(command, check=True, capture_output=True, timeout=60)  # noqa: S603  # all our own
