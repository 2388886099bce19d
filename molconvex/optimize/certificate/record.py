"""Everything needed to check certificates, as plain NumPy arrays; record_files.py saves and loads them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from molconvex.icnn.network_arrays import NetworkArrays

if TYPE_CHECKING:
    from molconvex.optimize.program.program import Program
    from molconvex.optimize.regions.region import Region
    from molconvex.optimize.solver.multipliers import Multipliers
    from molconvex.optimize.solver.solution import Solution

Array = NDArray[Any]


@dataclass(frozen=True)
class RegionArrays:
    """One part of a region: its kind and the arguments of its class; `base` first."""

    kind: str
    arrays: Mapping[str, Array]


@dataclass(frozen=True)
class TangentArrays:
    """A concave cost -c, for which network `column` of the record, zero itself, and its affine term stand.

    Attributes:
        column: which network stands for it.
        network: the convex c.
        gates: layer by layer, (n, h): they prove that the affine term lies above -c.
    """

    column: int
    network: NetworkArrays[Array]
    gates: tuple[Array, ...]


@dataclass(frozen=True)
class ConcaveArrays:
    """A concave cost -c that is minimized; network `column` of the record, zero itself, stands for it."""

    column: int
    network: NetworkArrays[Array]


@dataclass(frozen=True)
class CertificateRecord:
    """n programs with claimed values and bounds and the multipliers that prove them.

    Attributes:
        networks: K networks.
        terms: G pairs (members, cap): which networks a term averages, and the largest weight of one of them.
        weights, thresholds: (n, G); infinity where there is no threshold.
        distance_weight: (n,), anchor: (n, d).
        region: parts of the region, whose intersection it is.
        gates: network by network, layer by layer, (n, h).
        members: (n, K) weights of networks within their terms.
        threshold_multipliers: (n, G).
        part_multipliers: one array for each further part of the region: half-spaces (n, m), others slopes (n, d).
        penalty: (n, d) slope of the penalty on the distance, or (n, 0).
        affine_slopes, affine_offsets: (n, K, d) and (n, K), affine functions added to the networks; None for none.
        tangents: concave costs with thresholds, above which affine terms lie.
        concave: concave costs that are minimized; the region is then a hull, with the least of them at its corners.
        z: (n, d); value, lower_bound, infeasibility: (n,); status: n names.
    """

    networks: tuple[NetworkArrays[Array], ...]
    terms: tuple[tuple[tuple[int, ...], float], ...]
    weights: Array
    thresholds: Array
    distance_weight: Array
    anchor: Array
    region: tuple[RegionArrays, ...]
    gates: tuple[tuple[Array, ...], ...]
    members: Array
    threshold_multipliers: Array
    part_multipliers: tuple[Array, ...]
    penalty: Array
    z: Array
    value: Array
    lower_bound: Array
    infeasibility: Array
    status: tuple[str, ...]
    affine_slopes: Array | None = None
    affine_offsets: Array | None = None
    tangents: tuple[TangentArrays, ...] = ()
    concave: tuple[ConcaveArrays, ...] = ()

    @property
    def n(self) -> int:
        """Number of programs."""
        return len(self.status)

    @property
    def stood_for(self) -> tuple[ConcaveArrays | TangentArrays, ...]:
        """The concave costs for which a network that is zero everywhere stands among `networks`."""
        return (*self.concave, *self.tangents)


def make_record(program: Program, solution: Solution) -> CertificateRecord:
    """Plain arrays of a program and its solution."""
    return replace(
        unclaimed_record(program, solution.multipliers),
        z=_numpy(solution.z),
        value=_numpy(solution.value),
        lower_bound=_numpy(solution.lower_bound),
        infeasibility=_numpy(solution.infeasibility),
        status=tuple(status.name for status in solution.status),
    )


def unclaimed_record(program: Program, multipliers: Multipliers) -> CertificateRecord:
    """Plain arrays of a program and multipliers, before anything is claimed: the points are the anchors."""
    stacks = program.stacks(multipliers.members.dtype, multipliers.members.device)
    gates: list[tuple[Array, ...]] = [()] * len(program.networks)
    for stack, layers in zip(stacks, multipliers.gates, strict=True):
        for place, column in enumerate(stack.columns):
            gates[column] = tuple(_numpy(layer[place]) for layer in layers)
    parts = program.region.parts
    return CertificateRecord(
        networks=tuple(network.map(_numpy) for network in program.networks),
        terms=tuple((term.members, term.cap) for term in program.cost_terms),
        weights=_numpy(program.weights),
        thresholds=_numpy(program.limits()),
        distance_weight=_numpy(program.distance_weights),
        anchor=_numpy(program.anchors),
        region=tuple(region_arrays(part) for part in parts),
        gates=tuple(gates),
        members=_numpy(multipliers.members),
        threshold_multipliers=_numpy(multipliers.constraints[:, : len(program.cost_terms)]),
        part_multipliers=_part_multipliers(program, multipliers),
        penalty=_numpy(multipliers.penalty),
        z=_numpy(program.anchors),
        value=np.zeros(program.n),
        lower_bound=np.full(program.n, -np.inf),
        infeasibility=np.zeros(program.n),
        status=("UNDECIDED",) * program.n,
        affine_slopes=None if program.affine_terms is None else _numpy(program.affine_terms.slopes),
        affine_offsets=None if program.affine_terms is None else _numpy(program.affine_terms.offsets),
        tangents=_tangent_arrays(program),
        concave=_concave_arrays(program),
    )


def region_arrays(part: Region) -> RegionArrays:
    """One part of a region in NumPy."""
    return RegionArrays(part.kind, {name: _numpy(tensor) for name, tensor in part.tensors().items()})


def _tangent_arrays(program: Program) -> tuple[TangentArrays, ...]:
    if program.tangents is None:
        return ()
    each = zip(program.tangents.columns, program.tangents.networks, program.tangents.gates, strict=True)
    return tuple(
        TangentArrays(column, network.map(_numpy), tuple(_numpy(layer) for layer in gates))
        for column, network, gates in each
    )


def _concave_arrays(program: Program) -> tuple[ConcaveArrays, ...]:
    if program.concave is None:
        return ()
    each = zip(program.concave.columns, program.concave.networks, strict=True)
    return tuple(ConcaveArrays(column, network.map(_numpy)) for column, network in each)


def _part_multipliers(program: Program, multipliers: Multipliers) -> tuple[Array, ...]:
    """Multipliers of half-spaces in latent units, slopes of other parts."""
    region = program.region
    start, kept, arrays = len(program.cost_terms), 0, []
    for cut in region.cuts:
        if cut.slopes_kept:
            arrays.append(_numpy(multipliers.splits[:, kept]))
        else:
            scaled = multipliers.constraints[:, start : start + cut.count]
            arrays.append(_numpy(scaled) / _numpy(region.extent)[:, None])
        start, kept = start + cut.count, kept + cut.slopes_kept
    return tuple(arrays)


def _numpy(tensor: Any) -> Array:
    return np.ascontiguousarray(tensor.detach().cpu().numpy())
