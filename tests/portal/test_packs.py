"""Published packs on the pages: the open edition is everybody's, the exempt one a member's, an unpublished one nobody's."""

from datetime import date
from hashlib import sha256

import pytest

from models.meetings import Meeting
from models.papers import Edition, Pack
from models.session import unit_of_work
from tests.portal.conftest import Site
from tests.town import NOW, TODAY

OPEN, EXEMPT = "2022-06-13-agenda-pack.pdf", "2022-06-13-agenda-pack-exempt.pdf"


@pytest.fixture
def packs(site: Site) -> dict[str, int]:
    """Both editions, published: their keys by file name."""
    folder = site.settings.home / "packs"
    folder.mkdir(parents=True)
    with unit_of_work(site.database) as session:
        meeting = Meeting(on=date(2022, 6, 13), title="Board", venue="County Hall", starts_at=NOW)
        session.add(meeting)
        session.flush()
        made = {}
        for name, edition in ((OPEN, Edition.OPEN), (EXEMPT, Edition.EXEMPT)):
            (folder / name).write_bytes(f"%PDF {name}".encode())
            digest = sha256((folder / name).read_bytes()).hexdigest()
            pack = Pack(
                meeting_id=meeting.id or 0, edition=edition, path=f"packs/{name}", sha256=digest, pages=1,
                compiled_on=TODAY, published_at=NOW,
            )  # fmt: skip
            session.add(pack)
            session.flush()
            made[name] = pack.id or 0
        return made


def test_everybody_reads_the_open_edition_and_nobody_guesses_the_exempt_one(
    site: Site, packs: dict[str, int]
) -> None:
    opened = site.client.get(f"/packs/{OPEN}")
    assert (opened.status_code, opened.headers["content-type"]) == (200, "application/pdf")
    assert opened.content == f"%PDF {OPEN}".encode()
    for path in (
        f"/packs/{EXEMPT}",
        "/packs/..%2fsigning.key",
        "/packs/nothing.pdf",
        f"/pack/{packs[EXEMPT]}",
    ):
        assert site.client.get(path).status_code == 404, path


def test_a_members_link_opens_the_exempt_edition_until_it_is_too_old(
    site: Site, packs: dict[str, int]
) -> None:
    link = site.links.pack_url(packs[EXEMPT], 1)
    opened = site.client.get(link)
    assert opened.content == f"%PDF {EXEMPT}".encode()
    assert opened.headers["cache-control"] == "private, no-store"
    assert site.client.get(link[:-2]).status_code == 404


def test_what_is_not_published_or_was_changed_since_is_not_served(site: Site, packs: dict[str, int]) -> None:
    with unit_of_work(site.database) as session:
        session.get_one(Pack, packs[EXEMPT]).published_at = None
    assert site.client.get(site.links.pack_url(packs[EXEMPT], 1)).status_code == 404
    (site.settings.home / "packs" / OPEN).write_bytes(b"%PDF other")
    assert site.client.get(f"/packs/{OPEN}").status_code == 404
