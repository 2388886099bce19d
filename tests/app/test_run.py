"""From the button to the candidates: running, waiting, stopped, failed, finished, reloaded."""

import dataclasses
import io
import threading
import zipfile

import pytest
from reading import LEAD, SETTINGS, words

from app.components.downloads import file_stem, zipped
from app.jobs import Jobs, State, jobs
from molconvex.design import GenerateSettings
from molconvex.exceptions import ChemistryError, WeightsError
from molconvex.runs import check_run


def test_journey_on_the_toy_model(open_app) -> None:
    page = open_app()
    page.text_input(key="lead_smiles").set_value(LEAD).run()
    page.slider(key="similarity").set_value(0.1)
    page.select_slider(key="programs").set_value(25)
    page.text_input(key="require").set_value("molecular_weight:<600")
    page.selectbox(key="region").set_value("box")
    page.number_input(key="samples").set_value(2).run()
    page.button(key="start").click().run()
    assert not page.exception
    job_id = page.query_params["job"]
    job = jobs().get(job_id if isinstance(job_id, str) else job_id[0])
    assert job is not None
    assert job.settings.programs == 25
    assert job.settings.region == "box"
    assert [str(item) for item in job.settings.require] == ["molecular_weight:<600"]
    assert job.over.wait(120)
    assert job.state is State.FINISHED, job.error
    page.run()
    assert not page.exception
    assert "candidate" in page.title[0].value
    again = open_app(job)
    assert again.title[0].value == page.title[0].value
    again.button(key="edit").click().run()
    assert again.text_input(key="lead_smiles").value == LEAD
    assert again.slider(key="similarity").value == 0.1
    assert again.number_input(key="samples").value == 2
    assert again.text_input(key="require").value == "molecular_weight:<600"
    assert again.selectbox(key="region").value == "box"
    again.button(key="results").click().run()
    assert again.title[0].value == page.title[0].value


def test_running_job_shows_its_stages_and_stops(open_app) -> None:
    inside, go_on = threading.Event(), threading.Event()

    def work(settings, progress, cancelled):
        progress("load", 1, 1)
        progress("train qed", 40, 900)
        inside.set()
        go_on.wait(30)
        assert cancelled()
        raise ChemistryError("nothing came of it")

    job = jobs().submit(GenerateSettings(**SETTINGS), work)
    assert inside.wait(30)
    try:
        page = open_app(job)
        assert not page.exception
        text = words(page)
        assert "QED is being learnt" in text
        assert "40 of 900" in text
        assert "mc-stage mc-done" in text
        assert "Looking for better molecules" in text
        page.button(key="cancel").click().run()
        assert job.stop.is_set()
        assert page.button(key="cancel").disabled
    finally:
        go_on.set()
    assert job.over.wait(30)


def test_waiting_job_says_so_and_can_be_withdrawn(open_app) -> None:
    go_on = threading.Event()

    def slow(*_: object):
        go_on.wait(30)
        raise ChemistryError("over")

    first = jobs().submit(GenerateSettings(**SETTINGS), slow)
    second = jobs().submit(GenerateSettings(**SETTINGS), slow)
    try:
        page = open_app(second)
        assert "1 other run on this machine comes first" in words(page)
        page.button(key="cancel").click().run()
        assert second.state is State.WITHDRAWN
        page.run()
        assert "cancelled before it began" in words(page)
        assert page.text_input(key="lead_smiles").value == LEAD
    finally:
        go_on.set()
    assert first.over.wait(30)


def test_candidates_are_shown_with_everything(open_app, finished, toy_run) -> None:
    page = open_app(finished(toy_run))
    assert not page.exception
    table = page.dataframe[0].value
    assert len(table) == len(toy_run.candidates)
    assert table["structure"].str.startswith("data:image/svg+xml").all()
    expected = {
        "desirability",
        "similarity",
        "qed",
        "change_qed",
        "predicted_qed",
        "predicted_logp",
        "alerts",
        "smiles",
    }
    assert expected <= set(table.columns)
    lead_qed = toy_run.leads["qed"].iloc[0]
    assert table["change_qed"].iloc[0] == pytest.approx(toy_run.candidates["qed"].iloc[0] - lead_qed)
    assert "certificate" not in table  # it belongs to the proposal, not to the molecule
    text = words(page)
    assert "<b>The proposal</b>" in text
    assert "From proposal to molecule" in text
    assert "never of the molecule" in text
    assert "Proved lower bound" in text
    assert "Candidate 1" in text
    assert toy_run.candidates["smiles"].iloc[0] in [code.value for code in page.code]
    funnel = next(element.proto.body for element in page.get("html") if "mc-funnel" in element.proto.body)
    assert f"<b>{toy_run.funnel['kept'].count:,}</b>" in funnel


def test_another_candidate_can_be_looked_at(open_app, finished, toy_run) -> None:
    page = open_app(finished(toy_run))
    page.session_state["selected"] = 2
    page.run()
    assert "Candidate 3" in words(page)
    assert toy_run.candidates["smiles"].iloc[2] in [code.value for code in page.code]


def test_partial_run_is_labelled(open_app, finished, toy_run) -> None:
    page = open_app(finished(dataclasses.replace(toy_run, status="partial")))
    assert "Stopped early" in page.warning[0].value
    assert len(page.dataframe[0].value) == len(toy_run.candidates)


def test_no_candidate_gives_advice(open_app, finished, toy_model, toy_reference) -> None:
    from molconvex.design import generate

    settings = GenerateSettings(**SETTINGS | {"similarity": 0.95})
    run = generate(settings, latent_model=toy_model, reference=toy_reference)
    assert not len(run.candidates)
    page = open_app(finished(run, settings))
    assert not page.exception
    assert page.title[0].value == "No candidate this time"
    assert "Lower the" in words(page)


def test_stopped_before_any_molecule(open_app, finished, toy_model, toy_reference) -> None:
    from molconvex.design import generate

    run = generate(
        GenerateSettings(**SETTINGS), latent_model=toy_model, reference=toy_reference, cancelled=lambda: True
    )
    page = open_app(finished(run))
    assert not page.exception
    assert page.title[0].value == "Stopped before the first candidate"
    assert not page.warning


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (ChemistryError("'X' is no molecule"), "This lead could not be used"),
        (WeightsError("reference is missing"), "run could not be done"),
        (ZeroDivisionError("a fault"), "fault of the program"),
    ],
)
def test_failed_job_says_why_and_keeps_the_form(open_app, finished, error: Exception, said: str) -> None:
    page = open_app(finished(error))
    assert not page.exception
    assert said in page.error[0].value
    assert page.text_input(key="lead_smiles").value == LEAD
    assert not page.button(key="start").disabled


def test_a_job_that_ends_its_thread_does_not_end_the_worker(finished, toy_run) -> None:
    assert finished(SystemExit("a library gave up")).state is State.FAILED
    assert finished(toy_run).state is State.FINISHED


def test_certificates_stay_on_disk_only(finished, toy_run) -> None:
    """Thirty finished runs must not fill the memory."""
    job = finished(toy_run)
    assert toy_run.proposals
    assert job.run.proposals == []
    assert (job.folder / "certificates").is_dir()


def test_headline_says_first_how_many_meet_every_goal(open_app, finished, toy_run) -> None:
    table = toy_run.candidates.copy()
    table["logp"] = 9.0
    table.loc[table.index[:2], "logp"] = 1.5
    table["qed"] = 0.99
    table["gain"] = 0.1
    page = open_app(finished(dataclasses.replace(toy_run, candidates=table)))
    text = words(page)
    assert "<b>2</b> of them meet every goal" in text
    assert f"{len(table)} of {len(table)} are better than the lead overall" in text


def test_a_molecule_outside_the_region_gets_no_badge(open_app, finished, toy_run) -> None:
    table = toy_run.candidates.copy()
    table["drift"], table["radius"] = 6.0, 2.0
    assert "3.0 radii from it, outside the region: nothing is proved" in words(
        open_app(finished(dataclasses.replace(toy_run, candidates=table)))
    )
    table["drift"] = 2.0
    inside = words(open_app(finished(dataclasses.replace(toy_run, candidates=table))))
    assert "1.0 radii from it." in inside
    assert "outside the region" not in inside


def test_loaded_model_is_out_of_the_garbage_collectors_sight(monkeypatch) -> None:
    import gc

    from app import pipeline

    monkeypatch.setattr("molconvex.latent.load_bundled", object)
    pipeline._bundled.cache_clear()
    before = gc.get_freeze_count()
    try:
        pipeline._bundled()
        assert gc.get_freeze_count() > before
    finally:
        gc.unfreeze()
        pipeline._bundled.cache_clear()


def test_unknown_job_is_explained(open_app) -> None:
    page = open_app("long-gone")
    assert "no longer kept" in page.warning[0].value
    assert not page.exception


def test_files_are_those_of_the_run(finished, toy_run, tmp_path) -> None:
    job = finished(toy_run)
    assert job.folder is not None
    assert job.error is None
    with zipfile.ZipFile(io.BytesIO(zipped(job.folder, "anisole"))) as archive:
        archive.extractall(tmp_path)
    for name in ("candidates.csv", "candidates.sdf", "report.html", "run.json"):
        assert (tmp_path / "anisole" / name).is_file()
    assert not check_run(tmp_path / "anisole").problems


def test_results_survive_files_that_cannot_be_written(open_app, finished, toy_run, monkeypatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("molconvex.runs.write_run", refuse)
    job = finished(toy_run)
    assert job.state is State.FINISHED
    page = open_app(job)
    assert "could not be written" in page.warning[0].value
    assert len(page.dataframe[0].value) == len(toy_run.candidates)


def test_file_names_are_safe() -> None:
    assert file_stem("../../Étrange nom: 5") == "trange-nom-5"
    assert file_stem("...") == "run"


def test_old_jobs_are_forgotten_but_never_active_ones() -> None:
    server, go_on = Jobs(kept=3), threading.Event()

    def wait(*_: object):
        go_on.wait(30)
        raise ChemistryError("over")

    settings = GenerateSettings(**SETTINGS)
    made = [server.submit(settings, wait) for _ in range(5)]
    assert all(server.get(job.id) is job for job in made)
    go_on.set()
    assert made[-1].over.wait(30)
    last = server.submit(settings, wait)
    assert server.get(made[0].id) is None
    assert server.get(last.id) is last


def test_limits_that_no_region_meets_are_said_to_be_proved(open_app) -> None:
    page = open_app()
    page.text_input(key="lead_smiles").set_value(LEAD).run()
    page.select_slider(key="programs").set_value(25)
    page.text_input(key="require").set_value("molecular_weight:<1")
    page.number_input(key="samples").set_value(2).run()
    page.button(key="start").click().run()
    job_id = page.query_params["job"]
    job = jobs().get(job_id if isinstance(job_id, str) else job_id[0])
    assert job is not None
    assert job.over.wait(120)
    page.run()
    assert not page.exception
    said = " ".join(info.value for info in page.info)
    assert "is the bound in that unit" in said
    assert "(proved)" in said.replace("\\", "")
    assert "required: Molecular weight at most 1" in words(page)
