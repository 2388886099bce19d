"""What the page of models predicts: the best prediction with its interval, and beside a refined one the convex one."""

import numpy as np

from app.components.predicted_list import heading, predicted_table
from app.components.surrogate_quality import quality
from molconvex.surrogate import Target

ASKED = ["COc1ccccc1", "CC(=O)Nc1ccccc1", "C1CC("]


def shown(page):
    return page.dataframe[-1].value


def test_a_refined_prediction_comes_first_with_its_interval_and_the_convex_one_beside_it(
    open_app, trained, refined, toy_model
) -> None:
    page = open_app("models")
    page.text_area(key=f"predict_{trained.id}").set_value("\n".join(ASKED)).run()
    assert not page.exception
    table, z = shown(page), toy_model.encode(ASKED[:2]).double()
    best = refined.predict_refined(z, ASKED[:2])
    np.testing.assert_allclose(table["predicted_refined_potency"][:2], best)
    np.testing.assert_allclose(table["predicted_potency"][:2], refined.predict(z))
    assert list(table.columns).index("predicted_refined_potency") < list(table.columns).index("predicted_potency")
    half = 0.5 if table["domain"][0] == "inside" else 1.0
    assert table["interval"][0] == f"{best[0] - half:.3g} to {best[0] + half:.3g}"
    assert table["predicted_refined_potency"].notna().tolist() == [True, True, False]
    assert "1 of 3 could not be predicted. C1CC(" in page.warning[0].value
    assert "Requirements and proofs speak of the convex one" in " ".join(item.value for item in page.caption)


def test_without_a_refinement_there_is_one_prediction_and_no_word_of_others(open_app, trained, toy_model) -> None:
    page = open_app("models")
    page.text_area(key=f"predict_{trained.id}").set_value("\n".join(ASKED[:2])).run()
    assert not page.exception
    table = shown(page)
    assert [name for name in table if name.startswith("predicted")] == ["predicted_potency"]
    assert not page.warning
    assert "convex one" not in " ".join(item.value for item in page.caption)


def test_molecules_that_cannot_be_read_are_named_even_where_they_are_most(trained, refined, toy_model) -> None:
    table = predicted_table(refined, ["C1CC(", "x", ASKED[0]])
    assert table["predicted_refined_potency"].notna().tolist() == [False, False, True]
    assert (table["problem"] != "").tolist() == [True, True, False]
    nothing = predicted_table(refined, ["C1CC("])
    assert nothing["predicted_potency"].isna().all()


def test_headings_say_what_is_predicted() -> None:
    assert heading(Target("pIC50", "", "maximize"), "") == "pIC50"
    assert heading(Target("t_half", "h", "maximize"), "refined") == "t_half, refined (h)"
    assert heading(Target("toxic", "", "classify", wanted=0), "convex") == "toxic, convex (probability of class 1)"
    assert heading(Target("logd", "", "window", 1.0, 3.0), "") == "logd (distance to the window)"


def test_how_far_to_trust_names_the_prediction_and_shows_what_classes_are_measured_by(finished) -> None:
    from types import SimpleNamespace

    import pandas as pd

    entry = {"property": "toxic", "goal": "toxic:min", "origin": "folder", "metrics": {"roc_auc": {"value": 0.8}}}
    entries = [entry, entry | {"refined": True}]
    table = quality(SimpleNamespace(surrogates=entries, candidates=pd.DataFrame()))
    assert table["roc_auc"].tolist() == [0.8, 0.8]
    assert ["convex" in text for text in table["Surrogate"]] == [False, True]
