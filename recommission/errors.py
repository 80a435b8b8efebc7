"""One message and exit status 2 for what a person can mend; anything else is a fault of ours and shows itself."""

import re
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


_DATABASE = (
    (r"is locked", "Another program holds it. Try again when that has finished."),
    (r"is full|no space left|disk i/o error", "Its disk is full or fails: make room there, then try again."),
    (
        r"readonly|unable to open",
        "This user may not write there: look at the owner and rights of its folder.",
    ),
    (
        r"no such (table|column)",
        "It is empty or of an older version: `recommission up` brings it up to date.",
    ),
)
_NO_SERVER = "Start its server, or mend RECOMMISSION_DATABASE_URL, then try again."


def of_database(error: Exception) -> str | None:
    """What to say of a database that cannot be used just now; None where the error is of another kind."""
    library = sys.modules.get("sqlalchemy")  # too slow to import only to find that it was not in use
    if library is None or not isinstance(error, library.exc.OperationalError):
        return None
    [reason, *_] = str(error.orig).strip().splitlines() or [""]
    known = (to_do for words, to_do in _DATABASE if re.search(words, reason, re.IGNORECASE))
    to_do = next(known, None if type(error.orig).__module__ == "sqlite3" else _NO_SERVER)
    kept = "Nothing on record is lost; what was not sent waits."
    return to_do and f"The database cannot be used: {reason.rstrip('.')}. {to_do} {kept}"


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """`; did you mean "NAPL"?` with up to three of the known names, or a full stop where none is like it."""
    from difflib import get_close_matches

    plain = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), plain, n=3, cutoff=0.6)
    near += [name for name in plain if word.casefold() in name and name not in near]
    names = " or ".join(f'"{plain[name]}"' for name in near[:3])
    return f"; did you mean {names}?" if names else "."
