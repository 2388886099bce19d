"""Convex surrogates of values that come in while work goes on: of an oracle's, or of a campaign's measurements.

The measured molecules are divided into folds; each member of the ensemble learns from all folds but one. So every
measured molecule has a prediction by a network that never saw it: these held-out predictions choose the orientation,
and stand for the molecule wherever predictions are compared with measurements. A new molecule gets the mean of all
members.

    cost_k = sign * c_k,    cost = 1/K sum_k cost_k    in the units of one common scaler

Reference: Breiman (1996), Machine Learning 24, 49 (stacked regressions, on cross-validated predictions).
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from molconvex.exceptions import DataError
from molconvex.icnn import ReluNetwork
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Hooks,
    Orientation,
    Split,
    Target,
    TargetScaler,
    TrainingSettings,
    fit_surrogate,
    make_dataset,
)
from molconvex.surrogate.fit.choose_orientation import better_side
from molconvex.surrogate.model.orientation import possible

Array = NDArray[np.float64]
FOLDS = 4
LEAST = 24  # measured molecules from which a surrogate is fitted
VALID = 0.15  # of what a member learns from
TRAINING = TrainingSettings(hidden=(32, 32), epochs=40, least_steps=150, most_steps=400)


@dataclass(frozen=True)
class LearnedSurrogate:
    """A surrogate and how well it predicts what its members did not see.

    Attributes:
        surrogate: Mean of the members; its card holds the number of molecules and the evidence below.
        held_out: Predictions (n,) of the measured molecules, each by a member that did not see it, in what the target
            predicts: for a window the distance to it.
        loss: Mean squared error of the held-out predictions over the variance of the values, per fold and side tried.
    """

    surrogate: ConvexSurrogate
    held_out: Array
    loss: dict[Orientation, list[float]]


def constant_surrogate(target: Target, value: float, latent_dim: int, fingerprint: str) -> ConvexSurrogate:
    """The surrogate of something of which too little is known: one value everywhere, so that it moves no optimum."""
    scaler = TargetScaler(target)
    flat = ReluNetwork.affine(torch.zeros(latent_dim, dtype=torch.float64), float(scaler.cost_of(value)))
    return ConvexSurrogate(scaler, [flat], latent_fingerprint=fingerprint, card={"data": {"molecules": 0}})


def is_constant(surrogate: ConvexSurrogate) -> bool:
    """Whether a surrogate learned from nothing."""
    return surrogate.card.get("data", {}).get("molecules") == 0


def can_learn(values: Array) -> bool:
    """Whether there are enough different values for a surrogate."""
    known = values[np.isfinite(values)]
    return len(known) >= LEAST and float(np.ptp(known)) > 0.0


def learn_surrogate(
    z: Tensor,
    values: Array,
    target: Target,
    fingerprint: str,
    *,
    orientation: Orientation | None = None,
    seed: int = 0,
    cancelled: Callable[[], bool] | None = None,
) -> LearnedSurrogate:
    """Fit a surrogate; the side that predicts the folds better is taken, where none is asked for.

    Args:
        z: Latents (n, d) of measured molecules.
        values: Measured values (n,), finite.
        target: What is wanted.
        fingerprint: Of the latent model.
        orientation: Side to take, whatever the folds say.
        seed: Of folds and networks.
        cancelled: Asked while training.

    Raises:
        DataError: If there are too few values, or all are equal.
        CancelledError: If `cancelled` returned True.
    """
    if not can_learn(values):
        raise DataError(f"{target.property!r} has too few different values to learn from; {LEAST} are needed")
    sides = [orientation] if orientation else list(possible(target))
    folds = np.random.default_rng(seed).permutation(len(values)) % FOLDS
    tried = {side: _Side.fitted(z, values, target, fingerprint, side, folds, seed, cancelled) for side in sides}
    loss = {side: item.loss for side, item in tried.items()}
    taken = sides[0]
    if len(sides) == 2:
        taken = better_side(np.array(loss["convex"]), np.array(loss["concave"]))
    best = tried[taken]
    return LearnedSurrogate(best.surrogate(fingerprint, loss), best.held_out, loss)


@dataclass(frozen=True)
class _Side:
    """One orientation fitted: members in the units of the common scaler, and what they predict of the others' folds."""

    scaler: TargetScaler
    members: list[ReluNetwork]
    orientation: Orientation
    held_out: Array
    truth: Array
    folds: NDArray[np.int64]
    domain: ConvexSurrogate

    @classmethod
    def fitted(
        cls,
        z: Tensor,
        values: Array,
        target: Target,
        fingerprint: str,
        side: Orientation,
        folds: NDArray[np.int64],
        seed: int,
        cancelled: Callable[[], bool] | None,
    ) -> "_Side":
        truth = target.distance(values) if target.sense == "window" else values
        scaler = TargetScaler.fitted(target, truth if float(np.ptp(truth)) else values)
        held_out, members = np.zeros(len(values)), []
        data = make_dataset(z, values, target, latent_fingerprint=fingerprint)
        for fold in range(FOLDS):
            settings = FitSettings(
                members=1,
                orientation=side,
                split=_parts(folds, fold, seed),
                resamples=0,  # nobody reads the cards of single folds
                seed=seed + fold,
                training=TRAINING,
            )
            single = fit_surrogate(data, settings, Hooks(cancelled=cancelled))
            rows = folds == fold
            held_out[rows] = single.predict(z[torch.from_numpy(rows)]).numpy()
            members.append(_in_units_of(scaler, single))
        return cls(scaler, members, side, held_out, truth, folds, single)

    @property
    def loss(self) -> list[float]:
        spread = float(np.var(self.truth)) or 1.0
        error = (self.held_out - self.truth) ** 2 / spread
        return [float(error[self.folds == fold].mean()) for fold in range(FOLDS)]

    def surrogate(self, fingerprint: str, loss: dict[Orientation, list[float]]) -> ConvexSurrogate:
        low, high = np.quantile(self.truth, [0.05, 0.95])
        card = {
            "data": {"molecules": len(self.truth), "quantile_05": float(low), "quantile_95": float(high)},
            "metrics": {"r2": {"value": 1.0 - float(np.mean(self.loss))}},
            "orientation": {"orientation": self.orientation, "validation_loss": loss},
        }
        return replace(self.domain, scaler=self.scaler, members=self.members, card=card, latent_fingerprint=fingerprint)


def _parts(folds: NDArray[np.int64], fold: int, seed: int) -> Split:
    """Training and validation rows outside a fold, the fold as test."""
    rest = np.random.default_rng(seed + 1 + fold).permutation(np.flatnonzero(folds != fold))
    valid = max(2, round(VALID * len(rest)))
    return Split(
        np.sort(rest[valid:]),
        np.sort(rest[:valid]),
        np.flatnonzero(folds == fold),
        np.arange(len(folds)),
        "random",
        seed,
    )


def _in_units_of(scaler: TargetScaler, single: ConvexSurrogate) -> ReluNetwork:
    """The member's convex network c with cost = +-c in the units of another scaler.

    value = sign * cost_k * scale_k + mean_k,   cost = sign * (value - mean) / scale
    """
    own, sign = single.scaler, scaler.sign
    factor = own.scale / scaler.scale
    shift = sign * (own.mean - scaler.mean) / scaler.scale
    side = 1.0 if single.orientation == "convex" else -1.0
    return single.members[0].scaled(factor, side * shift)
