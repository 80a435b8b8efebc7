"""Turns templates into pages: GOV.UK Frontend's components, without crown, GDS font or script."""

from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import ChoiceLoader, Environment, FileSystemLoader, PackageLoader, PrefixLoader

from lifecycle.words import say
from models.session import reading
from portal import heartbeat

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
    with reading(request.app.state.settings.database) as session:
        last = heartbeat.last_sweep(session)
    stale = heartbeat.warning(last, request.app.state.clock())
    return _html(template, status, {**shown, "stale": stale})


def plain(request: Request, status: int, heading: str, *paragraphs: str) -> HTMLResponse:
    """A page of a heading and a few words."""
    return respond(request, "plain.html", status, heading=heading, paragraphs=paragraphs)


def without_record(heading: str, *paragraphs: str) -> HTMLResponse:
    """The same, for when the record itself cannot be read."""
    return _html("plain.html", 503, {"heading": heading, "paragraphs": paragraphs})


def _html(template: str, status: int, shown: dict[str, Any]) -> HTMLResponse:
    return HTMLResponse(_pages.get_template(template).render(shown), status, {"Cache-Control": "no-store"})
