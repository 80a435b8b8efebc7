"""A placement's key tells nothing of the child: names, initials, birth dates and a child's own numbers are refused."""

import pytest

from lifecycle.opaque import not_opaque


@pytest.mark.parametrize(
    "key",
    ["SPOT-0123", "SPOT 0123", "IPA 17/2022", "P-8842", "20481", "0f9c2a77-4b1e-4e43-9f7d-0a1b2c3d4e5f", "LCS1020304", "LA-2022-0044"],
)  # fmt: skip
def test_opaque_keys_are_taken(key: str) -> None:
    assert not_opaque(key) is None


@pytest.mark.parametrize(
    ("key", "why"),
    [
        ("JS", "no number"),
        ("Jamie Smith", "no number"),
        ("Jamie Smith 2", "words"),
        ("J.S. 14", "initials"),
        ("JS120514", "initials and a birth date"),
        ("js-120514", "initials and a birth date"),
        ("P-12/05/2014", "date"),
        ("2014-05-12", "date"),
        ("12052014", "date"),
        ("A123456789012", "unique pupil number"),
        ("943 476 5919", "NHS number"),
    ],
)
def test_keys_that_may_tell_who_it_is_are_refused(key: str, why: str) -> None:
    assert why in (not_opaque(key) or "")
