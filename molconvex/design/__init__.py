"""Design: from leads and goals to ranked candidates with their certificates. Names load on first use."""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.design.funnel import Funnel, FunnelStep
    from molconvex.design.generation import generate
    from molconvex.design.one_lead import Preparation, generate_lead, prepare_generation
    from molconvex.design.paths import MoleculePath, PathSettings, walk_path
    from molconvex.design.run import Run
    from molconvex.design.settings import GenerateSettings, Lead, load_settings, read_leads

_HOMES = {
    "Funnel": "funnel",
    "FunnelStep": "funnel",
    "GenerateSettings": "settings",
    "Lead": "settings",
    "MoleculePath": "paths",
    "PathSettings": "paths",
    "Preparation": "one_lead",
    "Run": "run",
    "generate": "generation",
    "generate_lead": "one_lead",
    "load_settings": "settings",
    "prepare_generation": "one_lead",
    "read_leads": "settings",
    "walk_path": "paths",
}

__all__ = [
    "Funnel",
    "FunnelStep",
    "GenerateSettings",
    "Lead",
    "MoleculePath",
    "PathSettings",
    "Preparation",
    "Run",
    "generate",
    "generate_lead",
    "load_settings",
    "prepare_generation",
    "read_leads",
    "walk_path",
]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
