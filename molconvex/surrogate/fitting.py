"""Training of convex surrogates, one or several goals on one shared network: data in, evaluated surrogates out."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.surrogate.costs import training_costs
from molconvex.surrogate.dataset import Dataset, prepare
from molconvex.surrogate.domain import describe_domain
from molconvex.surrogate.encoding import Encoder
from molconvex.surrogate.evaluation import evaluate_surrogate
from molconvex.surrogate.folding import Standardizer, member_network
from molconvex.surrogate.linear import fit_linear
from molconvex.surrogate.model import ConvexSurrogate
from molconvex.surrogate.networks import WarmStart, build_convex
from molconvex.surrogate.settings import FitSettings
from molconvex.surrogate.splits import Split
from molconvex.surrogate.target import Target, TargetScaler
from molconvex.surrogate.training import (
    CancelCallback,
    Examples,
    History,
    Hooks,
    ProgressCallback,
    TrainingSettings,
    fit_network,
)


def fit_surrogates(
    latents: Tensor | Sequence[str],
    values: ArrayLike,
    targets: Sequence[Target],
    *,
    latent_fingerprint: str = "",
    latent_model: Encoder | None = None,
    smiles: Sequence[str] | None = None,
    censor: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    settings: FitSettings | None = None,
    progress: ProgressCallback | None = None,
    cancelled: CancelCallback | None = None,
) -> list[ConvexSurrogate]:
    """Train one shared network for T goals and return a surrogate per goal, in order.

    Args:
        latents: Shape (n, d), or n SMILES together with `latent_model`.
        values: Shape (n, T), NaN where not measured.
        targets: T goals, all of numbers (minimize, maximize, window) or all of classes.
        latent_fingerprint, latent_model, smiles, sample_weight, settings, progress, cancelled: As in
            `ConvexSurrogate.fit`.
        censor: Shape (n, T): 1 where the truth is above the value, -1 where below, 0 where exact.

    Raises:
        DataError: If the values cannot be learned from.
        LatentShapeError: If the latents have a wrong shape or hold NaN.
        SurrogateError: If goals of both kinds are mixed, or SMILES come without a latent model.
        CancelledError: If `cancelled` returned True.
    """
    settings = settings or FitSettings()
    data = prepare(
        latents,
        values,
        targets,
        latent_fingerprint=latent_fingerprint,
        latent_model=latent_model,
        smiles=smiles,
        censor=censor,
        sample_weight=sample_weight,
        settings=settings,
    )
    problem = Problem.of(data)
    members, histories = _fit_members(problem, settings, Hooks(progress, cancelled))
    generator = torch.Generator().manual_seed(settings.seed)
    domain = describe_domain(data.z[data.split.train], problem.standardizer.scale, generator)
    plain = [
        ConvexSurrogate(scaler, [networks[t] for networks in members], settings.aggregate, data.fingerprint, domain)
        for t, scaler in enumerate(problem.scalers)
    ]
    return [evaluate_surrogate(surrogate, data, t, settings, histories) for t, surrogate in enumerate(plain)]


class Problem:
    """A data set as the network sees it: standardized latents, costs and bounds.

    Attributes:
        data: The data set.
        scalers: Per goal; mean and scale from training and validation rows with exact values.
        standardizer: Of the latents, from the same rows.
        examples: All rows, the test part included.
        level: The same rows with each property itself as cost, where `examples` has a distance to a window.
    """

    def __init__(self, data: Dataset, scalers: list[TargetScaler], standardizer: Standardizer):
        self.data, self.scalers, self.standardizer = data, scalers, standardizer
        columns = [training_costs(s, data.value[:, t], data.censor[:, t]) for t, s in enumerate(scalers)]
        self.examples = Examples(
            standardizer(data.z),
            torch.tensor(np.stack([cost for cost, _ in columns], axis=1), dtype=torch.float32),
            torch.tensor(np.stack([bound for _, bound in columns], axis=1)),
            torch.tensor(data.weight, dtype=torch.float32),
            logistic=data.targets[0].sense == "classify",
        )
        level = self.examples.cost.clone()
        for t, scaler in enumerate(scalers):
            if scaler.target.sense == "window":
                level[:, t] = torch.from_numpy(scaler.cost_of(data.value[:, t]))
        self.level = replace(self.examples, cost=level, bound=torch.zeros_like(self.examples.bound))

    @classmethod
    def of(cls, data: Dataset) -> "Problem":
        """Fit scalers and standardization to a data set."""
        seen = np.concatenate([data.split.train, data.split.valid])
        exact = np.where(data.censor == 0, data.value, np.nan)[seen]
        scalers = [TargetScaler.fitted(target, exact[:, t]) for t, target in enumerate(data.targets)]
        return cls(data, scalers, Standardizer.fitted(data.z[seen]))

    def parts(self, split: Split) -> tuple[Examples, Examples]:
        """Training and validation examples of a split."""
        return self.examples.rows(torch.from_numpy(split.train)), self.examples.rows(torch.from_numpy(split.valid))

    def start(self, split: Split) -> WarmStart:
        """Linear models of the properties, from which a network may begin."""
        train, valid = (self.level.rows(torch.from_numpy(part)) for part in (split.train, split.valid))
        return WarmStart(fit_linear(train, valid), [_window(scaler) for scaler in self.scalers])


def _window(scaler: TargetScaler) -> tuple[float | None, float | None] | None:
    """Ends of a window in units of cost, or None where the goal is no window."""
    if scaler.target.sense != "window":
        return None
    low, high = (None if end is None else end / scaler.scale for end in (scaler.target.low, scaler.target.high))
    return low, high


def _fit_members(
    problem: Problem, settings: FitSettings, hooks: Hooks
) -> tuple[list[list[ReluNetwork]], list[History]]:
    """Networks per member and goal, and learning curves; every member has its own validation part."""
    members, histories = [], []
    for k in range(settings.members):
        split = problem.data.split if k == 0 else problem.data.split.resplit(settings.seed + k)
        generator = torch.Generator().manual_seed(1000003 * settings.seed + k)
        stage = hooks.named(f"member {k + 1} of {settings.members}")
        networks, history = fit_member(problem, split, settings.training, generator, stage)
        members.append(networks)
        histories.append(history)
    return members, histories


def fit_member(
    problem: Problem, split: Split, training: TrainingSettings, generator: torch.Generator, hooks: Hooks
) -> tuple[list[ReluNetwork], History]:
    """One convex network per goal, of raw latents, all from one trained body; and the learning curve."""
    train, valid = problem.parts(split)
    start = problem.start(split) if training.warm_start else None
    network = build_convex(train.z.shape[1], len(problem.scalers), training, generator, start)
    history = fit_network(network, train, valid, training, generator=generator, hooks=hooks)
    trained = zip(network.convex_networks(), problem.scalers, strict=True)
    return [
        member_network(f, problem.standardizer, floor_at_zero=scaler.target.sense == "window") for f, scaler in trained
    ], history
