"""A saved surrogate is the one that was fitted, or it is refused."""

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from molconvex.exceptions import DataError, LatentMismatchError, OutputExistsError, SurrogateError, WeightsError
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Target,
    fit_surrogate,
    load_convex_surrogate,
    load_surrogates,
    make_dataset,
    save_surrogate,
    save_surrogates,
)
from molconvex.surrogate.store.folders import MANIFEST, WEIGHTS

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def surrogate(make_problem: Callable, quick: FitSettings) -> ConvexSurrogate:
    problem = make_problem(n=100)
    return fit_surrogate(
        make_dataset(problem.z, problem.value, Target("logp", "", "window", 3.0, 6.0), latent_fingerprint="f" * 64),
        quick,
    )


def test_round_trip_is_exact(surrogate: ConvexSurrogate, make_problem: Callable, tmp_path: Path) -> None:
    z = make_problem(n=100).z
    again = load_convex_surrogate(save_surrogate(tmp_path / "logp", surrogate), "f" * 64)
    assert torch.equal(again.cost(z), surrogate.cost(z))
    assert torch.equal(again.spread(z), surrogate.spread(z))
    assert torch.equal(again.distance_to_training(z), surrogate.distance_to_training(z))
    assert (again.scaler, again.aggregate, again.card) == (surrogate.scaler, surrogate.aggregate, surrogate.card)


def test_float32_members_are_the_same_function(surrogate: ConvexSurrogate) -> None:
    for network in surrogate.members:
        for weight in (*network.weights, *network.biases, network.output_weight):
            assert torch.equal(weight.float().double(), weight)


def test_another_latent_model_is_refused(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    folder = save_surrogate(tmp_path / "logp", surrogate)
    with pytest.raises(LatentMismatchError, match=r"ffffffffffff, the one in use is abc"):
        load_convex_surrogate(folder, "abc")


@pytest.mark.parametrize("keep", [slice(0, -1), slice(0, 20)])
def test_truncated_weights_are_refused(surrogate: ConvexSurrogate, tmp_path: Path, keep: slice) -> None:
    weights = save_surrogate(tmp_path / "logp", surrogate) / WEIGHTS
    weights.write_bytes(weights.read_bytes()[keep])
    with pytest.raises(WeightsError, match="truncated"):
        load_convex_surrogate(tmp_path / "logp")


def test_one_flipped_bit_is_refused(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    weights = save_surrogate(tmp_path / "logp", surrogate) / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    with pytest.raises(WeightsError, match="sha256"):
        load_convex_surrogate(tmp_path / "logp")


def test_missing_files_and_strange_manifests_are_refused(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    folder = save_surrogate(tmp_path / "logp", surrogate)
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format_version": 99}))
    with pytest.raises(WeightsError, match="format version 99"):
        load_convex_surrogate(folder)
    del manifest["surrogates"][0]["members"][0]["biases"], manifest["surrogates"][0]["orientation"]
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format_version": 1}))
    with pytest.raises(WeightsError, match="altered"):  # also under the number of a version that had no protection
        load_convex_surrogate(folder)
    (folder / MANIFEST).write_text(json.dumps(manifest | {"surrogates": 7}))
    with pytest.raises(WeightsError, match="lists no surrogates"):
        load_convex_surrogate(folder)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    (folder / WEIGHTS).unlink()
    with pytest.raises(WeightsError, match="cannot read"):
        load_convex_surrogate(folder)


@pytest.mark.parametrize("version", [1, 2])
def test_a_forged_orientation_or_scale_is_noticed(
    surrogate: ConvexSurrogate, make_problem: Callable, quick: FitSettings, tmp_path: Path, version: int
) -> None:
    problem = make_problem(n=100)
    settings = replace(quick, members=1, orientation="concave")
    concave = fit_surrogate(make_dataset(problem.z, problem.value, Target("logp", "", "minimize")), settings)
    folder = save_surrogate(tmp_path / "concave", concave)
    assert load_convex_surrogate(folder).orientation == "concave"
    manifest = json.loads((folder / MANIFEST).read_text())
    scaler = manifest["surrogates"][0]["scaler"]
    upside_down = scaler | {"target": scaler["target"] | {"sense": "maximize"}}
    for name, forged in (("orientation", "convex"), ("spread_scale", 0.5), ("scaler", upside_down)):
        entry = manifest["surrogates"][0] | {name: forged}
        (folder / MANIFEST).write_text(json.dumps(manifest | {"format_version": version, "surrogates": [entry]}))
        with pytest.raises(WeightsError, match="was altered"):
            load_convex_surrogate(folder)
    (folder / MANIFEST).write_text(json.dumps(manifest))
    assert torch.equal(load_convex_surrogate(folder).cost(problem.z), concave.cost(problem.z))


def test_existing_folders_are_kept_unless_asked(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    folder = save_surrogate(tmp_path / "logp", surrogate)
    with pytest.raises(OutputExistsError):
        save_surrogate(folder, surrogate)
    save_surrogate(folder, surrogate, overwrite=True)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("precious")
    with pytest.raises(OutputExistsError, match="something else"):
        save_surrogate(tmp_path / "thesis", surrogate, overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logp", "thesis"]


def test_failed_writing_leaves_nothing(
    surrogate: ConvexSurrogate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("molconvex.drafts.os.fsync", full_disk)
    with pytest.raises(DataError, match="no space"):
        save_surrogate(tmp_path / "logp", surrogate)
    assert list(tmp_path.iterdir()) == []


def test_several_goals_share_a_folder(surrogate: ConvexSurrogate, make_problem: Callable, tmp_path: Path) -> None:
    tpsa = replace(surrogate, scaler=replace(surrogate.scaler, target=Target("tpsa", "", "window", 3.0, 6.0)))
    alone = (save_surrogate(tmp_path / "alone", surrogate) / WEIGHTS).stat().st_size
    folder = save_surrogates(tmp_path / "both", [surrogate, tpsa])
    assert (folder / WEIGHTS).stat().st_size == alone
    assert list(load_surrogates(folder)) == ["logp", "tpsa"]
    assert load_convex_surrogate(folder, property="tpsa").target.property == "tpsa"
    with pytest.raises(SurrogateError, match="logp, tpsa"):
        load_convex_surrogate(folder)
    with pytest.raises(SurrogateError, match="one surrogate per property"):
        save_surrogates(tmp_path / "twice", [surrogate, surrogate])


def test_golden_artifact_still_loads_and_predicts_the_same() -> None:
    surrogate = load_convex_surrogate(GOLDEN, "golden")
    expected = json.loads((GOLDEN / "expected.json").read_text())
    z = torch.tensor(expected["z"])
    assert surrogate.cost(z).tolist() == pytest.approx(expected["cost"], rel=1e-12)
    assert surrogate.predict(z).tolist() == pytest.approx(expected["predict"], rel=1e-12)
    assert surrogate.spread(z).tolist() == pytest.approx(expected["spread"], rel=1e-9)
    assert surrogate.distance_to_training(z).tolist() == pytest.approx(expected["distance_to_training"], rel=1e-5)


@pytest.mark.parametrize("name", ["property", "unit"])
def test_a_manifest_whose_words_are_no_texts_is_damaged(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "golden"
    shutil.copytree(GOLDEN, folder)
    manifest = json.loads((folder / MANIFEST).read_text())
    assert load_surrogates(folder)
    manifest["surrogates"][0]["scaler"]["target"][name] = []
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="must be texts"):
        load_surrogates(folder)


def test_a_folder_that_is_not_there_is_no_folder_without_a_manifest(tmp_path) -> None:
    with pytest.raises(WeightsError, match=r"the surrogate .*nope is not there"):
        load_convex_surrogate(tmp_path / "nope")
    (tmp_path / "leads.smi").write_text("CCO")
    with pytest.raises(WeightsError, match=r"leads\.smi is a file, where the folder of a surrogate is needed"):
        load_convex_surrogate(tmp_path / "leads.smi")
    with pytest.raises(WeightsError, match=r"is no surrogate: it has no manifest\.json"):
        load_convex_surrogate(tmp_path)
