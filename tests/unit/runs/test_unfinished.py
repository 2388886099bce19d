"""Finished leads stay on disk whatever becomes of the process."""

import os
import signal

import pytest
from toy_latent import ToyLatentModel, library, toy_reference

from molconvex.design import GenerateSettings, generate
from molconvex.design.run import Run
from molconvex.runs import check_run, read_run
from molconvex.runs.unfinished import Unfinished, left_unfinished

LEADS = ["Cc1ccc(C(C)=O)cc1", "CCOc1ccc(C)cc1", "CC(=O)Nc1ccc(O)cc1"]


def run_of_three(after_lead) -> Run:
    model = ToyLatentModel(library())
    settings = GenerateSettings(
        leads=LEADS, goals=["qed:max"], budget=12, analogues=12, programs=2, similarity=0.2, gap_tol=1e-2
    )
    return generate(settings, latent_model=model, reference=toy_reference(model), after_lead=after_lead)


@pytest.fixture(scope="module")
def partial_runs() -> list[Run]:
    runs: list[Run] = []
    run_of_three(runs.append)
    return runs


def test_each_lead_but_the_last_is_handed_over_as_a_partial_run(partial_runs) -> None:
    assert [run.status for run in partial_runs] == ["partial", "partial"]
    assert [sorted(set(run.candidates["lead"])) for run in partial_runs] == [[1], [1, 2]]


def test_what_is_kept_is_a_run_that_verifies(partial_runs, tmp_path) -> None:
    unfinished = Unfinished(tmp_path / "toy", clock=lambda: 0.0)
    for run in partial_runs:
        unfinished.keep(run)
        check_run(tmp_path / "toy-unfinished").raise_if_failed()
    assert set(read_run(tmp_path / "toy-unfinished").candidates["lead"]) == {1, 2}
    unfinished.remove()
    assert list(tmp_path.iterdir()) == []


def test_a_kill_while_it_is_removed_leaves_no_half_of_a_run(partial_runs, tmp_path, monkeypatch) -> None:
    unfinished = Unfinished(tmp_path / "toy")
    unfinished.keep(partial_runs[0])
    monkeypatch.setattr("molconvex.drafts.shutil.rmtree", lambda path, **_: (path / "candidates.csv").unlink())
    unfinished.remove()
    assert left_unfinished(tmp_path / "toy") == []
    assert not (tmp_path / "toy-unfinished").exists()
    monkeypatch.undo()
    Unfinished(tmp_path / "toy").keep(partial_runs[0])
    assert [path.name for path in tmp_path.iterdir()] == ["toy-unfinished"]


def test_keeping_waits_until_ten_times_the_last_writing_has_passed(partial_runs, tmp_path) -> None:
    times = iter([0.0, 1.0, 3.0, 22.9, 23.0, 24.0])
    unfinished = Unfinished(tmp_path / "toy", clock=lambda: next(times))  # made; writing from 1 to 3
    unfinished.keep(partial_runs[0])
    unfinished.keep(partial_runs[1])  # at 22.9, before 3 + 10 * 2
    assert set(read_run(tmp_path / "toy-unfinished").candidates["lead"]) == {1}
    unfinished.keep(partial_runs[1])
    assert set(read_run(tmp_path / "toy-unfinished").candidates["lead"]) == {1, 2}


def test_what_an_earlier_process_left_is_named_and_not_touched(partial_runs, tmp_path) -> None:
    Unfinished(tmp_path / "toy").keep(partial_runs[0])
    assert left_unfinished(tmp_path / "toy") == [tmp_path / "toy-unfinished"]
    later = Unfinished(tmp_path / "toy")
    later.keep(partial_runs[1])
    later.remove()
    assert set(read_run(tmp_path / "toy-unfinished").candidates["lead"]) == {1}
    assert left_unfinished(tmp_path / "other") == []


def test_a_disk_that_cannot_keep_leads_does_not_end_the_run(partial_runs, tmp_path) -> None:
    unfinished = Unfinished(tmp_path / "toy")
    (tmp_path / "toy-unfinished").write_text("taken")
    with pytest.warns(UserWarning, match="could not be kept meanwhile: .* is a file"):
        unfinished.keep(partial_runs[0])
    unfinished.remove()
    assert (tmp_path / "toy-unfinished").read_text() == "taken"


def test_a_killed_process_leaves_its_finished_leads(tmp_path) -> None:
    child = os.fork()
    if child == 0:
        try:
            unfinished = Unfinished(tmp_path / "toy", clock=lambda: 0.0)

            def keep(run: Run) -> None:
                unfinished.keep(run)
                if run.candidates["lead"].max() == 2:
                    os.kill(os.getpid(), signal.SIGKILL)

            run_of_three(keep)
        finally:
            os._exit(1)
    _, status = os.waitpid(child, 0)
    assert os.WTERMSIG(status) == signal.SIGKILL
    check_run(tmp_path / "toy-unfinished").raise_if_failed()
    assert set(read_run(tmp_path / "toy-unfinished").candidates["lead"]) == {1, 2}
