"""What is installed and bundled, and what a folder holds, as lines of text."""

import json
from pathlib import Path
from typing import Any

from molconvex.chem import PROPERTIES
from molconvex.design.job import versions
from molconvex.exceptions import ConfigError, WeightsError
from molconvex.files import data_path
from molconvex.latent import LatentModel, load_latent_model, reference_set
from molconvex.surrogate import ConvexSurrogate, Surrogate, load_surrogates


def overview() -> list[str]:
    """Versions, the bundled latent model, surrogates and reference set, and the properties for goals."""
    lines = ["Versions", "  " + ", ".join(f"{name} {number}" for name, number in versions().items()), ""]
    lines += ["Latent model (bundled)", *_bundled_model(), "", "Surrogates (bundled)", *_bundled_surrogates(), ""]
    lines += ["Properties for goals"]
    for prop in PROPERTIES.values():
        unit = f" {prop.unit}" if prop.unit else ""
        lines.append(f"  {prop.name:<24} {prop.low:g} to {prop.high:g}{unit}. {prop.description}")
    return lines


def describe(what: str | Path) -> list[str]:
    """What a folder holds (a surrogate, a run, a latent model), or a latent model by name.

    Raises:
        ConfigError: If it is none of these.
        WeightsError: If its files are altered.
    """
    if isinstance(what, Path):
        if (what / "run.json").is_file():
            return _run(what)
        if (what / "card.md").is_file():
            return [line for item in load_surrogates(what).values() for line in _surrogate(item)]
        if not (what / "manifest.json").is_file():
            raise ConfigError(f"{what} holds neither a run, a surrogate nor a latent model")
    return _latent_model(load_latent_model(str(what)))


def _bundled_model() -> list[str]:
    try:
        lines = _latent_model(load_latent_model("bundled"))
        reference = reference_set()
    except WeightsError as error:
        return [f"  {error}"]
    return [*lines, f"  reference set of {len(reference):,} molecules"]


def _latent_model(model: LatentModel) -> list[str]:
    lines = [f"  {type(model).__name__}, {model.latent_dim} dimensions, fingerprint {model.fingerprint}"]
    for name, value in getattr(model, "manifest", {}).items():
        if isinstance(value, str | int | float):
            lines.append(f"  {name}: {value}")
    return lines


def _bundled_surrogates() -> list[str]:
    try:
        root = data_path("surrogates")
    except WeightsError as error:
        return [f"  {error}"]
    folders = sorted(path for path in root.iterdir() if (path / "manifest.json").is_file())
    return [line for folder in folders for item in load_surrogates(folder).values() for line in _surrogate(item)]


def _surrogate(item: Surrogate) -> list[str]:
    metrics = item.card.get("metrics", {})
    shown = ", ".join(
        f"{name} {metric['value']:.3f}" for name, metric in metrics.items() if metric.get("value") is not None
    )
    members = item.members if isinstance(item, ConvexSurrogate) else item.pairs
    kind = "" if isinstance(item, ConvexSurrogate) else ", differences of convex, local"
    made_for = item.latent_fingerprint[:12] or "an unnamed one"
    return [
        f"  {item.target.describe()}: {len(members)} members ({item.aggregate}{kind}), for latent model {made_for}; "
        f"{shown or 'no metrics'}"
    ]


def _run(folder: Path) -> list[str]:
    try:
        record = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        if record["format"] == "molconvex-path":
            return _path(record)
        counts = ", ".join(f"{count:,} {name}" for name, count in record["counts"].items())
        goals = ", ".join(record["settings"]["goals"])
        leads = ", ".join(record["settings"]["leads"][:5])
        return [f"  run, {record['status']}: {counts}", f"  leads: {leads}", f"  goals: {goals}"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WeightsError(f"{folder / 'run.json'} is damaged: {error}") from error


def _path(record: dict[str, Any]) -> list[str]:
    settings, counts = record["settings"], record["counts"]
    return [
        f"  path by {settings['method']}: {counts['stops']} stops, {counts['molecules']} molecules",
        f"  from {settings['start']} to {settings['end']}",
        f"  property: {settings['property']}",
    ]
