"""What `molconvex train` shows while it works: a bar, the losses and a live learning curve; on terminals alone."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rich.console import Console, Group
from rich.live import Live
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.text import Text

if TYPE_CHECKING:
    from types import TracebackType

    from molconvex.surrogate import Progress as Step

BLOCKS = " ▁▂▃▄▅▆▇█"
CURVE_WIDTH, CURVE_HEIGHT = 48, 4


class TrainingDisplay:
    """A context in which `report` draws; where the console is no terminal nothing is drawn at all."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console or Console(stderr=True)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=self.console,
        )
        self._task = self._bar.add_task("reading and encoding", total=None)
        self._stage = ""
        self._train: list[float] = []
        self._valid: list[float] = []
        self._live = Live(console=self.console, transient=True, get_renderable=self.drawn, refresh_per_second=4)

    def __enter__(self) -> TrainingDisplay:
        if self.console.is_terminal:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.console.is_terminal:
            self._live.stop()

    def report(self, step: Step) -> None:
        """Take note of a training step; a new stage begins a new curve."""
        if step.stage != self._stage:
            self._stage, self._train, self._valid = step.stage, [], []
        self._train.append(step.train_loss)
        self._valid.append(step.valid_loss)
        self._bar.update(self._task, description=step.stage, completed=step.done, total=step.total)

    def drawn(self) -> Group:
        """The bar, the latest losses and the curve of the present stage."""
        if not self._valid:
            return Group(self._bar)
        best = min(self._valid)
        losses = Text(f"loss: validation {self._valid[-1]:.4g} (best {best:.4g}), training {self._train[-1]:.4g}")
        rows = [Text(row, style="cyan") for row in curve(self._valid)]
        return Group(self._bar, losses, *rows)


def curve(values: list[float], width: int = CURVE_WIDTH, height: int = CURVE_HEIGHT) -> list[str]:
    """Rows of block characters, top first, that draw positive values on a logarithmic scale, oldest left.

    Args:
        values: At least one; more than `width` are thinned out evenly, the last one kept.
        width: Characters at most in a row.
        height: Rows.
    """
    if len(values) > width:
        values = [values[round(i * (len(values) - 1) / (width - 1))] for i in range(width)]
    levels = [math.log(max(value, 1e-12)) for value in values]
    low, span = min(levels), max(levels) - min(levels)
    steps = len(BLOCKS) - 1
    filled = [1 + round((height * steps - 1) * (level - low) / span) if span > 0 else 1 for level in levels]
    return ["".join(BLOCKS[min(max(n - steps * row, 0), steps)] for n in filled) for row in reversed(range(height))]
