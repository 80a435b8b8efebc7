"""What `doctor` says of the channel file: each fault, each channel, and messages that no channel can take."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from models.alerts import Notification
from models.session import unit_of_work
from recommission.__main__ import app
from tests.town import NOW

FAULTY = """
urls:
  - smpts://mail.council.example/?from=a@council.example:
      - tag: email
  - json://127.0.0.1/:
      - tag: webhook
  - json://127.0.0.2/:
      - tag: webhook
  - smtps://mailer:t0ken@mail.council.example/?from=a@council.example:
      - tag: post
  - smtps://mailer:${MAIL_PASSWORD}@mail.council.example/?from=a@council.example:
      - tag: post
"""


def doctor(channels: str, folder: Path, monkeypatch: pytest.MonkeyPatch, database: str = "") -> list[str]:
    (folder / "apprise.yaml").write_text(channels)
    monkeypatch.delenv("MAIL_PASSWORD", raising=False)
    monkeypatch.setenv("RECOMMISSION_HOME", str(folder / "home"))
    monkeypatch.setenv("RECOMMISSION_CHANNELS", str(folder / "apprise.yaml"))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", database)
    monkeypatch.setenv("RECOMMISSION_PREFECT_PORT", "1")
    result = CliRunner().invoke(app, ["doctor"])
    assert result.exit_code == 1
    assert "t0ken" not in result.output
    return result.output.splitlines()


def test_each_fault_is_said_with_its_entry_the_reason_and_the_nearest_match(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = [line for line in doctor(FAULTY, tmp_path, monkeypatch) if "channels:" in line]
    for number, reason in (
        (1, "'smpts': did you mean 'smtps'?"),
        (3, "the tag 'webhook' already has a URL"),
        (4, "a password stands in the file"),
        (5, "environment variable MAIL_PASSWORD"),
    ):
        [line] = [line for line in said if f"entry {number}:" in line]
        assert reason in line
        assert line.startswith("MISSING")
        assert "apprise.yaml" in line
    assert len(said) == 4


def test_a_file_that_is_no_yaml_hides_nothing_else(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = doctor("urls: [t0ken", tmp_path, monkeypatch)
    assert any("is no YAML" in line for line in said)
    assert any("Prefect server" in line for line in said)


@pytest.mark.parametrize("command", ["sweep", "deliver"])
def test_a_command_that_needs_the_channels_says_every_fault_and_does_nothing(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    doctor(FAULTY, tmp_path, monkeypatch)  # sets the same environment
    result = CliRunner().invoke(app, ["alerts", command])
    assert result.exit_code == 2
    assert [line.partition("urls, ")[2][:7] for line in result.stderr.splitlines()] == [
        f"entry {number}" for number in (1, 3, 4, 5)
    ]


def test_messages_for_a_tag_that_no_channel_has_are_said_with_the_nearest_tag(
    database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with unit_of_work(database) as session:
        session.add(
            Notification(
                dedupe_key="1", channel="webhok", recipient="webhok", subject="Due", body="Due.", payload=b"",
                message_id="<1@council.example>", written_on=NOW.date(), not_before=NOW,
            )
        )  # fmt: skip
    said = doctor("urls: [{'json://127.0.0.1/': {tag: webhook}}]", tmp_path, monkeypatch, database)
    assert any("no channel can take: 1." in line and "did you mean 'webhook'?" in line for line in said)
    assert any('channel "webhook" is configured' in line for line in said)
