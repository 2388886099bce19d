"""Training of surrogates, one or several goals on one shared network: data in, evaluated surrogates out."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from molconvex.exceptions import SurrogateError
from molconvex.icnn import ReluNetwork
from molconvex.surrogate.data.dataset import Dataset, single_goal
from molconvex.surrogate.evidence.baselines import price_of_convexity
from molconvex.surrogate.evidence.evaluation import with_card, with_comparison
from molconvex.surrogate.fit.choose_orientation import choose_orientation
from molconvex.surrogate.fit.divide import divide
from molconvex.surrogate.fit.ensemble import Member, train_convex, train_difference, train_ensemble
from molconvex.surrogate.fit.settings import FitSettings
from molconvex.surrogate.fit.settings_search import Trial, search_settings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Hooks
from molconvex.surrogate.model.applicability_domain import describe_domain
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import DifferenceSurrogate
from molconvex.surrogate.model.orientation import ORIENTATIONS, Orientation, possible
from molconvex.surrogate.model.seen_molecules import SeenMolecules

Sides = Mapping[Orientation, list[Member[ReluNetwork]]]


def fit_surrogate(data: Dataset, settings: FitSettings | None = None, hooks: Hooks | None = None) -> ConvexSurrogate:
    """Train a surrogate of one goal; arguments and errors as in `fit_surrogates`."""
    single_goal(data)
    return fit_surrogates(data, settings, hooks)[0]


def fit_surrogates(
    data: Dataset, settings: FitSettings | None = None, hooks: Hooks | None = None
) -> list[ConvexSurrogate]:
    """Train one shared network for T goals and return a surrogate per goal, in order.

    Where the orientation is "auto", a second network learns the negative of every cost, and each goal takes the one
    that served it better on held-out molecules.

    Args:
        data: From `make_dataset`; all goals of numbers (minimize, maximize, window) or all of classes.
        settings: How to train.
        hooks: Progress and cancelling.

    Raises:
        DataError: If the values cannot be learned from.
        SurrogateError: If goals of both kinds are mixed, or a window is to be concave.
        MissingExtraError: If a random forest is asked for and scikit-learn is not installed.
        CancelledError: If the hooks say so.
    """
    settings, hooks = settings or FitSettings(), hooks or Hooks()
    _check(data, settings)
    problem = Problem.of(data, divide(data, settings))
    trials: list[Trial] = []
    if settings.search_seconds > 0:
        found, trials = search_settings(
            problem, settings.training, seconds=settings.search_seconds, seed=settings.seed, hooks=hooks
        )
        settings = replace(settings, training=found)
    sides = _train_sides(problem, settings, hooks)
    surrogates = [_surrogate(problem, t, sides, settings, trials) for t in range(len(data.targets))]
    if not settings.baselines:
        return surrogates
    prices = price_of_convexity(
        problem, surrogates, settings.training, forest=settings.random_forest, seed=settings.seed, hooks=hooks
    )
    return [with_comparison(surrogate, price) for surrogate, price in zip(surrogates, prices, strict=True)]


def fit_difference_surrogates(
    data: Dataset, settings: FitSettings | None = None, hooks: Hooks | None = None
) -> list[DifferenceSurrogate]:
    """Train differences of convex networks; arguments and errors as in `fit_surrogates`, without search or rivals."""
    settings, hooks = settings or FitSettings(), hooks or Hooks()
    _check(data, replace(settings, orientation="auto"))
    problem = Problem.of(data, divide(data, settings))
    members = train_ensemble(problem, settings.members, settings.training, settings.seed, hooks, train_difference)
    histories = [member.history for member in members]
    common = _common(problem, settings)
    return [
        with_card(DifferenceSurrogate(scaler, [m.parts[t] for m in members], **common), problem, t, settings, histories)
        for t, scaler in enumerate(problem.scalers)
    ]


def _check(data: Dataset, settings: FitSettings) -> None:
    if len({target.kind for target in data.targets}) != 1:
        raise SurrogateError("goals of one fit must all be numbers or all be classes; fit the two kinds separately")
    for target in data.targets:
        if settings.orientation != "auto" and settings.orientation not in possible(target):
            raise SurrogateError(
                f"the distance of {target.property!r} to a window is convex; it cannot be {settings.orientation}"
            )


def _train_sides(problem: Problem, settings: FitSettings, hooks: Hooks) -> Sides:
    """Ensembles of each orientation that is asked for, or of both that some goal can have."""
    able = [side for side in ORIENTATIONS if any(side in possible(target) for target in problem.data.targets)]
    asked = able if settings.orientation == "auto" or settings.baselines else [settings.orientation]
    sides: dict[Orientation, list[Member[ReluNetwork]]] = {}
    for side in asked:
        oriented = problem if side == "convex" else Problem.of(problem.data, problem.split, side)
        stage = hooks.then(f"{side} side") if len(asked) > 1 else hooks
        sides[side] = train_ensemble(oriented, settings.members, settings.training, settings.seed, stage, train_convex)
    return sides


def _surrogate(
    problem: Problem, task: int, sides: Sides, settings: FitSettings, trials: list[Trial]
) -> ConvexSurrogate:
    """The surrogate of one goal, from the side that serves it better."""
    losses = {side: np.array([member.valid_loss[task] for member in members]) for side, members in sides.items()}
    asked = None if settings.orientation == "auto" else settings.orientation
    choice = choose_orientation(problem.data.targets[task], losses, asked)
    members = sides[choice.orientation]
    surrogate = ConvexSurrogate(
        problem.scalers[task],
        [member.parts[task] for member in members],
        orientation=choice.orientation,
        **_common(problem, settings),
    )
    histories = [member.history for member in members]
    carded = with_card(surrogate, problem, task, settings, histories, trials)
    return replace(carded, card=carded.card | {"orientation": choice.to_dict()})


def _common(problem: Problem, settings: FitSettings) -> dict[str, Any]:
    """What all surrogates of one fit share."""
    data, split, generator = problem.data, problem.split, torch.Generator().manual_seed(settings.seed)
    seen = None
    if settings.record_molecules and data.smiles is not None:
        trained = np.concatenate([split.train, split.valid])
        seen = SeenMolecules.of(*([data.smiles[i] for i in rows] for rows in (trained, split.test)))
    return {
        "aggregate": settings.aggregate,
        "latent_fingerprint": data.latent_fingerprint,
        "domain": describe_domain(data.z[split.train], problem.standardizer.scale, generator),
        "seen": seen,
    }
