"""People answer from the page of their message: only POST acts, and what was answered is said."""

import re
from datetime import timedelta

import httpx
import pytest
import sqlalchemy as sa
from itsdangerous import TimestampSigner, URLSafeTimedSerializer
from sqlmodel import SQLModel, select

from models.alerts import Acknowledgement, Action
from models.facts import note_sweep
from models.people import Person
from models.session import engine, reading, unit_of_work
from notifications.links import LIFETIME, PATH, SALT, Claim
from tests.portal.conftest import Site
from tests.town import GROUP, NOW, OWNER, TEACHING

TAKEN = {"action": "taken", "taken-day": "9", "taken-month": "May", "taken-year": "2022"}


def record(url: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""
    with engine(url).connect() as connection:
        return {
            table.name: sorted(map(tuple, connection.execute(sa.select(table))), key=repr)
            for table in SQLModel.metadata.sorted_tables
        }


def answers(site: Site) -> list[Acknowledgement]:
    """Every answer in the record, the oldest first."""
    with reading(site.database) as session:
        found = list(session.exec(select(Acknowledgement).order_by(Acknowledgement.id)))  # type: ignore[arg-type]
        session.expunge_all()
        return found


def post_id(site: Site, title: str) -> str:
    with reading(site.database) as session:
        return str(session.exec(select(Person.id).where(Person.title == title)).one())


def send(site: Site, link: str, fields: dict[str, str]) -> httpx.Response:
    """Send the form, and follow to the page that shows the answer."""
    return site.client.post(link, data=fields, follow_redirects=True)


def test_looking_fifty_times_changes_nothing(site: Site) -> None:
    link = site.link()
    before = record(site.database)
    for _ in range(50):
        assert site.client.get(link).status_code == 200
        assert site.client.head(link).status_code == 200
    for method in ("PUT", "PATCH", "DELETE", "OPTIONS"):
        assert site.client.request(method, link, data=TAKEN).status_code == 405
    assert record(site.database) == before


def test_the_page_says_what_is_asked_of_whom_and_why(site: Site) -> None:
    shown = site.client.get(site.link()).text
    for words in (
        OWNER,
        "BLOCK",
        "Residential homes block",
        "Worked out",
        f"Waits for an answer from {OWNER}",
    ):
        assert words in shown


def test_an_answer_is_recorded_and_the_page_says_what_who_and_when(site: Site) -> None:
    shown = send(site, site.link(), TAKEN)
    assert shown.status_code == 200 and shown.history[0].status_code == 303
    (answer,) = answers(site)
    assert (answer.action, str(answer.until)) == (Action.TAKEN, "2022-05-09")
    assert "the next step is by 9 May 2022" in shown.text
    assert f"Answered by {OWNER} on 25 April 2022 at 08:00" in shown.text  # British Summer Time


def test_an_answer_can_be_to_be_told_again_later(site: Site) -> None:
    shown = send(
        site,
        site.link(),
        {"action": "snoozed", "snoozed-day": "2", "snoozed-month": "5", "snoozed-year": "2022"},
    )
    assert "a reminder comes on 2 May 2022" in shown.text


def test_an_answer_can_be_to_pass_it_to_another_post(site: Site) -> None:
    shown = send(
        site,
        site.link(),
        {"action": "passed", "to": post_id(site, GROUP), "passed-note": "Theirs since April"},
    )
    assert f"Passed to {GROUP}" in shown.text and "Theirs since April" in shown.text


def test_what_is_done_may_still_be_corrected_by_a_new_answer(site: Site) -> None:
    link = site.link()
    shown = send(site, link, {"action": "done", "done-note": "Notice served"})
    assert "Notice served" in shown.text and f"Done, says {OWNER}" in shown.text
    assert "Change the answer" in shown.text
    send(site, link, {**TAKEN, "once": "another"})
    assert [one.action for one in answers(site)] == [Action.DONE, Action.TAKEN]


def test_a_form_sent_twice_is_one_answer_and_a_form_opened_anew_is_another(site: Site) -> None:
    link = site.link()
    for once in ("a", "a", "b"):
        shown = send(site, link, {**TAKEN, "once": once})
        assert shown.status_code == 200 and "the next step is by 9 May 2022" in shown.text
    assert len(answers(site)) == 2


def test_of_many_dates_only_those_ticked_are_answered(site: Site) -> None:
    link = site.tell(OWNER, {"BLOCK": ["contract end", "notice must be served by"], "FW": ["contract end"]})
    ids = re.findall(r'name="alert" type="checkbox" value="(\d+)"', site.client.get(link).text)
    assert len(ids) == 3
    assert "Choose the dates that you answer" in send(site, link, TAKEN).text
    shown = send(site, link, {**TAKEN, "alert": ids[1]})
    assert [one.alert_ids for one in answers(site)] == [[int(ids[1])]]
    assert shown.text.count("In hand with") == 1 and shown.text.count("Waits for an answer") == 2


def test_all_dates_can_be_answered_at_once(site: Site) -> None:
    link = site.tell(OWNER, {"BLOCK": ["contract end", "notice must be served by"]})
    send(site, link, {**TAKEN, "alert": "all"})
    assert [len(one.alert_ids) for one in answers(site)] == [2]


def test_nobody_answers_dates_that_their_message_does_not_have(site: Site) -> None:
    site.tell(TEACHING, {"APL": ["contract end"]})
    link = site.tell(OWNER, {"BLOCK": ["contract end", "notice must be served by"]})
    assert send(site, link, {**TAKEN, "alert": "1"}).status_code == 422
    assert not answers(site)


def test_an_answer_that_cannot_stand_is_refused_at_its_field(site: Site) -> None:
    late = {"action": "snoozed", "snoozed-day": "1", "snoozed-month": "4", "snoozed-year": "2025"}
    shown = send(site, site.link(), late)
    assert shown.status_code == 422
    assert "it can wait until" in shown.text and 'href="#snoozed-day"' in shown.text
    assert not answers(site)


@pytest.mark.parametrize(
    ("fields", "words", "target"),
    [
        ({}, "Choose your answer", "action"),
        ({"action": "else"}, "Choose your answer", "action"),
        ({"action": "taken"}, "Enter a date", "taken-day"),
        ({**TAKEN, "taken-month": ""}, "must include a month", "taken-month"),
        ({**TAKEN, "taken-day": "31", "taken-month": "2"}, "must be a real date", "taken-day"),
        ({**TAKEN, "taken-month": "Floréal"}, "must be a real date", "taken-day"),
        ({**TAKEN, "taken-year": "22"}, "must include 4 numbers", "taken-year"),
        ({**TAKEN, "taken-year": "²²²²"}, "must include 4 numbers", "taken-year"),
        ({**TAKEN, "taken-month": "4", "taken-day": "24"}, "must be 25 April 2022 or later", "taken-day"),
        ({"action": "passed"}, "Choose the post", "to"),
        ({"action": "passed", "to": "9" * 30}, "Choose the post", "to"),
        ({"action": "done"}, "Enter what was done", "done-note"),
        ({"action": "done", "done-note": " \x00 "}, "Enter what was done", "done-note"),
        ({"action": "done", "done-note": "x" * 2001}, "2,000 characters or fewer", "done-note"),
    ],
)
def test_a_mistake_is_named_at_its_field_and_nothing_is_changed(
    site: Site, fields: dict[str, str], words: str, target: str
) -> None:
    link = site.link()
    before = record(site.database)
    shown = send(site, link, fields)
    assert shown.status_code == 422
    assert words in shown.text and f'href="#{target}"' in shown.text and f'id="{target}"' in shown.text
    assert "<title>Error: " in shown.text
    assert record(site.database) == before


def test_what_was_written_is_kept_when_the_form_comes_back_and_is_never_markup(site: Site) -> None:
    shown = send(
        site, site.link(), {"action": "passed", "to": "", "passed-note": "<script>alert(1)</script>"}
    )
    assert "&lt;script&gt;" in shown.text and "<script" not in shown.text


def signed_long_ago(site: Site, claim: Claim) -> str:
    """A link of ours that is older than links may be."""

    class LongAgo(TimestampSigner):
        def get_timestamp(self) -> int:
            return super().get_timestamp() - int((LIFETIME + timedelta(days=1)).total_seconds())

    signer = URLSafeTimedSerializer(list(site.links.keys), salt=SALT, signer=LongAgo)
    return PATH + str(signer.dumps([claim.notification_id, claim.person_id, claim.token_id]))


def test_an_old_or_broken_link_says_what_to_do_and_changes_nothing(site: Site) -> None:
    link = site.link()
    before = record(site.database)
    at, signed = link.rsplit("/", 1)
    broken = [link[:-1], link[:-3] + "abc", f"{at}/{signed.replace('.', '', 1)}", f"{at}/x", f"{at}/..%00.."]
    unknown = site.links.url(Claim(10**6, 1, "first"))
    for address in [*broken, unknown, signed_long_ago(site, Claim(1, 1, "first"))]:
        for shown in (site.client.get(address), send(site, address, TAKEN)):
            assert shown.status_code == 404
            assert "This link cannot be used" in shown.text and "newer message" in shown.text
    assert record(site.database) == before


def test_personal_pages_are_kept_by_no_cache_and_run_no_script(site: Site) -> None:
    link = site.link()
    for answer in (
        site.client.get(link),
        send(site, link, {}),
        site.client.get("/nothing"),
        site.client.get("/"),
    ):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "frame-ancestors 'none'" in policy
        assert "script-src" not in policy and "<script" not in answer.text
        assert "set-cookie" not in answer.headers


def test_a_form_larger_than_any_note_is_refused_before_it_is_read(site: Site) -> None:
    link = site.link()
    for content in (b"x" * 20_001, iter([b"x"])):
        assert site.client.post(link, content=content).status_code == 413


def swept(site: Site, hours: int) -> None:
    """Record that the last sweep was completed so many hours ago."""
    with unit_of_work(site.database) as session:
        at = NOW - timedelta(hours=hours)
        note_sweep(session, at)


def test_a_sweep_that_is_late_is_said_first_on_every_page_and_to_machines(site: Site) -> None:
    swept(site, hours=50)
    for answer in (site.client.get(site.link()), site.client.get("/"), site.client.get("/nothing")):
        assert "The sweep of 24 April 2022 has not completed" in answer.text
        assert answer.text.index("has not completed") < answer.text.index("<h1")
    health = site.client.get("/health")
    assert (health.status_code, health.json()["age_seconds"]) == (503, 50 * 3600)


def test_a_sweep_in_time_is_not_worth_a_word(site: Site) -> None:
    swept(site, hours=24)
    assert "has not completed" not in site.client.get(site.link()).text
    health = site.client.get("/health")
    assert (health.status_code, health.json()["ok"]) == (200, True)
    assert set(health.json()) == {"ok", "last_sweep", "age_seconds"}


def test_a_record_that_cannot_be_reached_is_said_in_words(site: Site) -> None:
    with engine(site.database).begin() as connection:
        connection.exec_driver_sql("DROP TABLE fact")
    answer = site.client.get(site.link())
    assert answer.status_code == 503 and "Nothing was changed" in answer.text
