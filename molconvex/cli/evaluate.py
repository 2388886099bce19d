"""`molconvex evaluate`: how well a surrogate predicts new measurements."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import reported
from molconvex.cli.options import given_settings
from molconvex.cli.working import FILES, some_of

if TYPE_CHECKING:
    from molconvex.assays.evaluation import EvaluatedTable, Evaluation
    from molconvex.surrogate import Surrogate

SURROGATE_HELP = "Folder of a surrogate, or the name of a bundled one."
OUT_HELP = "Folder for predictions.csv, metrics.json and figures."


def evaluate(
    surrogate: Annotated[str, typer.Argument(help=SURROGATE_HELP, show_default=False)],
    table: Annotated[Path, typer.Argument(help="CSV or TSV file with a header, also .gz.", show_default=False)],
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help=OUT_HELP, show_default=False, rich_help_panel=FILES)
    ] = None,
    html: Annotated[
        bool, typer.Option("--html", help="Also write report.html into the folder.", rich_help_panel=FILES)
    ] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Write into an existing folder.", rich_help_panel=FILES)
    ] = False,
    **values: Any,
) -> None:
    """Compare a surrogate with measured values: metrics with intervals, calibration, applicability domain.

    Example:

      molconvex evaluate models/pic50 new_assays.csv -t pIC50 --out evaluation

    Molecules that the surrogate was trained on are recognized, counted and kept out of the metrics. A model trained
    with --refine has two predictions, and metrics of both.
    """
    with reported():
        from molconvex.assays.settings import EvaluateSettings
        from molconvex.exceptions import ConfigError, OutputExistsError

        if html and out is None:
            raise ConfigError("--html needs a folder to write into: --out FOLDER")
        if out is not None and out.exists() and not (overwrite and out.is_dir()):
            raise OutputExistsError(f"{out} exists already; choose another folder or pass --overwrite")
        settings = EvaluateSettings(**given_settings(EvaluateSettings, values))
        from molconvex.assays.evaluation import evaluate_assays
        from molconvex.cli.surrogate_folders import named_surrogates
        from molconvex.latent import load_latent_model
        from molconvex.runs.evaluation_folder import write_evaluation

        model = load_latent_model(settings.latent_model)
        surrogates = named_surrogates(surrogate, model.fingerprint)
        columns = _columns(settings.targets, surrogates)
        evaluated = evaluate_assays(
            surrogates,
            table,
            model,
            columns=columns,
            smiles_column=settings.smiles_column,
            cache=settings.cache,
        )
        _remarks(evaluated)
        for evaluation in evaluated.evaluations:
            _show(evaluation)
        if out is not None:
            written = write_evaluation(out, evaluated, heading=f"{surrogate} on {table.name}", page=html)
            print(f"wrote {out}: {', '.join(path.name for path in written)}")


def _columns(targets: list[str], surrogates: "dict[str, Surrogate]") -> dict[str, str]:
    from molconvex.exceptions import ConfigError

    columns: dict[str, str] = {}
    for text in targets:
        name, equals, column = text.partition("=")
        if not (equals and name in surrogates):
            name, column = (text, text) if text in surrogates else (next(iter(surrogates)), text)
            if len(surrogates) > 1 and name != text:
                raise ConfigError(
                    f"--target {text!r}: say which surrogate it is for, PROPERTY=COLUMN with PROPERTY one of "
                    f"{', '.join(surrogates)}"
                )
        if name in columns:
            raise ConfigError(f"--target names {name!r} twice; one column each")
        columns[name] = column
    return columns


def _remarks(evaluated: "EvaluatedTable") -> None:
    for note in evaluated.notes:
        print(f"note: {note}", file=sys.stderr)
    some_of([f"conflict: {conflict}" for conflict in evaluated.conflicts], "conflicts")
    some_of([f"left out, line {line}: {reason}" for line, reason in evaluated.refused.items()], "lines")


def _show(evaluation: "Evaluation") -> None:
    """Metrics by group of molecules, and what they rest on."""
    from rich.table import Table

    from molconvex.cli.tables import console
    from molconvex.runs.report.evaluation_page import metric_cell, summary
    from molconvex.surrogate.evidence.metric_names import METRIC_NAMES

    names = list(next(iter(evaluation.metrics.values()), {}))
    unit = f" ({evaluation.target.unit})" if evaluation.target.unit else ""
    table = Table(title=f"{evaluation.target.describe()}{unit}", title_justify="left")
    for column in ("group", "molecules", *(METRIC_NAMES[name] for name in names)):
        table.add_column(column)
    for group, metrics in evaluation.shown_metrics:
        count = str(next(iter(metrics.values())).n)
        table.add_row(group, count, *(metric_cell(metrics[name]) for name in names))
    out = console()
    out.print(table)
    out.print(summary(evaluation))
    if evaluation.calibration:
        out.print(_calibration(evaluation))


def _calibration(evaluation: "Evaluation") -> str:
    record = evaluation.calibration or {}
    if "expected_calibration_error" in record:
        return f"Probabilities: expected calibration error {record['expected_calibration_error']:.3f}."
    rank = record["rank_correlation"]
    shown = "n/a" if rank is None else f"{rank:.2f}"
    return (
        f"Spread: {record['within_one']:.0%} of errors within one, {record['within_two']:.0%} within two "
        f"(68 % and 95 % for a normal error); rank correlation with the error {shown}."
    )
