"""A small search over network settings within a time budget: one change at a time, kept where validation improves."""

import time
from dataclasses import dataclass, replace
from typing import Any

import torch

from molconvex.exceptions import CancelledError
from molconvex.surrogate.fit.network_settings import TrainingSettings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Hooks, fit_network
from molconvex.surrogate.fit.trainable_networks import build_convex

CHANGES: tuple[dict[str, Any], ...] = (
    {"hidden": (256,)},
    {"dropout": 0.4},
    {"weight_decay": 1.0},
    {"input_noise": 0.4},
    {"warm_start": False},
    {"learning_rate": 5e-3},
    {"hidden": (256, 256)},
    {"dropout": 0.0},
    {"input_noise": 0.0},
    {"hidden": (64, 64, 64)},
    {"positivity": "projection"},
    {"passthrough": False},
)
"""Tried in this order, each on top of what was kept before."""

LEAST_GAIN = 0.003
"""Relative fall of the validation loss below which a change is noise and not kept."""


@dataclass(frozen=True)
class Trial:
    """One training of the search: what was changed, the validation loss, and whether the change was kept."""

    change: dict[str, Any]
    validation_loss: float
    kept: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON manifest."""
        change = {name: list(value) if isinstance(value, tuple) else value for name, value in self.change.items()}
        return {"change": change, "validation_loss": self.validation_loss, "kept": self.kept}


def search_settings(
    problem: Problem, settings: TrainingSettings, *, seconds: float, seed: int = 0, hooks: Hooks | None = None
) -> tuple[TrainingSettings, list[Trial]]:
    """Better settings for a problem, and the trials made; judged on the validation part only.

    Each trial is repeatable for a seed, but how many fit into the time depends on the machine; the trials are returned
    so that the card can tell.

    Args:
        problem: Data.
        settings: Where to start.
        seconds: A trial that is not finished by then is given up; the first one always runs to its end.
        seed: Of every trial.
        hooks: Progress and cancelling.

    Raises:
        CancelledError: If the hooks say so.
    """
    hooks = hooks or Hooks()
    end = time.monotonic() + seconds
    best = _validation_loss(problem, settings, seed, hooks.then("search: as given"))
    trials = [Trial({}, best, True)]
    for change in CHANGES:
        if time.monotonic() >= end:
            break
        changed = replace(settings, **change)
        if changed == settings:
            continue
        described = ", ".join(f"{name}={value}" for name, value in change.items())
        loss = _loss_in_time(problem, changed, seed, hooks.then(f"search: {described}"), end)
        if loss is None:
            break
        kept = loss < best * (1 - LEAST_GAIN)
        trials.append(Trial(change, loss, kept))
        if kept:
            settings, best = changed, loss
    return settings, trials


def _loss_in_time(problem: Problem, settings: TrainingSettings, seed: int, hooks: Hooks, end: float) -> float | None:
    """Validation loss of a trial; None where it was not finished in time."""

    def cancelled() -> bool:
        return time.monotonic() >= end or (hooks.cancelled is not None and hooks.cancelled())

    try:
        return _validation_loss(problem, settings, seed, replace(hooks, cancelled=cancelled))
    except CancelledError:
        if hooks.cancelled is not None and hooks.cancelled():
            raise
        return None


def _validation_loss(problem: Problem, settings: TrainingSettings, seed: int, hooks: Hooks) -> float:
    split = problem.split
    train, valid = problem.parts(split)
    generator = torch.Generator().manual_seed(seed)
    start = problem.start(split, settings)
    network = build_convex(train.z.shape[1], len(problem.scalers), settings, generator, start)
    return fit_network(network, train, valid, settings, generator=generator, hooks=hooks).best_loss
