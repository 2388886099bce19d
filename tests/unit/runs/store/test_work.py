"""Work on runs: in this process on the toy model, and in processes of their own that may die."""

import os
import signal
import sys
import time
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError

from molconvex.exceptions import ConfigError
from molconvex.runs import check_run
from molconvex.runs.store import Dispatcher, QueueLimits, RunState
from molconvex.runs.store.pipelines import Pipeline, pipeline
from molconvex.runs.store.worker import work_on

LEAD = "COc1ccc(C(C)(C)C)cc1"
SETTINGS = {
    "leads": [LEAD],
    "goals": ["qed:max", "logp:1..2"],
    "similarity": 0.1,
    "budget": 20,
    "analogues": 20,
    "plausibility": "flag",
}
HERE = Path(__file__).parent


@pytest.fixture
def toy(toy_model, toy_reference) -> Pipeline:
    return Pipeline(lambda: toy_model, lambda: toy_reference)


@pytest.fixture
def by_name(monkeypatch):
    """Put a pipeline of toy_pipeline.py into the environment of workers."""

    def put(name: str) -> None:
        monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(HERE), *sys.path]))
        monkeypatch.setenv("MOLCONVEX_PIPELINE", f"toy_pipeline:{name}")

    return put


def wait_for(dispatcher: Dispatcher, store, run_id: str):
    for _ in range(6000):
        dispatcher.step()
        run = store.runs.get(run_id)
        if not run.is_active:
            return run
        time.sleep(0.05)
    pytest.fail(f"the run did not end: {run}")


def test_generation_is_done_written_and_noted(store, toy) -> None:
    run = store.runs.add("generate", SETTINGS)
    assert work_on(store, run.id, lambda: toy)
    done = store.runs.get(run.id)
    assert done.state is RunState.FINISHED, done.error
    assert not check_run(store.folder_of(done)).problems
    assert done.summary["candidates"] > 3
    assert 0 < done.summary["meeting"] <= done.summary["better"] + 1
    assert store.molecules.runs_with(done.summary["best"]["smiles"]) == [run.id]
    assert done.stages["write"] == (1, 1)
    lead, number, facts = store.molecules.rounds(run.id)[-1]
    assert (lead, number) == (1, len(store.molecules.rounds(run.id)))
    assert facts["best_smiles"]
    assert facts["best"] >= facts["mean"] > 0
    assert not work_on(store, run.id, lambda: toy)


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        (
            "pareto",
            {
                "leads": [LEAD],
                "goals": ["qed:max", "logp:min"],
                "similarity": 0.1,
                "points": 4,
                "budget": 12,
                "analogues": 8,
            },
        ),
        ("path", {"start": LEAD, "end": "CCOc1ccc(CC)cc1", "property": "qed", "method": "straight", "stops": 4}),
    ],
)
def test_fronts_and_paths_are_done(store, toy, kind, settings) -> None:
    run = store.runs.add(kind, settings)
    work_on(store, run.id, lambda: toy)
    done = store.runs.get(run.id)
    assert done.state is RunState.FINISHED, done.error
    assert (store.folder_of(done) / "run.json").is_file()


def test_a_front_of_much_smaller_molecules_says_so(store, toy) -> None:
    settings = {"leads": [LEAD], "goals": ["molecular_weight:min", "tpsa:min"], "similarity": 0.05, "points": 4}
    run = store.runs.add("pareto", settings | {"budget": 40, "analogues": 24})
    work_on(store, run.id, lambda: toy)
    done = store.runs.get(run.id)
    assert any("best candidates have" in note for note in done.notes), done.notes


def test_training_is_done_with_a_curve(store, toy, toy_reference) -> None:
    from molconvex.surrogate import load_surrogates

    table = store.folder / "assay.csv"
    rows = zip(toy_reference.smiles, toy_reference.table["logp"], strict=True)
    table.write_text("SMILES,activity\n" + "".join(f"{smiles},{value}\n" for smiles, value in rows))
    fit = {"members": 1, "split": "random", "evidence": False}
    settings = {"table": str(table), "column": "activity", "fit": fit}
    settings["target"] = {"property": "potency", "unit": "", "sense": "maximize"}
    run = store.runs.add("train", settings)
    work_on(store, run.id, lambda: toy)
    done = store.runs.get(run.id)
    assert done.state is RunState.FINISHED, done.error
    assert "potency" in load_surrogates(store.folder_of(done))
    curve = store.molecules.rounds(run.id)
    assert len(curve) > 2
    assert curve[-1][2]["valid"] < curve[0][2]["valid"] * 1.5


@pytest.mark.parametrize(
    ("settings", "kind"),
    [
        (SETTINGS | {"leads": ["C1CC("]}, "ChemistryError"),
        (SETTINGS | {"nonsense": 1}, "ConfigError"),
    ],
)
def test_failures_keep_their_reason(store, toy, settings, kind) -> None:
    run = store.runs.add("generate", settings)
    work_on(store, run.id, lambda: toy)
    failed = store.runs.get(run.id)
    assert failed.state is RunState.FAILED
    assert failed.error_kind == kind
    assert failed.error


def test_a_fault_of_the_program_is_noted_too(store) -> None:
    def broken():
        raise SystemExit("a library gave up")

    run = store.runs.add("generate", SETTINGS)
    work_on(store, run.id, broken)
    assert store.runs.get(run.id).error_kind == "SystemExit"


def test_a_stopped_run_keeps_what_is_finished(store, toy) -> None:
    run = store.runs.add("generate", SETTINGS)

    class Stopping:
        latent_model, reference = staticmethod(toy.latent_model), staticmethod(toy.reference)

    def how():
        store.runs.stop(run.id)
        for _ in range(200):
            if store.runs.get(run.id).stages or store.runs.get(run.id).stop_asked:
                break
            time.sleep(0.02)
        time.sleep(1.2)
        return Stopping()

    work_on(store, run.id, how)
    stopped = store.runs.get(run.id)
    assert stopped.state is RunState.FINISHED, stopped.error
    assert stopped.summary["status"] == "partial"


def test_files_that_cannot_be_written_are_said(store, toy) -> None:
    (store.folder / "runs").write_text("in the way")
    run = store.runs.add("generate", SETTINGS)
    work_on(store, run.id, lambda: toy)
    failed = store.runs.get(run.id)
    assert failed.state is RunState.FAILED
    assert "cannot be written" in failed.error


@pytest.mark.parametrize("note", ["record_round", "record_findings"])
def test_a_busy_store_costs_no_run_its_result(store, toy, note, monkeypatch) -> None:
    def busy(*_):
        raise OperationalError("INSERT", {}, Exception("database is locked"))

    monkeypatch.setattr(type(store.molecules), note, busy)
    monkeypatch.setattr("molconvex.runs.store.worker.STORE_WAIT", 0.0)
    run = store.runs.add("generate", SETTINGS)
    work_on(store, run.id, lambda: toy)
    done = store.runs.get(run.id)
    assert done.state is RunState.FINISHED, done.error
    assert (store.folder_of(done) / "run.json").is_file()


@pytest.mark.parametrize("times", [0, 2])
def test_a_store_that_is_busy_for_a_while_gets_the_result_and_its_candidates(store, toy, times, monkeypatch) -> None:
    left = {"end": times, "record_findings": times}

    def busy_at_first(owner: type, name: str):
        real = getattr(owner, name)

        def call(*arguments, **facts):
            left[name] -= 1
            if left[name] >= 0:
                raise OperationalError("INSERT", {}, Exception("database is locked"))
            return real(*arguments, **facts)

        monkeypatch.setattr(owner, name, call)

    busy_at_first(type(store.runs), "end")
    busy_at_first(type(store.molecules), "record_findings")
    monkeypatch.setattr("molconvex.runs.store.patience.time.sleep", lambda seconds: None)
    run = store.runs.add("generate", SETTINGS)
    work_on(store, run.id, lambda: toy)
    done = store.runs.get(run.id)
    assert (done.state, left) == (RunState.FINISHED, {"end": -1, "record_findings": -1})
    assert store.molecules.runs_with(done.summary["best"]["smiles"]) == [run.id]


def test_a_process_of_its_own_does_the_work(store, by_name) -> None:
    by_name("toy")
    dispatcher = Dispatcher(store)
    run = dispatcher.submit("generate", SETTINGS, owner="ann")
    done = wait_for(dispatcher, store, run.id)
    assert done.state is RunState.FINISHED, (done.error, (store.folder / "logs" / f"{run.id}.log").read_text())
    assert done.summary["candidates"] > 3


def test_a_worker_that_dies_takes_nothing_down(store, by_name) -> None:
    by_name("deadly")
    dispatcher = Dispatcher(store)
    run = dispatcher.submit("generate", SETTINGS)
    lost = wait_for(dispatcher, store, run.id)
    assert lost.state is RunState.LOST
    assert f"signal {int(signal.SIGKILL)}" in lost.error


def test_one_at_a_time_and_places_in_the_queue(store, monkeypatch) -> None:
    begun = []
    dispatcher = Dispatcher(store, QueueLimits(at_once=1, per_owner=2))
    monkeypatch.setattr(dispatcher, "_begin", lambda run: begun.append(run.id) or store.runs.claim(run.id, "w"))
    first, second = (dispatcher.submit("generate", {}, owner="a") for _ in range(2))
    with pytest.raises(ConfigError, match="2 of your runs"):
        dispatcher.submit("generate", {}, owner="a")
    other = dispatcher.submit("generate", {}, owner="b")
    dispatcher.step()
    dispatcher.step()
    assert begun == [first.id]
    assert (dispatcher.ahead_of(store.runs.get(other.id)), dispatcher.ahead_of(store.runs.get(second.id))) == (1, 2)
    store.runs.end(first.id, RunState.FINISHED)
    dispatcher.step()
    assert begun == [first.id, other.id]


def test_a_process_past_its_time_is_ended(store, monkeypatch) -> None:
    from molconvex.runs.store import dispatcher as module

    class Process:
        killed = False

        def poll(self):
            return None

        def kill(self):
            self.killed = True

    dispatcher, process = Dispatcher(store), Process()
    monkeypatch.setattr(module.time, "monotonic", lambda: 100.0 + module.GRACE)
    dispatcher._watch("x", module.Worker(process, 0.0, 100.0))
    assert not process.killed
    dispatcher._watch("x", module.Worker(process, -0.001, 100.0))
    assert process.killed


def test_a_pipeline_that_is_none_is_refused(monkeypatch) -> None:
    for name, said in (
        ("nowhere:x", "module:attribute"),
        ("os:path", "no Pipeline"),
        ("os:nothing", "module:attribute"),
    ):
        monkeypatch.setenv("MOLCONVEX_PIPELINE", name)
        with pytest.raises(ConfigError, match=said):
            pipeline()
