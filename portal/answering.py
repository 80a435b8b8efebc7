"""The page of a message: what it was about, what became of it, and the form to answer it. Only POST changes it."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session
from starlette.datastructures import FormData

from flows.context import channels, rules_of, sending
from models.alerts import Notification
from models.columns import identity
from models.people import Person
from models.session import reading, unit_of_work
from notifications import answers
from notifications.links import PATH, Claim, LinkRefused
from notifications.writing import Sending
from portal import form, showing
from portal.form import FormRefused, Wrong
from portal.rendering import plain, respond

router = APIRouter()

LONGEST_ONCE = 40
"""Characters that tell one showing of a form from another; ours have 12."""


async def _fields(request: Request) -> FormData:
    return await request.form()


@router.api_route(PATH + "{signed}", methods=["GET", "HEAD"])
def show(request: Request, signed: str) -> Response:
    """The page of the message that the link is of; changes nothing."""
    try:
        claim = request.app.state.links.read(signed)
    except LinkRefused as error:
        return _refused(request, str(error))
    with reading(request.app.state.settings.database) as session:
        return _page(request, session, claim, FormData(), {})


@router.post(PATH + "{signed}")
def answer(request: Request, signed: str, fields: Annotated[FormData, Depends(_fields)]) -> Response:
    """Take the answer and show the page with it, or show the form again with every error in it."""
    try:
        claim = request.app.state.links.read(signed)
    except LinkRefused as error:
        return _refused(request, str(error))
    settings = request.app.state.settings
    with unit_of_work(settings.database) as session, channels(settings) as made:
        try:
            _take(request, session, claim, fields, sending(settings, made))
        except FormRefused as error:
            session.rollback()
            return _page(request, session, claim, fields, error.errors)
    return RedirectResponse(request.url.path, 303)


def _take(request: Request, session: Session, claim: Claim, fields: FormData, sends: Sending) -> None:
    now = request.app.state.clock()
    alerts = {identity(one.alert) for one in answers.answerable(session, claim.notification_id)}
    posts = {str(post.id): identity(post) for post in _posts(session, claim, now)}
    filled = form.read(fields, alerts, posts, now.date())
    given = answers.Answer(
        # Of this showing of the form, and of nobody else's.
        f"{claim.token_id}-{form.texts(fields).get('once', '')[:LONGEST_ONCE]}",
        claim.notification_id,
        claim.person_id,
        filled.action,
        filled.until,
        filled.to,
        filled.note,
    )
    policy = rules_of(request.app.state.settings.policy).policy
    try:
        answers.answer(session, policy, sends, given, now, filled.alerts)
    except answers.AnswerRefused as error:
        raise FormRefused(form.refusal(filled, str(error))) from None


def _posts(session: Session, claim: Claim, now: datetime) -> list[Person]:
    """Whom it can be passed to: every post that is there, apart from the reader's own."""
    return [post for post in answers.people_to_pass_to(session, now.date()) if post.id != claim.person_id]


def _page(
    request: Request, session: Session, claim: Claim, fields: FormData, errors: Mapping[str, Wrong]
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
        answerable=[matter for matter in matters if matter.id is not None],
        others=showing.others_told(session, claim.notification_id, claim.person_id),
        posts=_posts(session, claim, request.app.state.clock()),
        once=token_urlsafe(9),
        chosen=fields.getlist("alert"),
        form=form.texts(fields),
        errors=errors,
    )


def _refused(request: Request, why: str) -> Response:
    return plain(
        request,
        404,
        "This link cannot be used",
        why,
        "If there is no newer message, answer the one you have by e-mail: it reaches the commissioning team.",
    )
