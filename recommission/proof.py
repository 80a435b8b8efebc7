"""`recommission alerts coverage`, `excuse`, `backtest` and `simulate`: proof that nobody is forgotten."""

import json
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from recommission.options import AsJson, On, Reference, as_day

if TYPE_CHECKING:
    from notifications.backtest import Backtest

PolicyFile = Annotated[Path | None, typer.Option("--policy", help="Another policy.toml than that in force.")]


def coverage(on: On = None, as_json: AsJson = False) -> None:
    """List the live contracts nobody will hear of; exit status 1 if there is any."""
    from flows.context import context
    from models.session import reading
    from notifications.coverage import coverage as covered

    now = context(on)
    with reading(now.database) as session:
        found = covered(session, now.rules.policy, now.on)
    if as_json:
        typer.echo(json.dumps(asdict(found) | {"full": found.full}, default=str, ensure_ascii=False))
    else:
        typer.echo(f"{found}.")
        for one in found.excused:
            typer.echo(f"Excused: {one.reference}, because {one.because} ({one.by}, {one.on})")
        for gap in found.gaps:
            typer.echo(f"{gap.reference} – {gap.title} ({gap.owner}): {gap.why}. {gap.what_to_do}.", err=True)
    raise typer.Exit(0 if found.full else 1)


def excuse(
    reference: Reference,
    because: Annotated[str, typer.Option(help="Why it needs no alert.")],
    by: Annotated[str, typer.Option(help="The post that says so, by its title in the register.")],
    on: On = None,
) -> None:
    """Sign why a contract may stand without an alert ahead."""
    from notifications.coverage import excuse as sign
    from recommission.errors import refuse
    from recommission.record import contract_called, post_called, record

    if not because.strip():
        refuse("--because: say in a few words why the contract needs no alert.")
    with record(on, write=True) as (now, session):
        contract, post = contract_called(session, reference), post_called(session, by)
        sign(session, contract, because.strip(), post, now.on, now.at)
    typer.echo(f"{reference} is excused: {because.strip()} ({by}).")


def backtest(
    first: Annotated[date, typer.Option("--from", parser=as_day, metavar="DAY", help="The first day.")],
    last: Annotated[date, typer.Option("--to", parser=as_day, metavar="DAY", help="The last day.")],
    policy: PolicyFile = None,
    as_json: AsJson = False,
) -> None:
    """Print who would get what on which day under this or another policy; changes nothing.

    The record is taken as it stands, and nobody answers.
    """
    from recommission.errors import refuse

    if last < first:
        refuse(f"--to {last} is before --from {first}: give the last day of the backtest.")
    made = _tried(first, last, policy)
    if as_json:
        typer.echo(json.dumps(asdict(made), default=str, ensure_ascii=False))
        return
    for one in made.sent:
        typer.echo(f"{one.on} {one.person} by {one.channel}, {one.purpose}: {one.subject}")
    for day, words in made.unreachable:
        typer.echo(f"{day} nobody could be told: {words}", err=True)
    typer.echo(f"{len(made.sent):,} messages from {first} to {last}.")


def simulate(on: On = None, policy: PolicyFile = None, as_json: AsJson = False) -> None:
    """Print how many messages each post gets in each week of the next twelve months, if nobody answers."""
    from flows.context import context
    from lifecycle.counting import months_after
    from notifications.backtest import weeks

    first = context(on).on
    load = weeks(_tried(first, months_after(first, 12), policy))
    if as_json:
        typer.echo(json.dumps({who: {str(day): n for day, n in one.items()} for who, one in load.items()}))
        return
    for who, by_week in load.items():
        typer.echo(f"{who}: {sum(by_week.values()):,} messages, at most {max(by_week.values())} in a week")
        for monday, number in sorted(by_week.items()):
            typer.echo(f"  week of {monday}  {number:4}")


def _tried(first: date, last: date, policy: Path | None) -> "Backtest":
    from config.policy_file import PolicyRefused
    from flows.context import channels, context, rules_of, sending
    from notifications.backtest import backtest as tried
    from notifications.channels import ChannelError
    from recommission.errors import told

    with told(PolicyRefused, ChannelError):
        now = context(first)
        rules = rules_of(policy) if policy else now.rules
        with channels(now.settings) as made:
            return tried(now.database, rules, sending(now.settings, made), first, last)
