"""One panel of a front's figure: predicted points, measured molecules, and the part that certificates exclude."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from molconvex.optimize import ParetoFront
from molconvex.runs.report.axes import Axis
from molconvex.runs.report.charts import Box, Chart
from molconvex.surrogate import TargetScaler

Values = NDArray[np.float64]

EDGE = 240  # corners of the shaded part's edge


def chart_over(box: Box, points: Sequence[Values], labels: tuple[str, str]) -> Chart:
    """Axes that hold all points, each of shape (n, 2); rows with NaN are left out."""
    every = np.concatenate(points)
    every = every[np.isfinite(every).all(axis=1)]
    x, y = every[:, 0].tolist(), every[:, 1].tolist()
    return Chart(box, Axis.over(x, box.left, box.right), Axis.over(y, box.bottom, box.top), *labels)


def add_excluded(chart: Chart, front: ParetoFront, scalers: Sequence[TargetScaler]) -> None:
    """Shade the values of two goals that the certificates prove to be out of the surrogates' reach.

    Values grow or fall with costs, so a column of the panel is excluded up to the outer set's edge.
    """
    across, up = chart.across, chart.up
    values = np.linspace(across.low, across.high, EDGE)
    edge = _least_second_cost(_costs(scalers[0], values), front)
    top, bottom = (up.low, up.high) if scalers[1].sign > 0 else (up.high, up.low)
    finite = np.isfinite(edge)
    y = np.full(EDGE, bottom)
    y[finite] = scalers[1].value_of(edge[finite])
    y = np.clip(y, up.low, up.high)
    chart.add("area", [*zip(values, y, strict=True), (values[-1], top), (values[0], top)], "excluded")


def add_molecule(chart: Chart, point: Values, smiles: str, on_front: bool) -> None:
    """A measured molecule; nothing where a value is missing."""
    look, size = ("", 4.5) if on_front else ("faint", 3.5)
    chart.add("dot", [(point[0], point[1])], look, smiles, size=size)


def add_number(chart: Chart, point: Values, number: int) -> None:
    """The number of a drawn molecule beside its dot."""
    x, y = chart.at(point[0], point[1])
    chart.note((x + 6, y - 5), str(number), "number")


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
