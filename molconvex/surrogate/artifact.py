"""Surrogates on disk: a folder with safetensors weights, a JSON manifest and a readable card; no code is stored."""

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from molconvex.exceptions import LatentMismatchError, NetworkError, OutputExistsError, SurrogateError, WeightsError
from molconvex.icnn import ReluNetwork
from molconvex.surrogate.card import card_markdown
from molconvex.surrogate.domain import Domain
from molconvex.surrogate.model import ConvexSurrogate
from molconvex.surrogate.target import TargetScaler

FORMAT = "molconvex-surrogate"
FORMAT_VERSION = 1
WEIGHTS, MANIFEST, CARD = "weights.safetensors", "manifest.json", "card.md"


class _TensorStore:
    """Named tensors in which equal ones are kept once: tasks that share a network share its weights on disk."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self._names: dict[str, str] = {}

    def add(self, tensor: Tensor | None) -> str | None:
        if tensor is None:
            return None
        single = tensor.detach().to(torch.float32).contiguous()
        content = hashlib.sha256(str(tuple(single.shape)).encode() + single.numpy().tobytes()).hexdigest()
        if content not in self._names:
            self._names[content] = f"t{len(self._names):04d}"
            self.tensors[self._names[content]] = single.clone()
        return self._names[content]


def save_surrogates(folder: str | Path, surrogates: Sequence[ConvexSurrogate], *, overwrite: bool = False) -> Path:
    """Write one or several surrogates into a new folder, whole or not at all.

    Args:
        folder: Where; its parent is made if need be.
        surrogates: With different properties, on the same latents.
        overwrite: Replace an existing surrogate folder.

    Raises:
        OutputExistsError: If the folder exists and overwrite is False, or holds something else.
        SurrogateError: If two surrogates have the same property.
    """
    folder = Path(folder)
    _check_names(surrogates)
    if folder.exists():
        _check_replaceable(folder, overwrite)
    store = _TensorStore()
    entries = [_entry(surrogate, store) for surrogate in surrogates]
    weights = save(store.tensors, metadata={"format": FORMAT})
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)},
        "surrogates": entries,
    }
    text = json.dumps(manifest, indent=1, allow_nan=False, sort_keys=True)
    cards = "\n\n---\n\n".join(card_markdown(surrogate.card, surrogate.scaler) for surrogate in surrogates)
    _write_folder(folder, {WEIGHTS: weights, MANIFEST: text.encode(), CARD: cards.encode()})
    return folder


def load_surrogates(folder: str | Path, latent_fingerprint: str | None = None) -> dict[str, ConvexSurrogate]:
    """All surrogates of a folder by property.

    Args:
        folder: Written by `save_surrogates`.
        latent_fingerprint: Of the latent model at hand; None skips the comparison.

    Raises:
        WeightsError: If a file is missing, truncated or altered.
        LatentMismatchError: If a surrogate was trained on another latent model.
    """
    folder = Path(folder)
    manifest = _manifest(folder)
    tensors = _weights(folder, manifest)
    try:
        loaded = [_surrogate(entry, tensors) for entry in manifest["surrogates"]]
    except (KeyError, TypeError, NetworkError) as error:
        raise WeightsError(
            f"{folder / MANIFEST} is damaged ({error}); train or download the surrogate again"
        ) from error
    for surrogate in loaded:
        _check_fingerprint(surrogate, folder, latent_fingerprint)
    return {surrogate.target.property: surrogate for surrogate in loaded}


def load_surrogate(
    folder: str | Path, latent_fingerprint: str | None = None, *, property: str | None = None
) -> ConvexSurrogate:
    """The surrogate of a folder, or the one for `property` where there are several.

    Raises:
        WeightsError, LatentMismatchError: As in `load_surrogates`.
        SurrogateError: If the folder holds several and property does not name one of them.
    """
    loaded = load_surrogates(folder, latent_fingerprint)
    if property is None and len(loaded) == 1:
        return next(iter(loaded.values()))
    if property not in loaded:
        asked = "name one with property=..." if property is None else f"there is none for {property!r}"
        raise SurrogateError(f"{folder} holds surrogates for {', '.join(loaded)}: {asked}")
    return loaded[property]


def _entry(surrogate: ConvexSurrogate, store: _TensorStore) -> dict[str, Any]:
    domain = surrogate.domain
    return {
        "scaler": surrogate.scaler.to_dict(),
        "aggregate": surrogate.aggregate,
        "latent_fingerprint": surrogate.latent_fingerprint,
        "latent_dim": surrogate.latent_dim,
        "spread_scale": surrogate.spread_scale,
        "members": [_network_entry(network, store) for network in surrogate.members],
        "domain": None
        if domain is None
        else {"centers": store.add(domain.centers), "scale": store.add(domain.scale), "usual": domain.usual},
        "card": surrogate.card,
    }


def _network_entry(network: ReluNetwork, store: _TensorStore) -> dict[str, Any]:
    return {
        "weights": [store.add(w) for w in network.weights],
        "inputs": [store.add(a) for a in network.inputs],
        "biases": [store.add(b) for b in network.biases],
        "output_weight": store.add(network.output_weight),
        "output_input": store.add(network.output_input),
        "constant": network.constant,
        "negative_slope": network.negative_slope,
    }


def _surrogate(entry: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> ConvexSurrogate:
    domain = entry["domain"]
    return ConvexSurrogate(
        scaler=TargetScaler.from_dict(entry["scaler"]),
        members=[_network(member, tensors) for member in entry["members"]],
        aggregate=entry["aggregate"],
        latent_fingerprint=entry["latent_fingerprint"],
        domain=None
        if domain is None
        else Domain(tensors[domain["centers"]], tensors[domain["scale"]], domain["usual"]),
        spread_scale=entry["spread_scale"],
        card=entry["card"],
    )


def _network(entry: Mapping[str, Any], tensors: Mapping[str, Tensor]) -> ReluNetwork:
    def tensor(name: str | None) -> Tensor | None:
        return None if name is None else tensors[name].double()

    return ReluNetwork(
        weights=tuple(tensors[name].double() for name in entry["weights"]),
        inputs=tuple(tensor(name) for name in entry["inputs"]),
        biases=tuple(tensors[name].double() for name in entry["biases"]),
        output_weight=tensors[entry["output_weight"]].double(),
        output_input=tensor(entry["output_input"]),
        constant=entry["constant"],
        negative_slope=entry["negative_slope"],
    )


def _manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        raise WeightsError(f"{folder} is no surrogate: it has no {MANIFEST}") from None
    except (OSError, ValueError) as error:
        raise WeightsError(f"cannot read {folder / MANIFEST} ({error}); train or download it again") from error
    if not isinstance(manifest, dict) or manifest.get("format") != FORMAT:
        raise WeightsError(f"{folder / MANIFEST} is no manifest of a surrogate (its format is not {FORMAT!r})")
    if manifest.get("format_version") != FORMAT_VERSION:
        raise WeightsError(
            f"{folder} has format version {manifest.get('format_version')}, this molconvex reads {FORMAT_VERSION}; "
            "update molconvex or train again"
        )
    return manifest


def _weights(folder: Path, manifest: Mapping[str, Any]) -> dict[str, Tensor]:
    try:
        expected = manifest["weights"]
        content = (folder / WEIGHTS).read_bytes()
        length, digest = expected["bytes"], expected["sha256"]
    except (KeyError, TypeError) as error:
        raise WeightsError(f"{folder / MANIFEST} is damaged: it lacks {error}") from error
    except OSError as error:
        raise WeightsError(f"cannot read {folder / WEIGHTS}: {error.strerror}; train or download it again") from error
    if len(content) != length:
        raise WeightsError(
            f"{folder / WEIGHTS} is truncated or altered: {len(content)} bytes, the manifest says {length}"
        )
    if hashlib.sha256(content).hexdigest() != digest:
        raise WeightsError(f"{folder / WEIGHTS} was altered: its sha256 is not the one in the manifest")
    try:
        return load(content)
    except SafetensorError as error:
        raise WeightsError(f"{folder / WEIGHTS} is no safetensors file: {error}") from error


def _check_fingerprint(surrogate: ConvexSurrogate, folder: Path, wanted: str | None) -> None:
    if wanted is None or wanted == surrogate.latent_fingerprint:
        return
    trained = surrogate.latent_fingerprint
    on = f"on the latent model {trained[:12]}" if trained else "without naming its latent model"
    raise LatentMismatchError(
        f"the surrogate in {folder} was trained {on}, the one in use is {wanted[:12]}; its costs would be "
        "meaningless. Train it again on this latent model, or load the model it was made for"
    )


def _check_names(surrogates: Sequence[ConvexSurrogate]) -> None:
    names = [surrogate.target.property for surrogate in surrogates]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names:
        raise SurrogateError(f"one folder holds one surrogate per property; got {', '.join(names) or 'none'}")


def _check_replaceable(folder: Path, overwrite: bool) -> None:
    if not overwrite:
        raise OutputExistsError(f"{folder} exists already; choose another folder or allow overwriting")
    if not folder.is_dir() or (any(folder.iterdir()) and not (folder / MANIFEST).exists()):
        raise OutputExistsError(f"{folder} exists and holds something else than a surrogate; it is left alone")


def _write_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}."))
    try:
        for name, content in files.items():
            with open(temporary / name, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
        temporary.chmod(0o755)
        _swap(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _swap(new: Path, folder: Path) -> None:
    """Put `new` in the place of `folder`; an older folder is removed only after the new one stands."""
    if not folder.exists():
        os.replace(new, folder)
        return
    old = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f".{folder.name}.old."))
    os.replace(folder, old / "old")
    os.replace(new, folder)
    shutil.rmtree(old, ignore_errors=True)
