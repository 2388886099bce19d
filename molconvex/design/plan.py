"""Where the programs of a lead are posed: anchors near the lead, radii around them, weights of the goals.

A ball around the lead alone gives few molecules: the optimum moves along one direction of latent space, and the decoder
answers with the same few structures. So most anchors are drawn at some distance from the lead, within which decodings
stay similar to it, and each program improves on its own anchor, with its own certificate.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from molconvex.chem import tanimoto
from molconvex.latent import LatentModel

SMALLEST_RADIUS = 0.25  # of the largest
AT_THE_LEAD = 0.1  # share of the programs whose anchor is the lead itself
PILOT_ANCHORS = 12
PILOT_DISTANCES = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.85, 1.0, 1.3, 1.7)  # of the lead's distance from the origin
PILOT_RADII = (0.05, 0.1, 0.15, 0.2, 0.3, 0.45, 0.7, 1.0, 1.5)  # of the spread
PILOT_PLACE = 0.7  # where anchors lie while radii are tried, of the spread


@dataclass(frozen=True)
class Plan:
    """n programs of one lead.

    Attributes:
        anchors: Centers of the balls, shape (n, d); the first one is the lead.
        radii: Shape (n,).
        weights: Of the goals, shape (n, G), each row summing to one; the first row is the user's.
    """

    anchors: Tensor
    radii: Tensor
    weights: Tensor


def make_plan(
    lead: Tensor, count: int, weights: Sequence[float], radius: float, spread: float, generator: torch.Generator
) -> Plan:
    """Programs that cover radii, distances from the lead and mixtures of goals evenly, by a low-discrepancy sequence.

    Args:
        lead: Latent of the lead, shape (d,).
        count: Number of programs n.
        weights: The user's weights of the G goals.
        radius: Largest radius; the smallest is a quarter of it.
        spread: Largest distance of an anchor from the lead.
        generator: Directions in which anchors lie.
    """
    goals = len(weights)
    cube = torch.quasirandom.SobolEngine(goals + 1, scramble=False).draw(count + 1, dtype=torch.float64)[1:]
    direction = torch.randn(count, len(lead), generator=generator, dtype=torch.float64)
    distance = spread * cube[:, 1].sqrt()
    distance[: max(1, round(AT_THE_LEAD * count))] = 0.0
    mixes = simplex_points(cube[:, 2:]) * torch.tensor(weights, dtype=torch.float64)
    fraction = SMALLEST_RADIUS + (1.0 - SMALLEST_RADIUS) * cube[:, 0]
    mixes[0], fraction[0] = torch.tensor(weights, dtype=torch.float64), 1.0
    return Plan(
        lead + distance[:, None] * direction / direction.norm(dim=1, keepdim=True),
        radius * fraction,
        mixes / mixes.sum(dim=1, keepdim=True),
    )


def simplex_points(cube: Tensor) -> Tensor:
    """Points of the unit cube as points of the unit simplex, (n, G - 1) to (n, G), uniform to uniform.

    Coordinate j takes the share 1 - u_j^(1 / (G - 1 - j)) of what is left, j from 0.
    """
    n, dimension = cube.shape
    powers = torch.arange(dimension, 0, -1, dtype=torch.float64)
    left = torch.cat([torch.ones(n, 1, dtype=torch.float64), (cube ** (1.0 / powers)).cumprod(dim=1)], dim=1)
    return torch.cat([left[:, :-1] - left[:, 1:], left[:, -1:]], dim=1)


@dataclass(frozen=True)
class Calibration:
    """How far from one lead decodings stay similar to it; tried on a few points, since leads differ by factors.

    Attributes:
        lead: Its latent, shape (d,).
        smiles: The lead.
        similarity: Tanimoto similarity asked for.
        model: Decodes.
        seed: Of the directions tried.
    """

    lead: Tensor
    smiles: str
    similarity: float
    model: LatentModel
    seed: int

    def spread(self) -> float:
        """Distance at which points in random directions decode on average to the similarity."""
        distances = max(float(self.lead.norm()), 1e-6) * torch.tensor(PILOT_DISTANCES, dtype=torch.float64)
        directions = self._directions().repeat(len(distances), 1)
        points = self.lead + directions * distances.repeat_interleave(PILOT_ANCHORS)[:, None]
        return self._reached(distances, points)

    def radius(self, spread: float, optimum: Callable[[Tensor, Tensor], Tensor]) -> float:
        """Radius at which optima around anchors near the lead decode on average to the similarity.

        Moving along the gradient of a property changes a molecule several times as fast as moving at random.

        Args:
            spread: Largest distance of anchors from the lead; 0 tries the lead alone.
            optimum: Minimizers over the balls around anchors (n, d) with radii (n,): shape (n, d).
        """
        scale = spread if spread > 0 else max(float(self.lead.norm()), 1e-6)
        radii = scale * torch.tensor(PILOT_RADII, dtype=torch.float64)
        anchors = self.lead + PILOT_PLACE * spread * self._directions()
        points = optimum(anchors.repeat(len(radii), 1), radii.repeat_interleave(PILOT_ANCHORS))
        return self._reached(radii, points)

    def _directions(self) -> Tensor:
        generator = torch.Generator().manual_seed(self.seed)
        direction = torch.randn(PILOT_ANCHORS, len(self.lead), generator=generator, dtype=torch.float64)
        return direction / direction.norm(dim=1, keepdim=True)

    def _reached(self, sizes: Tensor, points: Tensor) -> float:
        """The size at which the mean similarity, taken as falling, reaches what is asked for."""
        texts = self.model.decode(points.float())
        similarity = np.nan_to_num(tanimoto(self.smiles, texts)).reshape(len(sizes), PILOT_ANCHORS)
        mean = np.minimum.accumulate(similarity.mean(axis=1))
        return float(np.interp(-self.similarity, -mean, sizes.numpy()))
