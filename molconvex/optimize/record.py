"""Everything needed to check certificates, as plain NumPy arrays, saved as safetensors and JSON.

Gates are kept as one bit each where they are fully open or closed, and as index and value otherwise: most are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from molconvex.exceptions import CertificateError, WeightsError

if TYPE_CHECKING:
    from molconvex.icnn.relu_network import ReluNetwork
    from molconvex.optimize.program import Program
    from molconvex.optimize.solution import Solution

Array = NDArray[Any]
FORMAT = 1


@dataclass(frozen=True)
class NetworkArrays:
    """One convex ReLU network, as `ReluNetwork`, in NumPy."""

    weights: tuple[Array, ...]
    inputs: tuple[Array | None, ...]
    biases: tuple[Array, ...]
    output_weight: Array
    output_input: Array | None
    constant: float
    slope: float


@dataclass(frozen=True)
class RegionArrays:
    """One part of a region: its kind and the arguments of its class; `base` first."""

    kind: str
    arrays: Mapping[str, Array]


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
        tilt_slopes, tilt_offsets: (n, K, d) and (n, K), affine functions added to the networks; None for none.
        z: (n, d); value, lower_bound, infeasibility: (n,); status: n names.
    """

    networks: tuple[NetworkArrays, ...]
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
    tilt_slopes: Array | None = None
    tilt_offsets: Array | None = None

    @property
    def n(self) -> int:
        """Number of programs."""
        return len(self.status)


def make_record(program: Program, solution: Solution) -> CertificateRecord:
    """Plain arrays of a program and its solution."""
    from molconvex.optimize.stack import build_stacks

    multipliers = solution.multipliers
    stacks = build_stacks(program.networks, solution.value.dtype, solution.value.device)
    gates: list[tuple[Array, ...]] = [()] * len(program.networks)
    for stack, layers in zip(stacks, multipliers.gates, strict=True):
        for place, column in enumerate(stack.columns):
            gates[column] = tuple(_numpy(layer[place]) for layer in layers)
    parts = program.region.parts
    return CertificateRecord(
        networks=tuple(network_arrays(network) for network in program.networks),
        terms=tuple((term.members, term.cap) for term in program.cost_terms),
        weights=_numpy(program.weights),
        thresholds=_numpy(program.limits()),
        distance_weight=_numpy(program.distance_weights),
        anchor=_numpy(program.anchors),
        region=tuple(RegionArrays(p.kind, {k: _numpy(t) for k, t in p.tensors().items()}) for p in parts),
        gates=tuple(gates),
        members=_numpy(multipliers.members),
        threshold_multipliers=_numpy(multipliers.constraints[:, : len(program.cost_terms)]),
        part_multipliers=_part_multipliers(program, solution),
        penalty=_numpy(multipliers.penalty),
        z=_numpy(solution.z),
        value=_numpy(solution.value),
        lower_bound=_numpy(solution.lower_bound),
        infeasibility=_numpy(solution.infeasibility),
        status=tuple(status.name for status in solution.status),
        tilt_slopes=None if program.tilts is None else _numpy(program.tilts.slopes),
        tilt_offsets=None if program.tilts is None else _numpy(program.tilts.offsets),
    )


def network_arrays(network: ReluNetwork) -> NetworkArrays:
    """A network's numbers in NumPy."""
    return NetworkArrays(
        weights=tuple(_numpy(w) for w in network.weights),
        inputs=tuple(None if a is None else _numpy(a) for a in network.inputs),
        biases=tuple(_numpy(b) for b in network.biases),
        output_weight=_numpy(network.output_weight),
        output_input=None if network.output_input is None else _numpy(network.output_input),
        constant=network.constant,
        slope=network.negative_slope,
    )


def _part_multipliers(program: Program, solution: Solution) -> tuple[Array, ...]:
    """Multipliers of half-spaces in latent units, slopes of other parts."""
    multipliers, region = solution.multipliers, program.region
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


def save_record(record: CertificateRecord, folder: Path | str, name: str = "certificates") -> tuple[Path, Path]:
    """Write NAME.safetensors and NAME.json, the latter with a checksum of the former; returns both paths."""
    from safetensors.numpy import save

    folder = Path(folder)
    data = save(_arrays(record))
    description = {
        "format": FORMAT,
        "programs": record.n,
        "sha256": hashlib.sha256(data).hexdigest(),
        "terms": [{"members": list(members), "cap": cap} for members, cap in record.terms],
        "region": [part.kind for part in record.region],
        "networks": [
            {"depth": len(n.biases), "constant": n.constant, "negative_slope": n.slope} for n in record.networks
        ],
        "status": list(record.status),
    }
    arrays_path, text_path = folder / f"{name}.safetensors", folder / f"{name}.json"
    arrays_path.write_bytes(data)
    text_path.write_text(json.dumps(description, indent=1) + "\n")
    return arrays_path, text_path


def load_record(folder: Path | str, name: str = "certificates") -> CertificateRecord:
    """Read what `save_record` wrote.

    Raises:
        WeightsError: If a file is missing or cannot be read.
        CertificateError: If the arrays are not those that were saved, by their checksum, or the format is newer.
    """
    from safetensors.numpy import load

    arrays_path, text_path = Path(folder) / f"{name}.safetensors", Path(folder) / f"{name}.json"
    try:
        data, description = arrays_path.read_bytes(), json.loads(text_path.read_text())
    except (OSError, ValueError) as error:
        raise WeightsError(f"cannot read the certificates {arrays_path} and {text_path}: {error}") from error
    if description.get("format") != FORMAT:
        raise CertificateError(f"{text_path} has format {description.get('format')}, this version reads {FORMAT}")
    if hashlib.sha256(data).hexdigest() != description["sha256"]:
        raise CertificateError(f"{arrays_path} was altered: its checksum is not the one in {text_path.name}")
    return _record(load(data), description)


_PLAIN = (
    "weights",
    "thresholds",
    "distance_weight",
    "anchor",
    "members",
    "threshold_multipliers",
    "penalty",
    "z",
    "value",
    "lower_bound",
    "infeasibility",
)
_OPTIONAL = ("tilt_slopes", "tilt_offsets")


def _arrays(record: CertificateRecord) -> dict[str, Array]:
    arrays: dict[str, Array] = {name: getattr(record, name) for name in _PLAIN}
    arrays |= {name: getattr(record, name) for name in _OPTIONAL if getattr(record, name) is not None}
    for i, part in enumerate(record.region):
        arrays |= {f"region/{i}/{name}": array for name, array in part.arrays.items()}
    arrays |= {f"part_multipliers/{i}": array for i, array in enumerate(record.part_multipliers)}
    for k, network in enumerate(record.networks):
        arrays |= _network_entries(f"network/{k}", network)
        for layer, gates in enumerate(record.gates[k]):
            arrays |= _packed(f"gates/{k}/{layer}", gates, network.slope)
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


def _network_entries(prefix: str, network: NetworkArrays) -> dict[str, Array]:
    entries: dict[str, Array] = {f"{prefix}/weight/{i}": w for i, w in enumerate(network.weights)}
    entries |= {f"{prefix}/input/{i}": a for i, a in enumerate(network.inputs) if a is not None}
    entries |= {f"{prefix}/bias/{i}": b for i, b in enumerate(network.biases)}
    entries[f"{prefix}/output_weight"] = network.output_weight
    if network.output_input is not None:
        entries[f"{prefix}/output_input"] = network.output_input
    return entries


def _packed(prefix: str, gates: Array, slope: float) -> dict[str, Array]:
    flat = gates.ravel()
    between = np.flatnonzero((flat != 1) & (flat != np.asarray(slope, flat.dtype)))
    return {f"{prefix}/open": np.packbits(flat == 1), f"{prefix}/index": between, f"{prefix}/value": flat[between]}


def _unpacked(arrays: Mapping[str, Array], prefix: str, shape: tuple[int, int], slope: float) -> Array:
    values = arrays[f"{prefix}/value"]
    count = shape[0] * shape[1]
    is_open = np.unpackbits(arrays[f"{prefix}/open"], count=count).astype(bool)
    flat = np.where(is_open, np.asarray(1, values.dtype), np.asarray(slope, values.dtype))
    flat[arrays[f"{prefix}/index"]] = values
    return flat.reshape(shape)


def _record(arrays: Mapping[str, Array], description: Mapping[str, Any]) -> CertificateRecord:
    networks = tuple(_network(arrays, k, entry) for k, entry in enumerate(description["networks"]))
    n = description["programs"]
    gates = tuple(
        tuple(_unpacked(arrays, f"gates/{k}/{i}", (n, len(b)), network.slope) for i, b in enumerate(network.biases))
        for k, network in enumerate(networks)
    )
    kinds = description["region"]
    return CertificateRecord(
        networks=networks,
        terms=tuple((tuple(term["members"]), term["cap"]) for term in description["terms"]),
        region=tuple(RegionArrays(kind, _with_prefix(arrays, f"region/{i}/")) for i, kind in enumerate(kinds)),
        gates=gates,
        part_multipliers=tuple(arrays[f"part_multipliers/{i}"] for i in range(len(kinds) - 1)),
        status=tuple(description["status"]),
        **{name: arrays[name] for name in _PLAIN},
        tilt_slopes=arrays.get("tilt_slopes"),
        tilt_offsets=arrays.get("tilt_offsets"),
    )


def _network(arrays: Mapping[str, Array], k: int, entry: Mapping[str, Any]) -> NetworkArrays:
    prefix, depth = f"network/{k}", entry["depth"]
    return NetworkArrays(
        weights=tuple(arrays[f"{prefix}/weight/{i}"] for i in range(depth - 1)),
        inputs=tuple(arrays.get(f"{prefix}/input/{i}") for i in range(depth)),
        biases=tuple(arrays[f"{prefix}/bias/{i}"] for i in range(depth)),
        output_weight=arrays[f"{prefix}/output_weight"],
        output_input=arrays.get(f"{prefix}/output_input"),
        constant=entry["constant"],
        slope=entry["negative_slope"],
    )


def _with_prefix(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
