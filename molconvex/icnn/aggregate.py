"""Ensembles as one convex cost: mean, maximum, or mean of the worst fraction (CVaR) of convex members."""

import math
from dataclasses import dataclass
from typing import Literal

import torch
from torch import Tensor

from molconvex.exceptions import ConfigError


@dataclass(frozen=True)
class Aggregate:
    """How members become one cost.

    Attributes:
        name: "mean", "max" or "cvar".
        level: Share of members, the worst ones, that "cvar" averages, in (0, 1]; 1 is the mean.
    """

    name: Literal["mean", "max", "cvar"] = "mean"
    level: float = 1.0

    @classmethod
    def parse(cls, text: str) -> "Aggregate":
        """Read "mean", "max" or "cvar:0.3".

        Raises:
            ConfigError: If the text is none of these or the level is outside (0, 1].
        """
        if text in ("mean", "max"):
            return cls(text)  # type: ignore[arg-type]
        name, _, level = text.partition(":")
        try:
            share = float(level)
        except ValueError:
            share = math.nan
        if name != "cvar" or not 0 < share <= 1:
            raise ConfigError(f"aggregate must be 'mean', 'max' or 'cvar:LEVEL' with a level in (0, 1]; got {text!r}")
        return cls("cvar", share)

    def __str__(self) -> str:
        return f"cvar:{self.level:g}" if self.name == "cvar" else self.name

    def cap(self, members: int) -> float:
        """Largest weight of one of so many members, in [1 / m, 1]: the aggregate is max over p of p^T costs under it.

        A CVaR whose share is less than one member is the maximum: cvar:0.3 of three members, but not of five.
        """
        if self.name == "max":
            return 1.0
        return 1.0 / members if self.name == "mean" else min(1.0, 1.0 / (self.level * members))

    def __call__(self, costs: Tensor) -> Tensor:
        """Aggregate of member costs, shape (m, n) to (n,).

        CVaR is the largest p-weighted sum over p >= 0, sum p = 1, p_i <= cap, so it lies between mean and maximum and
        needs no whole number of members.

        Reference: Rockafellar and Uryasev (2000), J. Risk 2, 21.
        """
        if self.name == "max":
            return costs.max(dim=0).values
        if self.name == "mean":
            return costs.mean(dim=0)
        return torch.tensordot(self._worst_first_weights(costs), costs.sort(dim=0, descending=True).values, dims=1)

    def _worst_first_weights(self, costs: Tensor) -> Tensor:
        members = costs.shape[0]
        cap = self.cap(members)
        left = 1.0 - cap * torch.arange(members, dtype=costs.dtype, device=costs.device)
        return left.clamp(0.0, cap)
