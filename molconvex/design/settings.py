"""Everything that a generation needs to know, checked once; from keywords or a TOML file."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    InstanceOf,
    PlainSerializer,
    ValidationError,
    field_validator,
    model_validator,
)

from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal, check_goals
from molconvex.objectives.requirements import Requirement, check_requirements


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
        words = plain.split(maxsplit=1) if isinstance(plain, str) else []
        if not words:
            raise ConfigError(f"a lead is a SMILES, with a name behind it if you like; got {plain!r}")
        return cls(words[0], words[1].strip() if len(words) > 1 else "")


AnyLead = Annotated[InstanceOf[Lead], BeforeValidator(Lead.from_plain), PlainSerializer(str)]
AnyGoal = Annotated[InstanceOf[Goal], BeforeValidator(Goal.from_plain), PlainSerializer(str)]
AnyRequirement = Annotated[InstanceOf[Requirement], BeforeValidator(Requirement.from_plain), PlainSerializer(str)]


class LeadSettings(BaseModel):
    """What every job around leads takes. Unknown keys and values out of range raise ConfigError."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    needed: ClassVar[dict[str, str]] = {"leads": "at least one", "goals": "at least one"}

    leads: list[AnyLead] = Field(min_length=1, description="molecules to start from")
    goals: list[AnyGoal] = Field(description="what is wanted, such as qed:max or logp:1..3")
    similarity: float = Field(0.4, ge=0, le=0.95, description="least Tanimoto similarity of a candidate to its lead")
    radius: float | None = Field(None, gt=0, allow_inf_nan=False, description="largest latent radius of a program")
    spread: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="largest distance of anchors from the lead"
    )
    samples: int = Field(8, ge=0, le=1_000, description="sampled decodings per proposal, beside the greedy one")
    temperature: float = Field(1.0, gt=0, le=10, description="of the sampled decodings; small is close to greedy")
    seed: int = Field(0, ge=0, lt=2**31, description="reproduces everything")
    alerts: Literal["flag", "drop"] = Field("flag", description="what to do with PAINS, BRENK and NIH alerts")
    gap_tol: float = Field(1e-4, gt=0, lt=1, description="gap at which a program counts as certified, in cost units")
    aggregate: str | None = Field(None, description='of surrogate members: "mean", "max" or "cvar:0.3"')
    surrogates: dict[str, Path] = Field(default_factory=dict, description="folders of surrogates of one's own")
    known: Path | None = Field(None, description="file of known molecules, against which novelty is stated")
    latent_model: str = Field("bundled", description='"bundled", a folder of weights or an installed plug-in')
    device: str = Field("cpu", description='"cpu", "cuda" or "cuda:N" for the solver')

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError("; ".join(type(self)._complaint(dict(item)) for item in error.errors())) from None

    @field_validator("aggregate")
    @classmethod
    def _known_aggregate(cls, aggregate: str | None) -> str | None:
        if aggregate is not None:
            from molconvex.surrogate.model.aggregate import Aggregate

            Aggregate.parse(aggregate)
        return aggregate

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, every default spelled out; the class called with them is equal to these settings."""
        return self.model_dump(mode="json")

    @classmethod
    def _complaint(cls, item: dict[str, Any]) -> str:
        """One complaint of pydantic for people."""
        name = ".".join(str(part) for part in item["loc"])
        if item["type"] == "extra_forbidden":
            return f"unknown setting {name!r}; known are {', '.join(cls.model_fields)}"
        if item["type"] == "missing":
            return f"{name} missing; give {cls.needed[name]}" if name in cls.needed else f"{name} is missing"
        text = item["msg"].removeprefix("Value error, ")
        if item["type"] == "value_error":
            return text
        return f"{name}: {text[:1].lower()}{text[1:]}, got {item['input']!r}"


class GenerateSettings(LeadSettings):
    """Settings of one generation. Unknown keys and values out of range raise ConfigError.

    Leads may be written as text ("SMILES" or "SMILES name"), goals as text ("qed:max", "logp:1..3*2"), requirements
    as text ("logp:<4").
    """

    require: list[AnyRequirement] = Field(
        default_factory=list, description="hard limits on predictions, such as logp:<4 or qed:>0.5"
    )
    region: Literal["ball", "box", "ellipsoid", "hull"] = Field("ball", description="shape of the programs' regions")
    actives: Path | None = Field(None, description="file of known molecules that shape ellipsoids and hulls")
    programs: int = Field(200, ge=1, le=1_000_000, description="convex programs per lead")
    top: int = Field(100, ge=1, description="candidates kept per lead")
    diverse: bool = Field(False, description="choose the top ones far apart from each other (MaxMin)")
    exact: bool = Field(False, description="solve with cvxpy instead of the batched solver: slower, same answer")

    @field_validator("goals")
    @classmethod
    def _one_goal_per_property(cls, goals: list[Goal]) -> list[Goal]:
        check_goals(goals)
        return goals

    @field_validator("require")
    @classmethod
    def _requirements_fit_together(cls, require: list[Requirement]) -> list[Requirement]:
        check_requirements(require)
        return require

    @model_validator(mode="after")
    def _region_has_what_it_needs(self) -> "GenerateSettings":
        if self.region == "hull" and self.actives is None:
            raise ConfigError("a hull lies between known molecules; give a file of them (actives)")
        if self.actives is not None and self.region not in ("ellipsoid", "hull"):
            raise ConfigError(f"actives shape ellipsoids and hulls, not a {self.region}; set region as well")
        if self.region == "hull" and self.spread:
            raise ConfigError("a hull has its place between molecules, so it takes no spread; leave it out")
        return self

    @property
    def properties(self) -> list[str]:
        """Every property that goals and requirements name."""
        return [goal.property for goal in self.goals] + [item.property for item in self.require]

    def replace(self, **changes: Any) -> "GenerateSettings":
        """The same settings with some changed, checked again.

        Raises:
            ConfigError: If a change is unknown or out of range.
        """
        return GenerateSettings(**{name: getattr(self, name) for name in type(self).model_fields} | changes)


def load_settings(path: str | Path | None = None, overrides: Mapping[str, Any] | None = None) -> GenerateSettings:
    """Settings of a TOML file, with overrides on top.

    Beside the settings the file may have `leads_file`, a file of molecules to add to `leads`. Paths in the file are
    relative to it.

    Args:
        path: TOML file; None for overrides alone.
        overrides: Settings that replace those of the file.

    Raises:
        ConfigError: If the file is missing or no TOML, a key is unknown or a value out of range.
        DataError: If the file of leads cannot be read.
    """
    plain: dict[str, Any] = {} if path is None else _read_toml(Path(path))
    plain |= overrides or {}
    try:
        return GenerateSettings(**plain)
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


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        plain = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigError(f"settings file {path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} is no valid TOML: {error}") from error
    if leads_file := plain.pop("leads_file", None):
        plain["leads"] = [*plain.get("leads", []), *read_leads(path.parent / leads_file)]
    for name in ("known", "actives"):
        if isinstance(plain.get(name), str):
            plain[name] = path.parent / plain[name]
    if isinstance(folders := plain.get("surrogates"), dict):
        plain["surrogates"] = {name: path.parent / str(folder) for name, folder in folders.items()}
    return plain
