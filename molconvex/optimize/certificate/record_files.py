"""Certificate records as safetensors and JSON.

Gates are kept as one bit each where they are fully open or closed, and as index and value otherwise: most are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from molconvex.exceptions import CertificateError, WeightsError
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.optimize.certificate.record import Array, CertificateRecord, ConcaveArrays, RegionArrays, TangentArrays

FORMAT = 1


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
        "networks": [_description(network) for network in record.networks],
        "concave": [{"column": t.column, **_description(t.network)} for t in record.tangents],
        "concave_goals": [{"column": c.column, **_description(c.network)} for c in record.concave],
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
_OPTIONAL = ("affine_slopes", "affine_offsets")
_FORMER_NAMES = {"affine_slopes": "tilt_slopes", "affine_offsets": "tilt_offsets"}  # in older records


def _arrays(record: CertificateRecord) -> dict[str, Array]:
    arrays: dict[str, Array] = {name: getattr(record, name) for name in _PLAIN}
    arrays |= {name: getattr(record, name) for name in _OPTIONAL if getattr(record, name) is not None}
    for i, part in enumerate(record.region):
        arrays |= {f"region/{i}/{name}": array for name, array in part.arrays.items()}
    arrays |= {f"part_multipliers/{i}": array for i, array in enumerate(record.part_multipliers)}
    for k, network in enumerate(record.networks):
        arrays |= network.named(f"network/{k}/")
        for layer, gates in enumerate(record.gates[k]):
            arrays |= _packed(f"gates/{k}/{layer}", gates, network.negative_slope)
    for tangent in record.tangents:
        prefix = f"concave/{tangent.column}"
        arrays |= tangent.network.named(f"{prefix}/")
        for layer, gates in enumerate(tangent.gates):
            arrays |= _packed(f"{prefix}/gates/{layer}", gates, tangent.network.negative_slope)
    for item in record.concave:
        arrays |= item.network.named(f"concave_goal/{item.column}/")
    return {name: np.ascontiguousarray(array) for name, array in arrays.items()}


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
    networks = tuple(_network(arrays, f"network/{k}/", entry) for k, entry in enumerate(description["networks"]))
    n = description["programs"]
    gates = tuple(_gates(arrays, f"gates/{k}", n, network) for k, network in enumerate(networks))
    kinds = description["region"]
    return CertificateRecord(
        networks=networks,
        terms=tuple((tuple(term["members"]), term["cap"]) for term in description["terms"]),
        region=tuple(RegionArrays(kind, _with_prefix(arrays, f"region/{i}/")) for i, kind in enumerate(kinds)),
        gates=gates,
        part_multipliers=tuple(arrays[f"part_multipliers/{i}"] for i in range(len(kinds) - 1)),
        status=tuple(description["status"]),
        **{name: arrays[name] for name in _PLAIN},
        affine_slopes=_by_either_name(arrays, "affine_slopes"),
        affine_offsets=_by_either_name(arrays, "affine_offsets"),
        tangents=tuple(_tangent(arrays, n, entry) for entry in description.get("concave", [])),
        concave=tuple(
            ConcaveArrays(entry["column"], _network(arrays, f"concave_goal/{entry['column']}/", entry))
            for entry in description.get("concave_goals", [])
        ),
    )


def _by_either_name(arrays: Mapping[str, Array], name: str) -> Array | None:
    return arrays.get(name, arrays.get(_FORMER_NAMES[name]))


def _network(arrays: Mapping[str, Array], prefix: str, entry: Mapping[str, Any]) -> NetworkArrays[Array]:
    return NetworkArrays.from_named(arrays, entry["depth"], entry["constant"], entry["negative_slope"], prefix)


def _gates(arrays: Mapping[str, Array], prefix: str, n: int, network: NetworkArrays[Array]) -> tuple[Array, ...]:
    return tuple(
        _unpacked(arrays, f"{prefix}/{layer}", (n, len(bias)), network.negative_slope)
        for layer, bias in enumerate(network.biases)
    )


def _tangent(arrays: Mapping[str, Array], n: int, entry: Mapping[str, Any]) -> TangentArrays:
    prefix = f"concave/{entry['column']}"
    network = _network(arrays, f"{prefix}/", entry)
    return TangentArrays(entry["column"], network, _gates(arrays, f"{prefix}/gates", n, network))


def _description(network: NetworkArrays[Array]) -> dict[str, Any]:
    return {"depth": network.depth, "constant": network.constant, "negative_slope": network.negative_slope}


def _with_prefix(arrays: Mapping[str, Array], prefix: str) -> dict[str, Array]:
    return {name.removeprefix(prefix): array for name, array in arrays.items() if name.startswith(prefix)}
