"""Reads the form of an answer: which answer, until when, to whom, with what note; or every error in it."""

from collections.abc import Mapping, Set
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.datastructures import FormData

from models.alerts import Action
from portal.dates import DateRefused, read_date

LONGEST_NOTE = 2000
"""Characters."""


@dataclass(frozen=True, slots=True)
class Filled:
    """What somebody filled in, for which alerts; what the answer does not ask for is empty."""

    alerts: frozenset[int]
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


def read(fields: FormData, alerts: Set[int], posts: Mapping[str, int], today: date) -> Filled:
    """The answer in the form, or FormRefused with everything that is wrong with it.

    `alerts` are those it may be for; where there is more than one, it says which. `posts` are those it may be
    passed to, by the value of their choice. Only the fields of the chosen answer count: the others may hold
    what somebody began to write.
    """
    form = texts(fields)
    errors: dict[str, Wrong] = {}
    chosen = _chosen(fields, alerts)
    if not chosen:
        errors["alert"] = Wrong("Choose the dates that you answer", "alert")
    try:
        filled = _action(form, chosen, posts, today)
    except FormRefused as error:
        errors |= error.errors
    if errors:
        raise FormRefused(errors)
    return filled


def texts(fields: FormData) -> dict[str, str]:
    """The form's texts by name; a file is none."""
    return {name: value for name, value in fields.items() if isinstance(value, str)}


def _chosen(fields: FormData, alerts: Set[int]) -> frozenset[int]:
    ticked = set(fields.getlist("alert"))
    if len(alerts) <= 1 or "all" in ticked:
        return frozenset(alerts)
    return frozenset(alert for alert in alerts if str(alert) in ticked)


def _action(form: Mapping[str, str], alerts: frozenset[int], posts: Mapping[str, int], today: date) -> Filled:
    match form.get("action"):
        case Action.TAKEN:
            return Filled(alerts, Action.TAKEN, until=_date(form, "taken", today))
        case Action.SNOOZED:
            return Filled(alerts, Action.SNOOZED, until=_date(form, "snoozed", today + timedelta(days=1)))
        case Action.PASSED:
            if form.get("to", "") not in posts:
                raise FormRefused({"to": Wrong("Choose the post that it is passed to", "to")})
            return Filled(alerts, Action.PASSED, to=posts[form["to"]], note=_note(form, "passed-note"))
        case Action.DONE:
            note = _note(form, "done-note")
            if not note:
                raise FormRefused({"done-note": Wrong("Enter what was done", "done-note")})
            return Filled(alerts, Action.DONE, note=note)
    raise FormRefused({"action": Wrong("Choose your answer", "action")})


FIELD = {
    Action.TAKEN: ("taken", "taken-day"),
    Action.SNOOZED: ("snoozed", "snoozed-day"),
    Action.PASSED: ("to", "to"),
    Action.DONE: ("done-note", "done-note"),
}
"""Where an answer that cannot stand is mended: the field's name, and its element on the page."""


def refusal(filled: Filled, words: str) -> dict[str, Wrong]:
    """The error of an answer that was filled in well, and cannot stand all the same."""
    name, target = FIELD[filled.action]
    return {name: Wrong(words, target)}


def _date(form: Mapping[str, str], prefix: str, earliest: date) -> date:
    try:
        return read_date(form, prefix, earliest)
    except DateRefused as error:
        raise FormRefused({prefix: Wrong(str(error), f"{prefix}-{error.field}")}) from None


def _note(form: Mapping[str, str], name: str) -> str:
    written = form.get(name, "").replace("\r\n", "\n")
    # PostgreSQL keeps no NUL, and no reader needs the other control characters.
    note = "".join(sign for sign in written if sign.isprintable() or sign == "\n").strip()
    if len(note) > LONGEST_NOTE:
        raise FormRefused({name: Wrong(f"The note must be {LONGEST_NOTE:,} characters or fewer", name)})
    return note
