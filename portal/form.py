"""Reads the form of an answer: which answer, until when, to whom, with what note; or every error in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from models.alerts import Action
from portal.dates import DateRefused, read_date

LONGEST_NOTE = 2000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody answered; what the answer does not ask for is empty."""

    action: Action
    until: date | None = None
    to: int | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Wrong:
    """An error in words, and the element of the page where it is mended."""

    words: str
    target: str


class FormRefused(ValueError):
    """The form cannot be acted on; `errors` has each by the field that it belongs to."""

    def __init__(self, errors: dict[str, Wrong]) -> None:
        super().__init__("; ".join(error.words for error in errors.values()))
        self.errors = errors


def read(form: Mapping[str, str], posts: Mapping[str, int], today: date) -> Answer:
    """The answer in the form. `posts` are the posts it may be passed to, by the value of their choice.

    Only the fields of the chosen answer count: the others may hold what somebody began to write. Raises
    FormRefused.
    """
    match form.get("action"):
        case Action.TAKEN:
            return Answer(Action.TAKEN, until=_date(form, "ack", today))
        case Action.SNOOZED:
            return Answer(Action.SNOOZED, until=_date(form, "snooze", today))
        case Action.PASSED:
            if form.get("to", "") not in posts:
                raise FormRefused({"to": Wrong("Choose the post that it is passed to", "to")})
            return Answer(Action.PASSED, to=posts[form["to"]], note=_note(form, "pass-note"))
        case Action.DONE:
            note = _note(form, "done-note")
            if not note:
                raise FormRefused({"done-note": Wrong("Enter what was done", "done-note")})
            return Answer(Action.DONE, note=note)
    raise FormRefused({"action": Wrong("Choose your answer", "action")})


def _date(form: Mapping[str, str], prefix: str, today: date) -> date:
    try:
        return read_date(form, prefix, after=today)
    except DateRefused as error:
        raise FormRefused({prefix: Wrong(str(error), f"{prefix}-{error.field}")}) from None


def _note(form: Mapping[str, str], name: str) -> str:
    written = form.get(name, "").replace("\r\n", "\n")
    # PostgreSQL keeps no NUL, and no reader needs the other control characters.
    note = "".join(sign for sign in written if sign.isprintable() or sign == "\n").strip()
    if len(note) > LONGEST_NOTE:
        raise FormRefused({name: Wrong(f"The note must be {LONGEST_NOTE:,} characters or fewer", name)})
    return note
