"""Paths between two molecules: along a level set, straight, or down to the best point in between."""

from molconvex.design.paths.molecule_path import MoleculePath, walk_path
from molconvex.design.paths.settings import METHODS, PathSettings

__all__ = ["METHODS", "MoleculePath", "PathSettings", "walk_path"]
