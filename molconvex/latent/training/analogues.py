"""Training in which points off a molecule mean its analogues.

Of a batch of molecules with means m_i, and neighbours j of i of Tanimoto similarity at least 0.4, each row is one of

    itself    z = m_i + posterior noise                        is to decode to i
    between   z = m_i + s (m_j - m_i) + posterior noise         is to decode to j, s around 1 and below
    around    z = m_i + r u, u a random direction               is to decode to the neighbour j that u points to most,
                                                               argmax_j cos(u, m_j - m_i)

with r a share of the mean distance of neighbours, so that no scale of the latents escapes it. Means are drawn to
distances in proportion to 1 - Tanimoto similarity.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

SIMILAR = 0.4


@dataclass(frozen=True)
class AnalogueConfig:
    """Settings of training on analogues.

    Attributes:
        group: Molecules of a series that stand together in a batch.
        between_share, around_share: Shares of the rows with neighbours that are trained so.
        between_from, between_to: Range of s.
        around_from, around_to: Range of r over the mean distance of neighbours in the batch.
        stress_weight: Weight of the squared error of distances, in nats a molecule.
        distance_scale: Latent distance of two molecules that have nothing in common.
        first_step: Steps before rows are trained as neighbours.
    """

    group: int = 8
    between_share: float = 0.3
    around_share: float = 0.4
    between_from: float = 0.5
    between_to: float = 1.1
    around_from: float = 0.4
    around_to: float = 1.0
    stress_weight: float = 20.0
    distance_scale: float = 14.0
    first_step: int = 1000


@dataclass(frozen=True)
class Placed:
    """Points of a batch: latents z (n, d), the row that each is to decode to (n,), and which are `around` (n,)."""

    z: Tensor
    target: Tensor
    around: Tensor


def similarities(log_counts: Tensor) -> Tensor:
    """Tanimoto similarities (n, n) of the bins that occur in counts (n, bins)."""
    present = (log_counts > 0).float()
    common = present @ present.T
    sizes = present.sum(1)
    return common / (sizes[:, None] + sizes - common).clamp(min=1.0)


def place(mean: Tensor, noise: Tensor, similarity: Tensor, config: AnalogueConfig) -> Placed:
    """Points to decode and what they are to decode to.

    Args:
        mean: (n, d).
        noise: The posterior's noise, (n, d).
        similarity: (n, n).
        config: How far points are placed.
    """
    n = len(mean)
    near = (similarity >= SIMILAR) & ~torch.eye(n, dtype=torch.bool, device=mean.device)
    kind = torch.rand(n, device=mean.device)
    kind = torch.where(near.any(1), kind, 1.0)
    around = kind < config.around_share
    between = (kind < config.around_share + config.between_share) & ~around
    target = torch.arange(n, device=mean.device)
    z = mean + noise
    if between.any():
        j = torch.multinomial(near[between].float(), 1)[:, 0]
        s = torch.empty(len(j), 1, device=mean.device).uniform_(config.between_from, config.between_to)
        target[between] = j
        z = z.index_put((between,), mean[between] + s * (mean[j] - mean[between]) + noise[between])
    if around.any():
        point, j = _around(mean, around, near, config)
        target[around] = j
        z = z.index_put((around,), point)
    return Placed(z, target, around)


def _around(mean: Tensor, around: Tensor, near: Tensor, config: AnalogueConfig) -> tuple[Tensor, Tensor]:
    """Points in random directions from the rows `around`, and the neighbour that each points to most."""
    fixed = mean.detach().float()
    distance = torch.cdist(fixed[around], fixed)
    usual = distance[near[around]].mean()
    direction = torch.nn.functional.normalize(torch.randn_like(fixed[around]), dim=1)
    along = direction @ fixed.T - (direction * fixed[around]).sum(1, keepdim=True)
    cosine = (along / distance.clamp(min=1e-6)).masked_fill(~near[around], -torch.inf)
    r = usual * torch.empty(len(direction), 1, device=mean.device).uniform_(config.around_from, config.around_to)
    return mean[around] + r * direction, cosine.argmax(1)


def stress(mean: Tensor, similarity: Tensor, scale: float) -> Tensor:
    """Squared error of distances over `scale` against 1 - similarity: of neighbours, plus a third of that of all."""
    n = len(mean)
    other = ~torch.eye(n, dtype=torch.bool, device=mean.device)
    squared = (mean[:, None] - mean[None]).square().sum(-1)
    error = ((squared + 1e-6).sqrt() / scale - (1.0 - similarity)).square()
    near = other & (similarity >= SIMILAR)
    close = error[near].mean() if near.any() else error.new_zeros(())
    return close + (error[other].mean() / 3.0 if n > 1 else 0.0)
