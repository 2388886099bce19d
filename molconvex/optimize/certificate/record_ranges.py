"""Whether the numbers of a record can be those of a convex program at all: shapes, signs, ranges, known names."""

from __future__ import annotations

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.optimize.certificate.record import Array, CertificateRecord, RegionArrays

PROOFS_OF_INFEASIBILITY = ("INFEASIBLE", "EMPTY_REGION")
STATUSES = ("CERTIFIED", "STEP_BUDGET", "CONCAVE_GAP", "CANCELLED", "UNDECIDED", *PROOFS_OF_INFEASIBILITY)
REGION_ARRAYS = {
    "ball": {"center", "radius"},
    "box": {"low", "high"},
    "ellipsoid": {"center", "factor"},
    "hull": {"points"},
    "half_spaces": {"normals", "offsets"},
}
CAP_ROUNDING = 1e-12


def check_structure(record: CertificateRecord) -> None:
    """Refuse what no program could be: networks that are not convex, unknown regions, caps out of range, odd shapes.

    Raises:
        CertificateError: Naming what is wrong.
    """
    if not record.networks or not record.terms or not record.region or record.n < 1:
        raise CertificateError("the record lacks networks, terms, regions or programs")
    for network in record.networks:
        check_network(network, record.z.shape[-1])
    _check_terms(record)
    for part in record.region:
        if REGION_ARRAYS.get(part.kind) != set(part.arrays):
            raise CertificateError(f"the record has a region of unknown kind {part.kind!r} or without its arrays")
    if record.region[0].kind == "half_spaces":
        raise CertificateError("the record has an unbounded region as its base, over which nothing is bounded")
    _check_shapes(record)


def impossible_numbers(record: CertificateRecord) -> dict[str, Array]:
    """For each kind of number that no program has, which programs have it, (n,) bool."""
    infeasible = np.isin(record.status, PROOFS_OF_INFEASIBILITY)
    thresholds = record.thresholds
    failures = {
        "a weight is negative or not finite": _bad_sign(record.weights),
        "the weight of the distance is negative or not finite": _bad_sign(record.distance_weight[:, None]),
        "every weight is zero": record.weights.sum(1) + record.distance_weight == 0,
        "a threshold is NaN or minus infinity": (np.isnan(thresholds) | (thresholds == -np.inf)).any(1),
        "its status is unknown": ~np.isin(record.status, STATUSES),
        "its point or anchor is not finite": ~np.isfinite(record.z).all(1) | ~np.isfinite(record.anchor).all(1),
        "its claimed value is not finite": ~np.isfinite(record.value),
        "its claimed bound is not finite": ~np.isfinite(record.lower_bound) & ~(infeasible & (record.lower_bound > 0)),
        "a multiplier is NaN or infinite": ~_finite_multipliers(record),
        "an affine term is NaN or infinite": ~_finite_affine_terms(record),
    }
    for part in record.region:
        for text, bad in _impossible_region(part, record.n).items():
            failures[text] = failures.get(text, np.zeros(record.n, dtype=bool)) | bad
    return failures


def _impossible_region(part: RegionArrays, n: int) -> dict[str, Array]:
    a = part.arrays
    failures = {f"its {part.kind} is not finite": ~np.all([_finite_rows(array, n) for array in a.values()], axis=0)}
    if part.kind == "ball":
        failures["its radius is not positive"] = ~(a["radius"] > 0)
    if part.kind == "box":
        failures["its box is empty or a single point"] = ~(
            (a["low"] <= a["high"]).all(1) & (a["low"] < a["high"]).any(1)
        )
    if part.kind == "hull":
        spread = (a["points"] != a["points"][..., :1, :]).any(axis=(-2, -1))
        failures["its hull is a single point"] = np.broadcast_to(~spread, n)
    if part.kind == "ellipsoid":
        failures["its ellipsoid is a single point"] = np.broadcast_to(~a["factor"].any(axis=(-2, -1)), n)
    return failures


def _bad_sign(numbers: Array) -> Array:
    return np.asarray(~(np.isfinite(numbers) & (numbers >= 0)).all(axis=1))


def _finite_rows(array: Array, n: int) -> Array:
    """Per program; an array that all programs share counts for each of them."""
    if array.ndim > 0 and len(array) == n:
        return np.asarray(np.isfinite(array).reshape(n, -1).all(axis=1))
    return np.full(n, bool(np.isfinite(array).all()))


def _finite_multipliers(record: CertificateRecord) -> Array:
    numbers = [record.members, record.threshold_multipliers, record.penalty, *record.part_multipliers]
    numbers += [layer for layers in record.gates for layer in layers]
    return np.all([np.isfinite(x).all(axis=1) for x in numbers], axis=0)


def _finite_affine_terms(record: CertificateRecord) -> Array:
    if record.affine_slopes is None or record.affine_offsets is None:
        return np.ones(record.n, dtype=bool)
    return np.asarray(
        np.isfinite(record.affine_slopes).all(axis=(1, 2)) & np.isfinite(record.affine_offsets).all(axis=1)
    )


def check_network(network: NetworkArrays[Array], latent_dim: int) -> None:
    """Refuse a network that is not convex, not finite or whose layers do not fit.

    Raises:
        CertificateError: Naming what is wrong.
    """
    for matrix in (*network.weights, network.output_weight):
        if not (np.isfinite(matrix).all() and (matrix >= 0).all()):
            raise CertificateError("a network of the record has negative or NaN hidden weights: it is not convex")
    if not 0 <= network.negative_slope < 1:
        raise CertificateError(f"a network of the record has slope {network.negative_slope}, which must lie in [0, 1)")
    others = [*network.biases, *(a for a in network.inputs if a is not None), np.asarray(network.constant)]
    if network.output_input is not None:
        others.append(network.output_input)
    if not all(np.isfinite(array).all() for array in others):
        raise CertificateError("a network of the record has biases or input weights that are NaN or infinite")
    widths = [len(bias) for bias in network.biases]
    fits = widths and network.inputs[0] is not None and network.output_weight.shape == (widths[-1],)
    fits = fits and [w.shape for w in network.weights] == list(zip(widths[1:], widths[:-1], strict=True))
    fits = fits and all(a is None or a.shape == (w, latent_dim) for a, w in zip(network.inputs, widths, strict=True))
    if not fits or (network.output_input is not None and network.output_input.shape != (latent_dim,)):
        raise CertificateError("a network of the record has layers that do not fit each other or the latents")


def _check_terms(record: CertificateRecord) -> None:
    used = sorted(member for members, _ in record.terms for member in members)
    if used != list(range(len(record.networks))) or not all(members for members, _ in record.terms):
        raise CertificateError(f"each network must belong to one term of the record, got members {used}")
    for members, cap in record.terms:
        if not (1 - CAP_ROUNDING) / len(members) <= cap <= 1:
            raise CertificateError(
                f"a term of {len(members)} networks has the cap {cap}, which must lie in [1/{len(members)}, 1]"
            )


def _check_shapes(record: CertificateRecord) -> None:
    n, d, terms, networks = record.n, record.z.shape[-1], len(record.terms), len(record.networks)
    wanted: list[tuple[str, Array, tuple[int, ...]]] = [
        ("weights", record.weights, (n, terms)),
        ("thresholds", record.thresholds, (n, terms)),
        ("threshold_multipliers", record.threshold_multipliers, (n, terms)),
        ("distance_weight", record.distance_weight, (n,)),
        ("anchor", record.anchor, (n, d)),
        ("z", record.z, (n, d)),
        ("members", record.members, (n, networks)),
        *((name, getattr(record, name), (n,)) for name in ("value", "lower_bound", "infeasibility")),
    ]
    if (record.affine_slopes is None) != (record.affine_offsets is None):
        raise CertificateError("the record has affine terms without slopes or without offsets")
    if record.affine_slopes is not None and record.affine_offsets is not None:
        wanted += [("affine_slopes", record.affine_slopes, (n, networks, d))]
        wanted += [("affine_offsets", record.affine_offsets, (n, networks))]
    for name, array, shape in wanted:
        if array.shape != shape:
            raise CertificateError(f"{name} of the record must have shape {shape}, got {array.shape}")
    for network, layers in zip(record.networks, record.gates, strict=True):
        if [layer.shape for layer in layers] != [(n, len(bias)) for bias in network.biases]:
            raise CertificateError("the gates of the record do not fit its networks and programs")
    if record.penalty.shape not in ((n, 0), (n, d)) or len(record.part_multipliers) != len(record.region) - 1:
        raise CertificateError("the multipliers of the record do not fit its region")
    for part in record.region:
        _check_region_shapes(part, n, d)


def _check_region_shapes(part: RegionArrays, n: int, d: int) -> None:
    shapes = {name: array.shape for name, array in part.arrays.items()}
    if part.kind == "ball":
        fits = shapes == {"center": (n, d), "radius": (n,)}
    elif part.kind == "box":
        fits = shapes == {"low": (n, d), "high": (n, d)}
    elif part.kind == "ellipsoid":
        axes = shapes["factor"]
        fits = shapes["center"] == (n, d) and axes[-2:-1] == (d,) and axes[:-2] in ((), (n,)) and axes[-1] > 0
    elif part.kind == "hull":
        fits = shapes["points"][-1:] == (d,) and shapes["points"][:-2] in ((), (n,)) and len(shapes["points"]) > 1
    else:
        normals, offsets = shapes["normals"], shapes["offsets"]
        fits = normals[-1:] == (d,) and normals[:-2] in ((), (n,)) and offsets == (n, normals[-2])
    if not fits:
        raise CertificateError(f"the {part.kind} of the record has arrays of shapes {shapes} for {n} programs")
