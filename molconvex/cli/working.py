"""What the commands that run a job share: surrogates by flag, progress bars, an orderly stop, plain warnings."""

import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from types import FrameType


def own_surrogates(texts: list[str]) -> dict[str, Path]:
    """Folders by property from texts PROPERTY=FOLDER."""
    pairs = [text.partition("=") for text in texts]
    for name, _, folder in pairs:
        if not name or not folder:
            raise typer.BadParameter(f"write PROPERTY=FOLDER, got {name!r}", param_hint="--surrogate")
    return {name: Path(folder) for name, _, folder in pairs}


@contextmanager
def plain_warnings() -> Iterator[None]:
    """Warnings as one line for people, without file and line number."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_: print(f"note: {message}", file=sys.stderr)
        yield


@contextmanager
def progress_bars() -> Iterator[Callable[[str, int, int], None]]:
    """A bar per stage on stderr."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

    console = Console(stderr=True)
    columns = (TextColumn("{task.description:<16}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bars:
        tasks: dict[str, Any] = {}

        def report(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = bars.add_task(stage, total=total)
            bars.update(tasks[stage], completed=done, total=total)

        yield report


@contextmanager
def stoppable() -> Iterator[Callable[[], bool]]:
    """The first Ctrl-C asks the work to stop and keep what is finished; the second stops at once."""
    asked = False

    def ask(number: int, frame: "FrameType | None") -> None:
        nonlocal asked
        if asked:
            raise KeyboardInterrupt
        asked = True
        print("stopping; what is finished will be written (Ctrl-C again: at once)", file=sys.stderr)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield lambda: asked
    finally:
        signal.signal(signal.SIGINT, before)
