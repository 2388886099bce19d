"""Scatter plots as SVG elements, drawn by hand so that the report needs no library."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

WIDTH, HEIGHT = 420, 320
LEFT, RIGHT, TOP, BOTTOM = 54, 14, 12, 46
TEXT = "font-family='system-ui,sans-serif' font-size='12' fill='#5a6877'"


@dataclass(frozen=True)
class Point:
    """A point with the text shown when the mouse rests on it."""

    x: float
    y: float
    text: str = ""


def scatter(
    points: Sequence[Point], x_label: str, y_label: str, *, lead: Point | None = None, diagonal: bool = False
) -> str:
    """Points, the lead as a ring and, where asked, the line on which both axes agree; "" without points."""
    points = [p for p in points if math.isfinite(p.x) and math.isfinite(p.y)]
    if not points:
        return ""
    lead = lead if lead is not None and math.isfinite(lead.x) and math.isfinite(lead.y) else None
    every = [*points, lead] if lead else points
    xs, ys = [p.x for p in every], [p.y for p in every]
    if diagonal:
        xs = ys = xs + ys
    across, up = Axis.over(xs, LEFT, WIDTH - RIGHT), Axis.over(ys, HEIGHT - BOTTOM, TOP)
    parts = [_frame(across, up, x_label, y_label)]
    if diagonal:
        low, high = max(across.low, up.low), min(across.high, up.high)
        parts.append(
            f"<line x1='{across(low):.1f}' y1='{up(low):.1f}' x2='{across(high):.1f}' y2='{up(high):.1f}' "
            "stroke='#8a96a3' stroke-dasharray='4 4'/>"
        )
    parts += [_dot(across, up, p) for p in points]
    if lead:
        parts.append(_ring(across, up, lead))
    title = escape(f"{y_label} against {x_label}")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' "
        f"aria-label='{title}'>{''.join(parts)}</svg>"
    )


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
        return [self.low + i * self.step for i in range(round((self.high - self.low) / self.step) + 1)]


def _round_step(raw: float) -> float:
    power = 10.0 ** math.floor(math.log10(raw))
    return next(f * power for f in (1, 2, 2.5, 5, 10) if f * power >= raw * 0.999)


def tick_text(value: float, step: float) -> str:
    """A tick's value with as many decimals as ticks of that step need."""
    decimals = max(0, 2 - math.floor(math.log10(step) + 1e-9)) if step < 1 else 0
    text = f"{value:.{decimals}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _frame(across: Axis, up: Axis, x_label: str, y_label: str) -> str:
    bottom, right = HEIGHT - BOTTOM, WIDTH - RIGHT
    parts = []
    for tick in across.ticks():
        x = across(tick)
        parts.append(f"<line x1='{x:.1f}' y1='{TOP}' x2='{x:.1f}' y2='{bottom}' stroke='#eef1f4'/>")
        text = tick_text(tick, across.step)
        parts.append(f"<text x='{x:.1f}' y='{bottom + 17}' text-anchor='middle' {TEXT}>{text}</text>")
    for tick in up.ticks():
        y = up(tick)
        parts.append(f"<line x1='{LEFT}' y1='{y:.1f}' x2='{right}' y2='{y:.1f}' stroke='#eef1f4'/>")
        text = tick_text(tick, up.step)
        parts.append(f"<text x='{LEFT - 7}' y='{y + 4:.1f}' text-anchor='end' {TEXT}>{text}</text>")
    middle = (TOP + bottom) / 2
    parts.append(
        f"<text x='{(LEFT + right) / 2}' y='{HEIGHT - 7}' text-anchor='middle' {TEXT}>{escape(x_label)}</text>"
    )
    parts.append(
        f"<text x='13' y='{middle}' text-anchor='middle' transform='rotate(-90 13 {middle})' {TEXT}>"
        f"{escape(y_label)}</text>"
    )
    return "".join(parts)


def _dot(across: Axis, up: Axis, point: Point) -> str:
    return (
        f"<circle cx='{across(point.x):.1f}' cy='{up(point.y):.1f}' r='4' fill='#0b6e75' fill-opacity='.55'>"
        f"<title>{escape(point.text)}</title></circle>"
    )


def _ring(across: Axis, up: Axis, point: Point) -> str:
    x, y = across(point.x), up(point.y)
    side, anchor = (-10, "end") if x > WIDTH / 2 else (10, "start")
    return (
        f"<circle cx='{x:.1f}' cy='{y:.1f}' r='6' fill='none' stroke='#b3402e' stroke-width='2'>"
        f"<title>{escape(point.text)}</title></circle>"
        f"<text x='{x + side:.1f}' y='{y + 4:.1f}' text-anchor='{anchor}' font-family='system-ui,sans-serif' "
        "font-size='12' fill='#b3402e'>lead</text>"
    )
