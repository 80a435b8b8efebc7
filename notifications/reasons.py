"""Why one post got a message about a contract, or got none: one plain paragraph out of its explanation."""

from collections.abc import Iterator
from datetime import date

from sqlmodel import Session

from lifecycle.words import count_of, say
from models.people import Person
from notifications.explaining import Explained, Explanation, Meant, Sent
from notifications.posts import Posts
from notifications.wording import away

TOLD = 3
"""Messages that are told one by one; of more only the newest are."""


def answer(session: Session, made: Explanation, person: Person) -> str:
    """What the post got about the contract and because of what, or why it got nothing."""
    sent = {
        (one.written_on, one.channel, one.subject): one
        for each in made.dates
        for one in each.messages
        if one.person == person.title
    }
    if sent:
        return _got(made, person, [*sent.values()])
    when = f" on {say(made.on)}" if made.on else ""
    reasons = list(dict.fromkeys(_why_nothing(session, made, person)))
    return f"{person.title} got nothing about {made.reference}{when} because {'; '.join(reasons)}."


def _got(made: Explanation, person: Person, sent: list[Sent]) -> str:
    newest = sorted(sent, key=lambda one: one.written_on)[-TOLD:]
    told = "; ".join(
        f"on {say(one.written_on)} “{one.subject}” by {one.channel} ({one.state}), because: {one.because}"
        for one in newest
    )
    arrived = any(one.state.startswith(("accepted", "delivered")) for one in sent)
    got = "got" if arrived else "was written to, but nothing has arrived:"
    many = f" {count_of(len(sent), 'message')}; the newest:" if len(sent) > TOLD else ""
    return f"{person.title}, about {made.reference}, {got}{many} {told}."


def _why_nothing(session: Session, made: Explanation, person: Person) -> Iterator[str]:
    """Every reason that holds, the post's own first, then those of each date it would hear of."""
    day = made.on or made.today
    absence = (posts := Posts(session, day)).absence(person)
    mine = [(one, meant) for one in made.dates if (meant := _mine(one, person))]
    if absence:
        heir = posts.stand_in(person)
        stood = f"{heir.title} stood in" if heir else "nobody stood in"
        yield f"it was {away(absence)}, and {stood}"
    if not person.email:
        yield "it has no e-mail address in the register"
    if not made.dates:
        yield "the contract has no dates"
    elif not mine:
        yield f"it is neither the owner ({made.owner}) nor anybody else its dates are told to"
        yield from _escalations(made, person)
    for one, meant in mine:
        yield from _of_date(one, meant, person, day)


def _mine(one: Explained, person: Person) -> Meant | None:
    return next((meant for meant in one.meant if person.title in (meant.post, meant.hears)), None)


def _escalations(made: Explanation, person: Person) -> Iterator[str]:
    """How far silence is from the post, the dates together for which it is the same."""
    dates: dict[str, list[str]] = {}
    for one in made.dates:
        for step in one.steps:
            if step.post != person.title:
                continue
            if one.live.startswith(("In hand", "Put off")):
                how = f"{one.live[0].lower()}{one.live[1:]}, so that nobody further up is asked"
            elif step.on:
                how = f"as {step.role} it hears of it on {say(step.on)} if nobody answers before"
            else:
                how = f"as {step.role} it hears of it only after the steps before it"
            dates.setdefault(how, []).append(one.what)
    for how, whats in dates.items():
        yield f"{', '.join(whats)}: {how}"


def _of_date(one: Explained, meant: Meant, person: Person, day: date) -> Iterator[str]:
    """Why this date did not bring it a message."""
    for waiting in one.waiting:
        if waiting.person == person.title:
            yield f"{one.what} waits for its digest of {say(waiting.due_on)}"
            return
    if "switched this stream off" in meant.how:
        yield f"it switched “{one.stream}” off, and only what is mandatory comes all the same"
    yield due_words(one, day)


def due_words(one: Explained, day: date) -> str:
    """What of the date was due on the day, or why nothing was."""
    if not one.ladder:
        return f"{one.what}: {one.ladder_from}"
    if one.met_on and one.met_on <= day:
        return f"{one.what} was met on {say(one.met_on)}"
    if rung := next((rung for rung in one.rungs if rung.on == day), None):
        return f"{one.what}: the rung {rung.code} of that day: {rung.became}"
    if rung := next((rung for rung in one.rungs if rung.on > day), None):
        return f"{one.what}: the rung {rung.code} is not due until {say(rung.on)}"
    if one.next_alert_on and one.next_alert_on > day:
        return f"{one.what}: the next alert is not due until {say(one.next_alert_on)}"
    return (
        f"{one.what} is due, and the next sweep tells of it"
        if one.next_alert_on
        else f"{one.what} has nothing ahead"
    )
