"""Every live contract has an alert ahead that reaches somebody, or a signed reason; what has neither is named."""

from datetime import date, timedelta
from pathlib import Path

import sqlalchemy as sa
from sqlmodel import Session, col, select, update

from lifecycle.policy import Stream
from lifecycle.preferences import Mode
from models.alerts import Alert, AlertState, StreamOwner
from models.columns import copied, identity
from models.cycles import Cycle, Milestone
from models.people import Absence, Person, Preference
from models.planning import Rules
from models.session import engine, reading, unit_of_work
from notifications.coverage import Coverage, coverage, excuse
from tests.town import (
    DIRECTOR,
    GROUP,
    NOW,
    OFFICER,
    OWNER,
    TEACHING,
    TODAY,
    contract,
    sweep,
)


def covered(url: str, rules: Rules, on: date = TODAY) -> Coverage:
    with reading(url) as session:
        return coverage(session, rules.policy, on)


def gaps(url: str, rules: Rules, on: date = TODAY) -> dict[str, str]:
    return {gap.reference: gap.why for gap in covered(url, rules, on).gaps}


def post(session: Session, title: str) -> Person:
    return session.exec(select(Person).where(Person.title == title)).one()


def disarm(session: Session, reference: str) -> None:
    """The fault this is the proof against: nothing will ever fire."""
    key = contract(session, reference).id
    session.exec(update(Milestone).where(col(Milestone.contract_id) == key).values(next_alert_on=None))


def gone(url: str, *titles: str) -> None:
    with unit_of_work(url) as session:
        for title in titles:
            session.add(Absence(person_id=identity(post(session, title)), first=TODAY))


def test_every_contract_of_the_register_is_covered_on_each_day_that_is_swept(town: str, rules: Rules) -> None:
    assert str(covered(town, rules)) == "8 of 8 live contracts have an armed alert"
    for day in range(0, 800, 40):
        sweep(town, rules, TODAY + timedelta(days=day))
        assert covered(town, rules, TODAY + timedelta(days=day)).full


def test_a_contract_whose_alerts_were_lost_is_named_with_what_to_do(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        disarm(session, "FW/01")
    found = covered(town, rules)
    assert str(found) == "7 of 8 live contracts have an armed alert"
    [gap] = found.gaps
    assert (gap.reference, gap.owner, gap.why) == ("FW/01", OFFICER, "no date of it has an alert ahead")
    assert "enter its new end" in gap.what_to_do
    assert "alerts excuse FW/01" in gap.what_to_do


def test_an_alert_that_somebody_still_has_to_answer_covers_its_contract(town: str, rules: Rules) -> None:
    sweep(town, rules)
    with unit_of_work(town) as session:
        disarm(session, "OLD")
    assert gaps(town, rules) == {}
    with unit_of_work(town) as session:
        session.exec(update(Alert).values(state=AlertState.CLOSED))
    assert list(gaps(town, rules)) == ["OLD"]


def test_a_signed_reason_excuses_and_keeps_who_signed_it(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        disarm(session, "OLD")
        excuse(session, contract(session, "OLD"), "its claims are settled", post(session, GROUP), TODAY, NOW)
    found = covered(town, rules)
    assert found.full
    assert str(found) == "7 of 8 live contracts have an armed alert; 1 more excused"
    assert [(one.because, one.by, one.on) for one in found.excused] == [
        ("its claims are settled", GROUP, TODAY)
    ]


def test_ended_contracts_and_closed_cycles_and_calloffs_out_of_force_are_not_live(
    town: str, rules: Rules
) -> None:
    with unit_of_work(town) as session:
        for reference in ("FW/01", "OLD", "BLOCK"):
            disarm(session, reference)
        contract(session, "FW/01").in_force = False
        contract(session, "OLD").actual_end = TODAY
        closed = update(Cycle).where(col(Cycle.contract_id) == contract(session, "BLOCK").id)
        session.exec(closed.values(stage="closed"))
    assert str(covered(town, rules)) == "5 of 5 live contracts have an armed alert"


def test_whoever_stands_in_keeps_a_contract_covered_until_nobody_is_left(town: str, rules: Rules) -> None:
    gone(town, TEACHING, OFFICER)
    assert gaps(town, rules) == {}
    gone(town, GROUP, DIRECTOR, OWNER)
    why = gaps(town, rules)["APL"]
    assert "nobody can be told of its" in why
    assert f"{TEACHING} is away and nobody stands in" in why
    assert gaps(town, rules, TODAY - timedelta(days=1)) == {}


def test_a_post_without_an_address_reaches_nobody_however_many_alerts_are_armed(
    town: str, rules: Rules
) -> None:
    with unit_of_work(town) as session:
        session.exec(update(Person).where(col(Person.title) == OFFICER).values(email=None))
        session.exec(update(Person).where(col(Person.title) == OWNER).values(deputy_id=None))
    named = gaps(town, rules)
    assert set(named) == {"FW/01", "FW/02", "SPOT-0001"}
    assert "has no e-mail address" in named["FW/01"]


def test_the_post_that_answers_for_a_stream_counts_beside_an_owner_without_an_address(
    town: str, rules: Rules
) -> None:
    with unit_of_work(town) as session:
        session.exec(update(Person).where(col(Person.title) == OFFICER).values(email=None))
        key = identity(contract(session, "FW/01"))
        session.add(
            StreamOwner(contract_id=key, stream=Stream.ENDS, person_id=identity(post(session, GROUP)))
        )
    assert set(gaps(town, rules)) == {"FW/02", "SPOT-0001"}


def test_a_stream_switched_off_still_reaches_where_the_day_itself_is_mandatory(
    town: str, rules: Rules
) -> None:
    with unit_of_work(town) as session:
        for stream in Stream:
            session.add(Preference(person_id=identity(post(session, OFFICER)), stream=stream, mode=Mode.OFF))
    # The ladder of a placement has no alert on the day itself, and none after it.
    assert gaps(town, rules) == {
        "SPOT-0001": f"nobody can be told of its contract end: {OFFICER} has switched its dates off"
    }


def test_it_takes_the_same_few_questions_for_eight_contracts_as_for_eighty(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    asked: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    sa.event.listen(engine(town), "before_cursor_execute", count)
    try:
        covered(town, rules)
        few = len(asked)
        with unit_of_work(town) as session:
            one = contract(session, "FW/01")
            for number in range(72):
                session.add(copied(one, reference=f"FW/1{number:02}"))
        asked.clear()
        assert len(gaps(town, rules)) == 72
        assert len(asked) == few
    finally:
        sa.event.remove(engine(town), "before_cursor_execute", count)
