"""NumPy side of the check: value of a point, and how far it is from being feasible."""

from __future__ import annotations

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.optimize.certificate.hull_membership import hull_size, nearest_mixtures
from molconvex.optimize.certificate.record import Array, CertificateRecord, RegionArrays


def primal(record: CertificateRecord) -> tuple[Array, Array]:
    """Objective at z (n,), and the largest excess over a threshold or relative distance from the region (n,)."""
    z = record.z.astype(np.float64)
    values = np.stack([network_value(network, z) for network in record.networks], axis=1)
    values = with_concave_values(record, values, z)
    if record.affine_slopes is not None and record.affine_offsets is not None:
        values += np.einsum("nkd,nd->nk", record.affine_slopes.astype(np.float64), z) + record.affine_offsets
    costs = np.stack([aggregate(values[:, list(members)], cap) for members, cap in record.terms], axis=1)
    distance = ((z - record.anchor) ** 2).sum(1)
    objective = (record.weights.astype(np.float64) * costs).sum(1) + 0.5 * record.distance_weight * distance
    excess = np.maximum((costs - record.thresholds).max(1), 0)
    for part in record.region:
        excess = np.maximum(excess, outside(part, z))
    return objective, excess


def with_concave_values(record: CertificateRecord, values: Array, z: Array) -> Array:
    """Values of the networks (n, K) at points (n, d), with the concave costs added to those that stand for them."""
    for item in record.concave:
        values[:, item.column] -= network_value(item.network, z)
    return values


def network_value(network: NetworkArrays[Array], z: Array) -> Array:
    """f(z), (n, d) to (n,), in float64."""
    hidden: Array | None = None
    for layer, bias in enumerate(network.biases):
        u = np.zeros((len(z), 1)) + bias
        path = network.inputs[layer]
        if path is not None:
            u += z @ path.T.astype(np.float64)
        if hidden is not None:
            u += hidden @ network.weights[layer - 1].T
        hidden = np.maximum(u, network.negative_slope * u)
    value = hidden @ network.output_weight + network.constant
    return value if network.output_input is None else value + z @ network.output_input


def aggregate(values: Array, cap: float) -> Array:
    """max of p^T values over p >= 0, sum p = 1, p <= cap: the largest values take the cap until one is spent."""
    ranked = -np.sort(-values, axis=1)
    return ranked @ np.clip(1 - cap * np.arange(values.shape[1]), 0, cap)


LARGEST_AXIS = 1e100
"""Of an ellipsoid; beyond it squares overflow."""
COORDINATE_ROUNDING = 64 * 2.0**-53
"""Of a point's coordinates, relative to the largest of them: a few operations in float64."""


def outside(part: RegionArrays, z: Array) -> Array:
    """Distance of z from one part of the region, relative to the part's size, (n,).

    What the rounding of the coordinates may have done counts as nothing: a region smaller than that is a point.
    """
    a = {name: array.astype(np.float64) for name, array in part.arrays.items()}
    rounding = COORDINATE_ROUNDING * np.abs(z).max(1)
    if part.kind == "ball":
        beyond = np.linalg.norm(z - a["center"], axis=1) - a["radius"]
        return np.maximum(beyond - rounding, 0) / a["radius"]
    if part.kind == "box":
        beyond = np.linalg.norm(z - np.clip(z, a["low"], a["high"]), axis=1)
        return np.maximum(beyond - rounding, 0) / np.linalg.norm(a["high"] - a["low"], axis=1)
    if part.kind == "half_spaces":
        reach = np.einsum("md,nd->nm" if a["normals"].ndim == 2 else "nmd,nd->nm", a["normals"], z)
        return np.maximum(reach - a["offsets"] - rounding[:, None], 0).max(1)
    if part.kind == "ellipsoid":
        return np.maximum(_outside_ellipsoid(a["center"], a["factor"], z) - rounding / typical_extent(part), 0)
    if part.kind == "hull":
        return np.maximum(_outside_hull(a["points"], z) - rounding / typical_extent(part), 0)
    raise CertificateError(f"the record has a region of unknown kind {part.kind!r}")


def typical_extent(part: RegionArrays) -> Array:
    """A typical distance from the center of a part to its boundary, (n,) or (1,) where programs share it."""
    a = {name: array.astype(np.float64) for name, array in part.arrays.items()}
    if part.kind == "ball":
        return a["radius"]
    if part.kind == "box":
        return np.linalg.norm(a["high"] - a["low"], axis=1) / np.sqrt(12)
    if part.kind == "ellipsoid":
        return np.atleast_1d(np.linalg.norm(a["factor"], axis=(-2, -1)) / np.sqrt(a["factor"].shape[-1]))
    if part.kind == "hull":
        offsets = a["points"] - a["points"].mean(-2, keepdims=True)
        return np.atleast_1d(np.sqrt((offsets**2).sum(-1).mean(-1)))
    raise CertificateError(f"a region of kind {part.kind!r} has no extent")


def _outside_ellipsoid(center: Array, factor: Array, z: Array) -> Array:
    """Excess of |u| over one plus what no u explains, u the least-squares solution of factor u = z - center."""
    offset = (z - center)[:, :, None]
    if not (np.abs(factor) < LARGEST_AXIS).all():  # LAPACK may search for ever among infinities
        return np.full(len(z), np.nan)
    u = np.linalg.pinv(factor) @ offset
    rest = np.linalg.norm((offset - factor @ u)[:, :, 0], axis=1)
    size = np.linalg.norm(factor, axis=(-2, -1)) / np.sqrt(factor.shape[-1])
    return np.maximum(np.linalg.norm(u[:, :, 0], axis=1) - 1, 0) + rest / size


def _outside_hull(points: Array, z: Array) -> Array:
    """Distance from the nearest mixture, relative to the hull's size."""
    if points.ndim == 2:
        return np.linalg.norm(nearest_mixtures(points, z) @ points - z, axis=1) / hull_size(points)
    each = [_outside_hull(corners, one[None]) for corners, one in zip(points, z, strict=True)]
    return np.concatenate(each)
