"""A run while it goes on or waits: stages, the best so far, how long yet, stopping and withdrawing."""

from dataclasses import replace

import pytest
from reading import LEAD, SETTINGS, words

from app.components.funnel import ADVICE, SHORT
from app.components.round_view import time_left
from app.components.running import plan
from app.components.training_at_work import present_losses
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


def test_a_training_has_few_stages_however_many_networks_it_trains(store) -> None:
    run = store.runs.add("train", {"target": {"property": "logp"}})
    store.runs.claim(run.id, "w")

    def stages(**done: tuple[int, int]) -> list[tuple[str, float, int, str]]:
        store.runs.beat(run.id, done)
        return [*plan(store.runs.get(run.id))]

    assert stages() == [("Read and encode the structures", 0, 0, "now")]
    networks = {"train logp: convex side, member 1 of 2": (30, 30), "train logp: convex side, member 2 of 2": (40, 80)}
    read, convex = stages(**networks)
    assert read[3] == "done"
    assert convex == ("Learn logP, convex side", 1.5, 2, "now")
    networks |= {"train logp: concave side, member 1 of 2": (80, 80), "train logp: concave side, member 2 of 2": (7, 7)}
    assert stages(**networks)[1:] == [
        ("Learn logP, convex side", 1.5, 2, "done"),
        ("Learn logP, concave side", 2, 2, "now"),
    ]
    for split in (1, 2, 3):
        networks |= {f"train logp: split {split} of 10, {what}": (5, 80) for what in ("member 1 of 2", "unconstrained")}
    assert stages(**networks)[3:] == [("Judge it on other splits, beside other kinds of models", 2, 10, "now")]
    assert [entry[3] for entry in stages(**networks, write=(0, 1))] == ["done"] * 4 + ["now"]


def test_the_learning_curve_is_that_of_the_present_network() -> None:
    told = [("a", 0, 9.0), ("a", 20, 8.0), ("b", 0, 3.0), ("b", 20, 2.0), ("b", 40, 1.0)]
    rounds = [(0, n, {"stage": w, "done": done, "train": loss, "valid": 2.0}) for n, (w, done, loss) in enumerate(told)]
    drawn = present_losses(rounds)
    assert drawn.index.tolist() == [0, 20, 40]
    assert drawn["Training molecules"].tolist() == [3.0, 2.0, 1.0]
    assert present_losses([]).empty


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
