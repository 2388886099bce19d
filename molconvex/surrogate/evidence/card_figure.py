"""The figure of a model card: predicted against measured, calibration, learning curve. Drawn from the card alone."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from molconvex.exceptions import SurrogateError
from molconvex.surrogate.model.cost_model import CostModel
from molconvex.surrogate.model.target import Target

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, GRAY = "#2a6f97", "#8d99ae"


def draw_card(surrogate: CostModel) -> Figure:
    """Three panels: test molecules, calibration, learning curve of the first member.

    Raises:
        SurrogateError: If the surrogate has no test molecules or card to draw.
    """
    from matplotlib.figure import Figure

    card, target = surrogate.card, surrogate.target
    if not card.get("test_points"):
        raise SurrogateError(f"the surrogate of {target.property!r} keeps no test predictions; fit it to draw its card")
    figure = Figure(figsize=(10.5, 3.3), layout="constrained")
    test, calibration, curve = figure.subplots(1, 3)
    _draw_points(test, card["test_points"], target, "Test molecules")
    if card.get("calibration"):
        _draw_calibration(calibration, card["calibration"], target)
    else:
        calibration.set_axis_off()
        calibration.text(0.5, 0.5, "one member: no spread", ha="center", va="center")
    _draw_curve(curve, card["learning_curve"])
    figure.suptitle(
        f"{card['goal']}: {card['data']['molecules']} molecules, {card['split']['method']} split", fontsize=10
    )
    return figure


def draw_comparison(
    points: Mapping[str, Any], calibration: Mapping[str, Any] | None, target: Target, title: str
) -> Figure:
    """Two panels: predicted against measured, and calibration.

    Args:
        points: `truth`, `predicted` and perhaps `spread`, one number per molecule, in the property's unit.
        calibration: From `spread_calibration` or `probability_calibration`; None where there is none.
        target: The goal.
        title: Over the first panel.
    """
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.4, 3.4), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw_points(left, points, target, title)
    if calibration:
        _draw_calibration(right, calibration, target)
    else:
        right.set_axis_off()
        right.text(0.5, 0.5, "no spread to compare", ha="center", va="center")
    return figure


def card_svg(surrogate: CostModel) -> str:
    """The figure as SVG text.

    Raises:
        SurrogateError: As in `draw_card`.
    """
    return figure_svg(draw_card(surrogate))


def figure_svg(figure: Figure) -> str:
    """SVG text, the same each time."""
    from matplotlib import rc_context

    buffer = io.StringIO()
    with rc_context({"svg.hashsalt": "molconvex"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None})
    return buffer.getvalue()


def _draw_points(axes: Axes, points: Mapping[str, Any], target: Target, title: str) -> None:
    (_draw_classes if target.kind == "classification" else _draw_parity)(axes, points, target)
    axes.set_title(title)


def _draw_parity(axes: Axes, points: Mapping[str, Any], target: Target) -> None:
    what = f"distance to {target.describe()}" if target.sense == "window" else target.property
    unit = f" ({target.unit})" if target.unit else ""
    spread = points.get("spread")
    if spread is not None:
        axes.errorbar(points["truth"], points["predicted"], spread, fmt="none", ecolor=GRAY, alpha=0.3, lw=0.7)
    axes.scatter(points["truth"], points["predicted"], s=8, color=BLUE, alpha=0.6, linewidths=0)
    ends = [min(points["truth"]), max(points["truth"])]
    axes.plot(ends, ends, color="black", lw=0.8)
    axes.set(xlabel=f"measured {what}{unit}", ylabel=f"predicted{unit}")


def _draw_classes(axes: Axes, points: Mapping[str, Any], target: Target) -> None:
    for label, color in ((0, GRAY), (1, BLUE)):
        chosen = [p for p, truth in zip(points["predicted"], points["truth"], strict=True) if truth == label]
        axes.hist(chosen, bins=20, range=(0, 1), color=color, alpha=0.6, label=f"class {label} ({len(chosen)})")
    axes.legend(fontsize=8)
    axes.set(xlabel=f"predicted probability of {target.property} = 1", ylabel="molecules")


def _draw_calibration(axes: Axes, record: Mapping[str, Any], target: Target) -> None:
    bins = record["bins"]
    probabilities = target.kind == "classification"
    x = [b["probability" if probabilities else "spread"] for b in bins]
    y = [b["frequency" if probabilities else "rmse"] for b in bins]
    axes.plot(x, y, "o-", color=BLUE, ms=4, lw=1)
    top = max(*x, *y)
    axes.plot([0, top], [0, top], color="black", lw=0.8)
    if probabilities:
        axes.set(xlabel="predicted probability", ylabel="observed share", title="Calibration")
    else:
        unit = f" ({target.unit})" if target.unit else ""
        axes.set(xlabel=f"mean spread{unit}", ylabel=f"RMSE{unit}", title="Calibration of the spread")


def _draw_curve(axes: Axes, curve: Mapping[str, Any]) -> None:
    axes.plot(curve["steps"], curve["train_loss"], color=GRAY, lw=1, label="training")
    axes.plot(curve["steps"], curve["valid_loss"], color=BLUE, lw=1, label="validation")
    axes.axvline(curve["best_step"], color="black", lw=0.8, ls=":", label="kept")
    axes.set_yscale("log")
    axes.legend(fontsize=8)
    axes.set(xlabel="step", ylabel="loss", title="Learning curve")
