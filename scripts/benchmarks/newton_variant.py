"""Semismooth Newton on the smoothed Lagrangian over balls: a variant measured by finishing.py, not used by the library.

One network with plain ReLU per program. At fixed reference gates the smoothed network has the generalized Hessian
sum of mass / width * grad u grad u^T over the units in transition. Each step solves the quadratic model over the ball
exactly (More & Sorensen, 1983), then shortens the step until the smoothed value falls.
"""

import torch
from torch import Tensor

from molconvex.optimize.solver.lagrangian import Lagrangian
from molconvex.optimize.solver.multipliers import Multipliers


def hessian(lagrangian: Lagrangian, multipliers: Multipliers, width: Tensor) -> Tensor:
    """Generalized Hessian (n, d, d) of the smoothed objective at the point of these multipliers."""
    stack, gates = lagrangian.stacks[0], multipliers.gates[0]
    scale = (width * lagrangian.base.extent)[:, None]
    upper = lagrangian.weights[:, :1] * stack.output_weight[0]
    uppers = [upper]
    for layer in range(len(gates) - 1, 0, -1):
        uppers.insert(0, (uppers[0] * gates[layer][0]) @ stack.weights[layer - 1][0].T)
    total = torch.zeros(lagrangian.n, lagrangian.base.latent_dim, lagrangian.base.latent_dim, dtype=width.dtype)
    gradients = torch.zeros(())  # of the layer before; none before the first
    for layer, gate in enumerate(gates):
        path = stack.inputs[layer]
        if layer:
            gradients = stack.weights[layer - 1][0].T @ (gates[layer - 1][0][:, :, None] * gradients)
        if path is not None:
            gradients = gradients + path[0].expand(lagrangian.n, -1, -1)
        moving = (gate[0] > 0) & (gate[0] < 1)
        curvature = torch.where(moving, uppers[layer] / scale, 0.0)
        kept = int(moving.sum(1).max())
        if kept:
            top = curvature.topk(kept, dim=1)
            chosen = gradients.gather(1, top.indices[:, :, None].expand(-1, -1, gradients.shape[2]))
            total = total + chosen.mT @ (top.values[:, :, None] * chosen)
    return total


def ball_step(gradient: Tensor, curvature: Tensor, offset: Tensor, radius: Tensor) -> Tensor:
    """Minimizer p of gradient^T p + p^T curvature p / 2 with |offset + p| <= radius, by Newton's secular equation."""
    eye = torch.eye(gradient.shape[1], dtype=gradient.dtype)
    rhs = (curvature @ offset[:, :, None])[:, :, 0] - gradient
    nu = (1e-3 * rhs.norm(dim=1) / radius).clamp_min(1e-12)
    for _ in range(12):
        factor = torch.linalg.cholesky(curvature + nu[:, None, None] * eye)
        point = torch.cholesky_solve(rhs[:, :, None], factor)[:, :, 0]
        length = point.norm(dim=1)
        if bool((((length - radius).abs() < 1e-10 * radius) | ((nu <= 1e-12) & (length < radius))).all()):
            break
        inner = torch.linalg.solve_triangular(factor, point[:, :, None], upper=False)[:, :, 0]
        nu = (nu + (length / inner.norm(dim=1)).square() * (length - radius) / radius).clamp_min(1e-12)
    point = point * (radius / length).clamp_max(1)[:, None]
    return point - offset


def smoothed_value(lagrangian: Lagrangian, y: Tensor, reference: Multipliers, width: Tensor) -> Tensor:
    """Smoothed objective, (n,)."""
    stack = lagrangian.stacks[0]
    values, _ = stack.smoothed(y, reference.gates[0], (width * lagrangian.base.extent)[:, None])
    return lagrangian.weights[:, 0] * values[0]


def newton_step(lagrangian: Lagrangian, y: Tensor, reference: Multipliers, width: Tensor) -> Tensor:
    """One damped step from y, (n, d)."""
    both = torch.stack([width, width], dim=1)
    multipliers, slope, _ = lagrangian.smoothed(y, reference, both)
    ball = lagrangian.base
    step = ball_step(slope, hessian(lagrangian, multipliers, width), y - ball.center, ball.extent)
    before = smoothed_value(lagrangian, y, reference, width)
    share = torch.ones_like(before)
    for _ in range(6):
        worse = smoothed_value(lagrangian, y + share[:, None] * step, reference, width) > before
        if not bool(worse.any()):
            break
        share = torch.where(worse, 0.4 * share, share)
    return ball.project(y + share[:, None] * step)
