"""How a batch shows its progress: a line on a terminal, nothing elsewhere, or JSON for machines."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from molconvex.cli.json_log import write_event

if TYPE_CHECKING:
    from molconvex.runs.batch.progress import BatchProgress, Observer
    from molconvex.runs.store.shards import Shard, ShardState

LOG_FORMATS = ("text", "json")


@contextmanager
def batch_display(log_format: str) -> Iterator["Observer"]:
    """Who is told how a batch goes on, on stderr."""
    if log_format == "json":
        yield JsonDisplay()
    elif not sys.stderr.isatty():
        yield QuietDisplay()
    else:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[pace]}"),
        )
        with Progress(*columns, console=Console(stderr=True)) as bar:
            yield TerminalDisplay(bar)


class QuietDisplay:
    """Leads that were set aside and notes alone."""

    def note(self, text: str) -> None:
        """Say it."""
        self._say(text)

    def lead(self, shard: "Shard", state: "ShardState", error: str, seconds: float | None) -> None:
        """Say which lead was set aside, and why."""
        if state == "failed":
            self._say(f"set aside: {shard.name} (line {shard.line}): {error}")

    def progress(self, now: "BatchProgress") -> None:
        """Say nothing."""

    def _say(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)


class TerminalDisplay(QuietDisplay):
    """A bar with rate and time left."""

    def __init__(self, bar: Any) -> None:
        self._bar, self._task = bar, None

    def progress(self, now: "BatchProgress") -> None:
        """Draw the bar."""
        over = now.done + now.failed + now.rejected
        if self._task is None:
            self._task = self._bar.add_task(now.name, total=now.total, pace="")
        self._bar.update(self._task, completed=over, total=now.total, pace=pace(now))

    def _say(self, text: str) -> None:
        self._bar.console.print(text, highlight=False, markup=False)


class JsonDisplay:
    """One JSON object a line: time, event, and what belongs to it."""

    def note(self, text: str) -> None:
        """Event "note"."""
        write_event("note", text)

    def lead(self, shard: "Shard", state: "ShardState", error: str, seconds: float | None) -> None:
        """Event "lead"."""
        write_event(
            "lead", lead=shard.number, line=shard.line, name=shard.name, state=state, error=error, seconds=seconds
        )

    def progress(self, now: "BatchProgress") -> None:
        """Event "progress"."""
        write_event("progress", **now.to_dict())


def pace(now: "BatchProgress") -> str:
    """Rate and time left in words, and what failed."""
    parts = [] if now.per_minute is None else [f"{now.per_minute:.3g} a minute"]
    parts += [] if now.seconds_left is None else [f"{duration(now.seconds_left)} left"]
    parts += [f"{now.failed} set aside"] if now.failed else []
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """Time in words, such as "2 h 05 min"."""
    minutes = round(seconds / 60)
    if seconds < 60:
        return f"{seconds:.0f} s"
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02d} min"
