"""`ConvexSurrogate`: a cost, convex in the latent, for one goal; an ensemble that stays convex and certifiable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.surrogate.model.aggregate import Aggregate
from molconvex.surrogate.model.applicability_domain import Domain
from molconvex.surrogate.model.cost_model import CostModel
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.target import Target, TargetScaler

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from molconvex.surrogate.data.encoding import Encoder
    from molconvex.surrogate.fit.settings import FitSettings
    from molconvex.surrogate.fit.train_network import CancelCallback, ProgressCallback


@dataclass(frozen=True, eq=False)
class ConvexSurrogate(CostModel):
    """A fitted cost, convex in the latent z and unitless, to be minimized.

    Attributes:
        members: Convex networks of raw latents, float64, input standardization folded in; each one's value is a cost.
        aggregate: "mean", "max" or "cvar:LEVEL"; each keeps the cost convex.
        scaler, latent_fingerprint, domain, spread_scale, card, seen: As in `CostModel`.
    """

    scaler: TargetScaler
    members: list[ReluNetwork] = field(repr=False)
    aggregate: str = "mean"
    latent_fingerprint: str = ""
    domain: Domain | None = field(default=None, repr=False)
    spread_scale: float = 1.0
    card: dict[str, Any] = field(default_factory=dict, repr=False)
    seen: SeenMolecules | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not self.members:
            raise SurrogateError("a surrogate needs at least one member network, got none")
        dims = {network.latent_dim for network in self.members}
        if len(dims) > 1:
            raise SurrogateError(f"members must read latents of one dimension, got {sorted(dims)}")
        Aggregate.parse(self.aggregate)

    @property
    def latent_dim(self) -> int:
        """Dimension d of the latents."""
        return self.members[0].latent_dim

    def _member_costs(self, z: Tensor) -> Tensor:
        return torch.stack([network(z) for network in self.members])

    def with_aggregate(self, aggregate: str) -> ConvexSurrogate:
        """The same members under another aggregate, such as "max" or "cvar:0.3" for a pessimistic cost.

        Raises:
            ConfigError: If there is no such aggregate.
        """
        return replace(self, aggregate=aggregate)

    @classmethod
    def fit(
        cls,
        latents: Tensor | Sequence[str],
        values: ArrayLike,
        target: Target,
        *,
        latent_fingerprint: str = "",
        latent_model: Encoder | None = None,
        smiles: Sequence[str] | None = None,
        censor: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        settings: FitSettings | None = None,
        progress: ProgressCallback | None = None,
        cancelled: CancelCallback | None = None,
    ) -> ConvexSurrogate:
        """Train a surrogate of one goal; see `fit_surrogates` for several at once.

        Args:
            latents: Shape (n, d), or n SMILES together with `latent_model`.
            values: Shape (n,), in the property's unit, NaN where missing; classes 0 and 1 for "classify".
            target: The goal.
            latent_fingerprint: Of the model that made the latents; taken from `latent_model` where that is given.
            latent_model: Encodes SMILES.
            smiles: Structures of the latents, for the scaffold split.
            censor: Shape (n,): 1 where the truth is above the value (">10000"), -1 where below, 0 where exact.
            sample_weight: Shape (n,), nonnegative.
            settings: Members, split, search, seed and training; see `FitSettings`.
            progress, cancelled: Called while training.

        Raises:
            DataError: If the values cannot be learned from.
            LatentShapeError: If the latents have a wrong shape or hold NaN.
            CancelledError: If `cancelled` returned True.
        """
        from molconvex.surrogate.fit.fit_surrogates import fit_surrogates

        return fit_surrogates(
            latents,
            as_column(values),
            [target],
            latent_fingerprint=latent_fingerprint,
            latent_model=latent_model,
            smiles=smiles,
            censor=as_column(censor),
            sample_weight=sample_weight,
            settings=settings,
            progress=progress,
            cancelled=cancelled,
        )[0]

    def save(self, folder: str | Path, *, overwrite: bool = False) -> Path:
        """Write weights, manifest and card into a new folder, whole or not at all.

        Raises:
            OutputExistsError: If the folder exists and overwrite is False.
        """
        from molconvex.surrogate.store.folders import save_surrogates

        return save_surrogates(folder, [self], overwrite=overwrite)

    @classmethod
    def load(
        cls, folder: str | Path, latent_fingerprint: str | None = None, *, property: str | None = None
    ) -> ConvexSurrogate:
        """Read a surrogate; of a folder with several, the one for `property`.

        Raises:
            WeightsError: If a file is missing, truncated or altered.
            LatentMismatchError: If latent_fingerprint is given and is not the one it was trained on.
            SurrogateError: If the folder holds several and property does not name one of them.
        """
        from molconvex.surrogate.store.folders import load_one

        return load_one(folder, latent_fingerprint, property, cls)


def as_column(array: ArrayLike | None) -> Any:
    """Values of one goal, shape (n,), as (n, 1)."""
    return None if array is None else np.asarray(array).reshape(-1, 1)
