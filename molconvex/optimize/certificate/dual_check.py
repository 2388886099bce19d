"""NumPy side of the check: the lower bound that multipliers prove, and an allowance for rounding."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.optimize.certificate.concave_check import lowest_corner
from molconvex.optimize.certificate.record import Array, CertificateRecord, RegionArrays

UNIT_ROUNDOFF = 2.0**-53


@dataclass
class Minorant:
    """slope^T z + offset <= Lagrangian for all z; `slope_size` and `offset_size` bound the sums of absolute terms.

    `masses`, (n, K), is how much each network counts; concave costs are not in slope and offset, but come with these.
    """

    slope: Array
    offset: Array
    slope_size: Array
    offset_size: Array
    masses: Array

    def add(self, slope: Array, offset: Array, slope_size: Array | None = None, size: Array | None = None) -> None:
        self.slope = self.slope + slope
        self.offset = self.offset + offset
        self.slope_size = self.slope_size + (np.abs(slope) if slope_size is None else slope_size)
        self.offset_size = self.offset_size + (np.abs(offset) if size is None else size)


def dual(record: CertificateRecord, infeasible: Array) -> tuple[Array, Array]:
    """Lower bound (n,) and allowance (n,); where `infeasible`, the bound is one on the largest violation.

    Concave costs are bounded at the corners of the hull. The multipliers are made feasible first, whatever they are:
    constraint multipliers nonnegative, member weights in their capped simplex, gates in [slope, 1]. For a proof of
    infeasibility the objective counts nothing and the threshold multipliers are scaled to sum to one.
    """
    minorant = minorant_of(record, infeasible)
    if record.concave:
        low, size = lowest_corner(record, minorant.slope, minorant.slope_size, minorant.masses)
    else:
        low, size = support(record.region[0], minorant.slope, minorant.slope_size)
    return minorant.offset + low, operations(record) * UNIT_ROUNDOFF * (minorant.offset_size + size)


def minorant_of(record: CertificateRecord, infeasible: Array) -> Minorant:
    """The affine function below each program's Lagrangian that its multipliers define, everywhere on the base region.

    For an intersection it lies below the objective only within the further parts.
    """
    counted = np.where(infeasible, 0.0, 1.0)
    nu = np.maximum(record.threshold_multipliers.astype(np.float64), 0) * np.isfinite(record.thresholds)
    total = nu.sum(1)
    unit = np.where(infeasible & (total > 0), 1 / np.where(total > 0, total, 1), 1.0)
    nu = nu * unit[:, None]
    minorant = _penalty(record, counted)
    used = nu * np.where(np.isfinite(record.thresholds), record.thresholds, 0.0)
    minorant.add(np.zeros_like(minorant.slope), -used.sum(1), size=np.abs(used).sum(1))
    _add_networks(record, counted[:, None] * record.weights + nu, minorant)
    for part, multiplier in zip(record.region[1:], record.part_multipliers, strict=True):
        _add_part(part, multiplier.astype(np.float64) * unit[:, None], minorant)
    return minorant


def operations(record: CertificateRecord) -> int:
    """Operations on the longest path from the numbers of the record to the bound."""
    widths = max(sum(len(b) for b in network.biases) for network in record.networks)
    return 4 * (widths + record.z.shape[1] + 8 * (len(record.networks) + len(record.region)) + 32)


def _penalty(record: CertificateRecord, counted: Array) -> Minorant:
    """kappa / 2 |z - a|^2 >= v^T (z - a) - |v|^2 / (2 kappa) for every v; nothing where kappa is zero."""
    anchor, kappa = record.anchor.astype(np.float64), record.distance_weight * counted
    slope = np.zeros_like(anchor)
    if record.penalty.shape[1]:
        slope = np.where((kappa > 0)[:, None], record.penalty, 0.0).astype(np.float64)
    conjugate = 0.5 * (slope**2).sum(1) / np.where(kappa > 0, kappa, 1.0)
    size = (np.abs(slope) * np.abs(anchor)).sum(1) + conjugate
    masses = np.zeros((record.n, len(record.networks)))
    return Minorant(slope, -(slope * anchor).sum(1) - conjugate, np.abs(slope), size, masses)


def _add_networks(record: CertificateRecord, term_weights: Array, minorant: Minorant) -> None:
    for column, (members, cap) in enumerate(record.terms):
        shares = capped(record.members[:, list(members)].astype(np.float64), cap)
        for place, k in enumerate(members):
            mass = minorant.masses[:, k] = term_weights[:, column] * shares[:, place]
            minorant.add(*network_minorant(record.networks[k], record.gates[k], mass))
            if record.affine_slopes is not None and record.affine_offsets is not None:
                slope = mass[:, None] * record.affine_slopes[:, k].astype(np.float64)
                minorant.add(slope, mass * record.affine_offsets[:, k])


def capped(p: Array, cap: float) -> Array:
    """Weights made feasible: p >= 0, p <= cap, sum p = 1; what is missing goes where there is room."""
    p = np.clip(np.nan_to_num(p), 0, cap)
    p = p / np.maximum(p.sum(1, keepdims=True), 1)
    room = cap - p
    missing = 1 - p.sum(1, keepdims=True)
    return p + room * missing / np.maximum(room.sum(1, keepdims=True), np.finfo(np.float64).tiny)


def network_minorant(
    network: NetworkArrays[Array], gates: tuple[Array, ...], mass: Array
) -> tuple[Array, Array, Array, Array]:
    """Slope, offset and their sizes of the affine minorant of mass * f that gates define; mass (n,) >= 0."""
    upper = mass[:, None] * network.output_weight
    direct = np.zeros(network.inputs[0].shape[1]) if network.output_input is None else network.output_input  # type: ignore[union-attr]
    slope, offset = mass[:, None] * direct, mass * network.constant
    slope_size, size = np.abs(slope), np.abs(offset)
    for layer in reversed(range(len(network.biases))):
        multiplier = upper * np.clip(np.nan_to_num(gates[layer].astype(np.float64)), network.negative_slope, 1)
        path, bias = network.inputs[layer], network.biases[layer]
        offset, size = offset + multiplier @ bias, size + multiplier @ np.abs(bias)
        if path is not None:
            slope, slope_size = slope + multiplier @ path, slope_size + multiplier @ np.abs(path)
        if layer > 0:
            upper = multiplier @ network.weights[layer - 1]
    return slope, offset, slope_size, size


def _add_part(part: RegionArrays, multiplier: Array, minorant: Minorant) -> None:
    """A further part: half-spaces by nonnegative multipliers, any other set by v^T z - max of v over the set <= 0."""
    if part.kind == "half_spaces":
        eta = np.maximum(multiplier, 0)
        normals = part.arrays["normals"].astype(np.float64)
        layout = "nm,md->nd" if normals.ndim == 2 else "nm,nmd->nd"
        slope, size = np.einsum(layout, eta, normals), np.einsum(layout, eta, np.abs(normals))
        minorant.add(slope, -(eta * part.arrays["offsets"]).sum(1), size, (eta * np.abs(part.arrays["offsets"])).sum(1))
        return
    low, size = support(part, -multiplier, np.abs(multiplier))
    minorant.add(multiplier, low, size=size)


def support(part: RegionArrays, slope: Array, slope_size: Array) -> tuple[Array, Array]:
    """min of slope^T z over a compact part, (n,), and a bound on the sums of absolute terms, (n,)."""
    a = {name: array.astype(np.float64) for name, array in part.arrays.items()}
    if part.kind == "ball":
        low = (slope * a["center"]).sum(1) - a["radius"] * np.linalg.norm(slope, axis=1)
        return low, (slope_size * np.abs(a["center"])).sum(1) + a["radius"] * np.linalg.norm(slope_size, axis=1)
    if part.kind == "box":
        low = np.minimum(slope * a["low"], slope * a["high"]).sum(1)
        return low, (slope_size * np.maximum(np.abs(a["low"]), np.abs(a["high"]))).sum(1)
    if part.kind == "ellipsoid":
        layout = "nd,dr->nr" if a["factor"].ndim == 2 else "nd,ndr->nr"
        low = (slope * a["center"]).sum(1) - np.linalg.norm(np.einsum(layout, slope, a["factor"]), axis=1)
        size = np.linalg.norm(np.einsum(layout, slope_size, np.abs(a["factor"])), axis=1)
        return low, (slope_size * np.abs(a["center"])).sum(1) + size
    if part.kind == "hull":
        layout = "nd,md->nm" if a["points"].ndim == 2 else "nd,nmd->nm"
        low = np.einsum(layout, slope, a["points"]).min(1)
        return low, np.einsum(layout, slope_size, np.abs(a["points"])).max(1)
    raise CertificateError(f"the record has a region of unknown or unbounded kind {part.kind!r} as its base")
