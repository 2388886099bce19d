"""`molconvex train`: a table of assay values in, convex surrogates with a model card out."""

import shlex
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from molconvex.cli.errors import reported

if TYPE_CHECKING:
    from molconvex.surrogate import Target

GOAL_HELP = (
    "maximize, minimize, a window (6..8, >6, <8), or the class wanted (class:1). One for all targets or one each."
)


def train(
    table: Annotated[Path, typer.Argument(help="CSV or TSV file with a header, also .gz.", show_default=False)],
    target: Annotated[
        list[str], typer.Option("--target", "-t", help="Column with the values. Repeat.", show_default=False)
    ],
    goal: Annotated[list[str], typer.Option("--goal", "-g", help=GOAL_HELP, show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder for the surrogates.", show_default=False)],
    unit: Annotated[
        list[str] | None, typer.Option(help="Unit of each target; default as in 'IC50 (nM)'.", show_default=False)
    ] = None,
    smiles_column: Annotated[
        str | None, typer.Option(help="Column with the structures; found by name otherwise.", show_default=False)
    ] = None,
    split: Annotated[str, typer.Option(help="scaffold or random.")] = "scaffold",
    split_column: Annotated[
        str | None, typer.Option(help="Column that says train, valid or test.", show_default=False)
    ] = None,
    time_column: Annotated[
        str | None, typer.Option(help="Column of years or dates: the latest are the test part.", show_default=False)
    ] = None,
    weight_column: Annotated[
        str | None, typer.Option(help="Column of weights: how much each row counts.", show_default=False)
    ] = None,
    members: Annotated[int, typer.Option(help="Networks of the ensemble.")] = 3,
    aggregate: Annotated[str, typer.Option(help="mean, max or cvar:LEVEL.")] = "mean",
    search_seconds: Annotated[float, typer.Option(help="Time for a search over network settings.")] = 0.0,
    compare: Annotated[
        bool, typer.Option(help="Print the price of convexity beside other models; a forest too with scikit-learn.")
    ] = True,
    local: Annotated[
        bool,
        typer.Option(
            "--local",
            help="Differences of convex networks: they fit more, but their minima are local and uncertified, "
            "`generate` does not take them, and no other models are trained beside them.",
        ),
    ] = False,
    seed: Annotated[int, typer.Option(help="Reproduces everything.")] = 0,
    cache: Annotated[
        Path | None, typer.Option(help="Folder that keeps latents for a second training.", show_default=False)
    ] = None,
    record_molecules: Annotated[
        bool, typer.Option(help="Keep hashes of the molecules, so that `evaluate` can tell which were trained on.")
    ] = True,
    latent_model: Annotated[str, typer.Option(help="bundled, a folder or a plug-in.")] = "bundled",
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace surrogates in the folder.")] = False,
) -> None:
    """Train convex surrogates on a table of measured values.

    Example:

      molconvex train assays.csv -t pIC50 -g maximize --out models/pic50

    The model card says how good they are; `molconvex info FOLDER` shows it.
    """
    with reported():
        from molconvex.assays.training import AssayColumns, train_assays
        from molconvex.cli.training_display import TrainingDisplay
        from molconvex.exceptions import OutputExistsError
        from molconvex.latent import load_latent_model
        from molconvex.surrogate import FitSettings, Hooks, save_surrogates

        if out.exists() and not overwrite:
            raise OutputExistsError(f"{out} exists already; choose another folder or pass --overwrite")
        targets = _targets(target, goal, unit or [])
        columns = AssayColumns(smiles=smiles_column, split=split_column, time=time_column, weight=weight_column)
        settings = FitSettings(
            members=members,
            aggregate=aggregate,
            split=split,
            search_seconds=search_seconds,
            baselines=compare,
            random_forest=compare and find_spec("sklearn") is not None,
            record_molecules=record_molecules,
            seed=seed,
        )
        with TrainingDisplay() as display:
            trained = train_assays(
                table,
                targets,
                load_latent_model(latent_model),
                columns=columns,
                settings=settings,
                difference=local,
                cache=cache,
                hooks=Hooks(display.report),
            )
        save_surrogates(out, trained.surrogates, overwrite=overwrite)
        for note in trained.notes:
            print(f"note: {note}", file=sys.stderr)
        for conflict in trained.conflicts[:5]:
            print(f"conflict: {conflict}", file=sys.stderr)
        if len(trained.conflicts) > 5:
            print(f"... and {len(trained.conflicts) - 5} conflicts more", file=sys.stderr)
        for line, reason in list(trained.refused.items())[:5]:
            print(f"left out, line {line}: {reason}", file=sys.stderr)
        if len(trained.refused) > 5:
            print(f"... and {len(trained.refused) - 5} lines more", file=sys.stderr)
        for surrogate in trained.surrogates:
            _show(surrogate)
        if local:
            print(f"wrote {out}; its minima are local: see molconvex.design.local_programs.pose_local, from Python")
        else:
            use = shlex.quote(f"{targets[0].property}={out}")
            print(f"wrote {out}; use it with: molconvex generate ... --surrogate {use}")


def _targets(names: list[str], goals: list[str], units: list[str]) -> "list[Target]":
    from molconvex.exceptions import ConfigError
    from molconvex.surrogate.data.assay_tables import unit_in

    if len(goals) not in (1, len(names)):
        raise ConfigError(f"{len(names)} targets need one goal for all or one each, got {len(goals)}")
    if units and len(units) not in (1, len(names)):
        raise ConfigError(f"{len(names)} targets need one unit for all or one each, got {len(units)}")
    goals = goals * (len(names) // len(goals))
    units = units * (len(names) // len(units)) if units else [unit_in(name) for name in names]
    return [_target(name, goal, unit) for name, goal, unit in zip(names, goals, units, strict=True)]


def _target(name: str, goal: str, unit: str) -> "Target":
    from molconvex.exceptions import ConfigError
    from molconvex.surrogate import Target

    word = goal.strip().lower()
    if word in ("maximize", "minimize", "max", "min"):
        return Target(name, unit, "maximize" if word.startswith("max") else "minimize")
    if word in ("class:0", "class:1"):
        return Target(name, unit, "classify", wanted=int(word[-1]))
    low, dots, high = word.partition("..")
    try:
        if dots:
            return Target(name, unit, "window", low=float(low), high=float(high))
        if word[:1] in ("<", ">"):
            end = float(word[1:])
            low_end, high_end = (None, end) if word[0] == "<" else (end, None)
            return Target(name, unit, "window", low=low_end, high=high_end)
    except ValueError:
        pass
    raise ConfigError(f"goal {goal!r} of {name!r} is none of maximize, minimize, 6..8, >6, <8, class:0, class:1")


def _show(surrogate) -> None:  # type: ignore[no-untyped-def]
    """Test metrics with intervals, and the price of convexity."""
    from rich.console import Console
    from rich.table import Table

    card = surrogate.card
    rivals = card.get("price_of_convexity") or {}
    table = Table(title=f"{surrogate.target.property}: {surrogate.target.describe()}, test molecules")
    for column in ("model", *card["metrics"]):
        table.add_column(column)
    table.add_row(card["kind"], *(_cell(metric) for metric in card["metrics"].values()))
    for name, metrics in rivals.items():
        if name != "convex":
            table.add_row(name, *(_cell(metrics.get(key)) for key in card["metrics"]))
    Console().print(table)


def _cell(metric: object) -> str:
    if not isinstance(metric, dict) or metric.get("value") is None:
        return "n/a"
    if metric.get("low") is None:
        return f"{metric['value']:.3f}"
    return f"{metric['value']:.3f} ({metric['low']:.3f} to {metric['high']:.3f})"
