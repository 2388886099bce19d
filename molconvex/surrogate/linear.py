"""Ridge and logistic regression with missing values: baselines, and the starting point of convex networks."""

from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.surrogate.training import Examples

RIDGE_STRENGTHS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)


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
        train, valid: Examples; tasks without a measured value stay at zero.
    """
    tasks = range(train.cost.shape[1])
    fits = [_best_task(train, valid, t) for t in tasks]
    return LinearModel(torch.stack([w for w, _ in fits], dim=1), torch.stack([b for _, b in fits]))


def _best_task(train: Examples, valid: Examples, task: int) -> tuple[Tensor, Tensor]:
    z, y, weight = _measured(train, task)
    if len(y) == 0:
        return z.new_zeros(z.shape[1]), z.new_zeros(())
    solve = _logistic if train.logistic else _ridge
    fits = [solve(z, y, weight, strength) for strength in RIDGE_STRENGTHS]
    held = Examples(
        valid.z.double(), valid.cost[:, [task]].double(), valid.bound[:, [task]], valid.weight.double(), valid.logistic
    )
    losses = [float(held.loss((held.z @ w + b)[:, None])) for w, b in fits]
    return fits[losses.index(min(losses))]


def _measured(examples: Examples, task: int) -> tuple[Tensor, Tensor, Tensor]:
    kept = torch.isfinite(examples.cost[:, task])
    return examples.z[kept].double(), examples.cost[kept, task].double(), examples.weight[kept].double()


def _ridge(z: Tensor, y: Tensor, weight: Tensor, strength: float) -> tuple[Tensor, Tensor]:
    """Weighted least squares plus strength * mean weight * n * |w|^2."""
    share = weight / weight.sum()
    mean_z, mean_y = share @ z, share @ y
    centered = z - mean_z
    gram = centered.T @ (share[:, None] * centered)
    gram.diagonal().add_(strength)
    w = torch.linalg.solve(gram, centered.T @ (share * (y - mean_y)))
    return w, mean_y - mean_z @ w


def _logistic(z: Tensor, y: Tensor, weight: Tensor, strength: float, iterations: int = 25) -> tuple[Tensor, Tensor]:
    """Penalized logistic regression by damped Newton steps; y holds 0 and 1, the bias is not penalized."""
    share = weight / weight.sum()
    design = torch.cat([z, torch.ones_like(z[:, :1])], dim=1)
    penalty = torch.full((design.shape[1],), strength, dtype=z.dtype)
    penalty[-1] = 1e-9
    rate = (share @ y).clamp(1e-3, 1 - 1e-3)
    w = torch.zeros(design.shape[1], dtype=z.dtype)
    w[-1] = torch.logit(rate)

    def objective(w: Tensor) -> float:
        logit = design @ w
        return float(share @ (torch.nn.functional.softplus(logit) - y * logit) + 0.5 * (penalty * w * w).sum())

    value = objective(w)
    for _ in range(iterations):
        p = torch.sigmoid(design @ w)
        gradient = design.T @ (share * (p - y)) + penalty * w
        curvature = design.T @ ((share * p * (1 - p))[:, None] * design) + torch.diag(penalty)
        direction = torch.linalg.solve(curvature, gradient)
        size = 1.0
        while objective(w - size * direction) > value and size > 1e-4:
            size *= 0.5
        w = w - size * direction
        previous, value = value, objective(w)
        if previous - value < 1e-10:
            break
    return w[:-1], w[-1]
