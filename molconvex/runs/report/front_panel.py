"""One panel of a front's figure: axes, marks and the shaded part that certificates exclude."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.optimize import ParetoFront
from molconvex.runs.report.plots import Axis, tick_text
from molconvex.surrogate import TargetScaler

Values = NDArray[np.float64]

WIDTH = 860
INK, SOFT, TEAL, RED = "#1c2733", "#5a6877", "#0b6e75", "#b3402e"
COLUMNS = 240  # of the shaded part's edge


@dataclass(frozen=True)
class Box:
    """Where a panel's axes lie, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


def text(x: float, y: float, words: str, *, anchor: str = "start", color: str = SOFT, weight: int = 400) -> str:
    """A line of text; `words` may hold HTML entities."""
    return (
        f"<text x='{x:.1f}' y='{y:.1f}' text-anchor='{anchor}' font-family='system-ui,sans-serif' font-size='12' "
        f"font-weight='{weight}' fill='{color}'>{words}</text>"
    )


@dataclass(frozen=True)
class Panel:
    """Axes over values of two goals."""

    box: Box
    across: Axis
    up: Axis

    @classmethod
    def over(cls, box: Box, points: Sequence[Values]) -> "Panel":
        """Axes that hold all points, each of shape (n, 2); rows with NaN are left out."""
        every = np.concatenate(points)
        every = every[np.isfinite(every).all(axis=1)]
        x, y = every[:, 0].tolist(), every[:, 1].tolist()
        return cls(box, Axis.over(x, box.left, box.right), Axis.over(y, box.bottom, box.top))

    def frame(self, x_label: str, y_label: str) -> str:
        """Grid, ticks and labels, which may hold HTML entities."""
        box, parts = self.box, []
        for tick in self.across.ticks():
            x = self.across(tick)
            parts.append(f"<line x1='{x:.1f}' y1='{box.top}' x2='{x:.1f}' y2='{box.bottom}' stroke='#eef1f4'/>")
            parts.append(text(x, box.bottom + 17, tick_text(tick, self.across.step), anchor="middle"))
        for tick in self.up.ticks():
            y = self.up(tick)
            parts.append(f"<line x1='{box.left:.1f}' y1='{y:.1f}' x2='{box.right:.1f}' y2='{y:.1f}' stroke='#eef1f4'/>")
            parts.append(text(box.left - 7, y + 4, tick_text(tick, self.up.step), anchor="end"))
        middle = (box.top + box.bottom) / 2
        parts.append(text((box.left + box.right) / 2, box.bottom + 36, x_label, anchor="middle"))
        turned = text(0, 0, y_label, anchor="middle")
        return "".join(parts) + f"<g transform='translate({box.left - 40:.1f} {middle:.1f}) rotate(-90)'>{turned}</g>"

    def excluded(self, front: ParetoFront, scalers: Sequence[TargetScaler]) -> str:
        """The values of two goals that the certificates prove to be out of the surrogates' reach, as a shaded area.

        Values grow or fall with costs, so a column of the panel is excluded up to the outer set's edge.
        """
        values = np.linspace(self.across.low, self.across.high, COLUMNS)
        edge = _least_second_cost(_costs(scalers[0], values), front)
        top = self.up.low if scalers[1].sign > 0 else self.up.high
        bottom = self.up.high if scalers[1].sign > 0 else self.up.low
        finite = np.isfinite(edge)
        y = np.full(COLUMNS, bottom)
        y[finite] = scalers[1].value_of(edge[finite])
        y = np.clip(y, self.up.low, self.up.high)
        corners = [*zip(values, y, strict=True), (values[-1], top), (values[0], top)]
        path = " ".join(f"{self.across(a):.1f},{self.up(b):.1f}" for a, b in corners)
        return f"<polygon points='{path}' fill='#f0e6d6' fill-opacity='.75'/>"

    def line(self, points: Values) -> str:
        """A thin line through points (n, 2)."""
        path = " ".join(f"{self.across(x):.1f},{self.up(y):.1f}" for x, y in points)
        return f"<polyline points='{path}' fill='none' stroke='{INK}' stroke-width='1'/>"

    def diamond(self, point: Values) -> str:
        """A point of the predicted front."""
        a, b = self._pixels(point)
        return f"<path d='M{a:.1f} {b - 4:.1f}l4 4l-4 4l-4 -4Z' fill='#fff' stroke='{INK}'/>"

    def dot(self, point: Values, smiles: str, on_front: bool) -> str:
        """A measured molecule; nothing where a value is missing."""
        if not np.isfinite(point).all():
            return ""
        x, y = self._pixels(point)
        look = f"r='4.5' fill='{TEAL}'" if on_front else "r='3.5' fill='#9aa7b4' fill-opacity='.6'"
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' {look}><title>{escape(smiles)}</title></circle>"

    def number(self, point: Values, number: int) -> str:
        """The number of a drawn molecule beside its dot."""
        x, y = self._pixels(point)
        return text(x + 6, y - 5, str(number), color=TEAL, weight=700)

    def ring(self, point: Values) -> str:
        """The lead."""
        x, y = self._pixels(point)
        look = f"r='5.5' fill='none' stroke='{RED}' stroke-width='2'"
        return f"<circle cx='{x:.1f}' cy='{y:.1f}' {look}><title>lead</title></circle>"

    def _pixels(self, point: Values) -> tuple[float, float]:
        return self.across(float(point[0])), self.up(float(point[1]))


def _costs(scaler: TargetScaler, values: Values) -> Values:
    cost: Any = scaler.cost_of(values)
    return np.asarray(cost, dtype=np.float64)


def _least_second_cost(first: Values, front: ParetoFront) -> Values:
    """The least second cost that the certificates leave open at each first cost; infinity where they leave none."""
    weights, bounds = front.program.weights.double().numpy(), front.solution.lower_bound.numpy()
    least = np.full(len(first), -np.inf)
    for (a, b), bound in zip(weights, bounds, strict=True):
        room = bound - a * first
        least = np.maximum(least, room / b if b > 0 else np.where(room > 0, np.inf, -np.inf))
    return least
