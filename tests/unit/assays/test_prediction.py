"""Predictions for molecules of a file: the surrogate's own, with interval and domain, whatever a line holds."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

import molconvex.latent
from molconvex.assays.prediction import predict_molecules
from molconvex.chem import compute_properties, tanimoto
from molconvex.cli import main
from molconvex.columns import PREDICTIONS, REFINED, described
from molconvex.exceptions import ConfigError, DataError, LatentShapeError
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Target,
    TrainingSettings,
    fit_surrogate,
    make_dataset,
    save_surrogate,
)
from molconvex.surrogate.model.structure_features import structure_features
from tests.toy_latent import ToyLatentModel

TRAINING = TrainingSettings(hidden=(16,), least_steps=150, most_steps=150)
SETTINGS = FitSettings(members=1, split="random", evidence=True, repeats=2, rivals=("linear",), training=TRAINING)


@pytest.fixture(scope="module")
def surrogates(toy_model: ToyLatentModel) -> dict[str, ConvexSurrogate]:
    smiles = toy_model.smiles[:120]
    logp = compute_properties(smiles, ["logp"])["logp"].to_numpy()
    goals = [(logp, Target("logp", "", "minimize")), (1.0 * (logp > 1.5), Target("greasy", "", "classify", wanted=0))]
    return {
        target.property: fit_surrogate(
            make_dataset(
                toy_model.encode(smiles), value, target, smiles=smiles, latent_fingerprint=toy_model.fingerprint
            ),
            SETTINGS,
        )
        for value, target in goals
    }


def test_every_molecule_gets_its_own_prediction(
    surrogates: dict[str, ConvexSurrogate], toy_model: ToyLatentModel
) -> None:
    asked = [toy_model.smiles[130], "no molecule", toy_model.smiles[3] + ".Cl", toy_model.smiles[130]]
    table = predict_molecules(surrogates, asked, toy_model)
    z = toy_model.encode([toy_model.smiles[130], toy_model.smiles[3], toy_model.smiles[130]])
    kept = table[table["reason"] == ""]
    assert list(kept.index) == [0, 2, 3]
    for name, surrogate in surrogates.items():
        assert kept[f"predicted_{name}"].to_numpy() == pytest.approx(surrogate.predict(z).numpy())
        inside = surrogate.distance_to_training(z).numpy() <= 1
        assert (kept[f"domain_{name}"] == "inside").tolist() == inside.tolist()
    low, high = surrogates["logp"].interval(z, 0.9)
    assert kept["low_logp"].to_numpy() == pytest.approx(low.numpy())
    assert kept["high_logp"].to_numpy() == pytest.approx(high.numpy())
    assert kept["classes_greasy"].tolist() == surrogates["greasy"].class_sets(z, 0.9)
    assert kept["part_logp"].tolist()[0] == "new"
    assert kept["part_logp"].tolist()[1] in ("trained on", "its own test part")
    assert "no molecule" not in table["smiles"].tolist()
    assert table.loc[1, "reason"] != ""
    assert np.isnan(table.loc[1, "predicted_logp"])
    narrow = predict_molecules(surrogates, asked, toy_model, level=0.5)
    assert (narrow["high_logp"] - narrow["low_logp"])[0] < (table["high_logp"] - table["low_logp"])[0]


def test_the_nearest_training_molecule_stands_beside_a_prediction(
    surrogates: dict[str, ConvexSurrogate], toy_model: ToyLatentModel
) -> None:
    known, asked = toy_model.smiles[:125], toy_model.smiles[122:128]
    table = predict_molecules(surrogates, [*asked, known[0], "no molecule"], toy_model, training=[*known, "xyz"])
    trained = [text for text, was in zip(known, surrogates["logp"].seen.among_trained(known), strict=True) if was]
    assert 0 < len(trained) < 120
    for text, closest, closeness in zip(asked, table["closest_logp"], table["closeness_logp"], strict=False):
        each = tanimoto(text, trained)
        assert closest == trained[int(each.argmax())]
        assert closeness == pytest.approx(each.max())
        assert closest not in toy_model.smiles[120:]
    assert (table["closeness_logp"][6] == 1) == (known[0] in trained)
    assert np.isnan(table["closeness_logp"][7])
    assert "closest_logp" not in predict_molecules(surrogates, asked, toy_model)
    with pytest.raises(DataError, match="no surrogate was trained on any"):
        predict_molecules(surrogates, asked, toy_model, training=toy_model.smiles[200:220])


def test_levels_and_models_that_do_not_fit_are_refused(
    surrogates: dict[str, ConvexSurrogate], toy_model: ToyLatentModel
) -> None:
    with pytest.raises(ConfigError, match=r"got 0\.6"):
        predict_molecules(surrogates, toy_model.smiles[:3], toy_model, level=0.6)
    other = make_dataset(toy_model.encode(toy_model.smiles[:60])[:, :3], np.arange(60.0), Target("p", "", "minimize"))
    narrow = fit_surrogate(other, FitSettings(members=1, orientation="convex", training=TRAINING))
    with pytest.raises(LatentShapeError, match="reads latents of 3 dimensions"):
        predict_molecules({"p": narrow}, toy_model.smiles[:3], toy_model)


def test_the_command_reads_several_models_and_writes_csv_or_json(
    surrogates: dict[str, ConvexSurrogate],
    toy_model: ToyLatentModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    folders = [str(save_surrogate(tmp_path / name, surrogate)) for name, surrogate in surrogates.items()]
    molecules, out = tmp_path / "a.csv", tmp_path / "out.csv"
    molecules.write_text(f"smiles,name\n{toy_model.smiles[130]},first\n{toy_model.smiles[131]},second\nxyz,third\n")
    assert main(["predict", *folders, str(molecules), "--out", str(out), "--json"]) == 0
    printed = capsys.readouterr()
    rows = json.loads(printed.out)
    assert [row["name"] for row in rows] == ["first", "second", "third"]
    assert rows[2]["predicted_logp"] is None
    assert "line 4" in printed.err
    table = pd.read_csv(out)
    assert table["predicted_logp"][0] == pytest.approx(rows[0]["predicted_logp"], rel=1e-4)
    assert main(["predict", *folders, str(molecules), "--out", str(out)]) == 2
    assert "exists already" in capsys.readouterr().err
    assert main(["predict", *folders, str(molecules)]) == 0
    assert "first" in capsys.readouterr().out
    assert main(["predict", *folders, str(molecules), "--training", str(molecules)]) == 2
    assert "no surrogate was trained on any" in capsys.readouterr().err
    assert main(["predict", folders[0], folders[0], str(molecules)]) == 2
    assert "two of the models predict 'logp'" in capsys.readouterr().err
    assert main(["predict", str(molecules)]) == 2
    assert "name one or more surrogates" in capsys.readouterr().err


def refined_surrogate(toy_model: ToyLatentModel, sense: str) -> ConvexSurrogate:
    """Of what structures tell and latents do not."""
    smiles = toy_model.smiles[:120]
    value = np.array([float(text.count("N") + text.count("n")) for text in smiles])
    value = (value > np.median(value)).astype(float) if sense == "classify" else value
    target = Target("nitrogen", "", sense, wanted=0 if sense == "classify" else None)  # type: ignore[arg-type]
    scrambled = toy_model.encode(smiles)[torch.randperm(120, generator=torch.Generator().manual_seed(0))]
    data = make_dataset(scrambled, value, target, smiles=smiles, latent_fingerprint=toy_model.fingerprint)
    return fit_surrogate(data, replace(SETTINGS, refine=True))


@pytest.mark.parametrize("sense", ["minimize", "classify"])
def test_a_refined_prediction_stands_beside_the_one_with_proofs(toy_model: ToyLatentModel, sense: str) -> None:
    surrogate = refined_surrogate(toy_model, sense)
    asked = [*toy_model.smiles[120:130], "no molecule"]
    table = predict_molecules({"nitrogen": surrogate}, asked, toy_model)
    z = toy_model.encode(asked[:10])
    plain = surrogate.predict(z).numpy()
    wanted = surrogate.refinement.refined(plain, structure_features(asked[:10]))
    assert table["predicted_nitrogen"][:10].to_numpy() == pytest.approx(plain)
    assert table["predicted_refined_nitrogen"][:10].to_numpy() == pytest.approx(wanted)
    assert np.isnan(table["predicted_refined_nitrogen"][10])
    if sense == "classify":
        assert table["classes_refined_nitrogen"].tolist()[:10] == surrogate.refinement.conformal.class_sets(wanted, 0.9)
    else:
        half = surrogate.refinement.conformal.half_width(surrogate.distance_to_training(z).numpy(), 0.9)
        assert table["low_refined_nitrogen"][:10].to_numpy() == pytest.approx(wanted - half)
        assert table["high_refined_nitrogen"][:10].to_numpy() == pytest.approx(wanted + half)
    assert described("predicted_refined_nitrogen", PREDICTIONS) is REFINED
    assert all(described(name, PREDICTIONS) is not None for name in table)


def test_the_command_shows_the_refined_prediction_first_and_says_what_each_is_for(
    surrogates: dict[str, ConvexSurrogate],
    toy_model: ToyLatentModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    refined = str(save_surrogate(tmp_path / "nitrogen", refined_surrogate(toy_model, "minimize")))
    plain = str(save_surrogate(tmp_path / "logp", surrogates["logp"]))
    molecules = tmp_path / "a.smi"
    molecules.write_text(f"{toy_model.smiles[130]} first\n{toy_model.smiles[3]} second\n")
    assert main(["predict", refined, plain, str(molecules), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    assert main(["predict", refined, plain, str(molecules), "--training", str(molecules)]) == 0
    printed = capsys.readouterr().out
    heads = printed.splitlines()[1]
    assert heads.index("nitrogen, refined") < heads.index("nitrogen, convex") < heads.index("logp")
    for row in rows:
        best, convex = row["predicted_refined_nitrogen"], row["predicted_nitrogen"]
        line = next(text for text in printed.splitlines() if row["name"] in text)
        assert line.index(f"{best:.3g} ({row['low_refined_nitrogen']:.3g} to ") < line.index(f"{convex:.3g} (")
        assert "refined_logp" not in row
    assert printed.count("closest trained on") == 2 * 2  # once for each molecule and property
    assert "Requirements and proofs speak of the convex one" in " ".join(printed.split())
    assert main(["predict", plain, str(molecules)]) == 0
    assert "convex" not in capsys.readouterr().out


def test_a_surrogate_of_another_latent_model_is_refused_in_one_line(
    surrogates: dict[str, ConvexSurrogate],
    toy_model: ToyLatentModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    other = replace(surrogates["logp"], latent_fingerprint="0" * 64)
    molecules = tmp_path / "a.smi"
    molecules.write_text(toy_model.smiles[130] + "\n")
    for surrogate, status in ((other, 2), (surrogates["logp"], 0)):
        folder = save_surrogate(tmp_path / f"m{status}", surrogate)
        assert main(["predict", str(folder), str(molecules)]) == status
        error = capsys.readouterr().err
        assert ("was trained on the latent model 000000000000" in error) == (status == 2)
        assert error.count("\n") == (1 if status == 2 else 0)
