"""`molconvex evaluate`: new measurements against predictions; what was trained on is told apart."""

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toy_latent import ToyLatentModel

import molconvex.latent
from molconvex.assays.evaluation import NEW, TESTED, TRAINED, evaluate_assays
from molconvex.assays.training import train_assays
from molconvex.chem import compute_properties
from molconvex.cli import main
from molconvex.exceptions import ConfigError, DataError
from molconvex.surrogate import ConvexSurrogate, FitSettings, Target, TrainingSettings, save_surrogate, save_surrogates
from molconvex.surrogate.model.refinement import fit_refinement
from molconvex.surrogate.model.structure_features import structure_features

QUICK = FitSettings(members=2, training=TrainingSettings(hidden=(16,), least_steps=150, most_steps=150))
LOGP = Target("logp", "", "minimize")


def write(path: Path, smiles: list[str], logp: list[str] | None = None, column: str = "logp") -> Path:
    values = logp or [f"{v:.3f}" for v in compute_properties(smiles, ["logp"])["logp"]]
    path.write_text("\n".join([f"smiles,{column}", *map(",".join, zip(smiles, values, strict=True))]) + "\n")
    return path


@pytest.fixture(scope="module")
def trained(toy_model: ToyLatentModel, tmp_path_factory: pytest.TempPathFactory) -> ConvexSurrogate:
    table = write(tmp_path_factory.mktemp("train") / "a.csv", toy_model.smiles[:120])
    return train_assays(table, [LOGP], toy_model, settings=QUICK).surrogates[0]


@pytest.fixture
def folder(trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    return str(save_surrogate(tmp_path / "model", trained))


def test_molecules_trained_on_are_told_apart(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    # salts and other spellings of molecules that were trained on are still those molecules
    spelled = [*toy_model.smiles[100:119], toy_model.smiles[119] + ".Cl", *toy_model.smiles[120:150]]
    result = evaluate_assays({"logp": trained}, write(tmp_path / "b.csv", spelled), toy_model).evaluations[0]
    assert result.count(NEW) == 30
    assert result.count(TRAINED) + result.count(TESTED) == 20
    assert result.count(TRAINED) >= 10
    assert result.metrics["new molecules"]["r2"].n == 50 - result.count(TRAINED)
    assert result.metrics["trained on"]["r2"].n == result.count(TRAINED)
    assert result.metrics["new molecules"]["spearman"].value > 0.8
    predicted = trained.predict(toy_model.encode(toy_model.smiles[120:150])).numpy()
    assert np.allclose(result.rows["predicted"].to_numpy()[20:], predicted)


def test_a_surrogate_without_record_says_so(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    table = write(tmp_path / "b.csv", toy_model.smiles[:30])
    evaluated = evaluate_assays({"logp": replace(trained, seen=None)}, table, toy_model)
    assert "cannot be told" in " ".join(evaluated.notes)
    assert evaluated.evaluations[0].metrics["all molecules"]["r2"].n == 30
    assert "new molecules" not in evaluated.evaluations[0].metrics


def test_bounds_replicates_and_unreadable_rows(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    smiles = [*toy_model.smiles[150:170], toy_model.smiles[150], "C1CC"]
    values = [*(f"{v:.2f}" for v in compute_properties(smiles[:18], ["logp"])["logp"]), ">-90", "<-90", "55", "1"]
    evaluated = evaluate_assays({"logp": trained}, write(tmp_path / "b.csv", smiles, values), toy_model)
    result = evaluated.evaluations[0]
    assert result.bounds == (2, 1)
    assert list(evaluated.refused) == [23]
    assert len(evaluated.conflicts) == 1
    assert len(result.molecules) == 20
    assert len(result.rows) == 21
    assert result.metrics["new molecules"]["r2"].n == 18


def test_bounds_of_molecules_trained_on_do_not_count(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    smiles = [*toy_model.smiles[:40], *toy_model.smiles[150:160]]
    table = write(tmp_path / "b.csv", smiles, [*([">-90"] * 40), *([">-90"] * 3), *(["1.5"] * 7)])
    result = evaluate_assays({"logp": trained}, table, toy_model).evaluations[0]
    assert 0 < result.count(TRAINED) <= 40
    assert result.bounds == (43 - result.count(TRAINED),) * 2


def test_concentrations_are_compared_on_the_scale_that_was_learned(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    surrogate = replace(trained, scaler=replace(trained.scaler, target=Target("pIC50", "", "minimize")))
    smiles = toy_model.smiles[120:150]
    potency = compute_properties(smiles, ["logp"])["logp"]
    found = {}
    for column, values in (("IC50 (nM)", 10 ** (9 - potency)), ("pIC50", potency), ("dose (nM)", 10 ** (9 - potency))):
        table = write(tmp_path / "b.csv", smiles, [repr(float(value)) for value in values], column)
        evaluated = evaluate_assays({"pIC50": surrogate}, table, toy_model, columns={"pIC50": column})
        found[column] = evaluated.evaluations[0].metrics["new molecules"]["rmse"].value
        assert ("-log10 of mol/L, from nM" in " ".join(evaluated.notes)) == (column == "IC50 (nM)")
    assert found["IC50 (nM)"] == pytest.approx(found["pIC50"])
    for column in ("IC50", "IC50 (mg/L)"):
        table = write(tmp_path / "b.csv", smiles, [repr(float(value)) for value in 10 ** (9 - potency)], column)
        with pytest.raises(ConfigError, match=rf"the column '{re.escape(column)}' does not say in which unit it is"):
            evaluate_assays({"pIC50": surrogate}, table, toy_model, columns={"pIC50": column})
    assert found["dose (nM)"] > 1e3  # of another name: what it is is not guessed


def test_few_rows_and_one_class_still_give_what_can_be_given(toy_model: ToyLatentModel, tmp_path: Path) -> None:
    smiles = toy_model.smiles[:60]
    label = [str(i % 2) for i in range(60)]
    target = Target("active", "", "classify", wanted=1)
    surrogate = train_assays(
        write(tmp_path / "a.csv", smiles, label, "active"), [target], toy_model, settings=QUICK
    ).surrogates[0]
    table = write(tmp_path / "b.csv", toy_model.smiles[60:63], ["1", "yes", "1"], "active")
    result = evaluate_assays({"active": surrogate}, table, toy_model).evaluations[0]
    assert np.isnan(result.metrics["new molecules"]["roc_auc"].value)
    json.dumps(result.to_dict(), allow_nan=False)


def test_far_molecules_are_outside_the_domain(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    far = ["CCCCCCCCCCCCCCCCCCCCCCCCCCCC", "FC(F)(F)C(F)(F)C(F)(F)C(F)(F)C(F)(F)F", "O=S(=O)(O)c1ccccc1"]
    near = toy_model.smiles[120:130]
    distance = trained.distance_to_training(toy_model.encode([*far, *near])).numpy()
    result = evaluate_assays({"logp": trained}, write(tmp_path / "b.csv", [*far, *near]), toy_model).evaluations[0]
    assert result.outside == pytest.approx(float(np.mean(distance > 1)))
    assert distance[0] > 1
    assert result.metrics["outside the domain"]["mae"].n == int(np.sum(distance > 1))


def test_what_cannot_be_compared_is_refused(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path
) -> None:
    smiles = toy_model.smiles[:3]
    with pytest.raises(ConfigError, match=r"no column of b\.csv is called logp; its columns are smiles, other"):
        evaluate_assays({"logp": trained}, write(tmp_path / "b.csv", smiles, column="other"), toy_model)
    with pytest.raises(DataError, match="no row with both"):
        evaluate_assays({"logp": trained}, write(tmp_path / "c.csv", smiles, ["", "", ""]), toy_model)
    with pytest.raises(DataError, match=r"no molecule of d\.csv has both"):
        evaluate_assays({"logp": trained}, write(tmp_path / "d.csv", smiles, [">1", ">2", "<3"]), toy_model)


def test_command_writes_predictions_figures_and_page(
    folder: str, toy_model: ToyLatentModel, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table, out = write(tmp_path / "b.csv", toy_model.smiles[90:160], column="measured"), tmp_path / "out"
    assert main(["evaluate", folder, str(table), "-t", "measured", "-o", str(out), "--html"]) == 0
    printed = capsys.readouterr()
    assert "were trained on" in printed.err
    for words in ("new molecules", "trained on", "RMSE", "applicability domain", "Spread:"):
        assert words in printed.out
    rows = pd.read_csv(out / "predictions.csv")
    assert len(rows) == 70
    assert set(rows["part"]) <= {NEW, TESTED, TRAINED}
    record = json.loads((out / "metrics.json").read_text())
    assert record["evaluations"][0]["metrics"]["new molecules"]["r2"]["low"] < 1
    page = (out / "report.html").read_text()
    assert "<svg" in page
    assert "src=" not in page
    assert (out / "logp.svg").is_file()
    assert main(["evaluate", folder, str(table), "-t", "measured", "-o", str(out)]) == 2


def test_a_refined_prediction_is_judged_beside_the_convex_one(
    trained: ConvexSurrogate,
    toy_model: ToyLatentModel,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    known, new = toy_model.smiles[:120], toy_model.smiles[120:150]
    value = compute_properties(known, ["logp"])["logp"].to_numpy()
    surrogate = replace(trained, refinement=fit_refinement(structure_features(known), value, LOGP))
    table = write(tmp_path / "b.csv", new)
    (found,) = evaluate_assays({"logp": surrogate}, table, toy_model).evaluations
    best = surrogate.predict_refined(toy_model.encode(new), new)
    np.testing.assert_allclose(found.rows["predicted_refined"], best)
    truth = np.loadtxt(table, delimiter=",", skiprows=1, usecols=1)
    error = np.sqrt(np.mean((best - truth) ** 2))
    assert found.refined_metrics["new molecules"]["rmse"].value == pytest.approx(error)
    assert found.metrics["new molecules"]["rmse"].value != pytest.approx(error)
    assert [name for name, _ in found.shown_metrics][:2] == ["new molecules, refined", "new molecules, convex"]
    folder, out = save_surrogate(tmp_path / "model", surrogate), tmp_path / "out"
    assert main(["evaluate", str(folder), str(table), "--out", str(out), "--html"]) == 0
    printed = capsys.readouterr().out
    assert 0 < printed.index("refined") < printed.index("convex")
    (record,) = json.loads((out / "metrics.json").read_text())["evaluations"]
    assert record["refined_metrics"]["new molecules"]["rmse"]["value"] == pytest.approx(error)
    assert "new molecules, convex" in (out / "report.html").read_text()
    (plain,) = evaluate_assays({"logp": trained}, table, toy_model).evaluations
    assert "predicted_refined" not in plain.rows
    assert "refined_metrics" not in plain.to_dict()
    assert [name for name, _ in plain.shown_metrics] == list(plain.metrics)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nowhere", "b.csv"], "no folder 'nowhere', nor a bundled surrogate"),
        (["MODEL", "no.csv", "-t", "x"], "there is no file"),
        (["MODEL", "b.csv", "-t", "x"], "has no column 'x'; its columns are: smiles, logp"),
        (["MODEL", "b.csv", "--html"], "--html needs a folder"),
        (["MODEL", "b.csv", "-t", "logp", "-t", "other"], "names 'logp' twice"),
    ],
)
def test_errors_are_one_message(
    folder: str, toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:  # fmt: skip
    monkeypatch.chdir(tmp_path)
    write(tmp_path / "b.csv", toy_model.smiles[:5])
    assert main(["evaluate", *(folder if a == "MODEL" else a for a in arguments)]) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error


def test_of_several_surrogates_the_one_is_named(
    trained: ConvexSurrogate, toy_model: ToyLatentModel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str]
) -> None:  # fmt: skip
    monkeypatch.setattr(molconvex.latent, "load_latent_model", lambda name: toy_model)
    other = replace(trained, scaler=replace(trained.scaler, target=Target("other", "", "minimize")))
    both = str(save_surrogates(tmp_path / "both", [trained, other]))
    table = str(write(tmp_path / "b.csv", toy_model.smiles[:9], column="x=y"))
    assert main(["evaluate", both, table, "-t", "x=y"]) == 2
    assert "say which surrogate it is for" in capsys.readouterr().err
    assert main(["evaluate", both, table, "-t", "other=x=y"]) == 0
    assert "minimize other" in capsys.readouterr().out
