"""A small council for tests: its posts and a register of one contract of each kind, as on 25 April 2022."""

import csv
import io
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path

from sqlmodel import Session, col, select

from models.alerts import Delivery, Notification, Purpose
from models.checklists import complete
from models.contracts import Contract
from models.cycles import Cycle, Milestone
from models.planning import Rules
from models.rows import inserting, run_each
from models.session import reading, unit_of_work
from notifications import sweeping
from notifications.channels import Channels
from notifications.links import Links
from notifications.message import compose, message_id
from notifications.sweeping import Swept
from notifications.writing import Sending
from register.importing import ImportResult, import_file

TODAY = date(2022, 4, 25)
NOW = datetime(2022, 4, 25, 7, tzinfo=UTC)
DOMAIN = "council.example"
SENDER = f"Commissioning <commissioning@{DOMAIN}>"
SENDING = Sending({"email": True}, SENDER, Links("http://127.0.0.1:8400", ["a key for tests"]))

OWNER = "Commissioning Manager, Placements"
TEACHING = "Commissioning Manager, Education"
OFFICER = "Commissioning Officer, Frameworks"
GROUP = "Group Manager, Commissioning"
DIRECTOR = "Service Director"

PEOPLE = [
    ["title", "email", "deputy", "manager"],
    [OWNER, f"placements@{DOMAIN}", OFFICER, GROUP],
    [TEACHING, f"education@{DOMAIN}", OFFICER, GROUP],
    [OFFICER, f"frameworks@{DOMAIN}", "", OWNER],
    [GROUP, f"group@{DOMAIN}", "", DIRECTOR],
    [DIRECTOR, f"director@{DOMAIN}", "", ""],
]
HEADER = [
    "reference", "title", "kind", "parent", "department", "owner", "suppliers", "start", "end",
    "extension_options", "notice_months", "regime", "successor_start", "stage",
]  # fmt: skip
LIGHT = "PCR 2015 light touch"
CONTRACTS = [
    HEADER,
    ["BLOCK", "Residential homes block", "block", "", "Children", OWNER, "Larkgarth Homes", "2015", "2025-03-31", "", "6", LIGHT, "", ""],
    ["FW", "Children in care framework", "framework", "", "Children", OWNER, "Larkgarth Homes;Wren Care", "2020-04-01", "2026-03-31", "", "6", LIGHT, "", ""],
    ["FW/01", "Call-off: homes", "call-off", "FW", "Children", OFFICER, "Larkgarth Homes", "2020-04-01", "2026-03-31", "", "1", LIGHT, "", ""],
    ["FW/02", "Call-off: fostering", "call-off", "FW", "Children", OFFICER, "Wren Care", "2020-04-01", "2026-03-31", "", "1", LIGHT, "", ""],
    ["SPOT-0001", "Spot placement, residential care", "spot", "", "Children", OFFICER, "Wren Care", "2022-01-01", "2022-06-30", "", "1", LIGHT, "", ""],
    ["APL", "Approved provider list, schools", "approved provider list", "", "Children", TEACHING, "Wrenmere School", "2018-09-01", "August 2023", "", "6", LIGHT, "academic year 2023/24", "needs analysis"],
    ["TUITION", "Home tuition", "contract", "", "Children", TEACHING, "Wren Tuition", "2020-09-01", "2023-08-31", "2x12", "6", LIGHT, "", ""],
    ["OLD", "Mentoring, ended", "contract", "", "Children", TEACHING, "Wren Tuition", "2019-01-01", "2021-12-31", "", "3", LIGHT, "", ""],
]  # fmt: skip


def sheet(folder: Path, rows: Sequence[Sequence[str]], name: str = "register.csv") -> Path:
    """The rows as a CSV file in the folder."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    path = folder / name
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def with_cell(reference: str, column: str, value: str) -> list[list[str]]:
    """The register with one cell changed."""
    at = HEADER.index(column)
    return [[*row[:at], value, *row[at + 1 :]] if row[0] == reference else list(row) for row in CONTRACTS]


def bring_in(
    url: str, path: Path, rules: Rules, *, on: date = TODAY, partial: bool = False, dry_run: bool = False
) -> ImportResult:
    """Import the file as of that day; refused rows go to `rejects` beside it."""
    with unit_of_work(url) as session:
        return import_file(session, path, rules, on, NOW, path.parent / "rejects", partial, dry_run)


def furnish(url: str, folder: Path, rules: Rules) -> None:
    """Import the posts and the register."""
    for rows in (PEOPLE, CONTRACTS):
        result = bring_in(url, sheet(folder, rows), rules)
        assert not result.refused, result.refused


def contract(session: Session, reference: str) -> Contract:
    """The contract of that reference."""
    return session.exec(select(Contract).where(Contract.reference == reference)).one()


def cycle(session: Session, reference: str) -> Cycle:
    """The cycle of the contract of that reference."""
    return session.exec(select(Cycle).where(Cycle.contract_id == contract(session, reference).id)).one()


def noon(on: date) -> datetime:
    """Noon of that day, when a test's verdicts and steps are recorded."""
    return datetime(on.year, on.month, on.day, 12, tzinfo=UTC)


def fill_checklist(url: str, rules: Rules, reference: str, on: date = TODAY, without: str = "") -> None:
    """Complete the checklist of the stage the contract stands in, all but one item; a call-off has none."""
    with unit_of_work(url) as session:
        found = select(Contract, Cycle).join(Cycle, col(Cycle.contract_id) == col(Contract.id))
        for its, now in session.exec(found.where(Contract.reference == reference)).all():
            for one in rules.policy.checklist(now.stage, its.kind):
                if one.item != without:
                    complete(session, its, now, rules.policy, one.item, "DMS/1", OWNER, on, noon(on))


def milestones(url: str, reference: str) -> dict[str, Milestone]:
    """The contract's milestones by kind and gate."""
    with reading(url) as session:
        rows = session.exec(select(Milestone).where(Milestone.contract_id == contract(session, reference).id))
        found = {f"{one.kind} {one.gate}".strip(): one for one in rows}
        session.expunge_all()
        return found


def sweep(url: str, rules: Rules, on: date = TODAY) -> tuple[int, Swept]:
    """Raise what is due as of that day and write the messages; returns how many alerts, and what was written."""
    with unit_of_work(url) as session:
        swept = sweeping.sweep(session, rules.policy, SENDING, datetime.combine(on, NOW.timetz()))
        return swept.alerts, swept


def fill_outbox(url: str, count: int, body: str = "Due.", at: datetime = NOW) -> None:
    """So many messages in the outbox, each to a post of its own, due at that moment."""

    def message(number: int) -> dict[str, object]:
        identity, recipient = message_id(f"message {number}", DOMAIN), f"post{number}@{DOMAIN}"
        subject = f"Date {number}"
        return {
            "dedupe_key": str(number), "purpose": Purpose.ALERT, "channel": "email", "recipient": recipient,
            "subject": subject, "body": body, "message_id": identity, "written_on": at.date(),
            "payload": compose(SENDER, recipient, subject, body, None, identity, at, {}),
            "state": Delivery.QUEUED, "not_before": at, "attempts": 0,
        }  # fmt: skip

    with unit_of_work(url) as session:
        run_each(session, inserting(Notification), [message(number) for number in range(count)])


def channels(port: int) -> Channels:
    """The one channel: e-mail to a server on this machine."""
    url = f"smtp://127.0.0.1:{port}/?from=commissioning@{DOMAIN}"
    return Channels.load({"version": 1, "urls": [{url: [{"tag": "email"}]}]}, {})
