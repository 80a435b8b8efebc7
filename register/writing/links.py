"""Rows that name another row of their own kind: a framework, a predecessor, a deputy, who may stand further down."""

from collections import defaultdict
from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import SQLModel

from models.rows import run_each, table
from register.rows import Row
from register.writing.keys import keys_of
from register.writing.run import Run

CHUNK = 500
TOLD = 5


class Links:
    """The links of one run, settled when every row is written. With a row that falls, what hangs on it falls."""

    def __init__(self, run: Run, model: type[SQLModel], named: str) -> None:
        self._run, self._model, self._named = run, model, named

    def of_itself(self, row: Row, *names: str) -> bool:
        """Refuse the row where it names itself."""
        key = self._run.key(row)
        for name in names:
            if row.values.get(name) == key and not self._may_lack(name):
                self._run.refuse(row, name, f'"{key}" names itself')
                return True
        return False

    def _may_lack(self, name: str) -> bool:
        """A council's own file names frameworks of others, which are in no register of its own."""
        return name == "parent" and bool(self._run.reading.mapping)

    def there(self, names: Iterable[str]) -> set[str]:
        """Those of the names that are on the record already."""
        return set(keys_of(self._run.session, self._model, self._named, names))

    def wait(self, row: Row, id: int, name: str, attribute: str, new: bool) -> None:
        """Set the attribute later to the key of whom the row names in its column."""
        self._run.scratch.link(row, self._run.key(row), id, new, name, attribute, row.values[name])

    def settle(self) -> None:
        """Set what was waiting, and refuse late the rows that name what is not there."""
        run, columns = self._run, table(self._model).c
        lacking: dict[str, None] = {}
        for chunk in run.scratch.links(CHUNK):
            found = keys_of(run.session, self._model, self._named, (target for *_, target in chunk))
            lost = [one for one in chunk if one[3] not in found]
            outside = [one for one in lost if one[2] == "parent_id" and self._may_lack("parent")]
            lacking |= {target: None for *_, target in outside}
            run.scratch.broken(one[0] for one in lost if one not in outside)
            values = defaultdict(list)
            for _, key, attribute, target in chunk:
                if target in found:
                    values[attribute].append({"of": key, "to": found[target]})
            for attribute, rows in values.items():
                statement = sa.update(self._model).where(columns.id == sa.bindparam("of"))
                run_each(run.session, statement.values({attribute: sa.bindparam("to")}), rows)
        if lacking:
            named = ", ".join(f"“{one}”" for one in list(lacking)[:TOLD])
            more = f" and {len(lacking) - TOLD} more" if len(lacking) > TOLD else ""
            run.reading.notes.sentences.append(
                f"Frameworks that are named and not on the register: {named}{more}. Their contracts came in without the link; "
                "once the framework is in, import this file again to make it."
            )
        for row, fallen, name, target in run.scratch.falling():
            run.refuse_late(
                row,
                fallen,
                name,
                f'"{target}" is not known, or was refused; import it first, or mend the spelling',
            )
