"""The calendar feed: what a subscriber sees, and that its bytes change only when the record does."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, timedelta
from pathlib import Path

import icalendar
import pytest
import vobject
from sqlmodel import Session, select

import config.settings
from config.policy_file import load_policy
from lifecycle.partial_dates import PartialDate
from lifecycle.policy import Stream
from models.alerts import StreamOwner
from models.columns import identity
from models.contracts import Contract
from models.cycles import Milestone
from models.people import Absence, FeedToken, Person
from models.planning import Rules, replan
from models.session import reading, unit_of_work
from notifications import feed, feed_tokens
from tests.town import DIRECTOR, DOMAIN, GROUP, NOW, OFFICER, OWNER, TEACHING, TODAY, contract

Maker = Callable[[Session, str, datetime], str]


def token_of(session: Session, secret: str) -> FeedToken:
    found = feed_tokens.find(session, secret)
    assert found
    return found


POLICY = load_policy(Path(config.settings.__file__).with_name("policy.toml"))


def feed_of(url: str, post: str = OWNER, on: date = TODAY) -> bytes:
    """The feed of a post, through a secret made for it."""
    with unit_of_work(url) as session:
        secret = feed_tokens.for_post(session, post, NOW)
        shown = feed.entries(session, token_of(session, secret), POLICY, on)
        return feed.calendar("Contract dates", shown, DOMAIN)


def events(content: bytes) -> dict[str, icalendar.Event]:
    """The events by their summary."""
    return {str(event.summary): event for event in icalendar.Calendar.from_ical(content).events}


def identifiers(found: Iterable[icalendar.Event]) -> dict[str, str]:
    return {event.uid: str(event.summary) for event in found}


def test_one_event_stands_for_each_milestone_of_the_posts_contracts(town: str) -> None:
    with reading(town) as session:
        wanted = {
            f"milestone-{milestone.id}@{DOMAIN}"
            for milestone in session.exec(
                select(Milestone)
                .join(Contract, Contract.id == Milestone.contract_id)  # type: ignore[arg-type]
                .join(Person, Person.id == Contract.owner_id)  # type: ignore[arg-type]
                .where(Person.title == TEACHING)
            )
        }
    assert wanted and set(identifiers(events(feed_of(town, TEACHING)).values())) == wanted


def post(session: Session, title: str) -> int:
    return identity(session.exec(select(Person).where(Person.title == title)).one())


def answer_for(url: str, reference: str, stream: Stream, title: str) -> None:
    """Name the post that answers for one stream of the contract."""
    with unit_of_work(url) as session:
        key = identity(contract(session, reference))
        session.add(StreamOwner(contract_id=key, stream=stream, person_id=post(session, title)))


def test_who_answers_for_a_stream_sees_its_dates_alone_and_the_owner_still_sees_all(town: str) -> None:
    before = identifiers(events(feed_of(town)).values())
    assert not events(feed_of(town, GROUP))
    answer_for(town, "BLOCK", Stream.ENDS, GROUP)
    shown = events(feed_of(town, GROUP))
    assert set(shown) == {"BLOCK: contract end", "BLOCK: new service start"} & set(events(feed_of(town)))
    assert f"Answers for it: {GROUP}" in (shown["BLOCK: contract end"].description or "")
    assert identifiers(shown.values()).items() <= before.items()
    assert identifiers(events(feed_of(town)).values()) == before


def test_who_stands_in_sees_what_the_post_that_is_away_answers_for_while_it_is_away(town: str) -> None:
    answer_for(town, "BLOCK", Stream.ENDS, TEACHING)
    own = identifiers(events(feed_of(town, OFFICER)).values())
    inherited = identifiers(events(feed_of(town, TEACHING)).values())
    assert "BLOCK: contract end" in inherited.values()
    first, last = date(2022, 5, 2), date(2022, 5, 20)
    with unit_of_work(town) as session:
        session.add(Absence(person_id=post(session, TEACHING), first=first, last=last))
    for on, wanted in (
        (first - timedelta(days=1), own),
        (first, own | inherited),
        (last, own | inherited),
        (last + timedelta(days=1), own),
    ):
        assert identifiers(events(feed_of(town, OFFICER, on)).values()) == wanted
    assert not events(feed_of(town, DIRECTOR, first))


def test_a_departments_feed_has_every_posts_contracts(town: str) -> None:
    with unit_of_work(town) as session:
        secret = feed_tokens.for_department(session, "Children", NOW)
        shown = feed.entries(session, token_of(session, secret), POLICY, TODAY)
        assert len(shown) == len(session.exec(select(Milestone)).all())


def test_an_exact_date_is_one_whole_day_and_its_end_is_the_next(town: str) -> None:
    event = events(feed_of(town))["BLOCK: contract end"]
    assert (event.start, event.end) == (date(2025, 3, 31), date(2025, 4, 1))


def test_a_date_known_to_the_month_spans_the_month(town: str) -> None:
    event = events(feed_of(town, TEACHING))["APL: contract end"]
    assert (event.start, event.end) == (date(2023, 8, 1), date(2023, 9, 1))
    assert "When: August 2023" in (event.description or "")


def test_alarms_ring_at_nine_a_week_before_and_on_the_day(town: str) -> None:
    event = events(feed_of(town))["BLOCK: contract end"]
    triggers = [alarm.alarm.TRIGGER for alarm in event.alarms.times]
    assert triggers == [timedelta(days=-7, hours=9), timedelta(hours=9)]


def test_the_same_record_gives_the_same_bytes_on_another_day(town: str, rules: Rules) -> None:
    first = feed_of(town)
    with unit_of_work(town) as session:
        replan(session, session.exec(select(Contract)).all(), rules, date(2022, 5, 3), "nothing changed")
    assert feed_of(town) == first


def vary(url: str, rules: Rules, end: str, on: date) -> None:
    """Give BLOCK another end."""
    with unit_of_work(url) as session:
        block = contract(session, "BLOCK")
        block.planned_end = PartialDate.parse(end)
        replan(session, [block], rules, on, "the contract was varied")


def test_a_date_that_moves_keeps_its_identifier_and_gets_a_higher_sequence(town: str, rules: Rules) -> None:
    before = events(feed_of(town))["BLOCK: contract end"]
    vary(town, rules, "2026-03-31", date(2022, 6, 1))
    after = events(feed_of(town))["BLOCK: contract end"]
    assert after.uid == before.uid
    assert after.sequence > before.sequence
    assert after.start == date(2026, 3, 31)
    assert after.stamp.date() == date(2022, 6, 1)


def test_a_milestone_met_before_its_day_stays_as_cancelled_without_alarms(town: str, rules: Rules) -> None:
    before = events(feed_of(town))["BLOCK: contract end"]
    with unit_of_work(town) as session:
        block = contract(session, "BLOCK")
        block.actual_end = date(2022, 6, 1)
        replan(session, [block], rules, date(2022, 6, 1), "the contract ended")
    after = events(feed_of(town))["BLOCK: contract end"]
    assert (before.status, after.status) == ("CONFIRMED", "CANCELLED")
    assert (after.uid, after.start) == (before.uid, before.start)
    assert after.sequence > before.sequence
    assert not after.walk("VALARM")


def test_a_milestone_met_late_stays_as_it_was_without_alarms(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        block = contract(session, "BLOCK")
        block.actual_end = date(2025, 5, 1)
        replan(session, [block], rules, date(2025, 5, 1), "the contract ended")
    event = events(feed_of(town))["BLOCK: contract end"]
    assert event.status == "CONFIRMED" and not event.walk("VALARM")


def test_a_date_that_returns_after_it_was_met_follows_in_sequence(town: str, rules: Rules) -> None:
    sequences = [events(feed_of(town))["BLOCK: contract end"].sequence]
    for ended in (date(2022, 6, 1), None):
        with unit_of_work(town) as session:
            block = contract(session, "BLOCK")
            block.actual_end = ended
            replan(session, [block], rules, date(2022, 6, 2), "corrected")
        sequences.append(events(feed_of(town))["BLOCK: contract end"].sequence)
    assert sequences == sorted(set(sequences))


def test_strict_readers_find_nothing_to_mend_and_write_the_same_bytes_again(town: str) -> None:
    content = feed_of(town)
    read = icalendar.Calendar.from_ical(content)
    assert not [fault for component in read.walk() for fault in component.errors]
    assert read.to_ical() == content
    assert "METHOD" not in read
    assert read["refresh-interval"].params["VALUE"] == "DURATION"
    assert b"\r\nX-PUBLISHED-TTL:PT12H\r\n" in content
    assert all(len(line) <= 75 for line in content.split(b"\r\n"))


def test_vobject_reads_every_event_and_alarm(town: str) -> None:
    content = feed_of(town)
    read = vobject.readOne(content.decode(), validate=True)
    assert len(read.vevent_list) == len(events(content))
    assert {event.uid.value for event in read.vevent_list} == set(identifiers(events(content).values()))


def test_the_record_keeps_no_secret_and_a_revoked_one_opens_nothing(town: str) -> None:
    with unit_of_work(town) as session:
        secret = feed_tokens.for_post(session, OWNER, NOW)
        token = token_of(session, secret)
        assert secret not in token.model_dump_json()
        assert len(secret) >= 43  # 256 bits
        feed_tokens.revoke(session, identity(token), NOW)
        assert feed_tokens.find(session, secret) is None
        with pytest.raises(feed_tokens.FeedRefused):
            feed_tokens.revoke(session, identity(token), NOW)


@pytest.mark.parametrize("make", [feed_tokens.for_post, feed_tokens.for_department])
def test_nobody_elses_feed_can_be_made_by_a_slip(town: str, make: Maker) -> None:
    with unit_of_work(town) as session, pytest.raises(feed_tokens.FeedRefused, match="Nobody"):
        make(session, "Nobody", NOW)
