"""`recommission`: one command group a module. Nothing slow is imported until a command needs it."""

import sys

import typer

from recommission import (
    alerts,
    audit,
    board,
    contract,
    contracts,
    cycle,
    dates,
    demo,
    engine,
    errors,
    feed,
    people,
    plan,
    policy,
    register,
    report,
    suppliers,
)

app = typer.Typer(
    help="Recommission: runs every contract's commissioning cycle in time for the Board.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(demo.demo)
app.command()(engine.up)
app.command()(engine.portal)
app.command()(engine.doctor)
app.command(hidden=True)(engine.prefect_yaml)
app.command()(plan.plan)
app.command()(contracts.contracts)
app.command(epilog="Example: recommission contract NAPL --on 2022-04-25")(contract.contract)
app.add_typer(register.app, name="register")
app.add_typer(suppliers.app, name="suppliers")
app.add_typer(policy.app, name="policy")
app.add_typer(cycle.app, name="cycle")
app.add_typer(alerts.app, name="alerts")
app.add_typer(feed.app, name="feed")
app.add_typer(people.app, name="people")
app.add_typer(board.app, name="board")
app.add_typer(report.app, name="report")
app.add_typer(audit.app, name="audit")
app.add_typer(dates.app, name="dates")


def main() -> None:
    """Run a command; what a person did wrong ends with one message and exit status 2."""
    try:
        app()
    except KeyboardInterrupt:
        typer.echo("Stopped. Nothing is left half-written.", err=True)
        sys.exit(130)
    except Exception as error:
        if said := errors.of_database(error):
            errors.refuse(said)
        raise


if __name__ == "__main__":
    main()
