"""Prediction and measured values along a path, as an SVG element drawn by hand."""

from html import escape

import pandas as pd

from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.walk import JUMP
from molconvex.runs.report.numbers import label, value
from molconvex.runs.report.plots import Axis, tick_text

WIDTH, HEIGHT = 900, 264
LEFT, RIGHT, TOP, BOTTOM = 60, 22, 38, 50
FONT = "font-family='system-ui,sans-serif' font-size='12'"
SOFT, FAINT, LINE, ACCENT, RED = "#5a6877", "#8a96a3", "#eef1f4", "#0b6e75", "#b3402e"


def path_plot(stops: pd.DataFrame, name: str) -> str:
    """Predicted values as a line, measured ones as dots, and the level of the start; stops share an even axis."""
    predicted, measured = stops[PREDICTED(name)], stops[MEASURED(name)]
    values = [*predicted, *measured.dropna()]
    up = Axis.over(values, HEIGHT - BOTTOM, TOP)
    across = Axis(1.0, float(len(stops)), 1.0, LEFT + 14, WIDTH - RIGHT - 14)
    way = (stops["part"] != JUMP).to_numpy()
    parts = [_grid(up, across, stops)]
    level = up(float(predicted.iloc[0]))
    parts.append(f"<path d='M{LEFT} {level:.1f}H{WIDTH - RIGHT}' stroke='{FAINT}' stroke-dasharray='4 4'/>")
    line = " ".join(f"{across(s):.1f},{up(p):.1f}" for s, p in zip(stops["stop"][way], predicted[way], strict=True))
    parts.append(f"<polyline points='{line}' fill='none' stroke='{ACCENT}' stroke-width='2'/>")
    for (_, row), on_way in zip(stops.iterrows(), way, strict=True):
        parts.append(_marks(row, name, across, up, bool(on_way)))
    parts.append(_legend(bool(len(measured.dropna())), not way.all()))
    axis = f"<text x='{LEFT}' y='14' {FONT} fill='{SOFT}'>{label(name)}</text>"
    title = escape(f"{name} along the path")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {HEIGHT}' role='img' "
        f"aria-label='{title}'>{axis}{''.join(parts)}</svg>"
    )


def _grid(up: Axis, across: Axis, stops: pd.DataFrame) -> str:
    parts = []
    for tick in up.ticks():
        y = up(tick)
        parts.append(f"<path d='M{LEFT} {y:.1f}H{WIDTH - RIGHT}' stroke='{LINE}'/>")
        text = tick_text(tick, up.step)
        parts.append(f"<text x='{LEFT - 8}' y='{y + 4:.1f}' text-anchor='end' {FONT} fill='{SOFT}'>{text}</text>")
    every = max(1, len(stops) // 25)
    for stop in stops["stop"][::every]:
        x = across(stop)
        parts.append(
            f"<text x='{x:.1f}' y='{HEIGHT - BOTTOM + 25}' text-anchor='middle' {FONT} fill='{SOFT}'>{stop}</text>"
        )
    middle = (LEFT + WIDTH - RIGHT) / 2
    parts.append(f"<text x='{middle}' y='{HEIGHT - 6}' text-anchor='middle' {FONT} fill='{SOFT}'>stop</text>")
    return "".join(parts)


def _marks(row: pd.Series, name: str, across: Axis, up: Axis, on_way: bool) -> str:
    predicted, measured = float(row[PREDICTED(name)]), float(row[MEASURED(name)])
    x, y = across(float(row["stop"])), up(predicted)
    said = escape(f"stop {row['stop']}: predicted {value(name, predicted)}, measured {value(name, measured)}")
    fill = ACCENT if on_way else "#ffffff"
    dots = f"<circle cx='{x:.1f}' cy='{y:.1f}' r='4.5' fill='{fill}' stroke='{ACCENT}' stroke-width='2'/>"
    if measured == measured:
        at = up(measured)
        dots = (
            f"<path d='M{x:.1f} {y:.1f}V{at:.1f}' stroke='{RED}' stroke-opacity='.35'/>{dots}"
            f"<path d='M{x:.1f} {at - 5.5:.1f}l5.5 5.5l-5.5 5.5l-5.5 -5.5z' fill='{RED}'/>"
        )
    return f"<g>{dots}<title>{said}</title></g>"


def _legend(measured: bool, jump: bool) -> str:
    x, parts = WIDTH - RIGHT, []
    entries = [("level of the start", f"<path d='M-26 -4h18' stroke='{FAINT}' stroke-dasharray='4 4'/>", 142)]
    if measured:
        entries.append(("measured", f"<path d='M-14 -9.5l5.5 5.5l-5.5 5.5l-5.5 -5.5z' fill='{RED}'/>", 100))
    if jump:
        ring = f"<circle cx='-14' cy='-4' r='4.5' fill='#ffffff' stroke='{ACCENT}' stroke-width='2'/>"
        entries.append(("end, on another level", ring, 160))
    entries.append(("predicted", f"<circle cx='-14' cy='-4' r='4.5' fill='{ACCENT}'/>", 90))
    x += 26
    for text, mark, width in entries:
        x -= width
        parts.append(f"<g transform='translate({x} 14)'>{mark}<text {FONT} fill='{SOFT}'>{text}</text></g>")
    return "".join(parts)
