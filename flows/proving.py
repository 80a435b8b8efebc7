"""Shows the proof of the alerts in the Prefect UI, and tells operations of what reaches nobody, once."""

from collections.abc import Sequence
from datetime import date
from hashlib import sha256

from prefect import task
from prefect.artifacts import create_markdown_artifact

from board.alerts_report import WELL, AlertsReport
from flows.alerts_report import alerts_report
from flows.context import context
from flows.showing import plain
from flows.telling import tell_operations
from lifecycle.words import say
from models.facts import Fact
from models.session import unit_of_work

TOLD = "alerts in danger"


@task(name="Prove that nobody is forgotten")
def prove(on: date) -> int:
    """Publish coverage, and what was not delivered, as the artifact `alerts`; returns how many contracts have a gap."""
    now = context(on)
    with unit_of_work(now.database) as session:
        report = alerts_report(session, now.rules.policy, on)
        seal = sha256(repr((report.gaps, report.unowned, report.untold, report.lost)).encode()).hexdigest()
        known = session.get(Fact, TOLD)
        new = bool(report.concerns) and (known is None or known.value != seal)
        session.merge(Fact(name=TOLD, value=seal))
    create_markdown_artifact(page(report), key="alerts", description=f"Alerts on {say(on)}")
    if new:
        tell_operations(
            "alerts.in-danger",
            "alerts",
            f"{'; '.join(report.concerns)}. The artifact “alerts” of the run has the list, "
            "`recommission alerts coverage` and `recommission alerts undelivered` print it.",
        )
    return len(report.gaps)


def page(report: AlertsReport) -> str:
    """The report in Markdown."""
    lines = ["# Alerts", "", f"**{plain(report.coverage)}.**", ""]
    if not report.concerns:
        lines.append(WELL)
    for table in report.tables():
        lines += ["", f"## {table.caption}", "", _line(table.header), "|---" * len(table.header) + "|"]
        lines += [_line([plain(cell) for cell in row]) for row in table.rows]
    return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
