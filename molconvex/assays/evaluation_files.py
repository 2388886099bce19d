"""Files of an evaluation: predictions as CSV, figures as SVG, figures of merit as JSON, perhaps one HTML page."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from pathlib import Path
from string import Template
from typing import TYPE_CHECKING

import pandas as pd

from molconvex.assays.evaluation import NEW, TESTED, TRAINED, EvaluatedTable, Evaluation
from molconvex.files import write_file_whole
from molconvex.surrogate.evidence.card import METRIC_NAMES
from molconvex.surrogate.evidence.card_figure import draw_comparison, figure_svg

if TYPE_CHECKING:
    from molconvex.surrogate import Metric

PREDICTIONS, FIGURES_OF_MERIT, PAGE = "predictions.csv", "metrics.json", "report.html"
MOST_POINTS = 3000


def write_evaluation(folder: Path, evaluated: EvaluatedTable, *, heading: str, page: bool = False) -> list[Path]:
    """Write everything into a folder, over files of the same names, and return the paths.

    Args:
        folder: Made if need be.
        evaluated: What `evaluate_assays` gave.
        heading: Title of the page.
        page: Also write the HTML page, which holds the figures.

    Raises:
        DataError: If a file cannot be written.
    """
    record = {
        "evaluations": [evaluation.to_dict() for evaluation in evaluated.evaluations],
        "conflicts": [str(conflict) for conflict in evaluated.conflicts],
        "refused": {str(line): reason for line, reason in evaluated.refused.items()},
        "notes": list(evaluated.notes),
    }
    rows = pd.concat([evaluation.rows for evaluation in evaluated.evaluations], ignore_index=True)
    figures = {f"{evaluation.target.property}.svg": comparison_svg(evaluation) for evaluation in evaluated.evaluations}
    texts = {
        PREDICTIONS: rows.to_csv(index=False, lineterminator="\n", float_format="%.6g"),
        FIGURES_OF_MERIT: json.dumps(record, indent=1, allow_nan=False) + "\n",
        **figures,
    }
    if page:
        texts[PAGE] = evaluation_page(evaluated, list(figures.values()), heading)
    return [write_file_whole(folder / name.replace("/", "_"), text) for name, text in texts.items()]


def comparison_svg(evaluation: Evaluation) -> str:
    """Predicted against measured and calibration, of molecules not trained on, or of all where there are no others."""
    exact = evaluation.molecules[evaluation.molecules["truth"].notna()]
    new = exact[exact["part"] != TRAINED]
    title = "New molecules" if evaluation.surrogate.seen is not None else "All molecules"
    shown, title = (new, title) if len(new) else (exact, "Molecules trained on")
    if not len(shown):
        return "<svg xmlns='http://www.w3.org/2000/svg'/>"
    shown = shown.iloc[:MOST_POINTS]
    points = {name: shown[name].to_numpy() for name in ("truth", "predicted")}
    if shown["spread"].notna().all() and evaluation.target.kind == "regression":
        points["spread"] = shown["spread"].to_numpy()
    return figure_svg(draw_comparison(points, evaluation.calibration, evaluation.target, title))


def evaluation_page(evaluated: EvaluatedTable, figures: list[str], heading: str) -> str:
    """One HTML document without external resources."""
    parts = [f'<p class="warning">{escape(note)}</p>' for note in evaluated.notes]
    for evaluation, figure in zip(evaluated.evaluations, figures, strict=True):
        parts += [f"<h2>{escape(evaluation.target.describe())}</h2>", f"<p>{escape(summary(evaluation))}</p>"]
        parts += [_table(evaluation), figure[figure.index("<svg") :]]
    listed = [str(conflict) for conflict in evaluated.conflicts]
    listed += [f"line {line} left out: {reason}" for line, reason in evaluated.refused.items()]
    if listed:
        items = "".join(f"<li>{escape(text)}</li>" for text in listed[:200])
        parts.append(f"<h2>Conflicts and rows left out</h2><p>{len(listed)} in all.</p><ul>{items}</ul>")
    home = files("molconvex.runs.report")
    return Template(home.joinpath("page.html").read_text(encoding="utf-8")).substitute(
        kind="evaluation",
        title=f"molconvex: {escape(heading)}",
        heading=escape(heading),
        subtitle="Predictions of convex surrogates against measurements",
        css=home.joinpath("report.css").read_text(encoding="utf-8"),
        script="",
        body="\n".join(parts),
        footer="Made by molconvex. Intervals are 95 % bootstrap intervals over molecules.",
    )


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


def _table(evaluation: Evaluation) -> str:
    names = list(next(iter(evaluation.metrics.values()), {}))
    head = "".join(f"<th>{METRIC_NAMES[name]}</th>" for name in names)
    rows = ""
    for group, metrics in evaluation.metrics.items():
        cells = "".join(f"<td>{metric_cell(metrics[name])}</td>" for name in names)
        rows += f"<tr><td>{group}</td><td>{next(iter(metrics.values())).n}</td>{cells}</tr>"
    return f"<table><thead><tr><th>group</th><th>molecules</th>{head}</tr></thead><tbody>{rows}</tbody></table>"
