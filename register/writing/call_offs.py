"""Call-offs that an import would make of a framework or list that had ended."""

from collections.abc import Iterator
from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from lifecycle import call_offs
from lifecycle.stages import Kind
from models.columns import first_day, last_day
from models.contracts import Contract
from models.rows import run

_FRAMEWORK = aliased(Contract)
_ENDS = sa.func.coalesce(col(_FRAMEWORK.forecast_end), col(_FRAMEWORK.planned_end))
_LATE: sa.Executable = (
    sa.select(
        col(Contract.id), col(Contract.start_date), col(_FRAMEWORK.reference).label("framework"),
        col(_FRAMEWORK.actual_end), _ENDS.label("ends"),
    )
    .join(_FRAMEWORK, col(_FRAMEWORK.id) == col(Contract.parent_id))
    .where(
        col(Contract.kind) == Kind.CALL_OFF, col(Contract.actual_end).is_(None),
        first_day(col(Contract.start_date))
        > sa.func.coalesce(sa.cast(col(_FRAMEWORK.actual_end), sa.String), last_day(_ENDS)),
    )
)  # fmt: skip


class TooLate(NamedTuple):
    """A call-off that cannot be, and why."""

    id: int
    why: str


def made_too_late(session: Session) -> Iterator[TooLate]:
    """The call-offs still running that started after their framework or list had ended."""
    for row in run(session, _LATE).all():
        ended = row.actual_end or (row.ends.latest if row.ends else None)
        if why := call_offs.made_too_late(row.start_date, row.framework, ended):
            yield TooLate(row.id, why)
