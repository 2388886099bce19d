"""How a surrogate is trained, in one record with defaults that suit most tables."""

from dataclasses import dataclass, field
from typing import Literal

from molconvex.exceptions import ConfigError
from molconvex.icnn.aggregate import Aggregate
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.fit.train_network import TrainingSettings


@dataclass(frozen=True)
class FitSettings:
    """How surrogates are trained.

    Attributes:
        members: Networks of the ensemble, each with its own validation part.
        aggregate: "mean", "max" or "cvar:LEVEL"; CVaR at a level of at most 1 / members is the maximum.
        orientation: Which side is the convex set: "convex" costs, "concave" ones, or "auto": both are trained, and the
            members' validation parts decide, goal by goal.
        split: "scaffold", "random", a `Split` of one's own, or "auto": scaffold where structures are known.
        valid_fraction, test_fraction: Shares of the molecules.
        search_seconds: Time for a search over network settings before training; 0 takes `training` as it is.
        baselines: Also train linear and unconstrained models for the card's price of convexity.
        record_molecules: Keep short hashes of the molecules' structures, so that evaluation on other data can tell
            what was trained on. Whoever has a structure can then see whether it took part.
        random_forest: Compare with a random forest on Morgan counts too; needs structures and scikit-learn.
        seed: Reproduces everything.
        training: Network and optimizer.
    """

    members: int = 3
    aggregate: str = "mean"
    orientation: Literal["auto", "convex", "concave"] = "auto"
    split: str | Split = "auto"
    valid_fraction: float = 0.1
    test_fraction: float = 0.1
    search_seconds: float = 0.0
    baselines: bool = False
    random_forest: bool = False
    record_molecules: bool = True
    seed: int = 0
    training: TrainingSettings = field(default_factory=TrainingSettings)

    def __post_init__(self) -> None:
        if self.members < 1:
            raise ConfigError(f"an ensemble needs at least 1 member, got {self.members}")
        if self.orientation not in ("auto", "convex", "concave"):
            raise ConfigError(f"orientation must be auto, convex or concave, got {self.orientation!r}")
        Aggregate.parse(self.aggregate)
