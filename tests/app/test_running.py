"""A run while it goes on or waits: stages, the best so far, how long yet, stopping and withdrawing."""

from dataclasses import replace

import pytest
from reading import LEAD, SETTINGS, words

from app.components.funnel import ADVICE, SHORT
from app.components.round_view import time_left
from app.components.running import plan
from molconvex.design.funnel import LABELS
from molconvex.runs.store import RunState


def test_running_run_shows_its_stages_and_stops(open_app, store) -> None:
    run = store.runs.add("generate", SETTINGS, title="My run")
    store.runs.claim(run.id, "w")
    store.runs.beat(run.id, {"load": (1, 1), "train qed": (40, 900)})
    page = open_app("design", run)
    assert not page.exception
    text = words(page)
    assert "Learn the surrogate of QED" in text
    assert "40 of 900" in text
    assert "mc-stage mc-done" in text
    assert "My run" in text
    page.button(key="stop").click().run()
    assert store.runs.get(run.id).stop_asked
    assert page.button(key="stop").disabled


def test_running_search_shows_the_best_so_far_and_how_long_yet(open_app, store, monkeypatch) -> None:
    run = store.runs.add("generate", SETTINGS, title="My run")
    store.runs.claim(run.id, "w")
    store.runs.beat(run.id, {"load": (1, 1), "search": (20, 50)})
    for number, best in ((1, 0.5), (2, 0.75)):
        facts = {"scored": 10 * number, "seen": 321, "best_smiles": "CCOc1ccccc1", "best": best, "mean": best}
        store.molecules.record_round(run.id, 1, number, facts | {"shares": {"edits": 0.75, "crossover": 0.25}})
    text = words(open_app("design", run))
    assert "Best so far</b>, desirability 0.75" in text
    assert "321 looked at, 20 molecules scored" in text
    assert "small edits: 75 %" in text
    monkeypatch.setattr("app.components.round_view.ENOUGH", 0.4)
    begun = replace(store.runs.get(run.id), started=100.0, ended=140.0)
    assert time_left(begun) == "about 60 s left"
    assert time_left(replace(begun, stages={"search": (19, 50)})) == ""
    assert time_left(replace(begun, stages={"search": (50, 50)})) == ""


@pytest.mark.parametrize("kind", ["path", "train"])
def test_running_walk_and_training_say_what_they_work_on(open_app, store, kind: str) -> None:
    settings = {"path": {"start": LEAD, "end": "CCOc1ccccc1"}, "train": {"target": {"property": "potency"}}}[kind]
    run = store.runs.add(kind, settings, title="Mine")
    store.runs.claim(run.id, "w")
    store.molecules.record_round(run.id, 0, 1, {"train": 1.0, "valid": 2.0})
    store.molecules.record_round(run.id, 0, 2, {"train": 0.5, "valid": 1.0})
    page = open_app({"path": "walks", "train": "models"}[kind], run)
    assert not page.exception
    assert not page.error
    assert {"path": "CCOc1ccccc1", "train": "potency"}[kind] in words(page)


def test_stages_stand_in_the_order_of_work(store) -> None:
    run = store.runs.add("generate", SETTINGS)
    store.runs.claim(run.id, "w")
    store.runs.beat(run.id, {"load": (1, 1), "search": (30, 300)})
    standing = [(title, where) for title, _, _, where in plan(store.runs.get(run.id))]
    assert standing[:2] == [("Encode the lead", "done"), ("Propose, screen and score molecules", "now")]


def test_waiting_run_says_so_and_can_be_withdrawn(open_app, store) -> None:
    first = store.runs.add("generate", SETTINGS, owner="a")
    store.runs.claim(first.id, "w")
    second = store.runs.add("generate", SETTINGS, owner="b")
    page = open_app("design", second)
    assert "1 other run on this machine comes first" in words(page)
    page.button(key="stop").click().run()
    assert store.runs.get(second.id).state is RunState.WITHDRAWN
    page.run()
    assert "stopped before anything was finished" in words(page)
    assert page.text_input(key="lead").value == LEAD


def test_the_funnel_shows_every_step_and_gives_advice_on_real_ones() -> None:
    assert {*SHORT, "leads"} == set(LABELS)
    assert set(ADVICE) <= set(LABELS)
