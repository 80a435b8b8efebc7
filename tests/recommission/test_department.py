"""The demonstration's department answers its post from the messages that arrived, by the links in them."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select

from config.settings import Settings
from models.alerts import Acknowledgement, Action, Alert, AlertState
from models.planning import Rules
from models.session import migrate, reading, unit_of_work
from notifications import outbox, sweeping
from notifications.mailbox import Mailbox
from recommission.department import Post
from recommission.scenario import Reply, Scenario
from tests.town import NOW, OFFICER, TEACHING, furnish

DAY = date(2023, 6, 1)  # within the ladders' last three months for APL, which ends in August 2023
AT = NOW.replace(year=2023, month=6, day=1)
AS_USUAL = Scenario((), (), (), (), ())


@pytest.fixture
def settings(tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """A home in which the sweep of the day was written and sent."""
    from flows.context import channels, sending

    with Mailbox(tmp_path / "mail") as mailbox:
        (tmp_path / "apprise.yaml").write_text(
            f"urls:\n  - smtp://127.0.0.1:{mailbox.port}/?from=commissioning@council.example:\n      - tag: email\n"
        )
        monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
        monkeypatch.setenv("RECOMMISSION_CHANNELS", str(tmp_path / "apprise.yaml"))
        made = Settings()
        migrate(made.database)
        furnish(made.database, tmp_path, rules)
        with channels(made) as post, unit_of_work(made.database) as session:
            sweeping.sweep(session, rules.policy, sending(made, post), AT)
        with channels(made) as post:
            assert outbox.deliver(made.database, post, "test", outbox.utc_now).accepted
        yield made


def states(settings: Settings) -> set[AlertState]:
    """The states of the alerts that ask for an answer."""
    with reading(settings.database) as session:
        rows = session.exec(select(Alert).where(col(Alert.next_escalation_on).is_not(None))).all()
        return {one.state for one in rows}


def answers(settings: Settings) -> list[Action]:
    """Every answer, the oldest first."""
    with reading(settings.database) as session:
        return [one.action for one in session.exec(select(Acknowledgement).order_by(col(Acknowledgement.id)))]


def test_it_takes_in_hand_all_that_asks_and_opens_each_message_once(settings: Settings, rules: Rules) -> None:
    post = Post(settings.home / "mail", settings, rules, AS_USUAL)
    assert states(settings) == {AlertState.OPEN}
    assert post.answer(DAY) is False
    assert states(settings) == {AlertState.TAKEN}
    given = answers(settings)
    assert given and set(given) == {Action.TAKEN}
    post.answer(DAY)
    assert answers(settings) == given


@pytest.mark.parametrize(
    ("reply", "expected"),
    [
        (Reply("APL", DAY, DAY, "nothing"), None),
        (Reply("APL", DAY, DAY, "nothing", but=TEACHING), Action.TAKEN),
        (Reply("APL", DAY, DAY, "done", note="The list was closed."), Action.DONE),
        (Reply("APL", DAY, DAY, "passed", to=OFFICER, note="Frameworks are yours."), Action.PASSED),
    ],
)
def test_the_scenario_says_who_answers_otherwise(
    settings: Settings, rules: Rules, reply: Reply, expected: Action | None
) -> None:
    others = [
        Reply(name, DAY, DAY, "nothing") for name in ("BLOCK", "FW", "FW/01", "FW/02", "TUITION", "OLD")
    ]
    post = Post(settings.home / "mail", settings, rules, replace(AS_USUAL, replies=(reply, *others)))
    assert post.answer(DAY) is (expected is Action.PASSED)
    assert set(answers(settings)) == ({expected} if expected else set())
