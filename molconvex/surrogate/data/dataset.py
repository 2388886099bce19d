"""The checked data of a fit: latents, labels, weights and structures, from whatever the user handed over."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import ArrayLike, NDArray
from torch import Tensor

from molconvex.exceptions import DataError, SurrogateError
from molconvex.surrogate.data.assay_tables import check_labels
from molconvex.surrogate.data.encoding import Encoder, encode_molecules
from molconvex.surrogate.model.cost_model import check_latents
from molconvex.surrogate.model.target import Target


@dataclass(frozen=True, eq=False)
class Dataset:
    """Checked data of a fit; only rows with a value and a weight above 0.

    Attributes:
        z: Shape (n, d), float32.
        value: Shape (n, T), NaN where missing.
        censor: Shape (n, T), int8: 1 where the truth is above the value, -1 where below, 0 where exact.
        weight: Shape (n,).
        targets: T goals.
        smiles: Structures, or None where unknown.
        latent_fingerprint: Of the latent model; "" where it was not told.
        rows: Number of each row among those handed over, shape (n,).
        handed_over: How many those were.
    """

    z: Tensor
    value: NDArray[np.float64]
    censor: NDArray[np.int8]
    weight: NDArray[np.float64]
    targets: list[Target]
    smiles: list[str] | None
    latent_fingerprint: str
    rows: NDArray[np.int64]
    handed_over: int

    def __len__(self) -> int:
        return len(self.value)

    def sha256(self) -> str:
        """Hash of latents and labels."""
        digest = hashlib.sha256(self.z.numpy().tobytes())
        digest.update(self.value.tobytes() + self.censor.tobytes() + self.weight.tobytes())
        return digest.hexdigest()


def make_dataset(
    latents: Tensor,
    values: ArrayLike,
    targets: Target | Sequence[Target],
    *,
    latent_fingerprint: str = "",
    smiles: Sequence[str] | None = None,
    censor: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> Dataset:
    """Data to be learned from, checked once.

    Args:
        latents: Shape (n, d).
        values: Shape (n, T), or (n,) for one goal, in the property's unit, NaN where missing; classes 0 and 1 for
            "classify".
        targets: T goals.
        latent_fingerprint: Of the model that made the latents.
        smiles: Structures of the latents, for scaffold splits and fingerprints.
        censor: As `values`: 1 where the truth is above the value (">10000"), -1 where below, 0 where exact.
        sample_weight: Shape (n,), nonnegative.

    Raises:
        DataError: If the values cannot be learned from.
        LatentShapeError: If the latents have a wrong shape or hold NaN.
    """
    goals = [targets] if isinstance(targets, Target) else list(targets)
    if not isinstance(latents, Tensor):
        raise DataError("latents must be a tensor of shape (n, d); encode_dataset takes SMILES with a latent model")
    z = check_latents(latents).float().contiguous()
    if smiles is not None and len(smiles) != len(z):
        raise DataError(f"{len(z)} latents came with {len(smiles)} SMILES; one each is needed")
    value, bound, weight = _labels(values, censor, sample_weight, (len(z), len(goals)))
    kept = np.flatnonzero(np.isfinite(value).any(axis=1) & (weight > 0))
    check_labels(value[kept], bound[kept], goals)
    return Dataset(
        z[kept],
        value[kept],
        bound[kept],
        weight[kept],
        goals,
        None if smiles is None else [smiles[int(i)] for i in kept],
        latent_fingerprint,
        kept,
        len(z),
    )


def encode_dataset(
    model: Encoder,
    smiles: Sequence[str],
    values: ArrayLike,
    targets: Target | Sequence[Target],
    *,
    censor: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
) -> Dataset:
    """Data of molecules that are encoded here; those that cannot be are left out. Other arguments as `make_dataset`.

    Args:
        model: Encodes the molecules.
        smiles: n structures.
        values: As of `make_dataset`.
        targets: As of `make_dataset`.
        censor: As of `make_dataset`.
        sample_weight: As of `make_dataset`.

    Raises:
        DataError: If half or more of the molecules cannot be encoded, or as in `make_dataset`.
    """
    encoded = encode_molecules(model, smiles)
    kept = encoded.kept
    data = make_dataset(
        encoded.z,
        np.asarray(values)[kept],
        targets,
        latent_fingerprint=model.fingerprint,
        smiles=[smiles[int(i)] for i in kept],
        censor=None if censor is None else np.asarray(censor)[kept],
        sample_weight=None if sample_weight is None else np.asarray(sample_weight)[kept],
    )
    return replace(data, rows=kept[data.rows], handed_over=len(smiles))


def single_goal(data: Dataset) -> None:
    """Refuse data of several goals.

    Raises:
        SurrogateError: If there are several.
    """
    if len(data.targets) != 1:
        raise SurrogateError(f"one goal is needed, got {len(data.targets)}; fit_surrogates takes several")


def _labels(
    values: ArrayLike, censor: ArrayLike | None, sample_weight: ArrayLike | None, shape: tuple[int, int]
) -> tuple[NDArray[np.float64], NDArray[np.int8], NDArray[np.float64]]:
    try:
        value = _columns(np.array(values, dtype=np.float64), shape)
    except (TypeError, ValueError) as error:
        raise DataError(f"values must be numbers, NaN where missing: {error}") from error
    bound = np.zeros(shape, np.int8) if censor is None else _columns(np.sign(np.asarray(censor)).astype(np.int8), shape)
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


def _columns(array: NDArray, shape: tuple[int, int]) -> NDArray:
    """Values of one goal, shape (n,), as (n, 1)."""
    return array[:, None] if array.ndim == 1 and shape[1] == 1 else array
