"""Latents of analogues of well-known drugs: decodings around each that stay similar to it, encoded again."""

from pathlib import Path

import pandas as pd
import torch
from torch import Tensor

from molconvex.chem import tanimoto
from molconvex.exceptions import ChemistryError
from molconvex.files import data_path
from molconvex.latent import LatentModel, load_latent_model

SIMILAR = 0.4
RADII = (3.0, 4.5, 6.0, 7.5)
BATCH, ROUNDS = 256, 40


def analogue_latents(drugs: int, count: int, cache: Path | None) -> dict[str, Tensor]:
    """By drug, latents (m, d) in float64 of the drug itself and up to count - 1 analogues; kept in the cache."""
    if cache is not None and cache.exists():
        from safetensors.torch import load_file

        return {name: z.double() for name, z in load_file(cache).items()}
    model = load_latent_model()
    table = pd.read_csv(data_path("examples", "drugs.csv"))[:drugs]
    found = {
        str(name): _analogues(model, str(smiles), count)
        for name, smiles in zip(table["name"], table["smiles"], strict=True)
    }
    if cache is not None:
        from safetensors.torch import save_file

        save_file(found, cache)
    return {name: z.double() for name, z in found.items()}


def _analogues(model: LatentModel, lead: str, count: int) -> Tensor:
    generator = torch.Generator().manual_seed(0)
    middle, kept = model.encode([lead]), {lead: None}
    for turn in range(ROUNDS):
        step = torch.randn(BATCH, model.latent_dim, generator=generator)
        step = RADII[turn % len(RADII)] * step / step.norm(dim=1, keepdim=True)
        decoded = sorted({smiles for smiles in model.decode(middle + step) if smiles} - kept.keys())
        near = [s for s, t in zip(decoded, tanimoto(lead, decoded), strict=True) if t >= SIMILAR]
        kept |= dict.fromkeys(near)
        if len(kept) >= count:
            break
    encoded = model.try_encode(list(kept)[:count])
    if not bool(encoded.mask[0]):
        raise ChemistryError(f"{lead}: {encoded.reasons[0]}")
    return encoded.z[encoded.mask]
