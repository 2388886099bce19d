"""The benchmark of campaigns: its areas by hand, a run that is resumed, another latent model, its table."""

import importlib
import json
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

from molconvex.chem import compute_properties

ROOT = Path(__file__).parents[2]


@pytest.fixture
def benchmark(monkeypatch, toy_model) -> ModuleType:
    monkeypatch.syspath_prepend(str(ROOT / "scripts" / "benchmarks"))
    module = importlib.import_module("campaign")
    monkeypatch.setattr(module, "load_bundled", lambda: toy_model)
    return module


@pytest.fixture
def words(tmp_path, toy_model) -> list[str]:
    """A small campaign on logP, by two arms."""
    table = compute_properties(toy_model.smiles[::4], ["logp"])
    table.insert(0, "smiles", toy_model.smiles[::4])
    table.to_csv(tmp_path / "assay.csv", index=False)
    size = ["--start", "8", "--batch", "5", "--rounds", "2", "--seeds", "2", "--arms", "random", "process"]
    place = ["--out", str(tmp_path / "out.jsonl"), "--cache", str(tmp_path / "latents")]
    return [str(tmp_path / "assay.csv"), "--column", "logp", *size, *place]


def test_the_areas_by_hand(benchmark) -> None:
    """Of twenty molecules, scores 0 to 19, the start is the worst; then the second best and the best are measured."""
    pool = benchmark.Pool(np.zeros((20, 1), np.float32), torch.zeros(20, 1), np.arange(20.0), "")
    found = benchmark.outcome(pool, np.array([0, 18, 19]), benchmark.Plan(1, 1, 2))
    assert found["best"] == pytest.approx((18.5 - 9.5) / (19 - 9.5))
    assert found["top10"] == pytest.approx((np.mean([9, 37 / 3]) - 9.5) / (14.5 - 9.5))
    assert (found["last"], found["hits"]) == (1.0, 1.0)
    missed = benchmark.outcome(pool, np.array([0, 18, 17]), benchmark.Plan(1, 1, 2))
    assert (missed["last"], missed["hits"]) == (pytest.approx((18 - 9.5) / 9.5), 0.0)


def test_a_benchmark_goes_on_and_begins_anew_with_another_model(benchmark, words, tmp_path, monkeypatch) -> None:
    benchmark.main(words)
    rows = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert [(row["arm"], row["seed"]) for row in rows] == [("random", 0), ("process", 0), ("random", 1), ("process", 1)]
    assert np.mean([row["top10"] for row in rows[1::2]]) > np.mean([row["top10"] for row in rows[::2]])
    once = benchmark.campaign

    def refused(*_):
        raise AssertionError("measured twice")

    monkeypatch.setattr(benchmark, "campaign", refused)
    benchmark.main(words)
    monkeypatch.setattr(benchmark, "campaign", once)
    monkeypatch.setattr(benchmark.load_bundled(), "fingerprint", "0" * 64)
    benchmark.main(words)
    again = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert len(again) == 8
    assert {row["latent_model"] for row in again[4:]} == {"0" * 16}


def test_the_table_says_seed_by_seed_how_far_campaigns_are_ahead(benchmark, capsys) -> None:
    rows = [
        {"arm": arm, "seed": seed, "best": 1.0, "top10": top, "hits": 0.5}
        for arm, tops in (("random", (0.1, 0.4, 0.9)), ("campaign", (0.2, 0.5)))
        for seed, top in enumerate(tops)
    ]
    benchmark.print_table(["random", "forest", "campaign"], rows)
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].endswith("| 0.100 \u00b1 0.000 (2 seeds) |")
    assert lines[2].startswith("| random | 3 |")
    assert lines[3].startswith("| campaign | 2 | 1.000 \u00b1 0.000 | 0.350 \u00b1 0.150 |")
    assert len(lines) == 4
