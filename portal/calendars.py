"""Serves the calendar feeds: whoever has a feed's secret may read it; a wrong one finds nothing."""

from email.utils import parseaddr
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from flows.context import rules_of
from models.session import reading
from notifications import feed, feed_tokens

router = APIRouter()


@router.api_route("/calendar/{secret}.ics", methods=["GET", "HEAD"])
def calendar(request: Request, secret: str) -> Response:
    """The feed as iCalendar; 304 where the client has these very bytes, 404 for an unknown or revoked secret."""
    settings, today = request.app.state.settings, request.app.state.clock().date()
    with reading(settings.database) as session:
        token = feed_tokens.find(session, secret)
        if token is None:
            raise HTTPException(404)
        name = f"Contract dates: {feed_tokens.whose(session, token)}"
        shown = feed.entries(session, token, rules_of(settings.policy).policy, today)
        content = feed.calendar(name, shown, _domain(settings.sender))
    tag = f'"{sha256(content).hexdigest()}"'
    # Asked again each time, since what was cached must not outlive a revoked secret.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].partition("@")[2]
