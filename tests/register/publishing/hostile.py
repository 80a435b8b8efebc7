"""A small register for the exports: every kind of thing stands beside its contracts, and its words are hostile."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from sqlmodel import Session, select

from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage
from models.columns import identity
from models.contracts import (
    AnnualValue,
    Contract,
    ContractSupplier,
    ExtensionOption,
    JointAuthority,
    Lot,
    LotSupplier,
    Per,
    Placement,
    Vat,
)
from models.cycles import Cycle
from models.people import Person, Scheme, Supplier, SupplierIdentifier, SupplierName
from models.planning import Rules, replan
from models.session import reading, unit_of_work

TODAY = date(2026, 4, 27)
FORMULA = '=HYPERLINK("http://evil.example","Tuition")'


def partial(text: str) -> PartialDate:
    return PartialDate.parse(text)


@contextmanager
def opened(url: str) -> Iterator[Session]:
    with reading(url) as session:
        yield session


def fill(url: str, rules: Rules) -> None:
    """The register, planned."""
    with unit_of_work(url) as session:
        boss = Person(title="-Director", email="d@council.example")
        session.add(boss)
        session.flush()
        owner = Person(title="Commissioning Manager", email="m@council.example", manager_id=boss.id)
        session.add(owner)
        wren, lark = (
            Supplier(name="@SUM(A1) Wren; Care", sme=True, vcse=False),
            Supplier(name="Lark=garth", vcse=True, service="homes"),
        )
        one = [Supplier(name=f"Home {number}", service="homes") for number in range(3)]
        session.add_all([wren, lark, *one])
        session.flush()
        session.add_all(
            [
                SupplierIdentifier(scheme=Scheme.COMPANY, identifier="01234567", supplier_id=identity(wren)),
                SupplierIdentifier(scheme=Scheme.OFSTED, identifier="SC000001", supplier_id=identity(wren)),
                SupplierIdentifier(scheme=Scheme.OFSTED, identifier="SC000002", supplier_id=identity(wren)),
                SupplierIdentifier(
                    scheme=Scheme.SCOTTISH_CHARITY, identifier="SC012345", supplier_id=identity(lark)
                ),
                SupplierName(name="Larkgarth trading as; Lark", supplier_id=identity(lark)),
            ]
        )
        common: dict[str, Any] = {
            "owner_id": identity(owner),
            "department": "Children",
            "registered_on": date(2025, 4, 1),
        }
        made = [
            Contract(
                reference="HOMES", title=FORMULA, kind=Kind.FRAMEWORK, regime=Regime.PA_2023_LIGHT_TOUCH,
                start_date=partial("1 April 2026"), planned_end=partial("31/03/2030"), review_date=partial("summer 2027"),
                value=Decimal("1000000.10"), value_max=Decimal("12000000.25"), value_vat=Vat.GROSS, value_words="+1 to 12m",
                ceiling=Decimal(15000000), vat_not_recoverable=Decimal("10.50"), signed_on=date(2026, 3, 20), invited=True,
                description="Homes,\n\"in\" two lots", cpv="85311300;85311000", procedure="open procedure", url="https://a.example",
                extension_words="'=2 x 24", ocid=None, **common,
            ),
            Contract(
                reference="HOMES/1", title="Call-off", kind=Kind.CALL_OFF, regime=Regime.PA_2023_LIGHT_TOUCH,
                start_date=partial("2026-04-15"), planned_end=partial("August 2028"), value=Decimal(400), value_per=Per.WEEK,
                forecast_end=partial("academic year 2029/30"), note="\tTab", invited=False, notice_months=3, **common,
            ),
            Contract(
                reference="NEW", title="A new service", kind=Kind.CONTRACT, regime=Regime.PA_2023, in_force=False,
                start_date=partial("2027-09-01"), planned_end=partial("TBC"), value=Decimal(300000), **common,
            ),
            Contract(
                reference="GONE", title="#N/A", kind=Kind.CONTRACT, regime=Regime.PA_2023, in_force=False,
                start_date=partial("2023-09-01"), planned_end=partial("2026-03-31"), actual_end=date(2026, 2, 28),
                value=Decimal(5000), source="'quoted", **common,
            ),
            Contract(
                reference="OTHERS", title="Bought by others", kind=Kind.CONTRACT, regime=Regime.PCR_2015, buyer="Derby City Council",
                start_date=partial("2023-09-01"), value=Decimal(90000), **common,
            ),
            Contract(reference="UNVALUED", title="Nobody knows", kind=Kind.CONTRACT, regime=Regime.PCR_2015, **common),
        ]  # fmt: skip
        spots = [
            Contract(reference=f"SPOT-{number:02}", title=f"Placement {number}", kind=Kind.SPOT, regime=Regime.PCR_2015_LIGHT_TOUCH,
                     start_date=partial("2026-01-05"), **common)
            for number in range(9)
        ]  # fmt: skip
        session.add_all([*made, *spots])
        session.flush()
        homes, call_off, new, gone, *_ = made
        call_off.parent_id, new.predecessor_id, new.split_from_id = homes.id, gone.id, homes.id
        session.add_all(
            [
                ContractSupplier(contract_id=identity(homes), supplier_id=identity(lark), joined_on=date(2026, 4, 1)),
                ContractSupplier(contract_id=identity(homes), supplier_id=identity(wren), joined_on=date(2026, 4, 1), left_on=date(2026, 4, 20)),
                ContractSupplier(contract_id=identity(call_off), supplier_id=identity(wren)),
                Lot(contract_id=identity(homes), name="=Lot 1; homes"), Lot(contract_id=identity(homes), name="Lot 2"),
                LotSupplier(contract_id=identity(homes), lot="=Lot 1; homes", supplier_id=identity(lark)),
                ExtensionOption(contract_id=identity(homes), position=1, months=24, taken_up_on=date(2026, 4, 2)),
                ExtensionOption(contract_id=identity(homes), position=2, months=12),
                JointAuthority(contract_id=identity(homes), name="Nottinghamshire County Council", lead=True),
                JointAuthority(contract_id=identity(homes), name="Derby City Council"),
                Cycle(contract_id=identity(homes), stage=Stage.REVIEW, stage_since=TODAY),
                Cycle(contract_id=identity(new), stage=Stage.PROCUREMENT, stage_since=date(2026, 2, 1)),
                Cycle(contract_id=identity(gone), stage=Stage.CLOSED, stage_since=TODAY),
                Cycle(contract_id=identity(made[4]), stage=Stage.REVIEW, stage_since=TODAY),
                Cycle(contract_id=identity(made[5]), stage=Stage.REVIEW, stage_since=TODAY),
                AnnualValue(contract_id=identity(homes), supplier_id=identity(wren), financial_year="2025/26", amount=Decimal("150000000.01")),
            ]
        )  # fmt: skip
        for place, spot in enumerate(spots):  # two of one supplier, six of another, one of none
            if place < 8:
                supplier = one[0] if place < 2 else one[1]
                session.add(ContractSupplier(contract_id=identity(spot), supplier_id=identity(supplier)))
            session.add(
                Placement(
                    contract_id=identity(spot), weekly_fee=Decimal(1000 + place) if place != 8 else None
                )
            )
        session.flush()
        replan(session, list(session.exec(select(Contract))), rules, TODAY, "the register was filled")


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
