"""A path drawn: its prediction and measured values, and every molecule met, as one picture."""

from typing import TYPE_CHECKING

import pandas as pd

from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.table import merged
from molconvex.design.paths.walk import JUMP
from molconvex.runs.report.charts import Cell, draw_chart
from molconvex.runs.report.numbers import value
from molconvex.runs.report.path_plot import HEIGHT, WIDTH, path_chart
from molconvex.runs.report.rendering import structure

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath

MOST_ACROSS, CELL_HEIGHT, DRAWING = 5, 226, 140


def draw_path(path: "MoleculePath", *, structures: int = 20) -> str:
    """The path as a self-contained SVG; below each molecule its values and its similarity to the start and the end.

    Args:
        path: A path.
        structures: Molecules drawn at most, those of most stops first; the ends are always among them.
    """
    runs = _chosen([run for run in merged(path.stops) if run["smiles"].iloc[0]], structures)
    rows = -(-len(runs) // MOST_ACROSS)
    across = -(-len(runs) // max(rows, 1))
    chart, legend = path_chart(path.stops, path.property_name)
    cells = [_cell(run, path, place, across) for place, run in enumerate(runs)]
    title = f"Path from {path.start.name} to {path.end.name} at predicted {path.label}"
    return str(draw_chart([chart], WIDTH, HEIGHT + rows * CELL_HEIGHT + 8, title, legend, cells, for_file=True))


def _chosen(runs: list[pd.DataFrame], most: int) -> list[pd.DataFrame]:
    """The first, the last and the longest runs, in their order."""
    inner = sorted(range(1, len(runs) - 1), key=lambda place: -len(runs[place]))[: max(most - 2, 0)]
    return [runs[place] for place in sorted({0, len(runs) - 1, *inner})] if runs else []


def _cell(run: pd.DataFrame, path: "MoleculePath", place: int, across: int) -> Cell:
    width = WIDTH / across
    first, last, name = run.iloc[0], run.iloc[-1], path.property_name
    stops = f"stop {first['stop']}" if len(run) == 1 else f"stops {first['stop']}–{last['stop']}"
    jump = ", another level" if first["part"] == JUMP else ""
    predicted = dict.fromkeys(value(name, row[PREDICTED(name)]) for row in (first, last))
    lines = [(f"predicted {' to '.join(predicted)}", "ink")]
    if first[MEASURED(name)] == first[MEASURED(name)]:
        lines.append((f"measured {value(name, first[MEASURED(name)])}", "ink"))
    lines.append((f"similarity {first['similarity_to_start']:.2f} and {first['similarity_to_end']:.2f}", ""))
    return Cell(
        x=width * (place % across),
        y=HEIGHT + CELL_HEIGHT * (place // across),
        width=width,
        drawing=structure(first["smiles"], round(width - 16), DRAWING, path.start.smiles),
        heading=stops + jump,
        lines=lines,
        heading_anchor="middle",
    )
