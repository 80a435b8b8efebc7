"""Gathers what proves that nobody is forgotten, for the pack and for the Prefect UI. Imports no Prefect."""

from datetime import date

from sqlmodel import Session

from board.alerts_report import AlertsReport
from lifecycle.policy import Policy
from lifecycle.words import say
from notifications.continuity import unowned
from notifications.coverage import coverage
from notifications.undelivered import dead_letters, untold


def alerts_report(session: Session, policy: Policy, on: date) -> AlertsReport:
    """Coverage, what reached nobody and what nobody owns, as the record stands on the day."""
    covered = coverage(session, policy, on)
    return AlertsReport(
        f"{covered} on {say(on)}",
        tuple((one.reference, one.title, one.why, one.what_to_do) for one in covered.gaps),
        tuple((one.reference, one.because, one.by, say(one.on)) for one in covered.excused),
        tuple((one.person, one.channel, one.subject, one.why) for one in dead_letters(session)),
        tuple((one.reference, f"{one.what} {one.words}", say(one.raised_on)) for one in untold(session)),
        tuple((one.reference, one.title, one.owner, one.why) for one in unowned(session, on)),
    )
