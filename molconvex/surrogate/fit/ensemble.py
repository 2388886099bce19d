"""Ensembles: members on one body for all goals, each with its own validation part, and how well each did there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from molconvex.icnn import ReluNetwork
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.fit.fold_scaling import member_network
from molconvex.surrogate.fit.network_settings import TrainingSettings
from molconvex.surrogate.fit.standardized_data import Problem
from molconvex.surrogate.fit.train_network import Examples, History, Hooks, fit_network
from molconvex.surrogate.fit.trainable_networks import build_convex, build_difference

Part = TypeVar("Part")
Pair = tuple[ReluNetwork, ReluNetwork]


@dataclass(frozen=True)
class Member(Generic[Part]):
    """One trained body.

    Attributes:
        parts: Per goal the network, or pair of networks, of raw latents.
        history: Learning curve.
        valid_loss: Per goal the loss on the member's own validation part, shape (T,).
    """

    parts: list[Part]
    history: History
    valid_loss: NDArray[np.float64]


Trainer = Callable[[Problem, Split, TrainingSettings, torch.Generator, Hooks], Member[Part]]


def train_ensemble(
    problem: Problem,
    members: int,
    training: TrainingSettings,
    seed: int,
    hooks: Hooks,
    trainer: Trainer[Part],
    *,
    begin: int = 0,
) -> list[Member[Part]]:
    """Members, each with training and validation rows of its own; the first has those of the problem's split.

    Args:
        problem: Data, split and orientation.
        members: Size of the ensemble.
        training: Network and optimizer.
        seed: Reproduces every member.
        hooks: Progress and cancelling.
        trainer: Trains one member.
        begin: First member to train.
    """
    trained = []
    for k in range(begin, members):
        split = problem.split if k == 0 else problem.split.resplit(seed + k)
        generator = torch.Generator().manual_seed(1000003 * seed + k)
        trained.append(trainer(problem, split, training, generator, hooks.then(f"member {k + 1} of {members}")))
    return trained


def train_convex(
    problem: Problem, split: Split, training: TrainingSettings, generator: torch.Generator, hooks: Hooks
) -> Member[ReluNetwork]:
    """One convex network per goal, of raw latents, all from one trained body."""
    train, valid = problem.parts(split)
    start = problem.start(split, training)
    network = build_convex(train.z.shape[1], len(problem.scalers), training, generator, start)
    history = fit_network(network, train, valid, training, generator=generator, hooks=hooks)
    parts = [
        member_network(f, problem.standardizer, floor_at_zero=scaler.target.sense == "window")
        for f, scaler in zip(network.convex_networks(), problem.scalers, strict=True)
    ]
    return Member(parts, history, task_losses(network, valid))


def train_difference(
    problem: Problem, split: Split, training: TrainingSettings, generator: torch.Generator, hooks: Hooks
) -> Member[Pair]:
    """One pair of convex networks per goal, of raw latents."""
    train, valid = problem.parts(split)
    start = problem.start(split, training)
    network = build_difference(train.z.shape[1], len(problem.scalers), training, generator, start)
    history = fit_network(network, train, valid, training, generator=generator, hooks=hooks)
    both = zip(network.convex_part.convex_networks(), network.concave_part.convex_networks(), strict=True)
    pairs = [(member_network(f, problem.standardizer), member_network(g, problem.standardizer)) for f, g in both]
    return Member(pairs, history, task_losses(network, valid))


@torch.no_grad()
def task_losses(network: nn.Module, examples: Examples) -> NDArray[np.float64]:
    """Loss of each task, shape (T,)."""
    predicted = network(examples.z)
    return np.array([float(examples.tasks([t]).loss(predicted[:, [t]])) for t in range(predicted.shape[1])])
