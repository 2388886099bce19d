"""What the corpus has: ring systems and atom environments with counts, checked when loaded."""

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from rdkit.Chem import MolFromSmiles
from safetensors import SafetensorError
from safetensors.numpy import load

from molconvex.chem.plausibility.environments import WIDE, environment_hashes, missing_hashes
from molconvex.exceptions import WeightsError
from molconvex.files import data_path, read_manifest

RINGS, ENVIRONMENTS = "ring_systems.txt.gz", "environments.safetensors"
PROBE = "CC(=O)Oc1ccccc1C(=O)O"


@dataclass(frozen=True)
class PlausibilityTables:
    """What the corpus has.

    Attributes:
        molecules: How many molecules were counted.
        ring_systems: Molecules that have a ring system, by its label.
        narrow: Hashes of the environments of radius 1, sorted, uint32 (n,).
        narrow_counts: Molecules that have each, at most 65,535, uint16 (n,).
        wide: Hashes of the environments of radius 2, sorted, uint32 (m,).
    """

    molecules: int
    ring_systems: Mapping[str, int]
    narrow: NDArray[np.uint32]
    narrow_counts: NDArray[np.uint16]
    wide: NDArray[np.uint32]


@lru_cache(maxsize=2)
def load_plausibility_tables(folder: Path | None = None) -> PlausibilityTables:
    """The bundled tables, or those of another folder; read once.

    Raises:
        WeightsError: If a file is missing or altered, or RDKit numbers environments in another way than when the
            tables were made.
    """
    place = data_path("plausibility") if folder is None else folder
    manifest = read_manifest(place)
    try:
        arrays = load((place / ENVIRONMENTS).read_bytes())
        lines = gzip.decompress((place / RINGS).read_bytes()).decode().splitlines()
        pairs = [line.split("\t") for line in lines]
        tables = PlausibilityTables(
            molecules=int(manifest["molecules"]),
            ring_systems={label: int(count) for label, count in pairs},
            narrow=arrays["narrow"],
            narrow_counts=arrays["narrow_counts"],
            wide=np.cumsum(arrays["wide_steps"], dtype=np.uint32),
        )
    except (OSError, EOFError, ValueError, KeyError, SafetensorError) as error:
        raise WeightsError(f"{place} holds no plausibility tables ({error}); install molconvex again") from error
    if missing_hashes(environment_hashes(MolFromSmiles(PROBE), WIDE), tables.wide).size:
        raise WeightsError(
            f"the tables of {place} were made by an RDKit that numbers environments differently; "
            f"make them anew with scripts/build_plausibility_tables.py"
        )
    return tables
