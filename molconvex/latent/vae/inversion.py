"""Points that decode to a given molecule: for molecules that do not come back from their own latent."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.chem import standardize
from molconvex.latent.vae.model import TextVAE, padded

LOOK_EVERY = 5
NOISE = 0.05  # per dimension: the point is to decode to the molecule with a margin


@dataclass(frozen=True)
class Inversion:
    """Latents and whether each decodes to its molecule.

    Attributes:
        z: The encoder's latents (n, d), moved where that brought the molecule back.
        returns: (n,) bool.
        moved: How far each was moved, (n,).
    """

    z: Tensor
    returns: Tensor
    moved: Tensor


def invert(model: TextVAE, smiles: Sequence[str], *, steps: int = 60, rate: float = 0.05, seed: int = 0) -> Inversion:
    """Latents that decode to molecules: the encoder's, or a few gradient steps from it on the decoder's likelihood.

    Args:
        model: Encodes and decodes.
        smiles: n molecules.
        steps: At most so many for each that does not come back at once.
        rate: Of the steps (Adam), in units of the latents.
        seed: Of the noise under which the likelihood is raised.

    Raises:
        ChemistryError: As `TextVAE.encode`.
    """
    start = model.encode(smiles)
    wanted = [standardize(text).smiles for text in smiles]
    z = start.clone()
    returns = torch.tensor([a == b for a, b in zip(model.decode(start), wanted, strict=True)], dtype=torch.bool)
    lost = (~returns).nonzero()[:, 0].tolist()
    if lost:
        z[lost], returns[lost] = _search(model, [wanted[row] for row in lost], start[lost], steps, rate, seed)
    z[~returns] = start[~returns]
    return Inversion(z, returns, (z - start).norm(dim=1))


def _search(
    model: TextVAE, wanted: list[str], start: Tensor, steps: int, rate: float, seed: int
) -> tuple[Tensor, Tensor]:
    """Points (n, d) and whether they decode to the molecules; those that do are left where they first did."""
    ids = padded([model.tokenizer.encode(model.tokenizer.to_symbols(text)) for text in wanted]).to(model.device)
    generator = torch.Generator().manual_seed(seed)
    point = start.to(model.device).clone().requires_grad_()
    optimizer = torch.optim.Adam([point], lr=rate)
    found, back = start.clone(), torch.zeros(len(start), dtype=torch.bool)
    for step in range(1, steps + 1):
        noise = NOISE * torch.randn(start.shape, generator=generator).to(model.device)
        loss = model.network.reconstruction(point + noise, ids, token_dropout=0.0).sum()
        (point.grad,) = torch.autograd.grad(loss, [point])
        optimizer.step()
        if step % LOOK_EVERY == 0 or step == steps:
            here = point.detach().cpu()
            decoded = model.decode(here)
            for row, text in enumerate(decoded):
                if text == wanted[row] and not back[row]:
                    found[row], back[row] = here[row], True
            if back.all():
                break
    return found, back
