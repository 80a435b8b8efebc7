"""`recommission dates`: a calculator for the secretary, and for anyone who doubts us."""

import typer

app = typer.Typer(help="Calculate a date, and see how.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Calculate a date, and see how."""
