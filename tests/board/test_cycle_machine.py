"""Whatever happens to contracts, in whatever order, the record keeps its promises: a machine that tries to break them."""

import os
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from itertools import count, pairwise
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlmodel import Session, SQLModel, col, select

from board.agenda import close, compute, hold
from board.papers import draft
from board.superseding import last_verdict
from board.verdicts import Decision, complete, record_partner, record_verdict
from lifecycle.boards import NoMeeting
from lifecycle.partial_dates import PartialDate
from lifecycle.stages import (
    NEXT_STAGE,
    Completion,
    IllegalMove,
    Move,
    Stage,
    Verdict,
    legal_moves,
    next_stage,
)
from models import audit, checklists
from models.checklists import StepRefused
from models.columns import identity
from models.contracts import Contract, JointAuthority, Lot
from models.cycles import ChecklistEntry, Cycle, Milestone, StageChange, VerdictRecord
from models.lots import SplitRefused
from models.planning import Rules, replan
from models.session import engine, reading, unit_of_work
from models.transitions import MoveRefused, StaleCycle
from tests.town import DIRECTOR, OWNER, TODAY, contract, furnish, noon

LONG = int(os.environ.get("RECOMMISSION_KILLS", "0")) >= 100
REFUSALS = (MoveRefused, IllegalMove, NoMeeting, SplitRefused, StaleCycle, StepRefused)
PARTNERS = ("Derby City Council", "Nottingham City Council")
_numbers = count()


@pytest.fixture(scope="module")
def start(sqlite_template: Path, rules: Rules, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small council with something of everything: shared, in lots, open-ended, not begun."""
    folder = tmp_path_factory.mktemp("machine")
    path = folder / "start.db"
    shutil.copy(sqlite_template, path)
    url = f"sqlite:///{path}"
    furnish(url, folder, rules)
    with unit_of_work(url) as session:
        for name in (rules.policy.board.council, *PARTNERS):
            shared = identity(contract(session, "FW"))
            session.add(JointAuthority(contract_id=shared, name=name, lead=name not in PARTNERS))
        for name in ("north", "south"):
            session.add(Lot(contract_id=identity(contract(session, "BLOCK")), name=name))
        open_ended, new = contract(session, "BLOCK"), contract(session, "OLD")
        open_ended.planned_end = None
        new.in_force, new.start_date = False, PartialDate.parse("2024-04-01")
        session.flush()
        replan(session, session.exec(select(Contract)).all(), rules, TODAY, "the machine's council")
    engine(url).dispose()
    return path


def dump(url: str) -> dict[str, list[Any]]:
    """Everything the record holds."""
    with engine(url).connect() as connection:
        return {
            table.name: sorted(connection.execute(sa.select(table)).all(), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


class Council(RuleBasedStateMachine):
    """A council over some years. The rules of the game are the product's own; what is refused must change nothing."""

    start: Path
    first_rules: Rules

    def __init__(self) -> None:
        super().__init__()
        self.path = self.start.with_name(f"run-{next(_numbers)}.db")
        shutil.copy(self.start, self.path)
        self.url = f"sqlite:///{self.path}"
        self.known, self.today = self.first_rules, TODAY
        self.visits: dict[int, int] = {}
        self.said: Decision | None = None
        self.cancelled = 0
        self.changed = True

    def teardown(self) -> None:
        engine(self.url).dispose()
        for left in self.path.parent.glob(f"{self.path.name}*"):
            left.unlink()

    def stands(self, which: int) -> tuple[str, Stage, int]:
        """One of the contracts that have a cycle, the open ones first."""
        with reading(self.url) as session:
            rows = session.exec(
                select(Contract.reference, Cycle.stage, Cycle.table_version)
                .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
                .order_by(col(Cycle.stage) == Stage.CLOSED, col(Contract.reference))
            ).all()
        reference, stage, version = rows[which % len(rows)]
        return reference, Stage(stage), version

    def attempt(self, what: Callable[[Session], object]) -> bool:
        """Do it in one transaction; where it is refused, the record is as it was. Returns whether it was done."""
        before = dump(self.url)
        try:
            with unit_of_work(self.url) as session:
                what(session)
        except REFUSALS:
            assert dump(self.url) == before
            return False
        self.changed = True
        return True

    @rule(days=st.sampled_from([1, 20, 61, 200]))
    def time_passes(self, days: int) -> None:
        self.today = min(self.today + timedelta(days=days), date(2028, 12, 31))

    @precondition(lambda self: self.cancelled < 2)
    @rule()
    def a_meeting_is_cancelled(self) -> None:
        self.cancelled, self.changed = self.cancelled + 1, True
        boards = self.known.boards
        self.known = Rules(self.known.policy, boards.without(boards.after(self.today)))
        with unit_of_work(self.url) as session:
            every = session.exec(select(Contract)).all()
            replan(session, every, self.known, self.today, "the Board's calendar changed")

    @rule(which=st.integers(0, 9))
    def the_checklist_is_completed(self, which: int) -> None:
        reference, stage, _ = self.stands(which)
        self.changed = True
        with unit_of_work(self.url) as session:
            its, cycle = _both(session, reference)
            for one in self.known.policy.checklist(stage, its.kind):
                checklists.complete(
                    session, its, cycle, self.known.policy, one.item, "DMS/1", OWNER, self.today, noon(self.today)
                )  # fmt: skip

    @rule(
        which=st.integers(0, 9),
        item=st.sampled_from(["paper", "evaluation", "notices", "a wish"]),
        back=st.booleans(),
    )
    def one_item_is_completed_or_taken_back(self, which: int, item: str, back: bool) -> None:
        def step(session: Session) -> None:
            its, cycle = _both(session, reference)
            if back:
                checklists.withdraw(session, its, cycle, item, "by mistake", OWNER, noon(self.today))
            else:
                checklists.complete(
                    session, its, cycle, self.known.policy, item, "DMS/2", OWNER, self.today, noon(self.today)
                )  # fmt: skip

        reference, _, _ = self.stands(which)
        self.attempt(step)

    @rule(
        which=st.integers(0, 9), pick=st.integers(0, 30), urgent=st.booleans(), despite=st.booleans(),
        last_day=st.sampled_from([None, 1, 90, 2000]), lots=st.sampled_from([(), (), ("north",), ("south", "north")]),
    )  # fmt: skip
    def something_legal_is_decided(
        self, which: int, pick: int, urgent: bool, despite: bool, last_day: int | None, lots: tuple[str, ...]
    ) -> None:
        reference, stage, version = self.stands(which)
        if moves := [move for move in legal_moves(stage, version) if isinstance(move, Verdict)]:
            self._decide(reference, stage, moves[pick % len(moves)], urgent, despite, last_day, lots)

    @rule(which=st.integers(0, 9), pick=st.integers(0, 300), anew=st.booleans(), despite=st.booleans())
    def a_verdict_is_superseded(self, which: int, pick: int, anew: bool, despite: bool) -> None:
        """The last one of some contract, or one that is decided wrongly first."""
        reference, stage, version = self.stands(which)
        moves = [one for one in legal_moves(stage, version) if isinstance(one, Verdict)]
        if anew and moves:
            self._decide(reference, stage, moves[pick % len(moves)], True, True, 90, ())
        with reading(self.url) as session:
            wrong = last_verdict(session, _both(session, reference)[1])
        if wrong:
            moves = [one for one in legal_moves(wrong.stage) if isinstance(one, Verdict)]
            right = moves[pick // 17 % len(moves)]
            self._decide(reference, wrong.stage, right, not anew, despite, 60, (), "6.2", wrong.id)

    @rule(which=st.integers(0, 9), gate=st.sampled_from(Stage), verdict=st.sampled_from(Verdict))
    def anything_at_all_is_decided(self, which: int, gate: Stage, verdict: Verdict) -> None:
        reference, stage, _ = self.stands(which)
        done = self._decide(reference, gate, verdict, False, True, 30, ())
        assert not done or gate is not stage or (gate, verdict) in NEXT_STAGE

    def _decide(
        self, reference: str, gate: Stage, verdict: Verdict, urgent: bool, despite: bool, last_day: int | None,
        lots: tuple[str, ...], minute: str = "6.1", supersedes: int | None = None,
    ) -> bool:  # fmt: skip
        on = self.today if urgent else self.known.boards.on_or_before(self.today)
        said = Decision(
            reference, gate, verdict, on, "As minuted.", minute, lots=lots, supersedes=supersedes,
            ends_on=self.today + timedelta(days=last_day) if last_day else None,
            urgent_by=DIRECTOR if urgent else "",
            urgent_because="A place is lost otherwise." if urgent else "",
            despite="The Board knew." if despite else "",
        )  # fmt: skip
        done = self.attempt(lambda session: record_verdict(session, said, noon(self.today), self.known))
        self.said = said if done else self.said
        return done

    @precondition(lambda self: self.said)
    @rule()
    def the_last_verdict_is_said_again(self) -> None:
        before = dump(self.url)
        assert self.said
        said = self.said
        self.attempt(lambda session: record_verdict(session, said, noon(self.today), self.known))
        assert dump(self.url) == before

    @rule(
        which=st.integers(0, 9),
        who=st.sampled_from([*PARTNERS, "Leicester City Council"]),
        agreed=st.booleans(),
    )
    def a_partner_decides(self, which: int, who: str, agreed: bool) -> None:
        reference, _, _ = self.stands(which) if which > 3 else ("FW", None, None)
        self.attempt(
            lambda session: record_partner(
                session, reference, who, agreed, self.today, "12", noon(self.today), self.known
            )
        )

    @rule(which=st.integers(0, 9), despite=st.booleans())
    def work_is_completed(self, which: int, despite: bool) -> None:
        reference, stage, _ = self.stands(which)
        self.attempt(
            lambda session: complete(
                session, reference, stage, self.today, noon(self.today), self.known, "late" if despite else ""
            )
        )

    @rule(closed=st.booleans())
    def the_board_meets(self, closed: bool) -> None:
        """Its papers are drafted on what is known; afterwards what was not decided is carried over."""
        self.changed = True
        with unit_of_work(self.url) as session:
            meeting = hold(session, self.known.boards.on_or_before(self.today), self.known)
            for item in compute(session, meeting, self.known):
                draft(session, item, meeting, self.known, self.today)
            if closed:
                close(session, meeting)

    @invariant()
    def the_record_keeps_its_promises(self) -> None:
        if self.changed:
            self._every_contract_that_is_not_closed_has_a_next_date_and_its_plan()
            self._every_verdict_was_applied_once_and_nothing_moved_without()
            self._visits_only_grow()
            self._the_trail_holds()
            self._an_item_stands_once_a_visit()
            self.changed = False

    def _every_contract_that_is_not_closed_has_a_next_date_and_its_plan(self) -> None:
        with reading(self.url) as session:
            for its, cycle in session.exec(select(Contract, Cycle).where(Cycle.contract_id == Contract.id)):
                dates = session.exec(
                    select(Milestone.id).where(
                        Milestone.contract_id == its.id, col(Milestone.met_on).is_(None)
                    )
                ).all()
                assert bool(dates) is (cycle.stage is not Stage.CLOSED), (its.reference, cycle.stage)
            every = session.exec(
                select(Contract).join(Cycle, col(Cycle.contract_id) == col(Contract.id))
            ).all()
            assert replan(session, every, self.known, self.today, "again") == 0

    def _every_verdict_was_applied_once_and_nothing_moved_without(self) -> None:
        with reading(self.url) as session:
            for cycle in session.exec(select(Cycle)).all():
                changes = session.exec(
                    select(StageChange).where(StageChange.cycle_id == cycle.id).order_by(col(StageChange.id))
                ).all()
                said = session.exec(select(VerdictRecord).where(VerdictRecord.cycle_id == cycle.id)).all()
                effective = {one.id: one for one in said if one.effective_on}
                lapsed = sum(bool(one.lapsed) for one in said)
                completed = sum(one.verdict_id is None for one in changes)
                assert cycle.version == 1 + len(effective) + lapsed + completed
                assert sum(one.effective_on is None and not one.lapsed for one in said) <= 1
                back = [
                    one
                    for one in changes
                    if one.verdict_id and one.from_stage is not effective[one.verdict_id].stage
                ]
                assert all(effective[one.verdict_id or 0].lapsed for one in back)
                moves = [one.verdict_id for one in changes if one.verdict_id and one not in back]
                assert len(moves) == len(set(moves))
                assert set(moves) <= set(effective)
                for one in effective.values():
                    stays = NEXT_STAGE[one.stage, one.verdict] is one.stage
                    assert (one.id in moves) is not stays
                for earlier, later in pairwise(changes):
                    assert earlier.to_stage is later.from_stage
                assert not changes or changes[-1].to_stage is cycle.stage
                for change in (one for one in changes if one not in back):
                    whys: tuple[Move, ...] = (
                        (effective[change.verdict_id].verdict,) if change.verdict_id else tuple(Completion)
                    )
                    assert change.to_stage in {
                        next_stage(change.from_stage, why, cycle.table_version, direction)
                        for why in whys
                        for direction in (None, Verdict.REMODEL)
                        if (change.from_stage, why) in NEXT_STAGE
                    }

    def _visits_only_grow(self) -> None:
        with reading(self.url) as session:
            now = {one.contract_id: (one.visit, one.opened) for one in session.exec(select(Cycle)).all()}
        assert set(self.visits) <= set(now)
        for key, (visit, opened) in now.items():
            assert opened < visit
            assert visit >= self.visits.get(key, 1)
        self.visits = {key: visit for key, (visit, _) in now.items()}

    def _the_trail_holds(self) -> None:
        with reading(self.url) as session:
            assert audit.verify(session) == []

    def _an_item_stands_once_a_visit(self) -> None:
        with reading(self.url) as session:
            standing = session.exec(
                select(ChecklistEntry.cycle_id, ChecklistEntry.visit, ChecklistEntry.item).where(
                    col(ChecklistEntry.withdrawn_at).is_(None)
                )
            ).all()
        assert len(standing) == len(set(standing))


def _both(session: Session, reference: str) -> tuple[Contract, Cycle]:
    its = contract(session, reference)
    return its, session.exec(select(Cycle).where(Cycle.contract_id == its.id)).one()


def test_whatever_happens_the_record_keeps_its_promises(start: Path, rules: Rules) -> None:
    council = type("CouncilHere", (Council,), {"start": start, "first_rules": rules})
    run_state_machine_as_test(
        council,
        settings=settings(
            max_examples=40 if LONG else 12,
            stateful_step_count=40 if LONG else 30,
            deadline=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
