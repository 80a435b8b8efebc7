"""`recommission up` and `recommission doctor`: the engine on today's date, and whether it can run."""

from contextlib import suppress

import typer


def up() -> None:
    """Start the engine on today's date: Prefect server, worker and schedules, until Ctrl-C."""
    from config.policy_file import PolicyRefused
    from config.settings import load_settings
    from flows.context import channels, rules_of
    from models.session import migrate
    from notifications.channels import ChannelError
    from recommission.errors import told
    from recommission.portal_server import PortalServer
    from recommission.prefect_server import PrefectServer, ServerRefused

    stop_on_signals()
    with told(PolicyRefused, ChannelError, ServerRefused, OSError):
        settings = load_settings()
        rules_of(settings.policy)
        with channels(settings):
            migrate(settings.database)
        with suppress(KeyboardInterrupt), PortalServer(settings), PrefectServer(settings) as server:
            typer.echo(f"Starting the Prefect server, {settings.prefect_ui} …")
            server.wait()
            typer.echo("The engine runs: sweep at 07:00, post every quarter of an hour. Ctrl-C stops it.")
            serve_until_interrupted(scheduled=True)
    typer.echo("Stopped.")


def portal() -> None:
    """Serve the pages people answer on, alone, until Ctrl-C."""
    from config.settings import load_settings
    from models.session import migrate
    from recommission.errors import told
    from recommission.portal_server import PortalServer
    from recommission.prefect_server import ServerRefused

    stop_on_signals()
    with told(ServerRefused):
        settings = load_settings()
        migrate(settings.database)
        with suppress(KeyboardInterrupt), PortalServer(settings) as pages:
            typer.echo(f"The pages answer at {settings.portal_url}. Ctrl-C stops them.")
            pages.wait()
    typer.echo("Stopped.")


def stop_on_signals() -> None:
    """Have SIGTERM end the program as Ctrl-C does, so that what it started is stopped too.

    Ctrl-C is set as well: a shell that starts a program in the background has it ignored.
    """
    import signal

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)


def serve_until_interrupted(scheduled: bool) -> None:
    """Serve every deployment from this process, until Ctrl-C or SIGTERM."""
    from prefect import serve

    from flows.deployments import deployments

    stop_on_signals()
    with suppress(KeyboardInterrupt):
        serve(*deployments(scheduled=scheduled), print_starting_message=False)


def doctor() -> None:
    """Say in plain words what is configured, reachable and missing. Exit status 1 where something is missing."""
    from recommission.health import findings

    bad = 0
    for finding in findings():
        typer.echo(f"{'ok     ' if finding.well else 'MISSING'}  {finding.words}")
        bad += not finding.well
    if bad:
        raise typer.Exit(1)
