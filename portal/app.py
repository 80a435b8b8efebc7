"""The application: who may ask for what, and the headers on every answer.

Whoever holds a link may use it: the token in the address is the key, so there are no cookies, no address is
logged, and only POST changes anything (mail scanners and previews follow links).
"""

import logging
from collections.abc import Awaitable, Callable
from datetime import datetime
from pathlib import Path

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles
from sqlalchemy.exc import DBAPIError
from starlette.exceptions import HTTPException

from config.settings import Settings, load_settings, london_now
from flows.context import channels
from models.facts import last_sweep
from models.session import reading
from notifications.links import Links
from portal import answering, calendars, packs, trying
from portal.rendering import HEADERS, missing_sweep, plain, without_record

log = logging.getLogger(__name__)

LARGEST_FORM = 20_000
"""Bytes of a POST: a note of some pages, and no more."""


def from_environment() -> FastAPI:
    """The application of this installation."""
    return make_app(load_settings(), london_now)


def make_app(settings: Settings, clock: Callable[[], datetime]) -> FastAPI:
    """The pages over the record of these settings; `clock` says what time it is."""
    app = FastAPI(
        title="Recommission", docs_url=None, redoc_url=None, openapi_url=None, redirect_slashes=False
    )
    app.state.settings, app.state.clock = settings, clock
    app.state.links = Links(settings.portal_url, settings.keys)
    with channels(settings):  # so that a fault in them shows at the start, not at the first answer
        pass
    if broken := trying.faults():  # likewise
        raise RuntimeError("; ".join(broken))
    for router in (answering.router, calendars.router, packs.router):
        app.include_router(router)
    app.add_api_route("/", _start, methods=["GET", "HEAD"])
    app.add_api_route("/health", _health, methods=["GET", "HEAD"])
    app.mount("/static", StaticFiles(directory=Path(__file__).parent / "static"))
    app.middleware("http")(_guard)
    app.exception_handler(HTTPException)(_refuse)
    app.exception_handler(DBAPIError)(_unreachable)
    return app


def _start(request: Request) -> Response:
    return plain(
        request,
        200,
        "Answer an alert",
        "Every message from Recommission has a link of its own. Follow it to say that you have the matter in "
        "hand, to be told again later, to pass it to another post, or that it is done.",
    )


def _health(request: Request) -> Response:
    """Whether the engine runs, for machines: 200, or 503 where a day's sweep has not completed."""
    late = bool(missing_sweep(request))
    with reading(request.app.state.settings.database) as session:
        last = last_sweep(session)
    told = {
        "ok": not late,
        "last_sweep": last[1].isoformat() if last else None,
        "age_seconds": int((request.app.state.clock() - last[1]).total_seconds()) if last else None,
    }
    return JSONResponse(told, 503 if late else 200, {"Cache-Control": "no-store"})


async def _guard(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
    length = request.headers.get("content-length", "")
    if request.method == "POST" and not (length.isdigit() and int(length) <= LARGEST_FORM):
        answer = Response("The form is too large.", 413, media_type="text/plain")
    else:
        answer = await proceed(request)
    answer.headers.update(HEADERS)
    return answer


def _refuse(request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    if status == 404:
        return plain(
            request,
            404,
            "Page not found",
            "If you typed the address, check that it is complete. If you followed a link in a message, the "
            "message may have broken it over two lines: copy all of it.",
        )
    return plain(request, status, "This cannot be done here", "Go back to the link in your message.")


def _unreachable(_request: Request, error: Exception) -> Response:
    log.error("the record cannot be read: %s", error)
    return without_record(
        "The record cannot be reached",
        "Nothing was changed. Try again in a few minutes; your link stays good.",
    )
