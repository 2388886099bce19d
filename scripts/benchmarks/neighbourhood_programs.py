"""What the optima of certified programs around a lead decode to."""

from collections.abc import Mapping, Sequence

import torch
from neighbourhood_counts import Counts
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.latent.vae.model import TextVAE
from molconvex.optimize import Ball, CostTerm, Program, solve
from molconvex.surrogate import ConvexSurrogate


def program_counts(
    model: TextVAE,
    surrogates: Mapping[str, ConvexSurrogate],
    leads: Sequence[str],
    distance: float,
    programs: int,
    seed: int,
) -> tuple[Counts, float]:
    """Counts of the greedy decodings of optima, and their median drift over the step.

    A program minimizes a random mixture of the surrogates' costs over a ball around the lead, of a radius between half
    of `distance` and all of it: what the search's proposer of programs does.
    """
    generator = torch.Generator().manual_seed(seed)
    networks: list[ReluNetwork] = []
    terms: list[CostTerm] = []
    for surrogate in surrogates.values():
        terms.append(CostTerm(tuple(range(len(networks), len(networks) + len(surrogate.members))), surrogate.aggregate))
        networks += list(surrogate.convex_costs())
    z = model.encode(leads)
    anchors = z.double().repeat_interleave(programs, 0)
    mixtures = -torch.log(
        torch.rand(len(anchors), len(terms), generator=generator, dtype=torch.float64).clamp_min(1e-12)
    )
    radii = distance * (0.5 + 0.5 * torch.rand(len(anchors), generator=generator, dtype=torch.float64))
    program = Program(
        networks, mixtures / mixtures.sum(1, keepdim=True), Ball(anchors, radii), terms=terms, anchor=anchors
    )
    points = solve(program, gap_tol=1e-3).z.float()
    decoded = model.decode(points)
    counts = Counts(first_invalid=model.spelt_nothing)
    for row, lead in enumerate(leads):
        counts.add(lead, decoded[row * programs : (row + 1) * programs])
    return counts, _drift(model, points, decoded, anchors.float())


def _drift(model: TextVAE, points: Tensor, decoded: Sequence[str], anchors: Tensor) -> float:
    encoding = model.try_encode([text or "none" for text in decoded])
    step = (points - anchors).norm(dim=1)
    fine = encoding.mask & (step > 0)
    return float(((encoding.z - points).norm(dim=1)[fine] / step[fine]).median())
