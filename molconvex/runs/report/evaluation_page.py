"""An evaluation as one HTML document, with figures of merit, figures, and what was left out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from molconvex.assays.evaluation import NEW, TESTED, TRAINED, EvaluatedTable, Evaluation
from molconvex.runs.report.rendering import render
from molconvex.surrogate.evidence.card_figure import draw_comparison, figure_svg
from molconvex.surrogate.evidence.metric_names import METRIC_NAMES

if TYPE_CHECKING:
    from molconvex.surrogate import Metric

MOST_POINTS = 3000


@dataclass(frozen=True)
class EvaluationSection:
    """One surrogate on one column: its goal, a summary, metrics by group of molecules, and the figure."""

    goal: str
    summary: str
    metrics: list[str]
    rows: list[tuple[str, int, list[str]]]
    figure: Markup


def evaluation_page(evaluated: EvaluatedTable, figures: list[str], heading: str) -> str:
    """One HTML document without external resources.

    Args:
        evaluated: What `evaluate_assays` gave.
        figures: SVG of each evaluation, from `comparison_svg`.
        heading: Title of the page.
    """
    listed = [str(conflict) for conflict in evaluated.conflicts]
    listed += [f"line {line} left out: {reason}" for line, reason in evaluated.refused.items()]
    return render(
        "evaluation.html.j2",
        heading=heading,
        subtitle="Predictions of convex surrogates against measurements",
        notes=list(evaluated.notes),
        evaluations=[_section(*pair) for pair in zip(evaluated.evaluations, figures, strict=True)],
        listed=listed,
    )


def _section(evaluation: Evaluation, figure: str) -> EvaluationSection:
    names = list(next(iter(evaluation.metrics.values()), {}))
    rows = [
        (group, next(iter(metrics.values())).n, [metric_cell(metrics[name]) for name in names])
        for group, metrics in evaluation.shown_metrics
    ]
    shown = Markup(figure[figure.index("<svg") :])
    return EvaluationSection(
        evaluation.target.describe(), summary(evaluation), [METRIC_NAMES[name] for name in names], rows, shown
    )


def comparison_svg(evaluation: Evaluation) -> str:
    """Predicted against measured and calibration, of molecules not trained on, or of all where there are no others."""
    exact = evaluation.molecules[evaluation.molecules["truth"].notna()]
    new = exact[exact["part"] != TRAINED]
    title = "New molecules" if evaluation.surrogate.seen is not None else "All molecules"
    shown, title = (new, title) if len(new) else (exact, "Molecules trained on")
    if not len(shown):
        return "<svg xmlns='http://www.w3.org/2000/svg'/>"
    title += ", convex prediction" if evaluation.refined_metrics else ""
    shown = shown.iloc[:MOST_POINTS]
    points = {name: shown[name].to_numpy() for name in ("truth", "predicted")}
    if shown["spread"].notna().all() and evaluation.target.kind == "regression":
        points["spread"] = shown["spread"].to_numpy()
    return figure_svg(draw_comparison(points, evaluation.calibration, evaluation.target, title))


def summary(evaluation: Evaluation) -> str:
    """How many molecules of which kind, and how many are outside the applicability domain, in words."""
    count = len(evaluation.molecules)
    parts = {NEW: NEW, TESTED: f"of {TESTED}", TRAINED: TRAINED}
    numbers = {words: evaluation.count(part) for part, words in parts.items()}
    words = [f"{count:,} molecules with a value", *(f"{n:,} {name}" for name, n in numbers.items() if n)]
    if evaluation.outside == evaluation.outside:
        which = "those not trained on" if evaluation.count(TRAINED) else "them"
        words.append(f"{evaluation.outside:.0%} of {which} outside the applicability domain")
    if evaluation.bounds[0]:
        respected = "" if evaluation.target.sense == "window" else f", {evaluation.bounds[1]} respected"
        words.append(f"{evaluation.bounds[0]} bounds{respected}, not in the metrics")
    return "; ".join(words) + "."


def metric_cell(metric: Metric | None) -> str:
    """Figure with its interval; "n/a" where it does not exist."""
    if metric is None or metric.value != metric.value:
        return "n/a"
    return f"{metric.value:.3f}" if metric.low != metric.low else str(metric)
