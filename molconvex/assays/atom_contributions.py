"""Which atoms a prediction comes from: parts are left out, the rest is encoded and predicted again.

    prediction(molecule) - prediction(rest)  =  sum of the contributions of the atoms left out + what does not add up

The contributions are the least-squares solution of smallest size over all parts, so atoms that only leave together
share alike. They speak of the model, in its own latent space: what a chemist would find by making the molecules may be
something else.

Reference: Polishchuk (2017), J. Chem. Inf. Model. 57, 2618 (interpretation by leaving fragments out).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.chem import standardize
from molconvex.chem.left_out import leave_parts_out
from molconvex.surrogate import ConvexSurrogate, DifferenceSurrogate

if TYPE_CHECKING:
    from molconvex.chem import Molecule
    from molconvex.latent import LatentModel
    from molconvex.surrogate import Surrogate

Fitted = TypeVar("Fitted", bound=ConvexSurrogate | DifferenceSurrogate)
CARD_MOLECULES = {
    "celecoxib": "Cc1ccc(-c2cc(C(F)(F)F)nn2-c2ccc(S(N)(=O)=O)cc2)cc1",
    "propranolol": "CC(C)NCC(O)COc1cccc2ccccc12",
    "gefitinib": "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1",
}
"""Drawn on every card: well-known drugs, so that a card shows no molecule of a user's table."""

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
        predicted: The prediction, that of the convex networks also where a refined one stands beside it.
    """

    values: tuple[float, ...]
    parts: int
    explained: float
    predicted: float


def atom_contributions(
    surrogates: Mapping[str, Surrogate], molecule: Molecule, model: LatentModel
) -> dict[str, AtomContributions]:
    """Contributions to what each surrogate's `predict` says of one molecule; none where too few parts can be left out.

    Of a refined prediction the part of the networks is explained, not what molecules that are alike add to it.

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
        found[name] = _solved(absent, rests, float(predicted[place[molecule.smiles]]))
    return found


def with_contributions(surrogates: Sequence[Fitted], model: LatentModel) -> list[Fitted]:
    """The surrogates with what atoms of CARD_MOLECULES contribute to their predictions on their cards.

    Args:
        surrogates: For this latent model.
        model: Encodes the molecules and their rests.
    """
    by_name = {surrogate.target.property: surrogate for surrogate in surrogates}
    records: dict[str, list[dict[str, Any]]] = {name: [] for name in by_name}
    for drug, smiles in CARD_MOLECULES.items():
        molecule = standardize(smiles)
        for name, item in atom_contributions(by_name, molecule, model).items():
            values = [float(f"{value:.4g}") for value in item.values]
            shown = {"molecule": drug, "smiles": molecule.smiles, "predicted": item.predicted}
            records[name].append(shown | {"values": values, "parts": item.parts, "explained": item.explained})
    return [
        replace(surrogate, card=surrogate.card | {"contributions": records[surrogate.target.property]})
        for surrogate in surrogates
    ]


def _solved(absent: NDArray[np.float64], rests: NDArray[np.float64], predicted: float) -> AtomContributions:
    """Smallest contributions that add up to the differences to the rests, `absent` naming the atoms left out."""
    difference = predicted - rests
    gram = absent @ absent.T + RIDGE * np.eye(len(absent))
    values = absent.T @ np.linalg.solve(gram, difference)
    rest, total = np.square(difference - absent @ values).sum(), np.square(difference).sum()
    explained = 1.0 - rest / total if total > 0 else 1.0
    return AtomContributions(tuple(values.tolist()), len(absent), float(explained), predicted)
