"""Serves the calendar feeds: whoever has a feed's secret may read it; a wrong one finds nothing."""

from email.utils import parseaddr
from hashlib import sha256

from fastapi import APIRouter, Request, Response
from starlette.exceptions import HTTPException

from models.session import reading
from notifications import feed, feed_tokens

router = APIRouter()


@router.api_route("/calendar/{secret}.ics", methods=["GET", "HEAD"])
def calendar(request: Request, secret: str) -> Response:
    """The feed as iCalendar; 304 where the client has these very bytes, 404 for an unknown or revoked secret."""
    settings = request.app.state.settings
    with reading(settings.database) as session:
        token = feed_tokens.find(session, secret)
        if token is None:
            raise HTTPException(404)
        name = f"Contract dates: {feed_tokens.whose(session, token)}"
        content = feed.calendar(name, feed.entries(session, token), _domain(settings.sender))
    tag = f'"{sha256(content).hexdigest()}"'
    # Asked again each time, since what was cached must not outlive a revoked secret.
    headers = {"ETag": tag, "Cache-Control": "private, no-cache"}
    known = {part.strip().removeprefix("W/") for part in request.headers.get("if-none-match", "").split(",")}
    if known & {tag, "*"}:
        return Response(status_code=304, headers=headers)
    return Response(content, media_type="text/calendar; charset=utf-8", headers=headers)


def _domain(sender: str) -> str:
    return parseaddr(sender)[1].partition("@")[2]
