"""Regions as cvxpy constraints, with readers for the duals of further parts of an intersection."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.exceptions import RegionError
from molconvex.optimize.program.program import Program
from molconvex.optimize.regions.flat_regions import Box, Hull
from molconvex.optimize.regions.intersection import HalfSpaces
from molconvex.optimize.regions.region import Region
from molconvex.optimize.regions.round_regions import Ball, Ellipsoid

Array = NDArray[np.float64]
Reader = Callable[[Array], Array]
"""From the solution z to a part's multipliers: nonnegative ones of half-spaces, the slope of any other part."""


class _Parameters:
    """Makes cvxpy parameters and remembers how to set them from a program."""

    def __init__(self, cp: Any, setters: list[Callable[[Program], None]], part: int) -> None:
        self._cp, self._setters, self._part = cp, setters, part

    def new(self, shape: tuple[int, ...], read: Callable[[Any], torch.Tensor], **attributes: Any) -> Any:
        """A parameter whose value is read from the program's part of the region."""
        parameter = self._cp.Parameter(shape, **attributes)

        def assign(program: Program) -> None:
            parameter.value = read(program.region.parts[self._part]).detach().cpu().double().numpy()

        self._setters.append(assign)
        return parameter


def add_region(
    cp: Any, program: Program, z: Any, constraints: list[Any], setters: list[Callable[[Program], None]]
) -> list[Reader]:
    """Append the constraints z in region; returns readers of the parts after the first."""
    readers = []
    for i, part in enumerate(program.region.parts):
        readers.append(_add_part(cp, part, z, constraints, _Parameters(cp, setters, i)))
    return readers[1:]


def _add_part(cp: Any, part: Region, z: Any, constraints: list[Any], parameters: _Parameters) -> Reader:
    if isinstance(part, Ball):
        return _add_ball(cp, part, z, constraints, parameters)
    if isinstance(part, Ellipsoid):
        return _add_ellipsoid(cp, part, z, constraints, parameters)
    if isinstance(part, Box):
        return _add_box(part, z, constraints, parameters)
    if isinstance(part, HalfSpaces):
        return _add_half_spaces(part, z, constraints, parameters)
    if isinstance(part, Hull):
        return _add_hull(cp, part, z, constraints, parameters)
    raise RegionError(f"cvxpy cannot pose a region of kind {part.kind!r}; use the batched solver, `solve`")


def _add_ball(cp: Any, part: Ball, z: Any, constraints: list[Any], parameters: _Parameters) -> Reader:
    center = parameters.new((part.latent_dim,), lambda p: p.center[0])
    radius = parameters.new((), lambda p: p.radius[0], nonneg=True)
    inside = cp.norm(z - center, 2) <= radius
    constraints.append(inside)

    def slope(point: Array) -> Array:
        offset = point - center.value
        return max(float(inside.dual_value), 0.0) * offset / max(float(np.linalg.norm(offset)), 1e-300)

    return slope


def _add_ellipsoid(cp: Any, part: Ellipsoid, z: Any, constraints: list[Any], parameters: _Parameters) -> Reader:
    """z = c + M u with |u| <= 1; the dual of the equation is the slope."""
    axes = part.factor.shape[-1]
    center = parameters.new((part.latent_dim,), lambda p: p.center[0])
    u = cp.Variable(axes)
    shared = part.factor.ndim == 2
    factor = (
        part.factor.double().cpu().numpy() if shared else parameters.new((part.latent_dim, axes), lambda p: p.factor[0])
    )
    equation = z == center + factor @ u
    constraints.extend([equation, cp.norm(u, 2) <= 1])
    # Lagrangian f + y^T (z - c - M u): the part contributes y^T z - max of y over it
    return lambda point: np.asarray(equation.dual_value, dtype=np.float64)


def _add_box(part: Box, z: Any, constraints: list[Any], parameters: _Parameters) -> Reader:
    low = parameters.new((part.latent_dim,), lambda p: p.low[0])
    high = parameters.new((part.latent_dim,), lambda p: p.high[0])
    above, below = z <= high, z >= low
    constraints.extend([above, below])
    return lambda point: np.maximum(above.dual_value, 0) - np.maximum(below.dual_value, 0)


def _add_half_spaces(part: HalfSpaces, z: Any, constraints: list[Any], parameters: _Parameters) -> Reader:
    shape = (part.offsets.shape[1], part.latent_dim)
    offsets = parameters.new(shape[:1], lambda p: p.offsets[0])
    if part.normals.ndim == 2:
        normals: Any = part.normals.double().cpu().numpy()
    else:
        normals = parameters.new(shape, lambda p: p.normals[0])
    inside = normals @ z <= offsets
    constraints.append(inside)
    return lambda point: np.maximum(inside.dual_value, 0)


def _add_hull(cp: Any, part: Hull, z: Any, constraints: list[Any], parameters: _Parameters) -> Reader:
    count = part.points.shape[-2]
    if part.points.ndim == 2:
        points: Any = part.points.double().cpu().numpy()
    else:
        points = parameters.new((count, part.latent_dim), lambda p: p.points[0])
    mixture = cp.Variable(count, nonneg=True)
    constraints.extend([z == mixture @ points, cp.sum(mixture) == 1])
    return lambda point: np.zeros(part.latent_dim)
