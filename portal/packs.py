"""Serves published packs: the open edition to everybody, the exempt one to whoever holds a member's link."""

from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request, Response
from sqlmodel import col, select
from starlette.exceptions import HTTPException

from config.settings import Settings
from models.papers import Edition, Pack
from models.session import reading
from notifications.links import LinkRefused
from portal.rendering import plain

router = APIRouter()


@router.api_route("/packs/{name}", methods=["GET", "HEAD"])
def open_pack(request: Request, name: str) -> Response:
    """The open edition of that file name, once it is published; 404 for any other."""
    settings = request.app.state.settings
    with reading(settings.database) as session:
        pack = session.exec(
            select(Pack).where(
                Pack.path == f"packs/{name}", Pack.edition == Edition.OPEN, col(Pack.published_at).is_not(None)
            )
        ).first()  # fmt: skip
    return _served(settings, pack, "public, max-age=300")


@router.api_route("/pack/{signed}", methods=["GET", "HEAD"])
def exempt_pack(request: Request, signed: str) -> Response:
    """The pack that a member was written to about, once it is published."""
    settings = request.app.state.settings
    try:
        key, _ = request.app.state.links.read_pack(signed)
    except LinkRefused as refused:
        return plain(request, 404, "This pack cannot be opened", str(refused))
    with reading(settings.database) as session:
        pack = session.get(Pack, key)
    return _served(settings, pack if pack and pack.published_at else None, "private, no-store")


def _served(settings: Settings, pack: Pack | None, caching: str) -> Response:
    """The file as it was published; one that is gone or was changed since is not served for it."""
    path = settings.home / pack.path if pack else Path()
    if pack is None or not path.is_file():
        raise HTTPException(404)
    content = path.read_bytes()
    if sha256(content).hexdigest() != pack.sha256:
        raise HTTPException(404)
    shown = {"Content-Disposition": f'inline; filename="{path.name}"', "Cache-Control": caching}
    return Response(content, media_type="application/pdf", headers=shown)
