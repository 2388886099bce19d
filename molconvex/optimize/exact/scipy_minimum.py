"""SciPy on smooth costs over the same regions: a second opinion, program by program and without certificates.

For networks with softplus, ELU or squared ReLU, which the batched solver does not take. Boxes go to L-BFGS-B, all other
regions to SLSQP in the coordinates of their base. Both methods expect continuous gradients; on ReLU networks they stop
early.

Reference: Byrd, Lu, Nocedal & Zhu (1995), A limited memory algorithm for bound constrained optimization; Kraft (1988),
A software package for sequential quadratic programming.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import ProgramError
from molconvex.optimize.regions.cuts import Cut
from molconvex.optimize.regions.flat_regions import Box, Hull
from molconvex.optimize.regions.region import Region
from molconvex.optimize.regions.round_regions import Ball

Array = NDArray[np.float64]
Function = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class SecondOpinion:
    """What SciPy found for n sets.

    Attributes:
        z: (n, d), float64, in the sets.
        value: (n,), cost there.
        success: (n,), bool, whether SciPy says that it converged.
        method: "L-BFGS-B" or "SLSQP".
        messages: SciPy's words, n of them.
    """

    z: Tensor
    value: Tensor
    success: Tensor
    method: str
    messages: tuple[str, ...]


def minimize_with_scipy(
    cost: Function, region: Region, *, start: Tensor | None = None, tolerance: float = 1e-8, max_steps: int = 1000
) -> SecondOpinion:
    """Minimize a smooth convex cost over each set of a region.

    Args:
        cost: (n, d) to (n,) or (n, 1), differentiable by torch in float64.
        region: n compact sets.
        start: (n, d), moved into the sets; by default their centers.
        tolerance: SciPy's `ftol`.
        max_steps: SciPy's `maxiter`.

    Raises:
        ProgramError: If the start has the wrong shape, or the cost is not one finite number for each point.
    """
    region = region.to(torch.float64)
    first = region.base.center if start is None else start.double()
    if first.shape != (region.batch, region.latent_dim):
        raise ProgramError(f"start must have shape {(region.batch, region.latent_dim)}, got {tuple(first.shape)}")
    _check_cost(cost, first)
    method = "L-BFGS-B" if isinstance(region, Box) else "SLSQP"
    options = {"ftol": tolerance, "maxiter": max_steps}
    rows = [_minimize(cost, region, torch.tensor([i]), first[i : i + 1], method, options) for i in range(len(first))]
    z = region.project(torch.cat([point for point, _ in rows]))
    with torch.no_grad():
        value = cost(z).reshape(-1)
    success = torch.tensor([bool(found.success) for _, found in rows])
    return SecondOpinion(z, value, success, method, tuple(str(found.message) for _, found in rows))


def _check_cost(cost: Function, z: Tensor) -> None:
    with torch.no_grad():
        value = cost(z)
    if value.shape not in ((len(z),), (len(z), 1)) or not torch.isfinite(value).all():
        raise ProgramError(
            f"the cost must give one finite number for each of {len(z)} points, got shape {tuple(value.shape)}; "
            "use a network with one output, in float64"
        )


def _minimize(
    cost: Function, region: Region, row: Tensor, start: Tensor, method: Any, options: Any
) -> tuple[Tensor, Any]:
    """A point (1, d) of one set, and SciPy's result."""
    from scipy.optimize import minimize

    one = region.select(row)
    bounds, constraints = _limits(one)
    found = minimize(
        _with_gradient(lambda y: cost(one.base.to_latent(y)).reshape(())),
        one.base.from_latent(start)[0].numpy(),
        jac=True,
        method=method,
        bounds=bounds,
        constraints=constraints,
        options=options,
    )
    return one.base.to_latent(torch.as_tensor(found.x, dtype=torch.float64)[None]), found


def _limits(region: Region) -> tuple[list[tuple[float, float]] | None, list[Any]]:
    """Bounds of the base's coordinates and constraints g(y) >= 0 or = 0, for one set."""
    base, bounds = region.base, None
    constraints = [_constraint("ineq", _slack(base, cut)) for cut in region.cuts]
    if isinstance(base, Box):
        bounds = list(zip(base.low[0].tolist(), base.high[0].tolist(), strict=True))
    elif isinstance(base, Hull):
        bounds = [(0.0, 1.0)] * base.from_latent(base.center).shape[1]
        constraints.append(_constraint("eq", lambda y: y.sum(1) - 1))
    elif isinstance(base, Ball):
        constraints.append(_constraint("ineq", lambda y: 1 - ((y - base.center) / base.extent).square().sum(1)))
    else:
        constraints.append(_constraint("ineq", lambda y: 1 - y.square().sum(1)))
    return bounds, constraints


def _slack(base: Region, cut: Cut) -> Function:
    return lambda y: -cut.values(base.to_latent(y))[0]


def _constraint(kind: str, function: Function) -> dict[str, Any]:
    def value(y: Array) -> Array:
        return function(torch.as_tensor(y)[None]).detach().numpy()

    def jacobian(y: Array) -> Array:
        found = torch.autograd.functional.jacobian(lambda t: function(t[None]), torch.as_tensor(y))
        return found.numpy()

    return {"type": kind, "fun": value, "jac": jacobian}


def _with_gradient(function: Function) -> Callable[[Array], tuple[float, Array]]:
    def value_and_gradient(y: Array) -> tuple[float, Array]:
        at = torch.as_tensor(y)[None].clone().requires_grad_()
        value = function(at)
        (gradient,) = torch.autograd.grad(value, at)
        return float(value.detach()), gradient[0].numpy()

    return value_and_gradient
