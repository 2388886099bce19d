"""The README is true: its Python runs, its commands and files exist."""

import os
import re
import shlex
from dataclasses import replace
from pathlib import Path

import pytest

import molconvex.latent
from molconvex.latent import reference_set
from molconvex.latent.reference import ReferenceSet

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "README.md").read_text(encoding="utf-8")
FEW = 600
PYTHON = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
SHELL = [line.strip() for block in re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL) for line in block.splitlines()]


def beginning_of_the_reference_set() -> ReferenceSet:
    """Its first molecules: enough to train on, in a fraction of the time."""
    whole = reference_set()
    return replace(whole, smiles=whole.smiles[:FEW], z=whole.z[:FEW], table=whole.table[:FEW])


@pytest.mark.parametrize("code", PYTHON, ids=lambda c: c.splitlines()[0][:40])
def test_python_of_the_readme_runs(code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(molconvex.latent, "reference_set", beginning_of_the_reference_set)
    exec(compile(code, "README.md", "exec"), {"__name__": "readme"})


def test_the_api_example_is_short() -> None:
    assert len([line for line in PYTHON[0].splitlines() if line.strip()]) <= 12


def commands() -> list[list[str]]:
    """Command lines of molconvex in the README, continuation lines joined, comments dropped."""
    joined = re.sub(r"\\\n\s*", "", "\n".join(re.findall(r"```bash\n(.*?)```", TEXT, re.DOTALL)))
    lines = [shlex.split(line, comments=True) for line in joined.splitlines()]
    return [words for words in lines if words and words[0] == "molconvex"]


@pytest.mark.parametrize("words", commands(), ids=lambda w: " ".join(w)[:60])
def test_commands_of_the_readme_parse(words: list[str]) -> None:
    import typer

    from molconvex.cli.commands import app

    group = typer.main.get_command(app)
    command = group.commands[words[1]]
    command.make_context(words[1], words[2:], resilient_parsing=False)


def test_files_that_the_readme_names_exist() -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", TEXT):
        assert (ROOT / target).exists(), target
    for script in set(re.findall(r"scripts/[\w/]+\.py", TEXT)):
        assert (ROOT / script).exists(), script


def test_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"make (\w+)", TEXT):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_images_are_small() -> None:
    for name in re.findall(r"\]\((docs/images/[^)]+)\)", TEXT):
        assert os.path.getsize(ROOT / name) < 400_000, name
