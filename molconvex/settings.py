"""What the settings of every job share: strict models whose complaints are one line for people, and their fields.

A job's settings are a `Settings` class, or a dataclass whose annotations carry pydantic fields and whose
`__post_init__` calls `check_ranges`.
"""

import operator
import types
from collections.abc import Callable
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from typing import Annotated, Any, ClassVar, Literal, Self, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.fields import FieldInfo

from molconvex.exceptions import ConfigError, did_you_mean


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
            known = list(cls.model_fields)
            return f"unknown setting {name!r}; known are {', '.join(known)}.{did_you_mean(name, known)}"
        if item["type"] == "missing":
            return f"{name} missing; give {cls.needed[name]}" if name in cls.needed else f"{name} is missing"
        text = item["msg"].removeprefix("Value error, ")
        if item["type"] == "value_error":
            return text
        return f"{name}: {text[:1].lower()}{text[1:]}, got {item['input']!r}"


def fields_of(settings: type) -> dict[str, FieldInfo]:
    """Fields of a settings class by name: of a pydantic model, or of a dataclass with annotations of that kind.

    Raises:
        TypeError: If it is neither.
    """
    if issubclass(settings, BaseModel):
        return dict(settings.model_fields)
    if not is_dataclass(settings):
        raise TypeError(f"{settings.__name__} is no class of settings: neither a pydantic model nor a dataclass")
    hints = get_type_hints(settings, include_extras=True)
    return {item.name: _field_of(hints[item.name], item) for item in fields(settings)}


def limits_of(field: FieldInfo) -> dict[str, float]:
    """The ends of a field's range: "ge" and "gt" below, "le" and "lt" above, where there are any."""
    return {
        key: getattr(item, key) for item in field.metadata for key in ("ge", "gt", "le", "lt") if hasattr(item, key)
    }


def choices_of(field: FieldInfo) -> tuple[str, ...]:
    """Words that a field allows; none where it is no choice, also for a list of choices."""
    kind = value_type(field.annotation)
    if get_origin(kind) in (list, tuple) and get_args(kind):
        kind = value_type(get_args(kind)[0])
    return tuple(str(word) for word in get_args(kind)) if get_origin(kind) is Literal else ()


def value_type(annotation: Any) -> Any:
    """A type without None beside it and without metadata; of several the first."""
    if get_origin(annotation) is Annotated:
        return value_type(get_args(annotation)[0])
    if get_origin(annotation) in (Union, types.UnionType):
        rest = [part for part in get_args(annotation) if part is not type(None)]
        return value_type(rest[0])
    return annotation


def check_ranges(settings: Any) -> None:
    """Refuse values of a dataclass that lie outside the ranges and choices of its fields.

    Raises:
        ConfigError: If one does; the text names it.
    """
    for name, field in fields_of(type(settings)).items():
        value, limits, choices = getattr(settings, name), limits_of(field), choices_of(field)
        if choices and value not in choices:
            raise ConfigError(f"{name} must be {', '.join(choices[:-1])} or {choices[-1]}, got {value!r}")
        for key, (holds, words) in _COMPARED.items():
            if value is not None and key in limits and not holds(value, limits[key]):
                raise ConfigError(f"{name} must be {words} {limits[key]:g}, got {value!r}")


_COMPARED: dict[str, tuple[Callable[[Any, float], bool], str]] = {
    "ge": (operator.ge, "at least"),
    "gt": (operator.gt, "above"),
    "le": (operator.le, "at most"),
    "lt": (operator.lt, "below"),
}


def _field_of(hint: Any, item: "Field[Any]") -> FieldInfo:
    if item.default is not MISSING:
        return FieldInfo.from_annotated_attribute(hint, item.default)
    field = FieldInfo.from_annotation(hint)
    if item.default_factory is not MISSING:
        field.default_factory = item.default_factory
    return field
