"""The Tox21 benchmark on a small table of its form: every arm, resumed and written."""

import importlib
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
QUICK = ["--seeds", "1", "--epochs", "2", "--steps", "20"]


@pytest.fixture
def benchmark(monkeypatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "benchmarks"))
    return importlib.import_module("tox21")


@pytest.fixture
def table(tmp_path, benchmark) -> Path:
    """Chains and rings; toxic are those with chlorine, in every assay."""
    groups = [("Cl", 1), ("O", 0), ("N", 0), ("Br", 0), ("C#N", 0), ("Cl", 1)]
    cores = ["c1ccccc1", "C1CCCCC1", "c1ccncc1", "C1CCNCC1"]
    chains = ["C" * n for n in range(1, 9)]
    rows = [(f"{chain}C({core}){group}", label) for chain in chains for core in cores for group, label in groups]
    lines = ["smiles,set," + ",".join(benchmark.ASSAYS)]
    for i, (smiles, label) in enumerate(dict(rows).items()):
        part = ("test", "validation", "training", "training")[i % 4]
        lines.append(f"{smiles},{part}," + ",".join([str(label)] * 11 + ["" if i % 3 == 0 else str(label)]))
    path = tmp_path / "table.csv"
    path.write_text("\n".join(lines))
    return path


def test_every_arm_is_measured_once_and_then_read_back(benchmark, table, tmp_path, monkeypatch, capsys) -> None:
    arguments = [str(table), "--results", str(tmp_path / "runs"), "--markdown", str(tmp_path / "tables.md"), *QUICK]
    assert benchmark.main(arguments) == 0
    first = (tmp_path / "tables.md").read_text()
    rows = {line.split("|")[1].strip(): line.split("|")[2:] for line in first.splitlines() if line.startswith("|")}
    assert {*benchmark.ARMS, "ours ensemble", *benchmark.ASSAYS, "mean"} <= set(rows)
    assert float(rows["logistic"][0]) > 0.9
    assert float(rows["ours"][0]) > 0.9

    def refuse(*_: object) -> None:
        raise AssertionError("trained again")

    monkeypatch.setattr(benchmark, "ARMS", dict.fromkeys(benchmark.ARMS, refuse))
    assert benchmark.main(arguments) == 0
    assert (tmp_path / "tables.md").read_text() == first
    with pytest.raises(AssertionError, match="again"):
        benchmark.main([*arguments, "--steps", "21", "--arms", "ours"])


def test_a_table_without_the_split_is_refused_by_name(benchmark, table, capsys) -> None:
    table.write_text(table.read_text().replace(",set,", ",part,"))
    assert benchmark.main([str(table), "--results", str(table.parent / "runs")]) == 2
    assert "set" in capsys.readouterr().err


def test_epochs_and_early_stopping_are_read_off_the_curve(benchmark) -> None:
    curve, valid_loss = [0.5, 0.79, 0.81, 0.8], [0.7, 0.3, 0.2, 0.25]
    run = benchmark.Run([0.8] * 12, 1.0, [0.0, 1.0, 2.0, 3.0], curve, valid_loss)
    assert benchmark.epochs_to_reach(run) == 2.0
    assert benchmark.best_on_validation(run) == 0.81
    assert benchmark.spread([0.1, 0.2, 0.3]) == "0.200 (0.110 to 0.290)"
