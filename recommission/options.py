"""Options that several commands share, and how a day is read."""

from collections.abc import Callable, Iterable
from datetime import date
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

Word = TypeVar("Word", bound=StrEnum)


def as_day(text: str) -> date:
    """A day as people write it; anything else ends with one message and exit status 2."""
    from lifecycle.partial_dates import DateRefused, PartialDate
    from lifecycle.words import say
    from recommission.errors import refuse

    try:
        read = PartialDate.parse(text)
    except DateRefused as refused:
        refuse(str(refused))
    if read.earliest is None or not read.pinned:
        refuse(f"“{text}” is not one day. Write the day, as in {say(read.latest or date(2023, 8, 31))}.")
    return read.earliest


def one_of(what: str, known: Iterable[Word]) -> Callable[[str], Word]:
    """A reader of one of these words, however it is written: "refer back", "Refer-Back"."""
    words = {str(word).casefold(): word for word in known}

    def read(text: str) -> Word:
        from recommission.errors import did_you_mean, refuse

        plain = text.strip().casefold().replace("-", " ").replace("_", " ")
        if plain not in words:
            near = did_you_mean(plain, words.values())
            refuse(f'There is no {what} "{text}"{near} It is one of: {", ".join(words.values())}.')
        return words[plain]

    return read


On = Annotated[
    date | None,
    typer.Option("--on", parser=as_day, metavar="DAY", help="Act as on this day; today if left out."),
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Write nothing; show what would change.")]
Partial = Annotated[bool, typer.Option("--partial", help="Keep the good rows where some are refused.")]
AsJson = Annotated[bool, typer.Option("--json", help="The result for machines.")]
Reference = Annotated[
    str, typer.Argument(metavar="REF", help="The contract's reference in the register, such as NAPL.")
]
Despite = Annotated[str, typer.Option(help="Why it is done although the stage still lacks something.")]
US = "command line"
"""Who did it, where no post is named."""
