"""`molconvex pareto`: a whole run with the toy model, clear errors, Ctrl-C, and `molconvex check` on its folder."""

import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from molconvex.cli import main

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"
GOALS = ["-g", "qed:max", "-g", "logp:2..3"]
QUICK = ["--points", "4", "--budget", "12", "--analogues", "8", "--similarity", "0.2", "--gap-tol", "0.01"]


@pytest.fixture
def toy(toy_model, toy_reference, monkeypatch, tmp_path) -> Path:
    """The toy model in the place of the bundled one; an empty working folder."""
    monkeypatch.setattr("molconvex.design.inputs.load_latent_model", lambda name: toy_model)
    monkeypatch.setattr("molconvex.design.inputs.reference_set", lambda: toy_reference)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([LEAD, "-g", "qed:max"], "needs two or three goals, got 1; for one goal use generate"),
        ([LEAD, *GOALS, "-g", "tpsa:min", "-g", "sa_score:min"], "needs two or three goals, got 4"),
        ([LEAD, "-g", "qed:max", "-g", "qed:min"], "'qed' has 2 goals"),
        ([LEAD, *GOALS, "--points", "1"], "points: input should be greater than or equal to 2"),
        ([LEAD, "-g", "qed:max*2", "-g", "logp:2..3"], "qed:max*2 has a weight"),
        ([LEAD, "-g", "qedd:max", "-g", "logp:2..3"], "unknown property 'qedd'; known are qed"),
        ([LEAD], "goals missing"),
        (GOALS, "leads missing"),
        ([" ", *GOALS], "a lead is a SMILES"),
        ([LEAD, *GOALS, "--radius", "0"], "radius: input should be greater than 0"),
        ([LEAD, *GOALS, "--similarity", "2"], "similarity"),
        ([*GOALS, "--leads", "nowhere.smi"], "there is no file nowhere.smi"),
        ([LEAD, *GOALS, "--surrogate", "qed"], "PROPERTY=FOLDER"),
    ],
)
def test_errors_are_one_message_and_status_2(arguments: list[str], says: str, capfd, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["pareto", *arguments]) == 2
    printed = capfd.readouterr()
    assert says in " ".join(printed.err.replace("│", " ").split())
    assert "Traceback" not in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_is_printed_written_described_and_verified(toy, capfd) -> None:
    arguments = ["pareto", f"{LEAD} morpholide", *GOALS, "--out", "runs/one", *QUICK]
    assert main(arguments) == 0
    printed = capfd.readouterr().out
    assert "candidates dominates" in printed
    assert "morpholide: predicted front of" in printed
    for name in ("report.html", "molecules.csv", "front.csv", "run.json"):
        assert f"runs/one/{name}" in printed
        assert Path("runs/one", name).is_file()
    assert main(["check", "runs/one"]) == 0
    assert "certificates verified" in capfd.readouterr().out
    assert main(["info", "runs/one"]) == 0
    assert "qed:max, logp:2..3" in capfd.readouterr().out
    assert main(arguments) == 2
    assert "exists already" in capfd.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0


def test_check_fails_after_the_front_is_edited(toy, capfd) -> None:
    assert main(["pareto", LEAD, *GOALS, "--out", "run", *QUICK]) == 0
    table = Path("run/front.csv")
    table.write_text(table.read_text().replace("1", "2", 1))
    capfd.readouterr()
    assert main(["check", "run"]) == 2
    assert "FAILED  front.csv: edited" in capfd.readouterr().err


def test_much_smaller_molecules_are_named(toy, capfd) -> None:
    arguments = ["pareto", LEAD, "-g", "molecular_weight:min", "-g", "tpsa:min", "--out", "run", *QUICK]
    assert main([*arguments, "--similarity", "0.1", "--budget", "24"]) == 0
    printed = capfd.readouterr().err
    assert "best candidates have" in printed
    assert "so a part that matters may be gone" in printed
    assert "so a part that matters may be gone" in Path("run/report.html").read_text(encoding="utf-8")


@pytest.mark.parametrize("stage", ["measure", "certify"])
def test_ctrl_c_writes_what_is_finished_with_status_130(toy, capfd, monkeypatch, stage: str) -> None:
    from molconvex.search import design_region, goal_objective

    places = {"measure": (goal_objective, "compute_properties"), "certify": (design_region, "pareto_front")}
    module, name = places[stage]
    real, calls = getattr(module, name), []

    def interrupted(*args, **kwargs):
        calls.append(name)
        if len(calls) == (2 if stage == "measure" else 1):  # the lead is measured first
            os.kill(os.getpid(), signal.SIGINT)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, interrupted)
    status = main(["pareto", LEAD, "CCOc1ccc(C)cc1", *GOALS, "--out", "run", *QUICK])
    printed = capfd.readouterr()
    assert status == 130, printed
    assert "labelled partial" in printed.err
    assert set(pd.read_csv("run/candidates.csv")["lead"]) == {1}
    assert main(["check", "run"]) == 0, capfd.readouterr()


def test_ctrl_c_before_anything_is_finished_writes_nothing(toy, capfd, monkeypatch) -> None:
    from molconvex.design.pareto import fronts as pipeline

    real = pipeline.prepare_leads

    def interrupted(*args):
        os.kill(os.getpid(), signal.SIGINT)
        return real(*args)

    monkeypatch.setattr(pipeline, "prepare_leads", interrupted)
    assert main(["pareto", LEAD, *GOALS, "--out", "run"]) == 130
    assert "nothing was written" in capfd.readouterr().err
    assert list(toy.iterdir()) == []
