"""What the commands on assay tables take, beside how surrogates are fitted."""

from pathlib import Path
from typing import Annotated, ClassVar

from pydantic import Field

from molconvex.settings import Flag, Settings
from molconvex.surrogate.fit.settings import CARD

COLUMNS, ENCODING = "Columns", "Encoding"  # panels of the help


class TableSettings(Settings):
    """How a table of assay values is read and encoded."""

    smiles_column: Annotated[str | None, Flag(panel=COLUMNS, default="found by its name")] = Field(
        None, description="column with the structures"
    )
    cache: Annotated[Path | None, Flag(panel=ENCODING)] = Field(
        None, description="folder that keeps latents for the next time"
    )
    latent_model: Annotated[str, Flag(panel=ENCODING)] = Field(
        "bundled", description="latent model: bundled, a folder of weights or a plug-in"
    )


class TrainSettings(TableSettings):
    """What `molconvex train` takes beside `FitSettings`. Unknown keys and values out of range raise ConfigError."""

    needed: ClassVar[dict[str, str]] = {
        "targets": "at least one column of the table (--target)",
        "goals": "one for all targets or one each, as in --goal maximize",
    }

    targets: Annotated[list[str], Flag(("--target", "-t"), "COLUMN")] = Field(
        min_length=1, description="column with the values"
    )
    goals: Annotated[list[str], Flag(("--goal", "-g"), "GOAL")] = Field(
        min_length=1,
        description="maximize, minimize, a window (6..8, >6, <8), or the class wanted (class:1); one for all targets "
        "or one each",
    )
    units: Annotated[list[str], Flag(("--unit",), "UNIT", default="as in 'IC50 (nM)'")] = Field(
        default_factory=list, description="unit of each target"
    )
    potency: bool = Field(
        False,
        description="learn concentrations (M to pM) as -log10 of mol/L; 'IC50 (nM)' becomes pIC50, also in the goal",
    )
    split_column: Annotated[str | None, Flag(panel=COLUMNS)] = Field(
        None, description="column that says train, valid or test"
    )
    time_column: Annotated[str | None, Flag(panel=COLUMNS)] = Field(
        None, description="column of years or dates: the latest are the test part"
    )
    weight_column: Annotated[str | None, Flag(panel=COLUMNS)] = Field(
        None, description="column of weights: how much each row counts"
    )
    compare: Annotated[bool, Flag(panel=CARD)] = Field(
        True, description="show the price of convexity beside other models"
    )
    local: bool = Field(
        False,
        description="differences of convex networks: they fit more, but their minima are local and uncertified, "
        "generate does not take them, and no other models are trained beside them",
    )


class PredictSettings(TableSettings):
    """What `molconvex predict` takes. Unknown keys and values out of range raise ConfigError."""

    level: float = Field(0.9, ge=0.5, le=0.95, description="coverage of the intervals: 0.5, 0.8, 0.9 or 0.95")
    training: Annotated[Path | None, Flag(("--training",), "FILE")] = Field(
        None,
        description="table that the models were trained on: the most similar molecule trained on stands beside every "
        "prediction (models keep no structures)",
    )


class EvaluateSettings(TableSettings):
    """What `molconvex evaluate` takes. Unknown keys and values out of range raise ConfigError."""

    targets: Annotated[list[str], Flag(("--target", "-t"), "COLUMN", default="columns called as the properties")] = (
        Field(default_factory=list, description="column with measured values, or PROPERTY=COLUMN")
    )
