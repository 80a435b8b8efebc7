"""`recommission up` and `recommission doctor`: the engine on today's date, and whether it can run."""

from contextlib import suppress
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from config.settings import Settings
    from models.planning import Rules


def up() -> None:
    """Start the engine on today's date: Prefect server, worker and schedules, until Ctrl-C."""
    from config.policy_file import PolicyRefused
    from config.settings import load_settings
    from flows.context import channels, rules_of
    from lifecycle.stages import UnknownVersion
    from models.session import migrate
    from notifications.channels import ChannelError
    from recommission.errors import refuse, told
    from recommission.health import template_faults
    from recommission.portal_server import PortalServer
    from recommission.prefect_server import PrefectServer, ServerRefused

    stop_on_signals()
    with told(PolicyRefused, ChannelError, ServerRefused, UnknownVersion, OSError):
        settings = load_settings()
        rules = rules_of(settings.policy)
        with channels(settings) as made:
            operations = made.operations
            migrate(settings.database)
        if faults := template_faults(settings):
            refuse("\n".join(faults))
        with suppress(KeyboardInterrupt), PortalServer(settings), PrefectServer(settings) as server:
            typer.echo(f"Starting the Prefect server, {settings.prefect_ui} …")
            server.wait()
            _ready(settings, rules, operations)
            typer.echo("The engine runs by the schedules of the policy. Ctrl-C stops it.")
            serve_until_interrupted(scheduled=True)
    typer.echo("Stopped.")


def _ready(settings: "Settings", rules: "Rules", operations: str | None) -> None:
    """After the server answers and before anything is served: what an outage left, and who is told."""
    from config.settings import london_now
    from flows.starting import make_ready
    from models.session import reading
    from notifications import sweeping

    with reading(settings.database) as session:
        if missing := sweeping.overdue(session, rules.policy, london_now()):
            typer.echo(missing)
    for sentence in make_ready(operations):
        typer.echo(sentence)


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
        # Paused schedules would lose the runs that fall into the time out of service.
        serve(*deployments(scheduled=scheduled), pause_on_shutdown=False, print_starting_message=False)


def doctor() -> None:
    """Say in plain words what is configured, reachable and missing. Exit status 1 where something is missing."""
    from recommission.health import findings

    bad = 0
    for finding in findings():
        typer.echo(f"{'ok     ' if finding.well else 'MISSING'}  {finding.words}")
        bad += not finding.well
    if bad:
        raise typer.Exit(1)


def prefect_yaml() -> None:
    """Print prefect.yaml: the deployments for a Prefect that the council runs already."""
    from config.policy_file import PolicyRefused
    from flows.prefect_yaml import as_yaml
    from recommission.errors import told

    with told(PolicyRefused):
        typer.echo(as_yaml(), nl=False)
