"""`recommission dates`: the first line is the answer alone, a wrong input one message and exit status 2."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_group
from typer.testing import CliRunner, Result

from lifecycle.counting import RULES
from recommission.__main__ import app
from recommission.dates import app as dates

POLICY = (Path(__file__).parents[2] / "config" / "policy.toml").read_text(encoding="utf-8")

ANSWERS = {
    "publish-by": [
        (["2022-04-25", "--clear-days", "5"], "2022-04-13"),
        (["2022-04-25"], "2022-04-13"),
        (["25/04/2022"], "2022-04-13"),
        (["25 April 2022"], "2022-04-13"),
        (["2023-06-12", "--clear-days", "3"], "2023-06-06"),
        (["2022-06-24", "--clear-days", "28", "--calendar-days"], "2022-05-26"),
    ],
    "clear-days-between": [(["2022-04-13", "2022-04-25"], "5"), (["2022-04-19", "2022-04-25"], "3")],
    "clear-days-after": [(["2022-04-13", "5"], "2022-04-25")],
    "beginning-with": [(["2026-04-01", "120"], "2026-07-29")],
    "after": [(["2026-04-01", "10"], "2026-04-11")],
    "pcr-forward": [(["2022-04-05", "10"], "2022-04-19")],
    "months-before": [(["2023-08-31", "6"], "2023-02-28"), (["2024-08-31", "6"], "2024-02-29")],
    "months-after": [(["2024-01-31", "1"], "2024-02-29")],
    "working-days": [
        (["2022-04-13", "1"], "2022-04-14"),
        (["2022-04-25", "5", "--before"], "2022-04-14"),
        (["2025-12-19", "8", "--beginning-with"], "2026-01-05"),
        (["2025-12-19", "8", "--beginning-with", "--division", "England"], "2026-01-02"),
        (["2025-12-31", "1", "--division", "Scotland"], "2026-01-05"),
    ],
    "roll-forward": [(["2022-04-14"], "2022-04-20"), (["2022-05-07"], "2022-05-07")],
    "is-working": [
        (["2026-01-02"], "yes"),
        (["2026-01-02", "--division", "uk"], "no"),
        (["2026-01-03"], "no"),
    ],
    "standstill": [
        (["--regime", "pa2023", "--from", "2025-12-19"], "2026-01-05"),
        (["--regime", "PA 2023", "--from", "2025-12-19"], "2026-01-05"),
        (["--regime", "Procurement Act 2023", "--from", "2025-12-19"], "2026-01-05"),
        (["--regime", "pa-2023-light-touch", "--from", "2025-12-19"], "none"),
        (["--regime", "pa2023 light touch", "--from", "2025-12-19", "--voluntary"], "2026-01-05"),
        (["--regime", "pa2023", "--from", "2025-12-19", "--call-off"], "none"),
        (["--regime", "pa2023", "--from", "2025-12-19", "--direct-award"], "none"),
        (["--regime", "pcr2015", "--from", "2022-04-05"], "2022-04-19"),
        (["--regime", "pcr2015-light-touch", "--sent", "2022-04-05"], "2022-04-19"),
        (["--regime", "pcr2015", "--from", "2022-04-05", "--by-post"], "2022-04-20"),
        (["--regime", "psr", "--published", "2025-03-03"], "2025-03-14"),
        (["--regime", "below-threshold", "--from", "2025-12-19"], "none"),
    ],
    "tender-period": [
        (["--regime", "pa2023", "--from", "2025-03-03"], "2025-03-28"),
        (["--regime", "pa2023", "--from", "2025-03-03", "--on-paper", "--documents-later"], "2025-04-07"),
        (["--regime", "pa2023", "--from", "2025-03-03", "--procedure", "Member", "--agreed"], "none"),
        (["--regime", "pcr 2015", "--from", "2022-03-15", "--urgent"], "2022-03-30"),
        (["--regime", "pa2023-lt", "--from", "2025-03-03"], "none"),
    ],
    "framework-limit": [
        (["--regime", "pa2023", "--from", "2025-04-01"], "2029-03-31"),
        (["--regime", "pa2023-light-touch", "--from", "2025-04-01"], "none"),
    ],
    "notice": [
        (["UK7", "--entered", "2026-04-01", "--light-touch"], "2026-07-29"),
        (["uk7", "--on", "2026-04-01"], "2026-04-30"),
        (["UK 1", "--trigger", "2026-06-01"], "2026-05-26"),
        (["UK3", "--on", "2026-04-01"], "2025-04-01/2026-02-20"),
        (["UK5", "--on", "2026-04-01"], "no fixed day"),
        (["UK5", "--on", "2026-04-01", "--user-choice"], "none"),
        (["UK8", "--on", "2026-03-01"], "2026-04-29"),
        (["UK10", "--on", "2026-03-01", "--light-touch"], "none"),
        (["UK11", "--on", "2026-03-01", "--below-threshold"], "none"),
        (["UK17", "--on", "2026-05-01"], "2026-07-29"),
        (["UK17", "--on", "2026-05-01", "--begun", "2026-03-31"], "none"),
    ],
    "parse": [
        (["academic year 2023/24"], "2023-09-01/2024-08-31"),
        (["academic", "year", "2023/24"], "2023-09-01/2024-08-31"),
        (["August 2023"], "2023-08-01/2023-08-31"),
        (["by August 2023"], "../2023-08-31"),
        (["31/08/2023"], "2023-08-31"),
        (["end of August 2023"], "2023-08-31"),
        (["TBC"], "XXXX"),
    ],
    "terms": [
        (["initial 2 years from 1 September 2026, then 2+2+2 until 31 August 2034"], "2034-08-31"),
        (["3+1+1"], "cannot tell"),
        (["3+1+1", "--start", "1 April 2024"], "2029-03-31"),
        (["3+1+1", "--start", "2024-04-01", "--end", "2027-03-31"], "2029-03-31"),
        (["as the parties may agree, 7"], "cannot tell"),
    ],
}
TABLE = [(command, *row) for command, rows in ANSWERS.items() for row in rows]


def run(*args: str, policy: Path | None = None) -> Result:
    env = {"RECOMMISSION_POLICY": str(policy) if policy else None}
    return CliRunner().invoke(app, ["dates", *args], env=env)


def everything(*args: str, policy: Path | None = None) -> dict[str, Any]:
    done = run(*args, "--json", policy=policy)
    assert done.exit_code == 0, done.output
    told: dict[str, Any] = json.loads(done.stdout)
    return told


@pytest.mark.parametrize(("command", "args", "first"), TABLE)
def test_the_first_line_is_the_answer_alone_and_the_explanation_follows(
    command: str, args: list[str], first: str
) -> None:
    done = run(command, *args)
    assert done.exit_code == 0, done.output
    answer, *explanation = done.stdout.splitlines()
    assert answer == first
    assert explanation[-1].startswith(("Source: ", "Provisional: "))
    assert done.stderr == ""


@pytest.mark.parametrize(("command", "args", "first"), TABLE)
def test_json_tells_all_of_it(command: str, args: list[str], first: str) -> None:
    told = everything(command, *args)
    assert told["result"] == first
    assert told["rule"]
    assert told["citation"]
    assert told["inputs"]
    assert told["explanation"]
    assert isinstance(told["provisional"], bool)
    assert all(set(day) == {"day", "name"} for day in told["skipped"])


def test_every_command_is_in_the_table_and_explains_itself() -> None:
    listed = set(get_group(dates).commands)
    assert listed == set(ANSWERS)
    for command in listed:
        done = run(command, "--help")
        assert done.exit_code == 0
        assert "--json" in done.stdout


def test_publication_is_explained_with_the_days_skipped_by_name_and_the_law() -> None:
    said = run("publish-by", "2022-04-25", "--clear-days", "5").stdout
    assert "5 clear working days before 25 April 2022, both end days left out" in said
    assert "2022-04-15  Friday, Good Friday" in said
    assert "2022-04-18  Monday, Easter Monday" in said
    assert "Local Government Act 1972" in said
    told = everything("publish-by", "25/04/2022")
    assert told["inputs"] == {"day": "2022-04-25", "clear_days": 5, "calendar_days": False}
    assert {"day": "2022-04-18", "name": "Easter Monday"} in told["skipped"]
    assert told["citation"] == RULES["clear_days_before"].citation


def test_a_standstill_says_when_the_contract_may_be_signed_and_names_scotlands_holiday() -> None:
    told = everything("standstill", "--regime", "pa2023", "--from", "2025-12-19")
    assert (told["begins"], told["may_sign_from"]) == ("2025-12-19", "2026-01-06")
    assert told["mandatory"] is True
    assert {"day": "2026-01-02", "name": "New Year Holiday (Scotland)"} in told["skipped"]


def test_where_there_is_no_standstill_the_reason_follows() -> None:
    said = run("standstill", "--regime", "pa2023-light-touch", "--from", "2025-12-19").stdout
    assert "No standstill is needed for a light-touch contract." in said
    assert "s.51(3)(f)" in said


def test_a_contract_details_notice_tells_the_day_for_the_copy_too() -> None:
    args = ("notice", "UK7", "--entered", "2026-04-01", "--light-touch")
    assert "2026-09-27" in run(*args).stdout
    told = everything(*args)
    assert told["copy_last_day"] == "2026-09-27"
    assert told["copy_target"] == "2026-09-25"  # the 27th is a Sunday


def test_a_partial_date_tells_its_bounds_its_precision_and_the_words() -> None:
    told = everything("parse", "academic year 2023/24")
    assert (told["earliest"], told["latest"]) == ("2023-09-01", "2024-08-31")
    assert (told["precision"], told["edtf"]) == ("academic_year", "2023-09/2024-08")
    assert (told["text"], told["pinned"]) == ("academic year 2023/24", False)


def test_terms_are_shown_as_read_beside_the_words_with_what_to_check() -> None:
    words = "initial 2 years from 1 September 2026, then 2+2+2 until 31 August 2034"
    said = run("terms", words).stdout
    assert f"As written: “{words}”." in said
    assert "As read: Initial term 2 years from 1 September 2026; then 3 extensions of 2 years each" in said
    assert "Confidence: likely." in said
    assert "To check: “2 + 2 + 2” is taken in years." in said
    told = everything("terms", words)
    assert told["initial_months"] == 24
    assert [(option["count"], option["months"]) for option in told["options"]] == [(3, 24)]


def test_terms_without_a_first_day_ask_for_it() -> None:
    assert "--start" in run("terms", "3+1+1").stdout
    assert "--start" not in run("terms", "3+1+1", "--start", "2024-04-01").stdout


@pytest.mark.parametrize(
    "args",
    [
        ["standstill", "--regime", "pa2023", "--from", "2028-12-20"],
        ["publish-by", "2029-01-08"],
        ["is-working", "2030-06-03"],
        ["clear-days-between", "2028-12-20", "2029-01-08"],
        ["notice", "UK7", "--on", "2030-06-03"],
    ],
)
def test_what_rests_on_unpublished_bank_holidays_is_provisional(args: list[str]) -> None:
    assert run(*args).stdout.splitlines()[-1].startswith("Provisional: ")
    assert everything(*args)["provisional"] is True


@pytest.mark.parametrize("args", [["publish-by", "2022-04-25"], ["months-after", "2035-01-31", "1"]])
def test_what_rests_on_published_holidays_or_on_none_is_not_provisional(args: list[str]) -> None:
    assert "Provisional" not in run(*args).stdout


def test_a_holiday_the_council_adds_or_strikes_counts_and_is_named(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text(
        POLICY.replace("added = []", 'added = [{ day = 2026-06-10, name = "State Funeral" }]').replace(
            "struck = []", "struck = [2026-05-25]"
        ),
        encoding="utf-8",
    )
    told = everything("publish-by", "2026-06-15", policy=policy)
    assert told["result"] == "2026-06-04"
    assert everything("publish-by", "2026-06-15")["result"] == "2026-06-05"
    assert {"day": "2026-06-10", "name": "State Funeral"} in told["skipped"]
    assert "Wednesday, State Funeral" in run("is-working", "2026-06-10", policy=policy).stdout
    assert run("is-working", "2026-05-25", policy=policy).stdout.startswith("yes\n")
    assert run("standstill", "--regime", "pa2023", "--from", "2026-06-01", policy=policy).stdout.startswith(
        "2026-06-11\n"
    )


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["publish-by", "31/02/2023"], "February 2023 has 28 days"),
        (["publish-by", "04/25/2022"], "no month 25"),
        (["publish-by", "August 2023"], "is not one day"),
        (["publish-by", "TBC"], "is not one day"),
        (["publish-by", "2022-04-25", "--clear-days", "0"], "from 1 to 9999"),
        (["publish-by", "1066-10-14"], "1990 to 2100"),
        (["publish-by", "2065-01-08"], "covers 2005 to 2060"),
        (["publish-by", "2005-01-05"], "covers 2005 to 2060"),
        (["clear-days-between", "2022-04-25", "2022-04-13"], "publication first"),
        (["months-before", "2023-08-31", "0"], "from 1 to 9999"),
        (["months-before", "2023-08-31", "six"], "from 1 to 9999"),
        (["months-after", "2023-08-31", "99999999999999999999"], "from 1 to 9999"),
        (["working-days", "2023-08-31", "1", "--division", "France"], "england-and-wales, scotland"),
        (["working-days", "2023-08-31", "1", "--before", "--beginning-with"], "contradict"),
        (["working-days", "2059-08-31", "9999"], "covers 2005 to 2060"),
        (["standstill", "--regime", "pcr2023", "--from", "2025-12-19"], "Write one of: PCR 2015,"),
        (["standstill", "--regime", "pa2023", "--from", "2020-12-19"], "Check the day"),
        (["standstill", "--regime", "pa2023", "--from", "2025-12-19", "--by-post"], "PCR 2015 only"),
        (["standstill", "--regime", "psr", "--from", "2025-12-19", "--voluntary"], "Act 2023 only"),
        (
            ["tender-period", "--regime", "pa2023", "--from", "2025-12-19", "--procedure", "joining"],
            "joined at any",
        ),
        (
            ["tender-period", "--regime", "pa2023", "--from", "2025-12-19", "--procedure", "secret"],
            "open, participation",
        ),
        (["notice", "UK18", "--on", "2026-04-01"], "UK1 to UK17"),
        (["notice", "UK8", "--on", "2025-04-01"], "not in force on 1 April 2025"),
        (["parse", "2023/24"], "financial year 2023/24"),
        (["parse", "03/04/05"], "two digits"),
        (["terms", "3+1+1", "--start", "2024-04-01", "--end", "2023-04-01"], "is before --start"),
    ],
)
def test_a_wrong_input_ends_with_one_message_and_status_2(args: list[str], message: str) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    "args",
    [
        ["publish-by"],
        ["months-before", "2023-08-31", "-6"],
        ["notice", "UK7"],
        ["standstill", "--regime", "psr"],
    ],
)
def test_what_is_missing_or_unknown_ends_with_status_2(args: list[str]) -> None:
    done = run(*args)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_a_wrong_policy_is_refused_with_its_line(tmp_path: Path) -> None:
    policy = tmp_path / "policy.toml"
    policy.write_text("rule = [", encoding="utf-8")
    done = run("is-working", "2026-05-25", policy=policy)
    assert done.exit_code == 2
    assert f"{policy}:1: is not TOML" in done.stderr


def test_a_calculation_loads_no_database_no_engine_and_leaves_no_folder(tmp_path: Path) -> None:
    script = (
        "import sys; from recommission.__main__ import app\n"
        "app(['dates', 'publish-by', '2022-04-25'], standalone_mode=False)\n"
        "assert not {'sqlmodel', 'sqlalchemy', 'prefect', 'apprise', 'fastapi'} & set(sys.modules)\n"
    )
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("2022-04-13\n")
    assert not list(tmp_path.iterdir())


def test_the_help_loads_no_rules() -> None:
    script = (
        "import sys; import recommission.__main__\n"
        "assert not {'holidays', 'lifecycle.counting', 'config.policy_file'} & set(sys.modules)\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True)  # noqa: S603 - our own interpreter
