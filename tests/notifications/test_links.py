"""A link proves who was written to about what: tampered with, too old or of another key, it is refused."""

import time

import pytest
from itsdangerous import URLSafeTimedSerializer

from notifications.links import LIFETIME, PATH, SALT, Claim, LinkRefused, Links

CLAIM = Claim(7, 3, "a-token")
OURS = Links("https://portal.council.example/", ["old", "new"])


def signed(links: Links = OURS) -> str:
    return links.url(CLAIM).split(PATH)[1]


def test_a_link_says_what_was_put_into_it() -> None:
    assert OURS.url(CLAIM).startswith("https://portal.council.example/answer/")
    assert OURS.read(signed()) == CLAIM


def test_keys_rotate_the_newest_signs_and_the_older_are_still_taken() -> None:
    assert OURS.read(signed(Links("https://x.example", ["old"]))) == CLAIM
    assert Links("https://x.example", ["new"]).read(signed()) == CLAIM
    with pytest.raises(LinkRefused, match="not complete"):
        Links("https://x.example", ["newest"]).read(signed())


@pytest.mark.parametrize(
    "spoil", [lambda text: text[:-1], lambda text: "A" + text, lambda _: "", lambda _: "a.b.c"]
)
def test_a_link_that_was_changed_is_refused(spoil: object) -> None:
    with pytest.raises(LinkRefused, match="not complete"):
        OURS.read(spoil(signed()))  # type: ignore[operator]


def test_a_link_of_long_ago_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = signed()
    later = time.time() + LIFETIME.total_seconds() + 5
    monkeypatch.setattr(time, "time", lambda: later)
    with pytest.raises(LinkRefused, match="90 days"):
        OURS.read(text)


def test_a_signature_made_for_something_else_opens_nothing() -> None:
    other = URLSafeTimedSerializer("new", salt=f"not {SALT}").dumps([7, 3, "a-token"])
    with pytest.raises(LinkRefused):
        OURS.read(str(other))
