"""What a run was asked for comes back whole: every setting is drawn in the form, or carried with it and said."""

import pytest
from reading import LEAD, words

from app import shared, state
from molconvex.design import GenerateSettings
from molconvex.exceptions import WeightsError
from molconvex.runs.store import RunState

EVERYTHING = {
    "leads": [f"{LEAD} anisole"],
    "goals": ["qed:sigmoid(0.2, 0.8)*0.05", "logp:points(0=0, 2=1, 3=1, 6=0.2)*20", "tpsa:-5..90.5", "sa_score:min"],
    "require": ["molecular_weight:<420.25"],
    "where": '(qed > 0.3) & ((logp < 3) | (tpsa < 90)) & ~alert("nitro")',
    "stages": ["0.3; logp:1..3; tpsa:<90", "0.1; qed:linear(0.1, 0.9)"],
    "keep": ["2-4", "c1ccccc1", "6,8"],
    "avoid": ["[N+]", "C#N"],
    "similarity": 0.12,
    "alerts": "drop",
    "plausibility": "off",
    "budget": 77,
    "seed": 5,
    "top": 2000,
    "diverse": True,
    "region": "box",
    "exact": True,
    "min_heavy_atoms": 4,
    "max_heavy_atoms": 40,
    "max_similarity": 0.9,
    "max_changed_atoms": 9,
    "rounds": 7,
    "proposers": ["edits", "latent"],
    "target": 0.95,
    "control": "ga",
    "radius": 3.5,
}


def asked_again(page, store) -> GenerateSettings:
    """Settings of the run that the form begins."""
    assert not page.exception
    assert [error.value for error in page.error if "could not be done" not in error.value] == []
    assert not page.button(key="start").disabled, words(page)
    page.button(key="start").click().run()
    assert not page.exception
    (again,) = store.runs.active()
    return GenerateSettings(**again.settings)


def failed(store, **settings):
    """A run that came to nothing, whose settings the form therefore shows."""
    run = store.runs.add("generate", settings)
    store.runs.end(run.id, RunState.FAILED, error=WeightsError("x"))
    return run


@pytest.mark.parametrize("road", ["the run's page", "use again"])
def test_every_setting_of_a_run_is_asked_for_again(open_app, store, road: str) -> None:
    asked = GenerateSettings(**EVERYTHING)
    run = failed(store, **asked.to_dict())
    if road == "use again":
        page = open_app("runs")
        page.button(key=f"again_{run.id}").click().run()
        page._page_hash = ""  # AppTest stays on the page where it began
    else:
        page = open_app("design", run)
    assert asked_again(page, store) == asked


def test_what_the_form_does_not_draw_is_said_and_can_be_left_out(open_app, store) -> None:
    run = failed(store, **GenerateSettings(**EVERYTHING).to_dict())
    page = open_app("design", run)
    said = words(page)
    assert "proposers edits, latent" in said
    assert "control ga" in said
    assert "alert('nitro')" in page.text_input(key="where").value
    assert "where (" in said
    assert "30 % of it first for logP between 1 and 3" in said
    page.button(key="drop_carried_design").click().run()
    assert "control ga" not in words(page)
    page.button(key="start").click().run()
    (again,) = store.runs.active()
    assert again.settings["control"] is None
    assert again.settings["where"]


def test_every_setting_is_drawn_or_carried() -> None:
    drawn = {*state.OPTIONS, *state.DRAWN}
    assert drawn <= set(GenerateSettings.model_fields)
    assert {"proposers", "control", "target"}.isdisjoint(drawn)


def test_goals_and_limits_that_nothing_predicts_are_named(open_app, store) -> None:
    settings = {"leads": [LEAD], "goals": ["potency:max", "qed:max"], "require": ["hERG:<0.3"]}
    page = open_app("design", failed(store, **settings))
    assert "maximize potency" in page.warning[0].value
    assert "hERG" in page.warning[0].value
    page.text_input(key="lead").set_value("CCOc1ccccc1").run()
    assert page.warning  # said until the form is filled anew or a run begins
    page.button(key="start").click().run()
    (again,) = store.runs.active()
    assert again.settings["goals"] == ["qed:max"]


def test_a_condition_is_written_changed_and_complained_about(open_app, store) -> None:
    page = open_app()
    page.text_input(key="lead").set_value(LEAD).run()
    page.text_input(key="where").set_value("(logp < 3) or (tpsa < 90)").run()
    assert "(logP at most 3) or (TPSA at most 90 Å²)" in words(page)
    for text, said in (
        ("(logp < 3", "is no condition"),
        ("potency > 6", "potency"),
        ("(logp < 3) & (logp > 4)", "o molecule meets"),
    ):
        page.text_input(key="where").set_value(text).run()
        assert said in page.error[0].value.replace("\\", ""), text
        assert page.button(key="start").disabled, text
    page.text_input(key="where").set_value("").run()
    assert not page.button(key="start").disabled


def test_a_goal_follows_a_curve_that_is_typed(open_app, store) -> None:
    page = open_app()
    page.text_input(key="lead").set_value(LEAD).run()
    row = page.session_state["goals"][0]
    page.selectbox(key=f"goal_{row}_kind").set_value("shape").run()
    assert not page.error
    page.text_input(key=f"goal_{row}_shape").set_value("sigmoid(0.3, 0.9)").run()
    assert "maximize QED along sigmoid(0.3, 0.9)" in words(page).lower().replace("qed", "QED")
    page.text_input(key=f"goal_{row}_shape").set_value("sigmoid(0.3)").run()
    assert "is no shape" in page.error[0].value.replace("\\", "")
    assert page.button(key="start").disabled


def test_a_profile_keeps_the_curve_of_a_goal(open_app, store) -> None:
    run = failed(store, leads=[LEAD], goals=["qed:sigmoid(0.2, 0.8)"])
    page = open_app("design", run)
    page.text_input(key="profile_name").set_value("soft").run()
    page.button(key="keep_profile").click().run()
    again = open_app()
    again.selectbox(key="preset").set_value("soft").run()
    row = again.session_state["goals"][0]
    assert again.text_input(key=f"goal_{row}_shape").value == "sigmoid(0.2, 0.8)"


def test_a_limit_on_a_property_of_a_model_of_ones_own_finds_its_folder(open_app, store, monkeypatch) -> None:
    from dataclasses import replace
    from pathlib import Path

    known = shared.choices()
    known |= {"potency": replace(known["tpsa"], name="potency", label="potency", folder=Path("models/potency"))}
    monkeypatch.setattr("app.shared.choices", lambda: known)
    monkeypatch.setattr("app.views.design.choices", lambda: known)
    page = open_app()
    page.text_input(key="lead").set_value(LEAD).run()
    page.button(key="add_limit").click().run()
    row = page.session_state["limits"][0]
    page.selectbox(key=f"limit_{row}_property").set_value("potency").run()
    page.button(key="start").click().run()
    (run,) = store.runs.active()
    assert run.settings["surrogates"] == {"potency": "models/potency"}


@pytest.mark.parametrize("goals", [["tpsa:>300", "logp:=12"], ["logp:<-6", "tpsa:=-1"], ["logp:1..50", "tpsa:>90"]])
def test_goals_beyond_a_usual_range_come_back_as_they_were(open_app, store, goals: list[str]) -> None:
    asked = GenerateSettings(leads=[LEAD], goals=goals)
    page = open_app("design", failed(store, **asked.to_dict()))
    assert asked_again(page, store).goals == asked.goals
