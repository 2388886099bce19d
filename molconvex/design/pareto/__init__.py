"""Pareto fronts around leads: what two or three goals cost each other, predicted with proofs and then measured.

    from molconvex.design.pareto import ParetoSettings, find_fronts
    from molconvex.runs import draw_front

    run = find_fronts(ParetoSettings(leads=["CC(=O)Oc1ccccc1C(=O)O"], goals=["qed:max", "sa_score:min"]))
    print(run.molecules[["smiles", "qed", "sa_score"]])
    svg = draw_front(run)

Names load on first use.
"""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.design.pareto.fronts import find_fronts
    from molconvex.design.pareto.run import LeadFront, ParetoRun
    from molconvex.design.pareto.settings import ParetoSettings

_HOMES = {
    "LeadFront": "run",
    "ParetoRun": "run",
    "ParetoSettings": "settings",
    "find_fronts": "fronts",
}

__all__ = ["LeadFront", "ParetoRun", "ParetoSettings", "find_fronts"]

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
