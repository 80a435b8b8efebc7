"""A wrong policy file is refused with the line of every fault; the shipped one is in order."""

import re
import tomllib
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.policy_file import KNOWN_RULES, PolicyRefused, check_policy, load_policy
from config.toml_lines import TomlLines
from lifecycle.planning import MilestoneKind
from lifecycle.policy import Standing
from lifecycle.stages import Kind

SHIPPED = Path(__file__).parents[2] / "config/policy.toml"
TEXT = SHIPPED.read_text(encoding="utf-8")
LINES = TEXT.splitlines()


def _faults(tmp_path: Path, text: str) -> list[str]:
    path = tmp_path / "policy.toml"
    path.write_text(text, encoding="utf-8")
    return [fault.removeprefix(f"{path}:") for fault in check_policy(path)]


def _at(number: int, faults: list[str]) -> str:
    """What is said of that line; fails when nothing is."""
    found = [fault for fault in faults if fault.startswith(f"{number}: ")]
    assert found, f"nothing was found at line {number} ({LINES[number - 1]!r}) but {faults}"
    return "\n".join(found)


def _number(part: str) -> int:
    """The line of the shipped file that holds the part, which only one does."""
    (number,) = [number for number, line in enumerate(LINES, 1) if part in line]
    return number


def _with(number: int, line: str) -> str:
    return "\n".join([*LINES[: number - 1], line, *LINES[number:], ""])


def _each(pattern: str) -> list[tuple[int, re.Match[str]]]:
    """Every line of the shipped file that is no comment and has the pattern, with its first match."""
    return [
        (number, match)
        for number, line in enumerate(LINES, 1)
        if (match := re.search(pattern, line)) and not line.lstrip().startswith("#")
    ]


def test_the_shipped_policy_is_in_order() -> None:
    assert check_policy(SHIPPED) == []
    policy = load_policy(SHIPPED)
    assert {rule.key for rule in policy.rules} == set(KNOWN_RULES)
    for kind in Kind:
        assert policy.ladder(MilestoneKind.CONTRACT_END, kind).rungs


def test_no_shipped_rule_is_law_without_a_source_and_unverified_figures_are_defaults() -> None:
    for rule in load_policy(SHIPPED).rules:
        if rule.standing is Standing.LAW:
            assert re.search(r"\b(s|r|Sch)\.\d", rule.citation), rule
            assert "verified" not in rule.citation


def test_whichever_line_is_not_toml_it_is_named(tmp_path: Path) -> None:
    for number, _ in _each(r"\S"):
        (fault,) = _faults(tmp_path, _with(number, LINES[number - 1].split(" #")[0] + " ?"))
        assert fault.startswith(f"{number}: is not TOML")


def test_an_unknown_key_is_named_on_its_line_with_the_nearest_one_on_every_line_at_once(
    tmp_path: Path,
) -> None:
    broken = list(LINES)
    keys = _each(r"([a-z_]+) = (?!\[$)")
    for number, match in keys:
        broken[number - 1] = f"{match.string[: match.end(1)]}x{match.string[match.end(1) :]}"
    faults = _faults(tmp_path, "\n".join(broken))
    assert len(keys) > 120
    for number, match in keys:
        assert f"unknown key '{match[1]}x'; did you mean '{match[1]}'?" in _at(number, faults)


def test_a_value_of_the_wrong_type_is_named_on_its_line_on_every_line_at_once(tmp_path: Path) -> None:
    broken = list(LINES)
    values = _each(r" = (\"[^\"]*\"|\[.+\]|\[\]|\{.*\}|[\d:-]+)")
    for number, match in values:
        broken[number - 1] = f"{match.string[: match.start(1)]}true{match.string[match.end(1) :]}"
    faults = _faults(tmp_path, "\n".join(broken))
    assert len(values) > 120
    for number, _ in values:
        assert "not True" in _at(number, faults)


@pytest.mark.parametrize(
    ("number", "match"),
    [pytest.param(*found, id=found[1][0]) for found in _each(r"^\[+(\w+)[\w.]*\]+|^(\w+) = \[$")],
)
def test_an_unknown_table_is_named(tmp_path: Path, number: int, match: re.Match[str]) -> None:
    name = match[1] or match[2]
    faults = _faults(tmp_path, _with(number, LINES[number - 1].replace(name, name + "s", 1)))
    assert f"unknown key '{name}s'; did you mean '{name}'?" in _at(number, faults)


@pytest.mark.parametrize("key", ["key", "value", "from", "standing", "citation"])
def test_a_rule_without_a_key_it_needs_is_named(tmp_path: Path, key: str) -> None:
    number = _number('"notice.UK7.copy.light touch"')
    line = re.sub(rf"(?<=[ {{]){key} = (\"[^\"]*\"|[^,}}]+),? ?", "", LINES[number - 1]).replace(", }", " }")
    assert tomllib.loads(line.strip().rstrip(",").replace("{", "x = {", 1))
    assert f"'{key}' is missing" in _at(number, _faults(tmp_path, _with(number, line)))


def test_a_section_without_a_key_it_needs_is_named_at_its_header(tmp_path: Path) -> None:
    without = [line for line in LINES if not line.startswith("venue")]
    board = _number("[board]")
    assert "'venue' is missing" in _at(board, _faults(tmp_path, "\n".join(without)))
    third = [number for number, line in enumerate(LINES, 1) if line == "[[ladder]]"][2]
    assert LINES[third].startswith("milestone")
    assert "'milestone' is missing" in _at(third, _faults(tmp_path, _with(third + 1, "")))


@pytest.mark.parametrize(
    ("find", "old", "new", "what"),
    [
        ('answer_from = "3m"', '"3m"', '"4m"', "there is no rung '4m'"),
        ('name = "decide by"', "decide by", "decide bye", "did you mean 'decide by'?"),
        (
            '"procurement start", "annual review",',
            "annual review",
            "anual review",
            "did you mean 'annual review'?",
        ),
        ('milestones = ["contract end", ', "contract end", "annual review", "already belongs to 'decide by'"),
        ('to = "manager"', "manager", "deputy", "'deputy' is there twice"),
        ('mandatory = ["the day", ', "the day", "the days", "did you mean 'the day'?"),
        ('"lead.block.award"', "lead.block.award", "lead.blok.award", "did you mean 'lead.block.award'?"),
        ('"standstill.PSR"', "standstill.PSR", "standstil.PSR", "did you mean 'standstill.PSR'?"),
        ('"shortest.tender"', '"days"', '"months"', "the unit must be 'days'"),
        ('"standstill.PA 2023"', '"working days"', '"days"', "the unit must be 'working days'"),
        (
            '"notice.UK2"',
            '"before the tender notice, or explain in it why not"',
            "3",
            "the value must be words",
        ),
        ('"notice.UK7"', "30", '"soon"', "the value must be a number of days"),
        ('"annual review"', "12", "-1", "must be a whole number, 0 or more"),
        ('"annual review"', "12", "1.5", "must be a whole number, 0 or more"),
        ('"annual review"', '"local"', '"loocal"', "'law', 'local' or 'default'"),
        ('"annual review"', "2005-01-01", '"2005-01-01"', "valid date"),
        ('"annual review"', "2005-01-01", "2005-01-01, to = 2004-12-31", "ends before it begins"),
        ('"framework.PSR"', '"SI 2023/1348 r.16(5)"', '""', "at least 3 characters"),
        ("value = 207720", "2026-01-01", "2026-01-02", "nothing is in force from 2026-01-01 to 2026-01-01"),
        ("value = 207720", "2026-01-01", "2025-12-31", "overlaps the rule in force from 2024-01-01"),
        ("draft = 20", "draft = 20", "draft = 5", "must go down"),
        ("draft = 20", "draft = 20", "draft = true", "valid integer"),
        ("meetings = ", "FREQ=MONTHLY", "FREQ=SOMETIMES", "not a recurrence rule"),
        ("meetings = ", "FREQ=MONTHLY", "FRQ=MONTHLY", "not a recurrence rule"),
        ("2023-04-10 = ", "2023-04-10", "2023-04-11", "does not meet on 2023-04-11"),
        ("2023-04-10 = ", "2023-04-10", "2023-04-31", "2023-04-31"),
        ("cancelled = ", "[]", "[2023-06-13]", "does not meet on 2023-06-13"),
        ("recesses = ", "[]", "[{ first = 2023-08-01, last = 2023-07-01 }]", "ends before it begins"),
        ("struck = ", "[]", "[2026-06-02]", "is no bank holiday"),
        ("added = ", "[]", '[{ day = 2026-06-02, nam = "x" }]', "did you mean 'name'?"),
        ('rungs = ["3m", "30d"]', '"3m"', '"3 months"', "such as 3m, 30d or 10wd"),
        ('rungs = ["3m", "30d"]', '"3m"', '"30d"', "the rung '30d' is there twice"),
        ('kinds = ["spot"]', '"spot"', '"spott"', "unknown kind of contract 'spott'; did you mean 'spot'?"),
        ('kinds = ["spot"]', '"spot"', '"spot", "block"', "already has a ladder"),
        ('kinds = ["spot"]', '"spot"', "", "at least 1 item"),
        ("overdue_every_days = 28", "28", "-28", "greater than or equal to 0"),
        ('deployment = "sweep"', "sweep", "sweeep", "unknown deployment 'sweeep'; did you mean 'sweep'?"),
        ('deployment = "watch"', "watch", "sweep", "'sweep' already has a schedule further up"),
        ('cron = "0 10 * * *"', "0 10 * * *", "30 1 * * *", "left out when the clocks go forward"),
        ('cron = "0 10 * * *"', "0 10 * * *", "*/10 * * * *", "between 01:00 and 01:59"),
        (
            'cron = "0 10 * * *"',
            "0 10 * * *",
            "0 24 * * *",
            "'24' for the hour: it must lie between 0 and 23",
        ),
        ('cron = "0 10 * * *"', "0 10 * * *", "0 9-8 * * *", "'9-8' for the hour"),
        ('cron = "0 10 * * *"', "0 10 * * *", "0 10 * * 1-5", "`days` says the days"),
        ('cron = "0 10 * * *"', "0 10 * * *", "at ten", "a minute, an hour and three stars"),
        ('milestone = "procurement start"', "start", "starts", "did you mean 'procurement start'?"),
        ('item = "route and lots"', '"recommission"', '"recomission"', "did you mean 'recommission'?"),
        ('item = "route and lots"', '"recommission"', '"closed"', "unknown stage 'closed'"),
        ('item = "route and lots"', '"route and lots"', '"procurement strategy"', "is there twice"),
        ('item = "route and lots"', '"owner"', '""', "at least 3 characters"),
        ('item = "route and lots"', '"PA 2023 s.18"', '""', "at least 3 characters"),
        ('item = "route and lots"', "by =", "from =", "'by' is missing"),
        ('item = "standstill"', '"framework"', '"framwork"', "did you mean 'framework'?"),
        ("quorum = 3", "3", "-1", "greater than or equal to 0"),
    ],
)
def test_a_fault_of_sense_is_named_on_its_line(
    tmp_path: Path, find: str, old: str, new: str, what: str
) -> None:
    number = next(number for number, line in enumerate(LINES, 1) if find in line)
    assert old in LINES[number - 1]
    assert what in _at(number, _faults(tmp_path, _with(number, LINES[number - 1].replace(old, new, 1))))


def test_a_rule_the_product_needs_and_the_file_lacks_is_named(tmp_path: Path) -> None:
    number = _number('"notice.UK11"')
    faults = _faults(tmp_path, _with(number, ""))
    assert faults == [f"{_number('rule = [')}: there is no rule 'notice.UK11'"]


def test_a_kind_of_contract_without_a_ladder_is_named(tmp_path: Path) -> None:
    for number, match in _each(r"^kinds = .*, "):
        first, *others = re.findall(r'"([^"]+)"', match.string)
        faults = _faults(tmp_path, _with(number, f"kinds = {others}"))
        assert f"of a {first} has no ladder" in "\n".join(faults)


def test_a_stage_without_a_checklist_is_named(tmp_path: Path) -> None:
    left = "\n".join(line for line in LINES if '{ stage = "remodel"' not in line)
    assert "the stage 'remodel' has no checklist" in _at(_number("checklist = ["), _faults(tmp_path, left))


def test_every_fault_is_named_at_once_in_the_order_of_the_lines(tmp_path: Path) -> None:
    text = TEXT.replace("lead.block.review", "lead.blocks.review").replace('"spot"]', '"sport"]')
    text = text.replace("shortest.remodel", "shortest.remould")
    faults = _faults(tmp_path, text)
    numbers = [int(fault.split(":")[0]) for fault in faults]
    assert numbers == sorted(numbers)
    for part in ("lead.blocks.review", "shortest.remould", "'sport'", "no rule 'lead.block.review'"):
        assert any(part in fault for fault in faults)


def test_a_refused_file_is_never_loaded_and_says_the_same_as_the_check(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(TEXT.replace('"lead.block.review"', '"lead.block.revue"'), encoding="utf-8")
    with pytest.raises(PolicyRefused) as refused:
        load_policy(path)
    assert str(refused.value).splitlines() == check_policy(path)


@pytest.mark.parametrize("content", [b"\xff\xfe", None])
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "policy.toml"
    if content:
        path.write_bytes(content)
    with pytest.raises(PolicyRefused, match=r"policy\.toml:1: cannot be read"):
        load_policy(path)


def test_an_empty_file_names_what_is_missing(tmp_path: Path) -> None:
    faults = _faults(tmp_path, "")
    wanted = ("board", "checklist", "ladder", "rule", "schedule", "stream")
    assert faults == [f"1: '{part}' is missing" for part in wanted]


def test_a_council_without_special_days_may_leave_the_calendar_out(tmp_path: Path) -> None:
    start, end = TEXT.index("[calendar]"), TEXT.index("# ---- Alert ladders")
    path = tmp_path / "policy.toml"
    path.write_text(TEXT[:start] + TEXT[end:], encoding="utf-8")
    assert not load_policy(path).added_holidays


def test_an_added_holiday_reaches_the_working_days(tmp_path: Path) -> None:
    path = tmp_path / "policy.toml"
    path.write_text(
        TEXT.replace("added = []", 'added = [{ day = 2026-06-10, name = "State Funeral" }]'), encoding="utf-8"
    )
    assert not load_policy(path).calendar().is_working(date(2026, 6, 10))


@given(
    st.lists(st.sampled_from(["", "# a note", '# { key = "x" }']), max_size=3),
    st.integers(0, 5),
    st.sampled_from(["inline", "spread", "tables"]),
)
def test_a_line_is_found_however_the_file_is_laid_out(notes: list[str], which: int, layout: str) -> None:
    rows = [f'key = "k{n}"' for n in range(6)]
    if layout == "inline":
        lines = ["rule = [" + ", ".join(f"{{ {row} }}" for row in rows) + "]"]
    elif layout == "spread":
        lines = ["rule = [", *(part for row in rows for part in (f"  {{ {row} }},", *notes)), "]"]
    else:
        lines = [part for row in rows for part in ("[[rule]]", *notes, row)]
    expected = next(number for number, line in enumerate(lines, 1) if f'"k{which}"' in line)
    assert TomlLines("\n".join(lines)).line(("rule", which, "key", "str")) == expected
