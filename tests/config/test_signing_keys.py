"""The keys that links are signed with: from the environment, or made once into a file only its owner can read."""

import stat
from pathlib import Path

from config.settings import Settings


def test_the_keys_of_the_environment_count_in_their_order(tmp_path: Path) -> None:
    assert Settings(home=tmp_path, signing_keys="old, new").keys == ["old", "new"]
    assert not list(tmp_path.iterdir())


def test_without_them_a_key_is_made_once_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    [made] = Settings(home=tmp_path).keys
    assert len(made) >= 32
    assert Settings(home=tmp_path).keys == [made]
    [file] = tmp_path.iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_a_key_is_not_shown_with_the_settings(tmp_path: Path) -> None:
    assert "a secret" not in repr(Settings(home=tmp_path, signing_keys="a secret"))
