"""The form: leads, goals, limits, search, and what it says when something is wrong."""

from dataclasses import replace
from pathlib import Path

import pytest
from reading import LEAD, start_of, with_lead, words

from app import shared
from app.components.presets import PRESETS
from molconvex.chem import PROPERTIES
from molconvex.exceptions import WeightsError
from molconvex.objectives import Goal
from molconvex.objectives.bundled_surrogates import known_properties
from molconvex.runs.store.pipelines import Pipeline
from molconvex.runs.store.profiles import Profile


def key_of(page, part: str, place: int = 0) -> str:
    """Key of a part of a goal's row."""
    return f"goal_{page.session_state['goals'][place]}_{part}"


def limit_key(page, part: str, place: int = 0) -> str:
    """Key of a part of a limit's row."""
    return f"limit_{page.session_state['limits'][place]}_{part}"


def test_first_visit_invites_and_cannot_start(open_app) -> None:
    page = open_app()
    assert not page.exception
    assert "Draw or paste the molecule" in words(page)
    assert "Give a lead first" in words(page)
    assert start_of(page).disabled


@pytest.mark.parametrize(
    "text", ["CC(=O)Oc1ccccc1C(=O)O", "aspirin", "InChI=1S/C9H8O4/c1-6(10)13-8-5-3-2-4-7(8)9(11)12/h2-5H,1H3,(H,11,12)"]
)
def test_lead_is_named_and_measured_however_it_is_written(open_app, text: str) -> None:
    page = with_lead(open_app, text)
    said = words(page)
    assert "Aspirin" in said
    assert "180.2 g/mol" in said
    assert "BRENK: phenol ester" in said
    assert not start_of(page).disabled


def test_known_drug_is_taken_with_a_click(open_app) -> None:
    page = open_app()
    page.button(key="use_celecoxib").click().run()
    assert "Celecoxib" in words(page)
    page.selectbox(key="lead_example").set_value("fluoxetine").run()
    assert "Fluoxetine" in words(page)
    assert page.selectbox(key="lead_example").value is None


def test_what_was_drawn_becomes_the_lead(open_app) -> None:
    page = open_app()
    page.session_state["drawn"] = "CC(=O)Oc1ccccc1C(=O)O"
    page.run()
    assert page.text_input(key="lead").value == "CC(=O)Oc1ccccc1C(=O)O"
    assert "Aspirin" in words(page)


def test_salt_and_stereo_are_said(open_app) -> None:
    page = with_lead(open_app, "C[C@H](N)Cc1ccccc1.Cl my salt")
    text = words(page)
    assert "My salt" in text
    assert "left out Cl" in text
    assert "Stereochemistry removed" in text
    assert not page.error


@pytest.mark.parametrize(
    ("smiles", "said"),
    [
        ("c1ccccc1(", "cannot be read"),
        ("InChI=1S/nonsense", "cannot read the InChI"),
        ("O", "holds no carbon"),
        ("CCCCCCc1ccccc1.CCCCCCc1ccccn1", "without a clear parent"),
        ("C[As](C)c1ccccc1", "does not know one of the atoms"),
        ("C" * 160, "too large for the model"),
    ],
)
def test_unusable_lead_is_explained_on_its_card(open_app, smiles: str, said: str) -> None:
    page = with_lead(open_app, smiles)
    assert not page.exception
    assert len(page.error) == 1
    assert said in page.error[0].value
    assert "Row 0" not in page.error[0].value
    assert "see why on its card" in words(page)
    assert start_of(page).disabled


def test_text_of_a_lead_is_never_html_or_markdown(open_app) -> None:
    page = with_lead(open_app, "CCO <img src=x onerror=alert(1)>[a](http://b.example)")
    text = words(page)
    assert "<img src=x" not in text.replace("\\<", "")
    assert "&lt;img src=x" in text
    assert "\\[a\\](http" in text


def test_order_is_said_before_it_is_given(open_app) -> None:
    text = words(with_lead(open_app))
    assert "Maximize QED, logP between 1 and 3" in text
    assert "at least 0.40 similar" in text


def test_goals_are_added_changed_and_removed(open_app) -> None:
    page = with_lead(open_app)
    page.button(key="add_goal").click().run()
    assert len(page.session_state["goals"]) == 3
    assert page.selectbox(key=key_of(page, "property", 2)).value == "sa_score"
    page.selectbox(key=key_of(page, "property", 2)).set_value("tpsa").run()
    assert "TPSA between 40 and 90" in words(page)
    page.button(key=key_of(page, "remove", 0)).click().run()
    assert "QED" not in [page.selectbox(key=key_of(page, "property", row)).value for row in (0, 1)]
    assert "Maximize QED" not in words(page)


def test_a_property_has_one_goal(open_app) -> None:
    page = open_app()
    assert "QED" not in page.selectbox(key=key_of(page, "property", 1)).options
    assert "logP" in page.selectbox(key=key_of(page, "property", 1)).options


def test_every_property_and_kind_can_be_chosen(open_app) -> None:
    page = with_lead(open_app)
    for _ in range(len(PROPERTIES) - 2):
        page.button(key="add_goal").click().run()
    assert not page.exception
    assert page.button(key="add_goal").disabled
    assert not start_of(page).disabled
    for kind in ("minimize", "window", "target", "maximize"):
        for row in range(len(PROPERTIES)):
            page.selectbox(key=key_of(page, "kind", row)).set_value(kind)
        page.run()
        assert not page.exception, kind


def test_goal_is_drawn_over_the_distribution_with_the_lead(open_app) -> None:
    text = words(with_lead(open_app))
    assert 'aria-label="Distribution of QED among reference molecules; the lead is at' in text
    assert text.count('class="mc-here"') == 2


def test_window_with_low_above_high_is_explained_in_its_row(open_app) -> None:
    page = with_lead(open_app)
    page.number_input(key=key_of(page, "low", 1)).set_value(5.0).run()
    assert not page.exception
    assert [error.value for error in page.error] == ["The window is empty: 5.00 is above 3.00. Exchange the two ends."]
    assert start_of(page).disabled
    assert "needs your attention" in words(page)


def test_window_over_the_whole_range_asks_for_nothing(open_app) -> None:
    page = with_lead(open_app)
    page.number_input(key=key_of(page, "low", 1)).set_value(-5.0)
    page.number_input(key=key_of(page, "high", 1)).set_value(10.0).run()
    assert "asks for nothing" in page.error[0].value
    assert start_of(page).disabled


def test_open_end_is_said(open_app) -> None:
    page = with_lead(open_app)
    page.number_input(key=key_of(page, "low", 1)).set_value(-5.0).run()
    assert "logP at most 3" in words(page)
    assert not start_of(page).disabled


def test_hard_limits_are_rows_that_are_said_and_kept(open_app) -> None:
    page = with_lead(open_app)
    page.button(key="add_limit").click().run()
    page.button(key="add_limit").click().run()
    assert "required: logP at most 4, required: Molecular weight at most 450 g/mol" in words(page)
    page.selectbox(key=limit_key(page, "property")).set_value("tpsa")
    page.selectbox(key=limit_key(page, "side")).set_value("at_least")
    page.number_input(key=limit_key(page, "threshold")).set_value(40.0).run()
    assert "required: TPSA at least 40" in words(page)
    page.button(key=limit_key(page, "remove", 1)).click().run()
    assert "Molecular weight at most" not in words(page)
    assert not start_of(page).disabled


def test_limits_that_no_value_meets_are_explained(open_app) -> None:
    page = with_lead(open_app)
    for _ in range(2):
        page.button(key="add_limit").click().run()
    page.selectbox(key=limit_key(page, "property", 1)).set_value("logp")
    page.selectbox(key=limit_key(page, "side", 1)).set_value("at_least")
    page.number_input(key=limit_key(page, "threshold", 1)).set_value(5.0).run()
    assert "o value meets both" in page.error[0].value
    assert "What must hold needs your attention" in words(page)
    assert start_of(page).disabled


def test_presets_fill_the_goals(open_app) -> None:
    page = with_lead(open_app)
    page.selectbox(key="preset").set_value("More drug-like").run()
    assert not page.exception
    assert "Maximize QED, logP between 1 and 3, minimize SA score" in words(page)
    assert "More soluble" not in page.selectbox(key="preset").options  # the toy model has no such surrogate


@pytest.mark.parametrize("name", PRESETS)
def test_presets_ask_for_what_is_bundled_and_for_drug_likeness(name: str) -> None:
    goals = [Goal.parse(text, known=None) for text in PRESETS[name]]
    assert {goal.property for goal in goals} <= set(known_properties())
    assert "qed" in {goal.property for goal in goals}


def test_profiles_are_kept_used_cloned_and_deleted(open_app, store) -> None:
    page = with_lead(open_app)
    page.button(key="add_limit").click().run()
    page.text_input(key="where").set_value("logp < 3 or tpsa < 90").run()
    page.text_input(key="profile_name").set_value("soft").run()
    page.button(key="keep_profile").click().run()
    (kept,) = store.profiles.all()
    assert kept == Profile("soft", ("qed:max", "logp:1..3"), ("logp:<4",), "(logp <= 3) | (tpsa <= 90)")
    assert "where (logP at most 3) or (TPSA at most 90 Å²)" in words(page).replace("\\", "")
    again = with_lead(open_app)
    again.selectbox(key="preset").set_value("soft").run()
    assert "required: logP at most 4, where (logP at most 3) or (TPSA at most 90 Å²)" in words(again)
    again.button(key="clone_profile").click().run()
    assert [profile.name for profile in store.profiles.all()] == ["soft", "soft 2"]
    again.button(key="delete_profile").click().run()
    assert [profile.name for profile in store.profiles.all()] == ["soft 2"]


def test_a_profile_without_a_condition_takes_the_one_of_the_form_away(open_app, store) -> None:
    store.profiles.save(Profile("plain", ("qed:max",)))
    page = with_lead(open_app)
    page.text_input(key="where").set_value("logp < 3").run()
    page.selectbox(key="preset").set_value("plain").run()
    assert page.text_input(key="where").value == ""


def test_a_form_that_needs_attention_is_not_kept(open_app, store) -> None:
    page = with_lead(open_app)
    page.text_input(key="where").set_value("logp <").run()
    page.text_input(key="profile_name").set_value("soft").run()
    page.button(key="keep_profile").click().run()
    assert "needs attention first" in page.toast[0].value
    assert not store.profiles.all()


def test_what_a_profile_asks_for_and_nothing_predicts_is_said(open_app, store) -> None:
    store.profiles.save(Profile("theirs", ("qed:max", "potency:max"), ("cytotoxicity:<3",)))
    page = with_lead(open_app)
    page.selectbox(key="preset").set_value("theirs").run()
    said = page.warning[0].value.replace("\\", "")
    assert "Left out:** maximize potency; required: cytotoxicity at most 3." in said


def test_without_goals_nothing_starts(open_app) -> None:
    page = with_lead(open_app)
    for _ in range(2):
        page.button(key=key_of(page, "remove", 0)).click().run()
    assert "Add at least one goal" in page.error[0].value
    assert start_of(page).disabled


def test_many_leads_are_shown_with_what_is_wrong(open_app) -> None:
    page = open_app()
    page.session_state["uploaded"] = [f"{LEAD} one", "C1CC broken", "CCOc1ccccc1 two"]
    page.run()
    assert "2 leads of 3 can be used" in words(page)
    assert list(page.dataframe[0].value["name"]) == ["one", "C1CC broken", "two"]
    assert "similar to <b>2 leads</b>" in words(page)
    page.button(key="one_lead").click().run()
    assert start_of(page).disabled


def test_missing_weights_are_said_and_the_lead_still_shown(open_app, monkeypatch) -> None:
    def missing():
        raise WeightsError("the bundled vae is missing (somewhere); install molconvex again")

    monkeypatch.setattr(shared, "pipeline", lambda: Pipeline(missing, missing))
    page = with_lead(open_app)
    assert not page.exception
    assert len(page.error) == 1
    assert "latent model is missing or damaged" in page.error[0].value
    assert "bundled vae is missing" in page.error[0].value
    assert "g/mol" in words(page)
    assert start_of(page).disabled


def test_a_fault_is_said_with_an_id_and_without_a_traceback(open_app, monkeypatch, caplog) -> None:
    monkeypatch.setattr("app.views.design.design_form", lambda *_, **__: 1 / 0)
    page = open_app()
    assert not page.exception
    number = page.error[0].value.split("`")[1]
    assert f"fault {number}" in caplog.text
    assert "ZeroDivisionError" not in page.error[0].value


def test_goals_and_limits_of_a_model_that_was_deleted_leave_the_form(open_app, monkeypatch) -> None:
    known = shared.choices()
    known |= {"potency": replace(known["tpsa"], name="potency", label="potency")}
    monkeypatch.setattr("app.views.design.choices", lambda: known)
    page = open_app()
    page.button(key="add_limit").click().run()
    page.selectbox(key=key_of(page, "property")).set_value("potency")
    page.selectbox(key=limit_key(page, "property")).set_value("potency").run()
    assert not page.exception
    del known["potency"]
    page.run()
    assert not page.exception
    assert "Something went wrong" not in words(page)
    assert len(page.session_state["goals"]) == 1
    assert page.selectbox(key=key_of(page, "property")).value == "logp"
    assert page.session_state["limits"] == []


def test_pages_of_convex_costs_offer_no_other_and_name_the_folder_of_a_model(open_app, monkeypatch) -> None:
    known = shared.choices()
    known |= {"toxic": replace(known["tpsa"], name="toxic", label="toxic", is_convex=False)}
    known |= {"potency": replace(known["tpsa"], name="potency", label="potency", folder=Path("models/potency"))}
    for view, key in (("tradeoffs", "front_a"), ("walks", "walk_property")):
        monkeypatch.setattr(f"app.views.{view}.choices", lambda: known)
        page = open_app({"tradeoffs": "trade-offs", "walks": "walks"}[view])
        assert not page.exception
        assert "potency" in page.selectbox(key=key).options
        assert "toxic" not in page.selectbox(key=key).options
    monkeypatch.setattr("app.shared.choices", lambda: known)
    assert shared.folders_of(["potency", "qed"]) == {"potency": "models/potency"}
