"""Runs on disk: written whole, checked without trusting what made them, reported. Names load on first use."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.runs.check import check_run
    from molconvex.runs.check_report import CheckReport
    from molconvex.runs.reading import ReadRun, read_run
    from molconvex.runs.report.front_figure import draw_front
    from molconvex.runs.report.path_figure import draw_path
    from molconvex.runs.signature import sign_run
    from molconvex.runs.write import write_run

_HOMES = {
    "CheckReport": "check_report",
    "ReadRun": "reading",
    "check_run": "check",
    "draw_front": "report.front_figure",
    "draw_path": "report.path_figure",
    "sign_run": "signature",
    "read_run": "reading",
    "write_run": "write",
}

__all__ = ["CheckReport", "ReadRun", "check_run", "draw_front", "draw_path", "read_run", "sign_run", "write_run"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
