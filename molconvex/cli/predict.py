"""`molconvex predict`: what surrogates say of molecules."""

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import reported
from molconvex.cli.options import given_settings
from molconvex.cli.working import FILES, some_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    import pandas as pd

    from molconvex.latent import LatentModel
    from molconvex.surrogate import Surrogate

NAMES_HELP = "Folders or names of surrogates, then the file of molecules: .smi, .csv, .tsv or .sdf, also .gz."
SHOWN = 20


def predict(
    names: Annotated[list[str], typer.Argument(metavar="MODEL... MOLECULES", help=NAMES_HELP, show_default=False)],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="CSV file for the predictions.", show_default=False, rich_help_panel=FILES),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON, one object a molecule.")] = False,
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace an existing file.", rich_help_panel=FILES)
    ] = False,
    **values: Any,
) -> None:
    """Predict properties of molecules: value, interval, and whether the molecule lies where the model knows its way.

    Example:

      molconvex predict models/pic50 tox21 molecules.csv --out predictions.csv

    The interval holds the value of 90 % of new molecules (--level); for classes it names those that are not ruled out.
    Outside the applicability domain errors are larger, and so are the intervals. A model trained with --refine gives
    two values: the refined one is the better one, requirements and proofs speak of the convex one.
    """
    with reported():
        from molconvex.assays.settings import PredictSettings
        from molconvex.exceptions import ConfigError, OutputExistsError

        if len(names) < 2:
            raise ConfigError("name one or more surrogates and then the file of molecules")
        if out is not None and out.exists() and not overwrite:
            raise OutputExistsError(f"{out} exists already; choose another file or pass --overwrite")
        settings = PredictSettings(**given_settings(PredictSettings, values))
        from molconvex.files import write_file_whole
        from molconvex.latent import load_latent_model
        from molconvex.tables import csv_text

        model = load_latent_model(settings.latent_model)
        surrogates = _surrogates(names[:-1], model)
        table = _predicted(surrogates, Path(names[-1]), model, settings)
        refused = [(line, reason) for line, reason in zip(table["line"], table["reason"], strict=True) if reason]
        some_of([f"line {line}: {reason}" for line, reason in refused], "molecules")
        if out is not None:
            write_file_whole(out, csv_text(table, float_format="%.5g").encode(), overwrite=overwrite)
            print(f"wrote {out}: {len(table)} molecules", file=sys.stderr)
        if as_json:
            print(json.dumps(_plain_rows(table), indent=1, allow_nan=False))
        elif out is None:
            _show(table, surrogates)


def _surrogates(names: list[str], model: "LatentModel") -> "dict[str, Surrogate]":
    from molconvex.cli.surrogate_folders import named_surrogates
    from molconvex.exceptions import ConfigError

    found: dict[str, Surrogate] = {}
    for name in names:
        for prop, surrogate in named_surrogates(name, model.fingerprint).items():
            if prop in found:
                raise ConfigError(f"two of the models predict {prop!r}; leave one of them out")
            found[prop] = surrogate
    return found


def _predicted(surrogates: "dict[str, Surrogate]", path: Path, model: "LatentModel", settings: Any) -> "pd.DataFrame":
    from molconvex.assays.prediction import predict_molecules
    from molconvex.chem import read_molecules

    molecules = read_molecules(path, settings.smiles_column)
    given = [molecule.smiles for molecule in molecules]
    training = None
    if settings.training is not None:
        training = [molecule.smiles for molecule in read_molecules(settings.training) if not molecule.problem]
    table = predict_molecules(surrogates, given, model, level=settings.level, cache=settings.cache, training=training)
    broken = [molecule.problem for molecule in molecules]
    table["reason"] = [problem or reason for problem, reason in zip(broken, table["reason"], strict=True)]
    table.insert(0, "line", [molecule.line for molecule in molecules])
    table.insert(1, "name", [molecule.name for molecule in molecules])
    return table


def _plain_rows(table: "pd.DataFrame") -> list[dict[str, Any]]:
    """Rows with None for what is missing."""
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{str(key): value.item() if hasattr(value, "item") else value for key, value in row.items()} for row in rows]


def _show(table: "pd.DataFrame", properties: "Iterable[str]") -> None:
    """The best prediction of each property, and beside a refined one that of the convex networks."""
    from rich.table import Table

    from molconvex.cli.tables import console
    from molconvex.columns import ranked_key
    from molconvex.runs.report.predictions import WHAT_REFINED_IS

    refined = {name: ranked_key(table, name) != name for name in properties}
    told = [(name, best) for name, has_refined in refined.items() for best in (True, False)[: 1 + has_refined]]
    out, shown = console(), Table()
    shown.add_column("molecule")
    for name, best in told:
        shown.add_column(f"{name}, {'refined' if best else 'convex'}" if refined[name] else name)
    for _, row in table.head(SHOWN).iterrows():
        shown.add_row(row["name"] or row["smiles"] or f"line {row['line']}", *(_cell(row, *of) for of in told))
    out.print(shown)
    if len(table) > SHOWN:
        print(f"... and {len(table) - SHOWN} more: --out FILE writes all")
    if any(refined.values()):
        out.print(WHAT_REFINED_IS, style="dim")


def _cell(row: "pd.Series", name: str, best: bool) -> str:
    """The prediction, under the best one also how like a molecule trained on it is where that is known."""
    from molconvex.columns import CLOSENESS
    from molconvex.runs.report.predictions import prediction_text

    near = row.get(CLOSENESS(name), float("nan"))
    closest = f"\nclosest trained on: {near:.2f}" if best and near == near else ""
    return prediction_text(row, name, as_refined=best) + closest
