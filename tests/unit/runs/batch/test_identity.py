"""What must be the same for a batch to go on: contents count, places and patience do not."""

import shlex
import sys

import pytest

from molconvex.design import GenerateSettings
from molconvex.runs.batch.identity import batch_identity, differences


@pytest.fixture
def leads(tmp_path):
    path = tmp_path / "leads.smi"
    path.write_text("CCO\n")
    return path


@pytest.fixture
def program(tmp_path):
    path = tmp_path / "size.py"
    path.write_text("print(1)\n")
    return path


def identity(leads, program, **oracle) -> dict:
    command = shlex.join([sys.executable, str(program)])
    asked = {"goals": ["size:min"], "oracles": {"size": {"command": command} | oracle}}
    return batch_identity(GenerateSettings(leads=["C"], **asked), leads)


def test_a_changed_program_of_an_oracle_is_another_batch(leads, program) -> None:
    before = identity(leads, program)
    program.write_text("print(2)\n")
    (changed,) = differences(before, identity(leads, program))
    assert changed.startswith("oracles: ")


@pytest.mark.parametrize("oracle", [{"unit": "kcal/mol"}, {"range": (0.0, 1.0)}, {"version": "2"}])
def test_what_an_oracles_values_mean_is_part_of_a_batch(leads, program, oracle) -> None:
    assert len(list(differences(identity(leads, program), identity(leads, program, **oracle)))) == 1


@pytest.mark.parametrize("oracle", [{"timeout": 5.0}, {"retries": 7}, {"parallel": 3}, {"cache": False}])
def test_how_an_oracle_is_called_may_change_on_the_way(leads, program, oracle) -> None:
    assert list(differences(identity(leads, program), identity(leads, program, **oracle))) == []


def test_the_contents_of_the_file_of_leads_count_and_its_name_does_not(leads, program, tmp_path) -> None:
    before = identity(leads, program)
    moved = leads.rename(tmp_path / "moved.smi")
    assert list(differences(before, identity(moved, program))) == []
    moved.write_text("CCO\nCCN\n")
    (changed,) = differences(before, identity(moved, program))
    assert changed == "leads file: other contents"
