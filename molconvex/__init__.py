"""molconvex: better molecules by convex optimization in the latent space of a molecular autoencoder, with certificates.

    from molconvex import GenerateSettings, generate, write_run

    run = generate(GenerateSettings(leads=["CC(=O)Oc1ccccc1C(=O)O"], goals=["qed:max", "logp:1..3"]))
    print(run.candidates[["smiles", "qed", "logp", "similarity"]].head())
    write_run(run, "runs/aspirin")

Names load on first use, so importing molconvex costs nothing.
"""

from typing import TYPE_CHECKING

from molconvex.lazy_names import lazy_names

if TYPE_CHECKING:
    from molconvex.chem import standardize
    from molconvex.design import GenerateSettings, Run, generate
    from molconvex.icnn import ICNN
    from molconvex.latent import load_latent_model
    from molconvex.objectives import Goal
    from molconvex.optimize import Ball, Program, solve
    from molconvex.runs import check_run, write_run
    from molconvex.surrogate import (
        ConvexSurrogate,
        FitSettings,
        Target,
        fit_surrogate,
        load_surrogate,
        make_dataset,
        save_surrogate,
    )

_HOMES = {
    "Ball": "optimize",
    "ConvexSurrogate": "surrogate",
    "FitSettings": "surrogate",
    "GenerateSettings": "design",
    "Goal": "objectives",
    "ICNN": "icnn",
    "Program": "optimize",
    "Run": "design",
    "Target": "surrogate",
    "check_run": "runs",
    "fit_surrogate": "surrogate",
    "generate": "design",
    "load_latent_model": "latent",
    "load_surrogate": "surrogate",
    "make_dataset": "surrogate",
    "save_surrogate": "surrogate",
    "solve": "optimize",
    "standardize": "chem",
    "write_run": "runs",
}

__all__ = [
    "ICNN",
    "Ball",
    "ConvexSurrogate",
    "FitSettings",
    "GenerateSettings",
    "Goal",
    "Program",
    "Run",
    "Target",
    "check_run",
    "fit_surrogate",
    "generate",
    "load_latent_model",
    "load_surrogate",
    "make_dataset",
    "save_surrogate",
    "solve",
    "standardize",
    "write_run",
]

__version__ = "0.1.0"

__getattr__, __dir__ = lazy_names(__name__, _HOMES)
