"""Whether a lead's record poses what the settings ask for: its terms, weights, thresholds and regions.

Functions over records and arrays: they know neither tables nor files.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from molconvex.optimize import CertificateRecord, CostTerm
from molconvex.runs.certificates import radii

Floats = NDArray[np.float64]
ROUNDING = 1e-9


def term_problems(record: CertificateRecord, aggregates: Sequence[str], thresholds: Floats) -> Iterator[str]:
    """Where terms, aggregates and thresholds, (G,) or (n, G), are not those asked for, or other things count."""
    if len(record.terms) != len(aggregates):
        yield f"it has {len(record.terms)} costs, the settings ask for {len(aggregates)}"
        return
    for (members, cap), aggregate in zip(record.terms, aggregates, strict=True):
        wanted = CostTerm(members, aggregate).cap
        if abs(cap - wanted) > ROUNDING:
            yield f"a cost gives one network a weight of up to {cap:g}, {aggregate!r} one of up to {wanted:g}"
    if not np.allclose(record.thresholds, thresholds, rtol=ROUNDING, atol=ROUNDING):
        yield "its thresholds are not the requirements of the settings"
    if np.any(record.distance_weight != 0):
        yield "the distance from the anchor weighs, which no setting asks for"
    if _has_own_affine_terms(record):
        yield "affine terms are added to its networks, which no setting asks for"


def _has_own_affine_terms(record: CertificateRecord) -> bool:
    """Whether a network has an affine term that is no tangent above a concave cost with a threshold."""
    if record.affine_slopes is None or record.affine_offsets is None:
        return False
    limited = [bool(np.isfinite(column).any()) for column in record.thresholds.T]
    allowed = {member for (members, _), limit in zip(record.terms, limited, strict=True) if limit for member in members}
    tangents = {tangent.column for tangent in record.tangents} & allowed
    others = [column for column in range(len(record.networks)) if column not in tangents]
    return bool(record.affine_slopes[:, others].any() or record.affine_offsets[:, others].any())


def weight_problems(
    record: CertificateRecord, goals: int, weights: Sequence[float] | None, clauses: int = 1
) -> Iterator[str]:
    """Where weights (n, G) are no mixtures of the goals.

    Args:
        record: n programs whose first costs are those of the goals; those of requirements must weigh nothing.
        goals: Their number G.
        weights: Of the goals, asked for by the user: what the first program of each clause minimizes; None where no
            program does.
        clauses: A divisor of n; the programs stand clause by clause.
    """
    if np.any(record.weights[:, goals:] != 0):
        yield "a requirement weighs as if it were a goal"
    if not np.allclose(record.weights[:, :goals].sum(axis=1), 1.0, rtol=0, atol=ROUNDING):
        yield "the weights of a program do not sum to one"
    if weights is not None:
        wanted = np.asarray(weights) / np.sum(weights)
        own = record.weights[:: record.n // clauses, :goals]
        if not np.allclose(own, wanted, rtol=0, atol=ROUNDING):
            yield "the first program does not weigh the goals as the settings say"


def region_problems(record: CertificateRecord, kind: str, radius: float, spread: float) -> Iterator[str]:
    """Where regions are no sets of the kind around their anchors, or reach farther than the lead's own.

    Args:
        record: n programs; the first is anchored at the lead.
        kind: "ball", "box", "ellipsoid" or "hull".
        radius: Largest reach of a region from its anchor.
        spread: Largest distance of an anchor from the lead.
    """
    if [part.kind for part in record.region] != [kind]:
        yield f"its regions are of kind {' and '.join(p.kind for p in record.region)}, the settings say {kind}"
        return
    if not _is_around(record, kind):
        yield f"a {kind} is not the one around its anchor"
    far = radii(record)
    if not (far <= radius * (1 + ROUNDING)).all():
        yield f"a region reaches {float(np.max(far)):.6g} from its anchor, more than the lead's radius {radius:.6g}"
    away = np.linalg.norm(record.anchor - record.anchor[0], axis=1)
    if not (away <= spread * (1 + ROUNDING)).all():
        yield f"an anchor lies {float(np.max(away)):.6g} from the lead, more than its spread {spread:.6g}"


def _is_around(record: CertificateRecord, kind: str) -> bool:
    a = {name: np.asarray(array, dtype=np.float64) for name, array in record.region[0].arrays.items()}
    anchor = np.asarray(record.anchor, dtype=np.float64)
    scale = ROUNDING * max(1.0, float(np.abs(anchor).max()))
    if kind in ("ball", "ellipsoid"):
        return bool(np.abs(a["center"] - anchor).max() <= scale)
    if kind == "box":
        up, down = a["high"] - anchor, anchor - a["low"]
        return bool(np.abs(up - down).max() <= scale and np.ptp(up, axis=1).max() <= scale)
    points = a["points"] if a["points"].ndim == 3 else a["points"][None]
    return bool(np.abs(points - anchor[:, None]).max(axis=2).min(axis=1).max() <= scale)
