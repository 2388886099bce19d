"""`ConvexSurrogate`: a cost, convex in the latent, for one goal; an ensemble that stays convex and certifiable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from molconvex.exceptions import LatentShapeError, SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.surrogate.aggregate import Aggregate
from molconvex.surrogate.target import Numbers, Target, TargetScaler

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

    from molconvex.surrogate.domain import Domain
    from molconvex.surrogate.encoding import Encoder
    from molconvex.surrogate.settings import FitSettings
    from molconvex.surrogate.training import CancelCallback, ProgressCallback

ROWS_AT_ONCE = 8192


@dataclass(frozen=True, eq=False)
class ConvexSurrogate:
    """A fitted cost, convex in the latent z and unitless, to be minimized.

    Attributes:
        scaler: Goal, sign and unit; the only place where costs and values are converted.
        members: Convex networks of raw latents, float64, input standardization folded in; each one's value is a cost.
        aggregate: "mean", "max" or "cvar:LEVEL": how members become one convex cost.
        latent_fingerprint: Of the latent model that made the latents; "" where it was not told.
        domain: Where the training latents lie, or None.
        spread_scale: Factor that makes the members' standard deviation as large as the error was on validation data.
        card: Data, split, metrics and versions, as plain values.
    """

    scaler: TargetScaler
    members: list[ReluNetwork] = field(repr=False)
    aggregate: str = "mean"
    latent_fingerprint: str = ""
    domain: Domain | None = field(default=None, repr=False)
    spread_scale: float = 1.0
    card: dict[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not self.members:
            raise SurrogateError("a surrogate needs at least one member network, got none")
        dims = {network.latent_dim for network in self.members}
        if len(dims) > 1:
            raise SurrogateError(f"members must read latents of one dimension, got {sorted(dims)}")
        Aggregate.parse(self.aggregate)

    @property
    def target(self) -> Target:
        """The goal."""
        return self.scaler.target

    @property
    def latent_dim(self) -> int:
        """Dimension d of the latents."""
        return self.members[0].latent_dim

    def cost(self, z: Tensor) -> Tensor:
        """Aggregated cost of latents, (n, d) to (n,), float64.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        return Aggregate.parse(self.aggregate)(self.member_costs(z))

    def member_costs(self, z: Tensor) -> Tensor:
        """Cost of each member, (n, d) to (m, n), float64 on the CPU.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        z = check_latents(z, self.latent_dim).double()
        chunks = [torch.stack([f(part) for f in self.members]) for part in z.split(ROWS_AT_ONCE)]
        return torch.cat(chunks, dim=1)

    def predict(self, z: Tensor) -> Tensor:
        """The mean member's prediction in the property's unit, (n, d) to (n,), whatever the aggregate.

        For a window it is the distance to it, for classes the probability of class 1.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        return self.value_of(self.member_costs(z).mean(dim=0))

    def spread(self, z: Tensor) -> Tensor:
        """Uncertainty of `predict` in the same unit, (n, d) to (n,): how far members disagree, scaled by calibration.

        NaN with a single member. It says nothing about what no member has seen; see `distance_to_training`.

        Raises:
            LatentShapeError: If z has another shape or holds NaN.
        """
        costs = self.member_costs(z)
        if len(self.members) == 1:
            return torch.full_like(costs[0], float("nan"))
        values = self.value_of(costs) if self.target.sense == "classify" else costs * self.scaler.scale
        return self.spread_scale * values.std(dim=0)

    def distance_to_training(self, z: Tensor) -> Tensor:
        """Distance to the training latents, (n, d) to (n,); 1 is the 95th percentile of the training latents' own.

        Raises:
            SurrogateError: If the surrogate does not know its training latents.
            LatentShapeError: If z has another shape or holds NaN.
        """
        if self.domain is None:
            raise SurrogateError(f"the surrogate of {self.target.property!r} does not record where its data lay")
        return self.domain.distance(check_latents(z, self.latent_dim))

    def cost_of(self, value: Numbers) -> Numbers:
        """Cost of a value in the property's unit: of a distance for windows, of P(class 1) for classes."""
        return self.scaler.cost_of(value)

    def value_of(self, cost: Numbers) -> Numbers:
        """Value in the property's unit at a cost, inverse of `cost_of`."""
        return self.scaler.value_of(cost)

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
        from molconvex.surrogate.fitting import fit_surrogates

        def column(array: ArrayLike | None) -> Any:
            return None if array is None else np.asarray(array).reshape(-1, 1)

        return fit_surrogates(
            latents,
            column(values),
            [target],
            latent_fingerprint=latent_fingerprint,
            latent_model=latent_model,
            smiles=smiles,
            censor=column(censor),
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
        from molconvex.surrogate.artifact import save_surrogates

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
        from molconvex.surrogate.artifact import load_surrogate

        return load_surrogate(folder, latent_fingerprint, property=property)


def check_latents(z: Tensor, latent_dim: int | None = None) -> Tensor:
    """The latents on the CPU, if they are a finite (n, d) tensor.

    Raises:
        LatentShapeError: Otherwise; the text names the first bad row.
    """
    expected = "(n, d)" if latent_dim is None else f"(n, {latent_dim})"
    if z.ndim != 2 or (latent_dim is not None and z.shape[1] != latent_dim):
        raise LatentShapeError(
            f"latents must have shape {expected}, got {tuple(z.shape)}; for a single point pass z[None, :]"
        )
    if not z.is_floating_point():
        raise LatentShapeError(f"latents must be floating point numbers, got {z.dtype}")
    bad = (~torch.isfinite(z)).any(dim=1).nonzero()
    if len(bad):
        raise LatentShapeError(
            f"row {int(bad[0])} of the latents holds NaN or infinity ({len(bad)} rows in all); "
            "leave out molecules that could not be encoded"
        )
    return z.detach().cpu()
