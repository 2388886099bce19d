"""Which atoms a prediction comes from: parts are left out, the rest is encoded and predicted again.

    prediction(molecule) - prediction(rest)  =  sum of the contributions of the atoms left out + what does not add up

The contributions are the least-squares solution of smallest size over all parts, so atoms that only leave together
share alike. They speak of the model, in its own latent space: what a chemist would find by making the molecules may be
something else.

Reference: Polishchuk (2017), J. Chem. Inf. Model. 57, 2618 (interpretation by leaving fragments out).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.chem.left_out import leave_parts_out

if TYPE_CHECKING:
    from molconvex.chem import Molecule
    from molconvex.latent import LatentModel
    from molconvex.surrogate import Surrogate

FEWEST_PARTS = 3
RIDGE = 0.1
"""Added to the normal equations: parts are few beside atoms, and predictions of rests are uncertain."""


@dataclass(frozen=True)
class AtomContributions:
    """Of one prediction.

    Attributes:
        values: One per heavy atom in the order of the standard SMILES, in the unit of the prediction (of classes the
            probability of class 1).
        parts: How many parts were left out.
        explained: Share of the variance of the differences that the contributions account for.
    """

    values: tuple[float, ...]
    parts: int
    explained: float


def atom_contributions(
    surrogates: Mapping[str, Surrogate], molecule: Molecule, model: LatentModel
) -> dict[str, AtomContributions]:
    """Contributions to what each surrogate predicts of one molecule; none where too few parts can be left out.

    Args:
        surrogates: By name, for this latent model.
        molecule: Standardized.
        model: Encodes the rests.

    Raises:
        ChemistryError: If the molecule cannot be read.
        LatentShapeError: If a surrogate reads latents of another dimension.
    """
    parts = leave_parts_out(molecule)
    texts = list(dict.fromkeys([molecule.smiles, *(part.smiles for part in parts)]))
    z = model.try_encode(texts).z
    known = torch.isfinite(z).all(dim=1)
    place = {text: row for row, text in enumerate(texts) if known[row]}
    parts = [part for part in parts if part.smiles in place]
    if molecule.smiles not in place or len(parts) < FEWEST_PARTS:
        return {}
    absent = np.zeros((len(parts), molecule.mol.GetNumAtoms()))
    for row, part in enumerate(parts):
        absent[row, list(part.atoms)] = 1.0
    found = {}
    for name, surrogate in surrogates.items():
        predicted = np.full(len(texts), np.nan)
        predicted[known.numpy()] = surrogate.predict(z[known]).numpy()
        rests = np.array([predicted[place[part.smiles]] for part in parts])
        found[name] = _solved(absent, predicted[place[molecule.smiles]] - rests)
    return found


def _solved(absent: NDArray[np.float64], difference: NDArray[np.float64]) -> AtomContributions:
    """Smallest contributions that add up to the differences, rows of `absent` naming the atoms left out."""
    gram = absent @ absent.T + RIDGE * np.eye(len(absent))
    values = absent.T @ np.linalg.solve(gram, difference)
    rest, total = np.square(difference - absent @ values).sum(), np.square(difference).sum()
    explained = 1.0 - rest / total if total > 0 else 1.0
    return AtomContributions(tuple(values.tolist()), len(absent), float(explained))
