"""`molconvex train`: a table of assay values in, convex surrogates with a model card out."""

import shlex
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from molconvex.cli.errors import reported
from molconvex.cli.options import given_settings
from molconvex.cli.working import FILES

if TYPE_CHECKING:
    from molconvex.assays.settings import TrainSettings
    from molconvex.assays.training import AssayColumns, TrainedAssays
    from molconvex.surrogate import Target

HELP_OUT = "Folder for the surrogates."


def train(
    table: Annotated[Path, typer.Argument(help="CSV or TSV file with a header, also .gz.", show_default=False)],
    out: Annotated[Path, typer.Option("--out", "-o", help=HELP_OUT, show_default=False, rich_help_panel=FILES)],
    overwrite: Annotated[
        bool, typer.Option("--overwrite", help="Replace surrogates in the folder.", rich_help_panel=FILES)
    ] = False,
    **values: Any,
) -> None:
    """Train convex surrogates on a table of measured values.

    Example:

      molconvex train assays.csv -t pIC50 -g maximize --out models/pic50

    The model card says how good they are; `molconvex info FOLDER` shows it.
    """
    with reported():
        from molconvex.assays.settings import TrainSettings
        from molconvex.exceptions import OutputExistsError
        from molconvex.surrogate.store.folders import check_surrogates_place

        if out.exists() and not overwrite:
            raise OutputExistsError(f"{out} exists already; choose another folder or pass --overwrite")
        check_surrogates_place(out, overwrite)
        settings = TrainSettings(**given_settings(TrainSettings, values))
        targets, columns = _targets(settings)
        trained = _trained(table, targets, columns, settings, values)
        from molconvex.surrogate import save_surrogates

        save_surrogates(out, trained.surrogates, overwrite=overwrite)
        _remarks(trained)
        for surrogate in trained.surrogates:
            _show(surrogate)
            if surrogate.card["kind"] == "concave":
                name = surrogate.target.property
                print(
                    f"note: generate takes {name!r} as a goal and as a requirement; pareto and path need a convex "
                    "cost: --orientation convex",
                    file=sys.stderr,
                )
        if settings.local:
            print(f"wrote {out}; its minima are local: see molconvex.design.local_programs.pose_local, from Python")
        else:
            use = shlex.quote(f"{targets[0].property}={out}")
            print(f"wrote {out}; use it with: molconvex generate ... --surrogate {use}")


def _trained(
    table: Path,
    targets: "list[Target]",
    columns: "AssayColumns",
    settings: "TrainSettings",
    values: Mapping[str, Any],
) -> "TrainedAssays":
    from molconvex.assays.training import train_assays
    from molconvex.cli.training_display import TrainingDisplay
    from molconvex.latent import load_latent_model
    from molconvex.surrogate import FitSettings, Hooks

    fit = FitSettings(**given_settings(FitSettings, values), evidence=settings.compare)
    with TrainingDisplay() as display:
        return train_assays(
            table,
            targets,
            load_latent_model(settings.latent_model),
            columns=columns,
            settings=fit,
            difference=settings.local,
            cache=settings.cache,
            hooks=Hooks(display.report),
        )


def _remarks(trained: "TrainedAssays") -> None:
    """Notes, conflicts and lines left out, on stderr."""
    from molconvex.cli.working import some_of

    for note in trained.notes:
        print(f"note: {note}", file=sys.stderr)
    some_of([f"conflict: {conflict}" for conflict in trained.conflicts], "conflicts")
    some_of([f"left out, line {line}: {reason}" for line, reason in trained.refused.items()], "lines")


def _targets(settings: "TrainSettings") -> "tuple[list[Target], AssayColumns]":
    """Goals, and which columns say what."""
    from molconvex.assays.potency import potency_name
    from molconvex.assays.training import AssayColumns
    from molconvex.exceptions import ConfigError
    from molconvex.surrogate.data.assay_tables import unit_in

    names, goals, units = settings.targets, settings.goals, settings.units
    if len(goals) not in (1, len(names)):
        raise ConfigError(f"{len(names)} targets need one goal for all or one each, got {len(goals)}")
    if units and len(units) not in (1, len(names)):
        raise ConfigError(f"{len(names)} targets need one unit for all or one each, got {len(units)}")
    goals = goals * (len(names) // len(goals))
    units = units * (len(names) // len(units)) if units else [unit_in(name) for name in names]
    molar = [settings.potency and not goal.strip().lower().startswith("class") for goal in goals]
    if settings.potency and not any(molar):
        raise ConfigError("--potency is for concentrations, and every goal is a class; leave it out")
    called = [potency_name(name) if is_molar else name for name, is_molar in zip(names, molar, strict=True)]
    shown = ["" if is_molar else unit for unit, is_molar in zip(units, molar, strict=True)]
    columns = AssayColumns(
        values=dict(zip(called, names, strict=True)),
        smiles=settings.smiles_column,
        split=settings.split_column,
        time=settings.time_column,
        weight=settings.weight_column,
        molar={name: unit for name, unit, is_molar in zip(called, units, molar, strict=True) if is_molar},
    )
    return [_target(name, goal, unit) for name, goal, unit in zip(called, goals, shown, strict=True)], columns


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
    """Test metrics with intervals, which side is convex, and what the comparison with other models means."""
    from rich.table import Table

    from molconvex.cli.tables import console
    from molconvex.surrogate.evidence.card import orientation_sentences
    from molconvex.surrogate.evidence.evidence_text import refinement_sentence, verdict

    card, out = surrogate.card, console()
    table = Table(title=f"{surrogate.target.property}: {surrogate.target.describe()}, test molecules")
    for column in ("model", *card.get("metrics", {})):
        table.add_column(column)
    table.add_row(card["kind"], *(_cell(metric) for metric in card.get("metrics", {}).values()))
    out.print(table)
    sentences = orientation_sentences(card["orientation"]) if "orientation" in card else []
    evidence = verdict(card["evidence"]) if card.get("evidence") else []
    for sentence in filter(None, [*sentences, *evidence, refinement_sentence(card)]):
        out.print(sentence)


def _cell(metric: object) -> str:
    if not isinstance(metric, dict) or metric.get("value") is None:
        return "n/a"
    if metric.get("low") is None:
        return f"{metric['value']:.3f}"
    return f"{metric['value']:.3f} ({metric['low']:.3f} to {metric['high']:.3f})"
