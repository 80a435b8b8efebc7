"""Drafts of notices: every field that the Procurement Regulations 2024 (SI 2024/692) ask for, in their order.

What the record knows stands in it; what it lacks is marked "to be filled in", and nothing is made up. Questions that only
the procurement's own file answers (tenders received, reasons, key performance indicators) are always to be filled in.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlmodel import Session, col, select

from lifecycle.counting import months_after
from lifecycle.financial_years import FinancialYear
from lifecycle.notices import NOTICES, PIPELINE_VALUE
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import MilestoneKind
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage, Verdict
from lifecycle.words import say
from models.contracts import Contract, ExtensionOption
from models.cycles import Cycle, Milestone, VerdictRecord
from register.publishing.draft_facts import Facts, Party, facts_of
from register.publishing.published import NoticeRefused

DRAFTED = ("UK1", "UK6", "UK7", "UK10", "UK11", "UK12")


@dataclass(frozen=True, slots=True)
class Field:
    """One piece of information: its name, what the record knows of it (empty: nothing), where the law asks for it."""

    label: str
    value: str
    law: str


@dataclass(frozen=True, slots=True)
class Section:
    """Fields under one heading."""

    heading: str
    fields: tuple[Field, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """A notice to be published: its sections, and the contracts it is of."""

    code: str
    name: str
    subject: str
    law: str
    sections: tuple[Section, ...]
    facts: tuple[Facts, ...]

    @property
    def lacking(self) -> list[Field]:
        """What is still to be filled in."""
        return [field for section in self.sections for field in section.fields if not field.value]


def draft(session: Session, code: str, contract: Contract | None, council: str, today: date) -> Draft:
    """The draft of a notice of the contract; UK1 is of all procurements to come and of no one contract.

    Raises NoticeRefused where the record holds nothing to draft it from, or this notice is not drafted.
    """
    if code not in DRAFTED:
        raise NoticeRefused(f"{code} is not drafted; drafts are made of {', '.join(DRAFTED)}.")
    if code == "UK1":
        return _pipeline(session, council, today)
    if contract is None:
        raise NoticeRefused(f"{code} is a notice of one contract: name its reference.")
    facts = facts_of(session, contract, council)
    regulation, fields = {
        "UK6": _award, "UK7": _details, "UK10": _change, "UK11": _termination, "UK12": _no_award,
    }[code](session, facts)  # fmt: skip
    law = f"PA 2023 {NOTICES[code].section}; SI 2024/692 reg.{regulation}"
    return Draft(code, NOTICES[code].name, contract.reference, law, tuple(fields), (facts,))


def _yes(known: bool | None) -> str:
    return "" if known is None else "yes" if known else "no"


def _authority(facts: Facts) -> Section:
    lead, *others = facts.buyers
    named = [Field("Contracting authority", lead, "reg.13(a)")]
    if others:
        named = [
            Field("Lead contracting authority", lead, "reg.13(b)(i)"),
            Field("The other contracting authorities", "; ".join(others), "reg.13(b)(ii)"),
        ]
    contact = f"{facts.owner.title}, {facts.owner.email}" if facts.owner.email else ""
    return Section(
        "Contracting authority",
        (
            *named,
            Field("Postal address and e-mail address of each", "", "reg.13(c)"),
            Field("Unique identifier of each (PPON)", "", "reg.13(d)"),
            Field("Anyone who carries out the procurement for it", "", "reg.13(e)"),
            Field("Whom to ask about the notice: name, e-mail address", contact, "reg.13(f)"),
            Field("Whom to ask about the notice: postal address", "", "reg.13(f)"),
        ),
    )


def _procurement(facts: Facts, law: str, contract: bool = True) -> Section:
    its = facts.contract
    fields = [Field("Title of the procurement", its.title, f"{law}(b)"), Field("Unique identifier of the procurement (OCID)", its.ocid or "", f"{law}(c)")]  # fmt: skip
    if contract:
        fields.append(
            Field(
                "Unique identifier of the contract",
                its.reference,
                f"{law}{'(c)(ii)' if '27' in law or '41' in law else '(d)'}",
            )
        )
    return Section("Procurement", tuple(fields))


def _subject(facts: Facts, law: str) -> Section:
    its = facts.contract
    return Section(
        "What is supplied",
        (
            Field("Mainly goods, services or works", "", f"{law}; reg.14(1)(a)"),
            Field("Description of what is supplied", its.description, "reg.14(1)(b)"),
            Field("How it is supplied, in summary", "", "reg.14(1)(c)"),
            Field("When, or over which period", facts.period, "reg.14(1)(d)"),
            Field("How much, estimated", "", "reg.14(1)(e)"),
            Field("CPV codes", its.cpv.replace(";", "; "), "reg.14(1)(f)"),
            Field("Where (ITL areas)", "", "reg.14(1)(g)"),
        ),
    )


def _suppliers(facts: Facts, law: str, kinds: bool = True) -> Iterator[Section]:
    if not facts.suppliers:
        yield Section("Supplier", (Field("Name", "", f"{law}(i)"),))
    for number, one in enumerate(facts.suppliers, 1):
        fields = [
            Field("Name", one.name, f"{law}(i)"),
            Field("Postal address and e-mail address", "", f"{law}(ii)"),
            Field("Unique identifier", _numbered(one), f"{law}(iii)"),
        ]
        if kinds:
            fields += [
                Field("Small or medium-sized enterprise", _yes(one.sme), f"{law}(iv)(aa)"),
                Field(
                    "Non-governmental, value-driven, reinvests its surpluses",
                    _yes(one.vcse),
                    f"{law}(iv)(bb)",
                ),
            ]
        yield Section(
            f"Supplier {number} of {len(facts.suppliers)}" if len(facts.suppliers) > 1 else "Supplier",
            tuple(fields),
        )


def _numbered(one: Party) -> str:
    return f"{one.scheme} {one.number}" if one.scheme else ""


def _lots(facts: Facts, law: str) -> Iterator[Section]:
    for name, suppliers in facts.lots:
        yield Section(
            name if name.casefold().startswith("lot") else f"Lot: {name}",
            (
                Field("Title of the lot", name, f"{law}(i)"),
                Field("Number of the lot", "", f"{law}(ii)"),
                Field("Its suppliers", "; ".join(suppliers), law),
                Field("What is supplied under it, and how", "", f"{law}(iii) and (iv)"),
                Field("Estimated value of the lot", "", f"{law}(vii)"),
            ),
        )


def _light_touch(facts: Facts) -> str:
    return (
        "light touch contract" if facts.regime.light_touch else "no" if facts.regime is Regime.PA_2023 else ""
    )


Drafted = tuple[str, Sequence[Section]]


def _details(session: Session, facts: Facts) -> Drafted:
    """UK7: reg.32, or what takes its place for frameworks, call-offs, direct awards and below the threshold."""
    its = facts.contract
    signed = say(its.signed_on) if its.signed_on else ""
    if facts.regime is Regime.BELOW_THRESHOLD:
        terms = (
            Field("Defence and security contract, or light touch", "", "reg.36(2)(h)"),
            Field("Estimated value", facts.value, "reg.36(2)(i)"),
            Field("Date it was entered into", signed, "reg.36(2)(j)"),
            Field("Options", facts.options_words, "reg.36(2)(k)"),
        )
        return "36", [
            _authority(facts), _procurement(facts, "reg.36(2)"), *_suppliers(facts, "reg.36(2)(e)"),
            _subject(facts, "reg.36(2)(f)"), *_lots(facts, "reg.36(2)(g)"), Section("Contract", terms),
        ]  # fmt: skip
    call_off = its.kind is Kind.CALL_OFF and not facts.framework
    fields = []
    if not (facts.framework or call_off or facts.direct):
        fields.append(
            Field("Awarded after an open or a competitive flexible procedure", its.procedure, "reg.32(2)(h)")
        )
    fields += [
        Field("Reserved to supported employment providers or public service mutuals", "", "reg.32(2)(i)"),
        Field("Estimated value", facts.value, "reg.32(2)(k)"),
        Field("Date it was entered into", signed, "reg.32(2)(l)"),
        Field("Options", facts.options_words, "reg.32(2)(m)"),
        Field("Special regime", _light_touch(facts), "reg.32(2)(o)"),
    ]
    if not call_off:
        fields += [
            Field("Covered by the GPA", "", "reg.32(2)(p)"),
            Field("Covered by the CPTPP", "", "reg.32(2)(q)"),
        ]
    if not facts.framework and not facts.regime.light_touch:  # s.52(6): neither has indicators
        fields.append(Field("Key performance indicators, or why there are none", "", "reg.32(2)(r) and (s)"))
    sections = [
        _authority(facts), _procurement(facts, "reg.32(2)"), _subject(facts, "reg.32(2)(f)"),
        *_suppliers(facts, "reg.32(2)(g)"), *_lots(facts, "reg.32(2)(j)"), Section("Contract", tuple(fields)),
    ]  # fmt: skip
    if facts.framework:
        return "33", [*sections, _as_framework(facts)]
    if call_off:
        return "34", [*sections, _as_call_off(facts)]
    if facts.direct:
        why = tuple(
            Field(label, "", f"reg.35(2)({letter})")
            for label, letter in (
                ("Direct award justification of Schedule 5, and why it applies", "c"),
                ("Overriding public interest in an excluded supplier, and the ground", "d) and (e"),
                ("Under regulations made to protect life: which", "f) and (g"),
                ("Switched to direct award: why no tender was suitable", "h) and (i"),
                ("Whether the supplier is an excluded supplier, and by which offence or event", "j) and (k"),
            )
        )
        return "35", [*sections, Section("Direct award", why)]
    return "32", sections


def _as_framework(facts: Facts) -> Section:
    return Section(
        "Framework",
        (
            Field("Who may award contracts under it", "; ".join(facts.buyers), "reg.33(2)(b)"),
            Field("Term of the framework", facts.period, "reg.33(2)(c)"),
            Field("Whether it is under an open framework, its last identifier and estimated end", "", "reg.33(2)(d) to (f)"),
            Field("Awarded after an open or competitive flexible procedure, or directly", facts.contract.procedure, "reg.33(2)(g)"),
            Field("Fees charged to suppliers", "", "reg.33(2)(h)"),
            Field("Prices, or how they are set", "", "reg.33(2)(i)"),
            Field("How suppliers are selected for contracts under it", "", "reg.33(2)(j)"),
        ),
    )  # fmt: skip


def _as_call_off(facts: Facts) -> Section:
    parent = facts.parent
    return Section(
        "Award under a framework",
        (
            Field("Unique identifier of the framework's procurement (OCID)", parent.ocid or "" if parent else "", "reg.34(2)(b)"),
            Field("Defence and security framework", "", "reg.34(2)(c)"),
            Field("Number of the framework's lot", "", "reg.34(2)(d)"),
            Field("Competed among its suppliers, or without further competition and why", facts.contract.procedure, "reg.34(2)(e) and (f)"),
        ),
    )  # fmt: skip


def _award(session: Session, facts: Facts) -> Drafted:
    """UK6: reg.27."""
    its = facts.contract
    decided = session.exec(
        select(col(VerdictRecord.effective_on))
        .join(Cycle, col(Cycle.id) == col(VerdictRecord.cycle_id))
        .where(
            Cycle.contract_id == its.id, VerdictRecord.verdict == Verdict.AWARD, VerdictRecord.lapsed == ""
        )
        .order_by(col(VerdictRecord.id).desc())
    ).first()
    light = facts.regime.light_touch
    terms = (
        Field("Date it was decided to award", say(decided) if decided else "", "reg.27(2)(f)"),
        Field("Special regime", _light_touch(facts), "reg.27(2)(k)"),
        Field("Assessment summaries: whether and when they were provided", "", "reg.27(2)(l)"),
        Field("Estimated value", facts.value, "reg.27(2)(m)"),
        Field("Tenders received and assessed, and of whom", "", "reg.27(2)(n) and (o)"),
        Field("Procedure", its.procedure, "reg.27(2)(h) and (p)"),
        Field("Reserved by the tender notice, and to whom", "", "reg.27(2)(q) and (r)"),
        Field(
            "End of the standstill (a light-touch contract needs none)" if light else "End of the standstill",
            "", "reg.27(2)(s)",
        ),
        Field("Estimated date of entering into the contract", say(its.signed_on) if its.signed_on else "", "reg.27(2)(t)"),
    )  # fmt: skip
    kinds = Section(
        "More of each supplier",
        (
            Field("Consortium", "", "reg.27(2)(e)(iv)"),
            Field("Associated persons", "", "reg.27(2)(e)(vi)"),
            Field("Connected persons", "", "reg.27(2)(e)(vii)"),
        ),
    )
    return "27", [
        _authority(facts), _procurement(facts, "reg.27(2)"), _subject(facts, "reg.27(2)(d)"),
        *_suppliers(facts, "reg.27(2)(e)"), kinds, *_lots(facts, "reg.27(2)(g)"), Section("Award", terms),
    ]  # fmt: skip


def _change(session: Session, facts: Facts) -> Drafted:
    """UK10: reg.40, for the option that was taken up last."""
    option = session.exec(
        select(ExtensionOption)
        .where(
            ExtensionOption.contract_id == facts.contract.id, col(ExtensionOption.taken_up_on).is_not(None)
        )
        .order_by(col(ExtensionOption.position).desc())
    ).first()
    term = f"extended by {option.months} months, to {facts.contract.end_date}" if option else ""
    when = say(option.taken_up_on) if option and option.taken_up_on else ""
    terms = (
        Field("The permitted modification of Schedule 8", "", "reg.40(2)(f)"),
        Field("Why it is one", "", "reg.40(2)(g)"),
        Field("Change to the estimated value", "", "reg.40(2)(h)(i)"),
        Field("Change to the term", term, "reg.40(2)(h)(ii)"),
        Field("Suppliers joining or leaving, after a corporate restructuring", "", "reg.40(2)(i)"),
        Field("When it is modified, and when that has effect", when, "reg.40(2)(j)"),
        Field("Voluntary standstill, and how long", "", "reg.40(2)(k)"),
    )
    return "40", [
        _authority(facts), _procurement(facts, "reg.40(2)"), *_suppliers(facts, "reg.40(2)(e)", kinds=False),
        Section("Change", terms),
    ]  # fmt: skip


def _termination(session: Session, facts: Facts) -> Drafted:
    """UK11: reg.41."""
    its, end = facts.contract, facts.contract.end_date
    ended = say(its.actual_end) if its.actual_end else (str(end) if end else "")
    terms = (
        Field("Why it was terminated (or that it expired, or was discharged)", "", "reg.41(2)(e)"),
        Field("Date it was terminated", ended, "reg.41(2)(f)"),
        Field("Estimated value", facts.value, "reg.41(2)(g)"),
        Field(
            "Where the supplier had broken the contract: everything of sub-paragraph (h)", "", "reg.41(2)(h)"
        ),
    )
    return "41", [
        _authority(facts), _procurement(facts, "reg.41(2)"), *_suppliers(facts, "reg.41(2)(d)", kinds=False),
        Section("Termination", terms),
    ]  # fmt: skip


def _no_award(session: Session, facts: Facts) -> Drafted:
    """UK12: reg.37."""
    decided = session.exec(
        select(col(VerdictRecord.effective_on))
        .join(Cycle, col(Cycle.id) == col(VerdictRecord.cycle_id))
        .where(Cycle.contract_id == facts.contract.id, VerdictRecord.stage == Stage.PROCUREMENT)
        .where(
            col(VerdictRecord.verdict).in_((Verdict.ABANDON, Verdict.WITHDRAW)), VerdictRecord.lapsed == ""
        )
        .order_by(col(VerdictRecord.id).desc())
    ).first()
    said = "Following the publication of a tender or transparency notice, the authority has decided not to award the contract."
    terms = (
        Field("Statement", said if decided else "", "reg.37(2)(d)"),
        Field("Date of the decision not to award", say(decided) if decided else "", "reg.37(2)(e)"),
    )
    return "37", [
        _authority(facts),
        _procurement(facts, "reg.37(2)", contract=False),
        Section("Decision", terms),
    ]


def _pipeline(session: Session, council: str, today: date) -> Draft:
    """UK1: reg.15, each procurement that is planned to begin in the eighteen months from 1 April."""
    year = FinancialYear(today.year - (today < date(today.year, 4, 1)))
    until = months_after(year.first, 18)
    planned = session.exec(
        select(Contract, Milestone)
        .join(Milestone, col(Milestone.contract_id) == col(Contract.id))
        .where(Milestone.kind == MilestoneKind.PROCUREMENT)
        .where(col(Milestone.earliest) >= max(year.first, today), col(Milestone.earliest) < until)
        .order_by(col(Milestone.earliest), col(Contract.reference))
    ).all()
    sections, kept = [], []
    for contract, milestone in planned:
        facts = facts_of(session, contract, council)
        if facts.amount is not None and facts.amount <= PIPELINE_VALUE:
            continue
        kept.append(facts)
        start = contract.successor_start if contract.in_force else contract.start_date
        worth = (
            f"{facts.value}, of the present contract" if facts.value and contract.in_force else facts.value
        )
        sections.append(
            Section(
                f"{contract.reference}: {contract.title}",
                (
                    *_authority(facts).fields[:1],
                    Field("Title of the procurement", contract.title, "reg.15(2)(b)"),
                    Field("Unique identifier of the procurement (OCID)", "", "reg.15(2)(c)"),
                    *_subject(facts, "reg.15(2)(d)").fields[:3],
                    Field("When, or over which period", _from(start), "reg.14(1)(d)"),
                    *_subject(facts, "reg.15(2)(d)").fields[4:],
                    Field(
                        f"Estimated value (belongs here above £{PIPELINE_VALUE:,})", worth, "PA 2023 s.93(2)"
                    ),
                    Field(
                        "Estimated date of the tender or transparency notice", milestone.words, "reg.15(2)(e)"
                    ),
                ),
            )
        )
    if not sections:
        raise NoticeRefused(
            f"No procurement is planned to begin from {say(max(year.first, today))} to {say(until)}: there is no pipeline to draft."
        )
    law = f"PA 2023 {NOTICES['UK1'].section}; SI 2024/692 reg.15"
    return Draft("UK1", NOTICES["UK1"].name, str(year), law, tuple(sections), tuple(kept))


def _from(start: PartialDate | None) -> str:
    return f"from {start}" if start else ""


def as_data(draft: Draft) -> dict[str, Any]:
    """The draft for machines: its fields, what is to be filled in, and what the record knows as OCDS."""
    from register.publishing.draft_release import release

    return {
        "notice": draft.code,
        "name": draft.name,
        "of": draft.subject,
        "law": draft.law,
        "sections": [
            {
                "heading": section.heading,
                "fields": [
                    {"label": one.label, "value": one.value or None, "law": one.law} for one in section.fields
                ],
            }
            for section in draft.sections
        ],
        "to_be_filled_in": [{"label": one.label, "law": one.law} for one in draft.lacking],
        "releases": [release(draft.code, facts) for facts in draft.facts],
    }
