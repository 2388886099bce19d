"""What a search knows: every molecule that was scored, where it came from, and everything it has ever seen."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.chem.fingerprints import fingerprint_bits
from molconvex.chem.molecule import Molecule
from molconvex.chem.properties import measured
from molconvex.chem.scaffolds import murcko_scaffold
from molconvex.surrogate.model.structure_features import NAMES

SLOW = ("qed", "sa_score")
QUICK = tuple(name for name in NAMES if name not in (*SLOW, "formal_charge"))
"""Properties by which molecules are compared within a search: of the thousands in a pool only what takes a moment is
measured, and standard molecules differ little in charge."""


@dataclass(frozen=True)
class Ancestry:
    """Where a molecule came from.

    Attributes:
        proposer: Name of the proposer; "lead" for the lead that a search starts from, "start" for a start population.
        parents: SMILES of the molecules that it was made of.
        round: Round in which it was proposed, 0 for the start.
    """

    proposer: str
    parents: tuple[str, ...] = ()
    round: int = 0


@dataclass(eq=False)
class Member:
    """A molecule of the pool or of the archive.

    Attributes:
        molecule: Standardized.
        z: Its own latent, shape (d,), float64.
        ancestry: Where it came from.
        predicted: Score that the surrogates predict at its latent, NaN where there is none.
        score: Measured score; NaN before it is scored or where measuring failed.
        values: What was measured, by name.
        reason: Why it has no score.
        met: Whether it meets every limit.
    """

    molecule: Molecule
    z: Tensor = field(repr=False)
    ancestry: Ancestry
    predicted: float = float("nan")
    score: float = float("nan")
    values: dict[str, float] = field(default_factory=dict, repr=False)
    reason: str = ""
    met: bool = True

    @property
    def smiles(self) -> str:
        """Standard SMILES."""
        return self.molecule.smiles

    @cached_property
    def bits(self) -> NDArray[np.float32]:
        """Fingerprint as zeros and ones, shape (2048,)."""
        return fingerprint_bits(self.molecule.fingerprint)

    @cached_property
    def properties(self) -> NDArray[np.float64]:
        """What RDKit measures within a third of a millisecond, (k,) in the order of `QUICK`."""
        return np.array(measured(self.molecule, QUICK), dtype=np.float64)

    @cached_property
    def scaffold(self) -> str:
        """Murcko scaffold, "" where the molecule has no ring."""
        return murcko_scaffold(self.molecule)


class Archive:
    """Scored molecules in the order of scoring, and the SMILES of all that were ever looked at."""

    def __init__(self) -> None:
        self.members: list[Member] = []
        self.seen: set[str] = set()
        self._bits: list[NDArray[np.float32]] = []

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Member]:
        return iter(self.members)

    def add(self, members: Sequence[Member]) -> None:
        """Add scored molecules."""
        self.members.extend(members)
        self.seen.update(member.smiles for member in members)
        self._bits.extend(member.bits for member in members)

    @property
    def scores(self) -> NDArray[np.float64]:
        """Measured scores (n,), NaN where measuring failed."""
        return np.array([member.score for member in self.members], dtype=np.float64)

    @property
    def met(self) -> NDArray[np.bool_]:
        """Whether each meets every limit, (n,)."""
        return np.array([member.met for member in self.members], dtype=np.bool_)

    @property
    def predicted(self) -> NDArray[np.float64]:
        """Predicted scores (n,)."""
        return np.array([member.predicted for member in self.members], dtype=np.float64)

    @property
    def bits(self) -> NDArray[np.float32]:
        """Fingerprints (n, 2048)."""
        return np.stack(self._bits) if self._bits else np.zeros((0, 0), dtype=np.float32)

    @property
    def latents(self) -> Tensor:
        """Own latents (n, d)."""
        return torch.stack([member.z for member in self.members])

    def best(self, count: int) -> list[Member]:
        """The highest scores, best first; ties by SMILES."""
        fine = [member for member in self.members if not np.isnan(member.score)]
        return sorted(fine, key=lambda m: (-m.score, m.smiles))[:count]
