"""A saved surrogate is the one that was fitted, or it is refused."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from molconvex.exceptions import DataError, LatentMismatchError, OutputExistsError, SurrogateError, WeightsError
from molconvex.surrogate import ConvexSurrogate, FitSettings, Target, load_surrogates, save_surrogates
from molconvex.surrogate.store.folders import MANIFEST, WEIGHTS

GOLDEN = Path(__file__).parent / "golden"


@pytest.fixture(scope="module")
def surrogate(make_problem: Callable, quick: FitSettings) -> ConvexSurrogate:
    problem = make_problem(n=100)
    return ConvexSurrogate.fit(
        problem.z, problem.value, Target("logp", "", "window", 3.0, 6.0), latent_fingerprint="f" * 64, settings=quick
    )


def test_round_trip_is_exact(surrogate: ConvexSurrogate, make_problem: Callable, tmp_path: Path) -> None:
    z = make_problem(n=100).z
    again = ConvexSurrogate.load(surrogate.save(tmp_path / "logp"), "f" * 64)
    assert torch.equal(again.cost(z), surrogate.cost(z))
    assert torch.equal(again.spread(z), surrogate.spread(z))
    assert torch.equal(again.distance_to_training(z), surrogate.distance_to_training(z))
    assert (again.scaler, again.aggregate, again.card) == (surrogate.scaler, surrogate.aggregate, surrogate.card)


def test_float32_members_are_the_same_function(surrogate: ConvexSurrogate) -> None:
    for network in surrogate.members:
        for weight in (*network.weights, *network.biases, network.output_weight):
            assert torch.equal(weight.float().double(), weight)


def test_another_latent_model_is_refused(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    folder = surrogate.save(tmp_path / "logp")
    with pytest.raises(LatentMismatchError, match=r"ffffffffffff, the one in use is abc"):
        ConvexSurrogate.load(folder, "abc")


@pytest.mark.parametrize("keep", [slice(0, -1), slice(0, 20)])
def test_truncated_weights_are_refused(surrogate: ConvexSurrogate, tmp_path: Path, keep: slice) -> None:
    weights = surrogate.save(tmp_path / "logp") / WEIGHTS
    weights.write_bytes(weights.read_bytes()[keep])
    with pytest.raises(WeightsError, match="truncated"):
        ConvexSurrogate.load(tmp_path / "logp")


def test_one_flipped_bit_is_refused(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    weights = surrogate.save(tmp_path / "logp") / WEIGHTS
    content = bytearray(weights.read_bytes())
    content[-5] ^= 1
    weights.write_bytes(content)
    with pytest.raises(WeightsError, match="sha256"):
        ConvexSurrogate.load(tmp_path / "logp")


def test_missing_files_and_strange_manifests_are_refused(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="no manifest"):
        ConvexSurrogate.load(tmp_path / "nowhere")
    folder = surrogate.save(tmp_path / "logp")
    manifest = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(manifest | {"format_version": 99}))
    with pytest.raises(WeightsError, match="format version 99"):
        ConvexSurrogate.load(folder)
    del manifest["surrogates"][0]["members"][0]["biases"]
    (folder / MANIFEST).write_text(json.dumps(manifest))
    with pytest.raises(WeightsError, match="damaged"):
        ConvexSurrogate.load(folder)
    (folder / WEIGHTS).unlink()
    with pytest.raises(WeightsError, match="cannot read"):
        ConvexSurrogate.load(folder)


def test_existing_folders_are_kept_unless_asked(surrogate: ConvexSurrogate, tmp_path: Path) -> None:
    folder = surrogate.save(tmp_path / "logp")
    with pytest.raises(OutputExistsError):
        surrogate.save(folder)
    surrogate.save(folder, overwrite=True)
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "chapter1.txt").write_text("precious")
    with pytest.raises(OutputExistsError, match="something else"):
        surrogate.save(tmp_path / "thesis", overwrite=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["logp", "thesis"]


def test_failed_writing_leaves_nothing(
    surrogate: ConvexSurrogate, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full_disk(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr("molconvex.drafts.os.fsync", full_disk)
    with pytest.raises(DataError, match="no space"):
        surrogate.save(tmp_path / "logp")
    assert list(tmp_path.iterdir()) == []


def test_several_goals_share_a_folder(surrogate: ConvexSurrogate, make_problem: Callable, tmp_path: Path) -> None:
    from dataclasses import replace

    tpsa = replace(surrogate, scaler=replace(surrogate.scaler, target=Target("tpsa", "", "window", 3.0, 6.0)))
    alone = (surrogate.save(tmp_path / "alone") / WEIGHTS).stat().st_size
    folder = save_surrogates(tmp_path / "both", [surrogate, tpsa])
    assert (folder / WEIGHTS).stat().st_size == alone
    assert list(load_surrogates(folder)) == ["logp", "tpsa"]
    assert ConvexSurrogate.load(folder, property="tpsa").target.property == "tpsa"
    with pytest.raises(SurrogateError, match="logp, tpsa"):
        ConvexSurrogate.load(folder)
    with pytest.raises(SurrogateError, match="one surrogate per property"):
        save_surrogates(tmp_path / "twice", [surrogate, surrogate])


def test_golden_artifact_still_loads_and_predicts_the_same() -> None:
    surrogate = ConvexSurrogate.load(GOLDEN, "golden")
    expected = json.loads((GOLDEN / "expected.json").read_text())
    z = torch.tensor(expected["z"])
    assert surrogate.cost(z).tolist() == pytest.approx(expected["cost"], rel=1e-12)
    assert surrogate.predict(z).tolist() == pytest.approx(expected["predict"], rel=1e-12)
    assert surrogate.spread(z).tolist() == pytest.approx(expected["spread"], rel=1e-9)
    assert surrogate.distance_to_training(z).tolist() == pytest.approx(expected["distance_to_training"], rel=1e-5)
