"""Surrogates on disk: a folder with safetensors weights, a JSON manifest and a readable card; no code is stored."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import load, save
from torch import Tensor

from molconvex.documents import DAMAGE, read_json
from molconvex.exceptions import LatentMismatchError, SurrogateError, WeightsError
from molconvex.files import check_parent, check_replaceable, write_folder_whole
from molconvex.surrogate.evidence.card import card_markdown
from molconvex.surrogate.evidence.card_contributions import contributions_file, contributions_svg
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.store.manifest import Surrogate, TensorStore, entry_of, surrogate_of

FORMAT = "molconvex-surrogate"
READ_VERSIONS = (1, 2, 3)
"""Version 1 knew no orientation, and nothing protected its manifest. Version 3 is written only where a refinement knows
properties, which version 2 would take for one of fingerprints alone; some of these were written as version 2."""

WEIGHTS, MANIFEST, CARD = "weights.safetensors", "manifest.json", "card.md"
ENTRIES = "entries_sha256"


def save_surrogate(folder: str | Path, surrogate: Surrogate, *, overwrite: bool = False) -> Path:
    """Write one surrogate; arguments and errors as in `save_surrogates`."""
    return save_surrogates(folder, [surrogate], overwrite=overwrite)


def check_surrogates_place(folder: str | Path, overwrite: bool) -> None:
    """Refuse a folder that surrogates may not be written to; asked before they are trained.

    Raises:
        OutputExistsError: If it exists and overwrite is False, or holds something else.
        DataError: If it cannot be made, because the folder around it cannot be written to.
    """
    check_replaceable(folder, MANIFEST, "a surrogate", overwrite)
    check_parent(folder)


def save_surrogates(folder: str | Path, surrogates: Sequence[Surrogate], *, overwrite: bool = False) -> Path:
    """Write weights, manifest and cards of one or several surrogates into a new folder, whole or not at all.

    The weights' file carries a hash of the manifest's entries, the manifest one of the weights: neither can be altered
    alone without being noticed.

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
    check_surrogates_place(folder, overwrite)
    store = TensorStore()
    entries = [entry_of(surrogate, store) for surrogate in surrogates]
    weights = save(store.tensors, metadata={"format": FORMAT, ENTRIES: _entries_hash(entries)})
    manifest = {
        "format": FORMAT,
        "format_version": _version(entries),
        "weights": {"file": WEIGHTS, "sha256": hashlib.sha256(weights).hexdigest(), "bytes": len(weights)},
        "surrogates": entries,
    }
    text = json.dumps(manifest, indent=1, allow_nan=False, sort_keys=True)
    cards = "\n---\n\n".join(card_markdown(surrogate.card, surrogate.scaler) for surrogate in surrogates)
    files: dict[str, bytes | str] = {WEIGHTS: weights, MANIFEST: text, CARD: cards}
    files |= {contributions_file(s.target.property): sheet for s in surrogates if (sheet := contributions_svg(s.card))}
    return write_folder_whole(folder, files, marker=MANIFEST, kind="a surrogate", overwrite=overwrite)


def load_surrogates(folder: str | Path, latent_fingerprint: str | None = None) -> dict[str, Surrogate]:
    """All surrogates of a folder by property, convex or differences of convex functions.

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
        _check_entries(folder, manifest)
        loaded = [surrogate_of(entry, tensors) for entry in manifest["surrogates"]]
    except WeightsError:
        raise
    except (*DAMAGE, OSError, SafetensorError) as error:
        raise WeightsError(f"{folder / MANIFEST} is damaged ({error}); train or download it again") from error
    for surrogate in loaded:
        _check_fingerprint(surrogate, folder, latent_fingerprint)
    return {surrogate.target.property: surrogate for surrogate in loaded}


def load_convex_surrogates(folder: str | Path, latent_fingerprint: str | None = None) -> dict[str, ConvexSurrogate]:
    """As `load_surrogates`, for programs with certificates.

    Raises:
        WeightsError, LatentMismatchError: As in `load_surrogates`.
        SurrogateError: If a surrogate is a difference of convex functions.
    """
    loaded = load_surrogates(folder, latent_fingerprint)
    return {name: _convex(surrogate, folder) for name, surrogate in loaded.items()}


def load_surrogate(
    folder: str | Path, latent_fingerprint: str | None = None, *, property: str | None = None
) -> Surrogate:
    """The surrogate of a folder, or the one for `property` where there are several.

    Raises:
        WeightsError, LatentMismatchError: As in `load_surrogates`.
        SurrogateError: If the folder holds several and property does not name one.
    """
    loaded = load_surrogates(folder, latent_fingerprint)
    if property is None and len(loaded) == 1:
        property = next(iter(loaded))
    if property not in loaded:
        asked = "name one with property=..." if property is None else f"there is none for {property!r}"
        raise SurrogateError(f"{folder} holds surrogates for {', '.join(loaded)}: {asked}")
    return loaded[property]


def load_convex_surrogate(
    folder: str | Path, latent_fingerprint: str | None = None, *, property: str | None = None
) -> ConvexSurrogate:
    """As `load_surrogate`, for programs with certificates.

    Raises:
        WeightsError, LatentMismatchError, SurrogateError: As in `load_surrogate`, and if it is no convex surrogate.
    """
    return _convex(load_surrogate(folder, latent_fingerprint, property=property), folder)


def _convex(surrogate: Surrogate, folder: str | Path) -> ConvexSurrogate:
    if isinstance(surrogate, ConvexSurrogate):
        return surrogate
    raise SurrogateError(
        f"the surrogate of {surrogate.target.property!r} in {folder} is a difference of convex functions, whose "
        "minima are local and have no certificate; load_surrogate reads it"
    )


def _manifest(folder: Path) -> dict[str, Any]:
    if not folder.is_dir():
        what = "is a file, where the folder of a surrogate is needed" if folder.exists() else "is not there"
        raise WeightsError(f"the surrogate {folder} {what}")
    if not (folder / MANIFEST).exists():
        raise WeightsError(f"{folder} is no surrogate: it has no {MANIFEST}")
    manifest = read_json(folder / MANIFEST, WeightsError)
    if manifest.get("format") != FORMAT:
        raise WeightsError(f"{folder / MANIFEST} is no manifest of a surrogate (its format is not {FORMAT!r})")
    _check_version(folder, manifest.get("format_version"))
    entries = manifest.get("surrogates")
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise WeightsError(f"{folder / MANIFEST} is damaged: it lists no surrogates; train or download it again")
    return manifest


def _version(entries: Sequence[Mapping[str, Any]]) -> int:
    """The least that reads all entries as they are meant."""
    return 3 if any("properties" in entry.get("refinement", {}) for entry in entries) else 2


def _check_version(folder: Path, version: Any) -> None:
    known = f"this molconvex reads {READ_VERSIONS[0]} to {READ_VERSIONS[-1]}"
    if isinstance(version, int) and version > READ_VERSIONS[-1]:
        raise WeightsError(f"{folder} was written by a newer molconvex (format version {version}, {known}); update it")
    if version not in READ_VERSIONS:
        raise WeightsError(f"{folder} has format version {version}, {known}; train or download it again")


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


def _check_entries(folder: Path, manifest: Mapping[str, Any]) -> None:
    """Compare the manifest's entries with the hash of them that the weights carry."""
    with safe_open(folder / WEIGHTS, framework="pt") as file:
        recorded = (file.metadata() or {}).get(ENTRIES)
    if manifest["format_version"] == 1 and recorded is None:
        if any("orientation" in entry for entry in manifest["surrogates"]):
            raise WeightsError(f"{folder / MANIFEST} was altered: its format version 1 knows no orientation")
        return
    if recorded != _entries_hash(manifest["surrogates"]):
        raise WeightsError(f"{folder / MANIFEST} was altered: its entries are not those that were written")


def _entries_hash(entries: Any) -> str:
    return hashlib.sha256(json.dumps(entries, allow_nan=False, sort_keys=True).encode()).hexdigest()


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
