"""Latents as proposals: decoded greedily and by sampling, each text once."""

import torch
from torch import Tensor

from molconvex.latent import LatentModel
from molconvex.search.proposers.proposer import Proposed


def decode_proposals(
    model: LatentModel,
    z: Tensor,
    parents: list[tuple[str, ...]],
    *,
    samples: int = 0,
    temperature: float = 1.0,
    generator: torch.Generator | None = None,
) -> tuple[list[Proposed], list[int]]:
    """Molecules of latents (n, d) and the row that each came from; the parents themselves are left out.

    Args:
        model: Decodes.
        z: Latents.
        parents: Of each row.
        samples: Sampled decodings a row, beside the greedy one.
        temperature: Of the sampled ones.
        generator: Of the sampled ones.
    """
    rows = list(range(len(z)))
    texts = model.decode(z.float())
    if samples:
        rows += [row for row in range(len(z)) for _ in range(samples)]
        repeated = z.float().repeat_interleave(samples, dim=0)
        texts = texts + model.decode(repeated, temperature=temperature, generator=generator)
    found: list[Proposed] = []
    sources: list[int] = []
    seen: set[str] = set()
    for row, text in zip(rows, texts, strict=True):
        if text and text not in seen and text not in parents[row]:
            seen.add(text)
            found.append(Proposed(text, parents[row]))
            sources.append(row)
    return found, sources
