"""Run as a program of its own: a job as JSON on its input; a line of JSON and the PDF on its output.

What people write can make a layout run for ever or fill the memory; here that ends this process alone.
"""

import json
import sys
from contextlib import suppress
from datetime import datetime

CPU_SECONDS = 240
MEMORY = 8 << 30
"""Bytes of address space: a register of ten thousand rows needs somewhat over one gibibyte."""


def main() -> None:
    """Compile what is asked for."""
    with suppress(ImportError, ValueError, OSError):  # a system without such limits, or with tighter ones
        import resource

        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    import typst

    job = json.load(sys.stdin.buffer)
    compiler = typst.Compiler(
        job["template"],
        root=job["root"],
        # Only what is shipped, or the bytes would depend on the machine.
        font_paths=typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[job["fonts"]]
        ),
        # As a JSON value people's text is never parsed as markup.
        sys_inputs={"data": job["words"]},
    )
    pdf, notes = compiler.compile_with_warnings(
        format="pdf", pdf_standards=["ua-1"], timestamp=datetime.fromisoformat(job["dated"])
    )
    marks = json.loads(compiler.query("<mark>", field="value"))
    head = {"marks": marks, "notes": [note.message for note in notes]}
    assert isinstance(pdf, bytes)  # a list is what page images come as
    sys.stdout.buffer.write(json.dumps(head).encode() + b"\n" + pdf)


if __name__ == "__main__":
    main()
