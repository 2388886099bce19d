"""The two molecules of a path: standardized, encoded, and what the model makes of them."""

from dataclasses import dataclass, field, replace

import torch
from torch import Tensor

from molconvex.chem import standardize, tanimoto
from molconvex.design.settings import Lead
from molconvex.exceptions import ChemistryError
from molconvex.latent import LatentModel


@dataclass(frozen=True)
class PathEnd:
    """One end.

    Attributes:
        role: "start" or "end".
        given: As the user wrote it.
        smiles: Standard SMILES.
        notes: What standardizing changed.
        z: Latent, shape (d,), float64.
        decoded: What its latent decodes to, "" where nothing.
    """

    role: str
    given: Lead
    smiles: str
    notes: tuple[str, ...]
    z: Tensor = field(repr=False)
    decoded: str = ""

    @property
    def name(self) -> str:
        """The given name, else its role."""
        return self.given.name or self.role

    def to_dict(self) -> dict[str, str | bool]:
        """Plain values for JSON."""
        return {
            "given": str(self.given),
            "smiles": self.smiles,
            "notes": "; ".join(self.notes),
            "decoded": self.decoded,
            "reconstructed": self.decoded == self.smiles,
        }

    def remarks(self) -> list[str]:
        """What a user should know about this end, as sentences."""
        said = [f"{self.name} was changed before use: {'; '.join(self.notes)} (used as {self.smiles})"]
        texts = said if self.notes else []
        if self.decoded != self.smiles:
            alike = float(tanimoto(self.smiles, [self.decoded])[0]) if self.decoded else float("nan")
            shown = f"{self.decoded} (similarity {alike:.2f})" if self.decoded else "nothing"
            texts.append(f"the latent model does not reconstruct {self.name}: its latent decodes to {shown}")
        return texts


def prepare_ends(start: Lead, end: Lead, model: LatentModel) -> tuple[PathEnd, PathEnd]:
    """Standardize and encode both ends.

    Raises:
        ChemistryError: If one cannot be read or encoded (it is named), or both are the same molecule.
    """
    ends = []
    for role, lead in (("start", start), ("end", end)):
        called = f"{role} ({lead.name or lead.smiles[:80]})"
        try:
            standard = standardize(lead.smiles)
        except ChemistryError as error:
            raise ChemistryError(f"{called}: {error}") from error
        encoding = model.try_encode([standard.smiles])
        if encoding.reasons[0]:
            raise ChemistryError(f"{called}: {encoding.reasons[0]}")
        ends.append(PathEnd(role, lead, standard.smiles, standard.notes, encoding.z[0].to("cpu", torch.float64)))
    if ends[0].smiles == ends[1].smiles:
        raise ChemistryError(
            f"start and end are the same molecule, {ends[0].smiles} (stereochemistry and salts are removed); a path "
            "needs two"
        )
    texts = decode_greedily(model, torch.stack([item.z for item in ends]))
    first, second = (replace(item, decoded=text) for item, text in zip(ends, texts, strict=True))
    return first, second


def decode_greedily(model: LatentModel, z: Tensor) -> list[str]:
    """Standard SMILES of the greedy decodings of latents (n, d), "" where one gave no molecule."""
    return [_standard(text) for text in model.decode(z.float())]


def _standard(text: str) -> str:
    try:
        return standardize(text).smiles
    except ChemistryError:
        return ""
