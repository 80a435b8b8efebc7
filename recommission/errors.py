"""One message and exit status 2 for what a person can mend; anything else is a fault of ours and shows itself."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer


@contextmanager
def told(*kinds: type[Exception]) -> Iterator[None]:
    """Turn these errors into their message on standard error and exit status 2."""
    try:
        yield
    except kinds as error:
        refuse(str(error))


def refuse(message: str) -> NoReturn:
    """Say what is wrong and stop with exit status 2."""
    typer.echo(message, err=True)
    sys.exit(2)
