"""Where a lead stands on a property that only a surrogate knows."""

from dataclasses import replace

import numpy as np
import pytest

from app.components import goal_curve
from molconvex.surrogate import FitSettings, Target, TrainingSettings, fit_surrogate, make_dataset, save_surrogate
from molconvex.surrogate.model.refinement import fit_refinement
from molconvex.surrogate.model.structure_features import structure_features
from tests.toy_latent import ToyLatentModel, toy_reference

QUICK = FitSettings(
    members=1,
    orientation="convex",
    split="random",
    training=TrainingSettings(hidden=(8,), least_steps=20, most_steps=20),
)
LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"


@pytest.mark.parametrize("is_refined", [True, False])
def test_a_lead_is_predicted_as_candidates_are(is_refined, toy_model, tmp_path, monkeypatch) -> None:
    smiles, target = toy_model.smiles[:60], Target("potency", "", "maximize")
    value = np.arange(60.0)
    data = make_dataset(
        toy_model.encode(smiles), value, target, smiles=smiles, latent_fingerprint=toy_model.fingerprint
    )
    surrogate = fit_surrogate(data, QUICK)
    if is_refined:
        surrogate = replace(surrogate, refinement=fit_refinement(structure_features(smiles), value, target))
    folder = save_surrogate(tmp_path / "potency", surrogate)
    monkeypatch.setattr(goal_curve, "latent_model", lambda: toy_model)
    found = goal_curve._predicted(toy_model.fingerprint, "potency", str(folder), LEAD)
    z = toy_model.encode([LEAD]).double()
    assert found == pytest.approx(surrogate.predict_refined(z, [LEAD])[0])
    assert (found == pytest.approx(float(surrogate.predict(z)))) != is_refined
    # the bars beside the lead's mark are of the same kind
    reference = toy_reference(toy_model)
    monkeypatch.setattr(goal_curve, "reference", lambda: reference)
    bars = goal_curve._values(toy_model.fingerprint, "potency", str(folder))
    assert bars == pytest.approx(surrogate.predict_refined(reference.z.double(), reference.smiles))


def test_refined_bars_are_of_some_reference_molecules(toy_model, refined, trained, store, monkeypatch) -> None:
    monkeypatch.setattr(goal_curve, "latent_model", lambda: toy_model)
    monkeypatch.setattr(goal_curve, "SOME", 7)
    folder = str(store.folder_of(trained))
    assert len(goal_curve._predictions(toy_model.fingerprint, "potency", folder)) == 7


def test_where_no_surrogate_belongs_to_the_model_nothing_is_known(toy_model: ToyLatentModel, monkeypatch) -> None:
    monkeypatch.setattr(goal_curve, "latent_model", lambda: toy_model)
    assert goal_curve._predicted(toy_model.fingerprint, "nothing", "", LEAD) is None
