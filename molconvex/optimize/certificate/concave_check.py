"""NumPy side of concave costs: which may stand in a record, and the least of those that are goals, at a hull's corner.

The cost is -c with c a convex network; network and affine term that stand for it in the record are its own, zero but
for the term. Multipliers give each cost a mass m >= 0, and the convex costs an affine minorant s^T z + b, so that

    objective(z) >= s^T z + b - sum_k m_k c_k(z)

for every z. The right-hand side is concave, so its minimum over a hull is the least of its values at the corners. The
values are lowered by an allowance for the rounding of their evaluation.
"""

from __future__ import annotations

import numpy as np

from molconvex.exceptions import CertificateError
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.optimize.certificate.primal_check import network_value
from molconvex.optimize.certificate.record import Array, CertificateRecord
from molconvex.optimize.certificate.record_ranges import check_network


def check_concave(record: CertificateRecord) -> None:
    """Refuse concave costs that do not fit the record, or whose bound would not come from the corners of a hull.

    Raises:
        CertificateError: Naming what is wrong.
    """
    if record.concave and [part.kind for part in record.region] != ["hull"]:
        raise CertificateError("concave costs are bounded at the corners of a hull; the record has another region")
    columns = [item.column for item in record.stood_for]
    if len(set(columns)) < len(columns):
        raise CertificateError("two concave costs of the record have one network that stands for them")
    for item in record.concave:
        check_network(item.network, record.z.shape[-1])
        if not 0 <= item.column < len(record.networks) or not is_zero(record.networks[item.column]):
            raise CertificateError(f"network {item.column} stands for a concave cost, but is not zero everywhere")


def check_concave_terms(record: CertificateRecord) -> None:
    """Refuse terms that are concave in part, and what proves nothing of a concave cost.

    A surrogate is convex or concave as a whole: a term that averages -c_1 and +c_2 is no cost of any. Where a concave
    cost has a threshold, only an affine function above it says of a part of the region that the threshold is met there;
    where it weighs, a bound on that function is none on the cost.

    Raises:
        CertificateError: Naming what is wrong.
    """
    bounded = {item.column for item in record.concave}
    limited = {item.column for item in record.tangents}
    for (members, _), thresholds, weights in zip(record.terms, record.thresholds.T, record.weights.T, strict=True):
        minus = set(members) & (bounded | limited)
        if minus and minus != set(members):
            raise CertificateError(f"of the networks {sorted(members)} of one cost only {sorted(minus)} are concave")
        if minus & bounded and not np.all(thresholds == np.inf):
            raise CertificateError("a concave cost has a threshold, but no affine term that is proved to lie above it")
        if minus & limited and weights.any():
            raise CertificateError("a concave cost weighs, but an affine term above it stands in its place")


def is_zero(network: NetworkArrays[Array]) -> bool:
    """Whether a network is zero everywhere."""
    direct = network.output_input
    return not network.output_weight.any() and network.constant == 0 and (direct is None or not direct.any())


def lowest_corner(record: CertificateRecord, slope: Array, slope_size: Array, masses: Array) -> tuple[Array, Array]:
    """Least value of slope^T z plus the concave costs by their masses (n, K) over the hull; and sums of absolute terms.

    Both have shape (n,). The rounding of the networks' own values is taken off the first already.
    """
    points = record.region[0].arrays["points"].astype(np.float64)
    layout = "nd,md->nm" if points.ndim == 2 else "nd,nmd->nm"
    low = np.einsum(layout, slope, points)
    size = np.einsum(layout, slope_size, np.abs(points))
    flat = points.reshape(-1, points.shape[-1])
    for item in record.concave:
        mass = masses[:, [item.column]]
        value, spread = network_value(item.network, flat), _evaluation_size(item.network, flat)
        rounding = _operations(item.network) * 2.0**-53 * spread
        heights = (-value - rounding).reshape(points.shape[:-1])
        low, size = low + mass * heights, size + mass * spread.reshape(points.shape[:-1])
    return low.min(1), size.max(1)


def _evaluation_size(network: NetworkArrays[Array], z: Array) -> Array:
    """Sums of absolute terms behind f(z), (n, d) to (n,)."""
    hidden: Array | None = None
    for layer, bias in enumerate(network.biases):
        u = np.zeros((len(z), 1)) + np.abs(bias)
        path = network.inputs[layer]
        if path is not None:
            u += np.abs(z) @ np.abs(path.T.astype(np.float64))
        if hidden is not None:
            u += hidden @ network.weights[layer - 1].T
        hidden = u
    size: Array = hidden @ network.output_weight + abs(network.constant)
    return size if network.output_input is None else size + np.abs(z) @ np.abs(network.output_input)


def _operations(network: NetworkArrays[Array]) -> int:
    """Operations on the longest path from z to f(z)."""
    inputs = network.inputs[0]
    assert inputs is not None
    return 4 * (sum(len(bias) for bias in network.biases) + (network.depth + 1) * inputs.shape[1] + 32)
