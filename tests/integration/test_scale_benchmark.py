"""The benchmarks of batches: what they count, on small files and with the toy model."""

import importlib
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[2]
sys.path.insert(0, str(ROOT / "tests" / "unit" / "runs" / "store"))  # of toy_pipeline


@pytest.fixture
def benchmark(monkeypatch) -> ModuleType:
    from molconvex.runs.batch.shard_work import _prepared

    monkeypatch.setenv("MOLCONVEX_PIPELINE", "toy_pipeline:toy")
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "benchmarks"))
    _prepared.cache_clear()
    yield importlib.import_module("scale")
    _prepared.cache_clear()


@pytest.fixture
def leads(tmp_path, toy_model) -> Path:
    path = tmp_path / "leads.smi"
    path.write_text("\n".join(toy_model.smiles[:60]))
    return path


def test_broken_rows_are_rejected_by_their_lines_and_no_others(benchmark, leads) -> None:
    found = benchmark.measure_rejects(leads, 50)
    assert (found["rows"], found["broken"], found["rejected as broken, by their lines"]) == (50, 2, 2)
    assert (found["rejected as repeats"], found["rejected for other reasons"], found["waiting"]) == (0, 0, 48)


def test_real_leads_go_on_where_they_were(benchmark, leads, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(benchmark, "GOALS", ["qed:max"])
    first = benchmark.measure_leads(leads, 3, 4, 50, tmp_path / "folder", 1e-9)
    assert first["leads"] == 1, "the lead that was begun is finished"
    found = benchmark.measure_leads(leads, 3, 4, 50, tmp_path / "folder", 5.0)
    assert found["leads"] == 3
    assert found["times the work without a store"] >= 1.0
    assert found["leads a minute of processor time"] > 0
    assert found["leads of each process"] == [3]


def test_memory_is_told_after_each_tenth_and_at_its_most(benchmark) -> None:
    rows = [[1.0, 0.5, 1000.0 + n] for n in range(20)] + [[1.0, 0.5, 900.0]]
    assert benchmark.tenths(rows) == [1001, 1003, 1005, 1007, 1009, 1011, 1013, 1015, 1017, 900, 1019]


def test_workers_wait_for_one_process_where_it_has_no_more_time(benchmark) -> None:
    assert benchmark.efficiency(work=2.0, own=0.01, workers=200) == 1.0
    assert benchmark.efficiency(work=2.0, own=0.01, workers=400) == pytest.approx(0.5)


def test_memory_is_told_in_mebibytes(benchmark) -> None:
    before = benchmark.resident()
    ballast = b"x" * 200 * 2**20
    assert 190 < benchmark.resident() - before < 260
    assert benchmark.peak() >= before + 190
    del ballast


def test_what_is_known_and_asked_again_is_counted(benchmark, tmp_path) -> None:
    from scale_kills import Job, Trouble

    job = Job(tmp_path / "leads.smi", tmp_path / "job", 5).prepare()
    (tmp_path / "job" / "asked.log").write_text("CC\nCCO\nCC\n")
    trouble = Trouble()
    trouble.counted(job, {"CCO"}, 0)
    assert trouble.again == 1
    trouble.counted(job, {"CCO"}, 2)
    assert trouble.again == 1
    trouble.counted(job, {"CC"}, 2)
    assert trouble.again == 2


def test_growth_is_told_by_sizes(benchmark, leads, monkeypatch) -> None:
    import scale_growth

    monkeypatch.setattr(scale_growth, "REPEATS", 5)
    found = scale_growth.measure_growth(leads, [10, 50], [1])
    assert [row["leads"] for row in found["by leads"]] == [10, 50]
    assert all(row["begin, CPU s"] > 0 for row in found["by leads"])
    assert found["asking for room, CPU ms, by workers of Dask"][1] > 0


def test_simulated_leads_take_from_half_to_one_and_a_half_times_their_average(benchmark) -> None:
    from scale_parts import Sleeping

    seconds = [Sleeping(None, 2.0).seconds_of(n) for n in range(100)]
    assert 1.0 <= min(seconds) < 1.2 < 2.8 < max(seconds) <= 3.0
