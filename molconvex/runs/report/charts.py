"""Charts of pages and of the figures beside them: axes and marks in pixels, drawn by one template.

Colors come from classes, so that a chart in a page follows its light or dark theme.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from markupsafe import Markup

from molconvex.runs.report.axes import Axis
from molconvex.runs.report.rendering import render

LINE_ROOM = 8  # more for a line in the legend than for a dot
Pixels = tuple[float, float]
Shape = Literal["dot", "ring", "diamond", "line", "area", "text"]


@dataclass(frozen=True)
class Box:
    """Where axes lie, in pixels."""

    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True)
class Mark:
    """One thing drawn.

    Attributes:
        shape: What.
        points: Its pixels: one for dots, rings, diamonds and text, several for lines and areas.
        look: Classes of the style: "measured", "predicted", "lead", "faint", ...
        title: Shown when the mouse rests on it.
        text: Words of a text.
        size: Radius of dots, rings and diamonds.
        anchor: Of a text: "start", "middle" or "end".
    """

    shape: Shape
    points: tuple[Pixels, ...]
    look: str = ""
    title: str = ""
    text: str = ""
    size: float = 4.0
    anchor: str = "start"


@dataclass
class Chart:
    """Axes over values of two quantities, and marks in the order in which they are drawn."""

    box: Box
    across: Axis
    up: Axis
    x_label: str
    y_label: str
    marks: list[Mark] = field(default_factory=list)
    x_ticks: list[tuple[float, str]] | None = None

    @property
    def columns(self) -> list[tuple[float, str]]:
        """Pixel and text of the ticks of the lower axis."""
        return self.across.labelled() if self.x_ticks is None else self.x_ticks

    def at(self, x: float, y: float) -> Pixels:
        """Pixels of a point."""
        return self.across(float(x)), self.up(float(y))

    def add(
        self, shape: Shape, points: Sequence[Pixels], look: str, title: str = "", text: str = "", size: float = 4.0
    ) -> None:
        """A mark at values; nothing where one is not finite."""
        if all(math.isfinite(value) for point in points for value in point):
            self.marks.append(Mark(shape, tuple(self.at(*point) for point in points), look, title, text, size))

    def note(self, pixels: Pixels, words: str, look: str = "", anchor: str = "start") -> None:
        """A text at pixels."""
        self.marks.append(Mark("text", (pixels,), look, text=words, anchor=anchor))


@dataclass(frozen=True)
class Legend:
    """What the marks of a chart mean: shape, look, radius and words of each, from `left` on at height `y`."""

    left: float
    y: float
    entries: Sequence[tuple[Shape, str, float, str]]

    @property
    def marks(self) -> list[Mark]:
        """Marks with their words, in pixels."""
        marks, x = [], self.left
        for shape, look, size, words in self.entries:
            x += LINE_ROOM if shape == "line" else 0
            marks.append(_legend_mark(shape, look, size, x, self.y))
            marks.append(Mark("text", ((x + 13, self.y + 4),), text=words))
            x += 32 + 6.9 * len(words)
        return marks


def _legend_mark(shape: Shape, look: str, size: float, x: float, y: float) -> Mark:
    if shape == "line":
        return Mark(shape, ((x - 9, y), (x + 9, y)), look)
    if shape == "area":
        corners = ((x - 8, y - 6), (x + 8, y - 6), (x + 8, y + 6), (x - 8, y + 6))
        return Mark(shape, corners, look)
    return Mark(shape, ((x, y),), look, size=size)


@dataclass(frozen=True)
class Cell:
    """A structure in a figure, with a number and lines below it; `x`, `y` are the upper left corner."""

    x: float
    y: float
    width: float
    drawing: Markup
    heading: str
    lines: Sequence[tuple[str, str]]
    heading_anchor: Literal["start", "middle"] = "start"


def draw_chart(
    charts: Sequence[Chart],
    width: float,
    height: float,
    title: str,
    legend: Legend | None = None,
    cells: Sequence[Cell] = (),
    *,
    for_file: bool = False,
) -> Markup:
    """Charts, perhaps with structures below, as one SVG element.

    Args:
        charts: Drawn in this order.
        width: Of the whole, in pixels.
        height: Of the whole, in pixels.
        title: For those who do not see it.
        legend: What the marks mean.
        cells: Structures.
        for_file: On white and with its own style, to stand alone; else it takes the colors of its page.
    """
    marks = legend.marks if legend else []
    values = {"charts": charts, "width": width, "height": height, "title": title, "legend": marks, "cells": cells}
    return Markup(render("chart.svg.j2", for_file=for_file, **values))
