"""The checked data of a fit: latents, labels, weights and their division, from whatever the user handed over."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from molconvex.exceptions import ConfigError, DataError, SurrogateError
from molconvex.surrogate.data.assay_tables import check_labels
from molconvex.surrogate.data.encoding import Encoder, encode_molecules
from molconvex.surrogate.data.splits import Split, random_split, scaffold_split
from molconvex.surrogate.fit.settings import FitSettings
from molconvex.surrogate.model.cost_model import check_latents
from molconvex.surrogate.model.target import Target


@dataclass(frozen=True)
class Dataset:
    """Checked data of a fit; only rows with a value and a weight above 0.

    Attributes:
        z: Shape (n, d), float32.
        value: Shape (n, T), NaN where missing.
        censor: Shape (n, T), int8.
        weight: Shape (n,).
        targets: T goals.
        split: Parts, by row number of these arrays.
        smiles: Structures, or None where unknown.
        fingerprint: Of the latent model; "" where it was not told.
    """

    z: Tensor
    value: NDArray[np.float64]
    censor: NDArray[np.int8]
    weight: NDArray[np.float64]
    targets: list[Target]
    split: Split
    smiles: list[str] | None
    fingerprint: str

    def sha256(self) -> str:
        """Hash of latents and labels."""
        digest = hashlib.sha256(self.z.numpy().tobytes())
        digest.update(self.value.tobytes() + self.censor.tobytes() + self.weight.tobytes())
        return digest.hexdigest()


def prepare(
    latents: Tensor | Sequence[str],
    values: ArrayLike,
    censor: ArrayLike | None,
    sample_weight: ArrayLike | None,
    smiles: Sequence[str] | None,
    latent_model: Encoder | None,
    latent_fingerprint: str,
    targets: Sequence[Target],
    settings: FitSettings,
) -> Dataset:
    """Check everything once and divide the rows; arguments and errors as in `fit_surrogates`."""
    targets = list(targets)
    if len({target.kind for target in targets}) != 1:
        raise SurrogateError("goals of one fit must all be numbers or all be classes; fit the two kinds separately")
    n = len(latents)
    value, bound, weight = _labels(values, censor, sample_weight, (n, len(targets)))
    fingerprint = _fingerprint(latent_model, latent_fingerprint)
    z, rows, structures = _latents(latents, latent_model, smiles)
    labelled = np.isfinite(value).any(axis=1) & (weight > 0)
    usable = np.flatnonzero(labelled[rows])
    kept = rows[usable]
    check_labels(value[kept], bound[kept], targets)
    structures = None if structures is None else [structures[i] for i in usable]
    split = _split(settings, kept, n, structures)
    return Dataset(z[usable], value[kept], bound[kept], weight[kept], targets, split, structures, fingerprint)


def _labels(
    values: ArrayLike, censor: ArrayLike | None, sample_weight: ArrayLike | None, shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.float64]]:
    try:
        value = np.array(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise DataError(f"values must be numbers, NaN where missing: {error}") from error
    bound = np.zeros(shape, dtype=np.int8) if censor is None else np.sign(np.asarray(censor)).astype(np.int8)
    weight = np.ones(shape[0]) if sample_weight is None else np.array(sample_weight, dtype=np.float64)
    for name, got, wanted in (
        ("values", value.shape, shape),
        ("censor", bound.shape, shape),
        ("sample_weight", weight.shape, shape[:1]),
    ):
        if got != wanted:
            raise DataError(f"{name} must have shape {wanted}, one row per molecule; got {got}")
    if np.isinf(value).any():
        raise DataError(f"row {int(np.argwhere(np.isinf(value))[0][0])} of the values is infinite; use NaN for missing")
    if not np.isfinite(weight).all() or (weight < 0).any() or not weight.any():
        raise DataError("sample weights must be finite and at least 0, and not all 0")
    return value, bound, weight


def _fingerprint(model: Encoder | None, fingerprint: str) -> str:
    if model is None:
        return fingerprint
    if fingerprint and model.fingerprint != fingerprint:
        raise SurrogateError("latent_fingerprint and latent_model name different latent models; give one of them")
    return model.fingerprint


def _latents(
    latents: Tensor | Sequence[str], model: Encoder | None, smiles: Sequence[str] | None
) -> tuple[Tensor, NDArray[np.int64], list[str] | None]:
    """Latents, the rows they belong to, and their structures where known."""
    if isinstance(latents, Tensor):
        z = check_latents(latents).float().contiguous()
        if smiles is not None and len(smiles) != len(z):
            raise DataError(f"{len(z)} latents came with {len(smiles)} SMILES; one each is needed")
        return z, np.arange(len(z)), None if smiles is None else list(smiles)
    if model is None:
        raise SurrogateError("training from SMILES needs latent_model=..., for example molconvex.latent.load_bundled()")
    encoded = encode_molecules(model, latents)
    return encoded.z, encoded.kept, [latents[int(i)] for i in encoded.kept]


def _split(settings: FitSettings, kept: NDArray[np.int64], n: int, smiles: list[str] | None) -> Split:
    split, fractions = settings.split, (settings.valid_fraction, settings.test_fraction)
    if isinstance(split, Split):
        return _restricted(split, kept, n)
    if split == "random" or (split == "auto" and smiles is None):
        return random_split(len(kept), fractions=fractions, seed=settings.seed)
    if split not in ("auto", "scaffold"):
        raise ConfigError(f"split must be scaffold, random, auto or a Split, got {split!r}")
    if smiles is None:
        raise SurrogateError("a scaffold split needs the structures: pass smiles=..., or split='random'")
    return scaffold_split(smiles, fractions=fractions, seed=settings.seed)


def _restricted(split: Split, kept: NDArray[np.int64], n: int) -> Split:
    """A split of n rows as one of the kept rows, renumbered."""
    if len(split.group) != n:
        raise DataError(f"the split is of {len(split.group)} rows, the values have {n}")
    number = np.full(n, -1)
    number[kept] = np.arange(len(kept))

    def renumbered(part: NDArray[np.int64]) -> NDArray[np.int64]:
        return number[part][number[part] >= 0]

    return replace(
        split,
        train=renumbered(split.train),
        valid=renumbered(split.valid),
        test=renumbered(split.test),
        group=split.group[kept],
    )
