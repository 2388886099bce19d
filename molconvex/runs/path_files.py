"""The files of a path.

path.csv        one row a stop: prediction, molecule, measured values, similarities
latents.csv     the stops' latents; `molconvex decode` reads it
path.html       for people: the molecules along the way
certificates/   the region's minimum with its proof, and the surrogate's networks, for the independent check
run.json        settings, molecules, level, deviations, versions, checksums
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from molconvex.columns import LATENT, PREDICTED
from molconvex.design.paths.molecule_path import MoleculePath
from molconvex.design.paths.walk import REGIONS
from molconvex.optimize import make_record, save_record
from molconvex.runs.folder import PATH, write_record
from molconvex.runs.generation_files import surrogate_record
from molconvex.runs.report.path_page import render_path
from molconvex.tables import csv_text

TABLE, LATENTS, PAGE = "path.csv", "latents.csv", "path.html"
CERTIFICATES, CERTIFICATE = "certificates", "region"


def write_path_files(path: MoleculePath, folder: Path) -> None:
    """Every file of a path, run.json last."""
    path.information["finished"] = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    (folder / TABLE).write_text(csv_text(path.stops), encoding="utf-8", newline="")
    latents = pd.DataFrame(path.walk.z.numpy(), columns=[LATENT(i) for i in range(path.walk.z.shape[1])])
    latents.insert(0, "stop", path.stops["stop"])
    (folder / LATENTS).write_text(csv_text(latents), encoding="utf-8", newline="")
    (folder / CERTIFICATES).mkdir()
    save_record(make_record(path.walk.program, path.walk.solution), folder / CERTIFICATES, CERTIFICATE)
    (folder / PAGE).write_text(render_path(path), encoding="utf-8", newline="\n")
    write_record(_record(path), folder)


def _record(path: MoleculePath) -> dict[str, Any]:
    walk = path.walk
    return {
        "format": PATH,
        "status": walk.status.name.lower(),
        "status_text": walk.status.value,
        "settings": path.settings.to_dict(),
        **path.information,
        "start": path.start.to_dict(),
        "end": path.end.to_dict(),
        "surrogate": surrogate_record(path.part),
        "region": {
            "kind": walk.program.region.kind,
            "words": REGIONS[walk.program.region.kind],
            "least_cost": float(walk.solution.value[0]),
            "lower_bound": float(walk.solution.lower_bound[0]),
            "status": walk.solution.status[0].name.lower(),
        },
        "level": {"cost": walk.level, "value": float(path.stops[PREDICTED(path.property_name)].iloc[0])},
        "worst_predicted_deviation": path.worst_predicted_deviation,
        "worst_measured_deviation": _known(path.worst_measured_deviation),
        "largest_rise_of_cost": path.largest_rise,
        "counts": {"stops": len(path.stops), "molecules": int(path.stops["smiles"].nunique())},
    }


def _known(number: float) -> float | None:
    """JSON knows no NaN."""
    return None if number != number else number
