"""molconvex: better molecules by convex optimization in the latent space of a molecular autoencoder, with certificates.

    from molconvex import GenerateSettings, generate

    run = generate(GenerateSettings(leads=["CC(=O)Oc1ccccc1C(=O)O"], goals=["qed:max", "logp:1..3"]))
    print(run.candidates[["smiles", "qed", "logp", "similarity"]].head())
    run.write("runs/aspirin")

Names load on first use, so importing molconvex costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from molconvex.chem import standardize
    from molconvex.design import GenerateSettings, Goal, Run, check_run, generate
    from molconvex.icnn import ICNN
    from molconvex.latent import load_latent_model
    from molconvex.optimize import Ball, Program, solve
    from molconvex.surrogate import ConvexSurrogate, Target

_HOMES = {
    "Ball": "optimize",
    "ConvexSurrogate": "surrogate",
    "GenerateSettings": "design",
    "Goal": "design",
    "ICNN": "icnn",
    "Program": "optimize",
    "Run": "design",
    "Target": "surrogate",
    "check_run": "design",
    "generate": "design",
    "load_latent_model": "latent",
    "solve": "optimize",
    "standardize": "chem",
}

__all__ = [
    "ICNN",
    "Ball",
    "ConvexSurrogate",
    "GenerateSettings",
    "Goal",
    "Program",
    "Run",
    "Target",
    "check_run",
    "generate",
    "load_latent_model",
    "solve",
    "standardize",
]

__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return [*__all__, "__version__"]
