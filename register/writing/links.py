"""Rows that name another row of their own kind: a framework, a predecessor, a deputy, who may stand further down."""

from collections import defaultdict

import sqlalchemy as sa
from sqlmodel import SQLModel

from models.rows import run_each, table
from register.rows import Row
from register.writing.keys import keys_of
from register.writing.run import Run

CHUNK = 500


class Links:
    """The links of one run, settled when every row is written. With a row that falls, what hangs on it falls."""

    def __init__(self, run: Run, model: type[SQLModel], named: str) -> None:
        self._run, self._model, self._named = run, model, named

    def of_itself(self, row: Row, *names: str) -> bool:
        """Refuse the row where it names itself."""
        key = self._run.key(row)
        for name in names:
            if row.values.get(name) == key:
                self._run.refuse(row, name, f'"{key}" names itself')
                return True
        return False

    def wait(self, row: Row, id: int, name: str, attribute: str, new: bool) -> None:
        """Set the attribute later to the key of whom the row names in its column."""
        self._run.scratch.link(row, self._run.key(row), id, new, name, attribute, row.values[name])

    def settle(self) -> None:
        """Set what was waiting, and refuse late the rows that name what is not there."""
        run, columns = self._run, table(self._model).c
        for chunk in run.scratch.links(CHUNK):
            found = keys_of(run.session, self._model, self._named, (target for *_, target in chunk))
            run.scratch.broken(number for number, *_, target in chunk if target not in found)
            values = defaultdict(list)
            for _, key, attribute, target in chunk:
                if target in found:
                    values[attribute].append({"of": key, "to": found[target]})
            for attribute, rows in values.items():
                statement = sa.update(self._model).where(columns.id == sa.bindparam("of"))
                run_each(run.session, statement.values({attribute: sa.bindparam("to")}), rows)
        for row, fallen, name, target in run.scratch.falling():
            run.refuse_late(
                row,
                fallen,
                name,
                f'"{target}" is not known, or was refused; import it first, or mend the spelling',
            )
