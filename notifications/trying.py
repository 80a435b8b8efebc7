"""Composes one message of each purpose about an invented contract, so that one that fails is found before the day."""

from datetime import UTC, date, datetime

from lifecycle.policy import Stream
from lifecycle.stages import Kind
from models.alerts import Alert, Purpose
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Person
from notifications.alerts import Raised
from notifications.message import compose
from notifications.wording import Moved, body, correction_body, correction_subject, signed, subject

DAY = date(2024, 2, 29)


def faults(sender: str) -> list[str]:
    """One sentence for each purpose whose message cannot be composed for this sender; none when all can."""
    found = []
    for purpose in Purpose:
        try:
            _compose(purpose, sender)
        except Exception as error:  # whatever is wrong with it
            found.append(f"the message of the purpose “{purpose}” cannot be composed: {error}")
    return found


def _compose(purpose: Purpose, sender: str) -> None:
    person = Person(id=1, title="Commissioning Manager", email="manager@council.example")
    contract = Contract(
        id=1, reference="A/1", title="A contract", kind=Kind.BLOCK, department="Children", owner_id=1,
        registered_on=DAY, regime="",
    )  # fmt: skip
    milestone = Milestone(
        id=1,
        contract_id=1,
        kind="contract end",
        earliest=DAY,
        latest=DAY,
        words="29 February 2024",
        how="read",
    )
    alert = Alert(
        id=1, milestone_id=1, milestone_revision=1, rung="0d", fire_on=DAY, raised_on=DAY,
        words="29 February 2024", stream=Stream.ENDS, holder_id=1,
    )  # fmt: skip
    raised, moved = [Raised(alert, milestone, contract)], [Moved(milestone, contract, alert, [1])]
    if purpose is Purpose.CORRECTION:
        title, text = correction_subject(moved), correction_body(moved, person)
    else:
        title, text = subject(raised, purpose), body(raised, person, (), DAY, purpose)
    at = datetime(2024, 2, 29, 7, tzinfo=UTC)
    compose(
        sender, str(person.email), title, signed(text, "http://127.0.0.1/"), None, "<1@x.example>", at, {}
    )
