"""A calendar feed as a subscriber gets it, over HTTP."""

import icalendar
import pytest

from models.columns import identity
from models.session import unit_of_work
from notifications import feed_tokens
from tests.portal.conftest import Site
from tests.town import NOW, OWNER


@pytest.fixture
def address(site: Site) -> str:
    """A new feed of the owner's."""
    with unit_of_work(site.database) as session:
        return f"/calendar/{feed_tokens.for_post(session, OWNER, NOW)}.ics"


def test_a_subscriber_reads_it_and_is_spared_what_it_has(site: Site, address: str) -> None:
    first = site.client.get(address)
    assert first.headers["content-type"] == "text/calendar; charset=utf-8"
    read = icalendar.Calendar.from_ical(first.content)
    assert read["name"] == f"Contract dates: {OWNER}" and read.events
    tag = first.headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = site.client.get(address, headers={"If-None-Match": known})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert site.client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200


def test_an_unknown_and_a_revoked_secret_find_the_same_nothing(site: Site, address: str) -> None:
    with unit_of_work(site.database) as session:
        token = feed_tokens.find(session, address.removeprefix("/calendar/").removesuffix(".ics"))
        assert token
        feed_tokens.revoke(session, identity(token), NOW)
    revoked, unknown = site.client.get(address), site.client.get("/calendar/unknown.ics")
    assert (revoked.status_code, unknown.status_code) == (404, 404)
    assert revoked.text == unknown.text
