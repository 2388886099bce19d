"""Options from settings classes: every setting is one, with the words, the range and the default of its field."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
import typer
from pydantic import Field
from typer.testing import CliRunner

from molconvex.cli.derived import with_options
from molconvex.cli.options import given_settings
from molconvex.exceptions import ConfigError
from molconvex.settings import Flag, Settings, check_ranges, fields_of


class Oven(Settings):
    """Settings of a made-up job, with a field of every kind."""

    dish: Annotated[str, Flag(("--dish", "-d"))] = Field(description="what is baked")
    heat: float = Field(180.0, gt=0, le=250, description="degrees [C]")
    minutes: int = Field(30, ge=1, lt=2**31, description="time in the oven")
    shelf: Literal["top", "bottom"] = Field("top", description="where it stands")
    fan: bool = Field(True, description="whether air moves")
    grill: bool = Field(False, description="whether the grill is on")
    spices: Annotated[list[str], Flag(("--spice",), "SPICE")] = Field(default_factory=list, description="a spice")
    sauces: Annotated[dict[str, Path], Flag(("--sauce",), "NAME=FILE")] = Field({}, description="a sauce")
    rest: Annotated[float | None, Flag(default="as long as it takes")] = Field(None, description="time to rest")
    rack_count: int | None = Field(None, ge=1, description="racks")


@dataclass(frozen=True)
class Pan:
    """The same with a plain dataclass."""

    size: Annotated[int, Field(ge=1, description="centimeters")]
    lid: Annotated[bool, Field(description="closed")] = False


def use(settings: type, arguments: list[str], **own: Any) -> tuple[Any, dict[str, Any]]:
    """Result of a command with options for the settings, and what it was given."""
    seen: dict[str, Any] = {}
    app = typer.Typer()

    def command(**values: Any) -> None:
        seen.update(given_settings(settings, values))

    app.command()(with_options(command, settings))
    return CliRunner().invoke(app, arguments, env={"COLUMNS": "100"}), seen


def shown(settings: type) -> str:
    """The help as one line without frames."""
    result, _ = use(settings, ["--help"])
    return " ".join(result.output.replace("│", " ").split())


def test_what_is_typed_reaches_the_class_and_nothing_else_does() -> None:
    arguments = ["--dish", "pie", "--heat", "200", "--shelf", "bottom", "--spice", "salt", "--spice", "sage"]
    result, given = use(Oven, [*arguments, "--no-fan", "--grill", "--sauce", "red=red.txt", "--rack-count", "2"])
    assert result.exit_code == 0, result.output
    assert given == {
        "dish": "pie",
        "heat": 200.0,
        "shelf": "bottom",
        "fan": False,
        "grill": True,
        "spices": ["salt", "sage"],
        "sauces": {"red": "red.txt"},
        "rack_count": 2,
    }
    settings = Oven(**given)
    assert settings.sauces == {"red": Path("red.txt")}
    assert settings.minutes == 30
    assert use(Oven, ["-d", "pie"])[1] == {"dish": "pie"}


@pytest.mark.parametrize(
    "words",
    [
        "What is baked. [required]",
        "Degrees [C]; above 0 to 250. [default: 180]",
        "Time in the oven; at least 1. [default: 30]",
        "Where it stands: top or bottom. [default: top]",
        "Whether air moves. [default: yes]",
        "Whether the grill is on. [default: no]",
        "SPICE A spice. Repeat.",
        "NAME=FILE A sauce. Repeat.",
        "Time to rest. [default: as long as it takes]",
        "Racks; at least 1.",
        "--no-fan",
        "--rack-count",
    ],
)
def test_the_help_tells_words_range_choices_and_default(words: str) -> None:
    assert words in shown(Oven)


def test_no_default_and_no_negation_where_there_is_none() -> None:
    assert "--no-grill" not in shown(Oven)
    assert "[default: None]" not in shown(Oven)
    assert "Racks; at least 1. ╰" in shown(Oven) or "Racks; at least 1. --" in shown(Oven)


def test_a_value_of_the_wrong_type_is_refused_by_the_option_and_one_out_of_range_by_the_class() -> None:
    result, _ = use(Oven, ["--dish", "pie", "--minutes", "soon"])
    assert result.exit_code == 2
    result, given = use(Oven, ["--dish", "pie", "--heat", "250.5"])
    assert result.exit_code == 0
    with pytest.raises(ConfigError, match=r"heat: input should be less than or equal to 250, got 250.5"):
        Oven(**given)
    Oven(dish="pie", heat=250)


@pytest.mark.parametrize("text", ["red", "=red.txt", "red="])
def test_a_pair_needs_a_name_and_a_value(text: str) -> None:
    result, _ = use(Oven, ["--dish", "pie", "--sauce", text])
    assert result.exit_code == 2
    assert "NAME=FILE" in " ".join(result.output.split())


def test_a_dataclass_works_as_well() -> None:
    assert "Centimeters; at least 1. [required]" in shown(Pan)
    assert use(Pan, ["--size", "28", "--lid"])[1] == {"size": 28, "lid": True}
    assert list(fields_of(Pan)) == ["size", "lid"]
    with pytest.raises(TypeError, match="no class of settings"):
        fields_of(Mapping)


def test_own_parameters_come_first_and_win_over_a_setting_of_their_name() -> None:
    seen: dict[str, Any] = {}

    def command(dish: Annotated[str, typer.Argument(help="By place.")], **values: Any) -> None:
        seen.update({"dish": dish} | given_settings(Oven, values))

    app = typer.Typer()
    app.command()(with_options(command, Oven, without={"heat"}))
    assert CliRunner().invoke(app, ["soup", "--minutes", "5"]).exit_code == 0
    assert seen == {"dish": "soup", "minutes": 5}
    assert CliRunner().invoke(app, ["soup", "--heat", "5"]).exit_code == 2
    assert CliRunner().invoke(app, ["soup", "--dish", "pie"]).exit_code == 2


@dataclass(frozen=True)
class Checked:
    """A dataclass whose ranges are checked, with a limit of each kind."""

    count: Annotated[int, Field(ge=1, le=3, description="pots")] = 2
    share: Annotated[float, Field(gt=0, lt=1, description="share")] = 0.5
    place: Annotated[Literal["left", "right", "middle"], Field(description="place")] = "left"
    rest: Annotated[list[int], Field(description="rest")] = field(default_factory=list)

    def __post_init__(self) -> None:
        check_ranges(self)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"count": 0}, "count must be at least 1, got 0"),
        ({"count": 4}, "count must be at most 3, got 4"),
        ({"share": 0.0}, "share must be above 0, got 0.0"),
        ({"share": 1.0}, "share must be below 1, got 1.0"),
        ({"place": "up"}, "place must be left, right or middle, got 'up'"),
    ],
)
def test_ranges_of_a_dataclass_are_checked_at_both_ends(change: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Checked(**change)


def test_values_at_the_ends_of_a_range_are_taken() -> None:
    for count in (1, 3):
        assert Checked(count=count).count == count
    assert Checked(share=1e-9).share == 1e-9
    assert not fields_of(Checked)["rest"].is_required()
