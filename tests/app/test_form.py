"""The form: lead, goals, limits, and what it says when something is wrong."""

import pytest
from reading import LEAD, words

from app import pipeline
from molconvex.chem import PROPERTIES
from molconvex.exceptions import WeightsError


def key_of(page, part: str, place: int = 0) -> str:
    """Key of a part of a goal's row."""
    return f"goal_{page.session_state['goals'][place]}_{part}"


def with_lead(open_app, smiles: str = LEAD):
    page = open_app()
    return page.text_input(key="lead_smiles").set_value(smiles).run()


def start_of(page):
    return page.button(key="start")


def test_first_visit_invites_and_cannot_start(open_app) -> None:
    page = open_app()
    assert not page.exception
    assert "Paste the SMILES" in words(page)
    assert "Give a lead first" in words(page)
    assert start_of(page).disabled


def test_lead_is_drawn_measured_and_named(open_app) -> None:
    page = with_lead(open_app, "CC(=O)Oc1ccccc1C(=O)O")
    text = words(page)
    assert "Aspirin" in text
    assert "data:image/svg+xml" in text
    assert "180.2 g/mol" in text
    assert "BRENK: phenol ester" in text
    assert not start_of(page).disabled


def test_known_drug_is_taken_with_a_click(open_app) -> None:
    page = open_app()
    page.button(key="use_celecoxib").click().run()
    assert "Celecoxib" in words(page)
    page.selectbox(key="lead_example").set_value("fluoxetine").run()
    assert "Fluoxetine" in words(page)
    assert page.selectbox(key="lead_example").value is None


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
    assert "200 programs" in text


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


def test_slider_and_numbers_follow_each_other(open_app) -> None:
    page = open_app()
    page.slider(key=key_of(page, "slider", 1)).set_range(0.5, 2.5).run()
    assert page.number_input(key=key_of(page, "low", 1)).value == 0.5
    page.number_input(key=key_of(page, "high", 1)).set_value(4.0).run()
    assert page.slider(key=key_of(page, "slider", 1)).value == (0.5, 4.0)


def test_window_with_low_above_high_is_explained_in_its_row(open_app) -> None:
    page = with_lead(open_app)
    page.number_input(key=key_of(page, "low", 1)).set_value(5.0).run()
    assert not page.exception
    assert [error.value for error in page.error] == ["The window is empty: 5.00 is above 3.00. Exchange the two ends."]
    assert start_of(page).disabled
    assert "needs your attention" in words(page)


def test_window_over_the_whole_range_asks_for_nothing(open_app) -> None:
    page = with_lead(open_app)
    page.slider(key=key_of(page, "slider", 1)).set_range(-5.0, 10.0).run()
    assert "asks for nothing" in page.error[0].value
    assert start_of(page).disabled


def test_open_end_is_said(open_app) -> None:
    page = with_lead(open_app)
    page.slider(key=key_of(page, "slider", 1)).set_range(-5.0, 3.0).run()
    assert "logP at most 3" in words(page)
    assert not start_of(page).disabled


def test_what_must_hold_is_said_back_and_kept(open_app) -> None:
    page = with_lead(open_app)
    page.text_input(key="require").set_value("logp:<4, tpsa>40").run()
    text = words(page)
    assert "Every point and every candidate: logP at most 4, TPSA at least 40" in text
    assert not start_of(page).disabled
    page.button(key="add_goal").click().run()
    assert page.text_input(key="require").value == "logp:<4, tpsa>40"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("logp:max", "without a limit"),
        ("logp:<4, logp:>5", "No value meets both"),
        ("nonsense:<4", "Unknown property 'nonsense'"),
        ("logp", "'logp' is no requirement; write it as in logp"),
        ("logp:<4,5", "'5' is no requirement"),
    ],
)
def test_what_cannot_hold_is_explained_beneath_it(open_app, text: str, said: str) -> None:
    page = with_lead(open_app)
    page.text_input(key="require").set_value(text).run()
    assert not page.exception
    assert len(page.error) == 1
    assert said in page.error[0].value
    assert "What must hold needs your attention" in words(page)
    assert start_of(page).disabled


def test_without_goals_nothing_starts(open_app) -> None:
    page = with_lead(open_app)
    for _ in range(2):
        page.button(key=key_of(page, "remove", 0)).click().run()
    assert "Add at least one goal" in page.error[0].value
    assert start_of(page).disabled


def test_missing_weights_are_said_and_the_lead_still_shown(open_app) -> None:
    def missing():
        raise WeightsError("the bundled vae is missing (somewhere); install molconvex again")

    pipeline.use(pipeline.Pipeline(missing))
    page = with_lead(open_app)
    assert not page.exception
    assert len(page.error) == 1
    assert "latent model is missing or damaged" in page.error[0].value
    assert "bundled vae is missing" in page.error[0].value
    assert "g/mol" in words(page)
    assert start_of(page).disabled
