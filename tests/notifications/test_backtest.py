"""A backtest says what the sweeps would send, and leaves no trace."""

from datetime import timedelta

import sqlalchemy as sa
from sqlmodel import SQLModel, select

from models.alerts import Notification
from models.planning import Rules
from models.session import engine, reading
from notifications.backtest import backtest, weeks
from tests.town import OWNER, SENDING, TODAY, sweep

LAST = TODAY + timedelta(days=120)


def dump(url: str) -> dict[str, list[tuple[object, ...]]]:
    with engine(url).connect() as connection:
        return {
            its.name: sorted((tuple(row) for row in connection.execute(sa.select(its))), key=repr)
            for its in SQLModel.metadata.sorted_tables
        }


def test_it_foretells_the_very_messages_of_the_sweeps_and_changes_nothing(town: str, rules: Rules) -> None:
    sweep(town, rules)
    before = dump(town)
    foretold = backtest(town, rules, SENDING, TODAY + timedelta(days=1), LAST)
    assert dump(town) == before
    known = len(before["notification"])
    for day in range(1, 121):
        sweep(town, rules, TODAY + timedelta(days=day))
    with reading(town) as session:
        rows = list(session.exec(select(Notification).order_by(Notification.id)))[known:]  # type: ignore[arg-type]
        real = [(one.written_on, one.purpose, one.subject) for one in rows]
    assert [(one.on, one.purpose, one.subject) for one in foretold.sent] == real
    assert len(real) > 5
    load = weeks(foretold)
    assert sum(sum(by_week.values()) for by_week in load.values()) == len(real)
    assert OWNER in load
