"""Maps from values to pixels, with round ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Axis:
    """Map from values to pixels, with round ticks."""

    low: float
    high: float
    step: float
    start: float
    end: float

    @classmethod
    def over(cls, values: Sequence[float], start: float, end: float) -> "Axis":
        """An axis whose ends are ticks around the values."""
        low, high = min(values), max(values)
        if high - low < 1e-9 * max(1.0, abs(high)):
            low, high = low - 0.5, high + 0.5
        step = _round_step((high - low) / 5)
        return cls(math.floor(low / step) * step, math.ceil(high / step) * step, step, start, end)

    def __call__(self, value: float) -> float:
        return self.start + (value - self.low) / (self.high - self.low) * (self.end - self.start)

    def ticks(self) -> list[float]:
        """Values at which the axis has a line."""
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]

    def labelled(self) -> list[tuple[float, str]]:
        """Pixel and text of each tick."""
        return [(self(tick), tick_text(tick, self.step)) for tick in self.ticks()]


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= raw * 0.999)


def tick_text(value: float, step: float) -> str:
    """A tick's value with as many decimals as ticks of that step need."""
    decimals = max(0, 2 - math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text
