"""Design: from leads and goals to ranked candidates, written with their certificates. Names load on first use."""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molconvex.design.checking import CheckReport, check_run
    from molconvex.design.funnel import Funnel, FunnelStep
    from molconvex.design.goals import Goal, check_known
    from molconvex.design.paths import MoleculePath, PathSettings, walk_path
    from molconvex.design.pipeline import generate
    from molconvex.design.requirements import Requirement, check_requirements, infeasibility_notes
    from molconvex.design.run import Run
    from molconvex.design.settings import GenerateSettings, Lead, load_settings, read_leads

_HOMES = {
    "CheckReport": "checking",
    "Funnel": "funnel",
    "FunnelStep": "funnel",
    "GenerateSettings": "settings",
    "Goal": "goals",
    "Lead": "settings",
    "MoleculePath": "paths",
    "PathSettings": "paths",
    "Requirement": "requirements",
    "Run": "run",
    "check_known": "goals",
    "check_requirements": "requirements",
    "check_run": "checking",
    "generate": "pipeline",
    "infeasibility_notes": "requirements",
    "load_settings": "settings",
    "read_leads": "settings",
    "walk_path": "paths",
}

__all__ = [
    "CheckReport",
    "Funnel",
    "FunnelStep",
    "GenerateSettings",
    "Goal",
    "Lead",
    "MoleculePath",
    "PathSettings",
    "Requirement",
    "Run",
    "check_known",
    "check_requirements",
    "check_run",
    "generate",
    "infeasibility_notes",
    "load_settings",
    "read_leads",
    "walk_path",
]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
