"""A progress bar with an estimate, on a terminal only, for what takes longer than two seconds."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import monotonic

AFTER_SECONDS = 2.0
STEPS = 1000


@contextmanager
def progress(what: str, total: int) -> Iterator[Callable[[int], None]]:
    """Yields what to tell each step how many more are done; the bar goes to standard error."""
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    bar = Progress(
        TextColumn("{task.description}"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn(),
        console=console, transient=True,
    )  # fmt: skip
    task = bar.add_task(what, total=total)
    began, shown = monotonic(), False

    def tick(steps: int) -> None:
        nonlocal shown
        bar.advance(task, steps)
        if not shown and console.is_terminal and monotonic() - began > AFTER_SECONDS:
            bar.start()
            shown = True

    try:
        yield tick
    finally:
        if shown:
            bar.stop()


@contextmanager
def progress_of(what: str) -> Iterator[Callable[[float], None]]:
    """The same where only the share that is done is known, from 0 to 1."""
    with progress(what, STEPS) as tick:
        done = 0

        def tell(share: float) -> None:
            nonlocal done
            tick(int(share * STEPS) - done)
            done = int(share * STEPS)

        yield tell
