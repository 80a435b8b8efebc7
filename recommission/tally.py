"""What the demonstration came to: its figures, and the table of them."""

from collections import Counter
from email import message_from_bytes
from email.policy import SMTP
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlmodel import col, func, select

from board.annual.spending import largest, spend, total
from flows.replay import Replay
from lifecycle.financial_years import FinancialYear
from models.alerts import Acknowledgement, Action, Alert, AlertState, Delivery, Notification, Purpose
from models.contracts import Contract
from models.cycles import VerdictRecord
from models.meetings import Minutes
from models.papers import Edition, Pack, Paper
from models.people import Person, Supplier
from models.session import reading


def summary(database: str, home: Path, replay: Replay, gaps: int) -> dict[str, Any]:
    """The figures of the record, the mail folder and the Prefect server; `gaps` is the worst day's coverage."""

    with reading(database) as session:

        def count(table: Any, *where: Any) -> int:
            return session.exec(select(func.count()).select_from(table).where(*where)).one()

        spent, before = (spend(session, FinancialYear(begins)) for begins in (2021, 2020))
        napl = session.exec(select(Contract.id).where(Contract.reference == "NAPL")).first()
        successor = session.exec(select(Contract).where(Contract.predecessor_id == napl)).first()
        started = successor.start_date.earliest if successor and successor.start_date else None
        delivered = count(Notification, col(Notification.state).in_([Delivery.ACCEPTED, Delivery.DELIVERED]))
        return {
            "contracts": count(Contract),
            "suppliers": count(Supplier, col(Supplier.merged_into_id).is_(None)),
            "spend_2021_22": float(total(spent)),
            "spend_2020_21": float(total(before)),
            "top10_share": round(float(sum(largest(spent).values()) / total(spent)), 4),
            "alerts_raised": count(Alert, col(Alert.state) != AlertState.COLLAPSED),
            "alerts_collapsed": count(Alert, col(Alert.state) == AlertState.COLLAPSED),
            "notifications_delivered": delivered,
            "duplicates": _duplicates(home / "mail"),
            "undelivered": count(Notification, col(Notification.state) != Delivery.CANCELLED) - delivered,
            "answers": {
                action: count(Acknowledgement, col(Acknowledgement.action) == action) for action in Action
            },
            "escalated_to": list(
                session.exec(
                    select(Person.title)
                    .join(Notification, col(Notification.person_id) == col(Person.id))
                    .where(Notification.purpose == Purpose.ESCALATION)
                    .distinct()
                    .order_by(Person.title)
                )
            ),
            "corrections": count(Notification, col(Notification.purpose) == Purpose.CORRECTION),
            "hand_overs": count(Notification, col(Notification.purpose) == Purpose.HANDOVER),
            "coverage_gaps": gaps,
            "packs": [str(home / path) for path in session.exec(select(Pack.path).order_by(col(Pack.path)))],
            "supplements": count(Pack, col(Pack.number) > 0),
            "exempt_editions": count(Pack, Pack.edition == Edition.EXEMPT),
            "papers_from_their_authors": count(Paper, col(Paper.received_on).is_not(None)),
            "board_messages": count(Notification, col(Notification.purpose) == Purpose.BOARD),
            "minutes_approved": count(Minutes, col(Minutes.approved_on).is_not(None)),
            "verdicts": count(VerdictRecord),
            "verdicts_superseded": count(VerdictRecord, col(VerdictRecord.supersedes_id).is_not(None)),
            "prefect_flow_runs": replay.count(),
            "prefect_failed_runs": replay.count(failed=True),
            "napl_successor_start": started.isoformat() if started else None,
        }


def _duplicates(mail: Path) -> int:
    """Messages that arrived more than once, and alerts that one recipient was told of more than once."""

    identities: Counter[str] = Counter()
    told: Counter[tuple[str, str]] = Counter()
    for path in mail.glob("*.eml"):
        message = message_from_bytes(path.read_bytes(), policy=SMTP)
        identities[str(message["Message-ID"])] += 1
        for alert in str(message["X-Recommission-Alerts"] or "").split(","):
            told[str(message["To"]), alert] += bool(alert)
    return sum(count - 1 for seen in (identities, told) for count in seen.values() if count > 1)


def print_table(made: dict[str, Any]) -> None:
    """The figures for people."""

    table = Table("From April 2022 to September 2023", "", show_lines=False)
    rise = made["spend_2021_22"] / made["spend_2020_21"] - 1
    for what, figure in (
        ("Contracts, with the successors that started", made["contracts"]),
        ("Suppliers", made["suppliers"]),
        ("Spend 2021/22", f"£{made['spend_2021_22'] / 1e6:.1f}m, up {rise:.1%}"),
        ("Share of the ten largest suppliers", f"{made['top10_share']:.1%}"),
        ("Alerts raised", made["alerts_raised"]),
        ("Messages delivered / undelivered / doubled",
         f"{made['notifications_delivered']} / {made['undelivered']} / {made['duplicates']}"),
        ("Answered: in hand, later, passed on, done",
         " / ".join(str(made["answers"].get(action, 0)) for action in Action)),
        ("Silence reached", "; ".join(made["escalated_to"]) or "nobody"),
        ("Live contracts without an alert ahead, on the worst day", made["coverage_gaps"]),
        ("Verdicts of the Board", made["verdicts"]),
        ("Verdicts superseded", made["verdicts_superseded"]),
        ("Packs, of them supplements, exempt editions",
         f"{len(made['packs'])}, {made['supplements']}, {made['exempt_editions']}"),
        ("Papers that their authors sent or confirmed", made["papers_from_their_authors"]),
        ("Reminders and news of the Board", made["board_messages"]),
        ("Minutes approved", made["minutes_approved"]),
        ("Prefect flow runs, of them failed", f"{made['prefect_flow_runs']}, {made['prefect_failed_runs']}"),
        ("NAPL's successor started", made["napl_successor_start"]),
    ):  # fmt: skip
        table.add_row(what, str(figure))
    Console().print(table)
