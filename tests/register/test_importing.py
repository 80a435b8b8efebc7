"""A register's file is brought in whole or refused with line, column and reason; twice changes nothing."""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import SQLModel, col, select
from typer.testing import CliRunner

from models import audit
from models.contracts import Contract, ContractSupplier, ExtensionOption, JointAuthority
from models.cycles import Cycle
from models.people import Person, Supplier
from models.planning import Rules
from models.session import engine, reading, unit_of_work
from register.rows import FileRefused
from tests.town import (
    CONTRACTS,
    HEADER,
    NOW,
    PEOPLE,
    TODAY,
    bring_in,
    contract,
    milestones,
    sheet,
    with_cell,
)

SAMPLE = Path(__file__).parents[2] / "register" / "sample"
Rows = Sequence[Sequence[str]]


def holdings(url: str) -> dict[str, int]:
    """How many rows each table holds, but for the list of imports, which has every run."""
    with engine(url).connect() as connection:
        return {
            table.name: connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for table in SQLModel.metadata.sorted_tables
            if table.name != "importrun"
        }


@pytest.fixture
def posts(database: str, tmp_path: Path, rules: Rules) -> str:
    """A record that holds the posts and no contract."""
    bring_in(database, sheet(tmp_path, PEOPLE), rules)
    return database


def without(column: str) -> list[list[str]]:
    at = HEADER.index(column)
    return [[*row[:at], *row[at + 1 :]] for row in CONTRACTS]


def column(name: str) -> int:
    return HEADER.index(name) + 1


# Rows: the header is line 1, BLOCK line 2, APL line 7.
BAD_ROWS: dict[str, tuple[Rows, int, str, str]] = {
    "an impossible date": (with_cell("APL", "end", "31/02/2023"), 7, "end", "31/02/2023"),
    "a date that says too little": (with_cell("APL", "end", "soon"), 7, "end", "soon"),
    "a date that can be read two ways": (with_cell("APL", "end", "03/04/05"), 7, "end", "03/04/05"),
    "an end before the start": (with_cell("BLOCK", "end", "2014-12-31"), 2, "end", "before it starts"),
    "an unknown owner": (with_cell("TUITION", "owner", "Nobody"), 8, "owner", "Nobody"),
    "no owner": (with_cell("TUITION", "owner", ""), 8, "owner", "empty"),
    "a doubled reference": ([*CONTRACTS, CONTRACTS[1]], 10, "reference", "line 2"),
    "an unknown parent": (with_cell("FW/01", "parent", "FW9"), 4, "parent", "FW9"),
    "its own parent": (with_cell("FW/01", "parent", "FW/01"), 4, "parent", "itself"),
    "an unknown kind": (with_cell("TUITION", "kind", "deal"), 8, "kind", "framework"),
    "an unknown stage": (with_cell("TUITION", "stage", "award"), 8, "stage", "procurement"),
    "a notice in words": (with_cell("TUITION", "notice_months", "six"), 8, "notice_months", "whole number"),
    "options in words": (with_cell("TUITION", "extension_options", "two years"), 8, "extension_options", "2x12"),
    "a supplier named twice": (with_cell("TUITION", "suppliers", "Wren Care;Wren Care"), 8, "suppliers", "twice"),
    "a cell too many": ([*CONTRACTS[:7], [*CONTRACTS[7], "x"], *CONTRACTS[8:]], 8, "stage", "15 cells"),
    "a cell too few": ([*CONTRACTS[:7], CONTRACTS[7][:-1], *CONTRACTS[8:]], 8, "successor_start", "13 cells"),
    "an end before the policy's rules begin": ([*CONTRACTS[:8], [*CONTRACTS[8][:7], "2004", "2005-06-15", *CONTRACTS[8][9:]]], 9, "end", "2005"),
}  # fmt: skip


@pytest.mark.parametrize("fault", BAD_ROWS)
def test_a_row_with_a_fault_is_refused_with_its_place_and_nothing_is_written(
    fault: str, posts: str, tmp_path: Path, rules: Rules
) -> None:
    rows, line, name, words = BAD_ROWS[fault]
    before = holdings(posts)
    result = bring_in(posts, sheet(tmp_path, rows), rules)
    [refusal] = result.refused
    assert (refusal.line, refusal.column, refusal.name) == (line, column(name), name)
    assert words in refusal.reason
    assert f"line {line}, column {column(name)} ({name}): " in str(refusal)
    assert not result.written
    assert holdings(posts) == before


def test_the_reject_file_holds_the_refused_rows_as_they_came_with_place_and_reason(
    posts: str, tmp_path: Path, rules: Rules
) -> None:
    rows, *_ = BAD_ROWS["an impossible date"]
    result = bring_in(posts, sheet(tmp_path, rows), rules)
    assert result.reject_file == tmp_path / "rejects" / "register.rejected.csv"
    with result.reject_file.open(encoding="utf-8-sig", newline="") as file:
        header, *kept = list(csv.reader(file))
    assert header == [*HEADER, "rejected_line", "rejected_column", "rejected_value", "reason"]
    [cells] = kept
    assert cells[: len(HEADER)] == list(rows[6])
    assert cells[len(HEADER) : -1] == ["7", "end", "31/02/2023"]
    assert "31/02/2023" in cells[-1]


def test_line_numbers_count_lines_of_the_file_across_quoted_line_breaks(
    posts: str, tmp_path: Path, rules: Rules
) -> None:
    rows = with_cell("BLOCK", "title", "Residential\nhomes\r\nblock")
    at = HEADER.index("end")
    rows[6][at] = "31/02/2023"
    [refusal] = bring_in(posts, sheet(tmp_path, rows), rules).refused
    assert refusal.line == 9


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "is empty"),
        (b"\n\n", "is empty"),
        (b"\xef\xbb\xbf", "is empty"),
        (",".join(HEADER).encode() + b"\n", "no rows"),
        (",".join(HEADER).encode() + b"\n,,,\n", "no rows"),
        (b"PK\x03\x04\x14\x00\x06\x00xl/workbook.xml", "is no workbook that can be opened"),
        (b"%PDF-1.7\n1 0 obj\n", "and no table"),
        ("reference,title\nX,Caf\u00e9\n".encode("cp1252"), "the column 'kind' of a contracts file is missing"),
        ("reference,title\nX,y\n".encode("utf-16"), "the column 'kind' of a contracts file is missing"),
        (bytes(range(256)), "no CSV text"),
        (b"<html><body>Sign in</body></html>", "and no table"),
        (",".join(HEADER).encode() + b'\nA,"unclosed\nB,c\n', "line 2: is no CSV"),
        (",".join(HEADER).replace("end,", "").encode() + b"\nA\n", "the column 'end' of a contracts file is missing"),
        (",".join([*HEADER, "colour"]).encode() + b"\nA\n", "line 1, column 15: 'colour' is no column"),
        (",".join([*HEADER, "end"]).encode() + b"\nA\n", "line 1, column 15: the column 'end' stands there twice"),
    ],
    ids=["empty", "blank lines", "a mark and nothing", "header only", "header and blank rows", "a spreadsheet", "a PDF",
         "another encoding", "UTF-16", "bytes", "a web page", "an open quotation", "a missing column", "an unknown column",
         "a doubled column"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_in_one_sentence(
    content: bytes, says: str, tmp_path: Path, rules: Rules
) -> None:
    path = tmp_path / "register.csv"
    path.write_bytes(content)
    with pytest.raises(FileRefused) as refused:
        bring_in(f"sqlite:///{tmp_path / 'never.db'}", path, rules)
    told = str(refused.value)
    assert says in told
    assert str(path) in told
    assert "\n" not in told
    assert not (tmp_path / "rejects").exists()


def test_a_file_that_is_not_there_is_refused(tmp_path: Path, rules: Rules) -> None:
    with pytest.raises(FileRefused, match="No such file"):
        bring_in(f"sqlite:///{tmp_path / 'never.db'}", tmp_path / "nothing.csv", rules)


def test_importing_twice_changes_nothing(town: str, tmp_path: Path, rules: Rules) -> None:
    before = holdings(town)
    for rows in (PEOPLE, CONTRACTS):
        again = bring_in(town, sheet(tmp_path, rows), rules)
        assert (again.added, again.changed, again.refused, again.milestones) == ([], [], [], 0)
        assert again.unchanged == len(rows) - 1
    assert holdings(town) == before


def test_a_dry_run_says_what_would_change_and_writes_nothing(town: str, tmp_path: Path, rules: Rules) -> None:
    before = holdings(town)
    rows = [*with_cell("APL", "end", "31/10/2023"), ["NEW", *CONTRACTS[1][1:]]]
    result = bring_in(town, sheet(tmp_path, rows), rules, dry_run=True)
    assert result.added == ["NEW"]
    assert [(one.key, one.field, one.old, one.new) for one in result.changed] == [
        ("APL", "planned_end", "August 2023", "31/10/2023")
    ]
    assert result.milestones > 0
    assert not result.written
    assert holdings(town) == before
    with reading(town) as session:
        assert str(contract(session, "APL").planned_end) == "August 2023"


def test_a_dry_run_leaves_no_reject_file_and_names_none(posts: str, tmp_path: Path, rules: Rules) -> None:
    rows, *_ = BAD_ROWS["an unknown owner"]
    result = bring_in(posts, sheet(tmp_path, rows), rules, dry_run=True)
    assert len(result.refused) == 1
    assert result.reject_file is None
    assert not (tmp_path / "rejects").exists()


def test_partial_keeps_the_good_rows_and_refuses_the_bad(posts: str, tmp_path: Path, rules: Rules) -> None:
    result = bring_in(posts, sheet(tmp_path, with_cell("FW", "owner", "Nobody")), rules, partial=True)
    refused = {refusal.line for refusal in result.refused}
    assert result.written
    # The framework is refused, and with it the call-offs that hang on it: a row is kept whole or not at all.
    assert refused == {3, 4, 5}
    assert set(result.added) == {"BLOCK", "SPOT-0001", "APL", "TUITION", "OLD"}
    with reading(posts) as session:
        assert set(session.exec(select(Contract.reference))) == set(result.added)


def test_partial_keeps_what_can_be_planned(posts: str, tmp_path: Path, rules: Rules) -> None:
    rows, *_ = BAD_ROWS["an end before the policy's rules begin"]
    result = bring_in(posts, sheet(tmp_path, rows), rules, partial=True)
    assert [refusal.line for refusal in result.refused] == [9]
    with reading(posts) as session:
        assert set(session.exec(select(Contract.reference))) == {row[0] for row in CONTRACTS[1:-1]}


def test_a_post_whose_deputy_is_refused_is_refused_with_it(
    database: str, tmp_path: Path, rules: Rules
) -> None:
    rows = [PEOPLE[0], ["A", "a@council.example", "B", ""], ["B", "b@council.example", "Nobody", ""]]
    result = bring_in(database, sheet(tmp_path, rows), rules, partial=True)
    assert [(refusal.line, refusal.name) for refusal in result.refused] == [(2, "deputy"), (3, "deputy")]
    with reading(database) as session:
        assert session.exec(select(Person)).all() == []


def test_a_changed_end_plans_anew_and_raises_the_revision_of_the_dates_that_moved(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    before = milestones(town, "BLOCK")
    result = bring_in(town, sheet(tmp_path, with_cell("BLOCK", "end", "2026-03-31")), rules)
    after = milestones(town, "BLOCK")
    assert [change.key for change in result.changed] == ["BLOCK"]
    end = after["contract end"]
    assert (str(end.earliest), end.revision, before["contract end"].revision) == ("2026-03-31", 2, 1)
    assert end.next_alert_on is not None
    assert str(end.next_alert_on) == "2024-09-30"
    moved = {name for name in before if after[name].earliest != before[name].earliest}
    assert {name for name in before if after[name].revision == 2} == moved
    with reading(town) as session:
        events = session.exec(select(audit.AuditEvent).order_by(col(audit.AuditEvent.id).desc())).first()
    assert events is not None
    assert (events.action, events.detail["changed"]) == ("import contracts", 1)


def test_a_changed_parent_is_told_as_a_change(town: str, tmp_path: Path, rules: Rules) -> None:
    result = bring_in(town, sheet(tmp_path, with_cell("FW/02", "parent", "APL")), rules)
    assert [(one.key, one.field, one.old, one.new) for one in result.changed] == [
        ("FW/02", "parent", "FW", "APL")
    ]
    with reading(town) as session:
        assert contract(session, "FW/02").parent_id == contract(session, "APL").id
    assert bring_in(town, sheet(tmp_path, with_cell("FW/02", "parent", "APL")), rules).changed == []


def test_suppliers_and_options_follow_the_file(town: str, tmp_path: Path, rules: Rules) -> None:
    rows = with_cell("FW", "suppliers", "Wren Care;Finch Care")
    rows[7][HEADER.index("extension_options")] = "1x6"
    result = bring_in(town, sheet(tmp_path, rows), rules)
    assert {(one.key, one.field) for one in result.changed} == {
        ("FW", "suppliers"),
        ("TUITION", "extension_options"),
    }
    with reading(town) as session:
        names = session.exec(
            select(Supplier.name)
            .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
            .where(ContractSupplier.contract_id == contract(session, "FW").id)
        )
        assert set(names) == {"Wren Care", "Finch Care"}
        options = session.exec(select(ExtensionOption.months))
        assert list(options) == [6]


def test_an_option_the_board_took_up_stays_taken_when_the_file_adds_another(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    with unit_of_work(town) as session:
        first = session.exec(select(ExtensionOption).order_by(col(ExtensionOption.position))).first()
        assert first is not None
        first.taken_up_on = TODAY
        session.add(first)
    bring_in(town, sheet(tmp_path, with_cell("TUITION", "extension_options", "3x12")), rules)
    with reading(town) as session:
        options = session.exec(select(ExtensionOption).order_by(col(ExtensionOption.position)))
        assert [(one.months, one.taken_up_on) for one in options] == [(12, TODAY), (12, None), (12, None)]


def test_a_parent_may_stand_below_its_child_and_columns_in_any_order(
    posts: str, tmp_path: Path, rules: Rules
) -> None:
    rows = [list(reversed(CONTRACTS[0])), *(list(reversed(row)) for row in reversed(CONTRACTS[1:]))]
    result = bring_in(posts, sheet(tmp_path, rows), rules)
    assert len(result.added) == len(CONTRACTS) - 1
    with reading(posts) as session:
        assert contract(session, "FW/01").parent_id == contract(session, "FW").id


def test_every_contract_with_a_cycle_of_its_own_has_one_and_no_other(town: str) -> None:
    with reading(town) as session:
        have = session.exec(
            select(Contract.reference, Cycle.stage).join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        )
        assert dict(have.all()) == {
            "BLOCK": "review", "FW": "review", "TUITION": "review", "OLD": "review", "APL": "needs analysis",
        }  # fmt: skip


def test_the_sample_register_comes_in_whole_and_twice_changes_nothing(
    database: str, tmp_path: Path, rules: Rules
) -> None:
    from register.importing import import_file

    for again in (False, True):
        for name in ("people", "suppliers", "contracts", "spend"):
            with unit_of_work(database) as session:
                result = import_file(session, SAMPLE / f"{name}.csv", rules, TODAY, NOW, tmp_path)
            assert result.refused == []
            assert result.changed == []
            assert bool(result.added) is not again
            assert result.written
    with reading(database) as session:
        partners = session.exec(
            select(JointAuthority).where(JointAuthority.contract_id == contract(session, "D2N2-CIC").id)
        ).all()
        assert audit.verify(session) == []
    assert len(partners) == 4
    assert [one.name for one in partners if one.lead] == ["Derbyshire County Council"]


# ---- The command line.


@pytest.fixture
def command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """`recommission register import …` in a home of its own."""
    from recommission.__main__ import app

    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", "")
    return lambda *words: CliRunner().invoke(
        app, ["register", "import", *map(str, words), "--on", str(TODAY)]
    )


def test_the_command_refuses_with_status_2_and_line_and_column(
    command: Callable[..., Any], tmp_path: Path
) -> None:
    people = command(sheet(tmp_path, PEOPLE, "people.csv"))
    assert people.exit_code == 0, people.output
    assert people.stdout.startswith("people: 5 added")
    rows, *_ = BAD_ROWS["an impossible date"]
    bad = command(sheet(tmp_path, rows, "bad.csv"))
    assert bad.exit_code == 2
    assert "bad.csv: line 7, column 9 (end):" in bad.stderr
    assert "Nothing was written" in bad.stdout
    assert (tmp_path / "home" / "rejects" / "bad.rejected.csv").exists()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"PK\x03\x04\0\0",
        b"%PDF-1.7\n1 0 obj\n",
        b"colour,shape\nred,round\n",
        b"reference\nA\n",
    ],
)
def test_the_command_refuses_a_file_in_one_line(
    content: bytes, command: Callable[..., Any], tmp_path: Path
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    refused = command(path)
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert len(refused.stderr.splitlines()) == 1
    assert isinstance(refused.exception, SystemExit)


def test_the_command_speaks_to_machines(command: Callable[..., Any], tmp_path: Path) -> None:
    command(sheet(tmp_path, PEOPLE))
    told = json.loads(command(sheet(tmp_path, CONTRACTS), "--json").stdout)
    assert told["written"]
    assert len(told["added"]) == len(CONTRACTS) - 1
    rows, *_ = BAD_ROWS["an impossible date"]
    refused = command(sheet(tmp_path, rows), "--json", "--dry-run")
    told = json.loads(refused.stdout)
    assert refused.exit_code == 2
    assert not told["written"]
    assert [(one["line"], one["column"], one["name"]) for one in told["refused"]] == [(7, 9, "end")]
