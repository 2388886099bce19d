"""Everything that a generation needs to know, checked once; from keywords or a TOML file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self, TypeVar

from pydantic import (
    BeforeValidator,
    Field,
    InstanceOf,
    PlainSerializer,
    field_validator,
    model_validator,
)

from molconvex.design.stage_settings import Stage, check_stages
from molconvex.documents import read_toml
from molconvex.exceptions import ConfigError
from molconvex.objectives.clauses import Clause, check_clauses_fit_goals, loosest_limits
from molconvex.objectives.condition_text import read_condition
from molconvex.objectives.conditions import Condition, required_clauses
from molconvex.objectives.goals import Goal, check_goals
from molconvex.objectives.requirements import Requirement, check_requirements
from molconvex.oracles.settings import OracleSettings
from molconvex.settings import Flag, Settings


@dataclass(frozen=True)
class Lead:
    """A molecule to start from, as the user wrote it, and a name ("" where there is none)."""

    smiles: str
    name: str = ""

    def __str__(self) -> str:
        return f"{self.smiles} {self.name}".strip()

    @classmethod
    def from_plain(cls, plain: "Lead | str") -> "Lead":
        """A lead from itself or from text: a SMILES, then perhaps a blank and a name.

        Raises:
            ConfigError: If it is neither, or empty.
        """
        if isinstance(plain, Lead):
            return plain
        if not isinstance(plain, str) or not plain.strip():
            raise ConfigError(f"a lead is a SMILES, with a name behind it if you like; got {plain!r}")
        from molconvex.chem.read.input_molecules import split_smiles

        return cls(*split_smiles(plain))


AnySettings = TypeVar("AnySettings", bound=Settings)

AnyLead = Annotated[InstanceOf[Lead], BeforeValidator(Lead.from_plain), PlainSerializer(str)]
AnyGoal = Annotated[InstanceOf[Goal], BeforeValidator(Goal.from_plain), PlainSerializer(str)]
AnyOracle = Annotated[
    InstanceOf[OracleSettings],
    BeforeValidator(OracleSettings.from_plain),
    PlainSerializer(lambda oracle: oracle.to_dict()),
]
AnyRequirement = Annotated[InstanceOf[Requirement], BeforeValidator(Requirement.from_plain), PlainSerializer(str)]
AnyStage = Annotated[InstanceOf[Stage], BeforeValidator(Stage.from_plain), PlainSerializer(str)]
AnyCondition = Annotated[InstanceOf[Condition], BeforeValidator(read_condition), PlainSerializer(str)]


# panels of the help
STRUCTURE, SEARCH, SOLVER, MODELS = "Structure", "Search", "Regions and solver", "Models"

PROPOSERS = ("edits", "crossover")

GOAL_WORDS = "what is wanted: qed:max, sa_score:min, logp:1..3, 'tpsa:<90', 'logp:=2.5'; with a weight qed:max*2"
WHERE_WORDS = "requirements joined by and, or, not: '(qed > 0.6) & ((logp < 3) | (tpsa < 90)) & ~alert(\"nitro\")'"
REQUIRE_WORDS = "a hard limit on a prediction, proved where it cannot be met: 'logp:<4', 'qed:>0.5'"


def check_aggregate(aggregate: str | None) -> str | None:
    """An aggregate as it is.

    Raises:
        ConfigError: If it is none; see `molconvex.icnn.aggregate.Aggregate`.
    """
    if aggregate is not None:
        from molconvex.icnn.aggregate import Aggregate

        Aggregate.parse(aggregate)
    return aggregate


class LeadSettings(Settings):
    """What every job around leads takes. Unknown keys and values out of range raise ConfigError."""

    needed: ClassVar[dict[str, str]] = {
        "leads": "at least one, as SMILES or as a file (--leads)",
        "goals": "at least one, as in qed:max or logp:1..3 (--goal)",
    }

    leads: list[AnyLead] = Field(min_length=1, description="molecules to start from")
    goals: Annotated[list[AnyGoal], Flag(("--goal", "-g"), "GOAL")] = Field(description=GOAL_WORDS)
    similarity: float = Field(0.4, ge=0, le=0.95, description="least Tanimoto similarity of a candidate to its lead")
    radius: Annotated[float | None, Flag(panel=SOLVER, default="by the analogues")] = Field(
        None, gt=0, allow_inf_nan=False, description="latent radius of balls, boxes and ellipsoids"
    )
    seed: Annotated[int, Flag(panel=SEARCH)] = Field(0, ge=0, lt=2**31, description="reproduces everything")
    alerts: Annotated[Literal["flag", "drop"], Flag(panel=SEARCH)] = Field(
        "flag", description="what to do with PAINS, BRENK and NIH alerts"
    )
    gap_tol: Annotated[float, Flag(panel=SOLVER)] = Field(
        1e-4, gt=0, lt=1, description="gap at which a program counts as certified, in cost units"
    )
    aggregate: Annotated[str | None, Flag(panel=MODELS, default="as trained")] = Field(
        None, description="of surrogate members: mean, max or cvar:0.3"
    )
    surrogates: Annotated[dict[str, Path], Flag(("--surrogate",), "PROPERTY=FOLDER", MODELS)] = Field(
        default_factory=dict, description="a surrogate of your own"
    )
    known: Path | None = Field(None, description="file of known molecules, against which novelty is stated")
    latent_model: Annotated[str, Flag(panel=MODELS)] = Field(
        "bundled", description="latent model: bundled, a folder of weights or an installed plug-in"
    )
    device: Annotated[str, Flag(panel=SOLVER)] = Field("cpu", description="where the solver works: cpu, cuda or cuda:N")

    _aggregate = field_validator("aggregate")(check_aggregate)


class SearchSettings(LeadSettings):
    """What every search around leads takes: the structure of candidates, how much is scored, and the design region."""

    keep: Annotated[list[str], Flag(("--keep",), "PART", STRUCTURE)] = Field(
        default_factory=list,
        description="part of the lead that stays: SMARTS, or heavy atoms counted from 1 along its standard SMILES, "
        "as in 2-7 for the ring of Cc1ccccc1",
    )
    avoid: Annotated[list[str], Flag(("--avoid",), "SMARTS", STRUCTURE)] = Field(
        default_factory=list, description="what no candidate may have"
    )
    plausibility: Annotated[Literal["reject", "flag", "off"], Flag(panel=STRUCTURE)] = Field(
        "reject", description="what to do with molecules that a chemist would not draw"
    )
    max_similarity: Annotated[float, Flag(panel=STRUCTURE)] = Field(
        1.0, gt=0, le=1, description="largest Tanimoto similarity of a candidate to its lead"
    )
    min_heavy_atoms: Annotated[int | None, Flag(panel=STRUCTURE)] = Field(
        None, ge=1, description="fewest heavy atoms of a candidate"
    )
    max_heavy_atoms: Annotated[int | None, Flag(panel=STRUCTURE)] = Field(
        None, ge=1, description="most heavy atoms of a candidate"
    )
    max_changed_atoms: Annotated[int | None, Flag(panel=STRUCTURE)] = Field(
        None, ge=1, description="most heavy atoms outside the largest part that a candidate shares with its lead"
    )
    budget: Annotated[int, Flag(panel=SEARCH)] = Field(300, ge=1, le=1_000_000, description="molecules scored per lead")
    rounds: Annotated[int | None, Flag(panel=SEARCH, default="as the budget allows")] = Field(
        None, ge=1, description="most rounds of proposing and scoring"
    )
    patience: Annotated[int | None, Flag(panel=SEARCH, default="never")] = Field(
        None, ge=1, description="stop after so many rounds without a better molecule; after 3 of them the search widens"
    )
    proposers: Annotated[list[str], Flag(("--proposer",), "NAME", SEARCH)] = Field(
        default_factory=lambda: list(PROPOSERS),
        min_length=1,
        description="where molecules come from: edits, crossover, programs, latent, reference or a plug-in",
    )
    analogues: Annotated[int, Flag(panel=SOLVER)] = Field(
        300, ge=2, le=5_000, description="edits of the lead that span its design region"
    )
    region: Annotated[Literal["hull", "ball", "box", "ellipsoid"], Flag(panel=SOLVER)] = Field(
        "hull", description="shape of the design region that the analogues span"
    )
    actives: Annotated[Path | None, Flag(panel=SOLVER)] = Field(
        None, description="file of known molecules that span the design region too"
    )

    @model_validator(mode="after")
    def _ranges_hold_something(self) -> Self:
        if self.similarity > self.max_similarity:
            raise ConfigError(
                f"similarity {self.similarity:g} is above max_similarity {self.max_similarity:g}, so nothing can pass"
            )
        fewest, most = self.min_heavy_atoms, self.max_heavy_atoms
        if fewest is not None and most is not None and fewest > most:
            raise ConfigError(f"min_heavy_atoms {fewest} is above max_heavy_atoms {most}, so nothing can pass")
        return self


class GenerateSettings(SearchSettings):
    """Settings of one generation. Unknown keys and values out of range raise ConfigError.

    Leads may be written as text ("SMILES" or "SMILES name"), goals as text ("qed:max", "logp:1..3*2"), requirements
    as text ("logp:<4").
    """

    require: Annotated[list[AnyRequirement], Flag(metavar="LIMIT")] = Field(
        default_factory=list, description=REQUIRE_WORDS
    )
    oracles: Annotated[dict[str, AnyOracle], Flag(("--oracle",), "NAME=COMMAND", MODELS)] = Field(
        default_factory=dict,
        description="a program that measures the property NAME: SMILES in, one value a line out; or plugin:NAME",
    )
    where: Annotated[AnyCondition | None, Flag(metavar="CONDITION")] = Field(None, description=WHERE_WORDS)
    target: Annotated[float | None, Flag(panel=SEARCH, default="never")] = Field(
        None, gt=0, le=1, description="stop when molecules reach this desirability"
    )
    enough: Annotated[int, Flag(panel=SEARCH)] = Field(1, ge=1, description="molecules that must reach the target")
    minutes: Annotated[float | None, Flag(panel=SEARCH, default="any")] = Field(
        None, gt=0, allow_inf_nan=False, description="begin no further round around a lead after so many minutes"
    )
    stages: Annotated[list[AnyStage], Flag(("--stage",), "STAGE", SEARCH)] = Field(
        default_factory=list,
        description="goals of their own for a share of the budget, before the run's goals: '0.3; logp:1..3; tpsa:<90'",
    )
    control: Annotated[Literal["random", "edits", "ga"] | None, Flag(panel=SEARCH, default="none")] = Field(
        None, description="search without predictions beside the real one, at the same budget, to see what they add"
    )
    programs: Annotated[int, Flag(panel=SOLVER)] = Field(
        8, ge=1, le=1_000, description="mixtures of the goals that are certified over the design region"
    )
    top: Annotated[int, Flag(panel=SEARCH)] = Field(100, ge=1, description="candidates kept per lead")
    diverse: Annotated[bool, Flag(panel=SEARCH)] = Field(
        False, description="choose the top ones far apart from each other (MaxMin)"
    )
    exact: Annotated[bool, Flag(panel=SOLVER)] = Field(
        False, description="certify with cvxpy instead of the batched solver: slower, same answer"
    )

    @field_validator("goals")
    @classmethod
    def _one_goal_per_property(cls, goals: list[Goal]) -> list[Goal]:
        check_goals(goals)
        if not any(goal.is_certifiable for goal in goals):
            raise ConfigError(
                f"{goals[0]} has several peaks, which no convex cost follows; add a goal with one peak or none"
            )
        return goals

    @field_validator("stages")
    @classmethod
    def _stages_leave_something(cls, stages: list[Stage]) -> list[Stage]:
        check_stages(stages)
        return stages

    @field_validator("require")
    @classmethod
    def _requirements_fit_together(cls, require: list[Requirement]) -> list[Requirement]:
        check_requirements(require)
        return require

    @model_validator(mode="after")
    def _oracles_are_asked_once(self) -> Self:
        if self.oracles and (self.stages or self.control is not None):
            raise ConfigError("oracles answer one search alone; leave out stages and control, or the oracles")
        return self

    @model_validator(mode="after")
    def _goals_can_be_met(self) -> Self:
        check_clauses_fit_goals(self.clauses, self.goals)
        return self

    @property
    def clauses(self) -> list[Clause]:
        """What a molecule must meet one of: the requirements with each alternative of the condition."""
        return required_clauses(self.require, self.where)

    @property
    def limits(self) -> list[Requirement]:
        """Every limit of requirements and condition, one a side of each property, with the bound that allows most."""
        return loosest_limits(self.clauses)

    @model_validator(mode="after")
    def _oracles_are_wanted(self) -> Self:
        idle = [name for name in self.oracles if name not in self.properties]
        if idle:
            raise ConfigError(f"nothing asks for the oracle {idle[0]!r}; add a goal such as {idle[0]}:max")
        return self

    @property
    def own_properties(self) -> list[str]:
        """Properties of the user's own surrogates and oracles."""
        return [*self.surrogates, *self.oracles]

    @property
    def properties(self) -> list[str]:
        """Every property that goals and requirements name."""
        staged = [goal for stage in self.stages for goal in stage.goals]
        return [goal.property for goal in (*self.goals, *staged)] + [item.property for item in self.limits]


def load_settings(
    path: str | Path | None = None,
    overrides: Mapping[str, Any] | None = None,
    kind: type[AnySettings] = GenerateSettings,  # type: ignore[assignment]
) -> AnySettings:
    """Settings of a TOML file, with overrides on top.

    Beside the settings the file may have `leads_file`, a file of molecules to add to `leads`, which is not read where
    the overrides have leads. Paths in the file are relative to it.

    Args:
        path: TOML file; None for overrides alone.
        overrides: Settings that replace those of the file.
        kind: Class of the settings.

    Raises:
        ConfigError: If the file is missing or no TOML, a key is unknown or a value out of range.
        DataError: If the file of leads cannot be read.
    """
    overrides = overrides or {}
    plain: dict[str, Any] = {} if path is None else _read_toml(Path(path), reads_leads="leads" not in overrides)
    plain |= overrides
    try:
        return kind(**plain)
    except ConfigError as error:
        raise ConfigError(f"{path}: {error}" if path is not None else str(error)) from None


def read_leads(path: str | Path) -> list[Lead]:
    """Leads of a file of molecules (.smi, .csv, .sdf, ...).

    Raises:
        DataError: If the file cannot be read or holds no molecule.
    """
    from molconvex.chem import read_molecules
    from molconvex.exceptions import DataError

    molecules = read_molecules(path)
    broken = [molecule for molecule in molecules if molecule.problem or not molecule.smiles]
    if broken:
        raise DataError(f"{path}, line {broken[0].line}: {broken[0].problem or 'no SMILES'}")
    return [Lead(molecule.smiles, molecule.name or f"line {molecule.line}") for molecule in molecules]


def _read_toml(path: Path, reads_leads: bool) -> dict[str, Any]:
    plain = read_toml(path, ConfigError)
    if (leads_file := plain.pop("leads_file", None)) is not None:
        leads = plain.get("leads", [])
        if not isinstance(leads_file, str) or not isinstance(leads, list):
            raise ConfigError(f"{path}: leads_file must be the name of a file, and leads a list; got {leads_file!r}")
        if reads_leads:
            plain["leads"] = [*leads, *read_leads(path.parent / leads_file)]
    for name in ("known", "actives"):
        if isinstance(plain.get(name), str):
            plain[name] = path.parent / plain[name]
    if isinstance(folders := plain.get("surrogates"), dict):
        plain["surrogates"] = {name: path.parent / str(folder) for name, folder in folders.items()}
    return plain
