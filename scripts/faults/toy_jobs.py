"""The jobs of the four commands with the small latent model of the tests, made in a fraction of a second."""

import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch

from molconvex.design import GenerateSettings, generate
from molconvex.design.pareto.fronts import find_fronts
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.design.paths import PathSettings, walk_path
from molconvex.exceptions import MolconvexError
from molconvex.runs import write_run
from molconvex.runs.folder import checksum_problems, read_record, record_problems
from molconvex.surrogate import (
    FitSettings,
    Target,
    TrainingSettings,
    fit_surrogate,
    load_surrogates,
    make_dataset,
    save_surrogates,
)
from scripts.faults.kills import Job, Keep

LEADS = ["Cc1ccc(C(C)=O)cc1", "CCOc1ccc(C)cc1"]
SOON = {"similarity": 0.2, "gap_tol": 1e-2}
FIT = FitSettings(
    members=1,
    orientation="convex",
    training=TrainingSettings(hidden=(8,), epochs=1, least_steps=20, most_steps=20),
)


def toy_jobs() -> list[Job]:
    """One a command: generate, pareto, path and train."""
    torch.set_num_threads(1)
    model = toy_model()
    from toy_latent import toy_reference

    given = {"latent_model": model, "reference": toy_reference(model)}

    def generation(number: int, keep: Keep) -> Any:
        settings = GenerateSettings(
            leads=LEADS, goals=["qed:max"], budget=4, analogues=6, programs=1, seed=number, **SOON
        )
        return generate(settings, after_lead=keep, **given)

    def fronts(number: int, keep: Keep) -> Any:
        settings = ParetoSettings(
            leads=LEADS[:1],
            goals=["qed:max", "logp:2..3"],
            points=3,
            budget=4,
            analogues=6,
            seed=number,
            **SOON,
        )
        return find_fronts(settings, **given)

    def path(number: int, keep: Keep) -> Any:
        stops = 3 + number % 9
        settings = PathSettings(start=LEADS[0], end=LEADS[1], property="qed:max", method="straight", stops=stops)
        return walk_path(settings, **given)

    def training(number: int, keep: Keep) -> Any:
        z = model.encode(model.smiles)
        values = z[:, 0].numpy() + np.random.default_rng(number).normal(size=len(z))
        target = Target(f"p{number}", "", "maximize")
        return fit_surrogate(make_dataset(z, values, target, latent_fingerprint="toy"), FIT)

    def write(result: Any, folder: Path) -> None:
        write_run(result, folder, overwrite=True)

    def save(result: Any, folder: Path) -> None:
        save_surrogates(folder, [result], overwrite=True)

    return [
        Job("generate", generation, write, run_problems, run_version),
        Job("pareto", fronts, write, run_problems, run_version),
        Job("path", path, write, run_problems, run_version),
        Job("train", training, save, surrogate_problems, surrogate_name),
    ]


def toy_model() -> Any:
    """The small latent model of the tests."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "tests"))
    from toy_latent import ToyLatentModel, library

    return ToyLatentModel(library())


def run_problems(folder: Path) -> list[str]:
    """Checksums of a run that do not fit; the numbers in it were checked when it was honest."""
    try:
        record = read_record(folder)
        return [*record_problems(record), *checksum_problems(folder, record)]
    except MolconvexError as error:
        return [str(error)]


def run_version(folder: Path) -> object:
    """Tells runs apart by their settings."""
    return json.dumps(read_record(folder)["settings"], sort_keys=True)


def surrogate_problems(folder: Path) -> list[str]:
    """What keeps surrogates from being loaded."""
    try:
        load_surrogates(folder)
    except MolconvexError as error:
        return [str(error)]
    return []


def surrogate_name(folder: Path) -> object:
    """Tells surrogates apart by their property."""
    return sorted(load_surrogates(folder))
