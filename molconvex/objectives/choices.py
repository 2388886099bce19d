"""Every property that a goal can name, as people see it: label, unit, range, and which goals its surrogate serves."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from molconvex.chem import PROPERTIES
from molconvex.objectives.bundled_surrogates import bundled_folders
from molconvex.objectives.goals import Kind
from molconvex.objectives.predicted_properties import KNOWN

EVERY_KIND: tuple[Kind, ...] = ("maximize", "minimize", "window", "target")


@dataclass(frozen=True)
class PropertyChoice:
    """A property for a goal.

    Attributes:
        name: As in goals.
        label, unit, description: For people.
        low, high: Range in which values lie as a rule.
        decimals: Digits shown.
        kinds: Goals that can be set; a surrogate serves the one that it was trained for.
        is_measured: Whether RDKit measures it on a molecule; else it is predicted.
        folder: Of the surrogate, where it is one of the user's own.
        window: Ends of the window that a surrogate was trained for, where it was.
        is_convex: Whether its cost is convex, so that fronts and walks take it; a concave one serves `generate` alone.
    """

    name: str
    label: str
    unit: str
    description: str
    low: float
    high: float
    decimals: int
    kinds: tuple[Kind, ...] = EVERY_KIND
    is_measured: bool = True
    folder: Path | None = None
    window: tuple[float | None, float | None] = (None, None)
    is_convex: bool = True

    def format(self, value: float) -> str:
        """A value without its unit; "n/a" where missing."""
        return "n/a" if value != value else f"{value:z.{self.decimals}f}"


def property_choices(fingerprint: str, own: Mapping[str, Path] | None = None) -> dict[str, PropertyChoice]:
    """Measured properties, then bundled surrogates of a latent model, then one's own, by name.

    Args:
        fingerprint: Of the latent model; surrogates of others are left out.
        own: Folders of surrogates of one's own by property.
    """
    choices = {
        prop.name: PropertyChoice(
            prop.name, prop.label, prop.unit, prop.description, prop.low, prop.high, prop.decimals
        )
        for prop in PROPERTIES.values()
    }
    bundled = {folder: None for folders in bundled_folders().values() for folder in folders}
    for entry, folder in [*_entries(bundled, fingerprint), *_entries((own or {}).values(), fingerprint)]:
        choice = _predicted(entry, None if folder in bundled else folder)
        if choice.name not in PROPERTIES:
            choices[choice.name] = choice
    return choices


def _entries(folders: Iterable[Path], fingerprint: str) -> Iterable[tuple[dict[str, Any], Path]]:
    """Surrogates of folders as their manifests tell; what is damaged or of another latent model is left out."""
    for folder in folders:
        try:
            manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
            entries = [entry for entry in manifest["surrogates"] if entry["latent_fingerprint"] == fingerprint]
        except (OSError, ValueError, KeyError, TypeError):
            continue
        yield from ((entry, folder) for entry in entries)


def _predicted(entry: dict[str, Any], folder: Path | None) -> PropertyChoice:
    target, data = entry["scaler"]["target"], (entry.get("card") or {}).get("data") or {}
    name, sense = target["property"], target["sense"]
    label, description = KNOWN.get(name, (name.replace("_", " "), f"Predicted by your own surrogate of {name}."))
    low, high, kinds = 0.0, 1.0, EVERY_KIND
    if sense == "classify":
        kinds = ("maximize",) if target["wanted"] == 1 else ("minimize",)
    else:
        low, high = float(data.get("quantile_05") or 0.0), float(data.get("quantile_95") or 1.0)
        kinds = (sense,)
        if sense == "window" and target["low"] == target["high"]:
            kinds = ("target",)
    high = high if high > low else low + 1.0
    window, is_convex = (target.get("low"), target.get("high")), entry.get("orientation") != "concave"
    return PropertyChoice(
        name, label, target["unit"], description, low, high, 2, kinds, False, folder, window, is_convex
    )
