"""Mean, maximum and CVaR of convex member costs: each a maximum over member weights p in a capped simplex.

    aggregate(F) = max { p^T F : p >= 0, sum p = 1, p_i <= cap }

cap = 1 / m gives the mean of m members, cap = 1 their maximum, cap = 1 / (alpha m) the CVaR at alpha, the mean of the
worst fraction alpha. So any admissible p is a dual multiplier, and every such aggregate of convex functions is convex.

Reference: Rockafellar & Uryasev (2000), Optimization of conditional value-at-risk.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from molconvex.exceptions import ConfigError, ProgramError
from molconvex.icnn.aggregate import Aggregate


@dataclass(frozen=True)
class CostTerm:
    """One cost of a program: an aggregate of member networks.

    Attributes:
        members: which networks of the program are averaged; an ensemble, or a single network.
        aggregate: "mean", "max" or "cvar:ALPHA" with ALPHA in (0, 1], e.g. "cvar:0.3" for the mean of the worst 30 %.
    """

    members: tuple[int, ...]
    aggregate: str = "mean"

    def __post_init__(self) -> None:
        if not self.members or len(set(self.members)) != len(self.members):
            raise ProgramError(f"a cost term needs one or more different members, got {self.members}")
        _ = self.cap

    @property
    def cap(self) -> float:
        """Largest weight of one member, in [1 / m, 1].

        Raises:
            ProgramError: If the aggregate's name is unknown or its ALPHA is outside (0, 1].
        """
        try:
            return Aggregate.parse(self.aggregate).cap(len(self.members))
        except ConfigError as error:
            raise ProgramError(str(error)) from error

    @property
    def is_linear(self) -> bool:
        """Whether only one p is admissible, so that the aggregate is the plain mean."""
        return self.cap * len(self.members) <= 1.0 + 1e-12


def project_simplex(v: Tensor) -> Tensor:
    """Nearest p with p >= 0, sum p = 1, row by row: (n, m) to (n, m).

    Reference: Held, Wolfe & Crowder (1974), Validation of subgradient optimization.
    """
    ranked = v.sort(dim=1, descending=True).values
    excess = ranked.cumsum(1) - 1
    places = torch.arange(1, v.shape[1] + 1, dtype=v.dtype, device=v.device)
    support = (ranked * places > excess).sum(1, keepdim=True).clamp_min(1)
    tau = excess.gather(1, support - 1) / support
    return (v - tau).clamp_min(0)


def project_capped_simplex(v: Tensor, cap: float) -> Tensor:
    """Nearest p with p >= 0, sum p = 1, p <= cap, row by row: (n, m) to (n, m); needs cap * m >= 1.

    p = clamp(v - tau, 0, cap), where the total falls piecewise linearly in tau, with kinks at v and v - cap.
    """
    if cap >= 1:
        return project_simplex(v)
    kinks = torch.cat([v, v - cap], dim=1).sort(dim=1, descending=True).values
    total = (v[:, None, :] - kinks[:, :, None]).clamp(0, cap).sum(2)
    left = (total <= 1).sum(1, keepdim=True).clamp(1, kinks.shape[1] - 1) - 1
    low, high = total.gather(1, left), total.gather(1, left + 1)
    share = ((1 - low) / (high - low).clamp_min(torch.finfo(v.dtype).tiny)).clamp(0, 1)
    tau = torch.lerp(kinks.gather(1, left), kinks.gather(1, left + 1), share)
    return (v - tau).clamp(0, cap)


class Aggregation:
    """All terms of a program as one map from network values (n, K) to costs (n, G)."""

    def __init__(self, terms: tuple[CostTerm, ...], networks: int, dtype: torch.dtype, device: torch.device) -> None:
        self.terms = terms
        self.mixing = torch.zeros(networks, len(terms), dtype=dtype, device=device)
        for column, term in enumerate(terms):
            self.mixing[list(term.members), column] = 1.0 / len(term.members)
        self.term_of = torch.zeros(networks, dtype=torch.long, device=device)
        for column, term in enumerate(terms):
            self.term_of[list(term.members)] = column
        self.curved = [(i, list(g.members), g.cap) for i, g in enumerate(terms) if not g.is_linear]

    def initial_members(self, n: int) -> Tensor:
        """Equal weights of the members, (n, K)."""
        return self.mixing.sum(1).expand(n, -1).clone()

    def feasible(self, members: Tensor) -> Tensor:
        """Member weights free of rounding: they sum to one within each term, (n, K) to (n, K)."""
        members = members.clone()
        for column, term in enumerate(self.terms):
            part = members[:, list(term.members)]
            exact = project_capped_simplex(part, term.cap)
            equal = self.mixing[list(term.members), column]
            members[:, list(term.members)] = equal if term.is_linear else exact
        return members

    def values(self, network_values: Tensor) -> Tensor:
        """Exact costs: (n, K) to (n, G)."""
        costs = network_values @ self.mixing
        for column, members, cap in self.curved:
            ranked = network_values[:, members].sort(dim=1, descending=True).values
            places = torch.arange(len(members), dtype=ranked.dtype, device=ranked.device)
            costs[:, column] = ranked @ (1.0 - cap * places).clamp(0.0, cap)
        return costs

    def smoothed(self, network_values: Tensor, reference: Tensor, width: Tensor) -> tuple[Tensor, Tensor]:
        """Smoothed costs (n, G) and member weights (n, K) around reference weights; width (n, G) in cost units."""
        costs, weights = network_values @ self.mixing, reference
        if self.curved:
            weights = reference.clone()
        for column, members, cap in self.curved:
            value, center = network_values[:, members], reference[:, members]
            p = project_capped_simplex(center + value / width[:, column, None], cap)
            weights[:, members] = p
            penalty = 0.5 * width[:, column] * (p - center).square().sum(1)
            costs[:, column] = (p * value).sum(1) - penalty
        return costs, weights
