"""Renders every page with invented values, so that a template that fails is found at the start, not by a reader."""

from types import SimpleNamespace

from portal.form import Wrong
from portal.rendering import pages, render
from portal.showing import Answered, Matter

EXAMPLE = {
    "heading": "A contract date needs you",
    "paragraphs": ["Words."],
    "stale": "The sweep has not completed.",
    "person": SimpleNamespace(title="Commissioning Manager"),
    "answered": Answered("Done", "Commissioning Manager", "29 February 2024 at 07:00", "A note."),
    "matters": [
        Matter(n, "A/1", "A contract", "contract end", "May 2024", "June 2024", "read", "Open")
        for n in (1, 2)
    ],
    "others": ["Deputy"],
    "posts": [SimpleNamespace(id=1, title="Deputy")],
    "once": "once",
    "chosen": ["all"],
    "form": {"action": "taken"},
}


def faults() -> list[str]:
    """One sentence for each page that cannot be rendered, asking and refusing; none when all can."""
    found = []
    for name in pages():
        for errors in ({}, {field: Wrong("Wrong.", field) for field in ("alert", "action", "taken", "to")}):
            try:
                render(name, {**EXAMPLE, "answerable": EXAMPLE["matters"], "errors": errors})
            except Exception as error:  # whatever is wrong with it
                found.append(f"the page {name} cannot be shown: {error}")
                break
    return found
