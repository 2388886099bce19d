"""Prediction and measured values along a path as a chart."""

import pandas as pd

from molconvex.columns import MEASURED, PREDICTED
from molconvex.design.paths.walk import JUMP
from molconvex.runs.report.axes import Axis
from molconvex.runs.report.charts import Box, Chart, Legend, Shape
from molconvex.runs.report.numbers import label, value

WIDTH, HEIGHT = 900, 284
BOX = Box(66, 34, WIDTH - 22, HEIGHT - 54)
MOST_NUMBERS = 25  # of stops written below the axis


def path_chart(stops: pd.DataFrame, name: str) -> tuple[Chart, Legend]:
    """Predicted values as a line, measured ones as diamonds, and the level of the start; stops share an even axis."""
    predicted, measured = stops[PREDICTED(name)], stops[MEASURED(name)]
    up = Axis.over([*predicted, *measured.dropna()], BOX.bottom, BOX.top)
    across = Axis(1.0, float(len(stops)), 1.0, BOX.left + 14, BOX.right - 14)
    every = max(1, len(stops) // MOST_NUMBERS)
    numbers = [(across(stop), str(stop)) for stop in stops["stop"][::every]]
    chart = Chart(BOX, across, up, "stop", label(name), x_ticks=numbers)
    level = float(predicted.iloc[0])
    chart.add("line", [(1, level), (len(stops), level)], "level")
    way = stops[stops["part"] != JUMP]
    chart.add("line", list(zip(way["stop"], way[PREDICTED(name)], strict=True)), "way")
    for _, row in stops.iterrows():
        _add_stop(chart, row, name)
    return chart, _legend(bool(measured.notna().any()), len(way) < len(stops))


def _add_stop(chart: Chart, row: pd.Series, name: str) -> None:
    stop, predicted, measured = float(row["stop"]), float(row[PREDICTED(name)]), float(row[MEASURED(name)])
    said = f"stop {row['stop']}: predicted {value(name, predicted)}, measured {value(name, measured)}"
    chart.add("line", [(stop, predicted), (stop, measured)], "stem")
    shape: Shape = "ring" if row["part"] == JUMP else "dot"
    chart.add(shape, [(stop, predicted)], "stop", said, size=4.5)
    chart.add("diamond", [(stop, measured)], "measured", said, size=5.5)


def _legend(measured: bool, jump: bool) -> Legend:
    entries: list[tuple[Shape, str, float, str]] = [("dot", "stop", 4.5, "predicted")]
    if jump:
        entries.append(("ring", "stop", 4.5, "end, on another level"))
    if measured:
        entries.append(("diamond", "measured", 5.5, "measured"))
    return Legend(BOX.left + 8, 14, [*entries, ("line", "level", 0, "level of the start")])
