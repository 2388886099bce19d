"""Applicability domain: how far a latent lies from the training latents, without storing any molecule's latent."""

from dataclasses import dataclass

import torch
from torch import Tensor

MOST_CENTERS = 64
FEWEST_PER_CENTER = 10
ROUNDS = 15


@dataclass(frozen=True)
class Domain:
    """Cluster centers of the training latents and the distances that are usual there.

    Centers are means of at least some molecules each; a molecule's own latent, which could be decoded, is not kept.

    Attributes:
        centers: Shape (k, d), float32, in latent units.
        scale: Shape (d,), float32: latents are divided by it before distances are taken.
        usual: 95th percentile of the training latents' distance to their nearest center.
    """

    centers: Tensor
    scale: Tensor
    usual: float

    def distance(self, z: Tensor) -> Tensor:
        """Distance to the nearest center over the usual one, (n, d) to (n,): above 1 is unlike most training data."""
        scale = self.scale.to(z.dtype)
        return torch.cdist(z / scale, self.centers.to(z.dtype) / scale).min(dim=1).values / self.usual


def describe_domain(z: Tensor, scale: Tensor, generator: torch.Generator) -> Domain:
    """Domain of training latents by k-means with at most 64 centers.

    Args:
        z: Shape (n, d).
        scale: Shape (d,), > 0.
        generator: Choice of the first centers.
    """
    scaled = z.float() / scale.float()
    centers = max(1, min(MOST_CENTERS, len(z) // FEWEST_PER_CENTER))
    center = scaled[torch.randperm(len(z), generator=generator)[:centers]].clone()
    for _ in range(ROUNDS):
        nearest = torch.cdist(scaled, center).argmin(dim=1)
        size = torch.bincount(nearest, minlength=centers).float()
        total = torch.zeros_like(center).index_add_(0, nearest, scaled)
        center = total[size >= min(FEWEST_PER_CENTER, len(z))] / size[size >= min(FEWEST_PER_CENTER, len(z)), None]
        if len(center) == 0:
            center = scaled.mean(dim=0, keepdim=True)
        centers = len(center)
    distance = torch.cdist(scaled, center).min(dim=1).values
    usual = max(float(torch.quantile(distance, 0.95)), 1e-6)
    return Domain(center * scale.float(), scale.float(), usual)
