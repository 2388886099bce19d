"""How a surrogate is trained, in one record with defaults that suit most tables."""

from dataclasses import dataclass, field
from typing import Annotated, Literal

from pydantic import Field

from molconvex.exceptions import ConfigError
from molconvex.settings import Flag, check_ranges
from molconvex.surrogate.data.splits import Split
from molconvex.surrogate.fit.network_settings import TrainingSettings

RIVALS = ("linear", "mlp", "svm", "random_forest")
CARD = "Model card"  # a panel of the help


@dataclass(frozen=True)
class FitSettings:
    """How surrogates are trained.

    Ranges are checked; the fields' descriptions are also those of the command's options.
    """

    members: Annotated[int, Field(ge=1, description="networks of the ensemble, each with its own validation part")] = 3
    aggregate: Annotated[
        str, Field(description="mean, max or cvar:LEVEL of the members; at a level of at most 1 / members the maximum")
    ] = "mean"
    orientation: Annotated[
        Literal["auto", "convex", "concave"],
        Field(description="which side is the convex set (auto: both are trained, the validation parts decide)"),
    ] = "auto"
    split: Annotated[
        str | Split,
        Field(description="scaffold, random, or auto: scaffold where structures are known"),
    ] = "auto"
    valid_fraction: Annotated[float, Field(gt=0, lt=1, description="share of the molecules for validation")] = 0.1
    test_fraction: Annotated[float, Field(gt=0, lt=1, description="share of the molecules for the test")] = 0.1
    search_seconds: Annotated[
        float, Field(ge=0, description="time for a search over network settings before training")
    ] = 0.0
    evidence: Annotated[
        bool, Field(description="also train rivals on repeated splits: the price of convexity, conformal intervals")
    ] = False
    repeats: Annotated[
        int | None,
        Flag(panel=CARD, default="5; 2 beyond 5,000 molecules"),
        Field(ge=1, description="splits by scaffold and at random, of each, that the card's evidence rests on"),
    ] = None
    rivals: Annotated[tuple[str, ...], Field(description="models to compare with")] = RIVALS
    resamples: Annotated[
        int,
        Flag(panel=CARD),
        Field(ge=0, description="bootstrap samples behind the intervals of the card's test metrics (0: none)"),
    ] = 500
    refine: Annotated[
        bool,
        Flag(panel=CARD),
        Field(
            description="also learn from fingerprints and properties: where held-out molecules prefer the mean of "
            "all, predict shows it as well and searches rank by it; proofs speak of the convex prediction. The model "
            "then keeps fingerprints of the molecules, from which much of their structure can be read"
        ),
    ] = False
    final: Annotated[
        bool, Field(description="train once more on all molecules, the test ones too, after they have been judged")
    ] = False
    record_molecules: Annotated[
        bool,
        Flag(panel=CARD),
        Field(
            description="keep hashes of the molecules, so that evaluate can tell which were trained on; whoever has a "
            "structure can then see whether it took part"
        ),
    ] = True
    seed: Annotated[int, Field(description="reproduces everything")] = 0
    training: Annotated[TrainingSettings, Field(description="network and optimizer")] = field(
        default_factory=TrainingSettings
    )

    def __post_init__(self) -> None:
        check_ranges(self)
        if self.refine and not self.evidence:
            raise ConfigError(
                "whether fingerprints refine is seen on repeated splits: refine needs evidence (--compare)"
            )
        unknown = [name for name in self.rivals if name not in RIVALS]
        if unknown:
            raise ConfigError(f"rivals are {', '.join(RIVALS)}; got {unknown[0]!r}")
        from molconvex.icnn.aggregate import Aggregate  # with torch, which options of a command need not wait for

        Aggregate.parse(self.aggregate)
