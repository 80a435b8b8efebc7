"""Reads a file through a mapping: each row as a row of one of our layouts, or refused with its place."""

from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

from register.assembling import Contracts, Unfit
from register.files.table import Table
from register.joining import Repeats, joined
from register.layouts import LAYOUTS, PAYMENTS, PLACEMENTS, Reader
from register.mapping.kept import Mapping
from register.mapping.names import plain
from register.rows import FileRefused, Notes, Refusal, Refused, Row
from register.values.dates import NAMED, DateColumn
from register.values.money import Money, read_money, read_weekly
from register.values.words import days_of, line, words, yes_no

DATES = frozenset({"start", "end", "review", "max_extent", "forecast_end", "successor_start"})
DAYS = frozenset({"signed_on", "ended_on", "last_review", "paid_on"})
_ALL_DIFFERENT = frozenset(
    {"reference", "title", "description", "url", "note", "value", "supplier_company_number"}
)
"""Fields of which a file has a different text in every row."""
KEPT = 1 << 12
"""So many different texts of a column are kept read."""


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
        try:
            self._assembled = Contracts(mapping, self.places) if mapping.layout == "contracts" else None
        except ValueError as error:
            raise FileRefused(f"{self.path}: {error}") from None
        self._where = where
        self._single = [
            (field, places[0], self._reader(field, places[0]))
            for field, places in where.items()
            if len(places) == 1
        ]
        self._several = [
            (field, self._of_row(field, places)) for field, places in where.items() if len(places) > 1
        ]
        self._lacking(where)
        made_from = [place for field in mapping.made_from for place in where[field]]
        self._key_of = _key_from(made_from) if made_from else _key_in(where.get(self._key, ()))
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
        for needed in (PLACEMENTS, PAYMENTS):
            if self.layout == needed.name and (
                lacks := needed.columns.keys() - needed.optional - where.keys()
            ):
                raise FileRefused(
                    f"{self.path}: no column is mapped to {' and '.join(f'“{name}”' for name in sorted(lacks))}, which every "
                    f"row of {needed.name} needs; name it in the mapping"
                )
        if self._key and self._key not in where and not self._mapping.made_from:
            what = "reference" if self._key == "reference" else self._key
            more = (
                ', or let one be made from columns that do not change: reference = "from: suppliers, title, start"'
                if self._key == "reference" else ""
            )  # fmt: skip
            raise FileRefused(
                f"{self.path}: no column is mapped to “{what}”, which tells the rows apart; name one in the mapping{more}"
            )

    def _of_row(self, field: str, places: tuple[int, ...]) -> Callable[[list[str]], Any]:
        """How a field of several columns is read in a row: in the first that is filled; suppliers in all."""
        readers = [(place, self._reader(field, place)) for place in places]
        if field == "suppliers":
            return lambda cells: tuple(
                dict.fromkeys(party for place, read in readers for party in read(cells[place]))
            )
        if field == self._key:  # the reader of a key refuses an empty cell, before the next column is asked
            return lambda cells: next((said for place in places if (said := line(cells[place]))), "")
        nothing = () if field in ("authorities", "lots") else None

        def first(cells: list[str]) -> Any:
            return next((value for place, read in readers if (value := read(cells[place]))), nothing)

        return first

    def _reader(self, field: str, place: int) -> Reader:
        if place in self._dates and field in DATES | DAYS:
            return self._dates[place].read if field in DATES else self._dates[place].day
        if self._assembled:
            read = self._assembled.reader(field)
        elif field in ("sme", "vcse", "children_in_care", "invented", "off_framework"):
            read = yes_no
        elif field == "weekly_fee":
            read = read_weekly
        elif field == "notice_days":
            read = days_of(self.header[place])
        elif field == self._key:
            read = line  # that it is empty is said once all its columns are read
        else:
            own = next(one for one in LAYOUTS if one.name == self.layout).columns[field]
            read = lambda text: own(line(text))  # noqa: E731 - one of several ways to the same name
        return read if field in _ALL_DIFFERENT else lru_cache(KEPT)(read)

    def _look_through(self) -> None:
        over: dict[str, list[int]] = {}
        counts: dict[str, int] = {}
        width, rows = self._width, 0
        dates, key_of = list(self._dates.items()), self._key_of
        for line_, cells in self._table.rows():
            if why := self._table.passed_over(cells):
                counts[why] = counts.get(why, 0) + 1
                if counts[why] <= NAMED:
                    over.setdefault(why, []).append(line_)
                continue
            rows += 1
            if len(cells) < width:
                cells = cells + [""] * (width - len(cells))
            for place, column in dates:
                column.look(cells[place], line_)
            self._repeats.see(key_of(cells))
        if not rows:
            raise FileRefused(f"{self.path}: has a header and no rows; there is nothing to import")
        for column in self._dates.values():
            column.close()
            if refusal := column.refusal():
                raise FileRefused(f"{self.path}: {refusal}")
        self._uncalculated()
        self._repeats.close()
        told = self.notes.sentences
        told.append(self._table.described)
        if self._table.preamble:
            told.append(
                f"The header was found in line {self._table.header_line}; what stands above it was passed over."
            )
        for why, lines in over.items():
            named = ", ".join(map(str, lines)) + (" …" if counts[why] > NAMED else "")
            told.append(
                f"{counts[why]} rows that {why} were passed over (lines {named})."
                if counts[why] > 1 else f"Line {named} was passed over: such rows {why}."
            )  # fmt: skip
        for column in self._dates.values():
            told.extend(column.notes())
        if self._table.uncalculated:
            told.append(
                "Some formulas have no result in the file: open it in Excel, save it, and import it again."
            )
        self._said = len(told)

    def _uncalculated(self) -> None:
        """Refuse a file whose dates are all formulas without a result: nobody would hear of any end."""
        for field in ("start", "end"):
            places = self._where.get(field, ())
            if places and self._table.uncalculated and not any(self._dates[one].seen for one in places):
                raise FileRefused(
                    f"{self.path}: the formulas in the column “{self.header[places[0]]}” have no result: "
                    "open the file in Excel, save it, and import it again"
                )

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
        table, key_of, width = self._table, self._key_of, self._width
        for line_, cells in table.rows():
            if not table.passed_over(cells):
                came = tuple(cells)
                if self.layout == PAYMENTS.name:
                    # What was bought may name a child: it goes nowhere, into no reject file either.
                    came = tuple(cell if place in self._kept else "" for place, cell in enumerate(came))
                if len(cells) < width:
                    cells = cells + [""] * (width - len(cells))
                name = key_of(cells)
                yield name, self._read(line_, came, cells, name)

    def _read(self, line_: int, came: tuple[str, ...], cells: list[str], key: str) -> Row | Refused:
        if len(came) != self._width and (misfit := self._table.misfit(came)):
            place = min(len(came), self._width) - 1
            return Refused(Refusal(line_, place + 1, self.header[place], cells[place], misfit), came)
        values: dict[str, Any] = {}
        field = self._key
        try:
            for field, place, read in self._single:
                values[field] = read(cells[place])
            for field, read_row in self._several:
                values[field] = read_row(cells)
            if self._award is not None and read_money(cells[self._award]).value:
                values["value_max"] = Money()  # the tender's range is of no account once the award is known
            if self._assembled:
                self._assembled.complete(values, line_, key)
            elif self._key and not values[field := self._key]:
                raise ValueError("is empty, and every row needs one")
        except ValueError as error:
            if isinstance(error, Unfit):
                field = error.field
            places = self._where.get(field, (0,))
            place = next((one for one in places if cells[one].strip()), places[0])
            return Refused(Refusal(line_, place + 1, self.header[place], cells[place], str(error)), came)
        return Row(line_, came, values)


def _key_in(places: tuple[int, ...]) -> Callable[[list[str]], str]:
    if len(places) == 1:
        only = places[0]
        return lambda cells: " ".join(cells[only].split())
    return lambda cells: next((" ".join(cells[one].split()) for one in places if words(cells[one])), "")


def _key_from(places: list[int]) -> Callable[[list[str]], str]:
    return lambda cells: "\n".join(" ".join(cells[place].split()).casefold() for place in places)


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
