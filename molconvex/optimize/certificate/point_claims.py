"""What the certificates of one region say about single points, such as candidates at their own latents.

A record whose programs share one region X, one program for each mix w of goals, proves lower bounds LB(w) of the
objective F_w over X. For a point u, the latent of a candidate whatever proposed it:

    inside           u lies in X, by mixing weights where X is a hull
    headroom         F_w(u) - LB(w): no point of X that meets the thresholds has an objective lower than F_w(u) by more
    realised share   (F_w(lead) - F_w(u)) / (F_w(lead) - LB(w)): 0 for the lead, 1 at the proved optimum

Outside X there is no claim: headroom and share are NaN. `enlarged_lower_bound` still bounds every point at most as far
from X. Bounds are those that the multipliers of the record prove, lowered by the rounding allowance, whatever the
record claims. NumPy in float64; no code is shared with the solver.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.optimize.certificate.check import check_certificate
from molconvex.optimize.certificate.dual_check import UNIT_ROUNDOFF, minorant_of, operations
from molconvex.optimize.certificate.hull_membership import hull_size, mixture_distance, nearest_mixtures
from molconvex.optimize.certificate.primal_check import network_value, outside, with_concave_values
from molconvex.optimize.certificate.proved_parts import program_costs
from molconvex.optimize.certificate.record import Array, CertificateRecord, RegionArrays
from molconvex.optimize.certificate.record_ranges import PROOFS_OF_INFEASIBILITY

INSIDE = 1e-5
"""Distance from the region, relative to its size, at which a point still counts as inside: latents are float32."""


@dataclass(frozen=True)
class PointClaims:
    """What a record proves about n points, for each of its P programs.

    Attributes:
        inside: (n,), whether the point lies in the region.
        distance: (n,), from the region in latent units, 0 inside but for rounding; for an ellipsoid, along its axes.
        value: (n, P), objective at the point.
        excess: (n, P), by how much the point exceeds a threshold at most, in cost units; 0 where it meets them all.
        lower_bound: (P,), proved; NaN where the program is proved infeasible.
        headroom: (n, P), value - lower_bound; NaN outside; negative only for a point that exceeds a threshold.
        realised_share: (n, P), NaN outside, and where the lead itself is optimal within rounding.
    """

    inside: Array
    distance: Array
    value: Array
    excess: Array
    lower_bound: Array
    headroom: Array
    realised_share: Array

    def nearest_programs(self, weights: Array, scale: Array | None) -> Array:
        """Per point, the program whose bound it comes nearest to, (n,); the first one where there is no scale.

        Of a Pareto front the smallest of all such distances t says: no point of the region has costs smaller by more
        than t * scale in every goal at once.

        Args:
            weights: Of the goals, (P, G).
            scale: Units of the costs, (G,), or None.
        """
        if scale is None:
            return np.zeros(len(self.value), dtype=np.int64)
        return np.asarray(self.room(weights, scale).argmin(axis=1))

    def room(self, weights: Array, scale: Array) -> Array:
        """How far each point lies above each bound, in units of the scale, inside the region or not: (n, P)."""
        return np.asarray((self.value - self.lower_bound) / (weights @ scale))


def point_claims(
    record: CertificateRecord,
    u: Array,
    lead: Array,
    *,
    mixtures: Array | None = None,
    inside_tolerance: float = INSIDE,
) -> PointClaims:
    """What the record proves about points.

    Args:
        record: P programs over one region, such as the hull of a lead's analogues.
        u: Points, (n, d).
        lead: Latent of the lead, (d,).
        mixtures: Mixing weights (n, m) where the region is a hull of m points; found by least squares by default.
        inside_tolerance: Distance from the region, relative to its size, that counts as inside.

    Raises:
        CertificateError: If the record does not prove what it claims, its programs have different regions, or shapes do
            not fit.
    """
    report = check_certificate(record)
    report.raise_if_invalid()
    u, lead = _points(u, record), _points(lead[None], record)
    part = shared_region(record)
    distance, size = region_distance(part, u, mixtures)
    inside = distance <= inside_tolerance * size
    value, excess = _objectives(record, u)
    start, _ = _objectives(record, lead)
    lower_bound = _where_feasible(record, report.lower_bound)
    kept = np.where(inside, 1.0, np.nan)[:, None]
    room = start - lower_bound
    with np.errstate(invalid="ignore", divide="ignore"):
        rounding = 1e-9 * np.maximum(1.0, np.abs(start))
        share = np.where(room > rounding, (start - value) / room, np.nan)
    return PointClaims(inside, distance, value, excess, lower_bound, kept * (value - lower_bound), kept * share)


def check_point_claims(
    record: CertificateRecord,
    u: Array,
    lead: Array,
    claimed: PointClaims,
    *,
    mixtures: Array | None = None,
    tolerance: float = 1e-8,
    inside_tolerance: float = INSIDE,
) -> tuple[str, ...]:
    """Stored claims against what the record proves: n texts, empty where every claim of the point holds.

    Args:
        record: As of `point_claims`.
        u: As of `point_claims`.
        lead: As of `point_claims`.
        mixtures: As of `point_claims`.
        inside_tolerance: As of `point_claims`.
        claimed: As stored.
        tolerance: Largest difference between a claimed and a recomputed number, relative to max(1, its size); of a
            distance, relative to the size of the region as well.

    Raises:
        CertificateError: As `point_claims`.
    """
    found = point_claims(record, u, lead, mixtures=mixtures, inside_tolerance=inside_tolerance)
    _, size = region_distance(shared_region(record), np.asarray(u, dtype=np.float64), mixtures)
    apart = np.abs(claimed.distance - found.distance) > inside_tolerance * size
    problems = {
        "whether it lies in the region": claimed.inside.astype(bool) != found.inside,
        "its distance from the region": ~(~apart & (claimed.distance >= 0)),
        "its value": _differing(claimed.value, found.value, tolerance),
        "its excess over the thresholds": _differing(claimed.excess, found.excess, tolerance),
        "its headroom": _differing(claimed.headroom, found.headroom, tolerance),
        "its realised share": _differing(claimed.realised_share, found.realised_share, tolerance),
        "a lower bound": np.full(len(apart), _differing(claimed.lower_bound[None], found.lower_bound[None], tolerance)),
    }
    return tuple("; ".join(f"{what} is not so" for what, bad in problems.items() if bad[i]) for i in range(len(apart)))


def enlarged_lower_bound(record: CertificateRecord, distance: Array) -> Array:
    """Proved bound over every point at most `distance` (n,) from the region, (n, P): distance 0 is the region itself.

    The affine minorant slope.z + offset holds everywhere, and falls by at most distance * |slope| beyond the region.

    Raises:
        CertificateError: If the region has several parts, whose minorants hold on those parts alone, or a cost is
            concave.
    """
    if len(record.region) != 1:
        raise CertificateError("a bound beyond the region needs a region of a single part")
    if record.concave:
        raise CertificateError("a bound beyond the region needs convex costs; concave ones are bounded within a hull")
    if not (np.isfinite(distance).all() and (distance >= 0).all()):
        raise CertificateError("distances from the region must be finite and not negative")
    infeasible = np.isin(record.status, PROOFS_OF_INFEASIBILITY)
    minorant = minorant_of(record, infeasible)
    rounding = operations(record) * UNIT_ROUNDOFF * np.linalg.norm(minorant.slope_size, axis=1)
    steepness = np.linalg.norm(minorant.slope, axis=1) + rounding
    return _where_feasible(record, check_certificate(record).lower_bound) - distance[:, None] * steepness


def shared_region(record: CertificateRecord) -> RegionArrays:
    """The one region of all programs, as arrays of a single set.

    Raises:
        CertificateError: If the region has several parts, or programs have different ones.
    """
    if len(record.region) != 1:
        raise CertificateError("claims about points need a region of a single part")
    part = record.region[0]
    if part.kind == "hull" and part.arrays["points"].ndim == 2:
        return part
    arrays = {}
    for name, array in part.arrays.items():
        if name == "factor" and array.ndim == 2:  # axes that all programs share
            arrays[name] = array
            continue
        if np.any(array != array[:1]):
            raise CertificateError("the programs of the record have different regions; claims need one region")
        arrays[name] = array[:1]
    return RegionArrays(part.kind, arrays)


def region_distance(part: RegionArrays, u: Array, mixtures: Array | None = None) -> tuple[Array, float]:
    """Distance of points (n, d) from one set, (n,), and the size of the set, both in latent units.

    For a hull it is the distance from the mixture given, or from the nearest one.

    Raises:
        CertificateError: If mixtures are no mixing weights, or given for a region that is no hull.
    """
    if part.kind == "hull":
        points = part.arrays["points"].astype(np.float64)
        points = points if points.ndim == 2 else points[0]
        mixtures = nearest_mixtures(points, u) if mixtures is None else np.asarray(mixtures, dtype=np.float64)
        return mixture_distance(points, u, mixtures), hull_size(points)
    if mixtures is not None:
        raise CertificateError(f"mixing weights belong to a hull, the region is of kind {part.kind}")
    size = _size(part)
    return outside(part, u) * size, size


def _size(part: RegionArrays) -> float:
    """The length by which `outside` divides."""
    a = {name: array.astype(np.float64) for name, array in part.arrays.items()}
    if part.kind == "ball":
        return float(a["radius"][0])
    if part.kind == "box":
        return float(np.linalg.norm(a["high"] - a["low"]))
    return float(np.linalg.norm(a["factor"]) / np.sqrt(a["factor"].shape[-1]))


def _objectives(record: CertificateRecord, u: Array) -> tuple[Array, Array]:
    """Objective and largest excess over a threshold of every point in every program, both (n, P)."""
    values = np.stack([network_value(network, u) for network in record.networks], axis=1)
    values = with_concave_values(record, values, u)
    objective, excess = np.empty((2, len(u), record.n))
    for program in range(record.n):
        costs = program_costs(record, program, u, values)
        distance = ((u - record.anchor[program]) ** 2).sum(1)
        penalty = 0.5 * record.distance_weight[program] * distance
        objective[:, program] = costs @ record.weights[program].astype(np.float64) + penalty
        excess[:, program] = np.maximum((costs - record.thresholds[program]).max(1), 0)
    return objective, excess


def _where_feasible(record: CertificateRecord, lower_bound: Array) -> Array:
    """NaN where a program is proved infeasible: no point of the region is bounded."""
    return np.where(np.isin(record.status, PROOFS_OF_INFEASIBILITY), np.nan, lower_bound)


def _points(u: Array, record: CertificateRecord) -> Array:
    u = np.asarray(u, dtype=np.float64)
    if u.ndim != 2 or u.shape[1] != record.z.shape[1] or not np.isfinite(u).all():
        raise CertificateError(f"points must be finite and have shape (n, {record.z.shape[1]}), got {u.shape}")
    return u


def _differing(claimed: Array, found: Array, tolerance: float) -> Array:
    """Rows with a number that differs; missing equals missing."""
    with np.errstate(invalid="ignore"):
        near = np.abs(claimed - found) <= tolerance * np.maximum(1.0, np.abs(found))
    return ~(near | (np.isnan(claimed) & np.isnan(found))).all(axis=1)
