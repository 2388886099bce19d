"""What decodings around leads are: the lead, repeats, too far, new and similar; and which of them are plausible."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
import torch
from rdkit import Chem
from torch import Tensor

from molconvex.chem import tanimoto
from molconvex.chem.plausibility import Features, features, implausible_features
from molconvex.latent.vae.model import TextVAE

SIMILAR = 0.4


@lru_cache(maxsize=512)
def lead_features(lead: str) -> Features:
    return features(Chem.MolFromSmiles(lead))


def plausible(smiles: str, lead: str | None = None) -> bool:
    """Whether nothing speaks against a molecule but what its lead has, too."""
    return not implausible_features(Chem.MolFromSmiles(smiles), lead=None if lead is None else lead_features(lead))


def plausible_share(smiles: Sequence[str]) -> float:
    return float(np.mean([plausible(s) for s in smiles])) if smiles else float("nan")


@dataclass
class Counts:
    """Decodings of several leads; each but `similar` and `plausible` adds up to `decoded`.

    Attributes:
        first_invalid: Decodings whose first token sequence spelt nothing.
        far, similar: New molecules of a lead with Tanimoto similarity below 0.4, and at least that.
        plausible, plausible_far: Those of them that a chemist would draw.
    """

    leads: int = 0
    decoded: int = 0
    first_invalid: int = 0
    invalid: int = 0
    lead: int = 0
    repeats: int = 0
    far: int = 0
    similar: int = 0
    plausible: int = 0
    plausible_far: int = 0
    found: dict[str, list[str]] = field(default_factory=dict)

    def add(self, lead: str, decoded: Sequence[str], valid_wanted: int | None = None) -> None:
        """Count the decodings of one lead, up to `valid_wanted` valid ones."""
        self.leads += 1
        seen: set[str] = set()
        valid = 0
        new: list[str] = []
        for smiles in decoded:
            if valid == valid_wanted:
                break
            self.decoded += 1
            valid += bool(smiles)
            self.invalid += not smiles
            self.lead += smiles == lead
            if smiles and smiles != lead:
                self.repeats += smiles in seen
                if smiles not in seen:
                    seen.add(smiles)
                    new.append(smiles)
        self._judge(lead, new)

    def _judge(self, lead: str, new: list[str]) -> None:
        near = tanimoto(lead, new) >= SIMILAR
        kept: list[str] = []
        for smiles, similar in zip(new, near.tolist(), strict=True):
            fine = plausible(smiles, lead)
            self.similar += similar
            self.far += not similar
            self.plausible += similar and fine
            self.plausible_far += fine and not similar
            if similar and fine:
                kept.append(smiles)
        self.found.setdefault(lead, []).extend(kept)

    @property
    def valid(self) -> int:
        return self.decoded - self.invalid

    def per_valid(self, count: int, of: int = 100) -> float:
        """`count` per `of` valid decodings."""
        return of * count / max(1, self.valid)


def random_directions(count: int, dim: int, generator: torch.Generator) -> Tensor:
    """Unit vectors (count, dim)."""
    return torch.nn.functional.normalize(torch.randn(count, dim, generator=generator), dim=1)


def decode_around(model: TextVAE, z: Tensor, shifts: Tensor) -> tuple[list[list[str]], int]:
    """Decodings of leads z (n, d) moved by shifts (n, k, d): n lists of k, and how many first spelt nothing."""
    decoded = model.decode((z[:, None] + shifts).flatten(0, 1))
    first_invalid = model.spelt_nothing
    k = shifts.shape[1]
    return [decoded[i * k : (i + 1) * k] for i in range(len(z))], first_invalid


def around(
    model: TextVAE, leads: Sequence[str], distance: float, each: int, generator: torch.Generator, *, valid: int | None
) -> Counts:
    """Counts of `each` decodings a lead at one distance in random directions; of the first `valid` valid ones."""
    counts = Counts()
    z = model.encode(leads)
    for lead, row in zip(leads, z, strict=True):
        shifts = distance * random_directions(each, len(row), generator)
        (decoded,), first_invalid = decode_around(model, row[None], shifts[None])
        counts.first_invalid += first_invalid
        counts.add(lead, decoded, valid)
    return counts


def best_distance(
    model: TextVAE, leads: Sequence[str], distances: Sequence[float], each: int, seed: int
) -> tuple[float, dict[float, Counts]]:
    """The distance with most new, similar and plausible molecules, and the counts at every distance."""
    counts = {d: around(model, leads, d, each, torch.Generator().manual_seed(seed), valid=None) for d in distances}
    return max(counts, key=lambda d: counts[d].plausible), counts
