"""Frameworks, lists, placements and payments: who is on them, what is called off, what is spent, who hears of it."""

import csv
import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from sqlmodel import Session, col, func, select

from flows import register_watch
from flows.context import Context
from lifecycle.financial_years import FinancialYear
from models import audit
from models.alerts import Notification
from models.business import ExceptionReport
from models.call_offs import uses
from models.contracts import ContractSupplier, Lot, Payment, Placement
from models.people import Supplier
from models.planning import Rules
from models.session import reading, unit_of_work
from register import ceilings, members, spend_report, spot
from register.members import MemberRefused
from register.paid_under import Standing
from tests.register.test_asking import home, run, village
from tests.town import HEADER, LIGHT, NOW, TEACHING, TODAY, bring_in, contract, sheet

__all__ = ["home", "village"]

PLACEMENTS = ["placement", "supplier", "start", "end", "weekly_fee", "notice_days", "source", "off_framework", "parent"]  # fmt: skip
JOINED, LEFT = date(2022, 9, 1), date(2023, 3, 31)


def supplier(session: Session, name: str = "Wren Care") -> Supplier:
    return session.exec(select(Supplier).where(Supplier.name == name)).one()


def add_row(reference: str, kind: str, parent: str, start: str, regime: str = LIGHT) -> list[str]:
    return [reference, "Called off", kind, parent, "Children", TEACHING, "Wren Care", start, "2026-08-31", "", "1", regime, "", ""]  # fmt: skip


def test_a_supplier_joins_and_leaves_and_each_is_taken_back(village: str) -> None:
    with unit_of_work(village) as session:
        apl, wren = contract(session, "APL"), supplier(session)
        session.add_all(Lot(contract_id=apl.id or 0, name=name) for name in ("Day", "Boarding"))
        session.flush()
        before = members.membership(session, apl, wren)
        on = members.join(session, apl, wren, "Day", JOINED, "x", NOW)
        assert (on.present, on.lots, on.joined_on) == (True, ("Day",), "2022-09-01")
        assert members.join(session, apl, wren, "Day", JOINED, "x", NOW) == on
        assert members.join(session, apl, wren, "Boarding", JOINED, "x", NOW).lots == ()  # on both is on all
        assert members.leave(session, apl, wren, "Day", LEFT, "x", NOW).lots == ("Boarding",)
        gone = members.leave(session, apl, wren, "Boarding", LEFT, "x", NOW)
        assert (gone.present, gone.left_on) == (False, "2023-03-31")
        assert members.take_back(session, apl, wren, "x", NOW).present
        with pytest.raises(MemberRefused, match="Nothing is to be taken back"):
            members.take_back(session, apl, wren, "x", NOW)
        assert not before.on and not audit.verify(session)


@pytest.mark.parametrize(
    ("name", "lot", "on", "why"),
    [
        ("Wren Care", "Nights", JOINED, "has no lot “Nights”; it has no lots on record"),
        ("Wren Care", "", JOINED, "Wren Care is not on APL"),
    ],
)
def test_who_is_not_there_cannot_leave(village: str, name: str, lot: str, on: date, why: str) -> None:
    with unit_of_work(village) as session, pytest.raises(MemberRefused, match=why):
        members.leave(session, contract(session, "APL"), supplier(session, name), lot, on, "x", NOW)


def test_an_older_file_does_not_bring_back_who_left(village: str, rules: Rules, tmp_path: Path) -> None:
    with unit_of_work(village) as session:
        members.leave(session, contract(session, "FW"), supplier(session), "", TODAY, "x", NOW)
    row = ["FW", "Children in care framework", "framework", "", "Children", "Commissioning Manager, Placements", "Larkgarth Homes;Wren Care", "2020-04-01", "2026-03-31", "", "6", LIGHT, "", ""]  # fmt: skip
    done = bring_in(village, sheet(tmp_path, [HEADER, row], "again.csv"), rules, on=JOINED)
    assert (done.unchanged, done.refused) == (1, [])
    with reading(village) as session:
        links = session.exec(
            select(ContractSupplier).where(ContractSupplier.contract_id == contract(session, "FW").id)
        )
        assert [one.left_on for one in links] == [None, TODAY]


def test_an_ended_list_gives_no_call_off_and_its_placements_go_on(
    town: str, rules: Rules, tmp_path: Path
) -> None:
    rows = [
        HEADER,
        add_row("APL/1", "call-off", "APL", "2023-10-01"),
        add_row("APL/2", "call-off", "APL", "2023-08-31"),
    ]
    done = bring_in(town, sheet(tmp_path, rows, "late.csv"), rules, partial=True)
    [refused] = done.refused
    assert (refused.line, refused.name) == (2, "start")
    assert "after APL ended on 31 August 2023: nothing can be called off" in refused.reason
    assert done.added == ["APL/2"]  # begun in time, it may outlive the list
    live = [PLACEMENTS, ["SPOT-0002", "Wren Care", "2023-10-01", "", "4000", "", "", "no", "APL"]]
    assert not bring_in(town, sheet(tmp_path, live, "live.csv"), rules).refused


def test_call_offs_count_against_the_ceiling_and_each_step_is_told_once(town: str, rules: Rules) -> None:
    with unit_of_work(town) as session:
        contract(session, "FW").ceiling = Decimal(1000)
        one, other = contract(session, "FW/01"), contract(session, "FW/02")
        one.value, one.value_per = Decimal(100), "year"  # type: ignore[assignment]  # six years of it
        other.value = Decimal(210)
        session.flush()
        [use] = uses(session)
        assert (use.used, use.share, len(use.call_offs)) == (Decimal(810), Decimal("0.81"), 2)
        [notice] = ceilings.notices(session, rules.policy)
        assert notice.subject == "FW: 80 per cent of its ceiling is used"
        assert "£190 is left." in notice.lines
        other.value = Decimal(420)
        session.flush()
        [over] = ceilings.notices(session, rules.policy)
        assert over.subject == "FW: its ceiling is reached" and over.key != notice.key
        assert "That is £20 more than it may come to." in over.lines


def many(town: str, rules: Rules, folder: Path, count: int) -> None:
    rows = [
        [f"SPOT-1{at:03}", "Wren Care", "2022-04-10", "2022-12-31", f"{3000 + at}", "28", "directory", "yes" if at % 3 else "no", ""]
        for at in range(count)
    ]  # fmt: skip
    done = bring_in(town, sheet(folder, [PLACEMENTS, *rows], "many.csv"), rules)
    assert (done.added_count, done.refused) == (count, [])


def test_placements_come_in_bulk_and_twice_changes_nothing(town: str, rules: Rules, tmp_path: Path) -> None:
    many(town, rules, tmp_path, 9)
    again = bring_in(town, tmp_path / "many.csv", rules)
    assert (again.added_count, again.changed_count, again.unchanged) == (0, 0, 9)
    text = (tmp_path / "many.csv").read_text().replace("3004", "3500")
    (tmp_path / "many.csv").write_text(text)
    changed = bring_in(town, tmp_path / "many.csv", rules)
    assert [(one.key, one.field, one.new) for one in changed.changed] == [("SPOT-1004", "weekly_fee", "3500")]
    with reading(town) as session:
        made = spot.report(session, date(2022, 4, 1), date(2022, 4, 30))
        assert (made.in_force, made.off_framework, made.under_framework, made.not_known) == (10, 6, 3, 1)
        assert made.weekly == sum(range(3000, 3009)) + 496
        regime = contract(session, "SPOT-1001").regime
        assert regime == "PCR 2015 light touch"  # the law of the day it began
        assert session.exec(select(func.count()).select_from(Placement)).one() == 9


@pytest.mark.parametrize(
    ("cell", "value", "why"),
    [
        (0, "JS120514", "looks like initials and a birth date"),
        (0, "Jamie Smith", "has no number in it"),
        (1, "", "is empty"),
        (4, "-5", "must not be negative"),
        (8, "NOWHERE", "is not known"),
    ],
)
def test_a_placement_that_tells_who_or_does_not_hold_is_refused(village: str, rules: Rules, tmp_path: Path, cell: int, value: str, why: str) -> None:  # fmt: skip
    row = ["SPOT-0009", "Wren Care", "2022-05-01", "", "4000", "28", "", "yes", ""]
    row[cell] = value
    [refused] = bring_in(village, sheet(tmp_path, [PLACEMENTS, row], "one.csv"), rules).refused
    assert why in refused.reason and (cell or value not in refused.reason)


def test_the_board_hears_once_a_year_of_a_provider_bought_too_often(
    sample_register: Path, tmp_path: Path, rules: Rules, home: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from config.settings import load_settings

    rows = [
        [f"SPOT-2{at:03}", "Homes2Inspire", "2022-04-10", "2022-12-31", "3000", "28", "", "yes", ""]
        for at in range(9)
    ]
    bring_in(home, sheet(tmp_path, [PLACEMENTS, *rows], "often.csv"), rules)
    now = Context(load_settings(), rules, TODAY, datetime(2022, 4, 25, 7, tzinfo=UTC))
    with unit_of_work(home) as session:
        contract(session, "D2N2-CIC").ceiling = Decimal(1000)
        session.flush()
        assert register_watch.watch(session, now) == {"ceilings": 1, "exceptions": 1}
        assert register_watch.watch(session, now) == {"ceilings": 0, "exceptions": 0}
        [raised] = session.exec(select(ExceptionReport)).all()
        assert raised.trigger == "Homes2Inspire was bought spot 9 times in 2022/23"
        assert "its ceiling is reached" in session.exec(select(col(Notification.subject))).one()


def payments(path: Path, rows: Sequence[Sequence[str]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def test_a_councils_payments_come_in_and_twice_changes_nothing(home: str, tmp_path: Path) -> None:
    path = payments(
        tmp_path / "Spend over 500.csv",
        [
            ["Exampleshire: payments over £500", "", "", "", ""],
            ["Supplier Name", "Payment Date", "Net Amount", "Transaction Number", "Description"],
            ["Homes2Inspire", "03/07/2022", "£26,000.00", "9001", "Placement of a child"],
            ["Homes2Inspire", "03/07/2022", "£26,000.00", "9001", "Another of the same"],
            ["Wren Stationery", "04/08/2022", "(1,100.00)", "9002", "Credit"],
            ["Wren Stationery", "05/08/2022", "2,100.00", "9003", "Paper"],
            ["Wren Stationery", "41/08/2022", "1.00", "9004", "No such day: the child"],
        ],
    )
    words = ("register", "import-spend", str(path), "--on", "2022-09-01", "--partial", "--json")
    assert "nothing" in run("register", "import-spend", str(path), status=2).casefold()
    first = json.loads(run(*words, status=2))
    assert (first["added_count"], first["refused_count"]) == (4, 1)
    assert "child" not in Path(first["reject_file"]).read_text(encoding="utf-8-sig")
    again = json.loads(run(*words, status=2))
    assert (again["added_count"], again["unchanged"]) == (0, 4)
    with reading(home) as session:
        made = spend_report.report(session, FinancialYear(2022))
        assert made.pounds == 53000
        assert made.under[Standing.CONTRACT] == 52000  # by its one contract in force on the day
        assert made.under[Standing.NONE] == 1000
        assert [(one.supplier, sorted(one.months)) for one in made.suppliers] == [("Homes2Inspire", ["2022-07"]), ("Wren Stationery", ["2022-08"])]  # fmt: skip
        [block] = [one for one in made.contracts if one.reference == "H2I-BLOCK"]
        assert block.year == 52000
        kept = {*Payment.model_fields}
        assert kept == {"id", "key", "supplier_id", "contract_id", "paid_on", "amount"}
    assert "£53,000.00 to 2 suppliers" in run("report", "spend", "--year", "2022/23")
    assert "104 at any time in it" in run("report", "spot", "--from", "2021-04-01", "--to", "2022-03-31")
