"""Surrogates on disk: a folder with safetensors weights, a JSON manifest and a readable card; no code is stored."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from molconvex.exceptions import LatentMismatchError, SurrogateError, WeightsError
from molconvex.files import check_replaceable, write_folder_whole
from molconvex.surrogate.evidence.card import card_markdown
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import LocalSurrogate
from molconvex.surrogate.store.manifest import Surrogate, TensorStore, entry_of, surrogate_of

FORMAT = "molconvex-surrogate"
FORMAT_VERSION = 1
WEIGHTS, MANIFEST, CARD = "weights.safetensors", "manifest.json", "card.md"

Kind = TypeVar("Kind", ConvexSurrogate, LocalSurrogate)


def save_surrogates(folder: str | Path, surrogates: Sequence[Surrogate], *, overwrite: bool = False) -> Path:
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
    check_replaceable(folder, MANIFEST, "a surrogate", overwrite)
    store = TensorStore()
    entries = [entry_of(surrogate, store) for surrogate in surrogates]
    weights = save(store.tensors, metadata={"format": FORMAT})
    manifest = {
        "format": FORMAT,
        "format_version": FORMAT_VERSION,
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)},
        "surrogates": entries,
    }
    text = json.dumps(manifest, indent=1, allow_nan=False, sort_keys=True)
    cards = "\n---\n\n".join(card_markdown(surrogate.card, surrogate.scaler) for surrogate in surrogates)
    files: dict[str, bytes | str] = {WEIGHTS: weights, MANIFEST: text, CARD: cards}
    return write_folder_whole(folder, files, marker=MANIFEST, kind="a surrogate", overwrite=overwrite)


def load_surrogates(folder: str | Path, latent_fingerprint: str | None = None) -> dict[str, ConvexSurrogate]:
    """All surrogates of a folder by property.

    Args:
        folder: Written by `save_surrogates`.
        latent_fingerprint: Of the latent model at hand; None skips the comparison.

    Raises:
        WeightsError: If a file is missing, truncated or altered.
        LatentMismatchError: If a surrogate was trained on another latent model.
        SurrogateError: If a surrogate is local, a difference of convex functions.
    """
    loaded = load_all(folder, latent_fingerprint)
    return {name: _of_kind(surrogate, ConvexSurrogate, folder) for name, surrogate in loaded.items()}


def load_one(folder: str | Path, latent_fingerprint: str | None, property: str | None, kind: type[Kind]) -> Kind:
    """The surrogate of a folder, or the one for `property` where there are several.

    Raises:
        WeightsError, LatentMismatchError: As in `load_surrogates`.
        SurrogateError: If the folder holds several and property does not name one, or it is of another kind.
    """
    loaded = load_all(folder, latent_fingerprint)
    if property is None and len(loaded) == 1:
        property = next(iter(loaded))
    if property not in loaded:
        asked = "name one with property=..." if property is None else f"there is none for {property!r}"
        raise SurrogateError(f"{folder} holds surrogates for {', '.join(loaded)}: {asked}")
    return _of_kind(loaded[property], kind, folder)


def load_all(folder: str | Path, latent_fingerprint: str | None = None) -> dict[str, Surrogate]:
    """All surrogates of a folder by property, local ones included; arguments and errors as in `load_surrogates`."""
    folder = Path(folder)
    manifest = _manifest(folder)
    tensors = _weights(folder, manifest)
    try:
        loaded = [surrogate_of(entry, tensors) for entry in manifest["surrogates"]]
    except (KeyError, TypeError, ValueError) as error:
        raise WeightsError(f"{folder / MANIFEST} is damaged ({error}); train or download it again") from error
    for surrogate in loaded:
        _check_fingerprint(surrogate, folder, latent_fingerprint)
    return {surrogate.target.property: surrogate for surrogate in loaded}


def _of_kind(surrogate: Surrogate, kind: type[Kind], folder: str | Path) -> Kind:
    if isinstance(surrogate, kind):
        return surrogate
    if kind is ConvexSurrogate:
        raise SurrogateError(
            f"the surrogate of {surrogate.target.property!r} in {folder} is a difference of convex functions, whose "
            "minima are local and have no certificate; load it with LocalSurrogate.load"
        )
    raise SurrogateError(f"the surrogate of {surrogate.target.property!r} in {folder} is convex: ConvexSurrogate.load")


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
        length, digest = expected["bytes"], expected["sha256"]
        content = (folder / WEIGHTS).read_bytes()
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


def _check_fingerprint(surrogate: Surrogate, folder: Path, wanted: str | None) -> None:
    if wanted is None or wanted == surrogate.latent_fingerprint:
        return
    trained = surrogate.latent_fingerprint
    on = f"on the latent model {trained[:12]}" if trained else "without naming its latent model"
    raise LatentMismatchError(
        f"the surrogate in {folder} was trained {on}, the one in use is {wanted[:12]}; its costs would be "
        "meaningless. Train it again on this latent model, or load the model it was made for"
    )


def _check_names(surrogates: Sequence[Surrogate]) -> None:
    names = [surrogate.target.property for surrogate in surrogates]
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated or not names:
        raise SurrogateError(f"one folder holds one surrogate per property; got {', '.join(names) or 'none'}")
