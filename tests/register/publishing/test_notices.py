"""Which notices are due, for a table of cases; what is recorded as published is not due; a draft makes nothing up."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import Session, select

from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage, Verdict
from models import audit
from models.columns import identity
from models.contracts import (
    AnnualValue,
    Contract,
    ContractSupplier,
    ExtensionOption,
    Payment,
    ProcurementNotice,
    Vat,
)
from models.cycles import Cycle, VerdictRecord
from models.imports import Alike, Answer, Likeness
from models.people import Person, Supplier
from models.planning import Rules
from models.session import unit_of_work
from register.publishing.draft_page import page
from register.publishing.drafts import as_data, draft
from register.publishing.due import due
from register.publishing.published import NoticeRefused, record_published, take_back
from tests.register.publishing.hostile import FORMULA, opened

TODAY = date(2026, 5, 25)
AT = datetime(2026, 5, 25, 9, tzinfo=UTC)
LIGHT = Regime.PA_2023_LIGHT_TOUCH


@pytest.fixture
def session(sqlite_template: Path, tmp_path: Path) -> Any:
    """A register of two posts and two suppliers."""
    import shutil

    shutil.copy(sqlite_template, tmp_path / "notices.db")
    with unit_of_work(f"sqlite:///{tmp_path / 'notices.db'}") as session:
        session.add_all(
            [Person(title="Manager", email="m@council.example"), Supplier(name="Wren Care", sme=True)]
        )
        session.flush()
        yield session
        session.rollback()


def add(session: Session, **facts: Any) -> Contract:
    """A contract of the Act in force since 1 April 2026, entered into on 20 March, but for these facts."""
    usual: dict[str, Any] = {
        "reference": "C", "title": "A service", "kind": Kind.CONTRACT, "department": "Children", "owner_id": 1,
        "registered_on": date(2026, 3, 1), "regime": LIGHT, "signed_on": date(2026, 3, 20), "value": Decimal(900000),
        "start_date": PartialDate.parse("2026-04-01"), "planned_end": PartialDate.parse("2030-03-31"), "value_vat": Vat.GROSS,
    }  # fmt: skip
    contract = Contract(**usual | facts)
    session.add(contract)
    session.flush()
    return contract


def cycle(session: Session, contract: Contract, stage: Stage) -> Cycle:
    made = Cycle(contract_id=identity(contract), stage=stage, stage_since=date(2026, 5, 1))
    session.add(made)
    session.flush()
    return made


def told(session: Session, rules: Rules, today: date = TODAY) -> dict[str, tuple[date | None, bool]]:
    """The notices due of contracts: the last day, and whether it is overdue."""
    found = due(session, rules.policy, today)
    return {one.code: (one.last_day, one.overdue) for one in found if one.reference}


def abandoned(session: Session) -> None:
    contract = add(session, signed_on=None, in_force=False, start_date=PartialDate.parse("2027-09-01"))
    at = cycle(session, contract, Stage.RECOMMISSION)
    session.add(
        VerdictRecord(
            cycle_id=identity(at), on=date(2026, 5, 11), stage=Stage.PROCUREMENT, cycle_version=1, verdict=Verdict.ABANDON,
            minute="7", reason="too dear", effective_on=date(2026, 5, 11), recorded_at=AT,
        )
    )  # fmt: skip


def paid(session: Session, amount: int, began: date | None) -> None:
    contract = add(session, signed_on=None, in_force=True, start_date=PartialDate.parse("2026"))
    session.add(
        Payment(
            key="1", supplier_id=1, contract_id=contract.id, paid_on=date(2026, 6, 15), amount=Decimal(amount)
        )
    )
    if began:
        session.add(ProcurementNotice(contract_id=contract.id, code="UK4", published_on=began))


def in_stage(stage: Stage, **facts: Any) -> Callable[[Session], object]:
    new = {"signed_on": None, "in_force": False, "start_date": PartialDate.parse("2027-09-01")}
    return lambda session: cycle(session, add(session, **new | facts), stage)


def extended(session: Session) -> None:
    contract = add(session, regime=Regime.PA_2023, signed_on=date(2025, 3, 3))
    session.add(
        ExtensionOption(contract_id=identity(contract), position=1, months=12, taken_up_on=date(2026, 5, 11))
    )


def entered_twice(session: Session) -> None:
    contract = identity(add(session, actual_end=date(2026, 5, 1), in_force=False))
    session.add(
        Likeness(
            what=Alike.CONTRACTS, one_id=contract, other_id=contract + 1, why="", score=1, answer=Answer.SAME,
            undo={"contract": contract},
        )
    )  # fmt: skip


SUMMER = date(2026, 7, 1)
CASES: dict[str, tuple[Callable[[Session], object], date, dict[str, tuple[date | None, bool]]]] = {
    "light touch: 120 days": (add, TODAY, {"UK6": (None, True), "UK7": (date(2026, 7, 17), False)}),
    "not light touch: 30 days": (
        lambda s: add(s, regime=Regime.PA_2023), TODAY, {"UK6": (None, True), "UK7": (date(2026, 4, 18), True)},
    ),
    "the day of entry not known: its start is the latest": (
        lambda s: add(s, signed_on=None), TODAY, {"UK6": (None, True), "UK7": (date(2026, 7, 29), False)},
    ),
    "neither known": (lambda s: add(s, signed_on=None, start_date=None), TODAY, {}),
    "the old regulations": (lambda s: add(s, regime=Regime.PCR_2015_LIGHT_TOUCH), TODAY, {}),
    "health services": (lambda s: add(s, regime=Regime.PSR_2023), TODAY, {}),
    "entered before the Act": (lambda s: add(s, signed_on=date(2025, 2, 23)), TODAY, {}),
    "below the threshold, £30,000": (
        lambda s: add(s, regime=Regime.BELOW_THRESHOLD, value=Decimal(30000)), TODAY, {"UK7": (None, False)},
    ),
    "below the threshold, less": (lambda s: add(s, regime=Regime.BELOW_THRESHOLD, value=Decimal(29999)), TODAY, {}),
    "below the threshold, less but for VAT": (
        lambda s: add(s, regime=Regime.BELOW_THRESHOLD, value=Decimal(25000), value_vat=Vat.NET), TODAY, {"UK7": (None, False)},
    ),
    "by user choice": (
        lambda s: add(s, procedure="User-choice direct award", actual_end=date(2026, 5, 1), in_force=False), TODAY, {},
    ),
    "ended early": (
        lambda s: add(s, actual_end=date(2026, 5, 1), in_force=False), TODAY,
        {"UK6": (None, True), "UK7": (date(2026, 7, 17), False), "UK11": (date(2026, 5, 30), False)},
    ),
    "expired in a month": (
        lambda s: add(s, signed_on=date(2025, 3, 3), planned_end=PartialDate.parse("April 2026")), TODAY,
        {"UK6": (None, True), "UK7": (date(2025, 6, 30), True), "UK11": (date(2026, 5, 29), False)},
    ),
    "closed because it stands on the register twice": (entered_twice, TODAY, {}),
    "in procurement": (in_stage(Stage.PROCUREMENT), TODAY, {"UK4": (None, False)}),
    "in procurement under the old regulations": (in_stage(Stage.PROCUREMENT, regime=Regime.PCR_2015), TODAY, {}),
    "what follows a contract of the old regulations": (
        lambda s: cycle(s, add(s, regime=Regime.PCR_2015_LIGHT_TOUCH), Stage.PROCUREMENT), TODAY, {"UK4": (None, False)},
    ),
    "awarded, not yet entered into": (in_stage(Stage.MOBILISATION), TODAY, {"UK6": (None, False)}),
    "an option taken up": (extended, TODAY, {"UK6": (None, True), "UK7": (date(2025, 4, 1), True), "UK10": (None, True)}),
    "a procurement given up": (abandoned, TODAY, {"UK12": (None, False)}),
    "a payment over £30,000": (lambda s: paid(s, 30001, date(2026, 4, 2)), SUMMER, {"UK17": (date(2026, 7, 29), False)}),
    "a payment of £30,000": (lambda s: paid(s, 30000, date(2026, 4, 2)), SUMMER, {}),
    "a payment of an older procurement": (lambda s: paid(s, 30001, date(2026, 3, 31)), SUMMER, {}),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_notices_are_due_as_the_act_says(case: str, session: Session, rules: Rules) -> None:
    make, today, expected = CASES[case]
    make(session)
    assert told(session, rules, today) == expected


def test_the_pipeline_the_payments_and_the_quarter_are_the_authoritys(session: Session, rules: Rules) -> None:
    contract = add(session, regime=LIGHT)
    session.add(
        AnnualValue(
            contract_id=identity(contract),
            supplier_id=1,
            financial_year="2025/26",
            amount=Decimal(100_000_001),
        )
    )
    session.add(
        Payment(key="1", supplier_id=1, contract_id=contract.id, paid_on=date(2026, 3, 31), amount=Decimal(1))
    )
    session.flush()

    def ours() -> dict[str, date | None]:
        return {one.code: one.last_day for one in due(session, rules.policy, TODAY) if not one.reference}

    assert ours() == {"UK8": date(2026, 4, 29), "LGTC": date(2026, 4, 30), "UK1": date(2026, 5, 26)}
    for code in ("UK1", "UK8", "LGTC"):
        record_published(session, code, None, date(2026, 4, 20), "Manager", TODAY, AT)
        session.flush()
    assert ours() == {}


def test_a_published_notice_is_not_due_and_its_ocid_is_the_contracts(session: Session, rules: Rules) -> None:
    contract = add(session)
    record_published(
        session,
        "UK7",
        contract,
        date(2026, 5, 20),
        "Manager",
        TODAY,
        AT,
        "2026/S 000-012345",
        ocid="ocds-h6vhtk-04ed25",
    )
    session.flush()
    assert told(session, rules).keys() == {"UK6"}
    assert contract.ocid == "ocds-h6vhtk-04ed25"
    assert take_back(session, "UK7", contract, None, "Manager", AT) == date(2026, 5, 20)
    session.flush()
    assert told(session, rules).keys() == {"UK6", "UK7"}
    assert contract.ocid is None
    assert [one.action for one in session.exec(select(audit.AuditEvent))] == [
        "notice published",
        "notice taken back",
    ]
    assert audit.verify(session) == []


@pytest.mark.parametrize(
    ("code", "named", "facts", "why"),
    [
        ("UK7", True, {"on": date(2026, 5, 26)}, "has not come"),
        ("UK7", False, {}, "name its reference"),
        ("UK1", True, {}, "whole authority"),
        ("UK7", True, {"ocid": "04ed25"}, "no OCID"),
    ],
)
def test_a_notice_that_cannot_be_is_refused(
    code: str, named: bool, facts: dict[str, Any], why: str, session: Session
) -> None:
    on = facts.pop("on", TODAY)
    with pytest.raises(NoticeRefused, match=why):
        record_published(session, code, add(session) if named else None, on, "Manager", TODAY, AT, **facts)


def test_a_draft_makes_nothing_up_and_runs_nothing(hostile: Path, rules: Rules) -> None:
    with opened(f"sqlite:///{hostile}") as session:
        contract = session.exec(select(Contract).where(Contract.reference == "HOMES")).one()
        contract.title = "<script>alert(1)</script>"
        made = draft(session, "UK7", contract, "Nottinghamshire County Council", TODAY)
        shown, data = page(made, TODAY), as_data(made)
    fields = {field.label: field.value for section in made.sections for field in section.fields}
    assert made.law == "PA 2023 s.53; SI 2024/692 reg.33"  # a framework's
    assert fields["Estimated value"] == "£12,000,000.25 (with VAT)"
    assert fields["Date it was entered into"] == "20 March 2026"
    assert fields["Lead contracting authority"] == "Nottinghamshire County Council"
    assert fields["Unique identifier of the procurement (OCID)"] == ""
    assert shown.count("to be filled in</span>") == len(made.lacking) == len(data["to_be_filled_in"])
    assert "<script" not in shown and "&lt;script&gt;" in shown
    assert "http" not in shown.replace("https://www.legislation.gov.uk", "")  # nothing is fetched
    [release] = data["releases"]
    assert "ocid" not in release and "ocds-" not in json.dumps(data)
    assert release["contracts"][0]["value"] == {"amountGross": 12000000.25, "currency": "GBP"}
    assert release["tender"]["specialRegime"] == ["lightTouch"]
    assert release["contracts"][0]["period"] == {
        "startDate": "2026-04-01T00:00:00+01:00", "endDate": "2030-03-31T00:00:00+00:00",
    }  # fmt: skip


@pytest.mark.parametrize("code", ["UK6", "UK7", "UK10", "UK11", "UK12"])
@pytest.mark.parametrize("kind", [Kind.CONTRACT, Kind.CALL_OFF, Kind.FRAMEWORK])
def test_every_draft_has_its_authority_its_title_and_its_law(code: str, kind: Kind, session: Session) -> None:
    contract = add(session, kind=kind, title=FORMULA)
    session.add(ContractSupplier(contract_id=identity(contract), supplier_id=1))
    session.flush()
    made = draft(session, code, contract, "Ours", TODAY)
    values = [field.value for section in made.sections for field in section.fields]
    assert "Ours" in values and FORMULA in values
    assert ("Wren Care" in values) is (code != "UK12")
    assert all(
        field.law.startswith(("reg.", "PA 2023")) for section in made.sections for field in section.fields
    )
