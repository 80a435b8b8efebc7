"""`recommission demo`: sixteen months of a council's commissioning, replayed through the real flows."""

from pathlib import Path
from typing import Annotated

import typer


def demo(
    leave: Annotated[
        bool, typer.Option("--exit", help="End when the replay is over, and stop everything.")
    ] = False,
    scenario: Annotated[
        Path | None, typer.Option(help="What the Board decides; the built-in scenario if left out.")
    ] = None,
) -> None:
    """Replay April 2022 to September 2023: real flows, real e-mails, real packs, in a home of its own."""
    from recommission.demonstration import run
    from recommission.engine import stop_on_signals
    from recommission.errors import told
    from recommission.prefect_server import ServerRefused
    from recommission.scenario import read_scenario

    stop_on_signals()
    with told(ValueError, ServerRefused):
        run(leave, read_scenario(scenario or Path(__file__).with_name("scenario.toml")))
