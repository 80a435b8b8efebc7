"""What `doctor` says of posts, preferences, absences and templates, and that `up` refuses what would fail on the day."""

from pathlib import Path

import pytest
from sqlmodel import select
from typer.testing import CliRunner

import config.settings
from lifecycle.policy import Stream
from models.columns import identity
from models.people import Absence, Person, Preference
from models.session import unit_of_work
from recommission.__main__ import app
from tests.town import DIRECTOR, GROUP, OFFICER, OWNER, TEACHING, TODAY


@pytest.fixture
def home(town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation that holds the small council of the tests."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", town)
    monkeypatch.setenv("RECOMMISSION_PREFECT_PORT", "1")
    return town


def missing() -> list[str]:
    lines = CliRunner().invoke(app, ["doctor"]).output.splitlines()
    assert "sweep" in lines[0]
    return [line for line in lines if line.startswith("MISSING")]


def said(words: str) -> str:
    [line] = [line for line in missing() if words in line]
    return line


@pytest.mark.usefixtures("home")
def test_a_post_that_the_policy_names_and_the_register_lacks_is_said_with_the_nearest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = Path(config.settings.__file__).with_name("policy.toml").read_text(encoding="utf-8")
    text = text.replace("Service Director, Commissioning and Resources", "Servic Director")
    text = text.replace('hears = ["owner"]', 'hears = ["owner", "Group Manger, Commissioning"]', 1)
    (tmp_path / "policy.toml").write_text(text, encoding="utf-8")
    monkeypatch.setenv("RECOMMISSION_POLICY", str(tmp_path / "policy.toml"))
    assert f'escalation: the register has no post "Servic Director"; did you mean "{DIRECTOR}"' in said(
        '"Servic Director"'
    )
    assert f'did you mean "{GROUP}"' in said("stream “decide by”")


def test_a_wish_for_a_channel_that_is_not_there_is_said(home: str) -> None:
    with unit_of_work(home) as session:
        key = identity(session.exec(select(Person).where(Person.title == TEACHING)).one())
        session.add(Preference(person_id=key, stream=Stream.ENDS, channel="emial"))
    line = said("'emial'")
    assert TEACHING in line and "did you mean 'email'?" in line


def test_an_owner_who_is_away_with_nobody_to_stand_in_is_said(home: str) -> None:
    with unit_of_work(home) as session:
        for title in (OWNER, TEACHING, OFFICER, GROUP, DIRECTOR):
            key = identity(session.exec(select(Person).where(Person.title == title)).one())
            session.add(Absence(person_id=key, first=TODAY))
    assert f"{TEACHING} is away" in said("nobody answers for APL")


@pytest.mark.usefixtures("home")
def test_a_page_or_a_message_that_fails_is_said_and_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert not [line for line in missing() if "cannot be" in line and ("page" in line or "purpose" in line)]
    import notifications.trying

    monkeypatch.setattr("portal.trying.pages", lambda: ["alert.html", "nothing.html"])
    monkeypatch.setitem(notifications.trying.__dict__, "subject", lambda *_: 1 / 0)
    assert "nothing.html" in said("the page")
    assert [line for line in missing() if "“digest” cannot be composed: division by zero" in line]
    refused = CliRunner().invoke(app, ["up"])
    assert refused.exit_code == 2 and "nothing.html" in refused.output and "“alert”" in refused.output
