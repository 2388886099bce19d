"""A data set as a network sees it: standardized latents, unitless costs and bounds, and where to start."""

from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray

from molconvex.surrogate.data.costs import training_costs
from molconvex.surrogate.data.dataset import Dataset
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.fit.fold_scaling import Standardizer
from molconvex.surrogate.fit.linear import fit_linear
from molconvex.surrogate.fit.network_settings import TrainingSettings
from molconvex.surrogate.fit.train_network import Examples
from molconvex.surrogate.fit.trainable_networks import WarmStart
from molconvex.surrogate.model.orientation import Orientation, possible, sign_of
from molconvex.surrogate.model.target import TargetScaler


class Problem:
    """A data set as convex networks see it: standardized latents, costs and bounds, divided into parts.

    Attributes:
        data, split: The data set and its parts.
        scalers: Per goal; mean and scale from training and validation rows with exact values.
        standardizer: Of the latents, from the same rows.
        signs: Per goal 1, or -1 where the network learns the negative of the cost.
        examples: All rows, the test part included.
        level: The same rows with each property itself as cost, where `examples` has a distance to a window.
    """

    def __init__(
        self, data: Dataset, split: Split, scalers: list[TargetScaler], standardizer: Standardizer, signs: list[float]
    ):
        self.data, self.split, self.scalers, self.standardizer = data, split, scalers, standardizer
        self.signs = signs
        columns = [training_costs(s, data.value[:, t], data.censor[:, t]) for t, s in enumerate(scalers)]
        examples = Examples(
            standardizer(data.z),
            torch.tensor(np.stack([cost for cost, _ in columns], axis=1), dtype=torch.float32),
            torch.tensor(np.stack([bound for _, bound in columns], axis=1)),
            torch.tensor(data.weight, dtype=torch.float32),
            logistic=tuple(target.sense == "classify" for target in data.targets),
        )
        self.examples = examples.signed(torch.tensor(signs))
        level = self.examples.cost.clone()
        for t, scaler in enumerate(scalers):
            if scaler.target.sense == "window":
                level[:, t] = torch.from_numpy(scaler.cost_of(data.value[:, t]))
        self.level = replace(self.examples, cost=level, bound=torch.zeros_like(self.examples.bound))

    @classmethod
    def of(cls, data: Dataset, split: Split, orientation: Orientation = "convex") -> "Problem":
        """Fit scalers and standardization to all but the test rows.

        Args:
            data: The data set.
            split: Its parts.
            orientation: Of every goal that can have it; windows are convex.
        """
        seen = np.concatenate([split.train, split.valid])
        exact = np.where(data.censor == 0, data.value, np.nan)[seen]
        scalers = [TargetScaler.fitted(target, exact[:, t]) for t, target in enumerate(data.targets)]
        signs = [sign_of(orientation) if orientation in possible(target) else 1.0 for target in data.targets]
        return cls(data, split, scalers, Standardizer.fitted(data.z[seen]), signs)

    def parts(self, split: Split) -> tuple[Examples, Examples]:
        """Training and validation examples of a split."""
        return self.examples.rows(torch.from_numpy(split.train)), self.examples.rows(torch.from_numpy(split.valid))

    def start(self, split: Split, training: TrainingSettings) -> WarmStart | None:
        """Where a network begins: at linear models of the properties, or None for at random."""
        warm = training.warm_start
        tasks = [not logistic if warm is None else warm for logistic in self.examples.logistic]
        return replace(self.linear(split), tasks=tasks) if any(tasks) else None

    def linear(self, split: Split) -> WarmStart:
        """Linear models of the properties, their strength of regularization chosen on the validation part."""
        train, valid = (self.level.rows(torch.from_numpy(part)) for part in (split.train, split.valid))
        return WarmStart(
            fit_linear(train, valid), [_window(scaler) for scaler in self.scalers], [True] * len(self.scalers)
        )

    def test_truth(self, task: int) -> NDArray[np.float64]:
        """What a surrogate should predict for the test rows."""
        return self.truth(task, self.split.test)

    def truth(self, task: int, rows: NDArray[np.int64]) -> NDArray[np.float64]:
        """What a surrogate should predict for some rows: exact values, distances to a window, or classes.

        NaN where nothing exact was measured.
        """
        value = np.where(self.data.censor[rows, task] == 0, self.data.value[rows, task], np.nan)
        target = self.data.targets[task]
        return target.distance(value) if target.sense == "window" else value


def _window(scaler: TargetScaler) -> tuple[float | None, float | None] | None:
    """Ends of a window in units of cost, or None where the goal is no window."""
    if scaler.target.sense != "window":
        return None
    low, high = (None if end is None else end / scaler.scale for end in (scaler.target.low, scaler.target.high))
    return low, high
