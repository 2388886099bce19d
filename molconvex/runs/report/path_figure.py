"""A path drawn: its prediction and measured values, and every molecule met, as one picture."""

from html import escape
from typing import TYPE_CHECKING

import pandas as pd

from molconvex.chem import draw_svg
from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.table import merged
from molconvex.design.paths.walk import JUMP
from molconvex.runs.report.numbers import value
from molconvex.runs.report.path_plot import HEIGHT, WIDTH, path_plot

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath

MOST_ACROSS, CELL, DRAWING = 5, 226, 140
INK, SOFT, TEAL = "#1c2733", "#5a6877", "#0b6e75"


def draw_path(path: "MoleculePath", *, structures: int = 20) -> str:
    """The path as a self-contained SVG; below each molecule its values and its similarity to the start and the end.

    Args:
        path: A path.
        structures: Molecules drawn at most, those of most stops first; the ends are always among them.
    """
    runs = _chosen([run for run in merged(path.stops) if run["smiles"].iloc[0]], structures)
    rows = -(-len(runs) // MOST_ACROSS)
    across = -(-len(runs) // max(rows, 1))
    plot = path_plot(path.stops, path.property_name).replace("<svg ", f"<svg width='{WIDTH}' height='{HEIGHT}' ", 1)
    cells = "".join(_cell(run, path, place, across) for place, run in enumerate(runs))
    height = HEIGHT + rows * CELL + 8
    title = escape(f"Path from {path.start.name} to {path.end.name} at predicted {path.label}")
    return (
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {WIDTH} {height}' role='img' aria-label='{title}'>"
        f"<rect width='{WIDTH}' height='{height}' fill='#fff'/>{plot}{cells}</svg>"
    )


def _chosen(runs: list[pd.DataFrame], most: int) -> list[pd.DataFrame]:
    """The first, the last and the longest runs, in their order."""
    inner = sorted(range(1, len(runs) - 1), key=lambda place: -len(runs[place]))[: max(most - 2, 0)]
    return [runs[place] for place in sorted({0, len(runs) - 1, *inner})] if runs else []


def _cell(run: pd.DataFrame, path: "MoleculePath", place: int, across: int) -> str:
    width = WIDTH / across
    x, y = width * (place % across), HEIGHT + CELL * (place // across)
    first, last, name = run.iloc[0], run.iloc[-1], path.property_name
    stops = f"stop {first['stop']}" if len(run) == 1 else f"stops {first['stop']}–{last['stop']}"
    jump = ", another level" if first["part"] == JUMP else ""
    drawing = draw_svg(first["smiles"], round(width - 16), DRAWING, highlight=path.start.smiles)
    drawing = drawing.replace("<svg ", f"<svg x='{x + 8:.0f}' y='{y + 22:.0f}' ", 1)
    predicted = dict.fromkeys(value(name, row[PREDICTED(name)]) for row in (first, last))
    lines = [(f"predicted {' to '.join(predicted)}", INK)]
    if first[MEASURED(name)] == first[MEASURED(name)]:
        lines.append((f"measured {value(name, first[MEASURED(name)])}", INK))
    lines.append((f"similarity {first['similarity_to_start']:.2f} and {first['similarity_to_end']:.2f}", SOFT))
    middle = x + width / 2
    below = "".join(_text(middle, y + 178 + 16 * row, words, color) for row, (words, color) in enumerate(lines))
    return f"{drawing}{_text(middle, y + 16, stops + jump, TEAL, 650)}{below}"


def _text(x: float, y: float, words: str, color: str, weight: int = 400) -> str:
    return (
        f"<text x='{x:.0f}' y='{y:.0f}' text-anchor='middle' font-family='system-ui,sans-serif' font-size='12' "
        f"font-weight='{weight}' fill='{color}'>{words}</text>"
    )
