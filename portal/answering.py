"""The page of a message: what it was about, what became of it, and the form to answer it. Only POST changes anything."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from models.columns import identity
from models.session import reading, unit_of_work
from notifications import answers
from notifications.links import PATH, LinkRefused
from portal import form, showing
from portal.form import FormRefused, Wrong
from portal.rendering import plain

router = APIRouter()


async def _fields(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.api_route(PATH + "{signed}", methods=["GET", "HEAD"])
def show(request: Request, signed: str) -> Response:
    """The page of the message that the link is of; changes nothing."""
    try:
        claim = request.app.state.links.read(signed)
    except LinkRefused as error:
        return _refused(request, error)
    with reading(request.app.state.settings.database) as session:
        return _page(request, session, claim)


@router.post(PATH + "{signed}")
def answer(request: Request, signed: str, fields: Annotated[dict[str, str], Depends(_fields)]) -> Response:
    """Take the answer, and show the page again with it; or with every error in it."""
    try:
        claim = request.app.state.links.read(signed)
    except LinkRefused as error:
        return _refused(request, error)
    now = request.app.state.clock()
    with unit_of_work(request.app.state.settings.database) as session:
        posts = {str(post.id): identity(post) for post in showing.posts(session, claim.person_id)}
        try:
            read = form.read(fields, posts, now.date())
            answers.answer(session, claim, read.action, now, read.until, read.to, read.note)
        except FormRefused as error:
            return _page(request, session, claim, fields, error.errors)
        except answers.AnswerRefused as error:
            session.rollback()
            wrong = Wrong(str(error), "action")
            return _page(request, session, claim, fields, {"action": wrong})
    return RedirectResponse(request.url.path, 303)


def _refused(request: Request, error: LinkRefused) -> Response:
    return plain(
        request,
        404,
        "This link cannot be used",
        str(error),
        "If there is none, answer the message itself: it reaches the commissioning team.",
    )
