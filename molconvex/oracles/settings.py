"""What an oracle needs to know: which program or plug-in answers, and how it may be called."""

import math
import shlex
import shutil
from collections.abc import Iterable, Mapping
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from pydantic import Field, field_validator, model_validator

from molconvex.exceptions import ConfigError
from molconvex.settings import Settings

PLUGINS = "molconvex.oracles"
PLUGIN = "plugin:"


class OracleSettings(Settings):
    """One oracle: a command that reads SMILES, one a line, and prints one value a line; or an installed plug-in.

    Unknown keys and values out of range raise ConfigError.
    """

    command: str = Field("", description="program with its arguments, started without a shell")
    plugin: str = Field("", description=f"name of an entry point of the group {PLUGINS}, in place of a command")
    unit: str = Field("", description="of the values")
    range: tuple[float, float] | None = Field(
        None, description="values between which molecules are told apart; by what is measured where missing"
    )
    timeout: float = Field(60.0, gt=0, allow_inf_nan=False, description="seconds for one molecule")
    retries: int = Field(1, ge=0, le=100, description="further calls after one that crashed, hung or lacked lines")
    backoff: float = Field(1.0, ge=0, le=3600, description="seconds before the first of them; doubled each time")
    parallel: int = Field(1, ge=1, le=4096, description="calls at a time")
    per_call: int = Field(8, ge=1, le=100_000, description="molecules given to one call")
    cache: bool = Field(True, description="remember values from run to run, in the user's data folder")
    version: str = Field("", description="any text; a changed one forgets what is remembered")

    @field_validator("range")
    @classmethod
    def _range_is_one(cls, ends: tuple[float, float] | None) -> tuple[float, float] | None:
        if ends is not None and not (all(map(math.isfinite, ends)) and ends[0] < ends[1]):
            raise ConfigError(f"range of an oracle must be two finite numbers, the lower first; got {list(ends)}")
        return ends

    @model_validator(mode="after")
    def _one_source(self) -> "OracleSettings":
        if bool(self.command.strip()) == bool(self.plugin):
            raise ConfigError("an oracle is a command or a plugin: give one of them")
        if self.command:
            _ = self.argv
        return self

    @classmethod
    def from_plain(cls, plain: Any) -> "OracleSettings":
        """An oracle from itself, from a table, or from text: a command, or "plugin:NAME".

        Raises:
            ConfigError: If it is none of these.
        """
        if isinstance(plain, OracleSettings):
            return plain
        if isinstance(plain, str):
            name = plain.strip()
            return cls(plugin=name.removeprefix(PLUGIN)) if name.startswith(PLUGIN) else cls(command=plain)
        if not isinstance(plain, Mapping):
            raise ConfigError(f"an oracle is a command or a table with one, got {type(plain).__name__}")
        return cls(**plain)

    @property
    def argv(self) -> list[str]:
        """The command in words.

        Raises:
            ConfigError: If its quotes are not closed.
        """
        try:
            return shlex.split(self.command)
        except ValueError as error:
            raise ConfigError(f"the oracle's command {self.command!r} cannot be read ({error})") from None

    def describe(self) -> str:
        """What is called, in words."""
        return f"plug-in {self.plugin}" if self.plugin else self.command


def check_oracles(oracles: Mapping[str, OracleSettings], taken: Iterable[str]) -> None:
    """Refuse oracles under a name that means something else, and those that cannot be started.

    Args:
        oracles: By the property that they measure.
        taken: Properties that are measured otherwise.

    Raises:
        ConfigError: If a name is taken, a program is not found or a plug-in not installed.
    """
    taken = set(taken)
    for name, oracle in oracles.items():
        if name in taken:
            raise ConfigError(f"{name!r} is measured by RDKit; give the oracle another name")
        if not name.isidentifier():
            raise ConfigError(f"an oracle's name is a word of letters, digits and _, as in goals; got {name!r}")
        if oracle.plugin and not entry_points(group=PLUGINS, name=oracle.plugin):
            known = sorted(point.name for point in entry_points(group=PLUGINS))
            raise ConfigError(
                f"the oracle {name!r} is the plug-in {oracle.plugin!r}, which is not installed; "
                f"installed are {', '.join(known) if known else 'none'}"
            )
        if oracle.command and shutil.which(oracle.argv[0]) is None:
            raise ConfigError(
                f"the oracle {name!r} cannot be started: there is no program {oracle.argv[0]!r}; "
                "name it by its path, or make the file executable"
            )


def named_files(argv: Iterable[str]) -> list[Path]:
    """Files that a command names, its program first."""
    found = []
    for place, word in enumerate(argv):
        path = Path(shutil.which(word) or word) if place == 0 else Path(word)
        try:
            if path.is_file():
                found.append(path)
        except (OSError, ValueError):  # a word that can be no path
            continue
    return found
