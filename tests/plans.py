"""Contracts to plan in tests: the sample register's story, and any contract hypothesis can think of."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

import config.settings
from config.policy_file import load_policy
from lifecycle.boards import meetings
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import ContractFacts
from lifecycle.regimes import Regime
from lifecycle.stages import Kind, Stage, Verdict

POLICY = load_policy(Path(config.settings.__file__).with_name("policy.toml"))
BOARDS = meetings(POLICY)
OURS = POLICY.board.council
PARTNERS = tuple(BOARDS.partners)


def words(text: str | None) -> PartialDate | None:
    """The words as a partial date."""
    return PartialDate.parse(text) if text else None


NAPL = ContractFacts(
    reference="NAPL",
    kind=Kind.PROVIDER_LIST,
    start=words("2018-09-01"),
    end=words("August 2023"),
    successor_start=words("academic year 2023/24"),
    notice_months=6,
    options=(),
    regime="PCR 2015 light touch",
    stage=Stage.NEEDS_ANALYSIS,
    reviewed=date(2022, 4, 25),
    authorities=(OURS,),
    annual_value=Decimal("3650000"),
)
"""Nottinghamshire's approved provider list, which "comes to an end in August 2023" (annual report, paragraph 10)."""


def like_napl(**changes: Any) -> ContractFacts:
    """The list with other facts; dates may be given in words."""
    for name in ("start", "end", "successor_start"):
        if isinstance(changes.get(name), str):
            changes[name] = words(changes[name])
    return replace(NAPL, **changes)


def contracts(**fixed: Any) -> st.SearchStrategy[ContractFacts]:
    """Contracts in their cycle, ending from 2021 to 2036, alone or shared; `fixed` are facts or strategies."""
    days = st.dates(date(2021, 1, 1), date(2036, 12, 31))
    vague = st.sampled_from(["August 2024", "by March 2026", "financial year 2024/25", "2027", "TBC"])
    some = days.map(PartialDate.on) | vague.map(PartialDate.parse)
    drawn: dict[str, Any] = {
        "start": some,
        "end": some,
        "successor_start": st.none() | some,
        "notice_months": st.none() | st.integers(1, 12),
        "options": st.sampled_from([(), (12,), (24, 12)]),
        "regime": st.sampled_from([regime.value for regime in Regime]),
        "kind": st.sampled_from(list(Kind)),
        "reviewed": st.dates(date(2020, 1, 1), date(2024, 12, 31)),
        "in_force": st.booleans(),
        "authorities": st.sampled_from(
            [(), (OURS,), (OURS, PARTNERS[0]), (PARTNERS[0], OURS, *PARTNERS[1:])]
        ),
        "at": st.sampled_from(
            [
                (Stage.REVIEW, None),
                (Stage.NEEDS_ANALYSIS, None),
                (Stage.RECOMMISSION, Verdict.RECOMMISSION),
                (Stage.PROCUREMENT, Verdict.RECOMMISSION),
                (Stage.MOBILISATION, Verdict.RECOMMISSION),
                (Stage.REMODEL, Verdict.REMODEL),
                (Stage.DECOMMISSION, Verdict.DECOMMISSION),
            ]
        ),
    }
    for name, value in fixed.items():
        drawn[name] = value if isinstance(value, st.SearchStrategy) else st.just(value)

    def facts(**values: Any) -> ContractFacts:
        stage, direction = values.pop("at")
        return like_napl(stage=stage, direction=direction, **values)

    return st.builds(facts, **drawn)
