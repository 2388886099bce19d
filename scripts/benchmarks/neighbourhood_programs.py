"""What the certified programs around a lead decode to, by the shipped pipeline."""

from collections.abc import Sequence

import torch
from neighbourhood_counts import Counts
from torch import Tensor

from molconvex.design import GenerateSettings, generate
from molconvex.latent.vae.model import TextVAE
from molconvex.surrogate import ConvexSurrogate


def program_counts(
    model: TextVAE, surrogate: ConvexSurrogate, leads: Sequence[str], programs: int, seed: int
) -> tuple[Counts, float]:
    """Counts of the greedy decodings of the programs' optima (QED, highest), and their median drift over the step."""
    settings = GenerateSettings(
        leads=list(leads), goals=["qed:max"], programs=programs, proposers=["programs"], seed=seed, similarity=0.4
    )
    run = generate(settings, latent_model=model, surrogates={"qed": surrogate})
    counts = Counts()
    drifts: list[Tensor] = []
    for proposals in run.proposals:
        points = proposals.solution.z.float()
        decoded = model.decode(points)
        counts.first_invalid += model.spelt_nothing
        counts.add(leads[proposals.lead - 1], decoded)
        encoding = model.try_encode([text or "none" for text in decoded])
        step = (points - model.encode([leads[proposals.lead - 1]])).norm(dim=1)
        drifts.append(((encoding.z - points).norm(dim=1) / step)[encoding.mask & (step > 0)])
    return counts, float(torch.cat(drifts).median())
