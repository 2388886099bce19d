"""Training of surrogates, one or several goals on one shared network: data in, evaluated surrogates out."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import torch

from molconvex.exceptions import SurrogateError
from molconvex.surrogate.data.dataset import Dataset, single_goal
from molconvex.surrogate.evidence.comparison import SplitOutcome, compare_models, evidence_record
from molconvex.surrogate.evidence.coverage import conformal_evidence
from molconvex.surrogate.evidence.evaluation import with_card
from molconvex.surrogate.evidence.refining import kept_refinement, refinement_of
from molconvex.surrogate.evidence.repeated_splits import evidence_splits
from molconvex.surrogate.fit.divide import divide
from molconvex.surrogate.fit.ensemble import train_difference, train_ensemble
from molconvex.surrogate.fit.settings import FitSettings
from molconvex.surrogate.fit.settings_search import Trial, search_settings
from molconvex.surrogate.fit.sides import Served, serve_goals
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Hooks
from molconvex.surrogate.model.applicability_domain import describe_domain
from molconvex.surrogate.model.convex_surrogate import ConvexSurrogate
from molconvex.surrogate.model.difference_surrogate import DifferenceSurrogate
from molconvex.surrogate.model.orientation import possible
from molconvex.surrogate.model.refinement import Refinement
from molconvex.surrogate.model.seen_molecules import SeenMolecules
from molconvex.surrogate.model.structure_features import structure_features


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
        data: From `make_dataset`; goals of numbers and of classes may be mixed.
        settings: How to train, and whether to gather evidence.
        hooks: Progress and cancelling.

    Raises:
        DataError: If the values cannot be learned from.
        SurrogateError: If a window is to be concave.
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
    served = serve_goals(problem, settings, hooks)
    surrogates = [
        with_card(_surrogate(problem, t, goal, settings), problem, t, settings, goal.histories, trials)
        for t, goal in enumerate(served)
    ]
    surrogates = [
        replace(surrogate, card=surrogate.card | {"orientation": goal.choice.to_dict()})
        for surrogate, goal in zip(surrogates, served, strict=True)
    ]
    if settings.evidence:
        surrogates = _with_evidence(problem, surrogates, settings, hooks)
    return _refitted(problem, surrogates, settings, hooks) if settings.final else surrogates


def fit_difference_surrogates(
    data: Dataset, settings: FitSettings | None = None, hooks: Hooks | None = None
) -> list[DifferenceSurrogate]:
    """Train differences of convex networks; arguments and errors as in `fit_surrogates`; no search, no evidence."""
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


def _with_evidence(
    problem: Problem, surrogates: list[ConvexSurrogate], settings: FitSettings, hooks: Hooks
) -> list[ConvexSurrogate]:
    """The surrogates with rivals, repeated splits and conformal intervals on their cards."""
    data, fractions = problem.data, (settings.valid_fraction, settings.test_fraction)
    planned = evidence_splits(data, problem.split, settings.repeats, fractions)
    if settings.refine and data.smiles is None:
        planned.notes.append("predictions are not refined by structure: the structures are not known")

    def fit(again: Problem, stage: Hooks) -> list[ConvexSurrogate]:
        if again.split is problem.split:
            return surrogates
        served = serve_goals(again, replace(settings, seed=again.split.seed), stage, probe=True)
        return [_surrogate(again, t, goal, settings) for t, goal in enumerate(served)]

    outcomes = compare_models(data, planned.splits, fit, settings, hooks)
    informed = []
    for t, surrogate in enumerate(surrogates):
        conformal, coverage = conformal_evidence(outcomes, t, surrogate.target)
        card = surrogate.card | {"evidence": evidence_record(outcomes, t, surrogate.target, planned.notes)}
        if coverage is not None:
            card["conformal"] = coverage
        informed.append(replace(surrogate, conformal=conformal, card=card))
        if settings.refine:
            informed[t] = _refined(problem, informed[t], t, outcomes)
    return informed


def _refined(
    problem: Problem, surrogate: ConvexSurrogate, task: int, outcomes: Sequence[SplitOutcome]
) -> ConvexSurrogate:
    """The surrogate with what structures add to its predictions, where held-out molecules prefer that."""
    refinement = kept_refinement(problem, task, surrogate.card["evidence"])
    if refinement is None:
        return replace(surrogate, card=surrogate.card | {"refinement": None})
    conformal, coverage = conformal_evidence(outcomes, task, surrogate.target, "refined")
    record = {"share": refinement.share, "molecules": len(refinement.process.weights), "conformal": coverage}
    return replace(
        surrogate, refinement=replace(refinement, conformal=conformal), card=surrogate.card | {"refinement": record}
    )


def _refitted(
    problem: Problem, surrogates: list[ConvexSurrogate], settings: FitSettings, hooks: Hooks
) -> list[ConvexSurrogate]:
    """Trained once more with the test molecules; what the cards say stays that of the training without them."""
    split = problem.split
    everything = replace(split, train=np.sort(np.concatenate([split.train, split.test])), test=split.test[:0])
    again = Problem.of(problem.data, everything)
    taken = [surrogate.orientation for surrogate in surrogates]
    served = serve_goals(again, settings, hooks.then("on all molecules"), taken=taken)
    return [
        replace(
            _surrogate(again, t, goal, settings),
            card=old.card | {"final": len(problem.data)},
            spread_scale=old.spread_scale,
            conformal=old.conformal,
            refinement=_learned_again(again, t, old),
        )
        for t, (old, goal) in enumerate(zip(surrogates, served, strict=True))
    ]


def _learned_again(problem: Problem, task: int, old: ConvexSurrogate) -> Refinement | None:
    """A refinement that was kept, learned from the molecules of another split; its intervals stay."""
    if old.refinement is None or problem.data.smiles is None:
        return None
    found = refinement_of(problem, structure_features(problem.data.smiles), task)
    return None if found is None else replace(found, conformal=old.refinement.conformal)


def _check(data: Dataset, settings: FitSettings) -> None:
    for target in data.targets:
        if settings.orientation != "auto" and settings.orientation not in possible(target):
            raise SurrogateError(
                f"the distance of {target.property!r} to a window is convex; it cannot be {settings.orientation}"
            )


def _surrogate(problem: Problem, task: int, goal: Served, settings: FitSettings) -> ConvexSurrogate:
    """The surrogate of one goal, without a card."""
    common = _common(problem, settings)
    return ConvexSurrogate(problem.scalers[task], goal.members, orientation=goal.choice.orientation, **common)


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
