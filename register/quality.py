"""What is wrong or missing in the register: each fault, how bad it is, whom to ask, what to do about it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from lifecycle.counting import months_after
from lifecycle.planning import IN_CYCLE
from lifecycle.regimes import Regime
from lifecycle.stages import Kind
from lifecycle.words import say
from models.call_offs import uses
from models.columns import first_day, last_day
from models.contracts import END_DATE, AnnualValue, Contract, ContractSupplier, Placement
from models.imports import Alike, Likeness
from models.people import NO_OWNER, Person, Supplier, SupplierIdentifier
from models.planning import Rules
from models.rows import run, table
from register.listing import has_ended, without_successor

EXAMPLES = 10
"""How many of the things found are named, of each post's."""
SOON = 18
"""A vague end within so many months is to be pinned down now: the first alert of most contracts is that long before."""
KEEPER = "whoever keeps the register"


class Severity(StrEnum):
    """How bad it is; the worst first."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass
class Asked:
    """What one post is to be asked about: how many, and the first of them."""

    count: int = 0
    examples: list[str] = field(default_factory=list)


@dataclass
class Finding:
    """One fault and all that have it; `owners` in the order of their names."""

    severity: Severity
    what: str
    to_do: str
    count: int = 0
    owners: dict[str, Asked] = field(default_factory=dict)

    def add(self, owner: str, thing: str) -> None:
        """One more thing that has it."""
        self.count += 1
        asked = self.owners.setdefault(owner, Asked())
        asked.count += 1
        if len(asked.examples) < EXAMPLES:
            asked.examples.append(thing)

    @property
    def examples(self) -> list[str]:
        """The first of them, whoever is to be asked."""
        return [thing for asked in self.owners.values() for thing in asked.examples][:EXAMPLES]

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        return asdict(self) | {"examples": self.examples}


class _Check(NamedTuple):
    severity: Severity
    what: str
    to_do: str
    found: Callable[["_Record"], Iterable[tuple[str, str]]]


@dataclass(frozen=True)
class _Record:
    """The record as the checks read it: on a day, by a policy. Every reader gives (owner, what was found)."""

    session: Session
    rules: Rules
    on: date

    @property
    def live(self) -> sa.ColumnElement[bool]:
        return ~has_ended(self.on)

    def contracts(self, *where: sa.ColumnElement[bool], also: Any = None) -> Iterator[tuple[str, str]]:
        """The live contracts so, with a column or words beside each reference."""
        beside = sa.literal("") if also is None else also
        for owner, reference, words in run(
            self.session,
            sa.select(col(Person.title), col(Contract.reference), beside)
            .select_from(Contract)
            .join(Person, col(Person.id) == col(Contract.owner_id))
            .outerjoin(PARENT, col(PARENT.id) == col(Contract.parent_id))
            .where(self.live, *where)
            .order_by(col(Person.title), col(Contract.reference)),
        ):
            yield owner, f"{reference} ({words})" if words else reference

    def suppliers(self, *where: sa.ColumnElement[bool]) -> Iterator[tuple[str, str]]:
        """The suppliers of live contracts that are so, each with the owner of one of them."""
        owner = sa.func.min(Person.title).label("owner")
        for name, title in run(
            self.session,
            sa.select(col(Supplier.name), owner)
            .join(ContractSupplier, col(ContractSupplier.supplier_id) == col(Supplier.id))
            .join(Contract, col(Contract.id) == col(ContractSupplier.contract_id))
            .join(Person, col(Person.id) == col(Contract.owner_id))
            .where(self.live, *where)
            .group_by(col(Supplier.id), col(Supplier.name))
            .order_by(owner, col(Supplier.name)),
        ):
            yield title, name

    def ceilings(self, over: bool) -> Iterator[tuple[str, str]]:
        """The frameworks over their ceilings, or else those within them that an alert is due of."""
        posts = run(self.session, sa.select(col(Person.id), col(Person.title)))
        titles = {one.id: one.title for one in posts}
        near = Decimal(min(self.rules.policy.register.ceiling_alerts)) / 100
        for use in uses(self.session):
            if use.share is not None and (use.share > 1 if over else near <= use.share <= 1):
                yield titles[use.owner_id], f"{use.reference} ({use.share:.0%} of £{use.ceiling:,.0f})"

    def posts_without_address(self) -> Iterator[tuple[str, str]]:
        """The posts that own live contracts and cannot be written to."""
        for title, count in run(
            self.session,
            sa.select(col(Person.title), sa.func.count())
            .join(Contract, col(Contract.owner_id) == col(Person.id))
            .where(self.live, col(Person.title) != NO_OWNER, sa.func.coalesce(Person.email, "") == "")
            .group_by(col(Person.title))
            .order_by(col(Person.title)),
        ):
            yield title, f"{title} ({count} contracts)" if count > 1 else title

    def alike(self, what: Alike) -> Iterator[tuple[str, str]]:
        """The pairs that nobody has said the same or different of yet."""
        of, name = (Supplier, "name") if what is Alike.SUPPLIERS else (Contract, "reference")
        one, other = table(of).alias("one"), table(of).alias("other")
        for first, second in run(
            self.session,
            sa.select(one.c[name], other.c[name])
            .select_from(Likeness)
            .join(one, one.c.id == col(Likeness.one_id))
            .join(other, other.c.id == col(Likeness.other_id))
            .where(col(Likeness.what) == what, col(Likeness.answer).is_(None))
            .order_by(col(Likeness.score).desc(), col(Likeness.id)),
        ):
            yield KEEPER, f"{first} / {second}"

    def too_early(self) -> Iterator[tuple[str, str]]:
        """The contracts that began before the law they are said to be under was in force."""
        laws = {
            "PA 2023": (Regime.PA_2023, Regime.PA_2023_LIGHT_TOUCH),
            "PSR": (Regime.PSR_2023,),
        }
        rules = [rule for rule in self.rules.policy.rules if rule.key in ("regime", "regime.health services")]
        for law, regimes in laws.items():
            begins = min((rule.valid_from for rule in rules if rule.value == law), default=date.min)
            yield from self.contracts(
                col(Contract.regime).in_(regimes),
                last_day(col(Contract.start_date)) < begins.isoformat(),
                also=sa.literal(f"{law}, in force from {say(begins)}"),
            )


PARENT = aliased(Contract)
PARENTS_END = sa.func.coalesce(
    sa.cast(col(PARENT.actual_end), sa.String),
    last_day(sa.func.coalesce(col(PARENT.forecast_end), col(PARENT.planned_end))),
)
_KIND, _REGIME = col(Contract.kind), col(Contract.regime)
_IN_FORCE = col(Contract.in_force).is_(True)
_BOUGHT = _IN_FORCE & _KIND.in_(IN_CYCLE)
_NEWER = [Regime.PA_2023, Regime.PA_2023_LIGHT_TOUCH]
_OLDER = [Regime.PCR_2015, Regime.PCR_2015_LIGHT_TOUCH]


def _no_row(column: Any) -> sa.ColumnElement[bool]:
    return col(Contract.id).not_in(sa.select(col(column)))


_MEMBER, _PARTY = aliased(ContractSupplier), aliased(ContractSupplier)
_A_MEMBER = (
    sa.exists()
    .where(
        col(_PARTY.contract_id) == col(Contract.id),
        col(_MEMBER.contract_id) == col(Contract.parent_id),
        col(_MEMBER.supplier_id) == col(_PARTY.supplier_id),
        sa.or_(
            col(_MEMBER.left_on).is_(None),
            sa.cast(col(_MEMBER.left_on), sa.String) >= first_day(col(Contract.start_date)),
        ),
    )
    .correlate(Contract)
)
"""A supplier of the call-off is on the framework and had not left it when the call-off began."""


HIGH, MEDIUM, LOW = Severity
CHECKS = (
    _Check(HIGH, "over its ceiling", "stop calling off, and take legal advice on a modification (PCR 2015 r.72, PA 2023 s.74)",
        lambda it: it.ceilings(over=True)),
    _Check(HIGH, "past its end and still in force", "record that it ended, or its new end by a verdict to extend",
        lambda it: it.contracts(_IN_FORCE, _KIND != Kind.SPOT, last_day(END_DATE) < it.on.isoformat(), also=last_day(END_DATE))),
    _Check(HIGH, "without an owner", "name one in the register's owner column and import it again: nobody is alerted of it",
        lambda it: it.contracts(col(Person.title) == NO_OWNER)),
    _Check(HIGH, "called off after its framework or list had ended", "find the contract it really rests on: an ended framework gives no call-off",
        lambda it: it.contracts(_KIND == Kind.CALL_OFF, first_day(col(Contract.start_date)) > PARENTS_END, also=col(PARENT.reference))),
    _Check(HIGH, "a call-off of no framework", "name its framework or list in the parent column, or make it a contract",
        lambda it: it.contracts(_KIND == Kind.CALL_OFF, col(Contract.parent_id).is_(None))),
    _Check(HIGH, "an owner without an e-mail address", "give the post an address: `recommission people`",
        lambda it: it.posts_without_address()),
    _Check(HIGH, "under a law that was not in force when it began", "check the regime, and the start",
        lambda it: it.too_early()),
    _Check(MEDIUM, "without an end date", "find the end in the contract; without one it is reviewed every year and never recommissioned in time",
        lambda it: it.contracts(_KIND != Kind.SPOT, _IN_FORCE, END_DATE.is_(None))),
    _Check(MEDIUM, f"ending within {SOON} months on a day that is not pinned down", "ask for the exact day: dates count from the earliest it may be",
        lambda it: it.contracts(first_day(END_DATE) < sa.func.coalesce(last_day(END_DATE), "9999"),
            first_day(END_DATE) <= months_after(it.on, SOON).isoformat(), also=first_day(END_DATE))),
    _Check(MEDIUM, "ending with nothing made or being bought to follow, within a year", "take it to the Board: see `recommission cycle waiting`",
        lambda it: it.contracts(*without_successor(), first_day(END_DATE) <= months_after(it.on, 12).isoformat(), also=first_day(END_DATE))),
    _Check(MEDIUM, "near its ceiling", "plan what follows before it is used up",
        lambda it: it.ceilings(over=False)),
    _Check(MEDIUM, "under another law than its framework", "a call-off is under its framework's law, whatever its date (SI 2024/716 r.5)",
        lambda it: it.contracts(_KIND == Kind.CALL_OFF, sa.or_(
            _REGIME.in_(_NEWER) & col(PARENT.regime).in_(_OLDER), _REGIME.in_(_OLDER) & col(PARENT.regime).in_(_NEWER)),
            also=col(Contract.regime) + " under " + col(PARENT.regime))),
    _Check(MEDIUM, "without a supplier", "name the supplier",
        lambda it: it.contracts(_IN_FORCE, _no_row(ContractSupplier.contract_id))),
    _Check(MEDIUM, "without a notice period", "find it in the contract: without it no alert says when notice must be served",
        lambda it: it.contracts(_BOUGHT, END_DATE.is_not(None), col(Contract.notice_months).is_(None))),
    _Check(MEDIUM, "with neither a value nor any spend", "give the value or the yearly budget (Transparency Code 2015)",
        lambda it: it.contracts(_IN_FORCE, _KIND.not_in([Kind.SPOT]), col(Contract.value).is_(None),
            col(Contract.ceiling).is_(None), _no_row(AnnualValue.contract_id))),
    _Check(MEDIUM, "a placement without an end", "give its end or its review: a value that cannot be estimated counts as above the threshold (PA 2023 Sch.3)",
        lambda it: it.contracts(_KIND == Kind.SPOT, END_DATE.is_(None))),
    _Check(MEDIUM, "two contracts that may be one", "say whether they are: `recommission register duplicates`", lambda it: it.alike(Alike.CONTRACTS)),
    _Check(MEDIUM, "two suppliers that may be one", "say whether they are: `recommission suppliers review`", lambda it: it.alike(Alike.SUPPLIERS)),
    _Check(MEDIUM, "called off from a supplier that was not on the framework", "check who it is with, and when the supplier joined or left",
        lambda it: it.contracts(_KIND == Kind.CALL_OFF, ~_A_MEMBER, ~_no_row(ContractSupplier.contract_id), also=col(PARENT.reference))),
    _Check(LOW, "a framework without a ceiling", "give the most its call-offs may come to: they are counted against nothing",
        lambda it: it.contracts(_KIND == Kind.FRAMEWORK, col(Contract.ceiling).is_(None))),
    _Check(LOW, "a call-off that outlives its framework", "nothing is wrong: see that what follows the framework covers it",
        lambda it: it.contracts(_KIND == Kind.CALL_OFF, last_day(END_DATE) > PARENTS_END, also=col(PARENT.reference))),
    _Check(LOW, "a placement that goes on under a list or framework that has ended", "nothing is wrong: no new one can be made under it",
        lambda it: it.contracts(_KIND == Kind.SPOT, it.on.isoformat() > PARENTS_END, also=col(PARENT.reference))),
    _Check(LOW, "a placement of which it is not known whether it is off framework", "say so in the off_framework column",
        lambda it: it.contracts(col(Contract.id).in_(sa.select(col(Placement.contract_id)).where(col(Placement.off_framework).is_(None))))),
    _Check(LOW, "a supplier without a number", "give its company, charity or Ofsted number: names alone are mistaken for one another",
        lambda it: it.suppliers(col(Supplier.id).not_in(sa.select(col(SupplierIdentifier.supplier_id))))),
    _Check(LOW, "a supplier not known to be small (SME) or a charity (VCSE)", "ask it: the Transparency Code 2015 wants both published",
        lambda it: it.suppliers(sa.or_(col(Supplier.sme).is_(None), col(Supplier.vcse).is_(None)))),
)  # fmt: skip
"""Every check, in no order: what is found is shown worst first, then by how often."""


def quality(session: Session, rules: Rules, on: date) -> list[Finding]:
    """What is wrong or missing on the day among what has not ended, the worst first."""
    record = _Record(session, rules, on)
    found = []
    for check in CHECKS:
        finding = Finding(check.severity, check.what, check.to_do)
        for owner, thing in check.found(record):
            finding.add(owner, thing)
        if finding.count:
            found.append(finding)
    return sorted(found, key=lambda one: (list(Severity).index(one.severity), -one.count))
