"""Concentrations become negative logarithms, bounds turn round, and what has no logarithm is named."""

from pathlib import Path

import numpy as np
import pytest

import molconvex.assays.training
import molconvex.latent
from molconvex.assays.potency import as_negative_log, potency_name
from molconvex.cli import main
from molconvex.exceptions import ConfigError, DataError
from molconvex.surrogate import AssayTable, load_surrogate, load_surrogates
from tests.toy_latent import ToyLatentModel


def table(values: list[float], censor: list[int]) -> AssayTable:
    lines = [(row + 2,) for row in range(len(values))]
    value, bound = np.array(values)[:, None], np.array(censor, dtype=np.int8)[:, None]
    return AssayTable(["C"] * len(values), ["pIC50"], value, bound, lines)


@pytest.mark.parametrize(("unit", "expected"), [("nM", 8.0), ("uM", 5.0), ("µM", 5.0), ("mM", 2.0), ("M", -1.0)])
def test_ten_of_each_unit(unit: str, expected: float) -> None:
    converted = as_negative_log(table([10.0, np.nan], [0, 0]), {"pIC50": unit})
    assert converted.value[0, 0] == pytest.approx(expected)
    assert np.isnan(converted.value[1, 0])


def test_bounds_turn_round() -> None:
    converted = as_negative_log(table([10_000.0, 1.0], [1, -1]), {"pIC50": "nM"})
    assert converted.value[:, 0] == pytest.approx([5.0, 9.0])
    assert converted.censor[:, 0].tolist() == [-1, 1]


def test_what_has_no_logarithm_is_named() -> None:
    with pytest.raises(DataError, match="line 3: the concentration for 'pIC50' must be above 0, got 0"):
        as_negative_log(table([10.0, 0.0], [0, 0]), {"pIC50": "nM"})
    with pytest.raises(ConfigError, match="mg/L is none of M, mM, uM, nM, pM"):
        as_negative_log(table([10.0], [0]), {"pIC50": "mg/L"})


@pytest.mark.parametrize("column", ["IC50 (nM)", "IC50 [uM]", "IC50_(nM)", " IC50"])
def test_the_property_is_called_as_chemists_do(column: str) -> None:
    assert potency_name(column) == "pIC50"


def test_the_command_trains_on_the_logarithm_and_at_last_on_all_molecules(
    toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    rows = [f"{smiles},{10 ** (i % 5)}" for i, smiles in enumerate(toy_model.smiles[:60])]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,IC50 (nM)", *rows]) + "\n")
    options = ["--potency", "--final", "--no-compare", "--members", "1", "--split", "random"]
    command = ["train", str(tmp_path / "a.csv"), "-t", "IC50 (nM)", "-g", ">7", "-o", str(tmp_path / "m"), *options]
    assert main(command) == 0
    surrogate = load_surrogate(tmp_path / "m")
    assert surrogate.target.property == "pIC50"
    assert surrogate.target.low == 7.0
    assert surrogate.card["data"]["median"] == pytest.approx(7.0)  # of 9, 8, 7, 6, 5
    assert surrogate.card["final"] == 60
    assert surrogate.card["split"]["test"] == 6
    assert surrogate.seen is not None
    assert surrogate.seen.among_trained(toy_model.smiles[:60]).all()
    assert "trained once more on all 60 molecules" in (tmp_path / "m" / "card.md").read_text()


def test_potency_and_a_class_become_surrogates_of_one_network(
    toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    rows = [f"{smiles},{10 ** (i % 5)},{int('N' in smiles)}" for i, smiles in enumerate(toy_model.smiles[:80])]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,IC50 (nM),basic", *rows]) + "\n")
    wanted = ["-t", "IC50 (nM)", "-t", "basic", "-g", "maximize", "-g", "class:0", "--potency"]
    options = ["--no-compare", "--members", "1", "--split", "random", "--orientation", "convex"]
    assert main(["train", str(tmp_path / "a.csv"), *wanted, "-o", str(tmp_path / "m"), *options]) == 0
    loaded = load_surrogates(tmp_path / "m")
    assert [surrogate.target.kind for surrogate in loaded.values()] == ["regression", "classification"]
    assert loaded["pIC50"].card["data"]["median"] == pytest.approx(7.0)
    assert loaded["basic"].card["data"]["class_1"] == sum("N" in smiles for smiles in toy_model.smiles[:80])


def test_the_command_refines_on_request(
    toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    rows = [f"{smiles},{smiles.count('N')}" for smiles in toy_model.smiles[:60]]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,nitrogen", *rows]) + "\n")
    command = ["train", str(tmp_path / "a.csv"), "-t", "nitrogen", "-g", "minimize", "--refine", "--members", "1"]
    options = ["--split", "random", "--repeats", "2", "--orientation", "convex"]
    assert main([*command, *options, "-o", str(tmp_path / "m")]) == 0
    assert "## Refined prediction" in (tmp_path / "m" / "card.md").read_text()
    assert "predictions refined by structure" in capsys.readouterr().out.replace("\n", " ")
    assert main([*command, *options, "--no-compare", "-o", str(tmp_path / "n")]) == 2
    assert "refine needs evidence" in capsys.readouterr().err
