"""Is a point a mixture of given points? Membership in a convex hull, with the mixing weights as its proof.

Whoever has the weights checks them by one product; whoever has not finds them by nonnegative least squares.

Reference: Lawson & Hanson (1974), Solving least squares problems, chapter 23.
"""

from __future__ import annotations

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.optimize.certificate.record import Array

HEAVY = 1e3  # weight of the sum of one beside the distance in units of the hull's size


def hull_size(points: Array) -> float:
    """Root mean square distance of the points (m, d) from their mean; 1 where all are the same."""
    return float(np.sqrt(((points - points.mean(0)) ** 2).sum(1).mean())) or 1.0


def nearest_mixtures(points: Array, u: Array) -> Array:
    """Mixing weights of the point of the hull nearest to each u: points (m, d), u (n, d) to (n, m).

    Nonnegative least squares with a heavily weighted sum of one, divided by that sum; a u that is one of the points
    gets that point alone, and a row that is not finite NaN.
    """
    from scipy.optimize import nnls

    points, u = points.astype(np.float64), u.astype(np.float64)
    size, found = hull_size(points), np.zeros((len(u), len(points)))
    for row, target in enumerate(u):
        offsets = points - target
        if not np.isfinite(offsets).all():
            found[row] = np.nan
            continue
        same = np.flatnonzero(~offsets.any(axis=1))
        if len(same):
            found[row, same[0]] = 1.0
            continue
        matrix = np.vstack([offsets.T / size, np.full((1, len(points)), HEAVY)])
        mixture, _ = nnls(matrix, np.append(np.zeros(len(target)), HEAVY), maxiter=100 * len(points))
        found[row] = mixture / mixture.sum()
    return found


def mixture_distance(points: Array, u: Array, mixtures: Array) -> Array:
    """Distance of each u (n, d) from its mixture (n, m) of the points (m, d): at least that from the hull, (n,).

    Raises:
        CertificateError: If weights are negative, do not sum to one within 1e-9, or do not fit the points.
    """
    if mixtures.shape != (len(u), len(points)):
        raise CertificateError(f"mixing weights must have shape ({len(u)}, {len(points)}), got {mixtures.shape}")
    wrong = ~((mixtures >= 0).all(axis=1) & (np.abs(mixtures.sum(axis=1) - 1) <= 1e-9))
    if wrong.any():
        row = int(wrong.argmax())
        raise CertificateError(f"the mixing weights of point {row} are negative or do not sum to one")
    return np.linalg.norm(mixtures @ points.astype(np.float64) - u, axis=1)
