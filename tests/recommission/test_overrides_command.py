"""`recommission alerts ladder` and `answers-for`: a contract's own ladder, a stream's own post, by hand."""

from datetime import date
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from models.alerts import Alert, AlertState, Notification, Purpose
from models.audit import AuditEvent
from models.cycles import Milestone
from models.people import Person
from models.planning import Rules
from models.session import reading
from recommission.__main__ import app
from tests.town import GROUP, OFFICER, TEACHING, contract, milestones, sweep

ASKED = date(2023, 5, 1)
BECAUSE = ("--because", "a fragile market")


@pytest.fixture
def home(town: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An installation that holds the small council of the tests."""
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", town)
    return town


def run(*words: str, status: int = 0) -> str:
    result = CliRunner().invoke(app, ["alerts", *words])
    assert result.exit_code == status, result.output
    return result.output


def next_alert(url: str) -> date | None:
    return milestones(url, "APL")["contract end"].next_alert_on


def events(url: str) -> list[tuple[str, dict[str, object]]]:
    with reading(url) as session:
        rows = session.exec(select(AuditEvent).order_by(col(AuditEvent.id))).all()
        return [(one.action, one.detail) for one in rows if one.subject == "APL"]


def test_an_own_ladder_arms_at_once_in_both_directions_and_is_kept_with_its_reason(
    home: str, rules: Rules
) -> None:
    sweep(home, rules, ASKED)  # the three-month rung; the policy's next is thirty days before 1 August
    assert next_alert(home) == date(2023, 7, 2)
    said = run("ladder", "APL", "contract end", "2m,10wd,0d", *BECAUSE, "--on", str(ASKED))
    assert "Next alert: 1 June 2023" in said
    assert next_alert(home) == date(2023, 6, 1)
    run("ladder", "APL", "Contract-End", "10wd", *BECAUSE, "--on", str(ASKED))
    assert next_alert(home) == date(2023, 7, 18)
    run("ladder", "APL", "contract end", "--default", "--because", "as all others", "--on", str(ASKED))
    assert next_alert(home) == date(2023, 7, 2)
    assert events(home)[-3:] == [
        ("own ladder set", {"milestone": "contract end", "because": "a fragile market", "rungs": "2m,10wd,0d", "overdue_every": 7}),
        ("own ladder set", {"milestone": "contract end", "because": "a fragile market", "rungs": "10wd", "overdue_every": 7}),
        ("own ladder removed", {"milestone": "contract end", "because": "as all others"}),
    ]  # fmt: skip


def test_the_sweep_raises_by_the_own_ladder_and_chases_as_it_says(home: str, rules: Rules) -> None:
    sweep(home, rules, ASKED)
    run("ladder", "APL", "contract end", "2m", "--overdue-every", "0", *BECAUSE, "--on", str(ASKED))
    for on in (date(2023, 6, 1), date(2023, 7, 2), date(2023, 9, 10)):
        sweep(home, rules, on)
    with reading(home) as session:
        key = milestones(home, "APL")["contract end"].id
        rungs = session.exec(select(Alert.rung).where(Alert.milestone_id == key).order_by(col(Alert.fire_on)))
        assert rungs.all()[-1] == "2m"
    assert next_alert(home) is None


def test_who_answers_for_a_stream_is_told_what_is_open_in_it_and_asked_from_then_on(
    home: str, rules: Rules
) -> None:
    sweep(home, rules, ASKED)
    run("answers-for", "APL", "ends on", GROUP, "--on", str(ASKED))
    assert holders(home) == {("ends on", GROUP), ("decide by", TEACHING)}
    sweep(home, rules, date(2023, 5, 2))
    with reading(home) as session:
        [digest] = session.exec(select(Notification).where(Notification.purpose == Purpose.DIGEST)).all()
        assert session.get_one(Person, digest.person_id).title == GROUP
    run("answers-for", "APL", "ends-on", "--owner", "--on", "2023-05-03")
    assert holders(home) == {("ends on", TEACHING), ("decide by", TEACHING)}
    assert [detail["post"] for action, detail in events(home) if action == "answers for stream"] == [
        GROUP,
        "owner",
    ]


def holders(url: str) -> set[tuple[str, str]]:
    """The streams of the list's open alerts, with who is asked."""
    with reading(url) as session:
        rows = session.exec(
            select(Alert.stream, Person.title)
            .join(Milestone, col(Milestone.id) == col(Alert.milestone_id))
            .join(Person, col(Person.id) == col(Alert.holder_id))
            .where(Milestone.contract_id == contract(session, "APL").id, Alert.state == AlertState.OPEN)
        )
        return {(str(stream), title) for stream, title in rows}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["ladder", "APL", "contract end", "6m,3weeks", *BECAUSE], "The rung '3weeks' must be months, days"),
        (["ladder", "APL", "contract end", "6m,6m", *BECAUSE], "'6m' is there twice"),
        (["ladder", "APL", "contract ends", "6m", *BECAUSE], 'did you mean "contract end"?'),
        (["ladder", "APPL", "contract end", "6m", *BECAUSE], 'did you mean "APL"?'),
        (["ladder", "APL", "contract end", *BECAUSE], "Give either the rungs"),
        (["ladder", "APL", "contract end", "6m", "--default", *BECAUSE], "Give either the rungs"),
        (["ladder", "APL", "contract end", "--default", *BECAUSE], "no ladder of its own"),
        (["ladder", "APL", "contract end", "6m", "--because", " "], "say in a few words why"),
        (["ladder", "SPOT-0001", "Board decision by", "6m", *BECAUSE], "it has no Board decision by"),
        (["answers-for", "APL", "ends", GROUP], 'did you mean "ends on"?'),
        (["answers-for", "APL", "ends on", "Commissioning Oficer, Frameworks"], f'did you mean "{OFFICER}"'),
        (["answers-for", "APL", "ends on"], "Give either the post"),
        (["answers-for", "APL", "ends on", "--owner"], "answers for its “ends on” already"),
    ],
)
def test_what_cannot_be_is_refused_in_one_message_and_changes_nothing(
    home: str, words: list[str], why: str
) -> None:
    before = next_alert(home), events(home)
    said = run(*words, status=2)
    assert why in said and len(said.splitlines()) == 1
    assert (next_alert(home), events(home)) == before
