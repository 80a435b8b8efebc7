"""Reads a file through a mapping: each row as a row of one of our layouts, or refused with its place."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from register.assembling import Contracts, Unfit
from register.files.table import Table
from register.joining import Repeats, joined
from register.layouts import LAYOUTS, Reader
from register.mapping.kept import Mapping
from register.mapping.names import plain
from register.rows import FileRefused, Notes, Refusal, Refused, Row
from register.values.dates import NAMED, DateColumn
from register.values.money import Money, read_money
from register.values.words import line, words, yes_no

DATES = frozenset({"start", "end", "review", "max_extent", "forecast_end", "successor_start"})
DAYS = frozenset({"signed_on", "ended_on", "last_review", "paid_on"})
KEPT = 1 << 15
"""So many different texts of a column are kept read."""


@dataclass(frozen=True, slots=True)
class Column:
    """A field's columns in the file, and how a cell of theirs is read. Raises ValueError for what cannot be read."""

    field: str
    places: tuple[int, ...]
    read: Callable[[str], Any]


class MappedReading:
    """A file of somebody else's columns as a `Reading`."""

    def __init__(self, table: Table, mapping: Mapping) -> None:
        """Look through all of the file once, so that its dates and repeated keys are understood. Raises FileRefused."""
        self.path, self.digest, self.notes = table.path, table.digest, Notes()
        self.layout, self.mapping, self.header = mapping.layout, mapping.name, table.header
        self._table, self._mapping = table, mapping
        self._key = next((*one.key, "") for one in LAYOUTS if one.name == mapping.layout)[0]
        where = {field: self._placed(headers) for field, headers in mapping.columns.items()}
        self.places = {field: places[0] for field, places in where.items()}
        self._dates = {
            place: DateColumn(self.header[place], plain(self.header[place]) in {plain(one) for one in mapping.month_first})
            for field, places in where.items() if field in DATES | DAYS for place in places
        }  # fmt: skip
        self._width = len(self.header)
        self._assembled = (
            Contracts(mapping, self.places, self.notes) if mapping.layout == "contracts" else None
        )
        self._columns = [Column(field, places, self._reader(field)) for field, places in where.items()]
        self._lacking(where)
        self._from = [place for field in mapping.made_from for place in where[field]] or list(
            where.get(self._key, ())
        )
        self._award = where["value"][0] if len(where.get("value", ())) > 1 and "value_max" in where else None
        self._repeats = Repeats()
        self._kept = {place for places in where.values() for place in places}
        self._look_through()

    def _placed(self, headers: tuple[str, ...]) -> tuple[int, ...]:
        names = [" ".join(name.split()).casefold() for name in self.header]
        places = []
        for header in headers:
            if " ".join(header.split()).casefold() not in names:
                raise FileRefused(
                    f"{self.path}: line {self._table.header_line}: has no column “{header}”, which the mapping "
                    f"“{self.mapping}” names; it has: {', '.join(f'“{name}”' for name in self.header if name)[:400]}"
                )
            places.append(names.index(" ".join(header.split()).casefold()))
        return tuple(places)

    def _lacking(self, where: dict[str, tuple[int, ...]]) -> None:
        if self._key and self._key not in where and not self._mapping.made_from:
            what = "reference" if self._key == "reference" else self._key
            more = (
                ', or let one be made from columns that do not change: reference = "from: suppliers, title, start"'
                if self._key == "reference" else ""
            )  # fmt: skip
            raise FileRefused(
                f"{self.path}: no column is mapped to “{what}”, which tells the rows apart; name one in the mapping{more}"
            )

    def _reader(self, field: str) -> Reader:
        if self._assembled:
            if field in DATES or field in DAYS:
                return words  # read by the column it stands in
            return self._assembled.reader(field)
        if field in DATES or field in DAYS:
            return words  # read by the column it stands in
        own = next(one for one in LAYOUTS if one.name == self.layout).columns[field]
        if field in ("sme", "vcse", "children_in_care", "invented", "off_framework"):
            return yes_no
        return lambda text: own(line(text))

    def _look_through(self) -> None:
        over: dict[str, list[int]] = {}
        width, rows = self._width, 0
        dates, key = list(self._dates.items()), self._from
        for line_, cells in self._table.rows():
            if why := self._table.passed_over(cells):
                over.setdefault(why, []).append(line_)
                continue
            rows += 1
            if len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            for place, column in dates:
                column.look(cells[place], line_)
            self._repeats.see(_key_of(cells, key))
        if not rows:
            raise FileRefused(f"{self.path}: has a header and no rows; there is nothing to import")
        for column in self._dates.values():
            if refusal := column.refusal():
                raise FileRefused(f"{self.path}: {refusal}")
        self._repeats.close()
        told = self.notes.sentences
        told.append(self._table.described)
        if self._table.preamble:
            told.append(
                f"The header was found in line {self._table.header_line}; what stands above it was passed over."
            )
        for why, lines in over.items():
            named = ", ".join(map(str, lines[:NAMED]))
            told.append(
                f"{len(lines)} rows that {why} were passed over (lines {named}{' …' if len(lines) > NAMED else ''})."
                if len(lines) > 1 else f"Line {named} was passed over: such rows {why}."
            )  # fmt: skip
        for column in self._dates.values():
            told.extend(column.notes())
        if self._table.uncalculated:
            told.append(
                "Some formulas have no result in the file: open it in Excel, save it, and import it again."
            )
        self._said = len(told)

    def rows(self) -> Iterator[Row | Refused]:
        """The rows in order; those that give one contract for each of its suppliers as one."""
        del self.notes.sentences[self._said :]
        if self._assembled:
            self._assembled.begin()
            yield from joined(self._read_all(), self._repeats, self._assembled.merge, self._key, self.notes)
            self.notes.sentences.extend(self._assembled.told())
        else:
            yield from joined(self._read_all(), self._repeats, _merged, self._key, self.notes)

    def progress(self) -> float:
        """How much of the file the last `rows()` has read, from 0 to 1."""
        return self._table.file.progress()

    def _read_all(self) -> Iterator[tuple[str, Row | Refused]]:
        table, key, width = self._table, self._from, self._width
        for line_, cells in table.rows():
            if not table.passed_over(cells):
                came = tuple(cells)
                if (
                    self.layout == "payments"
                ):  # what was bought may name a child: it goes nowhere, no reject file either
                    came = tuple(cell if place in self._kept else "" for place, cell in enumerate(came))
                if len(cells) < width:
                    cells = cells + [""] * (width - len(cells))
                yield _key_of(cells, key), self._read(line_, came, cells)

    def _read(self, line_: int, came: tuple[str, ...], cells: list[str]) -> Row | Refused:
        if table_refusal := self._table.misfit(came):
            return Refused(
                Refusal(line_, min(len(came), self._width), self.header[-1], came[-1], table_refusal), came
            )
        values: dict[str, Any] = {}
        for column in self._columns:
            try:
                values[column.field] = self._value(column, cells)
            except ValueError as error:
                place = next((one for one in column.places if cells[one].strip()), column.places[0])
                return Refused(Refusal(line_, place + 1, self.header[place], cells[place], str(error)), came)
        if self._assembled:
            if (award := self._award) is not None and read_money(cells[award]).value:
                values["value_max"] = Money()  # the tender's range is of no account once the award is known
            try:
                self._assembled.complete(values, line_, _key_of(cells, self._from))
            except Unfit as error:
                place = self.places.get(error.field, 0)
                return Refused(Refusal(line_, place + 1, self.header[place], cells[place], str(error)), came)
        elif self._key and not values[self._key]:
            place = self.places[self._key]
            return Refused(
                Refusal(line_, place + 1, self._key, "", "is empty, and every row needs one"), came
            )
        return Row(line_, came, values)

    def _value(self, column: Column, cells: list[str]) -> Any:
        field, places = column.field, column.places
        if field in DATES:
            return next((date for place in places if (date := self._dates[place].read(cells[place]))), None)
        if field in DAYS:
            return next((day for place in places if (day := self._dates[place].day(cells[place]))), None)
        if len(places) == 1:
            return column.read(cells[places[0]])
        found = [value for place in places if (value := column.read(cells[place]))]
        if field == "suppliers":
            return tuple(dict.fromkeys(party for parties in found for party in parties))
        return found[0] if found else column.read("")


def _key_of(cells: list[str], places: list[int]) -> str:
    if len(places) == 1:
        return cells[places[0]].strip()
    return "\n".join(" ".join(cells[place].split()).casefold() for place in places)


def _merged(one: Row, other: Row) -> dict[str, Any] | None:
    """The values of two rows of a supplier: one home's number beside the other's; else they must agree."""
    values = dict(one.values)
    for name, value in other.values.items():
        before = values[name]
        if name == "ofsted_urn" and value and before:
            values[name] = before if value in before.split(";") else f"{before};{value}"
        elif before and value and before != value:
            if name in ("service", "sector"):
                continue  # an owner of several homes: the first one's stands
            return None
        else:
            values[name] = before or value
    return values


def names_only(path: Path) -> str:
    """The name a mapping gets that was made for a file."""
    return (
        "".join(letter if letter.isalnum() or letter in " -_." else "-" for letter in path.stem)[:60].strip(
            " .-_"
        )
        or "register"
    )
