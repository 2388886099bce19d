"""A property of the user's own: interval and applicability domain stand beside every prediction, and are checked."""

from pathlib import Path

import numpy as np
import pytest

from molconvex.chem import compute_properties, standardize
from molconvex.cli.tables import candidate_table
from molconvex.design import Run, generate
from molconvex.design.pareto import ParetoSettings, find_fronts
from molconvex.design.paths import PathSettings, walk_path
from molconvex.exceptions import ConfigError
from molconvex.runs import check_run, write_run
from molconvex.runs.report.path_page import render_path
from molconvex.runs.report.predictions import prediction_text
from molconvex.surrogate import (
    ConvexSurrogate,
    FitSettings,
    Target,
    fit_surrogate,
    make_dataset,
    save_surrogate,
)
from tests.forging import edit_json, edit_table, problems_of
from tests.quick_settings import JUDGED
from tests.toy_latent import ToyLatentModel

LEAD, OTHER = "Cc1ccc(C(=O)N2CCOCC2)cc1", "COc1ccc(C)cc1"
BESIDE = ("low", "high", "classes", "distance", "domain")


@pytest.fixture(scope="module")
def surrogates(toy_model: ToyLatentModel) -> dict[str, ConvexSurrogate]:
    """A number and a class, trained on small molecules only, so that larger ones lie outside the domain."""
    table = compute_properties(toy_model.smiles, ["logp", "molecular_weight"])
    light = np.flatnonzero(table["molecular_weight"] < table["molecular_weight"].median())[:150]
    smiles = [toy_model.smiles[row] for row in light]
    logp = table["logp"].to_numpy()[light]
    goals = [
        (logp + 0.1 * np.sin(40 * logp), Target("potency", "nM", "maximize")),
        (1.0 * (logp > np.median(logp)), Target("toxic", "", "classify", wanted=0)),
    ]
    z, name = toy_model.encode(smiles), toy_model.fingerprint
    return {
        target.property: fit_surrogate(make_dataset(z, value, target, smiles=smiles, latent_fingerprint=name), JUDGED)
        for value, target in goals
    }


@pytest.fixture(scope="module")
def folders(surrogates, tmp_path_factory) -> dict[str, Path]:
    root = tmp_path_factory.mktemp("models")
    return {name: save_surrogate(root / name, surrogate) for name, surrogate in surrogates.items()}


@pytest.fixture(scope="module")
def run(toy_settings, toy_model, toy_reference, folders) -> Run:
    settings = toy_settings.replace(
        goals=["potency:max", "qed:max"], require=["toxic:<0.9"], surrogates=folders, budget=16, analogues=20
    )
    return generate(settings, latent_model=toy_model, reference=toy_reference)


def test_candidates_carry_interval_classes_and_domain_at_their_own_latents(run, surrogates) -> None:
    table, z = run.candidates, run.latents[1].candidates
    low, high = surrogates["potency"].interval(z, 0.9)
    np.testing.assert_allclose(table["low_potency"], low)
    np.testing.assert_allclose(table["high_potency"], high)
    assert ((table["low_potency"] < table["predicted_potency"]) & (table["predicted_potency"] < high.numpy())).all()
    distance = surrogates["potency"].distance_to_training(z).numpy()
    np.testing.assert_allclose(table["distance_potency"], distance)
    assert (table["domain_potency"] == np.where(distance <= 1, "inside", "outside")).all()
    assert table["classes_toxic_at_most"].tolist() == surrogates["toxic"].class_sets(z, 0.9)
    assert "low_qed" not in table


def test_terminal_and_report_show_them(run, tmp_path, capsys) -> None:
    best = run.candidates.iloc[0]
    text = prediction_text(best, "potency")
    assert f"({best['low_potency']:.3g} to {best['high_potency']:.3g})" in text
    assert text.endswith("outside") == (best["distance_potency"] > 1)
    candidate_table(run, 3)
    printed = " ".join(capsys.readouterr().out.split())
    assert "# potency toxic_at_most" in printed
    assert f"({best['low_potency']:.3g}" in printed
    page = (write_run(run, tmp_path / "run") / "report.html").read_text()
    assert page.count(text) >= 2
    found = run.contributions[best["id"]]["potency"]
    assert len(found.values) == standardize(best["smiles"]).mol.GetNumAtoms()
    assert page.count("Where predictions come from") == len(run.contributions) == min(12, len(run.candidates))
    assert f"{found.parts} parts were left out" in page
    assert "Where the predicted potency comes from" in page
    outside = (run.candidates["domain_potency"] == "outside").any()
    assert ("potency: outside the domain" in page) == bool(outside)


def test_the_range_and_the_lead_that_desirability_rests_on_are_checked(run, toy_model, tmp_path) -> None:
    folder = write_run(run, tmp_path / "run")
    edit_json(folder, lambda record: record["surrogates"][0].update(value_range=[-60.0, -1.0]))
    assert "run.json: value_range of potency is [-60.0, -1.0], by its surrogate it is" in problems_of(folder)
    folder = write_run(run, tmp_path / "run", overwrite=True)
    edit_table(folder, "leads.csv", lambda table: table.assign(desirability=0.01))
    edit_table(folder, "candidates.csv", lambda table: table.assign(gain=table["desirability"] - 0.01))
    assert "leads.csv: desirability of lead 1 is 0.01" in problems_of(folder)


def test_a_range_whose_surrogate_is_not_at_hand_is_named(run, tmp_path) -> None:
    folder = write_run(run, tmp_path / "run")
    assert not any("value_range" in text for text in check_run(folder).unverified)
    edit_json(folder, lambda record: record["settings"].update(surrogates={"potency": str(tmp_path / "nowhere")}))
    assert "value_range of potency: its surrogate is not at hand" in check_run(folder).unverified


def test_a_narrowed_interval_or_another_domain_is_noticed(run, toy_model, tmp_path) -> None:
    folder = write_run(run, tmp_path / "run")
    report = check_run(folder, latent_model=toy_model)
    assert not report.problems

    def narrower(table):
        table.loc[0, "high_potency"] -= 0.01

    def nearer(table):
        table.loc[0, "domain_potency"] = "inside" if table.loc[0, "domain_potency"] == "outside" else "outside"

    def surer(table):
        table["classes_toxic_at_most"] = "neither"

    for change, column in ((narrower, "high_potency"), (nearer, "domain_potency"), (surer, "classes_toxic")):
        forged = write_run(run, tmp_path / column)
        edit_table(forged, "candidates.csv", change)
        problems = check_run(forged, latent_model=toy_model).problems
        assert any(column in text and "the surrogate says" in text for text in problems), column


def test_columns_taken_out_or_added_are_noticed(run, tmp_path) -> None:
    forged = write_run(run, tmp_path / "run")

    def problems(change) -> list[str]:
        edit_table(forged, "candidates.csv", change)
        found = check_run(forged).problems
        edit_table(forged, "candidates.csv", lambda table: run.candidates)
        return found

    def narrower(table):
        return table.drop(columns="distance_potency").assign(high_potency=table["high_potency"] - 0.01)

    found = problems(narrower)
    assert "candidates.csv: the column distance_potency is missing" in found
    assert any(text.startswith("candidates.csv: high_potency of") for text in found)
    assert problems(lambda table: table.drop(columns="classes_toxic_at_most"))
    assert "candidates.csv: the column classes_potency stands there, which its surrogate does not give" in problems(
        lambda table: table.assign(classes_potency="1")
    )
    family = [column for column in run.candidates if column.endswith("_potency") and column.split("_")[0] in BESIDE]
    assert len(family) == 4
    found = problems(lambda table: table.drop(columns=family))  # as earlier versions wrote it: nothing is claimed there
    assert all(text.startswith("candidates.sdf") for text in found)


def test_fronts_and_paths_show_the_interval_of_the_molecule(toy_model, toy_reference, folders, surrogates) -> None:
    quick = {"points": 3, "budget": 12, "analogues": 20, "similarity": 0.2}
    settings = ParetoSettings(leads=[LEAD], goals=["potency:max", "qed:max"], surrogates=folders, **quick)
    table = find_fronts(settings, latent_model=toy_model, reference=toy_reference).candidates
    low, _ = surrogates["potency"].interval(toy_model.encode(table["smiles"].tolist()))
    np.testing.assert_allclose(table["low_potency"], low, rtol=1e-5)
    asked = PathSettings(start=LEAD, end=OTHER, property="potency:max", stops=4, surrogates=folders)
    path = walk_path(asked, latent_model=toy_model, reference=toy_reference)
    with_molecule = path.stops[path.stops["smiles"] != ""]
    assert (with_molecule["low_potency"] < with_molecule["reencoded_potency"]).all()
    assert prediction_text(with_molecule.iloc[0], "potency") in render_path(path)


@pytest.fixture(scope="module")
def concave(toy_model, surrogates, tmp_path_factory) -> Path:
    """A class whose unwanted molecules are the convex set, in a folder."""
    smiles = toy_model.smiles[:150]
    logp = compute_properties(smiles, ["logp"])["logp"].to_numpy()
    data = make_dataset(
        toy_model.encode(smiles),
        1.0 * (logp > np.median(logp)),
        Target("toxic", "", "classify", wanted=0),
        smiles=smiles,
        latent_fingerprint=toy_model.fingerprint,
    )
    quick = FitSettings(members=2, orientation="concave", split="random", training=JUDGED.training)
    return save_surrogate(tmp_path_factory.mktemp("concave") / "toxic", fit_surrogate(data, quick))


def test_a_concave_goal_is_bounded_over_the_hull_and_checked(
    toy_settings, toy_model, toy_reference, concave, tmp_path
) -> None:
    settings = toy_settings.replace(
        goals=["toxic:min", "qed:max"], surrogates={"toxic": concave}, budget=16, analogues=24, programs=3
    )
    run = generate(settings, latent_model=toy_model, reference=toy_reference)
    (proposals,) = run.proposals
    assert proposals.program.concave is not None
    toxic = next(part.surrogate for part in run.surrogates if part.goal.property == "toxic")
    corners = proposals.program.region.tensors()["points"]
    alone = run.programs[run.programs["weight_toxic"] == 1].iloc[0]
    assert alone["lower_bound"] == pytest.approx(float(toxic.cost(corners).min()), abs=1e-6)
    assert alone["status"] == "certified"
    assert (run.candidates["gap_to_bound"] >= -1e-9).all()
    folder = write_run(run, tmp_path / "run")
    assert not check_run(folder, latent_model=toy_model).problems

    def lower(table):
        table["cost_toxic"] -= 0.01

    edit_table(folder, "candidates.csv", lower)
    assert any("cost_toxic" in text for text in check_run(folder, latent_model=toy_model).problems)
    with pytest.raises(ConfigError, match="corners of a hull"):
        generate(settings.replace(region="ball"), latent_model=toy_model, reference=toy_reference)
