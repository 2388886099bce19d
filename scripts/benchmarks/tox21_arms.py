"""The arms of the Tox21 benchmark: how each is built and trained, and what is recorded of it."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from tox21_data import Tox21

from molconvex.icnn import ICNN
from molconvex.surrogate import Progress, TrainingSettings
from molconvex.surrogate.evidence.metrics import roc_auc
from molconvex.surrogate.fit import trainable_networks
from molconvex.surrogate.fit.linear import fit_linear
from molconvex.surrogate.fit.train_network import Hooks, fit_network
from molconvex.surrogate.fit.trainable_networks import WarmStart, build_convex

Array = NDArray[np.float64]

REGULARIZED: dict[str, Any] = {
    "hidden": (256,),
    "dropout": 0.5,
    "input_dropout": 0.3,
    "weight_decay": 1.0,
    "learning_rate": 4e-3,
    "warm_start": True,
}
TRIALS: tuple[dict[str, Any], ...] = ({}, REGULARIZED)
"""Changes of molconvex's default training; a start at logistic regression is for convex networks only."""


@dataclass(frozen=True)
class Recipe:
    """Training choices of the published code: no schedule, no early stopping; see its Tox21 experiment.

    Attributes:
        hidden: Widths.
        input_dropout, dropout: On latents and on hidden units. The published 0.7 on 512 inputs starves 128 latents;
            0.3 trains better there.
        learning_rate, batch_size, epochs: Of Adam.
    """

    hidden: tuple[int, ...] = (128, 128)
    input_dropout: float = 0.3
    dropout: float = 0.5
    learning_rate: float = 1e-3
    batch_size: int = 256
    epochs: int = 60


@dataclass(frozen=True)
class Choices:
    """What decides a run, apart from arm, seed and data."""

    published: Recipe = field(default_factory=Recipe)
    ours: TrainingSettings = field(default_factory=TrainingSettings)
    members: int = 3


@dataclass
class Run:
    """One finished training.

    Attributes:
        auc: Of the twelve assays on the test part.
        seconds: Wall time of training, evaluations left out.
        epochs: Epoch of each point of the curve.
        curve: Mean test AUC at each.
        valid_loss: Validation loss at each.
    """

    auc: list[float]
    seconds: float
    epochs: list[float] = field(default_factory=list)
    curve: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)


class Recorder:
    """Follows the test AUC of a network in training, off the clock."""

    def __init__(self, data: Tox21, network: nn.Module) -> None:
        self.data, self.network = data, network
        self.epochs: list[float] = []
        self.curve: list[float] = []
        self.valid_loss: list[float] = []
        self._begin, self._away = time.perf_counter(), 0.0

    def record(self, epoch: float) -> None:
        """Add a point."""
        stopped = time.perf_counter()
        self.epochs.append(epoch)
        self.curve.append(float(np.mean(test_auc(self.data, logits(self.network, self.data.test_z)))))
        valid = self.data.valid
        self.valid_loss.append(float(valid.loss(logits(self.network, valid.z))))
        self._away += time.perf_counter() - stopped

    def finish(self) -> Run:
        """The run, judged by the network as it is now."""
        seconds = time.perf_counter() - self._begin - self._away
        auc = test_auc(self.data, logits(self.network, self.data.test_z))
        return Run(auc.tolist(), seconds, self.epochs, self.curve, self.valid_loss)


@torch.no_grad()
def logits(network: nn.Module, z: Tensor) -> Tensor:
    """Outputs at inference, (n, 12); the mode of the network is kept."""
    training = network.training
    network.eval()
    output = network(z)
    network.train(training)
    return output


def test_auc(data: Tox21, outputs: Tensor) -> Array:
    """Area under the ROC curve of each assay, (12,)."""
    scores, auc = outputs.double().numpy(), []
    for task in range(scores.shape[1]):
        rows = np.isfinite(data.test_labels[:, task])
        auc.append(roc_auc(data.test_labels[rows, task], scores[rows, task]))
    return np.array(auc)


def train_published(network: nn.Module, data: Tox21, recipe: Recipe, seed: int) -> Run:
    """Adam at a constant rate for a number of epochs; the last weights count, as in the published code."""
    torch.manual_seed(seed)
    recorder = Recorder(data, network)
    optimizer = torch.optim.Adam(network.parameters(), lr=recipe.learning_rate)
    recorder.record(0)
    for epoch in range(1, recipe.epochs + 1):
        network.train()
        for rows in torch.randperm(len(data.train)).split(recipe.batch_size):
            batch = data.train.rows(rows)
            loss = batch.loss(network(batch.z))
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            if isinstance(network, ICNN):
                network.project_()
        recorder.record(epoch)
    return recorder.finish()


def published_icnn(method: str, passthrough: bool) -> Callable[[Tox21, Choices, int], dict[str, Run]]:
    """An arm of the published code: clipped weights; "naive" is He-normal, its default."""

    def arm(data: Tox21, choices: Choices, seed: int) -> dict[str, Run]:
        recipe = choices.published
        network = ICNN(
            data.test_z.shape[1],
            recipe.hidden,
            data.test_labels.shape[1],
            positivity="projection",
            passthrough=passthrough,
            dropout=recipe.dropout,
            input_dropout=recipe.input_dropout,
            method=method,
            generator=torch.Generator().manual_seed(seed),
        )
        return {"": train_published(network, data, recipe, seed)}

    return arm


def build_unconstrained(data: Tox21, settings: TrainingSettings, generator: torch.Generator) -> nn.Module:
    """A plain ReLU network of the widths of the settings."""
    return trainable_networks.build_unconstrained(data.test_z.shape[1], data.test_labels.shape[1], settings, generator)


def published_mlp(data: Tox21, choices: Choices, seed: int) -> dict[str, Run]:
    """The unconstrained network of the published code."""
    recipe = choices.published
    widths = replace(choices.ours, hidden=recipe.hidden, dropout=recipe.dropout, input_dropout=recipe.input_dropout)
    network = build_unconstrained(data, widths, torch.Generator().manual_seed(seed))
    return {"": train_published(network, data, recipe, seed)}


def logistic(data: Tox21, choices: Choices, seed: int) -> dict[str, Run]:
    """Logistic regression, its penalty chosen by validation."""
    begin = time.perf_counter()
    model = fit_linear(data.train, data.valid)
    seconds = time.perf_counter() - begin
    return {"": Run(test_auc(data, model(data.test_z)).tolist(), seconds)}


def mlp(data: Tox21, choices: Choices, seed: int) -> dict[str, Run]:
    """The unconstrained twin in our training."""
    return {"": _best_of_trials(build_unconstrained, data, choices, seed).run}


def ours(data: Tox21, choices: Choices, seed: int) -> dict[str, Run]:
    """Convex networks as molconvex trains them: the first member alone, and the mean of all members."""
    members = [_best_of_trials(_build_ours, data, choices, 1000003 * seed)]
    for member in range(1, choices.members):
        fresh = data.divided(1000003 * seed + member)
        members.append(_train(_build_ours, fresh, members[0].settings, 1000003 * seed + member))
    outputs = torch.stack([logits(member.network, data.test_z) for member in members])
    seconds = sum(member.run.seconds for member in members)
    return {"": members[0].run, " ensemble": Run(test_auc(data, outputs.mean(0)).tolist(), seconds)}


@dataclass(frozen=True)
class Trained:
    """A network with how it was trained."""

    network: nn.Module
    settings: TrainingSettings
    run: Run


Builder = Callable[[Tox21, TrainingSettings, torch.Generator], nn.Module]


def _build_ours(data: Tox21, settings: TrainingSettings, generator: torch.Generator) -> nn.Module:
    d, tasks = data.test_z.shape[1], data.test_labels.shape[1]
    warm = settings.warm_start
    start = WarmStart(fit_linear(data.train, data.valid), [None] * tasks, [True] * tasks) if warm else None
    return build_convex(d, tasks, settings, generator, start)


def _best_of_trials(build: Builder, data: Tox21, choices: Choices, seed: int) -> Trained:
    """Of molconvex's defaults and those changed by `TRIALS`, the best on validation; the time of all counts."""
    trials = [_train(build, data, replace(choices.ours, **change), seed) for change in TRIALS]
    best = min(trials, key=lambda trial: min(trial.run.valid_loss))
    best.run.seconds = sum(trial.run.seconds for trial in trials)
    return best


def _train(build: Builder, data: Tox21, settings: TrainingSettings, seed: int) -> Trained:
    """molconvex's own training; the weights that were best on validation count."""
    begin, generator = time.perf_counter(), torch.Generator().manual_seed(seed)
    network = build(data, settings, generator)
    building = time.perf_counter() - begin
    recorder = Recorder(data, network)

    def follow(progress: Progress) -> None:
        recorder.record(progress.done * min(settings.batch_size, len(data.train)) / len(data.train))

    fit_network(network, data.train, data.valid, settings, generator=generator, hooks=Hooks(progress=follow))
    run = recorder.finish()
    run.seconds += building
    return Trained(network, settings, run)


Arm = Callable[[Tox21, Choices, int], dict[str, Run]]
ARMS: dict[str, Arm] = {
    "logistic": logistic,
    "published MLP": published_mlp,
    "published ICNN, default": published_icnn("naive", False),
    "published ICNN, default, passthrough": published_icnn("naive", True),
    "published ICNN, principled": published_icnn("principled", False),
    "published ICNN, principled, passthrough": published_icnn("principled", True),
    "MLP": mlp,
    "ours": ours,
}


def settings_of(arm: str, choices: Choices) -> dict[str, Any]:
    """What an arm's results depend on, as plain values."""
    if arm.startswith("published"):
        return {name: getattr(choices.published, name) for name in choices.published.__dataclass_fields__}
    if arm == "logistic":
        return {}
    return choices.ours.to_dict() | {"trials": TRIALS, "members": choices.members if arm == "ours" else 1}
