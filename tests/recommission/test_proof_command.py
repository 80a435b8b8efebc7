"""`recommission alerts coverage`, `excuse`, `backtest`, `simulate`, by hand."""

import json
from pathlib import Path

import pytest
from sqlmodel import col, update
from typer.testing import CliRunner

from models.cycles import Milestone
from models.planning import Rules
from models.session import migrate, unit_of_work
from recommission.__main__ import app
from tests.town import GROUP, contract, furnish


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rules: Rules) -> str:
    """An installation that holds the small council of the tests."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.delenv("RECOMMISSION_DATABASE_URL", raising=False)
    url = f"sqlite:///{tmp_path / 'recommission.db'}"
    migrate(url)
    furnish(url, tmp_path, rules)
    return url


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["alerts", *words])
    assert result.exit_code == status, result.output
    return result.output


def test_a_gap_ends_with_status_1_until_a_post_signs_a_reason(url: str) -> None:
    run("coverage", "--on", "2022-04-25")
    with unit_of_work(url) as session:
        key = contract(session, "FW/01").id
        session.exec(update(Milestone).where(col(Milestone.contract_id) == key).values(next_alert_on=None))
    said = run("coverage", "--on", "2022-04-25", status=1)
    assert "7 of 8 live contracts" in said
    assert "FW/01 – Call-off: homes" in said
    run("excuse", "FW/01", "--because", "follows its framework", "--by", GROUP)
    assert "1 more excused" in run("coverage", "--on", "2022-04-25")
    assert "did you mean" in run("excuse", "FW/1", "--because", "none", "--by", GROUP, status=2)


@pytest.mark.usefixtures("url")
def test_a_backtest_lists_the_messages_and_a_simulation_their_weeks() -> None:
    made = json.loads(run("backtest", "--from", "2022-04-25", "--to", "2022-07-31", "--json"))
    assert made["sent"]
    load = json.loads(run("simulate", "--on", "2022-04-25", "--json"))
    assert sum(map(sum, (one.values() for one in load.values()))) > len(made["sent"])
    assert "is before" in run("backtest", "--from", "2022-04-25", "--to", "2022-04-24", status=2)
