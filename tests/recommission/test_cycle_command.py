"""`recommission cycle`, `board` and `audit`: what a person gets wrong is one line, status 2, and changes nothing."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import col, select
from typer.testing import CliRunner, Result

from models.audit import AuditEvent
from models.columns import identity
from models.contracts import JointAuthority, Lot
from models.cycles import ChecklistEntry, Cycle, VerdictRecord
from models.meetings import Attendance, Conflict
from models.planning import Rules
from models.session import engine, reading, unit_of_work
from recommission.__main__ import app
from tests.town import DIRECTOR, GROUP, OFFICER, OWNER, TEACHING, contract, cycle

BOARD = "2022-06-13"
AFTER = ("--on", "2022-06-14")
DECIDED = ("--minute", "2022/31", "--reason", "the best outcomes", "--despite", "heard orally")


@pytest.fixture
def home(sqlite_town: Path, tmp_path: Path, rules: Rules, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The database of a home folder that holds the small council of `tests.town`."""
    shutil.copy(sqlite_town, tmp_path / "recommission.db")
    url = f"sqlite:///{tmp_path / 'recommission.db'}"
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path))
    monkeypatch.setenv("COLUMNS", "120")
    yield url
    engine(url).dispose()


def run(*args: str) -> Result:
    return CliRunner().invoke(app, args)


def done(*args: str) -> str:
    """What a command that must succeed says."""
    result = run(*args)
    assert result.exit_code == 0, result.output
    return result.stdout


def data(*args: str) -> Any:
    """What a command that must succeed says to machines."""
    return json.loads(done(*args, "--json"))


def events(url: str) -> int:
    with reading(url) as session:
        return session.exec(select(sa.func.count(col(AuditEvent.id)))).one()


MISTAKES = [
    (["cycle", "show", "TUTION"], 'no contract "TUTION"; did you mean "TUITION"?'),
    (["cycle", "show", "TUITION", "--on", "soon"], "“soon” is not a date"),
    (["cycle", "start", "NONE"], 'no contract "NONE"'),
    (["cycle", "start", "SPOT-0001"], "has no cycle of its own"),
    (["cycle", "start", "APL", "--stage", "procurement"], "only a verdict moves it"),
    (["cycle", "start", "APL", "--stage", "tender"], 'There is no stage "tender"'),
    (["cycle", "start", "APL", "--direction", "extend"], 'There is no direction "extend"'),
    (["cycle", "step", "APL", "market engagment", "--evidence", "a"], 'did you mean "market engagement"?'),
    (["cycle", "step", "APL", "market engagement"], "needs evidence"),
    (["cycle", "step", "APL", "--evidence", "a"], "Name the item"),
    (["cycle", "step", "APL", "market engagement", "--evidence", "a", "--by", "Directer"], "no post"),
    (["cycle", "step", "APL", "market engagement", "--undo", "--because", "a"], "is not on record"),
    (["cycle", "step", "FW/01"], "it follows FW"),
    (["cycle", "verdict", "APL", "recommision", *DECIDED], 'did you mean "recommission"'),
    (["cycle", "verdict", "APL", "award", *DECIDED], "it may be: remodel, recommission"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED[:4]], "the gate still lacks"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED[2:]], "--minute"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED[:2]], "--reason"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--meeting", "2022-06-14"], "13 June 2022 and 8 August"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--meeting", "2022-08-08"], "has not met yet"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--meeting", "June"], "is not a date"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--gate", "review"], 'not "review"'),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--moved-by", "Nobody"], "no post"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--urgent-by", DIRECTOR], "--because-urgent"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--because-urgent", "a"], "--urgent-by"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--lots", "North"], 'no lot "North"'),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--as", "APL-N"], "--lots"),
    (["cycle", "verdict", "APL", "recommission", *DECIDED, "--supersedes"], "has no verdict that stands"),
    (["cycle", "verdict", "APL", "end early", *DECIDED], "--ends-on"),
    (["cycle", "verdict", "APL", "defer", *DECIDED, "--ends-on", "2022-12-31"], "goes with"),
    (["cycle", "verdict", "FW/01", "defer", *DECIDED], "it follows FW"),
    (["cycle", "partner", "APL", "Derby City Council", "agreed", "--minute", "a"], "is not shared with"),
    (["cycle", "partner", "APL", "Derby City Council", "perhaps", "--minute", "a"], "agreed, refused"),
    (["cycle", "partner", "APL", "Derby City Council", "agreed"], "--minute"),
    (["cycle", "done", "APL"], '"completed" cannot follow'),
    (["cycle", "done", "NONE"], 'no contract "NONE"'),
    (["cycle", "waiting", "--owner", "Service Directer"], f'did you mean "{DIRECTOR}"'),
    (["cycle", "waiting", "--department", "Roads"], 'department "Roads"'),
    (["board", "attendance", "2022-06-14", "--present", DIRECTOR], "does not meet on 14 June 2022"),
    (["board", "attendance", "2022-08-08", "--present", DIRECTOR], "has not met yet"),
    (["board", "attendance", BOARD, "--present", "Chair"], "no post"),
    (["board", "attendance", BOARD, "--present", DIRECTOR, "--apologies", DIRECTOR], "cannot both be"),
    (["board", "conflict", BOARD, DIRECTOR, "APL"], "of what nature"),
    (["board", "conflict", BOARD, DIRECTOR, "NONE", "--nature", "a"], 'no contract "NONE"'),
    (["board", "conflict", BOARD, DIRECTOR, "APL", "--undo"], "is on record"),
    (["board", "attendance", BOARD, "--substitute", DIRECTOR], "say who stood in for whom"),
    (["board", "members", "seat", DIRECTOR], "which division"),
    (["board", "members", "leave", DIRECTOR], "has no seat on the Board on 14 June 2022"),
    (["board", "members", "seat", DIRECTOR, "--undo"], "has no seat on the Board"),
    (["board", "decide", BOARD, "1", "perhaps", "--minute", "1"], 'There is no verdict "perhaps"'),
    (["board", "decide", BOARD, "99", "note", "--minute", "1"], "empty; compute it first"),
    (["board", "minutes", "2022-08-08"], "has not met yet"),
    (["board", "minutes", BOARD, "--correction", "a"], "--approve-at"),
    (["board", "minutes", BOARD, "--approve-at", BOARD], "at a Board after it"),
    (["audit", "show", "AP"], 'did you mean "APL"'),
]  # fmt: skip


@pytest.mark.parametrize(("args", "words"), MISTAKES, ids=lambda one: " ".join(one)[:60] if one else "")
def test_a_mistake_is_one_line_with_status_2_and_changes_nothing(
    home: str, args: list[str], words: str
) -> None:
    before = events(home)
    said = run(*args, *(() if "--on" in args else AFTER))
    assert said.exit_code == 2
    assert words in said.stderr
    assert said.stderr.count("\n") == 1
    assert said.stdout == ""
    assert events(home) == before
    with reading(home) as session:
        for table in (VerdictRecord, ChecklistEntry, Attendance, Conflict):
            assert session.exec(select(sa.func.count()).select_from(table)).one() == 0
        assert cycle(session, "APL").version == 1


def test_reconciling_without_a_prefect_server_says_how_to_start_one(
    home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RECOMMISSION_PREFECT_PORT", "9")
    said = run("cycle", "reconcile")
    assert said.exit_code == 2
    assert "recommission up" in said.stderr


@pytest.mark.parametrize("width", ["80", "120"])
def test_a_contract_is_shown_on_one_screen_at_any_width(
    home: str, monkeypatch: pytest.MonkeyPatch, width: str
) -> None:
    monkeypatch.setenv("COLUMNS", width)
    said = done("cycle", "show", "FW", *AFTER)
    for words in (
        "framework",
        "Whose move",
        OWNER,
        "Checklist: 3 items missing",
        "Dates ahead",
        "FW/01, FW/02",
    ):
        assert words in said
    assert max(map(len, said.splitlines())) <= int(width)


def test_what_people_wrote_is_shown_as_they_wrote_it(home: str) -> None:
    done("cycle", "step", "APL", "market engagement", "--evidence", "[bold] :x: [/]", *AFTER)
    assert "[bold] :x: [/]" in done("cycle", "show", "APL", *AFTER)


def test_what_has_no_cycle_is_shown_with_what_it_follows(home: str) -> None:
    assert data("cycle", "show", "FW/01", *AFTER)["follows"] == "FW"


def test_a_step_is_recorded_once_and_taken_back_with_a_reason(home: str) -> None:
    asked = ("cycle", "step", "APL", "Market Engagement", "--evidence", "soft test", "--by", TEACHING, *AFTER)
    assert '"Market Engagement" is recorded' in done(*asked)
    assert "was on record already" in done(*asked)
    line = next(one for one in data("cycle", "show", "APL", *AFTER)["checklist"] if one["evidence"])
    assert (line["item"], line["recorded_by"], line["on"]) == ("market engagement", TEACHING, "2022-06-14")
    assert "✓  market engagement" in done("cycle", "step", "APL", *AFTER)
    done("cycle", "step", "APL", "market engagement", "--undo", "--because", "the wrong contract", *AFTER)
    assert not any(one["evidence"] for one in data("cycle", "step", "APL", *AFTER))


def test_a_dry_run_shows_what_would_follow_and_records_nothing(home: str) -> None:
    before = events(home)
    said = done("cycle", "verdict", "APL", "recommission", *DECIDED, "--dry-run", *AFTER)
    assert "needs analysis → recommission" in said
    assert "Board decision by (direction)" in said
    seen = data("cycle", "verdict", "APL", "recommission", *DECIDED, "--dry-run", *AFTER)
    assert (seen["from"], seen["to"]) == ("needs analysis", "recommission")
    assert events(home) == before
    assert data("cycle", "show", "APL", *AFTER)["stage"] == "needs analysis"


def test_a_verdict_moves_the_contract_as_of_the_last_board_and_says_whose_move_it_is(home: str) -> None:
    said = done("cycle", "verdict", "APL", "Recommission", *DECIDED, *AFTER)
    assert "It stands in: recommission. Whose move it is: " in said
    with reading(home) as session:
        record = session.exec(select(VerdictRecord)).one()
    assert (record.on.isoformat(), record.minute, record.channel) == (BOARD, "2022/31", "command line")
    again = done("cycle", "verdict", "APL", "recommission", *DECIDED, "--gate", "needs analysis", *AFTER)
    assert "on record already" in again
    with reading(home) as session:
        assert session.exec(select(VerdictRecord)).all() == [record]


def test_a_wrong_verdict_is_superseded_and_what_is_put_back_is_shown_first(home: str) -> None:
    done("cycle", "verdict", "APL", "remodel", *DECIDED, *AFTER)
    right = (
        "--minute",
        "2022/32",
        "--reason",
        "as minuted",
        "--despite",
        "heard orally",
        "--rejected",
        "Remodel",
    )
    asked = ("cycle", "verdict", "APL", "recommission", *right, "--supersedes", *AFTER)
    seen = data(*asked, "--dry-run")
    assert seen["put_back"] == (
        "minute 2022/31 of 13 June 2022 (remodel) no longer stands: it is back from remodel in needs analysis"
    )
    said = done(*asked)
    assert "Put back first: minute 2022/31" in said
    assert "It stands in: recommission." in said
    assert "on record already" in done(*asked)
    with reading(home) as session:
        wrong, stands = session.exec(select(VerdictRecord).order_by(col(VerdictRecord.id))).all()
    assert (stands.supersedes_id, stands.options_rejected) == (wrong.id, "Remodel")
    assert [one["what"] for one in data("audit", "show", "APL")] == [
        "remodel", "verdict superseded", "recommission"
    ]  # fmt: skip


def test_no_board_since_the_stage_began_asks_for_the_meeting(home: str) -> None:
    said = run("cycle", "verdict", "APL", "recommission", *DECIDED, "--on", "2022-05-10")
    assert said.exit_code == 2
    assert "No Board has met since" in said.stderr


def test_an_urgent_decision_is_taken_on_its_own_day(home: str) -> None:
    done(
        "cycle", "verdict", "APL", "recommission", "--reason", "the provider fails", "--despite", "no time",
        "--urgent-by", DIRECTOR, "--because-urgent", "children would move", "--on", "2022-05-10",
    )  # fmt: skip
    assert data("cycle", "show", "APL", "--on", "2022-05-10")["since"] == "2022-05-10"


def test_lots_go_their_own_way_under_the_reference_given(home: str) -> None:
    with unit_of_work(home) as session:
        session.add_all(
            Lot(contract_id=identity(contract(session, "APL")), name=name) for name in ("North", "South")
        )
    done("cycle", "verdict", "APL", "decommission", *DECIDED, "--lots", "North", "--as", "APL-N", *AFTER)
    assert data("cycle", "show", "APL-N", *AFTER)["stage"] == "decommission"
    assert data("cycle", "show", "APL", *AFTER)["stage"] == "needs analysis"


def test_a_shared_contract_moves_when_the_last_partner_agrees(home: str, rules: Rules) -> None:
    with unit_of_work(home) as session:
        key = identity(contract(session, "APL"))
        for name in (rules.policy.board.council, "Derby City Council"):
            session.add(JointAuthority(contract_id=key, name=name))
    said = done("cycle", "verdict", "APL", "recommission", *DECIDED, *AFTER)
    assert "takes effect when Derby City Council agree" in said
    assert data("cycle", "show", "APL", *AFTER)["stage"] == "needs analysis"
    said = done(
        "cycle", "partner", "APL", "Derby City Council", "agreed", "--minute", "C/1", "--on", "2022-06-15"
    )
    assert "needs analysis → recommission" in said


def test_completed_work_closes_the_cycle_and_names_the_successor(home: str) -> None:
    with unit_of_work(home) as session:
        session.exec(
            sa.update(Cycle).where(col(Cycle.id) == cycle(session, "APL").id).values(stage="mobilisation")
        )
    said = done("cycle", "done", "APL", "--despite", "all seen", "--on", "2022-09-01")
    assert "Its successor is APL-2022" in said
    assert "nothing changed" in done("cycle", "done", "APL", "--on", "2022-09-01")


def test_a_cycle_is_begun_in_the_stage_it_has_come_to(home: str) -> None:
    with unit_of_work(home) as session:
        session.delete(cycle(session, "TUITION"))
    begun = data("cycle", "start", "TUITION", "--stage", "procurement", *AFTER)
    assert (begun["stage"], begun["done"]) == ("procurement", "its cycle has begun")
    assert "already" in done("cycle", "start", "TUITION", *AFTER)


def test_who_waits_for_whom_is_listed_the_worst_first_and_late_is_said_in_words(home: str) -> None:
    listed = data("cycle", "waiting", "--on", "2023-01-10")
    floats = [one["float_boards"] for one in listed if one["float_boards"] is not None]
    assert floats == sorted(floats)
    late = data("cycle", "waiting", "--late", "--on", "2023-01-10")
    assert late
    assert all(one["float"].startswith("LATE") for one in late)
    assert "LATE" in done("cycle", "waiting", "--on", "2023-01-10")
    owned = data("cycle", "waiting", "--owner", OWNER, *AFTER)
    assert {one["reference"] for one in owned} == {"BLOCK", "FW"}
    assert data("cycle", "waiting", "--department", "Children", *AFTER)


def test_attendance_is_what_the_quorum_is_counted_from(home: str) -> None:
    present = [word for post in (DIRECTOR, GROUP, OWNER) for word in ("--present", post)]
    asked = ("board", "attendance", BOARD, *present, "--apologies", OFFICER, *AFTER)
    assert "3 members present; the quorum is 3" in done(*asked)
    before = events(home)
    done(*asked)
    assert events(home) == before
    done("board", "conflict", BOARD, DIRECTOR, "APL", "--nature", "governor of a school on it", *AFTER)
    refused = run("cycle", "verdict", "APL", "recommission", *DECIDED, *AFTER)
    assert refused.exit_code == 2
    assert "2 members without a conflict of interest present, 3 needed" in refused.stderr
    done("board", "conflict", BOARD, DIRECTOR, "APL", "--undo", *AFTER)
    done("cycle", "verdict", "APL", "recommission", *DECIDED, *AFTER)
    what = [one["what"] for one in data("audit", "show", "APL")]
    assert what == ["conflict of interest declared", "conflict of interest withdrawn", "recommission"]
    assert data("board", "attendance", BOARD, *AFTER)["members"][OFFICER] is False


def test_seats_substitutes_and_divisions_are_what_attendance_counts(home: str) -> None:
    for post, division, *more in (
        (DIRECTOR, "Commissioning", "--role", "chair"), (OWNER, "Commissioning", "--substitute", OFFICER),
        (TEACHING, "Education"), (GROUP, "Finance", "--role", "adviser"),
    ):  # fmt: skip
        done("board", "members", "seat", post, "--division", division, "--from", "2022-01-01", *more, *AFTER)
    done("board", "members", "leave", TEACHING, "--last", "2022-05-31", *AFTER)
    done("board", "members", "leave", TEACHING, "--undo", *AFTER)
    seated = [
        (one["post"], one["role"], one["substitute"]) for one in data("board", "members", "list", *AFTER)
    ]
    assert seated == [
        (DIRECTOR, "chair", None), (OWNER, "member", OFFICER), (TEACHING, "member", None), (GROUP, "adviser", None)
    ]  # fmt: skip
    present = [word for post in (DIRECTOR, TEACHING, GROUP) for word in ("--present", post)]
    said = done("board", "attendance", BOARD, *present, "--substitute", f"{OFFICER} for {OWNER}", *AFTER)
    assert f"present    {OFFICER} for {OWNER}" in said
    assert "3 members of 2 divisions present; the quorum is 3, without" in said


def test_an_item_is_decided_and_its_minutes_are_written_and_approved(home: str) -> None:
    done("board", "agenda", "add", BOARD, "Sufficiency strategy", "--for", "decision", *AFTER)
    listed = data("board", "agenda", "show", BOARD, *AFTER)["items"]
    number = next(str(one["number"]) for one in listed if one["title"] == "Sufficiency strategy")
    asked = ("board", "decide", BOARD, number, "approve", "--minute", "7.1", "--reason", "it is sound")
    for _ in range(2):
        assert "“Sufficiency strategy”: approve (minute 7.1); it is decided." in done(*asked, *AFTER)
    wrong = (
        "board",
        "decide",
        BOARD,
        number,
        "Refer-back",
        "--minute",
        "7.1",
        "--reason",
        "figures are missing",
    )
    assert run(*wrong, *AFTER).exit_code == 2
    assert "it is carried over" in done(*wrong, "--supersedes", *AFTER)
    drafted = data("board", "minutes", BOARD, *AFTER)
    assert [Path(one).name for one in drafted["files"]] == [
        "2022-06-13-minutes.pdf",
        "2022-06-13-minutes.docx",
    ]
    later = (
        "board",
        "minutes",
        BOARD,
        "--approve-at",
        "2022-08-08",
        "--correction",
        "Item 1.",
        "--on",
        "2022-08-09",
    )
    assert data(*later) == {"meeting": BOARD, "approved": "2022-08-08", "files": drafted["files"]}
    assert "no longer change" in run(*later[:-4], "--on", "2022-08-09").stderr


def test_the_trail_is_walked_and_its_head_can_be_written_down(home: str) -> None:
    done("cycle", "verdict", "APL", "recommission", *DECIDED, *AFTER)
    walked = data("audit", "verify")
    assert (walked["events"], walked["whole"]) == (events(home), True)
    assert done("audit", "verify", "--head", walked["head"]).endswith(f"Head: {walked['head']}\n")


@pytest.mark.parametrize(
    ("tampering", "words"),
    [
        ("UPDATE auditevent SET actor = 'nobody' WHERE id = 1", "event 1: its content was changed"),
        ("DELETE FROM auditevent WHERE id = 1", "event 2: does not follow"),
        ("DELETE FROM auditevent WHERE id = (SELECT max(id) FROM auditevent)", "was cut short"),
    ],
)
def test_a_trail_that_was_tampered_with_is_found_with_status_1(home: str, tampering: str, words: str) -> None:
    head = data("audit", "verify")["head"]
    with engine(home).connect().execution_options(write=True) as connection:
        for trigger in ("no_update", "no_delete", "no_replace"):
            connection.exec_driver_sql(f"DROP TRIGGER auditevent_{trigger}")
        connection.exec_driver_sql(tampering)
        connection.commit()
    said = run("audit", "verify", "--head", head)
    assert said.exit_code == 1
    assert words in said.stdout
