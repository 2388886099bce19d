"""Where in a region a certificate holds costs to their thresholds, and whether points lie there.

A convex cost meets its threshold on a convex part of the region. A concave one meets it wherever the affine function
that is proved to lie above it does: in a whole half of the region, of which no point has to be looked at.
"""

from __future__ import annotations

import numpy as np

from molconvex.optimize.certificate.concave_check import check_concave_terms
from molconvex.optimize.certificate.primal_check import aggregate, network_value
from molconvex.optimize.certificate.record import Array, CertificateRecord


def in_proved_parts(record: CertificateRecord, u: Array, inside: Array) -> Array:
    """Whether points lie where some program of the record holds a cost to its threshold, (n, G) bool.

    Args:
        record: As `check_certificate` accepts it, with one region for its P programs and G costs.
        u: Points (n, d), float64.
        inside: Whether each lies in the region, (n,); outside nothing is proved.

    Raises:
        CertificateError: If a concave cost has a threshold and no affine term above it: the zero network that stands
            for it says nothing of where the cost meets the threshold.
    """
    check_concave_terms(record)
    values = np.stack([network_value(network, u) for network in record.networks], axis=1)
    held = np.zeros((len(u), len(record.terms)), dtype=bool)
    for program, thresholds in enumerate(record.thresholds):
        held |= (program_costs(record, program, u, values) <= thresholds) & np.isfinite(thresholds)
    return held & np.asarray(inside, dtype=bool)[:, None]


def program_costs(record: CertificateRecord, program: int, u: Array, values: Array) -> Array:
    """Costs of points in one program, its affine terms included, (n, G), from the networks' values (n, K)."""
    if record.affine_slopes is not None and record.affine_offsets is not None:
        slopes = record.affine_slopes[program].astype(np.float64)
        values = values + u @ slopes.T + record.affine_offsets[program]
    return np.stack([aggregate(values[:, list(members)], cap) for members, cap in record.terms], axis=1)
