"""Files of an evaluation: predictions as CSV, figures as SVG, figures of merit as JSON, perhaps one HTML page."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd

from molconvex.assays.evaluation import EvaluatedTable
from molconvex.files import write_file_whole
from molconvex.runs.report.evaluation_page import comparison_svg, evaluation_page
from molconvex.tables import csv_text

PREDICTIONS, FIGURES_OF_MERIT, PAGE = "predictions.csv", "metrics.json", "report.html"


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
        PREDICTIONS: csv_text(rows, float_format="%.6g"),
        FIGURES_OF_MERIT: json.dumps(record, indent=1, allow_nan=False) + "\n",
        **figures,
    }
    if page:
        texts[PAGE] = evaluation_page(evaluated, list(figures.values()), heading)
    return [write_file_whole(folder / name.replace("/", "_"), text) for name, text in texts.items()]
