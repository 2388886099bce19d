"""Both sides of every goal trained, and each goal given the one that serves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from molconvex.icnn import ReluNetwork
from molconvex.surrogate.fit.choose_orientation import OrientationChoice, choose_orientation
from molconvex.surrogate.fit.ensemble import Member, train_convex, train_ensemble
from molconvex.surrogate.fit.settings import FitSettings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import History, Hooks
from molconvex.surrogate.model.orientation import ORIENTATIONS, Orientation, possible

Sides = Mapping[Orientation, list[Member[ReluNetwork]]]


@dataclass(frozen=True)
class Served:
    """What one goal was given: convex networks, their learning curves, and the orientation chosen."""

    members: list[ReluNetwork]
    histories: list[History]
    choice: OrientationChoice


def serve_goals(
    problem: Problem,
    settings: FitSettings,
    hooks: Hooks,
    *,
    probe: bool = False,
    taken: Sequence[Orientation] | None = None,
) -> list[Served]:
    """An ensemble for every goal.

    Args:
        problem: Of the convex orientation.
        settings: Members, orientation and training.
        hooks: Progress and cancelling.
        taken: Orientation of each goal where that is known already.
        probe: Let the first member alone decide for a single goal, which saves the other members of the losing side.
    """
    if taken is not None:
        sides = _train_all(problem, [side for side in ORIENTATIONS if side in taken], settings, hooks)
    else:
        sides = _train_sides(problem, settings, hooks, probe and len(problem.scalers) == 1)
    served = []
    for t, target in enumerate(problem.data.targets):
        asked = taken[t] if taken else None if settings.orientation == "auto" else settings.orientation
        losses = {side: np.array([member.valid_loss[t] for member in members]) for side, members in sides.items()}
        shared = min(map(len, losses.values()))
        choice = choose_orientation(target, {side: loss[:shared] for side, loss in losses.items()}, asked)
        members = sides[choice.orientation]
        served.append(Served([member.parts[t] for member in members], [m.history for m in members], choice))
    return served


def _train_sides(problem: Problem, settings: FitSettings, hooks: Hooks, probe: bool) -> Sides:
    """Ensembles of each orientation that is asked for, or of both that some goal can have.

    Where evidence is gathered, the other side is trained although it was not asked for, so that the card can tell.
    """
    able = [side for side in ORIENTATIONS if any(side in possible(target) for target in problem.data.targets)]
    wanted = able if settings.orientation == "auto" or (settings.evidence and not probe) else [settings.orientation]
    if len(wanted) == 1 or not probe:
        return _train_all(problem, wanted, settings, hooks)
    first = {side: _train(problem, side, settings, hooks, 1, True) for side in wanted}
    target = problem.data.targets[0]
    losses = {side: np.array([members[0].valid_loss[0]]) for side, members in first.items()}
    better = choose_orientation(target, losses, None).orientation
    rest = _train(problem, better, settings, hooks, settings.members, True, begin=1)
    return {**first, better: first[better] + rest}


def _train_all(problem: Problem, wanted: Sequence[Orientation], settings: FitSettings, hooks: Hooks) -> Sides:
    named = len(wanted) > 1
    return {side: _train(problem, side, settings, hooks, settings.members, named) for side in wanted}


def _train(
    problem: Problem,
    side: Orientation,
    settings: FitSettings,
    hooks: Hooks,
    members: int,
    named: bool,
    *,
    begin: int = 0,
) -> list[Member[ReluNetwork]]:
    oriented = problem if side == "convex" else Problem.of(problem.data, problem.split, side)
    stage = hooks.then(f"{side} side") if named else hooks
    return train_ensemble(oriented, members, settings.training, settings.seed, stage, train_convex, begin=begin)
