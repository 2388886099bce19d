"""What the settings of every job share: strict pydantic models whose complaints are one line for people."""

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, ValidationError

from molconvex.exceptions import ConfigError


@dataclass(frozen=True)
class Flag:
    """How the command line shows a setting: `Annotated[list[str], Flag(("--goal", "-g"))]`.

    A setting without one is an option too, under its own name and in the panel "Options".

    Attributes:
        names: The option's names; none for the setting's own.
        metavar: What stands for the value in the help; by the type where None.
        panel: Heading under which the help lists it.
        default: Words for a default that is no value to type, such as "tried out on each lead".
    """

    names: tuple[str, ...] = ()
    metavar: str | None = None
    panel: str = "Options"
    default: str | None = None


class Settings(BaseModel):
    """Base of every job's settings. Unknown keys and values out of range raise ConfigError.

    `needed` says, by field, what to give where a field without a default is missing.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    needed: ClassVar[dict[str, str]] = {}

    def __init__(self, **values: Any) -> None:
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise ConfigError("; ".join(type(self)._complaint(dict(item)) for item in error.errors())) from None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON, every default spelled out; the class called with them is equal to these settings."""
        return self.model_dump(mode="json")

    def replace(self, **changes: Any) -> Self:
        """The same settings with some changed, checked again.

        Raises:
            ConfigError: If a change is unknown or out of range.
        """
        return type(self)(**{name: getattr(self, name) for name in type(self).model_fields} | changes)

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
