"""Runs on disk: written whole, checked without trusting what made them, reported. Names load on first use."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.runs.check import CheckReport, check_run
    from molconvex.runs.report.front_figure import draw_front
    from molconvex.runs.report.path_figure import draw_path
    from molconvex.runs.write import write_run

_HOMES = {
    "CheckReport": "check",
    "check_run": "check",
    "draw_front": "report.front_figure",
    "draw_path": "report.path_figure",
    "write_run": "write",
}

__all__ = ["CheckReport", "check_run", "draw_front", "draw_path", "write_run"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
