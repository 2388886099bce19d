"""A sampling prior: where in the latent space molecules are.

At the small KL weight that exact reconstruction needs, encoded molecules fill a thin part of N(0, I), and samples of
N(0, I) decode to unusual molecules. A flow fitted afterwards to the encoded training molecules says where that part is.

Reference: Lipman et al. (2023), Flow matching for generative modeling, arXiv:2210.02747; Dai & Wipf (2019), Diagnosing
and enhancing VAE models, arXiv:1903.05789 (a second stage fitted to the first one's latents).
"""

import math
from collections.abc import Callable
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn import functional as F

from molconvex.exceptions import LatentMismatchError, WeightsError
from molconvex.files import read_manifest
from molconvex.latent.training.precision import mixed_precision

SAMPLING_TEMPERATURE = 0.7  # at 1 the flow's tails, which it knows least, decode to unusual molecules


class VelocityField(nn.Module):
    """Velocity (n, d) of a point x (n, d) at time t (n,) on its way from noise (t = 0) to a latent (t = 1)."""

    frequencies: Tensor

    def __init__(self, latent_dim: int, width: int = 512, blocks: int = 3, frequencies: int = 32) -> None:
        super().__init__()
        self.register_buffer("frequencies", torch.exp(torch.linspace(0.0, math.log(200.0), frequencies)))
        self.enter = nn.Linear(latent_dim, width)
        self.times = nn.Linear(2 * frequencies, width)
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(blocks))
        self.up = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(blocks))
        self.down = nn.ModuleList(nn.Linear(2 * width, width) for _ in range(blocks))
        self.leave = nn.Linear(width, latent_dim)
        for layer in (*self.down, self.leave):
            nn.init.zeros_(layer.weight)

    def forward(self, x: Tensor, t: Tensor) -> Tensor:
        angles = t[:, None] * self.frequencies
        time = self.times(torch.cat([angles.sin(), angles.cos()], dim=-1))
        hidden = self.enter(x)
        for norm, up, down in zip(self.norms, self.up, self.down, strict=True):
            hidden = hidden + down(F.silu(up(norm(hidden + time))))
        return self.leave(hidden)


class LatentPrior(nn.Module):
    """Samples latents like those of the training molecules.

    Args:
        latent_dim: Dimension d.
        mean, scale: Elementwise standardisation of the training latents, each (d,).
        width: Hidden units of the velocity field.
    """

    mean: Tensor
    scale: Tensor

    def __init__(
        self, latent_dim: int, mean: Tensor | None = None, scale: Tensor | None = None, width: int = 512
    ) -> None:
        super().__init__()
        self.register_buffer("mean", torch.zeros(latent_dim) if mean is None else mean)
        self.register_buffer("scale", torch.ones(latent_dim) if scale is None else scale)
        self.field = VelocityField(latent_dim, width)

    def loss(self, z: Tensor, generator: torch.Generator | None = None) -> Tensor:
        """Flow-matching loss on a batch of latents (n, d): mean squared error of the velocity over rows and columns."""
        target = (z - self.mean) / self.scale
        noise = torch.randn(target.shape, generator=generator, device=z.device)
        t = torch.sigmoid(torch.randn(len(target), generator=generator, device=z.device))
        point = (1.0 - t[:, None]) * noise + t[:, None] * target
        return (self.field(point, t) - (target - noise)).square().mean()

    @torch.no_grad()
    def sample(
        self,
        n: int,
        *,
        temperature: float = SAMPLING_TEMPERATURE,
        generator: torch.Generator | None = None,
        steps: int = 40,
    ) -> Tensor:
        """n latents (n, d), float32, by the midpoint rule with `steps` steps.

        Args:
            n: Latents wanted.
            generator: Of the noise; torch's global one where None.
            steps: Of the integration.
            temperature: Standard deviation of the noise that the flow starts from; 1 samples the fitted density, less
                its more typical part.

        Reference: Kingma & Dhariwal (2018), Glow, arXiv:1807.03039, section 6 (sampling at reduced temperature).
        """
        x = temperature * torch.randn(n, len(self.mean), generator=generator).to(self.mean.device)
        for k in range(steps):
            t = torch.full((n,), k / steps, device=x.device)
            halfway = x + self.field(x, t) * (0.5 / steps)
            x = x + self.field(halfway, t + 0.5 / steps) / steps
        return x * self.scale + self.mean


def train_prior(
    z: Tensor,
    steps: int,
    *,
    batch_size: int = 1024,
    rate: float = 1e-3,
    width: int = 512,
    seed: int = 0,
    start: LatentPrior | None = None,
    report: Callable[[int, float], None] | None = None,
) -> LatentPrior:
    """Fit a prior to latents (n, d); the averaged weights are returned, deterministic for a seed.

    Args:
        z: Latents (n, d) to be learned.
        batch_size: Latents per step.
        rate: Learning rate at the start.
        seed: Reproduces everything.
        steps: Optimizer steps; the learning rate falls linearly to zero over their second half.
        width: Hidden units, unless there is a start.
        start: Prior of nearby latents, such as an earlier version's, whose velocity field to begin with; unchanged.
        report: Called every 200 steps with the step and the mean loss since the last call.

    Raises:
        LatentMismatchError: If the start has another dimension.
    """
    if start is not None and len(start.mean) != z.shape[1]:
        raise LatentMismatchError(
            f"the start has {len(start.mean)} dimensions, the latents have {z.shape[1]}; train without a start"
        )
    generator = torch.Generator().manual_seed(seed)
    torch.manual_seed(seed)
    width = width if start is None else start.field.enter.out_features
    prior = LatentPrior(z.shape[1], z.mean(0), z.std(0) + 1e-6, width)
    if start is not None:
        prior.field.load_state_dict(start.field.state_dict(), strict=True)
    optimizer = torch.optim.AdamW(prior.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.01)
    average = [p.detach().clone() for p in prior.parameters()]
    total = 0.0
    for step in range(1, steps + 1):
        for group in optimizer.param_groups:
            group["lr"] = rate * min(1.0, step / 100, 2.0 * (1.0 - step / (steps + 1)))
        rows = torch.randint(len(z), (batch_size,), generator=generator)
        with mixed_precision("cpu"):
            loss = prior.loss(z[rows], generator)
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        total += float(loss.detach())
        torch._foreach_lerp_(average, [p.detach() for p in prior.parameters()], max(1e-3, 1.0 / step))
        if report and step % 200 == 0:
            report(step, total / 200)
            total = 0.0
    with torch.no_grad():
        for parameter, mean in zip(prior.parameters(), average, strict=True):
            parameter.copy_(mean)
    return prior.eval()


def load_prior(folder: Path, latent_fingerprint: str) -> LatentPrior:
    """A prior saved by scripts/train_prior.py.

    Raises:
        WeightsError: If a file is missing or altered.
        LatentMismatchError: If it was fitted to another latent model.
    """
    fitted_to = read_manifest(folder)["latent_fingerprint"]
    if fitted_to != latent_fingerprint:
        raise LatentMismatchError(
            f"the prior in {folder} was fitted to latent model {fitted_to[:12]}, "
            f"this one is {latent_fingerprint[:12]}; fit it again with scripts/train_prior.py"
        )
    return read_prior(folder)


def read_prior(folder: Path) -> LatentPrior:
    """A saved prior, whichever latent model it was fitted to, as a start for another one.

    Raises:
        WeightsError: If a file is missing or altered.
    """
    read_manifest(folder)
    try:
        tensors = load_file(folder / "prior.safetensors")
        prior = LatentPrior(len(tensors["mean"]), width=len(tensors["field.enter.bias"]))
        prior.load_state_dict({k: v.float() for k, v in tensors.items()}, strict=True)
    except (SafetensorError, RuntimeError, KeyError) as error:
        raise WeightsError(f"the prior in {folder} is damaged: {error}") from error
    return prior.eval()
