"""Latents of known molecules, from a file."""

from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from molconvex.chem import read_molecules
from molconvex.exceptions import DataError
from molconvex.latent import LatentModel


def read_actives(path: Path, model: LatentModel) -> Tensor:
    """Latents of the molecules of a file, (m, d), float64; those that cannot be encoded are left out.

    Raises:
        DataError: If the file cannot be read, or fewer than two of its molecules can be encoded.
    """
    found = read_molecules(path)
    encoding = model.try_encode([molecule.smiles for molecule in found])
    z = encoding.z[encoding.mask].to("cpu", torch.float64)
    z = torch.unique(z, dim=0)
    if len(z) < 2:
        raise DataError(f"{path}: {_few(len(z), len(found), encoding.reasons)}")
    return z


def _few(kept: int, given: int, reasons: Sequence[str]) -> str:
    first = next((reason for reason in reasons if reason), "they are the same molecule")
    return f"{kept} of {given} actives can be used, but at least two different ones are needed ({first})"
