"""Sizes of candidates: asked for in the form, said in its order, and left out again."""

from reading import start_of, with_lead, words


def test_sizes_of_candidates_are_asked_for_said_and_left_out_again(open_app, store) -> None:
    page = with_lead(open_app)
    assert "heavy atoms, with" not in words(page)
    page.number_input(key="min_heavy_atoms").set_value(9).run()
    assert "at least 9 heavy atoms, with" in words(page)
    page.number_input(key="max_heavy_atoms").set_value(9).run()
    assert not start_of(page).disabled
    assert "similar to <b>your lead</b>, 9 heavy atoms, with" in words(page)
    page.number_input(key="max_heavy_atoms").set_value(10).run()
    assert "9 to 10 heavy atoms, with" in words(page)
    page.number_input(key="max_heavy_atoms").set_value(8).run()
    assert start_of(page).disabled
    assert "nothing can pass" in words(page)
    page.number_input(key="min_heavy_atoms").set_value(None).run()
    start_of(page).click().run()
    (run,) = store.runs.active()
    assert (run.settings["min_heavy_atoms"], run.settings["max_heavy_atoms"]) == (None, 8)
