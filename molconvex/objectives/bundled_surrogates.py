"""Which surrogates are bundled: read from their manifests, without loading a weight."""

import json
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from molconvex.chem import PROPERTIES
from molconvex.exceptions import WeightsError
from molconvex.files import data_path


def known_properties(own: Iterable[str] = ()) -> list[str]:
    """Properties for which a goal can be set: measured by RDKit, bundled, or of the user's own surrogates."""
    return list(dict.fromkeys([*PROPERTIES, *bundled_folders(), *own]))


@lru_cache(maxsize=1)
def bundled_folders() -> dict[str, tuple[Path, ...]]:
    """Folders of bundled surrogates by property; empty where none are bundled.

    Raises:
        WeightsError: If a manifest is damaged.
    """
    try:
        root = data_path("surrogates")
    except WeightsError:
        return {}
    found: dict[str, list[Path]] = {}
    for manifest in sorted(root.glob("*/manifest.json")):
        try:
            entries = json.loads(manifest.read_text(encoding="utf-8"))["surrogates"]
            names = [str(entry["scaler"]["target"]["property"]) for entry in entries]
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise WeightsError(f"{manifest} is damaged ({error}); install molconvex again") from error
        for name in names:
            found.setdefault(name, []).append(manifest.parent)
    return {name: tuple(folders) for name, folders in found.items()}
