"""Every import is on record; rows go in by chunks and hold together across them; what ended may come in as history."""

import os
import shutil
import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from lifecycle.partial_dates import PartialDate
from lifecycle.stages import Kind
from models.alerts import Notification, Purpose
from models.contracts import Contract, ContractSupplier
from models.cycles import Cycle, Milestone
from models.imports import ImportChange, ImportRun
from models.people import NO_OWNER, Person, Scheme, Supplier, SupplierIdentifier
from models.planning import Rules, replan
from models.session import engine, reading, unit_of_work
from register import importing
from register.importing import ImportResult, import_reading
from register.reading import open_reading
from register.rows import Notes, Party, Reading, Refused, Row
from tests.town import (
    CONTRACTS,
    HEADER,
    NOW,
    PEOPLE,
    TODAY,
    bring_in,
    contract,
    cycle,
    milestones,
    sheet,
    sweep,
    with_cell,
)

SAMPLE = Path(__file__).parents[2] / "register" / "sample"


@pytest.fixture
def town(sqlite_town: Path, tmp_path: Path) -> Iterator[str]:
    """The small council: nothing here differs between databases."""
    shutil.copy(sqlite_town, tmp_path / "town.db")
    yield f"sqlite:///{tmp_path / 'town.db'}"
    engine(f"sqlite:///{tmp_path / 'town.db'}").dispose()


@pytest.fixture
def empty(sqlite_template: Path, tmp_path: Path) -> Iterator[str]:
    """A record without anything."""
    shutil.copy(sqlite_template, tmp_path / "empty.db")
    yield f"sqlite:///{tmp_path / 'empty.db'}"
    engine(f"sqlite:///{tmp_path / 'empty.db'}").dispose()


def run_of(url: str, source: Reading | Path, rules: Rules, folder: Path, **options: Any) -> ImportResult:
    opened = open_reading(source) if isinstance(source, Path) else source
    with unit_of_work(url) as session:
        return import_reading(session, opened, rules, TODAY, NOW, "tests", folder / "rejects", **options)


def runs(url: str) -> list[ImportRun]:
    with reading(url) as session:
        found = list(session.exec(select(ImportRun).order_by(col(ImportRun.id))))
        session.expunge_all()
        return found


def changes(url: str, run: int | None) -> list[tuple[str, str, str, str]]:
    with reading(url) as session:
        rows = session.exec(
            select(ImportChange).where(ImportChange.run_id == run).order_by(col(ImportChange.id))
        )
        return [(one.key, one.field, one.old, one.new) for one in rows]


# ---- What is on record of a run.


def test_a_run_is_on_record_with_each_row_it_added_and_each_field_it_changed(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    rows = [*with_cell("APL", "end", "31/10/2023"), ["NEW", *CONTRACTS[1][1:]]]
    rows[8][HEADER.index("owner")] = PEOPLE[1][0]
    path = sheet(tmp_path, rows)
    result = bring_in(town, path, rules)
    run = runs(town)[-1]
    assert run.id == result.run
    assert (run.file, run.kind, run.by, run.on, run.written) == (
        "register.csv",
        "contracts",
        "import",
        TODAY,
        True,
    )
    assert (run.rows, run.added, run.changed, run.unchanged, run.refused) == (9, 1, 2, 6, 0)
    assert sorted(changes(town, run.id)) == [
        ("APL", "planned_end", "August 2023", "31/10/2023"),
        ("NEW", "", "", ""),
        ("OLD", "owner", PEOPLE[2][0], PEOPLE[1][0]),
    ]


def test_a_refused_run_is_on_record_and_wrote_nothing_and_a_dry_run_is_not(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    before = len(runs(town))
    path = sheet(tmp_path, [*with_cell("APL", "end", "31/02/2023"), ["NEW", *CONTRACTS[1][1:]]])
    assert bring_in(town, path, rules, dry_run=True).run is None
    assert len(runs(town)) == before
    result = bring_in(town, path, rules)
    run = runs(town)[-1]
    assert (run.written, run.refused, run.reject_file) == (False, 1, str(result.reject_file))
    assert changes(town, run.id) == []


def test_a_reject_file_is_mended_and_imported_as_it_is(town: str, tmp_path: Path, rules: Rules) -> None:
    rows = with_cell("APL", "end", "31/02/2023")
    rows[2][1] = 'A title, with "quotes"\nand £'
    result = bring_in(town, sheet(tmp_path, rows), rules, partial=True)
    assert result.reject_file
    mended = tmp_path / "mended.csv"
    text = result.reject_file.read_text(encoding="utf-8-sig")
    mended.write_text(text.replace("31/02/2023", "28/02/2023", 1), encoding="utf-8-sig")
    again = bring_in(town, mended, rules)
    assert (again.refused, again.changed_count, again.rows) == ([], 1, 1)
    with reading(town) as session:
        assert str(contract(session, "APL").planned_end) == "28/02/2023"
        assert contract(session, "FW").title == rows[2][1]


def test_a_date_that_was_told_and_moves_is_corrected_once(town: str, tmp_path: Path, rules: Rules) -> None:
    day = date(2024, 10, 1)
    sweep(town, rules, day)  # the end's first alert, six months before, was told
    path = sheet(tmp_path, with_cell("BLOCK", "end", "2025-06-30"))
    assert bring_in(town, path, rules, on=day).milestones > 0
    for later in (1, 2):
        sweep(town, rules, day.replace(day=day.day + later))
    with reading(town) as session:
        told = session.exec(select(Notification.body).where(Notification.purpose == Purpose.CORRECTION)).all()
        block = [body for body in told if "BLOCK" in body]
    assert len(block) == len({*block}) >= 1
    assert all("the register was changed" in body for body in block)
    assert any("30 June 2025" in body for body in block)
    assert bring_in(town, path, rules, on=day).milestones == 0


# ---- Chunks.


@pytest.fixture
def of_two(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows go in by two."""
    monkeypatch.setattr(importing, "CHUNK", 2)


@pytest.mark.usefixtures("of_two")
def test_parents_below_their_children_are_found_in_later_chunks(
    empty: str, tmp_path: Path, rules: Rules
) -> None:
    bring_in(empty, sheet(tmp_path, [PEOPLE[0], *reversed(PEOPLE[1:])]), rules)
    result = bring_in(empty, sheet(tmp_path, [CONTRACTS[0], *reversed(CONTRACTS[1:])]), rules)
    assert (result.refused, result.added_count) == ([], len(CONTRACTS) - 1)
    with reading(empty) as session:
        assert contract(session, "FW/01").parent_id == contract(session, "FW").id
        officer = session.exec(select(Person).where(Person.title == PEOPLE[3][0])).one()
        assert officer.manager_id is not None


@pytest.mark.usefixtures("of_two")
def test_what_hangs_on_a_refused_row_is_refused_with_it_whatever_the_chunks(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    chain = [
        [f"N{number}", *CONTRACTS[3][1:3], f"N{number + 1}", *CONTRACTS[3][4:]] for number in range(7)
    ]  # each names the next, the last one that is not there
    result = bring_in(
        town, sheet(tmp_path, [HEADER, *chain, ["FREE", *CONTRACTS[1][1:]]]), rules, partial=True
    )
    assert [refusal.line for refusal in result.refused] == [2, 3, 4, 5, 6, 7, 8]
    assert (result.added, result.rows) == (["FREE"], 8)
    with reading(town) as session:
        assert not session.exec(select(Contract).where(col(Contract.reference).startswith("N"))).all()


@pytest.mark.usefixtures("of_two")
def test_a_reference_that_stood_in_an_earlier_chunk_is_refused(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    result = bring_in(town, sheet(tmp_path, [*CONTRACTS, CONTRACTS[1]]), rules, partial=True)
    assert [(one.line, one.reason) for one in result.refused] == [(10, '"BLOCK" stands in line 2 already')]
    assert result.unchanged == 8


def test_the_progress_is_told_to_its_end(town: str, tmp_path: Path, rules: Rules) -> None:
    told: list[float] = []
    run_of(town, sheet(tmp_path, CONTRACTS), rules, tmp_path, progress=told.append)
    assert told == sorted(told)
    assert told[-1] == 1


# ---- What is written.


def test_a_new_contract_is_planned_as_the_record_would_plan_it(
    sample_register: Path, tmp_path: Path, rules: Rules
) -> None:
    shutil.copy(sample_register, tmp_path / "sample.db")
    with unit_of_work(f"sqlite:///{tmp_path / 'sample.db'}") as session:
        assert session.exec(select(Milestone.id)).all()
        assert replan(session, session.exec(select(Contract)).all(), rules, TODAY, "anew") == 0


def test_a_column_that_the_file_does_not_have_leaves_what_the_record_knows(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    gone = [
        HEADER.index(name) for name in ("notice_months", "successor_start", "extension_options", "parent")
    ]
    rows = [[cell for at, cell in enumerate(row) if at not in gone] for row in CONTRACTS]
    result = bring_in(town, sheet(tmp_path, rows), rules)
    assert (result.changed, result.unchanged, result.milestones) == ([], 8, 0)


def test_a_supplier_that_stays_keeps_the_day_it_joined_on(town: str, tmp_path: Path, rules: Rules) -> None:
    with unit_of_work(town) as session:
        for link in session.exec(
            select(ContractSupplier).where(ContractSupplier.contract_id == contract(session, "FW").id)
        ):
            link.joined_on = date(2020, 4, 1)
            session.add(link)
    bring_in(town, sheet(tmp_path, with_cell("FW", "suppliers", "Wren Care;Finch Care")), rules)
    with reading(town) as session:
        joined = session.exec(
            select(col(Supplier.name), col(ContractSupplier.joined_on))
            .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
            .where(ContractSupplier.contract_id == contract(session, "FW").id)
        )
        assert dict(joined.all()) == {"Wren Care": date(2020, 4, 1), "Finch Care": None}


def test_numbers_of_suppliers_are_kept_by_their_register_and_importing_twice_changes_nothing(
    empty: str, tmp_path: Path, rules: Rules
) -> None:
    rows = [
        ["name", "company_number", "charity_number", "ofsted_urn", "sme"],
        ["Wren Care", "1234567", "", "1234567;7654321", "yes"],
        ["Finch Homes", "", "1012345", "", ""],
    ]
    assert bring_in(empty, sheet(tmp_path, rows), rules).added == ["Wren Care", "Finch Homes"]
    again = bring_in(empty, sheet(tmp_path, rows), rules)
    assert (again.changed, again.unchanged) == ([], 2)
    rows[2][1] = "07654321"
    assert [
        (one.key, one.field, one.new) for one in bring_in(empty, sheet(tmp_path, rows), rules).changed
    ] == [("Finch Homes", "company_number", "07654321")]
    with reading(empty) as session:
        kept = session.exec(select(SupplierIdentifier.scheme, SupplierIdentifier.identifier))
        assert set(kept.all()) == {
            (Scheme.COMPANY, "01234567"), (Scheme.COMPANY, "07654321"), (Scheme.CHARITY, "1012345"),
            (Scheme.OFSTED, "1234567"), (Scheme.OFSTED, "7654321"),
        }  # fmt: skip


class Listed:
    """A reading of rows that were read already, as a file of OCDS gives them."""

    layout, mapping, digest = "contracts", "", ""

    def __init__(self, folder: Path, rows: list[dict[str, Any]]) -> None:
        self.path, self.notes, self._rows = folder / "listed.json", Notes(), rows
        self.header: tuple[str, ...] = ("reference",)
        self.places = {"reference": 0}

    def rows(self) -> Iterator[Row | Refused]:
        """The rows."""
        for line, values in enumerate(self._rows, 1):
            yield Row(line, (values["reference"],), values)

    def progress(self) -> float:
        """All of it."""
        return 1.0


def test_rows_may_each_say_something_else_and_who_owns_them_is_nobody(
    empty: str, tmp_path: Path, rules: Rules
) -> None:
    least: dict[str, Any] = {"title": "Advocacy", "regime": "below threshold", "owner": NO_OWNER}
    rows: list[dict[str, Any]] = [
        {"reference": "A", **least, "suppliers": (Party("Finch Voices", ((Scheme.COMPANY, "01234567"),)),)},
        {"reference": "B", **least, "kind": Kind.BLOCK, "value_per": None, "extension_options": (12,)},
        {"reference": "C", **least, "end": PartialDate.parse("2027-03-31"), "parent": "B"},
    ]
    result = run_of(empty, Listed(tmp_path, rows), rules, tmp_path)
    assert (result.refused, result.added, result.posts_made) == ([], ["A", "B", "C"], [NO_OWNER])
    with reading(empty) as session:
        assert [contract(session, one).kind for one in "ABC"] == ["contract", "block", "contract"]
        assert contract(session, "C").parent_id == contract(session, "B").id
        assert contract(session, "A").department == ""
    assert run_of(empty, Listed(tmp_path, rows), rules, tmp_path).changed == []


# ---- History.


def test_what_ended_comes_in_live_and_is_told_or_as_history_where_that_is_asked(
    empty: str, tmp_path: Path, rules: Rules
) -> None:
    bring_in(empty, sheet(tmp_path, PEOPLE), rules)
    path = sheet(tmp_path, CONTRACTS)
    told = run_of(empty, path, rules, tmp_path, dry_run=True)
    assert (told.ended, told.history) == (1, 0)
    result = run_of(empty, path, rules, tmp_path, ended_before=TODAY)
    assert (result.ended, result.history) == (0, 1)
    with reading(empty) as session:
        old = contract(session, "OLD")
        assert (old.actual_end, old.in_force) == (date(2021, 12, 31), False)
        assert not session.exec(select(Cycle).where(Cycle.contract_id == old.id)).all()
        assert contract(session, "BLOCK").in_force
    assert milestones(empty, "OLD") == {}
    assert run_of(empty, path, rules, tmp_path, ended_before=TODAY).changed == []
    assert run_of(empty, path, rules, tmp_path).changed == []


def test_a_known_contract_becomes_history_unless_its_cycle_has_begun(
    town: str, tmp_path: Path, rules: Rules
) -> None:
    rows = with_cell("TUITION", "end", "2022-01-31")
    with unit_of_work(town) as session:
        begun = cycle(session, "TUITION")
        begun.opened = 1
        session.add(begun)
    result = run_of(town, sheet(tmp_path, rows), rules, tmp_path, ended_before=TODAY)
    assert (result.history, result.left_live) == (1, 1)
    with reading(town) as session:
        assert contract(session, "OLD").actual_end == date(2021, 12, 31)
        assert contract(session, "TUITION").actual_end is None
    assert all(one.met_on for one in milestones(town, "OLD").values())


# ---- Nothing half-written.


def test_a_process_killed_in_the_middle_leaves_nothing(town: str, tmp_path: Path, rules: Rules) -> None:
    path = sheet(tmp_path, [HEADER, *([f"K{number}", *CONTRACTS[1][1:]] for number in range(700))])
    before = len(runs(town))
    engine(town).dispose()  # a connection is not to be shared with a child
    child = os.fork()
    if not child:
        kill = lambda done: os.kill(os.getpid(), signal.SIGKILL) if done > 0 else None  # noqa: E731
        run_of(town, path, rules, tmp_path, progress=kill)
        os._exit(0)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    with reading(town) as session:
        assert not session.exec(select(Contract).where(col(Contract.reference).startswith("K"))).all()
        assert len(session.exec(select(Milestone.contract_id).distinct()).all()) <= 8
    assert len(runs(town)) == before
    assert run_of(town, path, rules, tmp_path).added_count == 700


# ---- The command.

FOREIGN = (
    "Contract ref;Contract title;Supplier;Start date;End date;Contract owner;Annual value\n"
    "C1;Home tuition;Wren Tuition Ltd;01/09/2023;31/08/2027;Commissioning Manager;£120,000\n"
    "C2;Advocacy;Finch Voices;01/04/2024;;Commissioning Manager;80k\n"
    "C3;Mediation;Finch Voices;01/04/2019;31/03/2022;Commissioning Officer;£15,000\n"
)


@pytest.fixture
def register(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sqlite_template: Path) -> Callable[..., Any]:
    """`recommission register …` in a home of its own."""
    from recommission.__main__ import app

    (tmp_path / "home").mkdir()
    shutil.copy(sqlite_template, tmp_path / "home" / "recommission.db")
    monkeypatch.setenv("RECOMMISSION_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("RECOMMISSION_DATABASE_URL", "")
    return lambda *words: CliRunner().invoke(app, ["register", *map(str, words)])


def test_a_foreign_file_is_shown_as_it_is_read_and_its_mapping_is_kept(
    register: Callable[..., Any], tmp_path: Path
) -> None:
    path, kept = tmp_path / "our contracts.csv", tmp_path / "home" / "mappings" / "our contracts.toml"
    path.write_text(FOREIGN, encoding="utf-8")
    shown = register("import", path, "--dry-run", "--on", "2026-04-27")
    assert shown.exit_code == 0, shown.output
    assert "Contract ref" in shown.stderr
    assert not kept.exists()
    done = register("import", path, "--on", "2026-04-27", "--department", "Children")
    assert done.exit_code == 0, done.output
    assert str(kept) in done.stderr
    assert "contracts: 3 added" in done.stdout
    assert "Your register: 3 contracts" in done.stdout
    assert "1 without an end date" in done.stdout
    assert "--ended-before 2026-04-27" in done.stdout
    assert "Commissioning Manager; Commissioning Officer" in done.stdout
    again = register("import", path, "--on", "2026-04-27", "--department", "Children")
    assert "0 added, 0 changed, 3 unchanged" in again.stdout
    assert "Your register" not in again.stdout
    named = register("import", path, "--on", "2026-04-27", "--mapping", kept, "--department", "Children")
    assert "3 unchanged" in named.stdout


def test_the_runs_and_what_each_changed_are_listed(register: Callable[..., Any], tmp_path: Path) -> None:
    register("import", sheet(tmp_path, PEOPLE, "people.csv"), "--on", TODAY)
    listed = register("runs", "--json")
    assert '"added": 5' in listed.stdout
    assert "people.csv" in register("runs").stdout
    assert register("runs", "1").stdout.count(": added") == 5
    assert register("runs", "9").exit_code == 2


def test_a_constant_for_a_file_in_our_own_columns_is_refused(
    register: Callable[..., Any], tmp_path: Path
) -> None:
    refused = register("import", sheet(tmp_path, CONTRACTS), "--department", "Children")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (2, 1)
