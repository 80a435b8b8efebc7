"""`recommission contract REF`: everything on record about one contract, on one screen."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from recommission.options import AsJson, On, Reference

if TYPE_CHECKING:
    from collections.abc import Iterator

    from notifications.explaining import Explanation


def contract(reference: Reference, on: On = None, as_json: AsJson = False) -> None:
    """Everything on record about one contract: what a commissioner wants to know before a meeting.

    Facts, dates as written, what is ahead and past, alerts and answers, the Board, spend, documents, changes.
    """
    from models.dossier import dossier
    from models.sheets import sheet
    from notifications.explaining import explain
    from recommission.contract_screen import print_contract
    from recommission.record import contract_called, record, show_json

    with record(on) as (now, session):
        known = contract_called(session, reference)
        seen = sheet(session, reference, now.rules, now.on)
        all_of_it = dossier(session, known)
        alerts = list(_alerts(explain(session, now.rules.policy, known, now.on)))
    if as_json:
        show_json({"cycle": seen.as_json()} | all_of_it.as_json() | {"alerts": alerts})
    else:
        print_contract(seen, all_of_it, alerts, now.on)


def _alerts(explained: "Explanation") -> "Iterator[dict[str, object]]":
    """What was told of each date and answered, and when the next alert is due."""
    for one in explained.dates:
        if one.messages or one.answers or one.next_alert_on:
            yield {
                "what": one.what,
                "words": one.words,
                "met_on": one.met_on,
                "sent": [asdict(sent) for sent in one.messages],
                "answers": [asdict(given) for given in one.answers],
                "now": one.live,
                "next_alert_on": one.next_alert_on,
            }
