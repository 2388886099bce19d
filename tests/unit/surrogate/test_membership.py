"""What a surrogate was trained on is recognized again, in whatever form it is written, after saving too."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molconvex.surrogate import (
    FitSettings,
    Target,
    fit_surrogate,
    load_convex_surrogate,
    make_dataset,
    save_surrogate,
)
from molconvex.surrogate.model.seen_molecules import SeenMolecules

SMILES = [f"{'C' * (i + 1)}O" for i in range(40)] + [f"{'C' * (i + 1)}N" for i in range(40)]


def test_molecules_are_recognized_in_any_spelling() -> None:
    seen = SeenMolecules.of(["OCC", "c1ccccc1C(=O)O"], ["CCN"])
    assert seen.among_trained(["CCO", "O=C([O-])c1ccccc1.[Na+]", "CCN", "CCC"]).tolist() == [True, True, False, False]
    assert seen.among_tested(["CCO", "NCC"]).tolist() == [False, True]
    assert seen.among_trained(["not a molecule"]).tolist() == [False]


@pytest.mark.parametrize("record", [True, False])
def test_a_fit_records_its_parts(make_problem: Callable, quick: FitSettings, tmp_path: Path, record: bool) -> None:
    problem = make_problem(n=80)
    settings = replace(quick, members=1, split="random", record_molecules=record)
    surrogate = fit_surrogate(
        make_dataset(problem.z, problem.value, Target("logp", "", "minimize"), smiles=SMILES), settings
    )
    again = load_convex_surrogate(save_surrogate(tmp_path / "s", surrogate))
    if not record:
        assert again.seen is None
        return
    assert again.seen is not None
    trained, tested = again.seen.among_trained(SMILES), again.seen.among_tested(SMILES)
    assert np.array_equal(trained, ~tested)
    split = again.card["split"]
    assert (int(trained.sum()), int(tested.sum())) == (split["train"] + split["valid"], split["test"])
    assert not again.seen.among_trained([text + "C" for text in SMILES[39:40]]).any()
    assert b"CCCO" not in (tmp_path / "s" / "weights.safetensors").read_bytes()
    assert "CCCO" not in (tmp_path / "s" / "manifest.json").read_text()
