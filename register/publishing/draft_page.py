"""A draft as a page to copy from: one file that needs nothing beside it."""

from datetime import date
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from lifecycle.words import say
from register.publishing.drafts import Draft

_pages = Environment(
    loader=FileSystemLoader(Path(__file__).parent), autoescape=True, trim_blocks=True, lstrip_blocks=True,
    undefined=StrictUndefined,
)  # fmt: skip
_pages.filters["say"] = say


def page(draft: Draft, today: date, due: str = "") -> str:
    """The page. `due` says when it must be published, in a sentence."""
    return _pages.get_template("notice.html").render(draft=draft, today=today, due=due)
