"""What the department does in the demonstration: it gets its contracts ready, and answers its post."""

import re
from collections import defaultdict
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path

from board.agenda import compute, hold, table
from board.verdicts import find
from config.settings import LONDON, Settings
from flows.context import channels, sending
from lifecycle.stages import NEEDS_CHECKLIST
from models.alerts import Action, AlertState
from models.checklists import checklist, complete
from models.columns import identity
from models.people import Person
from models.planning import Rules
from models.session import unit_of_work
from models.standstill import tick_off
from notifications import absences, answers
from notifications.alerts import Raised
from notifications.links import PATH, Claim, Links
from recommission.scenario import Reply, Scenario

LINK = re.compile(rf"https?://\S+{PATH}(\S+)")
USUAL = timedelta(days=28)
"""How soon the department promises its next step where no alert would come before."""


def prepare(day: date, database: str, rules: Rules, story: Scenario) -> None:
    """The people of the scenario complete their checklists before the Board decides, or the work is done."""
    at = datetime.combine(day, time(9), LONDON)
    ready = [
        one.contract
        for one in story.verdicts
        if one.meeting == day and one.verdict in NEEDS_CHECKLIST and not one.despite
    ] + [one.contract for one in story.completed if one.on == day]
    with unit_of_work(database) as session:
        tick_off(session, rules, day, at)
        for reference in ready:
            contract, cycle = find(session, reference)
            for line in checklist(session, contract, cycle, rules.policy):
                if line.on is None and line.by not in ("compile-pack", "mobilisation"):
                    evidence = f"{line.item} of {reference}, in the department's files"
                    complete(session, contract, cycle, rules.policy, line.item, evidence, line.by, day, at)


def put_on_agenda(meeting: date, database: str, rules: Rules, story: Scenario) -> None:
    """The secretary adds what the scenario has decided at the meeting."""
    with unit_of_work(database) as session:
        for decision in story.verdicts:
            contract, cycle = find(session, decision.contract)
            if decision.meeting == meeting and cycle.stage == decision.gate:
                held = hold(session, meeting, rules)
                compute(session, held, rules)
                table(session, held, cycle, contract, "added by the secretary")


class Post:
    """The department's post: each message that arrived is opened once, and its link answered the same day."""

    def __init__(self, mail: Path, settings: Settings, rules: Rules, story: Scenario) -> None:
        self._mail, self._settings, self._rules, self._story = mail, settings, rules, story
        self._opened: set[str] = set()

    def answer(self, day: date) -> bool:
        """Answer all that came since the last time, as the scenario says, or else with “I have it”.

        Returns whether something was passed on, so that a message waits to be sent.
        """

        at = datetime.combine(day, time(15), LONDON)
        passed = False
        with channels(self._settings) as made, unit_of_work(self._settings.database) as session:
            sends = sending(self._settings, made)
            for claim in self._new(sends.links):
                reader = session.get_one(Person, claim.person_id)
                waiting = [one for one in answers.answerable(session, claim.notification_id) if _waits(one)]
                for number, (said, ones) in enumerate(self._sort(waiting, reader.title, day).items()):
                    reply, until = said
                    passed |= reply is not None and reply.says == Action.PASSED
                    answers.answer(
                        session, self._rules.policy, sends,
                        answers.Answer(
                            f"{claim.token_id}-{number}", claim.notification_id, claim.person_id,
                            Action(reply.says) if reply else Action.TAKEN, until,
                            absences.find(session, reply.to).id if reply and reply.to else None, reply.note if reply else "",
                        ),
                        at, [identity(one.alert) for one in ones],
                    )  # fmt: skip
        return passed

    def _new(self, links: Links | None) -> Iterator[Claim]:
        """What the links in the messages that came since say, in the order of their arrival."""
        for path in sorted(self._mail.glob("*.eml"), key=lambda path: path.name.split("_")[1]):
            if path.name in self._opened:
                continue
            self._opened.add(path.name)
            text = message_from_bytes(path.read_bytes(), policy=SMTP).get_content()
            if links and (link := LINK.search(text)):
                yield links.read(link[1])

    def _sort(
        self, ones: list[Raised], post: str, day: date
    ) -> dict[tuple[Reply | None, date | None], list[Raised]]:
        """What is asked, by the answer it gets; what gets none is left out."""
        sorted_: dict[tuple[Reply | None, date | None], list[Raised]] = defaultdict(list)
        for one in ones:
            reply = self._story.reply(one.contract.reference, one.milestone.kind, post, day)
            following = one.milestone.next_alert_on
            promised = following - timedelta(days=1) if following else day + USUAL
            until = reply.until if reply else promised
            if reply is None or reply.says != "nothing":
                sorted_[reply, until].append(one)
        return sorted_


def _waits(one: Raised) -> bool:
    """Whether somebody is asked for an answer and has not given it."""
    return one.alert.state is AlertState.OPEN and one.alert.next_escalation_on is not None
