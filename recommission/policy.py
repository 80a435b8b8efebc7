"""`recommission policy`: what the council decides, checked."""

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(help="The policy file: lead times, ladders, the Board's calendar.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """The policy file: lead times, ladders, the Board's calendar."""


@app.command()
def check(
    file: Annotated[Path | None, typer.Argument(help="A policy file; the one in force if left out.")] = None,
) -> None:
    """Check a policy file: gaps, overlaps, unknown keys and wrong values, each with its line."""
    from config.policy_file import PolicyRefused, load_policy
    from config.settings import load_settings
    from recommission.errors import told

    path = file or load_settings().policy
    with told(PolicyRefused):
        policy = load_policy(path)
    typer.echo(f"{path}: {len(policy.rules)} rules and {len(policy.ladders)} ladders, nothing wrong.")
