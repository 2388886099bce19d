"""Candidates of a run whose surrogate refines: which prediction is which stands wherever a chemist reads one."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from reading import LEAD, words

from app.components.candidate_table import columns_of
from app.components.goal_values import lead_value
from app.views.latent_map import _colors
from app.views.models import LEARN_FROM_STRUCTURES
from molconvex.runs import read_run
from molconvex.runs.store import RunState
from molconvex.surrogate import save_surrogate

GOALS = {"leads": [LEAD], "goals": ["potency:max", "qed:max"], "similarity": 0.1, "budget": 15, "analogues": 20}


@pytest.fixture
def run_of(store, work, trained):
    """A run whose goal the trained surrogate predicts, as it is in its folder by then."""

    def made(folder=None):
        settings = GOALS | {"surrogates": {"potency": str(folder or store.folder_of(trained))}}
        run = work(store.runs.add("generate", settings, title="Anisole: more potent").id)
        assert run.state is RunState.FINISHED, run.error
        return run

    return made


def written(value: float) -> str:
    return f"{value:.2f}".replace("-", "−")


def test_both_predictions_stand_in_the_panel_and_the_refined_one_everywhere(
    open_app, store, refined, run_of, toy_model
) -> None:
    run = run_of()
    found = read_run(store.folder_of(run))
    best, lead = found.candidates.iloc[0], found.leads.iloc[0]
    own = float(refined.predict_refined(toy_model.encode([LEAD]).double(), [lead["smiles"]])[0])
    ranked, convex = best["predicted_refined_potency"], best["predicted_potency"]
    assert written(ranked) != written(convex)
    page = open_app("design", run)
    assert not page.exception
    text = words(page)
    assert f"potency {written(own)} → <b>{written(ranked)}</b> (predicted, refined)" in text
    assert f"{written(ranked)}&nbsp;<i title=" in text
    assert f"<i>convex&nbsp;{written(convex)}</i>" in text
    low, high = best["low_refined_potency"], best["high_refined_potency"]
    assert f"<i>{written(low)} to {written(high)}</i>" in text
    assert f"<span>potency, refined</span><b>{written(ranked)} <i>" in text
    assert "It speaks of the convex predictions, not of the refined ones that rank" in text
    assert ("potency: outside its domain" in text) == (found.candidates["domain_potency"][:12] == "outside").any()
    titles = _colors(found)
    assert titles["predicted_refined_potency"] == "potency, refined"
    assert titles["qed"] == "QED"
    table, config = columns_of(found, found.candidates, lead, {})
    assert config["potency"]["label"] == "potency, refined"
    np.testing.assert_allclose(table["potency"], found.candidates["predicted_refined_potency"])
    np.testing.assert_allclose(table["change_potency"], table["potency"] - own)


def test_the_lead_is_predicted_by_the_model_of_the_run(store, trained, refined, run_of, toy_model, tmp_path) -> None:
    of_run = shutil.copytree(store.folder_of(trained), tmp_path / "model")
    save_surrogate(store.folder_of(trained), replace(refined, refinement=None), overwrite=True)
    found = read_run(store.folder_of(run_of(of_run)))
    wanted, other = refined.predict_refined(z := toy_model.encode([LEAD]).double(), [LEAD])[0], refined.predict(z)[0]
    own = lead_value(found, found.settings.goals[0], found.candidates, found.leads.iloc[0])
    assert own == pytest.approx(wanted)
    assert own != pytest.approx(float(other))


def test_a_single_prediction_is_called_predicted(open_app, store, trained, run_of) -> None:
    run = run_of()
    assert any(f"in the app: {LEARN_FROM_STRUCTURES}" in note for note in run.notes)
    best = read_run(store.folder_of(run)).candidates.iloc[0]
    text = words(open_app("design", run))
    assert f"<b>{written(best['predicted_potency'])}</b> (predicted)," in text
    assert "<span>potency, predicted</span>" in text
    assert "<span>QED</span>" in text
    assert "(predicted, refined)" not in text
    assert "potency, refined" not in text
    assert "convex&nbsp;" not in text
    assert "It speaks of predictions, not of the molecule in the flask" in text
