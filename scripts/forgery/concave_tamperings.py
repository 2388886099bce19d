"""Ways to forge what a record says of concave costs: their signs, their tangents, and which of both stands for them.

A careful forger claims what the check itself computes of the forged record, so that nothing but the forgery is wrong.
Records without concave costs only claim a higher bound.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from molconvex.icnn import ReluNetwork
from molconvex.optimize import CertificateRecord
from molconvex.optimize.certificate.dual_check import dual
from molconvex.optimize.certificate.primal_check import primal
from molconvex.optimize.certificate.record import ConcaveArrays, TangentArrays
from molconvex.optimize.program.tangents import gates_at

Random = np.random.Generator
Tampering = Callable[[CertificateRecord, Random], CertificateRecord]


def has_concave_costs(record: CertificateRecord) -> bool:
    """Whether there is anything for these forgeries to change."""
    return bool(record.concave or record.tangents)


def _columns(record: CertificateRecord) -> list[int]:
    return [item.column for item in record.stood_for]


def _claimed_anew(record: CertificateRecord) -> CertificateRecord:
    """With the value and the bound that the check computes, where it can: concave costs need a hull."""
    if record.concave and record.region[0].kind != "hull":
        return record
    with np.errstate(all="ignore"):
        value, _ = primal(record)
        bound, allowance = dual(record, np.zeros(record.n, dtype=bool))
    claims: dict[str, Any] = {"value": value, "lower_bound": bound - 2 * allowance}
    return replace(record, status=("STEP_BUDGET",) * record.n, **claims)


def _with_network(record: CertificateRecord, column: int, network: Any) -> CertificateRecord:
    """With another network, the gates of its tangents at the record's points, and no affine term."""
    networks = [network if k == column else own for k, own in enumerate(record.networks)]
    gates = [_gates(network, record.z) if k == column else own for k, own in enumerate(record.gates)]
    changed = replace(record, networks=tuple(networks), gates=tuple(gates))
    if record.affine_slopes is None or record.affine_offsets is None:
        return changed
    slopes, offsets = record.affine_slopes.copy(), record.affine_offsets.copy()
    slopes[:, column], offsets[:, column] = 0.0, 0.0
    return replace(changed, affine_slopes=slopes, affine_offsets=offsets)


def _gates(network: Any, z: np.ndarray) -> tuple[np.ndarray, ...]:
    return tuple(layer.numpy() for layer in gates_at(ReluNetwork.of(network), torch.from_numpy(np.array(z))))


def _without(record: CertificateRecord, columns: set[int]) -> CertificateRecord:
    """Whose zero networks at some columns stand for nothing."""
    concave = tuple(item for item in record.concave if item.column not in columns)
    return replace(record, concave=concave, tangents=tuple(t for t in record.tangents if t.column not in columns))


def _as_convex(record: CertificateRecord, columns: set[int]) -> CertificateRecord:
    """With c in place of the costs -c."""
    forged = _without(record, columns)
    for item in record.stood_for:
        if item.column in columns:
            forged = _with_network(forged, item.column, item.network)
    return _claimed_anew(forged)


def _one_sign(record: CertificateRecord, random: Random) -> CertificateRecord:
    return _as_convex(record, {int(random.choice(_columns(record)))})


def _every_sign(record: CertificateRecord, random: Random) -> CertificateRecord:
    chosen = int(random.choice(_columns(record)))
    return _as_convex(record, next(set(members) for members, _ in record.terms if chosen in members))


def _dropped(record: CertificateRecord, random: Random) -> CertificateRecord:
    return _claimed_anew(_without(record, {int(random.choice(_columns(record)))}))


def _added(record: CertificateRecord, random: Random) -> CertificateRecord:
    """-c in place of a convex cost c."""
    column = int(random.choice([k for k in range(len(record.networks)) if k not in _columns(record)]))
    zero = ReluNetwork.affine(torch.zeros(record.z.shape[1], dtype=torch.float64)).map(lambda tensor: tensor.numpy())
    added = ConcaveArrays(column, record.networks[column])
    return _claimed_anew(replace(_with_network(record, column, zero), concave=(*record.concave, added)))


def _exchanged(record: CertificateRecord, random: Random) -> CertificateRecord:
    """Columns of concave costs in another order."""
    order = random.permutation(len(record.concave))
    concave = [replace(item, column=record.concave[k].column) for item, k in zip(record.concave, order, strict=True)]
    order = random.permutation(len(record.tangents))
    tangents = [replace(item, column=record.tangents[k].column) for item, k in zip(record.tangents, order, strict=True)]
    return _claimed_anew(replace(record, concave=tuple(concave), tangents=tuple(tangents)))


def _repeated(record: CertificateRecord, random: Random) -> CertificateRecord:
    """A concave cost that counts twice."""
    return _claimed_anew(replace(record, concave=record.concave + record.concave[:1], tangents=2 * record.tangents))


def _network_changed(record: CertificateRecord, random: Random) -> CertificateRecord:
    step = float(10 ** random.uniform(-7, 2)) * random.choice([-1, 1])

    def change(items: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(replace(i, network=replace(i.network, constant=i.network.constant + step)) for i in items)

    return _claimed_anew(replace(record, concave=change(record.concave), tangents=change(record.tangents)))


def _tangents_moved(record: CertificateRecord, random: Random) -> CertificateRecord:
    if not record.tangents or record.affine_slopes is None or record.affine_offsets is None:
        return _network_changed(record, random)
    size, columns = float(10 ** random.uniform(-12, 1)), [item.column for item in record.tangents]
    slopes, offsets = record.affine_slopes.copy(), record.affine_offsets.copy()
    slopes[:, columns] += size * random.normal(size=slopes[:, columns].shape) * random.choice([0, 1])
    offsets[:, columns] += size * random.choice([-1, 1])
    return _claimed_anew(replace(record, affine_slopes=slopes, affine_offsets=offsets))


def _tangent_gates(record: CertificateRecord, random: Random) -> CertificateRecord:
    noise = float(random.choice([0.01, 0.5, 3.0]))
    tangents = [
        replace(item, gates=tuple(layer + noise * random.normal(size=layer.shape) for layer in item.gates))
        for item in record.tangents
    ]
    return replace(record, tangents=tuple(tangents))


def _tangents_for_goals(record: CertificateRecord, random: Random) -> CertificateRecord:
    """Zero, where that lies above them, in place of the concave costs that weigh."""
    n, networks, dim = record.n, len(record.networks), record.z.shape[1]
    if record.affine_slopes is None:
        record = replace(record, affine_slopes=np.zeros((n, networks, dim)), affine_offsets=np.zeros((n, networks)))
    tangents = tuple(TangentArrays(i.column, i.network, _gates(i.network, record.z)) for i in record.concave)
    return _claimed_anew(replace(record, concave=(), tangents=record.tangents + tangents))


def _goals_for_tangents(record: CertificateRecord, random: Random) -> CertificateRecord:
    """The concave costs themselves under thresholds, whose parts of the region no affine function proves."""
    if not record.tangents or record.affine_slopes is None or record.affine_offsets is None:
        return _network_changed(record, random)
    columns = [item.column for item in record.tangents]
    slopes, offsets = record.affine_slopes.copy(), record.affine_offsets.copy()
    slopes[:, columns], offsets[:, columns] = 0.0, 0.0
    concave = record.concave + tuple(ConcaveArrays(item.column, item.network) for item in record.tangents)
    return _claimed_anew(replace(record, concave=concave, tangents=(), affine_slopes=slopes, affine_offsets=offsets))


def _where_concave(tamper: Tampering) -> Tampering:
    """The tampering of records with concave costs; the others claim a higher bound."""

    def tampered(record: CertificateRecord, random: Random) -> CertificateRecord:
        if not has_concave_costs(record):
            return replace(record, lower_bound=record.lower_bound + float(10 ** random.uniform(-7, 2)))
        return tamper(record, random)

    return tampered


CONCAVE_TAMPERINGS: dict[str, Tampering] = {
    name: _where_concave(tamper)
    for name, tamper in {
        "the sign of one member": _one_sign,
        "the sign of every member": _every_sign,
        "a concave cost dropped": _dropped,
        "a convex cost called concave": _added,
        "concave costs exchanged": _exchanged,
        "a concave cost twice": _repeated,
        "concave costs shifted": _network_changed,
        "tangents moved": _tangents_moved,
        "gates of tangents with noise": _tangent_gates,
        "tangents in place of concave goals": _tangents_for_goals,
        "concave costs in place of tangents": _goals_for_tangents,
    }.items()
}
