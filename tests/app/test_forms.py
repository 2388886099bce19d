"""Forms that hold what was put in: values are assigned until the browser has answered, and not after that."""

import pytest
from streamlit.testing.v1 import AppTest

from app import forms
from molconvex.design import PathSettings


def page() -> None:
    import streamlit as st

    from app import forms

    session = st.session_state
    if "asked" in session:
        forms.assign("f", {"number": session.pop("asked")})
    if "met" in session:
        forms.fill("f", session["met"], session["kind"], lambda settings: {"number": float(settings.stops)}, ("stops",))
    if session.get("elsewhere"):
        forms.leave_all_but("g")
        return
    forms.hold("f", {"number": 3.0})
    st.number_input("Number", key="number")
    forms.receipt("f")


@pytest.fixture
def drawn() -> AppTest:
    found = AppTest.from_function(page).run()
    assert not found.exception
    return found


def known(at: AppTest) -> forms.Held:
    return at.session_state[forms.FORMS]["f"]


def answer(at: AppTest, late: int = 0) -> None:
    """What the browser says once it shows what was assigned, or what it said some assignments ago."""
    at.session_state["f_receipt"] = {"number": known(at).assigned - late}


def field(at: AppTest) -> tuple[float, bool]:
    """The value of the field, and whether this run tells it to the browser."""
    assert not at.exception
    number = at.number_input(key="number")
    return number.value, number.proto.set_value


def test_a_value_is_assigned_in_every_run_until_the_browser_shows_it(drawn) -> None:
    assert field(drawn) == (3.0, True)
    assert field(drawn.run()) == (3.0, True)
    answer(drawn, late=1)
    assert field(drawn.run()) == (3.0, True)
    answer(drawn)
    assert field(drawn.run()) == (3.0, False)


@pytest.mark.parametrize("is_told", [True, False])
def test_what_the_user_changes_stays(drawn, is_told: bool) -> None:
    if is_told:
        answer(drawn)
    drawn.number_input(key="number").set_value(5.0)
    assert field(drawn.run()) == (5.0, not is_told)
    assert known(drawn).values == {"number": 5.0}


def test_what_the_app_puts_in_waits_for_an_answer_of_its_own(drawn) -> None:
    answer(drawn)
    drawn.session_state["asked"] = 7.0
    assert field(drawn.run()) == (7.0, True)
    assert field(drawn.run()) == (7.0, True)  # the answer to the first value says nothing of this one
    answer(drawn)
    assert field(drawn.run()) == (7.0, False)


def test_a_form_that_was_left_comes_back_as_it_was(drawn) -> None:
    drawn.number_input(key="number").set_value(5.0)
    answer(drawn.run())
    told = known(drawn).assigned
    drawn.session_state["elsewhere"] = True
    assert not drawn.run().number_input
    assert known(drawn).assigned > told  # even where Streamlit, interrupted, has not forgotten the answer
    assert "number" not in drawn.session_state  # Streamlit forgets what is not drawn
    drawn.session_state["elsewhere"] = False
    assert field(drawn.run()) == (5.0, True)


def test_a_run_that_is_come_upon_anew_fills_the_form_once(drawn, store) -> None:
    ends = {"start": "CCO", "end": "CCN", "property": "qed"}
    drawn.session_state["kind"] = PathSettings
    drawn.session_state["met"] = store.runs.add("path", ends | {"stops": 9, "method": "radial"})
    assert field(drawn.run()) == (9.0, True)
    assert known(drawn).carried == ends | {"method": "radial"}
    drawn.number_input(key="number").set_value(5.0)
    assert field(drawn.run())[0] == 5.0
    drawn.session_state["met"] = store.runs.add("path", ends | {"stops": 8})
    assert field(drawn.run())[0] == 8.0
    assert known(drawn).carried == ends
    drawn.session_state["met"] = store.runs.add("path", {"steps": 7})  # of another version
    assert field(drawn.run())[0] == 8.0
