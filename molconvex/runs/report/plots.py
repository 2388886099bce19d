"""Scatter plots of a page: molecules as dots, the lead as a ring."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from molconvex.runs.report.axes import Axis
from molconvex.runs.report.charts import Box, Chart, draw_chart

WIDTH, HEIGHT = 420, 320
BOX = Box(54, 12, WIDTH - 14, HEIGHT - 46)


@dataclass(frozen=True)
class Point:
    """A point with the text shown when the mouse rests on it."""

    x: float
    y: float
    text: str = ""

    @property
    def is_finite(self) -> bool:
        """Whether it has a place."""
        return math.isfinite(self.x) and math.isfinite(self.y)


def scatter(
    points: Sequence[Point], x_label: str, y_label: str, *, lead: Point | None = None, diagonal: bool = False
) -> Markup:
    """Points, the lead as a ring and, where asked, the line on which both axes agree; "" without points."""
    points = [point for point in points if point.is_finite]
    if not points:
        return Markup()
    lead = lead if lead is not None and lead.is_finite else None
    every = [*points, lead] if lead else points
    xs, ys = [p.x for p in every], [p.y for p in every]
    if diagonal:
        xs = ys = xs + ys
    across, up = Axis.over(xs, BOX.left, BOX.right), Axis.over(ys, BOX.bottom, BOX.top)
    chart = Chart(BOX, across, up, x_label, y_label)
    if diagonal:
        low, high = max(across.low, up.low), min(across.high, up.high)
        chart.add("line", [(low, low), (high, high)], "equal")
    for point in points:
        chart.add("dot", [(point.x, point.y)], "many", point.text)
    if lead:
        _add_lead(chart, lead)
    return draw_chart([chart], WIDTH, HEIGHT, f"{y_label} against {x_label}")


def _add_lead(chart: Chart, lead: Point) -> None:
    chart.add("ring", [(lead.x, lead.y)], "", lead.text, size=6)
    x, y = chart.at(lead.x, lead.y)
    side, anchor = (-10, "end") if x > WIDTH / 2 else (10, "start")
    chart.note((x + side, y + 4), "lead", "lead", anchor)
