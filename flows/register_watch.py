"""What the register's figures tell people: ceilings to owners, providers bought too often to the Board. Imports no Prefect."""

from sqlmodel import Session

from board import business, chasing
from board.chasing import Chase
from flows.board_telling import tell
from flows.context import Context
from models.business import Severity
from models.contracts import Contract
from models.people import Person
from register import ceilings, spot
from register.spot import Often


def watch(session: Session, now: Context) -> dict[str, int]:
    """Tell each step of a ceiling once, and raise each provider of the year once; returns how many of both."""
    written, _ = tell(session, now, ceilings.notices(session, now.rules.policy))
    often = spot.bought_often(session, now.rules.policy.register.spot_contracts_a_year, now.on)
    return {"ceilings": written, "exceptions": _raise(session, now, often)}


def _raise(session: Session, now: Context, often: list[Often]) -> int:
    by_key = {f"spot contracts {one.supplier_id} {one.year}": one for one in often}
    # Never raised twice in a year, also after the Board has closed it.
    new = chasing.new(session, [Chase(0, key, "") for key in by_key], now.on)
    for chase in new:
        one = by_key[chase.key]
        contract = session.get_one(Contract, one.contract_id)
        business.raise_exception(
            session, contract, f"{one.supplier} was bought spot {one.count} times in {one.year}", Severity.MEDIUM,
            f"{one.count} spot contracts with {one.supplier} have begun in {one.year}, each bought by itself. Should "
            "there be a framework, or a place for it on one?",
            "Say whether a framework or a block contract would serve better, and what it would cost.",
            session.get_one(Person, contract.owner_id), now.on, now.at,
        )  # fmt: skip
    return len(new)
