"""What the Board's secretary, authors and clearers do in the demonstration, through the same functions as the commands."""

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path

from sqlmodel import Session, select

from board import actions, agenda, business, decisions, exemptions, membership, packs, papers
from board.attendance import attend
from board.rendering.content import Comment, Exemption, PaperData, Paragraph, Section
from board.rendering.word import write_report
from board.rendering.word_reading import read_report
from config.settings import LONDON
from models.agenda import AgendaItem, ItemKind, ItemPurpose, ItemVerdict
from models.business import ExceptionReport, Severity
from models.columns import identity
from models.contracts import Contract
from models.meetings import Meeting, Role
from models.people import Person
from models.planning import Rules
from models.session import unit_of_work
from recommission.scenario import Late, Scenario

SECRETARY = "Board Secretary"
INITIALS = {
    "Financial": ("CDS", "Finance Business Partner"),
    "Constitutional": ("LW", "Legal Services Manager"),
}
DECIDED = {
    ItemKind.EXCEPTION: ItemVerdict.NOTE,
    ItemKind.BUSINESS_CASE: ItemVerdict.RECOMMEND,
    ItemKind.OTHER: ItemVerdict.APPROVE,
}
COMMENTS = {
    "Financial": "The financial implications are set out in the report.",
    "Constitutional": "The Board may decide what this report asks for.",
}


class Secretary:
    """The work around the meetings, day by day."""

    def __init__(self, database: str, home: Path, rules: Rules, story: Scenario) -> None:
        self._database, self._home, self._rules, self._story = database, home, rules, story

    def seat_the_board(self, day: date) -> None:
        """Give every member their seat."""
        with unit_of_work(self._database) as session:
            for one in self._story.board.seats:
                substitute = _post(session, one.substitute) if one.substitute else None
                membership.seat(
                    session, _post(session, one.post), one.division, Role(one.role), day, substitute, SECRETARY, _at(day)
                )  # fmt: skip

    def live(self, day: date) -> None:
        """What people bring to the Board, and tell it, on the day."""
        story = self._story.board
        with unit_of_work(self._database) as session:
            for one in story.exceptions:
                if one.on == day:
                    business.raise_exception(
                        session, _contract(session, one.contract), one.trigger, Severity(one.severity), one.what, one.action,
                        _post(session, one.by), day, _at(day), one.safeguarding, one.due,
                    )  # fmt: skip
                if one.closed == day:
                    for report in session.exec(
                        select(ExceptionReport).where(ExceptionReport.trigger == one.trigger)
                    ):
                        business.close_exception(session, report, "the plan is agreed", day, one.by, _at(day))
            for case in story.cases:
                if case.on == day:
                    said = business.Case(
                        case.title, case.what, Decimal(case.cost), Decimal(case.investment), Decimal(case.saving),
                        case.funding,
                    )  # fmt: skip
                    business.submit(
                        session, said,
                        _post(session, case.author), day, _at(day), _post(session, case.benefits),
                    )  # fmt: skip
                if case.slt_on == day:
                    known = business.find_case(session, f"BC-{story.cases.index(case) + 1}")
                    business.decided(session, known, True, day, case.slt_minute, SECRETARY, _at(day))
            for asked in story.actions:
                if asked.done == day:
                    known_action = next(one for one in actions.open_ones(session) if one.what == asked.what)
                    actions.done(
                        session, known_action, "report sent to the secretary", day, asked.owner, _at(day)
                    )

    def collect(self, meeting: date, day: date) -> None:
        """The authors of what the Board will decide confirm their papers, finance and legal clear them."""
        decided = {one.contract for one in self._story.verdicts if one.meeting == meeting}
        with unit_of_work(self._database) as session:
            held = agenda.hold(session, meeting, self._rules)
            for item in agenda.compute(session, held, self._rules):
                paper = papers.draft(session, item, held, self._rules, day)
                contract, _ = papers.about(session, item)
                of_a_gate = item.kind is ItemKind.GATE and contract and contract.reference in decided
                if paper and (of_a_gate or item.kind in (ItemKind.EXCEPTION, ItemKind.BUSINESS_CASE)):
                    self._confirmed(session, item, day)
                if contract:
                    self._withhold(session, held, item, contract, day)

    def _confirmed(self, session: Session, item: AgendaItem, day: date) -> None:
        who = session.get_one(Person, papers.author(session, item)).title
        papers.confirm(session, item, who, _at(day))
        for kind, (initials, by) in INITIALS.items():
            comment = Comment(kind, initials, day, (COMMENTS[kind],))
            papers.clear(session, item, comment, by, self._rules, _at(day))

    def _withhold(
        self, session: Session, held: Meeting, item: AgendaItem, contract: Contract, day: date
    ) -> None:
        for one in self._story.board.secrets:
            if (one.meeting, one.contract) == (held.on, contract.reference) and item.kind is ItemKind.GATE:
                known = packs.parts(session, item, held, self._rules, day)
                exempt = Exemption(one.paragraph, one.because)
                exemptions.mark(session, item, one.part, exempt, known, SECRETARY, _at(day))

    def bring_late(self, late: Late) -> None:
        """A paper comes in Word after the pack is published: it goes through the same door as any other."""
        with unit_of_work(self._database) as session:
            held = agenda.hold(session, late.meeting, self._rules)
            who, at = _post(session, late.by), _at(late.on)
            item = agenda.add(session, held, late.title, ItemPurpose.DECISION, identity(who), SECRETARY, at)
            paper = PaperData(
                report_of=who.title,
                title=late.title,
                purpose="To ask the Board to decide on an offer that lapses before its next meeting.",
                sections=(Section("Information", (Paragraph(late.says),)),),
                recommendations=("That the Board approves it.",),
                background_papers=("None.",),
            )
            word = self._home / "papers" / f"{late.meeting}-late.docx"
            word.parent.mkdir(parents=True, exist_ok=True)
            write_report(paper, word, council=self._rules.policy.board.council, on=late.meeting)
            back = read_report(word)
            papers.receive(session, item, back.paper, late.by, at, back.removed)

    def attend(self, meeting: date) -> None:
        """Who was there, and who stood in for whom."""
        with unit_of_work(self._database) as session:
            held = agenda.hold(session, meeting, self._rules)
            seats = [one for one in self._story.board.seats if one.role != Role.ADVISER]
            there = [_post(session, one.post) for one in seats if meeting not in one.away]
            missing = [one for one in seats if meeting in one.away]
            stood_in = [
                (_post(session, one.substitute), _post(session, one.post))
                for one in missing
                if one.substitute
            ]
            sorry = [_post(session, one.post) for one in missing if not one.substitute]
            attend(session, held, there, sorry, SECRETARY, _at(meeting), stood_in)

    def after(self, meeting: date) -> None:
        """What the Board decided on the items that move no contract, and the actions that it asked for."""
        with unit_of_work(self._database) as session:
            held = agenda.hold(session, meeting, self._rules)
            for number, item in enumerate(agenda.items(session, held), 1):
                if verdict := DECIDED.get(item.kind):
                    said = decisions.ItemSaid(verdict, f"{number}", "As its report asks.")
                    decisions.decide(session, held, item, said, SECRETARY, _at(meeting), self._rules)
            for one in self._story.board.actions:
                if one.meeting == meeting:
                    actions.set_action(
                        session, held, one.what, _post(session, one.owner), one.due, SECRETARY, _at(meeting)
                    )


def _at(day: date) -> datetime:
    return datetime.combine(day, time(9), LONDON)


def _post(session: Session, title: str) -> Person:
    return session.exec(select(Person).where(Person.title == title)).one()


def _contract(session: Session, reference: str) -> Contract:
    return session.exec(select(Contract).where(Contract.reference == reference)).one()
