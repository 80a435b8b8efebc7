"""Which notices are due: what the record knows has happened, and no notice of it is recorded as published.

The rules (last days, exemptions, sources) are those of `lifecycle.notices`; here is only which day on record sets one
off. Of breaches, key performance indicators, market engagement and dynamic markets the record knows nothing: UK2,
UK3, UK9 and UK13 to UK16 are never listed.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from lifecycle.financial_years import FinancialYear
from lifecycle.notices import BELOW_THRESHOLD_FROM, COPY_OVER, PAYMENT_OVER, PIPELINE_SPENDING, Notice, notice
from lifecycle.partial_dates import PartialDate
from lifecycle.policy import NoRule, Policy
from lifecycle.quarters import Quarter
from lifecycle.regimes import WITH_VAT, Regime, successor_regime
from lifecycle.stages import Kind, Stage, Verdict
from lifecycle.values import over_term
from lifecycle.words import say
from models.contracts import AnnualValue, Contract, ExtensionOption, Payment, ProcurementNotice, Vat
from models.cycles import Cycle, VerdictRecord
from models.rows import run, table
from register.identity.duplicates import closed
from register.publishing.published import TRANSPARENCY

PA_2023 = (Regime.PA_2023, Regime.PA_2023_LIGHT_TOUCH)
_LAWS = tuple(map(str, (*PA_2023, Regime.BELOW_THRESHOLD)))


@dataclass(frozen=True, slots=True)
class Due:
    """A notice that is due. `last_day` is None where the law sets no number ("before…", "as soon as…": `words`).

    `why` is what set it off; `overdue` says that its last day, or the moment it was due before, has passed.
    """

    code: str
    name: str
    reference: str
    title: str
    last_day: date | None
    aim_for: date | None
    overdue: bool
    why: str
    words: str
    law: str
    copy_by: date | None = None


def due(session: Session, policy: Policy, today: date) -> list[Due]:
    """Every notice that is due on the day, those without a last day first, then by it; see `Due`.

    None of a contract that was closed because it stands on the register twice.
    """
    published: dict[tuple[int | None, str], list[date]] = defaultdict(list)
    for one in run(session, sa.select(ProcurementNotice).order_by(col(ProcurementNotice.published_on))):
        published[one.contract_id, one.code].append(one.published_on)
    found = [*_of_authority(session, published, policy, today), *_paid(session, published, policy, today)]
    twice = closed(session)
    for contract in run(session, _CONTRACTS):
        if contract.id not in twice:
            found += _Judged(contract, published, policy, today).due()
    found += _decided(session, published, policy, today)
    return sorted(found, key=lambda one: (one.last_day or date.min, one.reference, one.code))


_CONTRACTS = (
    sa.select(*table(Contract).c, col(Cycle.stage), col(Cycle.stage_since))
    .outerjoin(Cycle, col(Cycle.contract_id) == col(Contract.id))
    .where(
        col(Contract.regime).in_(_LAWS)
        | col(Cycle.stage).in_(
            (Stage.PROCUREMENT, Stage.MOBILISATION)
        )  # what is bought now may be under the Act
    )
    .order_by(col(Contract.id))
)


class _Judged:
    """What the record knows of one contract, and which notices that makes due."""

    def __init__(
        self,
        contract: Any,
        published: Mapping[tuple[int | None, str], list[date]],
        policy: Policy,
        today: date,
    ) -> None:
        self._its, self._policy, self._today = contract, policy, today
        self._published = {code: days for (key, code), days in published.items() if key == contract.id}
        self._regime = Regime(contract.regime)

    def due(self) -> Iterator[Due]:
        """The notices of the contract itself, and of the procurement under way on it."""
        if self._regime in PA_2023 or self._regime is Regime.BELOW_THRESHOLD:
            yield from self._entered()
            yield from self._ended()
        if self._its.stage in (Stage.PROCUREMENT, Stage.MOBILISATION):
            yield from self._bought()

    def _entered(self) -> Iterator[Due]:
        its = self._its
        entered, started = its.signed_on, _one_day(its.start_date)
        assumed = entered is None and its.in_force and started is not None and started <= self._today
        day = started if assumed else entered
        if day is None or day > self._today:
            return
        why = f"entered into on {say(day)}"
        if assumed:
            why = f"the day it was entered into is not on record; it began on {say(day)}, so this is the latest it can be"
        if "UK6" not in self._published and self._regime in PA_2023:
            yield from self._one("UK6", day, why, late=True)
        if "UK7" not in self._published and self._regulated():
            yield from self._one("UK7", day, why)

    def _regulated(self) -> bool:
        """Below the threshold only a contract of £30,000 or more is; one whose value is not known is asked about."""
        if self._regime is not Regime.BELOW_THRESHOLD:
            return True
        most = _at_most(self._its)
        return most is None or most >= BELOW_THRESHOLD_FROM

    def _ended(self) -> Iterator[Due]:
        its = self._its
        end = its.forecast_end or its.planned_end
        ended = its.actual_end or (end.latest if end else None)
        if ended and ended < self._today and "UK11" not in self._published and self._regime in PA_2023:
            yield from self._one("UK11", ended, f"ended on {say(ended)}")

    def _bought(self) -> Iterator[Due]:
        """A service that runs already is followed by one that is bought under the law of today."""
        its = self._its
        law = successor_regime(self._regime, self._today, self._policy) if its.in_force else self._regime
        if law not in PA_2023:
            return
        before = its.signed_on if its.in_force else None  # notices of the contract that is to be followed
        new = {
            code
            for code, days in self._published.items()
            if before is None or any(day > before for day in days)
        }
        since = f"in {its.stage} since {say(its.stage_since)}"
        if its.stage is Stage.PROCUREMENT and not new & {"UK4", "UK5"}:
            yield from self._one("UK4", its.stage_since, since, law=law)
        if its.stage is Stage.MOBILISATION and not new & {"UK6"} and not (its.signed_on and not its.in_force):
            yield from self._one("UK6", self._today, f"{since}: before the contract is entered into", law=law)

    def _one(
        self, code: str, day: date, why: str, *, late: bool = False, law: Regime | None = None
    ) -> Iterator[Due]:
        regime = law or self._regime
        found = _rule(
            self._policy, code, day, light_touch=regime.light_touch, user_choice=_by_user_choice(self._its),
            below_threshold=regime is Regime.BELOW_THRESHOLD,
        )  # fmt: skip
        if found is None:
            return
        if self._its.kind is Kind.SPOT and code in ("UK6", "UK7", "UK11"):
            why += '; not due where it was awarded by user choice (Sch.5 para.15 to 17): write "user choice" as its procedure'
        if regime is Regime.BELOW_THRESHOLD and _at_most(self._its) is None:
            why += f"; its value is not on record, and below £{BELOW_THRESHOLD_FROM:,} it is not due"
        most = _at_most(self._its)
        copied = most is None or most > COPY_OVER
        yield _due(found, self._its, why, self._today, late=late, copy=copied)


def _due(
    found: Notice, contract: Any | None, why: str, today: date, *, late: bool = False, copy: bool = False
) -> Due:
    return Due(
        found.code, found.name, contract.reference if contract else "", contract.title if contract else "",
        found.last_day, found.target, late or bool(found.last_day and found.last_day < today), why,
        found.words if copy or not found.copy_last_day else found.words.split("; a copy of")[0],
        found.citation, found.copy_last_day if copy else None,
    )  # fmt: skip


def _rule(policy: Policy, code: str, day: date, **facts: Any) -> Notice | None:
    """The notice; None where the law asks for none, or was not in force on the day."""
    try:
        found = notice(code, day, policy, **facts)
    except NoRule:
        return None
    return found if found.required else None


def _of_authority(
    session: Session, published: Mapping[tuple[int | None, str], list[date]], policy: Policy, today: date
) -> Iterator[Due]:
    quarter = Quarter.ended_before(today)
    if not any(day > quarter.last for day in published.get((None, TRANSPARENCY), ())):
        yield Due(
            TRANSPARENCY, "Transparency Code register", "", f"Contracts register for {quarter}", quarter.publish_by,
            quarter.publish_by, quarter.publish_by < today, f"the quarter ended on {say(quarter.last)}",
            f"within one month of the quarter's end: by {say(quarter.publish_by)}; "
            f"`recommission register export --format transparency --quarter {quarter}`",
            "Local Government Transparency Code 2015, Part 2.1",
        )  # fmt: skip
    year = FinancialYear(today.year - (today < date(today.year, 4, 1)))
    spending = run(session, _SPENDING, year=str(year)).first()
    if (
        spending
        and spending.amount > PIPELINE_SPENDING
        and not any(year.first <= day <= year.last for day in published.get((None, "UK1"), ()))
        and (found := _rule(policy, "UK1", today))
    ):
        why = f"£{spending.amount:,.0f} was spent in {spending.financial_year}, the newest year on record"
        yield _due(found, None, f"{why}: more than £{PIPELINE_SPENDING:,} is to be expected", today)
    half = max(
        day
        for day in (date(today.year - 1, 9, 30), date(today.year, 3, 31), date(today.year, 9, 30))
        if day < today
    )
    begins = date(half.year, 4, 1) if half.month == 9 else date(half.year - 1, 10, 1)
    paid = run(session, _PAID_BETWEEN, first=begins, last=half).scalar_one()
    if (
        paid
        and not any(day >= half for day in published.get((None, "UK8"), ()))
        and (found := _rule(policy, "UK8", half))
    ):
        yield _due(
            found, None, f"{paid:,} payments under public contracts in the half-year to {say(half)}", today
        )


_SPENDING = (
    sa.select(col(AnnualValue.financial_year), sa.func.sum(col(AnnualValue.amount)).label("amount"))
    .where(col(AnnualValue.financial_year) <= sa.bindparam("year", type_=sa.String))
    .group_by(col(AnnualValue.financial_year))
    .order_by(col(AnnualValue.financial_year).desc())
)
_PUBLIC = col(Contract.regime).in_(tuple(map(str, PA_2023)))
_PAID_BETWEEN = (
    sa.select(sa.func.count())
    .select_from(Payment)
    .join(Contract, col(Contract.id) == col(Payment.contract_id))
    .where(_PUBLIC, col(Payment.paid_on).between(sa.bindparam("first"), sa.bindparam("last")))
)


def _paid(
    session: Session, published: Mapping[tuple[int | None, str], list[date]], policy: Policy, today: date
) -> Iterator[Due]:
    """UK17: a contract with large payments in the last quarter that has ended."""
    quarter = Quarter.ended_before(today)
    large = (
        sa.select(
            col(Contract.id), col(Contract.reference), col(Contract.title), sa.func.count().label("number")
        )
        .join(Payment, col(Payment.contract_id) == col(Contract.id))
        .where(_PUBLIC, col(Payment.amount) > PAYMENT_OVER)
        .where(col(Payment.paid_on).between(quarter.first, quarter.last))
        .group_by(col(Contract.id), col(Contract.reference), col(Contract.title))
        .order_by(col(Contract.id))
    )
    for one in run(session, large):
        its = {code: days for (key, code), days in published.items() if key == one.id}
        began = min((day for days in its.values() for day in days), default=None)
        found = _rule(policy, "UK17", quarter.last, began=began)
        if found and not any(day > quarter.last for day in its.get("UK17", ())):
            number = f"{one.number:,} payment{'' if one.number == 1 else 's'} of more than £{PAYMENT_OVER:,}"
            why = f"{number} in the quarter to {say(quarter.last)}"
            if began is None:
                why += "; when its procurement began is not on record, and before 1 April 2026 it is not due"
            yield _due(found, one, why, today)


def _decided(
    session: Session, published: Mapping[tuple[int | None, str], list[date]], policy: Policy, today: date
) -> Iterator[Due]:
    """UK10 for the options taken up, UK12 for procurements that came to no award."""
    taken = (
        sa.select(*table(Contract).c, col(ExtensionOption.taken_up_on), col(ExtensionOption.position))
        .join(ExtensionOption, col(ExtensionOption.contract_id) == col(Contract.id))
        .where(col(Contract.regime) == str(Regime.PA_2023), col(ExtensionOption.taken_up_on).is_not(None))
        .order_by(col(Contract.id), col(ExtensionOption.position))
    )
    counted: dict[int, int] = defaultdict(int)
    for one in run(session, taken):
        counted[one.id] += 1
        if len(published.get((one.id, "UK10"), ())) >= counted[one.id]:
            continue
        if found := _rule(policy, "UK10", one.taken_up_on):
            why = f"option {one.position} to extend was taken up on {say(one.taken_up_on)}"
            yield _due(
                found,
                one,
                why,
                today,
                late=one.taken_up_on < today,
                copy=(_at_most(one) or COPY_OVER + 1) > COPY_OVER,
            )
    given_up = (
        sa.select(
            *table(Contract).c, col(VerdictRecord.verdict), col(VerdictRecord.effective_on).label("decided")
        )
        .join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        .join(VerdictRecord, col(VerdictRecord.cycle_id) == col(Cycle.id))
        .where(col(VerdictRecord.stage) == Stage.PROCUREMENT, col(VerdictRecord.lapsed) == "")
        .where(col(VerdictRecord.verdict).in_((Verdict.ABANDON, Verdict.WITHDRAW)))
        .where(col(VerdictRecord.effective_on) <= today)
        .order_by(col(Contract.id))
    )
    for one in run(session, given_up):
        law = (
            successor_regime(Regime(one.regime), one.decided, policy) if one.in_force else Regime(one.regime)
        )
        if law not in PA_2023 or any(day >= one.decided for day in published.get((one.id, "UK12"), ())):
            continue
        if found := _rule(policy, "UK12", one.decided, light_touch=law.light_touch):
            why = f"it was decided on {say(one.decided)} not to award; due where a tender or transparency notice was published"
            yield _due(found, one, why, today)


def _one_day(day: PartialDate | None) -> date | None:
    return day.earliest if day and day.pinned else None


def _by_user_choice(contract: Any) -> bool:
    return "user choice" in contract.procedure.casefold().replace("-", " ")


def _at_most(contract: Any) -> Decimal | None:
    """The most the contract can be worth over its term, VAT included, in pounds; None where that is not on record."""
    value = contract.value_max if contract.value_max is not None else contract.value
    if value is not None:
        end = contract.forecast_end or contract.planned_end
        first = contract.start_date.earliest if contract.start_date else None
        value = over_term(value, contract.value_per, first, end.latest if end else None)
    value = value if value is not None else contract.ceiling
    if value is None:
        return None
    return Decimal(value) if contract.value_vat is Vat.GROSS else Decimal(value) * WITH_VAT
