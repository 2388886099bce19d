"""Pareto fronts around leads: what two or three goals cost each other, predicted with proofs and then measured.

    from molconvex.design.pareto import ParetoSettings, draw_front, find_fronts

    run = find_fronts(ParetoSettings(leads=["CC(=O)Oc1ccccc1C(=O)O"], goals=["qed:max", "sa_score:min"]))
    print(run.molecules[["smiles", "qed", "sa_score"]])
    svg = draw_front(run)

Names load on first use.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molconvex.design.pareto.figure import draw_front
    from molconvex.design.pareto.pipeline import find_fronts
    from molconvex.design.pareto.run import LeadFront, ParetoRun
    from molconvex.design.pareto.settings import ParetoSettings

_HOMES = {
    "LeadFront": "run",
    "ParetoRun": "run",
    "ParetoSettings": "settings",
    "draw_front": "figure",
    "find_fronts": "pipeline",
}

__all__ = ["LeadFront", "ParetoRun", "ParetoSettings", "draw_front", "find_fronts"]


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return __all__
