"""Surrogates as plain values and named tensors, and back: the content of a manifest."""

import hashlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.icnn.network_arrays import NetworkArrays
from molconvex.surrogate.evidence.card import card_markdown
from molconvex.surrogate.model.applicability_domain import Domain
from molconvex.surrogate.model.conformal import Conformal
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import DifferenceSurrogate
from molconvex.surrogate.model.refinement import Refinement
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.structure_features import NAMES
from molconvex.surrogate.model.structure_process import PropertyScale, StructureProcess
from molconvex.surrogate.model.target import Target, TargetScaler

Surrogate = ConvexSurrogate | DifferenceSurrogate


class TensorStore:
    """Named tensors, float32 or integers, equal ones kept once: tasks with one network share its weights on disk."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._names: dict[str, str] = {}

    def add(self, tensor: Tensor | None) -> str | None:
        """Name of the tensor, None for None."""
        if tensor is None:
            return None
        single = (tensor.detach().float() if tensor.is_floating_point() else tensor).contiguous()
        shape = f"{single.dtype}{tuple(single.shape)}"
        content = hashlib.sha256(shape.encode() + single.numpy().tobytes()).hexdigest()
        if content not in self._names:
            self._names[content] = f"t{len(self._names):04d}"
            self.tensors[self._names[content]] = single.clone()
        return self._names[content]


def entry_of(surrogate: Surrogate, store: TensorStore) -> dict[str, Any]:
    """A surrogate as plain values, its tensors added to the store."""
    domain = surrogate.domain
    entry: dict[str, Any] = {
        "kind": "convex" if isinstance(surrogate, ConvexSurrogate) else "local",
        "scaler": surrogate.scaler.to_dict(),
        "aggregate": surrogate.aggregate,
        "latent_fingerprint": surrogate.latent_fingerprint,
        "latent_dim": surrogate.latent_dim,
        "spread_scale": surrogate.spread_scale,
        "card": surrogate.card,
        "domain": None,
        "seen": None,
    }
    if surrogate.conformal is not None:
        entry["conformal"] = surrogate.conformal.to_dict()
    if (seen := surrogate.seen) is not None:
        entry["seen"] = {"trained": store.add(seen.trained), "tested": store.add(seen.tested)}
    if domain is not None:
        centers, scale = store.add(domain.centers), store.add(domain.scale)
        entry["domain"] = {"centers": centers, "scale": scale, "usual": domain.usual}
    if isinstance(surrogate, ConvexSurrogate):
        entry["orientation"] = surrogate.orientation
        if surrogate.refinement is not None:
            entry["refinement"] = _refinement_entry(surrogate.refinement, store)
        entry["members"] = [_network_entry(network, store) for network in surrogate.members]
    else:
        entry["pairs"] = [[_network_entry(network, store) for network in pair] for pair in surrogate.pairs]
    return entry


def surrogate_of(entry: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> Surrogate:
    """Inverse of `entry_of`.

    Raises:
        KeyError, TypeError, ValueError: If the entry is damaged.
    """
    domain = entry["domain"]
    if domain is not None:
        domain = Domain(tensors[domain["centers"]], tensors[domain["scale"]], domain["usual"])
    seen = entry.get("seen")  # absent from the first surrogates that were written
    if seen is not None:
        seen = SeenMolecules(tensors[seen["trained"]], tensors[seen["tested"]])
    scaler = TargetScaler.from_dict(entry["scaler"])
    card_markdown(entry["card"], scaler)  # what cannot be shown is damaged
    if not isinstance(entry["card"].get("metrics", {}), dict):
        raise TypeError("the metrics of its card are no table")
    spread, fingerprint = float(entry["spread_scale"]), str(entry["latent_fingerprint"])
    conformal = Conformal.from_dict(entry["conformal"]) if "conformal" in entry else None
    common = (entry["aggregate"], fingerprint, domain, spread, entry["card"], seen, conformal)
    if entry["kind"] == "convex":
        members = [_network(member, tensors) for member in entry["members"]]
        refinement = _refinement(entry["refinement"], tensors, scaler.target) if "refinement" in entry else None
        orientation = entry.get("orientation", "convex")
        return ConvexSurrogate(scaler, members, *common, orientation=orientation, refinement=refinement)
    pairs = [(_network(convex, tensors), _network(concave, tensors)) for convex, concave in entry["pairs"]]
    return DifferenceSurrogate(scaler, pairs, *common)


def _refinement_entry(refinement: Refinement, store: TensorStore) -> dict[str, Any]:
    conformal, process = refinement.conformal, refinement.process
    entry = {
        "fingerprints": store.add(torch.from_numpy(process.packed)),
        "weights": store.add(torch.from_numpy(process.weights)),
        "offset": process.offset,
        "share": refinement.share,
        "conformal": None if conformal is None else conformal.to_dict(),
    }
    if process.scale is not None:
        arrays = {"values": process.properties, "center": process.scale.center, "spread": process.scale.spread}
        entry["properties"] = {name: store.add(torch.from_numpy(array)) for name, array in arrays.items()}
    return entry


def _refinement(entry: Mapping[str, Any], tensors: Mapping[str, Tensor], target: Target) -> Refinement:
    packed, weights = tensors[entry["fingerprints"]].numpy(), tensors[entry["weights"]].double().numpy()
    if packed.dtype != np.uint8 or packed.ndim != 2 or weights.shape != packed.shape[:1]:
        raise ValueError("its fingerprints and their weights do not fit together")
    process = StructureProcess(packed, weights, float(entry["offset"]), *_properties(entry, tensors, len(weights)))
    conformal = None if entry["conformal"] is None else Conformal.from_dict(entry["conformal"])
    return Refinement(process, target, float(entry["share"]), conformal)


def _properties(
    entry: Mapping[str, Any], tensors: Mapping[str, Tensor], count: int
) -> tuple[NDArray[np.float64], PropertyScale | None]:
    """Those of the `count` molecules that a process knows, and their scale; refinements once had none."""
    if "properties" not in entry:
        return np.zeros((count, 0)), None
    arrays = [tensors[entry["properties"][name]].double().numpy() for name in ("values", "center", "spread")]
    if [array.shape for array in arrays] != [(count, len(NAMES)), (len(NAMES),), (len(NAMES),)]:
        raise ValueError("its properties and their weights do not fit together")
    return arrays[0], PropertyScale(arrays[1], arrays[2])


def _network_entry(network: ReluNetwork, store: TensorStore) -> dict[str, Any]:
    return dict(vars(network.map(store.add)))


def _network(entry: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> ReluNetwork:
    numbers = {name: float(entry[name]) for name in ("constant", "negative_slope")}
    names: NetworkArrays[str] = NetworkArrays(**{**entry, **numbers})
    return ReluNetwork.of(names.map(lambda name: tensors[name]))
