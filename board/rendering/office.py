"""A Word file that somebody brought as a tagged PDF (PDF/UA), by LibreOffice: settled first, alone, with a time limit."""

import io
import json
import os
import shutil
import signal
import subprocess
import tempfile
from contextlib import suppress
from pathlib import Path

import pikepdf

from board.rendering.typeset import write_whole
from board.rendering.word_settling import settle

TIME_LIMIT = 60  # seconds
_OPTIONS = {"PDFUACompliance": True, "UseTaggedPDF": True, "ExportBookmarks": True}
_OPTIONS |= {"ExportNotes": False, "ExportFormFields": False}
_AS = "pdf:writer_pdf_Export:" + json.dumps(
    {name: {"type": "boolean", "value": str(value).lower()} for name, value in _OPTIONS.items()}
)
# Nothing runs and nothing is fetched, whatever got past the settling.
_SETTINGS = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Common/Security/Scripting">
<prop oor:name="MacroSecurityLevel" oor:op="fuse"><value>3</value></prop>
<prop oor:name="DisableMacrosExecution" oor:op="fuse"><value>true</value></prop>
<prop oor:name="BlockUntrustedRefererLinks" oor:op="fuse"><value>true</value></prop></item>
<item oor:path="/org.openoffice.Office.Writer/Content/Update">
<prop oor:name="Link" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


class OfficeMissing(RuntimeError):
    """There is no LibreOffice on this machine; the message says how to get it."""


class OfficeFailed(ValueError):
    """LibreOffice made no PDF of the file; the message says what to do instead."""


def to_pdf(docx: Path, out: Path) -> tuple[str, ...]:
    """Write the file as a tagged PDF to `out`; returns what was removed before, in words.

    Raises WordRefused, OfficeMissing and OfficeFailed.
    """
    office = shutil.which("soffice") or shutil.which("libreoffice")
    if office is None:
        raise OfficeMissing(
            "A Word file becomes a PDF by LibreOffice, which is not on this machine: install it (on Debian, "
            "apt-get install libreoffice-writer), or bring the paper as a PDF."
        )
    settled, removed = settle(docx)
    with tempfile.TemporaryDirectory(prefix="recommission-office-") as made:
        folder = Path(made)
        (folder / "paper.docx").write_bytes(settled)
        profile = folder / "profile" / "user"
        profile.mkdir(parents=True)
        (profile / "registrymodifications.xcu").write_text(_SETTINGS)
        command = [office, f"-env:UserInstallation={profile.parent.as_uri()}", "--headless", "--norestore"]
        command += ["--convert-to", _AS, "--outdir", made, str(folder / "paper.docx")]
        process = subprocess.Popen(  # noqa: S603  # the names in the command are all our own
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={
                "HOME": made,
                "PATH": os.environ.get("PATH", ""),
                "LANG": "C.UTF-8",
                "SOURCE_DATE_EPOCH": "0",
            },
            start_new_session=True,
        )
        try:
            process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            pass
        finally:
            # LibreOffice is a process that starts another.
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
        pdf = folder / "paper.pdf"
        if not pdf.exists():
            raise OfficeFailed(
                f"LibreOffice made no PDF of {docx.name} within {TIME_LIMIT} seconds: save it as a PDF in Word "
                "and bring that."
            )
        write_whole(out, _dateless(pdf))
    return removed


def _dateless(pdf: Path) -> bytes:
    """The PDF without the moment it was made at, so that the same file gives the same bytes."""
    made = io.BytesIO()
    with pikepdf.open(pdf) as opened:
        for holder, key in (
            (opened.docinfo, "/CreationDate"),
            (opened.trailer, "/ID"),
            (opened.trailer, "/DocChecksum"),
        ):
            if key in holder:
                del holder[key]
        with opened.open_metadata(set_pikepdf_as_editor=False) as about:
            about.pop("xmp:CreateDate", None)
        opened.save(made, deterministic_id=True)
    return made.getvalue()
