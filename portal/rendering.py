"""Turns templates into pages: GOV.UK Frontend's components, without crown, GDS font or script."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from config.policy_file import PolicyRefused
from flows.context import rules_of
from lifecycle.words import say
from models.session import reading
from notifications import sweeping

HERE = Path(__file__).parent

HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",  # the address is the key
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
}
"""On every answer; a page's own headers come on top."""

_pages = Environment(
    loader=ChoiceLoader(
        [
            FileSystemLoader(HERE / "pages"),
            PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")}),
        ]
    ),
    autoescape=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
_pages.filters["say"] = say


def respond(request: Request, template: str, status: int = 200, **shown: Any) -> HTMLResponse:
    """The page, with the warning first where the engine stands still; kept by no cache."""
    stale = missing_sweep(request)
    warning = f"What is shown here may be out of date: please tell whoever operates Recommission. {stale}"
    return _html(template, status, {**shown, "stale": stale and warning})


def missing_sweep(request: Request) -> str:
    """What is wrong where a day's sweep has not completed, as `doctor` says it; empty where all have."""
    state = request.app.state
    try:
        policy = rules_of(state.settings.policy).policy
    except PolicyRefused:  # its faults are no matter of whoever answers an alert
        return "The council's policy cannot be read: `recommission policy check` says why."
    with reading(state.settings.database) as session:
        return sweeping.overdue(session, policy, state.clock())


def plain(request: Request, status: int, heading: str, *paragraphs: str) -> HTMLResponse:
    """A page of a heading and a few words."""
    return respond(request, "plain.html", status, heading=heading, paragraphs=paragraphs)


def without_record(heading: str, *paragraphs: str) -> HTMLResponse:
    """The same, for when the record itself cannot be read."""
    return _html("plain.html", 503, {"heading": heading, "paragraphs": paragraphs})


def _html(template: str, status: int, shown: dict[str, Any]) -> HTMLResponse:
    return HTMLResponse(render(template, shown), status, {"Cache-Control": "no-store"})


def render(template: str, shown: dict[str, Any]) -> str:
    """The page as text."""
    return _pages.get_template(template).render(shown)


def pages() -> list[str]:
    """The names of our own templates."""
    return sorted(path.name for path in (HERE / "pages").glob("*.html"))
