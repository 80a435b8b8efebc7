"""One message and exit status 2 for what a person can mend; anything else is a fault of ours and shows itself."""

import sys
from collections.abc import Iterable, Iterator
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


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "NAPL"?` with up to three of the known names, or a full stop where none is like it."""
    from difflib import get_close_matches

    plain = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), plain, n=3, cutoff=0.6)
    near += [name for name in plain if word.casefold() in name and name not in near]
    names = " or ".join(f'"{plain[name]}"' for name in near[:3])
    return f"; did you mean {names}?" if names else "."
