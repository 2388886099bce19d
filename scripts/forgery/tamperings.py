"""Ways to forge a certificate record, each at a random place; checksums are no hindrance to a forger."""

from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import numpy as np

from molconvex.optimize import CertificateRecord
from molconvex.optimize.certificate.primal_check import primal
from scripts.forgery.concave_tamperings import CONCAVE_TAMPERINGS

Random = np.random.Generator
Tampering = Callable[[CertificateRecord, Random], CertificateRecord]
STATUSES = ("CERTIFIED", "STEP_BUDGET", "CONCAVE_GAP", "CANCELLED", "UNDECIDED", "INFEASIBLE", "EMPTY_REGION", "PROVED")
NUMBERS = (np.nan, np.inf, -np.inf, 0.0, -1.0, 1e12, -1e12, 1e-300)


def _size(random: Random) -> float:
    """From changes that only just matter to absurd ones."""
    return float(10 ** random.uniform(-7, 2))


def _changed(array: Any, random: Random, change: Callable[[float], float]) -> np.ndarray:
    """A copy with one element changed."""
    copy = np.array(array, dtype=np.float64)
    place = tuple(int(random.integers(length)) for length in copy.shape)
    copy[place] = change(float(copy[place]))
    return copy


def _with(record: CertificateRecord, name: str, array: np.ndarray) -> CertificateRecord:
    changed: dict[str, Any] = {name: array}
    return replace(record, **changed)


def _field(name: str, change: Callable[[float, Random], float]) -> Tampering:
    def tamper(record: CertificateRecord, random: Random) -> CertificateRecord:
        array = getattr(record, name)
        if array is None or array.size == 0:
            return replace(record, lower_bound=record.lower_bound + _size(random))
        return _with(record, name, _changed(array, random, lambda x: change(x, random)))

    return tamper


def _up(x: float, random: Random) -> float:
    return x + _size(random)


def _down(x: float, random: Random) -> float:
    return x - _size(random)


def _either(x: float, random: Random) -> float:
    return x + _size(random) * random.choice([-1, 1])


def _strange(x: float, random: Random) -> float:
    return float(random.choice(NUMBERS))


def _every_bound_up(record: CertificateRecord, random: Random) -> CertificateRecord:
    return replace(record, lower_bound=record.lower_bound + _size(random))


def _value_and_bound_down(record: CertificateRecord, random: Random) -> CertificateRecord:
    step = _size(random)
    return replace(record, value=record.value - step, lower_bound=record.lower_bound - step)


def _point_moved_honestly(record: CertificateRecord, random: Random) -> CertificateRecord:
    moved = replace(record, z=record.z + _size(random) * random.normal(size=record.z.shape))
    return replace(moved, value=primal(moved)[0])


def _region(name: str, change: Callable[[float, Random], float]) -> Tampering:
    def tamper(record: CertificateRecord, random: Random) -> CertificateRecord:
        part = record.region[0]
        chosen = name if name in part.arrays else str(random.choice(sorted(part.arrays)))
        arrays = dict(part.arrays) | {chosen: _changed(part.arrays[chosen], random, lambda x: change(x, random))}
        return replace(record, region=(replace(part, arrays=arrays), *record.region[1:]))

    return tamper


def _moved_and_shrunk(record: CertificateRecord, random: Random) -> CertificateRecord:
    """A smaller region elsewhere within the old one, with an honest value there and the old bound."""
    part = record.region[0]
    if part.kind != "ball":
        return _every_bound_up(record, random)
    share = random.uniform(0.01, 0.9)
    direction = random.normal(size=record.anchor.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    center = record.anchor + (1 - share) * part.arrays["radius"][:, None] * direction
    arrays = {"center": center, "radius": share * part.arrays["radius"]}
    moved = replace(record, region=(replace(part, arrays=arrays),), z=center)
    value = primal(moved)[0]
    return replace(moved, value=value, lower_bound=np.maximum(record.lower_bound, value - _size(random)))


def _other_kind(record: CertificateRecord, random: Random) -> CertificateRecord:
    part = record.region[0]
    return replace(record, region=(replace(part, kind=str(random.choice(["ball", "box", "hull", "blob"]))),))


def _cap(record: CertificateRecord, random: Random) -> CertificateRecord:
    chosen = int(random.integers(len(record.terms)))
    cap = float(random.choice([0.0, 0.1, 0.5, 0.9, 1.0, 1.5, -1.0, np.nan]))
    terms = [(m, cap if i == chosen else c) for i, (m, c) in enumerate(record.terms)]
    return replace(record, terms=tuple(terms))


def _other_members(record: CertificateRecord, random: Random) -> CertificateRecord:
    order = random.permutation(len(record.networks)).tolist()
    terms = [(tuple(order[m] for m in members), cap) for members, cap in record.terms]
    return replace(record, terms=tuple(terms))


def _status(record: CertificateRecord, random: Random) -> CertificateRecord:
    chosen = int(random.integers(record.n))
    status = [str(random.choice(STATUSES)) if i == chosen else s for i, s in enumerate(record.status)]
    return replace(record, status=tuple(status))


def _called_certified(record: CertificateRecord, random: Random) -> CertificateRecord:
    loose = replace(record, lower_bound=record.lower_bound - _size(random))
    return replace(loose, status=("CERTIFIED",) * record.n)


def _called_infeasible(record: CertificateRecord, random: Random) -> CertificateRecord:
    word = str(random.choice(["INFEASIBLE", "EMPTY_REGION"]))
    lies: dict[str, Any] = {"infeasibility": np.full(record.n, _size(random)), "lower_bound": np.full(record.n, np.inf)}
    return replace(record, status=(word,) * record.n, **lies)


def _gates(record: CertificateRecord, random: Random) -> CertificateRecord:
    noise = float(random.choice([0.01, 0.5, 3.0]))
    gates = tuple(tuple(x + noise * random.normal(size=x.shape) for x in layers) for layers in record.gates)
    return replace(record, gates=gates)


def _gates_open(record: CertificateRecord, random: Random) -> CertificateRecord:
    level = float(random.choice([0.0, 1.0, 1.5, -0.5]))
    return replace(record, gates=tuple(tuple(np.full(x.shape, level) for x in layers) for layers in record.gates))


def _network(change: Callable[[Any, Random], Any]) -> Tampering:
    def tamper(record: CertificateRecord, random: Random) -> CertificateRecord:
        chosen = int(random.integers(len(record.networks)))
        networks = [change(n, random) if i == chosen else n for i, n in enumerate(record.networks)]
        changed = replace(record, networks=tuple(networks))
        with np.errstate(all="ignore"):
            return replace(changed, value=primal(changed)[0]) if random.random() < 0.5 else changed

    return tamper


def _bias(network: Any, random: Random) -> Any:
    biases = [*network.biases]
    biases[-1] = _changed(biases[-1], random, lambda x: _either(x, random))
    return replace(network, biases=tuple(biases))


def _constant(network: Any, random: Random) -> Any:
    return replace(network, constant=network.constant + _size(random))


def _concave(network: Any, random: Random) -> Any:
    return replace(network, output_weight=_changed(network.output_weight, random, lambda x: -x - 1e-6))


def _slope(network: Any, random: Random) -> Any:
    return replace(network, negative_slope=float(random.choice([1.0, 2.0, -0.5, 0.3])))


def _affine(record: CertificateRecord, random: Random) -> CertificateRecord:
    n, networks, dim = record.n, len(record.networks), record.z.shape[1]
    offsets = np.full((n, networks), 5.0)
    added = replace(record, affine_slopes=np.zeros((n, networks, dim)), affine_offsets=offsets)
    return replace(added, value=primal(added)[0], lower_bound=record.lower_bound + 5 * record.weights.sum(axis=1))


def _rows_exchanged(record: CertificateRecord, random: Random) -> CertificateRecord:
    names = [f.name for f in fields(record) if isinstance(getattr(record, f.name), np.ndarray)]
    name = str(random.choice(names))
    return _with(record, name, np.roll(getattr(record, name), 1, axis=0))


def _rows_dropped(record: CertificateRecord, random: Random) -> CertificateRecord:
    names = [f.name for f in fields(record) if isinstance(getattr(record, f.name), np.ndarray)]
    name = str(random.choice(names))
    return _with(record, name, getattr(record, name)[:-1])


def _bit(record: CertificateRecord, random: Random) -> CertificateRecord:
    """One bit of one number, wherever."""
    names = [f.name for f in fields(record) if isinstance(getattr(record, f.name), np.ndarray)]
    name = str(random.choice([n for n in names if getattr(record, n).size]))
    copy = np.ascontiguousarray(getattr(record, name), dtype=np.float64).copy()
    bits = copy.reshape(-1).view(np.uint64)
    bits[int(random.integers(bits.size))] ^= np.uint64(1) << np.uint64(random.integers(64))
    return _with(record, name, copy)


def _everything_shifted(record: CertificateRecord, random: Random) -> CertificateRecord:
    """Anchors, centers and points moved together: another lead's programs."""
    step = _size(random) * random.normal(size=record.z.shape[1])
    arrays = {k: a if k in ("radius", "factor") else a + step for k, a in record.region[0].arrays.items()}
    region = (replace(record.region[0], arrays=arrays),)
    moved = replace(record, region=region, anchor=record.anchor + step, z=record.z + step)
    return replace(moved, value=primal(moved)[0])


TAMPERINGS: dict[str, Tampering] = {
    "one bound raised": _field("lower_bound", _up),
    "every bound raised": _every_bound_up,
    "a bound no number": _field("lower_bound", _strange),
    "a value lowered": _field("value", _down),
    "a value no number": _field("value", _strange),
    "value and bound lowered together": _value_and_bound_down,
    "a point moved": _field("z", _either),
    "points moved, with their values": _point_moved_honestly,
    "a point no number": _field("z", _strange),
    "a radius or size changed": _region("radius", _either),
    "a radius or size no number": _region("radius", _strange),
    "a center, corner or axis moved": _region("center", _either),
    "regions moved and shrunk": _moved_and_shrunk,
    "everything shifted": _everything_shifted,
    "another kind of region": _other_kind,
    "an anchor moved": _field("anchor", _either),
    "a weight changed": _field("weights", _either),
    "a weight no number": _field("weights", _strange),
    "the distance weighs": _field("distance_weight", _either),
    "a threshold changed": _field("thresholds", lambda x, r: _size(r) * r.choice([-1, 1])),
    "a cap changed": _cap,
    "networks exchanged between terms": _other_members,
    "a status changed": _status,
    "called certified with a larger gap": _called_certified,
    "called infeasible": _called_infeasible,
    "gates with noise": _gates,
    "gates all alike": _gates_open,
    "member weights changed": _field("members", _either),
    "member weights no numbers": _field("members", _strange),
    "threshold multipliers changed": _field("threshold_multipliers", _either),
    "a bias changed": _network(_bias),
    "an output constant changed": _network(_constant),
    "a network made concave": _network(_concave),
    "another activation": _network(_slope),
    "affine terms added": _affine,
    "rows exchanged": _rows_exchanged,
    "rows dropped": _rows_dropped,
    "a bit flipped": _bit,
    **CONCAVE_TAMPERINGS,
}
