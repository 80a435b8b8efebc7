"""Writes contracts: the new ones in bulk, with their cycle and their plan; the known ones where they differ."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import col, select, update

from lifecycle.boards import NoMeeting
from lifecycle.calendars import OutsideCalendar
from lifecycle.planning import IN_CYCLE, Plan, plan
from lifecycle.policy import NoRule
from lifecycle.stages import Kind, Stage
from models.contracts import Contract, Per
from models.cycles import Cycle
from models.people import NO_OWNER, Person
from models.planning import facts, hand_over, replan, store_first
from models.rows import insert, insert_all, table
from models.rows import run as execute
from register.rows import Party, Row
from register.writing import beginnings, call_offs, carried, sides
from register.writing.ended import drop_cycles, ended_before
from register.writing.keys import keys_of
from register.writing.links import Links
from register.writing.run import BECAUSE, Run

FIELDS = {
    name: name
    for name in (
        "title", "kind", "department", "successor_start", "notice_months", "regime", "source", "note",
        "description", "buyer", "ocid", "cpv", "value", "value_max", "value_per", "value_vat", "value_words",
        "ceiling", "vat_not_recoverable", "extension_words", "signed_on", "procedure", "invited", "url",
        "forecast_end", "last_review", "registered_on", "in_force",
    )
} | {
    "start": "start_date", "end": "planned_end", "review": "review_date", "max_extent": "max_extent_date",
    "ended_on": "actual_end",
}  # fmt: skip
"""The columns that are a field of the contract as they are."""
LINKS = {"parent": "parent_id", "predecessor": "predecessor_id", "split_from": "split_from_id"}
FOUND_OUT = frozenset(
    {"predecessor", "split_from", "forecast_end", "ended_on", "last_review", "registered_on", "in_force"}
)
"""What the record also finds out itself (a successor knows its predecessor): an empty cell leaves it alone."""
NO_PLAN = (NoRule, NoMeeting, OutsideCalendar)

_INSTEAD = {"ocid": None, "value_per": Per.TERM}
"""What an empty cell means, where it is not what it was read as."""


class _New(NamedTuple):
    """A row that becomes a contract, its plan, and its last day where it is history."""

    row: Row
    plan: Plan | None
    ended: date | None


class Contracts:
    """The layout "contracts". A column that the file does not have leaves what the record knows."""

    def __init__(self, run: Run) -> None:
        self._run = run
        self._links = Links(run, Contract, "reference")
        posts = run.session.exec(select(Person.title, Person.id))
        self._posts = {title: key for title, key in posts if key is not None}

    def write(self, rows: Sequence[Row]) -> None:
        """Write a chunk of contracts."""
        good = [row for row in rows if self._holds(row)]
        known = self._known([row.values["reference"] for row in good])
        self._add([row for row in good if row.values["reference"] not in known])
        if known:
            self._change([(row, its) for row in good if (its := known.get(row.values["reference"]))])

    def finish(self) -> None:
        """Set parents and predecessors, and refuse what is called off from a framework that had ended."""
        self._links.settle()
        for call_off in call_offs.made_too_late(self._run.session):
            for row, key in self._run.scratch.linked(call_off.id, "parent_id"):
                self._run.refuse_late(row, key, "start", call_off.why)

    def _holds(self, row: Row) -> bool:
        values = row.values
        owner, start, end = values.get("owner"), values.get("start"), values.get("end")
        if owner and owner not in self._posts and owner != NO_OWNER and not self._run.reading.mapping:
            self._run.refuse(
                row, "owner", f'"{owner}" is not known, or was refused; import it first, or mend the spelling'
            )
            return False
        if start and end and start.earliest and end.latest and end.latest < start.earliest:
            self._run.refuse(row, "end", f'ends ("{end}") before it starts ("{start}")')
            return False
        return not self._links.of_itself(row, *LINKS)

    def _owner(self, row: Row) -> int:
        """The post of the row; a council's own spreadsheet names posts that the record has never heard of."""
        title = row.values.get("owner") or NO_OWNER
        if title not in self._posts:
            self._posts[title] = insert(
                self._run.session, Person, title=title, email=None, deputy_id=None, manager_id=None
            )
            self._run.result.posts_made.append(title)
        return self._posts[title]

    def _suppliers(self, rows: Iterable[Row]) -> dict[Party, int]:
        return self._run.suppliers.resolve_all(
            {party for row in rows for party in {*(row.values.get("suppliers") or ()), *carried.parties(row)}}
        )

    def _beside(
        self, rows: Sequence[tuple[int, Row]], suppliers: Mapping[Party, int]
    ) -> dict[int, list[tuple[str, Any, Any]]]:
        """Write what else the rows say, by the contract's key; returns each column that differed, old and new."""
        return carried.write(self._run.session, rows, suppliers)

    # ---- New contracts.

    def _add(self, rows: Sequence[Row]) -> None:
        run, session = self._run, self._run.session
        if not (new := [one for row in rows if (one := self._planned(row))]):
            return
        suppliers = self._suppliers(one.row for one in new)
        references = [one.row.values["reference"] for one in new]
        given = {name for one in new for name in one.row.values if name in FIELDS}
        blank = {FIELDS[name]: _blank(FIELDS[name]) for name in given}
        insert_all(session, Contract, [self._contract(one, blank) for one in new])
        keys = keys_of(session, Contract, "reference", references)
        keyed = [(keys[one.row.values["reference"]], one) for one in new]
        insert_all(
            session, Cycle, [beginnings.cycle(key, one.row, run.today) for key, one in keyed if _turns(one)]
        )
        sides.add(session, ((key, _with_keys(one.row, suppliers)) for key, one in keyed))
        self._beside([(key, one.row) for key, one in keyed], suppliers)
        plans = {key: one.plan for key, one in keyed if one.plan}
        run.result.milestones += store_first(session, plans, run.rules, run.today, BECAUSE)
        for key, one in keyed:
            for name, attribute in LINKS.items():
                if one.row.values.get(name):
                    self._links.wait(one.row, key, name, attribute, new=True)
        run.result.history += sum(one.ended is not None for one in new)
        run.result.ended += sum(
            one.ended is None and ended_before(beginnings.end(one.row.values), run.today) is not None
            for one in new
        )
        run.added(references)

    def _planned(self, row: Row) -> _New | None:
        """The row with its plan; None where it has none, and so is refused."""
        rules, today = self._run.rules, self._run.today
        ended = row.values.get("ended_on") or ended_before(beginnings.end(row.values), self._run.ended_before)
        if ended:
            return _New(row, None, ended)
        try:
            return _New(row, plan(beginnings.facts(row.values, today), rules.policy, rules.boards), None)
        except NO_PLAN as error:
            self._run.refuse(row, "end", f"no dates can be worked out from it: {error}")
            return None

    def _contract(self, one: _New, blank: dict[str, Any]) -> dict[str, Any]:
        values = one.row.values
        fields = {FIELDS[name]: _given(name, value) for name, value in values.items() if name in FIELDS}
        return blank | {"kind": Kind.CONTRACT, "department": ""} | fields | {
            "reference": values["reference"], "owner_id": self._owner(one.row),
            "registered_on": values.get("registered_on") or self._run.today, "actual_end": one.ended,
            "in_force": not one.ended and beginnings.in_force(values, self._run.today),
        }  # fmt: skip

    # ---- Known contracts.

    def _known(self, references: Sequence[str]) -> dict[str, sa.Row[Any]]:
        return {one.reference: one for one in execute(self._run.session, _KNOWN, references=references)}

    def _change(self, rows: Sequence[tuple[Row, sa.Row[Any]]]) -> None:
        run, session = self._run, self._run.session
        keys = [known.id for _, known in rows]
        suppliers = self._suppliers(row for row, _ in rows)
        names = {key: party.name for party, key in suppliers.items()}
        of_ours = self._beside([(known.id, row) for row, known in rows], suppliers)
        beside = sides.Sides(session, keys, run.today)
        may_end = self._may_end(rows)
        there = self._links.there({parent for row, _ in rows if (parent := row.values.get("parent"))})
        touched: dict[int, tuple[Row, int]] = {}
        for row, known in rows:
            fields = self._fields(row, known, may_end)
            changes = [
                (name, old, new) for name, new in fields.items() if (old := getattr(known, name)) != new
            ]
            if changes:
                execute(
                    session,
                    update(Contract)
                    .where(col(Contract.id) == known.id)
                    .values({name: new for name, _, new in changes}),
                )
            said = [*self._in_words(changes), *self._named(row, known, there)]
            said += [*beside.change(known.id, _with_keys(row, suppliers), names), *of_ours.get(known.id, ())]
            if run.changed(row.values["reference"], said):
                touched[known.id] = row, known.owner_id
        self._plan_anew(touched)

    def _fields(self, row: Row, known: sa.Row[Any], may_end: dict[int, date]) -> dict[str, Any]:
        fields = {
            FIELDS[name]: _given(name, value)
            for name, value in row.values.items()
            if name in FIELDS
            and (value not in (None, "") or name not in FOUND_OUT)
            and not (name == "in_force" and self._is_of_others(row))  # a notice is older than the record
        }
        if row.values.get("owner"):
            fields["owner_id"] = self._owner(row)
        if known.id in may_end:
            fields |= {"actual_end": may_end[known.id], "in_force": False}
        return fields

    def _is_of_others(self, row: Row) -> bool:
        """Whether the row is no export of ours, which says when the contract was registered."""
        return bool(self._run.reading.mapping) or "registered_on" not in row.values

    def _may_end(self, rows: Sequence[tuple[Row, sa.Row[Any]]]) -> dict[int, date]:
        """The last day of the known, live contracts that become history."""
        ended = {
            known.id: day
            for row, known in rows
            if known.actual_end is None
            and (
                day := ended_before(known.forecast_end or beginnings.end(row.values), self._run.ended_before)
            )
        }
        if not ended:
            return {}
        free = drop_cycles(self._run.session, ended)
        self._run.result.left_live += len(ended) - len(free)
        self._run.result.history += len(free)
        return {key: day for key, day in ended.items() if key in free}

    def _in_words(self, changes: Iterable[tuple[str, Any, Any]]) -> Iterator[tuple[str, Any, Any]]:
        titles = {key: title for title, key in self._posts.items()}
        for name, old, new in changes:
            yield ("owner", titles[old], titles[new]) if name == "owner_id" else (name, old, new)

    def _named(self, row: Row, known: sa.Row[Any], there: set[str]) -> Iterator[tuple[str, Any, Any]]:
        for name, attribute in LINKS.items():
            old, new = getattr(known, name) or "", row.values.get(name, "")
            if name not in row.values or old == new or (not new and name in FOUND_OUT):
                continue
            if not new or name != "parent" or new in there:
                yield name, old, new
            if new:
                self._links.wait(row, known.id, name, attribute, new=False)
            else:
                execute(
                    self._run.session,
                    update(Contract).where(col(Contract.id) == known.id).values({attribute: None}),
                )

    def _plan_anew(self, touched: dict[int, tuple[Row, int]]) -> None:
        """Plan the changed contracts; the heirs of their owners get what is still to be answered."""
        run, session = self._run, self._run.session
        if not touched:
            return
        contracts = session.exec(
            select(Contract).where(col(Contract.id).in_(touched)),
            execution_options={"populate_existing": True},
        ).all()
        for one in contracts:
            _, former = touched[one.id or 0]
            if one.owner_id != former:
                hand_over(session, one, former, one.owner_id, run.today)
        try:
            run.result.milestones += replan(session, contracts, run.rules, run.today, BECAUSE)
        except NO_PLAN:
            self._refuse_unplanned(contracts, touched)

    def _refuse_unplanned(self, contracts: Iterable[Contract], touched: dict[int, tuple[Row, int]]) -> None:
        for one in contracts:
            row, _ = touched[one.id or 0]
            try:
                plan(facts(self._run.session, one), self._run.rules.policy, self._run.rules.boards)
            except NO_PLAN as error:
                self._run.refuse_late(
                    row, one.reference, "end", f"no dates can be worked out from it: {error}"
                )


_PARENT, _BEFORE, _WHOLE = (table(Contract).alias() for _ in LINKS)
_KNOWN = (
    sa.select(
        *table(Contract).c,
        _PARENT.c.reference.label("parent"),
        _BEFORE.c.reference.label("predecessor"),
        _WHOLE.c.reference.label("split_from"),
    )
    .outerjoin(_PARENT, _PARENT.c.id == table(Contract).c.parent_id)
    .outerjoin(_BEFORE, _BEFORE.c.id == table(Contract).c.predecessor_id)
    .outerjoin(_WHOLE, _WHOLE.c.id == table(Contract).c.split_from_id)
    .where(table(Contract).c.reference.in_(sa.bindparam("references", expanding=True)))
)


def _blank(field: str) -> Any:
    """What the field of a contract is where nothing is said of it."""
    default = table(Contract).c[field].default
    return default.arg if isinstance(default, sa.ColumnDefault) else None


def _given(name: str, value: Any) -> Any:
    """The value of the field; an empty cell of some columns is not what it was read as."""
    return _INSTEAD[name] if name in _INSTEAD and not value else value


def _turns(one: _New) -> bool:
    """Whether the contract has a cycle of its own; one that has ended has it where it is said to be closed."""
    values = one.row.values
    live = one.ended is None or values.get("stage") is Stage.CLOSED
    return live and values.get("kind", Kind.CONTRACT) in IN_CYCLE


def _with_keys(row: Row, suppliers: dict[Party, int]) -> dict[str, Any]:
    """The row's values with the keys of its suppliers."""
    if "suppliers" not in row.values:
        return row.values
    return row.values | {"suppliers": tuple(dict.fromkeys(suppliers[one] for one in row.values["suppliers"]))}
