"""NumPy side of safety: that the affine terms of a record lie above the concave costs that they stand for.

The cost is -c with c a convex network, and gates prove c(z) >= slope^T z + offset for every z, whatever they are. The
affine term a^T z + b is above the cost all over the region if

    b + offset + min over the region of (a + slope)^T z >= 0

with the rounding allowance taken off. Then every point of the region whose affine term meets a threshold is one whose
cost meets it: the threshold on the prediction holds in a whole half of the region.
"""

from __future__ import annotations

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.optimize.certificate.concave_check import is_zero
from molconvex.optimize.certificate.dual_check import UNIT_ROUNDOFF, network_minorant, support
from molconvex.optimize.certificate.primal_check import network_value
from molconvex.optimize.certificate.record import Array, CertificateRecord, RegionArrays, TangentArrays
from molconvex.optimize.certificate.record_ranges import check_network


def check_tangents(record: CertificateRecord) -> None:
    """Refuse what cannot stand for a concave cost with a threshold.

    Raises:
        CertificateError: If it is no zero network with an affine term, or does not fit.
    """
    for tangent in record.tangents:
        _check_tangent(record, tangent)


def unsafe_tangents(record: CertificateRecord) -> dict[str, Array]:
    """For each kind of failure, which programs show it, (n,) bool, in a record whose tangents fit."""
    unsafe, broken = np.zeros(record.n, dtype=bool), np.zeros(record.n, dtype=bool)
    for tangent in record.tangents:
        slope, offset = _affine_term(record, tangent.column)
        surplus = tangent_surplus(record.region[0], tangent, slope, offset)
        unsafe |= ~(surplus >= 0)
        broken |= ~np.all([np.isfinite(layer).all(axis=1) for layer in tangent.gates], axis=0)
    return {
        "an affine term is not proved to lie above the concave cost it stands for": unsafe,
        "a gate of a concave cost is NaN or infinite": broken,
    }


def tangent_surplus(region: RegionArrays, tangent: TangentArrays, slope: Array, offset: Array) -> Array:
    """How far slope (n, d), offset (n,) is at least above the concave cost, all over one part of the region, (n,)."""
    ones = np.ones(len(offset))
    lower, constant, lower_size, constant_size = network_minorant(tangent.network, tangent.gates, ones)
    low, size = support(region, slope + lower, np.abs(slope) + lower_size)
    units = sum(len(bias) for bias in tangent.network.biases)
    operations = 4 * (units + slope.shape[1] + 64)
    allowance = operations * UNIT_ROUNDOFF * (constant_size + np.abs(offset) + size)
    surplus: Array = offset + constant + low - allowance
    return surplus


def concave_costs(record: CertificateRecord, z: Array) -> dict[int, Array]:
    """The concave costs -c_k themselves at points (n, d), by column, (n,) each."""
    return {tangent.column: -network_value(tangent.network, z) for tangent in record.tangents}


def _affine_term(record: CertificateRecord, column: int) -> tuple[Array, Array]:
    assert record.affine_slopes is not None
    assert record.affine_offsets is not None
    slope, offset = record.affine_slopes[:, column], record.affine_offsets[:, column]
    return slope.astype(np.float64), offset.astype(np.float64)


def _check_tangent(record: CertificateRecord, tangent: TangentArrays) -> None:
    check_network(tangent.network, record.z.shape[-1])
    if not 0 <= tangent.column < len(record.networks) or record.affine_slopes is None:
        raise CertificateError("a concave cost of the record has no affine term that stands for it")
    if not is_zero(record.networks[tangent.column]):
        raise CertificateError(f"network {tangent.column} stands for a concave cost, but is not zero everywhere")
    if [layer.shape for layer in tangent.gates] != [(record.n, len(bias)) for bias in tangent.network.biases]:
        raise CertificateError("the gates of a concave cost do not fit its network and the programs")
