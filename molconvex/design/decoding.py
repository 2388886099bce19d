"""From proposals to molecules: greedy and sampled decodings, made standard, counted and traced to their programs."""

from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from torch import Tensor

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel

BATCH = 256


@dataclass
class Decoded:
    """One molecule and how often each program gave it.

    Attributes:
        smiles: Standard SMILES.
        programs: Decodings of it by program (its row within the lead's programs).
        greedy: Whether greedy decoding gave it.
    """

    smiles: str
    programs: dict[int, int] = field(default_factory=dict)
    greedy: bool = False

    @property
    def decodings(self) -> int:
        """How often it came."""
        return sum(self.programs.values())


@dataclass
class Decodings:
    """All decodings of one lead's proposals.

    Attributes:
        molecules: By standard SMILES, in the order in which they came.
        attempts: Decodings tried.
        unreadable: Those that gave no molecule.
        complete: False where stopped on request.
    """

    molecules: dict[str, Decoded] = field(default_factory=dict)
    attempts: int = 0
    unreadable: int = 0
    complete: bool = True

    def add(self, program: int, smiles: str, greedy: bool) -> None:
        """Count one decoding; "" is one that failed."""
        self.attempts += 1
        if not smiles:
            self.unreadable += 1
            return
        molecule = self.molecules.setdefault(smiles, Decoded(smiles))
        molecule.programs[program] = molecule.programs.get(program, 0) + 1
        molecule.greedy |= greedy


def decode_proposals(
    model: LatentModel,
    z: Tensor,
    samples: int,
    temperature: float,
    generator: torch.Generator,
    progress: Callable[[int, int], None] | None = None,
    cancelled: Callable[[], bool] | None = None,
    rows: Tensor | None = None,
) -> Decodings:
    """Decode each latent once greedily and `samples` times at random.

    Args:
        model: Latent model.
        z: Proposals, shape (n, d).
        samples: Random decodings per proposal, beside the greedy one.
        temperature: Of the random decodings.
        generator: Of the random decodings.
        progress: Called with decodings done and planned.
        cancelled: Asked between batches; True stops, and what was decoded is returned.
        rows: Those of z to decode, shape (k,); all by default. Molecules remember rows of z.
    """
    rows = torch.arange(len(z)) if rows is None else rows
    n, result, standard = len(rows), Decodings(), _Standardizer()
    rows = rows.repeat(samples + 1)
    for start in range(0, len(rows), BATCH):
        if cancelled is not None and cancelled():
            result.complete = False
            break
        # a batch is all greedy or all sampled: rows of the first pass are cut at n
        for part in _passes(rows[start : start + BATCH], start, n):
            greedy = part[0]
            points = z[part[1]].float()
            texts = model.decode(points, temperature=0.0 if greedy else temperature, generator=generator)
            for row, text in zip(part[1].tolist(), texts, strict=True):
                result.add(row, standard(text), greedy)
        if progress is not None:
            progress(min(start + BATCH, len(rows)), len(rows))
    return result


def _passes(rows: Tensor, start: int, n: int) -> list[tuple[bool, Tensor]]:
    cut = max(0, n - start)
    return [(greedy, part) for greedy, part in ((True, rows[:cut]), (False, rows[cut:])) if len(part)]


class _Standardizer:
    """Standard SMILES of a text, "" where there is none; remembers what it has seen."""

    def __init__(self) -> None:
        self._seen: dict[str, str] = {"": ""}

    def __call__(self, text: str) -> str:
        if text not in self._seen:
            try:
                self._seen[text] = standardize(text).smiles
            except ChemistryError:
                self._seen[text] = ""
        return self._seen[text]
