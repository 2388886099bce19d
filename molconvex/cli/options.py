"""Options of a command from the class of its settings: names, types, ranges, help and defaults, each written once.

A setting becomes an option as soon as it is a field of the class. Its description is the help, its constraints and
choices stand behind it, and the default is shown as it is. Values go to the class as they were typed, so that flags,
settings files and Python meet the same checks.
"""

from collections.abc import Collection, Mapping
from inspect import Parameter
from pathlib import Path
from typing import Annotated, Any, Union, get_origin

import typer
from pydantic.fields import FieldInfo
from pydantic_core import PydanticUndefined

from molconvex.settings import Flag, choices_of, fields_of, limits_of, value_type

UNBOUNDED = 2**31  # a limit from here on is the machine's, and says nothing to people
SCALARS = (bool, int, float, str, Path)


def options_of(settings: type, without: Collection[str] = ()) -> list[Parameter]:
    """Parameters of a command, for typer, by the fields of its settings; None where an option was not given.

    Args:
        settings: Class of the settings.
        without: Fields that are no options.
    """
    return [_parameter(name, field) for name, field in fields_of(settings).items() if name not in without]


def given_settings(settings: type, values: Mapping[str, Any]) -> dict[str, Any]:
    """What was typed, by field, as the settings class takes it; what was not typed is left out.

    Raises:
        BadParameter: If a text NAME=VALUE has no name or no value.
    """
    chosen = {name: values[name] for name in fields_of(settings) if name in values}
    given = {name: value for name, value in chosen.items() if value is not None and value != []}
    for name, field in fields_of(settings).items():
        if name in given and _is_mapping(field):
            given[name] = _pairs(given[name], flag_of(name, field))
    return given


def flag_of(name: str, field: FieldInfo) -> Flag:
    """How the command line spells a field."""
    flag = next((item for item in field.metadata if isinstance(item, Flag)), Flag())
    names = flag.names or (f"--{name.replace('_', '-')}",)
    return Flag(names, flag.metavar, flag.panel, flag.default)


def _parameter(name: str, field: FieldInfo) -> Parameter:
    flag, kind = flag_of(name, field), _plain_type(field)
    names = list(flag.names)
    many = get_origin(kind) is list
    if kind is bool:
        names[0] = f"{names[0]}/--no-{names[0].removeprefix('--')}" if field.default is not False else names[0]
    choices = choices_of(field)
    option = typer.Option(
        *names,
        help=_help(field, flag, many),
        metavar=flag.metavar or ("TEXT" if many else None),
        show_default=False,
        rich_help_panel=flag.panel,
        autocompletion=(lambda: list(choices)) if choices else None,
    )
    required = field.is_required() and not many
    default = Parameter.empty if required else None
    annotation = Annotated[kind if required else Union[kind, None], option]  # type: ignore[valid-type]  # noqa: UP007
    return Parameter(name, Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _plain_type(field: FieldInfo) -> Any:
    """What typer parses: a scalar, or a list of texts for whatever has many parts."""
    kind = value_type(field.annotation)
    origin = get_origin(kind) or kind
    if origin in (list, tuple, dict, set, frozenset, Mapping):
        return list[str]
    return kind if kind in SCALARS else str


def _is_mapping(field: FieldInfo) -> bool:
    kind = value_type(field.annotation)
    return (get_origin(kind) or kind) in (dict, Mapping)


def _pairs(texts: list[str], flag: Flag) -> dict[str, str]:
    """Values by name from texts NAME=VALUE."""
    pairs = [text.partition("=") for text in texts]
    for text, (name, _, value) in zip(texts, pairs, strict=True):
        if not name or not value:
            raise typer.BadParameter(f"write {flag.metavar or 'NAME=VALUE'}, got {text!r}", param_hint=flag.names[0])
    return {name: value for name, _, value in pairs}


def _help(field: FieldInfo, flag: Flag, many: bool) -> str:
    """Description, choices, range and default as one text with markup."""
    words = field.description or ""
    if choices := choices_of(field):
        words = f"{words}: {_listed(choices)}"
    text = f"{words[:1].upper()}{words[1:]}".rstrip(".")
    if limits := _range(field):
        text += f"; {limits}"
    text = text.replace("[", r"\[") + (". Repeat." if many else ".")
    default = _default(field, flag)
    return f"{text} [dim]\\[default: {default}][/dim]" if default else text


def _listed(words: Collection[str]) -> str:
    *front, last = words
    return f"{', '.join(front)} or {last}" if front else last


def _range(field: FieldInfo) -> str:
    """The constraints of a number in words: "0 to 0.95", "above 0 to 10", "at least 1"."""
    ends = {key: value for key, value in limits_of(field).items() if abs(value) < UNBOUNDED}
    low = f"{ends['ge']:,}" if "ge" in ends else f"above {ends['gt']:,}" if "gt" in ends else ""
    high = f"{ends['le']:,}" if "le" in ends else f"below {ends['lt']:,}" if "lt" in ends else ""
    if low and high:
        return f"{low} to {high}"
    return (f"at least {low}" if "ge" in ends else low) or (f"at most {high}" if "le" in ends else high)


def _default(field: FieldInfo, flag: Flag) -> str:
    value = field.default
    if flag.default is not None:
        return flag.default
    if value is None or value is PydanticUndefined or value == "":
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, tuple | list) else str(value)
