"""Fit a network to costs on cached latents: masked tasks, one-sided bounds, weights, early stopping, repeatable."""

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import torch
from torch import Tensor, nn

from molconvex.exceptions import CancelledError, SurrogateError
from molconvex.icnn.layers import ConvexLinear
from molconvex.surrogate.fit.adamw import AdamW
from molconvex.surrogate.fit.network_settings import TrainingSettings

LARGEST_GRADIENT = 5.0
DECAY_EVERY = 4
"""Steps whose decay of effective weights is made up for at once: to raw weights and back costs as much as Adam."""
SMALLEST_BATCH, BATCHES = 64, 12
"""Of tables with fewer than some thousand molecules: a pass has twelve steps, of at least 64 molecules."""


@dataclass(frozen=True)
class Examples:
    """Latents and the costs to be learned.

    Attributes:
        z: Shape (n, d), standardized.
        cost: Shape (n, T), NaN where not measured; log-odds tasks hold 1 for the class whose log-odds is the cost.
        bound: Shape (n, T): 1 where the true cost is above `cost`, -1 where below, 0 where it is exact.
        weight: Shape (n,), nonnegative.
        logistic: Per task whether it is a class (cross-entropy) rather than a number (squared error).
    """

    z: Tensor
    cost: Tensor
    bound: Tensor
    weight: Tensor
    logistic: tuple[bool, ...]
    is_plain: bool = False
    """Whether every cost is known to be measured and exact, and all count alike; see `marked`."""

    def __len__(self) -> int:
        return self.z.shape[0]

    def rows(self, index: Tensor) -> "Examples":
        """The examples numbered in `index`."""
        bound, weight = self.bound[index], self.weight[index]
        return Examples(self.z[index], self.cost[index], bound, weight, self.logistic, self.is_plain)

    def marked(self) -> "Examples":
        """The same, known to be plain where they are: their loss is cheaper, and it is taken thousands of times."""
        alike = bool((self.weight == 1).all()) and not bool(self.bound.any())
        return replace(self, is_plain=alike and bool(torch.isfinite(self.cost).all()))

    def tasks(self, chosen: Sequence[int]) -> "Examples":
        """The examples of some tasks."""
        columns, kinds = list(chosen), tuple(self.logistic[t] for t in chosen)
        return Examples(self.z, self.cost[:, columns], self.bound[:, columns], self.weight, kinds)

    def signed(self, signs: Tensor) -> "Examples":
        """The examples of signs * cost, signs of shape (T,): of the other class where a task is a class."""
        negative = signs < 0
        turned = torch.where(torch.tensor(self.logistic), 1.0 - self.cost, -self.cost)
        bound = torch.where(negative, -self.bound, self.bound)
        return replace(self, cost=torch.where(negative, turned, self.cost), bound=bound)

    def loss(self, predicted: Tensor) -> Tensor:
        """Mean loss of predictions, shape (n, T), over what was measured, by weight; a bound costs only if broken."""
        if self.is_plain and len(set(self.logistic)) == 1:
            one = nn.functional.binary_cross_entropy_with_logits if self.logistic[0] else nn.functional.mse_loss
            return one(predicted, self.cost)
        measured = torch.isfinite(self.cost)
        truth = torch.where(measured, self.cost, predicted.detach())
        if all(self.logistic):
            each = _cross_entropy(predicted, truth)
        elif any(self.logistic):
            classes = torch.tensor(self.logistic)
            each = torch.where(classes, _cross_entropy(predicted, truth), self._squared_error(predicted, truth))
        else:
            each = self._squared_error(predicted, truth)
        weight = measured * self.weight[:, None]
        return (each * weight).sum() / weight.sum().clamp_min(torch.finfo(weight.dtype).tiny)

    def _squared_error(self, predicted: Tensor, truth: Tensor) -> Tensor:
        residual = predicted - truth
        kept = (self.bound == 0) | (self.bound * residual < 0)
        return torch.where(kept, residual, torch.zeros_like(residual)).square()


def _cross_entropy(predicted: Tensor, truth: Tensor) -> Tensor:
    return nn.functional.binary_cross_entropy_with_logits(predicted, truth.clamp(0, 1), reduction="none")


@dataclass(frozen=True)
class Progress:
    """Where a training stands: what is being trained, steps done and planned, and the latest losses.

    A training that ends early plans no more than it has done.
    """

    stage: str
    done: int
    total: int
    train_loss: float
    valid_loss: float


@dataclass
class History:
    """Learning curve of one network: `steps`, and the training and validation loss at each; `best_step` was kept."""

    steps: list[int] = field(default_factory=list)
    train_loss: list[float] = field(default_factory=list)
    valid_loss: list[float] = field(default_factory=list)
    best_step: int = 0
    best_loss: float = math.inf

    @property
    def evaluations_since_best(self) -> int:
        """Evaluations after the best one."""
        return len(self.steps) - 1 - self.steps.index(self.best_step)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for a JSON manifest."""
        return asdict(self)


ProgressCallback = Callable[[Progress], None]
CancelCallback = Callable[[], bool]


@dataclass(frozen=True)
class Hooks:
    """What a caller wants to hear and say while a training runs.

    Attributes:
        progress: Called at each evaluation, or None.
        cancelled: Asked at each evaluation; training stops where it returns True; or None.
        stage: Name of what is being trained, "" before that is known.
    """

    progress: ProgressCallback | None = None
    cancelled: CancelCallback | None = None
    stage: str = ""

    def then(self, stage: str) -> "Hooks":
        """The same hooks for a stage within the present one."""
        return replace(self, stage=f"{self.stage}, {stage}" if self.stage else stage)

    def report(self, done: int, total: int, history: "History") -> None:
        """Tell the latest losses, then stop if that was asked.

        Raises:
            CancelledError: If `cancelled` returned True.
        """
        if self.progress is not None:
            self.progress(Progress(self.stage, done, total, history.train_loss[-1], history.valid_loss[-1]))
        if self.cancelled is not None and self.cancelled():
            raise CancelledError(f"{self.stage or 'training'} was stopped after {done} of {total} steps")


def fit_network(
    network: nn.Module,
    train: Examples,
    valid: Examples,
    settings: TrainingSettings,
    *,
    generator: torch.Generator,
    hooks: Hooks | None = None,
) -> History:
    """Train a network in place and leave it with the weights that were best on the validation part, in eval mode.

    Args:
        network: (n, d) to (n, T); its `project_`, if any, is called after every step.
        train: Examples to learn from.
        valid: Examples that say when to stop.
        settings: See `TrainingSettings`.
        generator: Order of the batches. Dropout draws from torch's global generator, which is seeded from this one.
        hooks: Progress and cancelling.

    Raises:
        CancelledError: If the hooks say so.
        SurrogateError: If the loss is not finite.
    """
    hooks, train, valid = hooks or Hooks(), train.marked(), valid.marked()
    batch_size = usual_batch(len(train), settings)
    steps = planned_steps(len(train), settings)
    trainer = _Trainer(network, settings)
    every = max(1, steps // 40)
    history = History()
    best = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(int(torch.randint(2**31, (1,), generator=generator)))
        batches = _batches(len(train), batch_size, generator)
        for step in range(steps + 1):
            if step % every == 0 or step == steps:
                _evaluate(network, train, valid, history, step)
                if history.best_step == step:
                    best = {name: tensor.clone() for name, tensor in network.state_dict().items()}
                is_last = history.evaluations_since_best > settings.patience
                hooks.report(step, step if is_last else steps, history)
                if is_last:
                    break
            if step < steps:
                trainer.step(train.rows(next(batches)), settings.learning_rate * _rate(step, steps))
    network.load_state_dict(best)
    network.eval()
    return history


def planned_steps(n: int, settings: TrainingSettings) -> int:
    """Steps of a full training on n molecules."""
    steps = math.ceil(settings.epochs * n / usual_batch(n, settings))
    return min(max(steps, settings.least_steps), settings.most_steps)


def usual_batch(n: int, settings: TrainingSettings) -> int:
    """Molecules per step when training on n of them."""
    return min(settings.batch_size, max(SMALLEST_BATCH, n // BATCHES))


class _Trainer:
    """Takes optimizer steps; decays effective weights, since a raw weight of zero is no weight of zero."""

    def __init__(self, network: nn.Module, settings: TrainingSettings) -> None:
        self.network, self.settings = network, settings
        self.convex = [module for module in network.modules() if isinstance(module, ConvexLinear)]
        raw = {id(layer.raw_weight) for layer in self.convex}
        decayed = [p for p in network.parameters() if p.ndim > 1 and id(p) not in raw]
        kept = [p for p in network.parameters() if p.ndim <= 1 or id(p) in raw]
        self.optimizer = AdamW(decayed, kept, weight_decay=settings.weight_decay)
        self.steps, self.shrink = 0, 1.0

    def step(self, batch: Examples, learning_rate: float) -> None:
        """One update on a batch."""
        if not self.network.training:  # walking through all modules takes a tenth of a step
            self.network.train()
        z = batch.z
        if self.settings.input_noise:
            z = z + self.settings.input_noise * torch.randn_like(z)
        loss = batch.loss(self.network(z))
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.clip_gradients(LARGEST_GRADIENT)
        self.optimizer.step(learning_rate)
        self.shrink *= 1 - learning_rate * self.settings.weight_decay
        self.steps += 1
        if self.shrink < 1 and self.steps % DECAY_EVERY == 0:
            for layer in self.convex:
                layer.set_weight_(layer.weight.clamp_min(0.0) * self.shrink)
            self.shrink = 1.0
        project = getattr(self.network, "project_", None)
        if project is not None:
            project()


@torch.no_grad()
def _evaluate(network: nn.Module, train: Examples, valid: Examples, history: History, step: int) -> None:
    network.eval()
    some = train if len(train) <= len(valid) else train.rows(torch.arange(len(valid)))
    train_loss, valid_loss = float(some.loss(network(some.z))), float(valid.loss(network(valid.z)))
    if not (math.isfinite(train_loss) and math.isfinite(valid_loss)):
        raise SurrogateError(f"the loss became {train_loss} at step {step}; lower the learning rate or the values")
    history.steps.append(step)
    history.train_loss.append(train_loss)
    history.valid_loss.append(valid_loss)
    if valid_loss < history.best_loss:
        history.best_step, history.best_loss = step, valid_loss


def _rate(step: int, steps: int) -> float:
    warm = max(1, steps // 20)
    if step < warm:
        return (step + 1) / warm
    return 0.5 * (1 + math.cos(math.pi * (step - warm) / max(1, steps - warm)))


def _batches(n: int, size: int, generator: torch.Generator) -> Iterator[Tensor]:
    """Endless batches of row numbers; each pass visits every row once, in a new order."""
    size = min(size, n)
    while True:
        order = torch.randperm(n, generator=generator)
        for start in range(0, n - size + 1, size):
            yield order[start : start + size]
