"""The demonstration's verdicts could be a real Board's: legal, at its meetings, late but once on purpose."""

import csv
import re
import tomllib
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from config.policy_file import load_policy
from lifecycle.boards import meetings
from lifecycle.counting import months_after
from lifecycle.partial_dates import PartialDate
from lifecycle.planning import IN_CYCLE, ContractFacts, plan
from lifecycle.stages import OUT_OF_TURN, Completion, Kind, Move, Stage, Verdict, next_stage

ROOT = Path(__file__).parents[2]
FIRST, LAST = date(2022, 4, 25), date(2023, 9, 30)
SCENARIO: dict[str, list[dict[str, Any]]] = tomllib.loads(
    (ROOT / "recommission" / "scenario.toml").read_text(encoding="utf-8")
)
VERDICTS, COMPLETED = SCENARIO["verdict"], SCENARIO["completed"]
POLICY = load_policy(ROOT / "config" / "policy.toml")
BOARDS = meetings(POLICY)
HELD = BOARDS.between(FIRST, LAST)


def partial(words: str) -> PartialDate | None:
    return PartialDate.parse(words) if words else None


def facts(row: dict[str, str]) -> ContractFacts:
    start = partial(row["start"])
    count, _, months = row["extension_options"].partition("x")
    return ContractFacts(
        reference=row["reference"],
        kind=Kind(row["kind"]),
        start=start,
        end=partial(row["end"]),
        successor_start=partial(row["successor_start"]),
        notice_months=int(row["notice_months"]),
        options=(int(months),) * int(count) if count else (),
        regime=row["regime"],
        stage=Stage(row["stage"] or "review"),
        reviewed=FIRST,
        in_force=bool(start and start.earliest and start.earliest <= FIRST),
    )


def register() -> dict[str, ContractFacts]:
    with (ROOT / "register" / "sample" / "contracts.csv").open(encoding="utf-8", newline="") as file:
        found = (facts(row) for row in csv.DictReader(file))
        return {contract.reference: contract for contract in found if contract.kind in IN_CYCLE}


def moved(contract: ContractFacts, move: Move, on: date) -> ContractFacts:
    after = replace(contract, stage=next_stage(contract.stage, move))
    if move in (Verdict.REMODEL, Verdict.RECOMMISSION, Verdict.DECOMMISSION):
        return replace(after, direction=Verdict(move))
    if move is Verdict.EXTEND:
        assert contract.end
        assert contract.end.latest
        end = PartialDate.on(months_after(contract.end.latest, contract.options[0]))
        return replace(after, end=end, options=contract.options[1:])
    return replace(after, in_force=True) if move is Completion.STARTED else after


def replay() -> tuple[dict[str, ContractFacts], set[tuple[str, Stage, date]]]:
    """The contracts at the end, and every gate whose last Board went by with the contract still before it."""
    known, missed = register(), set()
    events = sorted(
        [(entry["meeting"], "verdict", entry) for entry in VERDICTS]
        + [(entry["on"], "completed", entry) for entry in COMPLETED],
        key=lambda event: event[:2],
    )
    for day in sorted({*HELD, *(on for on, _, _ in events)}):
        for _, what, entry in [event for event in events if event[0] == day]:
            contract = known[entry["contract"]]
            assert contract.stage == entry["gate" if what == "verdict" else "stage"], entry
            finished = Completion.COMPLETED if contract.in_force else Completion.STARTED
            move = Verdict(entry["verdict"]) if what == "verdict" else finished
            known[contract.reference] = moved(contract, move, day)
        for contract in known.values():
            gates = plan(contract, POLICY, BOARDS).gates
            missed |= {
                (contract.reference, gate.stage, gate.last_board)
                for gate in gates
                if gate.last_board <= day and contract.stage is not Stage.CLOSED
            }
    return known, missed


KNOWN, MISSED = replay()


def test_every_verdict_is_given_at_a_meeting_of_the_board_and_every_meeting_has_some() -> None:
    assert {entry["meeting"] for entry in VERDICTS if not entry.get("urgent_by")} == set(HELD)
    assert not {entry["meeting"] for entry in VERDICTS if entry.get("urgent_by")} & set(HELD)
    assert len(HELD) == 8


def test_entries_stand_in_the_order_of_the_minutes() -> None:
    minuted = [entry for entry in VERDICTS if not entry.get("urgent_by")]
    numbers = [(entry["meeting"], *map(int, entry["minute"].split("."))) for entry in minuted]
    assert numbers == sorted(set(numbers))
    assert [entry["on"] for entry in COMPLETED] == sorted(entry["on"] for entry in COMPLETED)


def test_only_education_advisors_misses_its_last_board() -> None:
    assert MISSED
    assert min(MISSED, key=lambda miss: miss[2]) == (
        "EDU-ADVISORS",
        Stage.NEEDS_ANALYSIS,
        date(2022, 12, 12),
    )
    assert {reference for reference, _, _ in MISSED} == {"EDU-ADVISORS"}


def test_napl_is_recommissioned_for_1_september_2023() -> None:
    assert [(e["meeting"], e["verdict"]) for e in VERDICTS if e["contract"] == "NAPL"] == [
        (date(2022, 10, 10), "recommission"),
        (date(2023, 2, 13), "approve"),
        (date(2023, 6, 12), "award"),
    ]
    assert KNOWN["NAPL"].stage is Stage.CLOSED
    assert [e["on"] for e in COMPLETED if e["contract"] == "NAPL"] == [date(2023, 9, 1)]


@pytest.mark.parametrize("verdict", sorted({*Verdict} - {Verdict.CONTINUE} - OUT_OF_TURN))
def test_every_kind_of_verdict_that_is_taken_in_turn_is_seen(verdict: Verdict) -> None:
    assert any(entry["verdict"] == verdict for entry in VERDICTS)


def test_no_procurement_or_mobilisation_is_left_unfinished() -> None:
    under_way = {Stage.RECOMMISSION, Stage.REMODEL, Stage.PROCUREMENT, Stage.MOBILISATION, Stage.DECOMMISSION}
    assert [c.reference for c in KNOWN.values() if c.stage in under_way] == []


@pytest.mark.parametrize("entry", COMPLETED, ids=lambda entry: str(entry["contract"]))
def test_new_services_start_when_the_old_ones_end(entry: dict[str, Any]) -> None:
    contract = register()[entry["contract"]]
    if not contract.in_force:
        assert contract.start
        assert entry["on"] == contract.start.earliest
    else:
        assert contract.end
        assert contract.end.latest
        assert entry["on"] == contract.end.latest + timedelta(days=1)


def test_reasons_are_sentences_without_courtesy_titles_or_initials() -> None:
    for entry in VERDICTS:
        assert re.fullmatch(r"[A-Z].{30,}\.", entry["reason"])
        assert not re.search(r"\b(Mr|Mrs|Ms|Dr|Cllr)\b|\b[A-Z]\.[A-Z]\.", entry["reason"])


def test_replies_and_vacancies_name_contracts_and_posts_of_the_register_and_show_every_answer() -> None:
    with (ROOT / "register" / "sample" / "people.csv").open(encoding="utf-8", newline="") as file:
        posts = {row["title"] for row in csv.DictReader(file)}
    replies, vacancies = SCENARIO["reply"], SCENARIO["vacancy"]
    assert {one["contract"] for one in replies} <= register().keys()
    named = [one.get(name) for one in replies for name in ("to", "but")] + [one["post"] for one in vacancies]
    assert {post for post in named if post} <= posts
    assert {one["says"] for one in replies} == {"nothing", "snoozed", "passed", "done"}
    assert all(FIRST <= one["first"] <= one["last"] <= LAST for one in (*replies, *vacancies))
