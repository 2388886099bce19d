"""Training of surrogates, one or several goals on one shared network: data in, evaluated surrogates out."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from molconvex.icnn import ReluNetwork
from molconvex.surrogate.data.dataset import prepare
from molconvex.surrogate.data.encoding import Encoder
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.evidence.baselines import price_of_convexity
from molconvex.surrogate.evidence.evaluation import with_card, with_comparison
from molconvex.surrogate.fit.fold_scaling import member_network
from molconvex.surrogate.fit.settings import FitSettings
from molconvex.surrogate.fit.settings_search import Trial, search_settings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import (
    CancelCallback,
    History,
    Hooks,
    ProgressCallback,
    TrainingSettings,
    fit_network,
)
from molconvex.surrogate.fit.trainable_networks import build_convex, build_difference
from molconvex.surrogate.model.applicability_domain import describe_domain
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import LocalSurrogate
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.target import Target

Member = TypeVar("Member")
Pair = tuple[ReluNetwork, ReluNetwork]
Trainer = Callable[[Problem, Split, TrainingSettings, torch.Generator, Hooks], tuple[list[Member], History]]


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
        MissingExtraError: If a random forest is asked for and scikit-learn is not installed.
        CancelledError: If `cancelled` returned True.
    """
    settings, hooks = settings or FitSettings(), Hooks(progress, cancelled)
    data = (latents, values, censor, sample_weight, smiles, latent_model, latent_fingerprint)
    problem = Problem.of(prepare(*data, targets, settings))
    trials: list[Trial] = []
    if settings.search_seconds > 0:
        found, trials = search_settings(
            problem, settings.training, seconds=settings.search_seconds, seed=settings.seed, hooks=hooks
        )
        settings = replace(settings, training=found)
    members, histories = _ensemble(problem, settings, hooks, train_member)
    common = _common(problem, settings)
    surrogates = [
        with_card(ConvexSurrogate(scaler, [m[t] for m in members], **common), problem, t, settings, histories, trials)
        for t, scaler in enumerate(problem.scalers)
    ]
    if not settings.baselines:
        return surrogates
    prices = price_of_convexity(
        problem, surrogates, settings.training, forest=settings.random_forest, seed=settings.seed, hooks=hooks
    )
    return [with_comparison(surrogate, price) for surrogate, price in zip(surrogates, prices, strict=True)]


def fit_local_surrogates(
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
) -> list[LocalSurrogate]:
    """Train differences of convex networks; arguments and errors as in `fit_surrogates`, without search or rivals."""
    settings, hooks = settings or FitSettings(), Hooks(progress, cancelled)
    data = (latents, values, censor, sample_weight, smiles, latent_model, latent_fingerprint)
    problem = Problem.of(prepare(*data, targets, settings))
    members, histories = _ensemble(problem, settings, hooks, train_difference)
    common = _common(problem, settings)
    return [
        with_card(LocalSurrogate(scaler, [m[t] for m in members], **common), problem, t, settings, histories)
        for t, scaler in enumerate(problem.scalers)
    ]


def _ensemble(
    problem: Problem, settings: FitSettings, hooks: Hooks, trainer: Trainer[Member]
) -> tuple[list[list[Member]], list[History]]:
    """Members, each with one entry per goal, and learning curves; every member has its own validation part."""
    members, histories = [], []
    for k in range(settings.members):
        split = problem.data.split if k == 0 else problem.data.split.resplit(settings.seed + k)
        generator = torch.Generator().manual_seed(1000003 * settings.seed + k)
        stage = hooks.named(f"member {k + 1} of {settings.members}")
        member, history = trainer(problem, split, settings.training, generator, stage)
        members.append(member)
        histories.append(history)
    return members, histories


def train_member(
    problem: Problem, split: Split, training: TrainingSettings, generator: torch.Generator, hooks: Hooks
) -> tuple[list[ReluNetwork], History]:
    """One convex network per goal, of raw latents, all from one trained body; and the learning curve."""
    train, valid = problem.parts(split)
    start = problem.start(split, training)
    network = build_convex(train.z.shape[1], len(problem.scalers), training, generator, start)
    history = fit_network(network, train, valid, training, generator=generator, hooks=hooks)
    trained = zip(network.convex_networks(), problem.scalers, strict=True)
    return [
        member_network(f, problem.standardizer, floor_at_zero=scaler.target.sense == "window") for f, scaler in trained
    ], history


def train_difference(
    problem: Problem, split: Split, training: TrainingSettings, generator: torch.Generator, hooks: Hooks
) -> tuple[list[Pair], History]:
    """One pair of convex networks per goal, of raw latents; and the learning curve."""
    train, valid = problem.parts(split)
    start = problem.start(split, training)
    network = build_difference(train.z.shape[1], len(problem.scalers), training, generator, start)
    history = fit_network(network, train, valid, training, generator=generator, hooks=hooks)
    pairs = zip(network.convex_part.convex_networks(), network.concave_part.convex_networks(), strict=True)
    folded = [[member_network(part, problem.standardizer) for part in pair] for pair in pairs]
    return [(convex, concave) for convex, concave in folded], history


def _common(problem: Problem, settings: FitSettings) -> dict[str, Any]:
    """What all surrogates of one fit share."""
    data, generator = problem.data, torch.Generator().manual_seed(settings.seed)
    seen = None
    if settings.record_molecules and data.smiles is not None:
        trained = np.concatenate([data.split.train, data.split.valid])
        seen = SeenMolecules.of(*([data.smiles[i] for i in rows] for rows in (trained, data.split.test)))
    return {
        "aggregate": settings.aggregate,
        "latent_fingerprint": data.fingerprint,
        "domain": describe_domain(data.z[data.split.train], problem.standardizer.scale, generator),
        "seen": seen,
    }
