"""The page of a message: what it was about, what became of it, and the form to answer it. Only POST changes it."""

from collections.abc import Mapping
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from models.alerts import Notification
from models.columns import identity
from models.people import Person
from models.session import reading, unit_of_work
from notifications import answers
from notifications.links import PATH, Claim, LinkRefused
from portal import form, showing
from portal.form import FormRefused, Wrong
from portal.rendering import plain, respond

router = APIRouter()


async def _fields(request: Request) -> dict[str, str]:
    return {name: value for name, value in (await request.form()).items() if isinstance(value, str)}


@router.api_route(PATH + "{signed}", methods=["GET", "HEAD"])
def show(request: Request, signed: str) -> Response:
    """The page of the message that the link is of; changes nothing."""
    try:
        claim = request.app.state.links.read(signed)
    except LinkRefused as error:
        return _refused(request, str(error))
    with reading(request.app.state.settings.database) as session:
        return _page(request, session, claim)


@router.post(PATH + "{signed}")
def answer(request: Request, signed: str, fields: Annotated[dict[str, str], Depends(_fields)]) -> Response:
    """Take the answer and show the page with it, or show the form again with every error in it."""
    try:
        claim = request.app.state.links.read(signed)
    except LinkRefused as error:
        return _refused(request, str(error))
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
            return _page(request, session, claim, fields, {"action": Wrong(str(error), "action")})
    return RedirectResponse(request.url.path, 303)


def _page(
    request: Request,
    session: Session,
    claim: Claim,
    fields: Mapping[str, str] | None = None,
    errors: Mapping[str, Wrong] | None = None,
) -> Response:
    notification = session.get(Notification, claim.notification_id)
    person = session.get(Person, claim.person_id)
    if notification is None or person is None:
        return _refused(request, "The message of this link is no longer in the record.")
    matters = showing.matters(session, claim.notification_id)
    return respond(
        request,
        "alert.html",
        422 if errors else 200,
        heading=notification.subject,
        person=person,
        answered=showing.last_answer(session, claim.notification_id),
        matters=matters,
        others=showing.others_told(session, claim.notification_id, claim.person_id),
        open=any(matter.alive for matter in matters),
        posts=showing.posts(session, claim.person_id),
        form=fields or {},
        errors=errors or {},
    )


def _refused(request: Request, why: str) -> Response:
    return plain(
        request,
        404,
        "This link cannot be used",
        why,
        "If there is no newer message, answer the one you have by e-mail: it reaches the commissioning team.",
    )
