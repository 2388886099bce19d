"""Whatever takes what users write, or reads what may have been edited since it was written."""

import json
import random
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from molconvex.chem import find_alerts, murcko_scaffold, read_molecules, standardize, tanimoto
from molconvex.design import GenerateSettings
from molconvex.design.settings import Lead, load_settings
from molconvex.files import data_path
from molconvex.latent import load_latent_model
from molconvex.latent.latent_tables import decode_file
from molconvex.latent.model import LatentModel
from molconvex.objectives.goals import Goal
from molconvex.objectives.requirements import Requirement
from molconvex.runs import check_run, read_run
from molconvex.surrogate import Target as Wanted
from molconvex.surrogate import load_surrogates
from molconvex.surrogate.data.assay_tables import read_assays
from scripts.faults.fuzz import Target
from scripts.faults.kills import Job, complete
from scripts.faults.spoiling import (
    MOLECULES,
    SETTINGS,
    TABLES,
    WISHES,
    spoiled,
    spoiled_bytes,
    spoiled_json,
    spoiled_value,
)

ENDINGS = (".smi", ".csv", ".sdf", ".smi.gz")
Use = Callable[[Path], object]


def targets(place: Path, jobs: dict[str, Job], model: LatentModel) -> list[Target]:
    """Parsers, readers and checks.

    Args:
        place: An empty folder to work in.
        jobs: Of `toy_jobs`, to make the honest results that are spoiled.
        model: A small latent model.
    """
    for name in ("generate", "pareto", "path", "train"):
        complete(jobs[name], 0, place / name)
    for path in data_path("vae").iterdir():
        (place / "vae").mkdir(exist_ok=True)
        if path.name == "manifest.json":
            shutil.copy(path, place / "vae")
        else:
            (place / "vae" / path.name).symlink_to(path)
    return [*_of_texts(), *_of_files(place, model), *_of_folders(place)]


def _of_texts() -> list[Target]:
    names = sorted(GenerateSettings.model_fields)

    def settings(chance: random.Random) -> object:
        chosen = {name: spoiled_value(chance) for name in chance.sample(names, chance.randint(0, 4))}
        return GenerateSettings(**{"leads": ["CCO"], "goals": ["qed:max"]} | chosen)

    return [
        Target("Goal.parse", lambda c: Goal.parse(spoiled(c, c.choice(WISHES)))),
        Target("Requirement.parse", lambda c: Requirement.parse(spoiled(c, c.choice(WISHES)))),
        Target("Lead.from_plain", lambda c: Lead.from_plain(spoiled_value(c))),  # type: ignore[arg-type]
        Target("Goal.from_plain", lambda c: Goal.from_plain(spoiled_value(c))),  # type: ignore[arg-type]
        Target("GenerateSettings", settings),
        Target("standardize", lambda c: standardize(spoiled(c, c.choice(MOLECULES)))),
        Target("find_alerts", lambda c: find_alerts(spoiled(c, c.choice(MOLECULES)))),
        Target("murcko_scaffold", lambda c: murcko_scaffold(spoiled(c, c.choice(MOLECULES)))),
        Target("tanimoto", lambda c: tanimoto("CCO", [spoiled(c, c.choice(MOLECULES))])),
    ]


def _of_files(place: Path, model: LatentModel) -> list[Target]:
    def file(chance: random.Random, ending: str, seeds: Sequence[str]) -> Path:
        """Spoiled as text, or as bytes as well."""
        path = place / f"input{ending}"
        content = spoiled(chance, chance.choice(seeds)).encode("utf-8", "surrogatepass")
        path.write_bytes(spoiled_bytes(chance, content) if chance.random() < 0.5 else content)
        return path

    activity = Wanted("pIC50", "", "maximize")

    def decode(chance: random.Random) -> object:
        head = ",".join(f"z{i}" for i in range(model.latent_dim))
        rows = "\n".join(",".join(f"{chance.gauss(0, 1):.3f}" for _ in range(model.latent_dim)) for _ in range(2))
        path = place / "latents.csv"
        path.write_bytes(spoiled_bytes(chance, f"{head}\n{rows}\n".encode()))
        options = {name: spoiled_value(chance) for name in ("samples", "temperature", "seed") if chance.random() < 0.2}
        if options.get("samples") == 10**30:
            options["samples"] = 2
        return decode_file(path, place / "decoded.csv", model, overwrite=True, **options)  # type: ignore[arg-type]

    return [
        Target("load_settings", lambda c: load_settings(file(c, ".toml", SETTINGS))),
        Target(
            "read_molecules", lambda c: read_molecules(file(c, c.choice([".smi", ".csv", ".sdf", ".smi.gz"]), TABLES))
        ),
        Target("read_assays", lambda c: read_assays(file(c, ".csv", TABLES), [activity], for_training=False)),
        Target("decode_file", decode),
    ]


def _of_folders(place: Path) -> list[Target]:
    run = place / "generate"
    return [
        Target("read_run", lambda c: _with_json(run, "run.json", read_run, c)),
        Target("check_run: run.json", lambda c: _with_json(run, "run.json", check_run, c)),
        Target("check_run: tables", lambda c: _with_cell(run, check_run, c)),
        Target("check_run: certificates", lambda c: _with_bytes(run, "certificates", check_run, c)),
        Target("check_run: a front's run.json", lambda c: _with_json(place / "pareto", "run.json", check_run, c)),
        Target("check_run: a path's run.json", lambda c: _with_json(place / "path", "run.json", check_run, c)),
        Target("load_surrogates", lambda c: _with_json(place / "train", "manifest.json", load_surrogates, c)),
        Target(
            "load_latent_model",
            lambda c: _with_json(place / "vae", "manifest.json", lambda folder: load_latent_model(str(folder)), c),
        ),
    ]


def _with_content(folder: Path, path: Path, content: bytes, use: Use) -> object:
    """Use a folder while a file of it has another content."""
    honest = path.read_bytes()
    path.write_bytes(content)
    try:
        return use(folder)
    finally:
        path.write_bytes(honest)


def _with_json(folder: Path, name: str, use: Use, chance: random.Random) -> object:
    plain = json.loads((folder / name).read_text())
    return _with_content(folder, folder / name, json.dumps(spoiled_json(chance, plain)).encode(), use)


def _with_bytes(folder: Path, below: str, use: Use, chance: random.Random) -> object:
    path = chance.choice(sorted(path for path in (folder / below).iterdir() if path.is_file()))
    return _with_content(folder, path, spoiled_bytes(chance, path.read_bytes()), use)


def _with_cell(folder: Path, use: Use, chance: random.Random) -> object:
    """With one cell of a table spoiled, its header's included."""
    path = chance.choice(sorted(folder.glob("*.csv")))
    lines = path.read_text().split("\n")
    row = chance.randrange(len(lines))
    cells = lines[row].split(",")
    cells[chance.randrange(len(cells))] = spoiled(chance, chance.choice(cells)) if chance.random() < 0.5 else ""
    lines[row] = ",".join(cells)
    return _with_content(folder, path, "\n".join(lines).encode("utf-8", "surrogatepass"), use)
