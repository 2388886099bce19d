"""Ridge and logistic regression with missing values: baselines, and the starting point of convex networks."""

from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.surrogate.fit.train_network import Examples

STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Penalties on |w|^2 that are tried, per unit of mean loss and standardized latents."""

LOGISTIC_STEPS = 60
LOGISTIC_TOLERANCE = 1e-5


@dataclass(frozen=True)
class LinearModel:
    """z @ weight + bias, with weight of shape (d, T) and bias of shape (T,)."""

    weight: Tensor
    bias: Tensor

    def __call__(self, z: Tensor) -> Tensor:
        """(n, d) to (n, T)."""
        return z @ self.weight.to(z.dtype) + self.bias.to(z.dtype)


def fit_linear(train: Examples, valid: Examples) -> LinearModel:
    """Regularized linear fit per task, its strength chosen on the validation part; bounds count as exact values.

    Args:
        train: Examples; a task without a measured value stays at zero.
        valid: Examples that choose the penalty.
    """
    tasks = train.cost.shape[1]
    weight = torch.zeros(train.z.shape[1], tasks, dtype=torch.float64)
    bias = torch.zeros(tasks, dtype=torch.float64)
    for logistic, path in ((True, _logistic_path), (False, _ridge_path)):
        kind = [t for t in range(tasks) if train.logistic[t] == logistic]
        candidates = path(train.tasks(kind)) if kind else []
        for place, t in enumerate(kind):
            held_out = valid.tasks([t])
            losses = [float(held_out.loss(model(held_out.z)[:, [place]])) for model in candidates]
            best = candidates[losses.index(min(losses))]
            weight[:, t], bias[t] = best.weight[:, place], best.bias[place]
    return LinearModel(weight, bias)


def _shares(examples: Examples) -> Tensor:
    """Weight of each measured value among those of its task, (n, T), columns sum to 1 (or 0 where nothing is)."""
    weight = torch.isfinite(examples.cost) * examples.weight[:, None].double()
    return weight / weight.sum(dim=0).clamp_min(torch.finfo(torch.float64).tiny)


def _ridge_path(train: Examples) -> list[LinearModel]:
    """Weighted least squares with strength * |w|^2, for each strength."""
    z, share = train.z.double(), _shares(train)
    y = torch.nan_to_num(train.cost.double())
    weights = torch.zeros(len(STRENGTHS), z.shape[1], y.shape[1], dtype=torch.float64)
    biases = torch.zeros(len(STRENGTHS), y.shape[1], dtype=torch.float64)
    for t in range(y.shape[1]):
        mean_z, mean_y = share[:, t] @ z, share[:, t] @ y[:, t]
        centered = z - mean_z
        weighted = share[:, t, None] * centered
        values, vectors = torch.linalg.eigh(weighted.T @ centered)
        projected = vectors.T @ (weighted.T @ (y[:, t] - mean_y))
        for s, strength in enumerate(STRENGTHS):
            weights[s, :, t] = vectors @ (projected / (values.clamp_min(0.0) + strength))
            biases[s, t] = mean_y - mean_z @ weights[s, :, t]
    return [LinearModel(weight, bias) for weight, bias in zip(weights, biases, strict=True)]


def _logistic_path(train: Examples) -> list[LinearModel]:
    """Penalized logistic regression (0.5 * strength * |w|^2, free bias), all tasks and strengths at once.

    Accelerated gradient steps with restarts, scaled by the bound a quarter of the latents' second moment on the
    curvature, which in its eigenbasis is one number per coordinate.

    Reference: Böhning (1992), Ann. Inst. Statist. Math. 44, 197; O'Donoghue and Candès (2015), Found. Comput. Math.
    """
    share = _shares(train)
    y = torch.nan_to_num(train.cost)
    values, vectors = torch.linalg.eigh((train.z.T @ train.z / len(train)).double())
    design = torch.cat([train.z @ vectors.float(), torch.ones(len(train), 1)], dim=1)
    tasks, n_strengths = y.shape[1], len(STRENGTHS)
    strength = torch.tensor(STRENGTHS, dtype=torch.float32).repeat_interleave(tasks)
    curvature = torch.cat([values.clamp_min(0.0), torch.ones(1)]).float()[:, None] / 4
    penalty = torch.cat([strength.expand(len(values), -1), torch.zeros(1, tasks * n_strengths)])
    step = 1.0 / (curvature + penalty)
    share, y = share.float().repeat(1, n_strengths), y.repeat(1, n_strengths)
    w = torch.zeros_like(penalty)
    w[-1] = torch.logit((share * y).sum(dim=0).clamp(1e-3, 1 - 1e-3))
    ahead, momentum = w.clone(), 1.0
    for _ in range(LOGISTIC_STEPS):
        gradient = design.T @ (share * (torch.sigmoid(design @ ahead) - y)) + penalty * ahead
        new = ahead - step * gradient
        turned = ((ahead - new) / step * (new - w)).sum() > 0
        momentum, before = (1.0, 1.0) if turned else (0.5 * (1 + (1 + 4 * momentum**2) ** 0.5), momentum)
        ahead = new + (before - 1) / momentum * (new - w)
        moved = float((new - w).abs().max())
        w = new
        if moved < LOGISTIC_TOLERANCE:
            break
    weight = (vectors @ w[:-1].double()).reshape(-1, n_strengths, tasks)
    bias = w[-1].double().reshape(n_strengths, tasks)
    return [LinearModel(weight[:, s], bias[s]) for s in range(n_strengths)]
