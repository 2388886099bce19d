"""Dual multipliers of a batch of programs: what a certificate consists of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from molconvex.optimize.program.network_stack import Gates


@dataclass(frozen=True)
class Multipliers:
    """Multipliers of n programs; each admissible choice gives a lower bound.

    Attributes:
        gates: stack by stack, layer by layer, (K, n, h) in [slope, 1]: how far each unit counts as open.
        members: (n, K), weights of the member networks within their terms.
        constraints: (n, C) >= 0: thresholds of the G terms first, then half-spaces, then further bodies.
        splits: (n, J, d): slopes of the further bodies of an intersection.
        penalty: (n, d): slope of the penalty on the distance to the anchor; (n, 0) where there is none.
    """

    gates: tuple[Gates, ...]
    members: Tensor
    constraints: Tensor
    splits: Tensor
    penalty: Tensor

    def map(self, rows: Callable[[Tensor], Tensor], gates: Callable[[Tensor], Tensor]) -> Multipliers:
        """Apply `gates` to each gate tensor (programs on axis 1) and `rows` to the others (programs on axis 0)."""
        return Multipliers(
            tuple(tuple(gates(layer) for layer in stack) for stack in self.gates),
            rows(self.members),
            rows(self.constraints),
            rows(self.splits),
            rows(self.penalty),
        )

    def select(self, index: Tensor) -> Multipliers:
        """The multipliers of some programs, in that order."""
        return self.map(lambda t: t.index_select(0, index), lambda t: t.index_select(1, index))

    def to(self, *args: Any, **kwargs: Any) -> Multipliers:
        """The same on another dtype or device, as `Tensor.to`."""
        return self.map(lambda t: t.to(*args, **kwargs), lambda t: t.to(*args, **kwargs))

    def where(self, mask: Tensor, other: Multipliers) -> Multipliers:
        """These multipliers where the mask (n,) holds, the other ones elsewhere."""
        gates = tuple(
            tuple(torch.where(mask[None, :, None], a, b) for a, b in zip(mine, theirs, strict=True))
            for mine, theirs in zip(self.gates, other.gates, strict=True)
        )
        return Multipliers(
            gates,
            torch.where(mask[:, None], self.members, other.members),
            torch.where(mask[:, None], self.constraints, other.constraints),
            torch.where(mask[:, None, None], self.splits, other.splits),
            torch.where(mask[:, None], self.penalty, other.penalty),
        )

    def write(self, index: Tensor, source: Multipliers) -> None:
        """Copy the source's programs into places `index` of these, in place."""
        for mine, theirs in zip(self.gates, source.gates, strict=True):
            for a, b in zip(mine, theirs, strict=True):
                a[:, index] = b.to(a)
        for a, b in (
            (self.members, source.members),
            (self.constraints, source.constraints),
            (self.splits, source.splits),
            (self.penalty, source.penalty),
        ):
            a[index] = b.to(a)


def concatenate(parts: Sequence[Multipliers]) -> Multipliers:
    """Multipliers of several batches as those of one."""
    if len(parts) == 1:
        return parts[0]
    gates = tuple(
        tuple(torch.cat([p.gates[s][layer] for p in parts], dim=1) for layer in range(len(parts[0].gates[s])))
        for s in range(len(parts[0].gates))
    )
    return Multipliers(
        gates,
        torch.cat([p.members for p in parts]),
        torch.cat([p.constraints for p in parts]),
        torch.cat([p.splits for p in parts]),
        torch.cat([p.penalty for p in parts]),
    )
