"""Help of every command: an example that the command takes, every setting with its default, and the version."""

import re
import shlex

import pytest
import typer
from typer.testing import CliRunner

import molconvex
from molconvex.assays.settings import EvaluateSettings, PredictSettings, TrainSettings
from molconvex.cli.commands import app
from molconvex.cli.options import flag_of
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.design.paths.settings import PathSettings
from molconvex.design.settings import GenerateSettings
from molconvex.settings import fields_of
from molconvex.surrogate import FitSettings

SETTINGS = {
    "generate": [GenerateSettings],
    "pareto": [ParetoSettings],
    "path": [PathSettings],
    "train": [TrainSettings, FitSettings],
    "evaluate": [EvaluateSettings],
    "predict": [PredictSettings],
}
NO_OPTIONS = ("leads", "start", "end", "evidence", "rivals", "training")
GROUP = typer.main.get_command(app)
COMMANDS = list(GROUP.commands)  # type: ignore[attr-defined]


def default_words(value: object) -> str:
    """A default as people would type it; nothing where there is none."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float):
        return f"{value:g}"
    return str(value) if isinstance(value, int | str) else ""


def printed_help(*arguments: str, width: int = 80) -> str:
    result = CliRunner().invoke(app, [*arguments, "--help"], env={"COLUMNS": str(width), "TERMINAL_WIDTH": str(width)})
    assert result.exit_code == 0, result.output
    return result.output


@pytest.mark.parametrize("command", COMMANDS)
def test_help_fits_eighty_columns_and_begins_with_an_example(command: str) -> None:
    text = printed_help(command)
    assert max(map(len, text.splitlines())) <= 80
    lines = [line.strip() for line in text.splitlines()]
    example = lines.index("Example:")
    assert example < lines.index(next(line for line in lines if line.startswith("╭")))
    assert lines[example + 2].startswith(f"molconvex {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_example_is_taken_by_the_command(command: str) -> None:
    lines = [line.strip() for line in printed_help(command).splitlines()]
    words = shlex.split(lines[lines.index("Example:") + 2])[2:]
    chosen = GROUP.commands[command]  # type: ignore[attr-defined]
    chosen.make_context(command, words)  # raises a usage error for an unknown or missing option


@pytest.mark.parametrize("command", SETTINGS)
def test_every_setting_is_an_option_with_its_default(command: str) -> None:
    text = " ".join(re.sub(r"--no-\S+|│", " ", printed_help(command, width=200)).split())
    fields = {name: field for settings in SETTINGS[command] for name, field in fields_of(settings).items()}
    for name, field in fields.items():
        if name in NO_OPTIONS:
            continue
        option = re.escape(flag_of(name, field).names[0])
        assert re.search(rf"{option}\s", text), option
        if words := default_words(field.default):
            after = text[re.search(rf"{option}\s", text).start() :]  # type: ignore[union-attr]
            assert f"[default: {words}]" in after.split(" --", 1)[0], name


def test_the_version_is_that_of_the_package() -> None:
    result = CliRunner().invoke(app, ["--version"])
    assert result.exit_code == 0
    assert result.output == f"molconvex {molconvex.__version__}\n"


def test_the_shell_can_learn_completion() -> None:
    assert "--install-completion" in printed_help()
