"""What the record knows for a notice of one contract."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlmodel import Session, col, select

from lifecycle.partial_dates import PartialDate
from lifecycle.regimes import Regime
from lifecycle.stages import Kind
from models.columns import identity
from models.contracts import (
    Contract,
    ContractSupplier,
    ExtensionOption,
    JointAuthority,
    Lot,
    LotSupplier,
    Per,
    Vat,
)
from models.people import Person, Scheme, Supplier, SupplierIdentifier

SCHEMES = (Scheme.PPON, Scheme.COMPANY, Scheme.CHARITY, Scheme.SCOTTISH_CHARITY, Scheme.NI_CHARITY)


@dataclass(frozen=True, slots=True)
class Party:
    """A supplier, and its number in the register the platform knows best."""

    name: str
    scheme: Scheme | None
    number: str
    sme: bool | None
    vcse: bool | None

    @property
    def key(self) -> str:
        """Its identifier in OCDS; its name where it has no number."""
        return f"{self.scheme}-{self.number}" if self.scheme else self.name


@dataclass(frozen=True, slots=True)
class Facts:
    """One contract and what stands beside it. `lots` are names with their suppliers'."""

    contract: Contract
    council: str
    owner: Person
    parent: Contract | None
    suppliers: Sequence[Party]
    authorities: Sequence[str]
    lots: Sequence[tuple[str, Sequence[str]]]
    options: Sequence[int]

    @property
    def regime(self) -> Regime:
        """The law it is under."""
        return Regime(self.contract.regime)

    @property
    def direct(self) -> bool:
        """Whether its procedure says that it was awarded directly."""
        return "direct" in self.contract.procedure.casefold()

    @property
    def framework(self) -> bool:
        """Whether it is itself a framework: an approved list that suppliers are taken from counts as one."""
        return self.contract.kind in (Kind.FRAMEWORK, Kind.PROVIDER_LIST)

    @property
    def buyers(self) -> tuple[str, ...]:
        """The authorities, the lead first; the council alone where it shares the contract with nobody."""
        return tuple(self.authorities) or (self.contract.buyer or self.council,)

    @property
    def amount(self) -> Decimal | None:
        """What it is estimated to be worth over its term, in pounds; the upper end of a range."""
        its = self.contract
        if its.value_per is Per.TERM and its.value is not None:
            return its.value_max if its.value_max is not None else its.value
        return its.ceiling

    @property
    def value(self) -> str:
        """The same in words; empty where it is not on record."""
        its, vat = self.contract, {Vat.NET: "without VAT", Vat.GROSS: "with VAT", None: "VAT not said"}
        if self.amount is not None:
            return f"£{self.amount:,.2f} ({vat[its.value_vat]})"
        if its.value is not None:
            return (
                f"£{its.value:,.2f} a {its.value_per} ({vat[its.value_vat]}); over its term to be filled in"
            )
        return ""

    @property
    def period(self) -> str:
        """Its first and last day, as written."""
        return _between(self.contract.start_date, self.contract.end_date)

    @property
    def options_words(self) -> str:
        """Its options to extend."""
        words = ", ".join(f"{months} months" for months in self.options)
        return self.contract.extension_words or (f"options to extend: {words}" if words else "")


def _between(start: PartialDate | None, end: PartialDate | None) -> str:
    if not start and not end:
        return ""
    return f"{start or 'to be filled in'} to {end or 'to be filled in'}"


def facts_of(session: Session, contract: Contract, council: str) -> Facts:
    """What the record knows of the contract."""
    key = identity(contract)
    suppliers: list[Any] = list(
        session.exec(
            select(Supplier)
            .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
            .where(ContractSupplier.contract_id == key)
            .order_by(col(Supplier.name))
        )
    )
    numbers = {
        (one.supplier_id, one.scheme): one.identifier
        for one in session.exec(
            select(SupplierIdentifier)
            .where(col(SupplierIdentifier.supplier_id).in_([one.id for one in suppliers]))
            .order_by(col(SupplierIdentifier.identifier).desc())
        )
    }

    def party(one: Supplier) -> Party:
        scheme = next((scheme for scheme in SCHEMES if (one.id, scheme) in numbers), None)
        number = numbers[identity(one), scheme] if scheme else ""
        return Party(one.name, scheme, number, one.sme, one.vcse)

    on_lots = session.exec(
        select(LotSupplier.lot, Supplier.name)
        .join(Supplier, col(Supplier.id) == col(LotSupplier.supplier_id))
        .where(LotSupplier.contract_id == key)
        .order_by(col(Supplier.name))
    ).all()
    lots = session.exec(select(Lot.name).where(Lot.contract_id == key).order_by(col(Lot.name))).all()
    return Facts(
        contract,
        council,
        session.get_one(Person, contract.owner_id),
        session.get(Contract, contract.parent_id) if contract.parent_id else None,
        [party(one) for one in suppliers],
        session.exec(
            select(JointAuthority.name)
            .where(JointAuthority.contract_id == key)
            .order_by(col(JointAuthority.lead).desc(), col(JointAuthority.name))
        ).all(),
        [(lot, [name for its, name in on_lots if its == lot]) for lot in lots],
        session.exec(
            select(ExtensionOption.months)
            .where(ExtensionOption.contract_id == key, col(ExtensionOption.taken_up_on).is_(None))
            .order_by(col(ExtensionOption.position))
        ).all(),
    )
