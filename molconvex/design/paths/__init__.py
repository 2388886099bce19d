"""Paths between two molecules: along a level set, straight, or down to the best point in between."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.design.paths.molecule_path import MoleculePath, walk_path
    from molconvex.design.paths.settings import METHODS, PathSettings

_HOMES = {
    "METHODS": "settings",
    "MoleculePath": "molecule_path",
    "PathSettings": "settings",
    "walk_path": "molecule_path",
}

__all__ = ["METHODS", "MoleculePath", "PathSettings", "walk_path"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
