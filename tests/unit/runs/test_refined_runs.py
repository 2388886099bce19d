"""Where a surrogate refines its predictions, a run ranks by the refined ones, shows them, and has them checked."""

import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from molconvex.chem import compute_properties, standardize
from molconvex.cli.tables import candidate_table, run_notes
from molconvex.columns import CANDIDATES, REFINED, described
from molconvex.design import Run, generate
from molconvex.design.pareto.fronts import find_fronts
from molconvex.design.pareto.settings import ParetoSettings
from molconvex.exceptions import ConfigError
from molconvex.objectives import Goal, meets_every_goal
from molconvex.objectives.goal_scores import GoalScores
from molconvex.objectives.goals import check_goals
from molconvex.optimize import non_dominated
from molconvex.runs import check_run, write_run
from molconvex.runs.report.predictions import prediction_text
from molconvex.surrogate import (
    ConvexSurrogate,
    Target,
    fit_surrogate,
    make_dataset,
    save_surrogate,
)
from molconvex.surrogate.model.refinement import fit_refinement
from molconvex.surrogate.model.structure_features import structure_features
from tests.forging import edit_json, edit_table, problems_of
from tests.quick_settings import JUDGED
from tests.toy_latent import ToyLatentModel


@pytest.fixture(scope="module")
def surrogate(toy_model: ToyLatentModel) -> ConvexSurrogate:
    """Of a number that the toy latents tell in part and the structures tell better."""
    smiles = toy_model.smiles[:150]
    table = compute_properties(smiles, ["logp", "tpsa"])
    value = table["logp"].to_numpy() - 0.05 * table["tpsa"].to_numpy()
    target = Target("potency", "", "maximize")
    data = make_dataset(
        toy_model.encode(smiles), value, target, smiles=smiles, latent_fingerprint=toy_model.fingerprint
    )
    plain = fit_surrogate(data, JUDGED)
    refinement = fit_refinement(structure_features(smiles), value, target)
    assert refinement is not None
    return replace(plain, refinement=replace(refinement, conformal=plain.conformal))


@pytest.fixture(scope="module")
def model_folder(surrogate, tmp_path_factory) -> Path:
    return save_surrogate(tmp_path_factory.mktemp("models") / "potency", surrogate)


@pytest.fixture(scope="module")
def run(toy_settings, toy_model, toy_reference, model_folder) -> Run:
    settings = toy_settings.replace(
        goals=["potency:max", "qed:max"], surrogates={"potency": model_folder}, budget=16, analogues=20
    )
    return generate(settings, latent_model=toy_model, reference=toy_reference)


def test_molecules_are_ranked_by_the_refined_prediction(run, surrogate) -> None:
    table, z = run.candidates, run.latents[1].candidates
    wanted = surrogate.predict_refined(z, table["smiles"].tolist())
    np.testing.assert_allclose(table["predicted_refined_potency"], wanted)
    np.testing.assert_allclose(table["predicted_potency"], surrogate.predict(z))
    assert np.abs(table["predicted_refined_potency"] - table["predicted_potency"]).max() > 0.1
    part = run.surrogates[0]
    np.testing.assert_allclose(table["desirability_potency"], part.desirability(wanted))
    half = surrogate.conformal.half_width(surrogate.distance_to_training(z).numpy(), 0.9)
    np.testing.assert_allclose(table["low_refined_potency"], wanted - half)
    np.testing.assert_allclose(table["high_refined_potency"], wanted + half)
    assert described("predicted_refined_potency", CANDIDATES) is REFINED
    lead = run.leads.iloc[0]
    own = surrogate.predict_refined(run.latents[1].lead[None], [lead["smiles"]])
    each = np.array([part.desirability(own)[0], run.surrogates[1].desirability(np.array([lead["qed"]]))[0]])
    assert lead["desirability"] == pytest.approx(np.sqrt(each.prod()))


def test_the_search_itself_scores_by_it(run, toy_model) -> None:
    table, scores = run.candidates.head(5), GoalScores(run.surrogates)
    molecules = [standardize(text) for text in table["smiles"]]
    values = {"qed": table["qed"].to_numpy()}
    found, columns = scores.measured(values, run.latents[1].candidates[:5], molecules)
    np.testing.assert_allclose(columns["potency"], table["predicted_refined_potency"])
    np.testing.assert_allclose(found, table["desirability"])


def test_what_people_read_and_count_is_refined(run, tmp_path, capsys) -> None:
    best = run.candidates.iloc[0]
    text = prediction_text(best, "potency")
    assert text.startswith(f"{best['predicted_refined_potency']:.3g} ({best['low_refined_potency']:.3g} to ")
    assert text.endswith("outside") == (best["distance_potency"] > 1)
    plain = prediction_text(best, "potency", as_refined=False)
    assert plain.startswith(f"{best['predicted_potency']:.3g} ({best['low_potency']:.3g} to ")
    page = (write_run(run, tmp_path / "run") / "report.html").read_text()
    assert text in page
    assert plain not in page
    assert re.search(r'<tr class="remark"><td colspan="3">predicted, refined \(', page)
    assert "and of predicted ones where nothing measures a goal" in page
    assert "not measured</td>" in page
    assert f"{text} predicted, refined" in page
    assert 'scope="col">potency, predicted, refined</th>' in page
    assert f"Where the convex prediction of potency, {best['predicted_potency']:.3g}, comes from" in page
    assert f"The refined one, {best['predicted_refined_potency']:.3g}, also rests on molecules that are alike" in page
    candidate_table(run, 2)
    assert "potency, refined" in capsys.readouterr().out
    goals, leads = run.settings.goals, run.leads.assign(predicted_refined_potency=best["predicted_refined_potency"])
    met = meets_every_goal(goals, run.candidates.assign(qed=1.0), leads.assign(qed=0.0))
    assert met.tolist() == (run.candidates["predicted_refined_potency"] > best["predicted_refined_potency"]).tolist()


def test_forged_refined_predictions_are_noticed(run, toy_model, tmp_path) -> None:
    folder = write_run(run, tmp_path / "run")
    report = check_run(folder, latent_model=toy_model)
    assert not report.problems
    assert not report.unverified or all("potency" not in text for text in report.unverified)

    def higher(table):
        value = table["predicted_refined_potency"] + 0.2
        return table.assign(predicted_refined_potency=value)

    def surer(table):
        return table.assign(low_refined_potency=table["low_refined_potency"] + 0.01)

    def without(table):
        return table.drop(columns=[column for column in table if "_refined_" in column])

    for change, said in (
        (higher, "predicted_refined_potency of 1-0001"),
        (surer, "low_refined_potency of 1-0001"),
        (without, "desirability_potency of 1-0001"),
    ):
        edit_table(folder, "candidates.csv", change)
        assert said in problems_of(folder)
        edit_table(folder, "candidates.csv", lambda table: run.candidates)
    edit_table(folder, "candidates.csv", lambda table: table.drop(columns="low_refined_potency"))
    assert "the column low_refined_potency is missing" in problems_of(folder)
    edit_table(folder, "candidates.csv", lambda table: run.candidates.assign(predicted_refined_qed=0.99))
    assert "the column predicted_refined_qed stands there, and RDKit measures it" in problems_of(folder)


def test_the_lead_is_judged_by_the_refined_prediction_too(run, tmp_path) -> None:
    folder = write_run(run, tmp_path / "run")
    edit_table(folder, "leads.csv", lambda table: table.assign(desirability=table["desirability"] + 0.01))
    edit_table(folder, "candidates.csv", lambda table: table.assign(gain=table["gain"] - 0.01))
    assert "leads.csv: desirability of lead 1 is" in problems_of(folder)


def test_what_refines_and_is_not_at_hand_is_named(run, tmp_path) -> None:
    folder = write_run(run, tmp_path / "run")
    edit_json(folder, lambda record: record["settings"].update(surrogates={"potency": str(tmp_path / "nowhere")}))
    unverified = check_run(folder).unverified
    assert "leads.csv: desirability of lead 1: what refines its prediction is not at hand" in unverified
    assert "candidates.csv: predicted_refined_potency, which ranks: what refines it is not at hand" in unverified


def test_a_goal_that_one_model_alone_ranks_is_named(
    run, surrogate, toy_settings, toy_model, toy_reference, tmp_path, capsys
) -> None:
    run_notes(run)
    assert capsys.readouterr().err == ""
    plain = save_surrogate(tmp_path / "plain", replace(surrogate, refinement=None))
    settings = toy_settings.replace(
        goals=["potency:max", "qed:max"], surrogates={"potency": plain}, budget=12, analogues=12
    )
    alone = generate(settings, latent_model=toy_model, reference=toy_reference)
    run_notes(alone)
    said = capsys.readouterr().err
    assert said.startswith("potency is ranked by one model alone")
    assert said.strip() in (write_run(alone, tmp_path / "run") / "report.html").read_text()
    assert "predicted_refined_potency" not in alone.candidates
    tried = replace(alone.surrogates[0].surrogate, card=alone.surrogates[0].surrogate.card | {"refinement": None})
    run_notes(replace(alone, surrogates=[replace(alone.surrogates[0], surrogate=tried), *alone.surrogates[1:]]))
    assert "--refine was tried" in capsys.readouterr().err


def test_a_lead_around_which_nothing_is_scored_is_no_error(
    toy_settings, toy_model, toy_reference, model_folder
) -> None:
    settings = toy_settings.replace(
        goals=["potency:max", "qed:max"], surrogates={"potency": model_folder}, budget=5, analogues=20, similarity=0.95
    )
    empty = generate(settings, latent_model=toy_model, reference=toy_reference)
    assert empty.candidates.empty
    assert {"predicted_refined_potency", "low_refined_potency"} <= set(empty.candidates)


def test_molecules_of_a_front_dominate_one_another_by_the_refined_prediction(
    toy_settings, surrogate, toy_model, toy_reference, model_folder, tmp_path
) -> None:
    settings = ParetoSettings(
        leads=toy_settings.leads,
        goals=["potency:max", "qed:max"],
        surrogates={"potency": model_folder},
        similarity=0.2,
        points=5,
        budget=30,
        analogues=20,
        gap_tol=1e-2,
        front_tol=0.02,
        max_heavy_atoms=26,
    )
    found = find_fronts(settings, latent_model=toy_model, reference=toy_reference)
    table, lead = found.candidates, found.run.leads.iloc[0]
    own = float(surrogate.predict_refined(toy_model.encode([lead["smiles"]]).double(), [lead["smiles"]])[0])
    assert found.fronts[0].lead_values["potency"] == pytest.approx(own)
    values = table[["predicted_refined_potency", "qed"]].to_numpy()
    assert table["non_dominated"].tolist() == non_dominated(-values, deduplicate=False).tolist()
    assert table["dominates_lead"].tolist() == (values >= [own, lead["qed"]]).all(axis=1).tolist()
    plain = table[["predicted_potency", "qed"]].to_numpy()
    assert table["non_dominated"].tolist() != non_dominated(-plain, deduplicate=False).tolist()
    folder = write_run(found, tmp_path / "front")
    assert not check_run(folder, latent_model=toy_model).problems
    edit_json(folder, lambda record: record["fronts"][0]["lead_values"].update(potency=own - 0.1))
    assert "run.json: potency of lead 1" in problems_of(folder)
    edit_json(folder, lambda record: record["fronts"][0]["lead_values"].update(potency=own))
    edit_json(folder, lambda record: record["settings"].update(surrogates={"potency": str(tmp_path / "nowhere")}))
    assert not check_run(folder, latent_model=toy_model).problems


def test_a_run_says_whether_its_predictions_are_refined(run, tmp_path) -> None:
    """Dropping every refined column and ranking anew by the prediction alone would else be a run of another kind."""
    folder = write_run(run, tmp_path / "run")
    edit_table(folder, "candidates.csv", lambda table: table.drop(columns=[c for c in table if "_refined_" in c]))
    assert "run.json: predictions of potency are refined, candidates.csv has none that is" in problems_of(folder)
    folder = write_run(run, tmp_path / "run", overwrite=True)
    edit_json(folder, lambda record: record["surrogates"][0].update(refined=False))
    assert "predictions of potency are not refined, candidates.csv has some that are" in problems_of(folder)
    edit_json(folder, lambda record: record["surrogates"][0].pop("refined"))
    assert check_run(folder).ok


def test_a_goal_cannot_be_called_like_a_refined_prediction(run) -> None:
    with pytest.raises(ConfigError, match="reads like the refined prediction of 'potency'"):
        check_goals([Goal.parse("refined_potency:max", known=None)])
    check_goals([Goal.parse("refinedness:max", known=None)])
