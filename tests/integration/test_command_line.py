"""The command line: clear errors without tracebacks, status 2 or 130, and a whole run with the toy model."""

import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from molconvex.cli import main

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"
QUICK = ["--budget", "12", "--analogues", "20", "--programs", "3", "--similarity", "0.2", "--gap-tol", "0.01"]


@pytest.fixture
def toy(toy_model, toy_reference, monkeypatch, tmp_path) -> Path:
    """The toy model in the place of the bundled one; an empty working folder."""
    monkeypatch.setattr("molconvex.design.inputs.load_latent_model", lambda name: toy_model)
    monkeypatch.setattr("molconvex.latent.latent_tables.load_latent_model", lambda name: toy_model)
    monkeypatch.setattr("molconvex.design.inputs.reference_set", lambda: toy_reference)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", "molconvex.cli", *arguments], capture_output=True, text=True)


def test_help_costs_less_than_half_a_second() -> None:
    run("--help")  # compiles what was not compiled
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = run("--help")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0
    for command in ("generate", "check", "encode", "decode", "info", "app"):
        assert command in done.stdout
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["generate", LEAD, "-g", "qedd:max"], "unknown property 'qedd'; known are qed"),
        (["generate", LEAD, "-g", "solubility:max"], "tox21_sr_p53. Did you mean 'log_solubility'?"),
        (["generate", LEAD, "-g", "logp:3..1"], "low 3 is above high 1"),
        (["generate", LEAD, "-g", "qed:max", "--radius", "0"], "radius: input should be greater than 0"),
        (["generate", LEAD], "goals missing; give at least one, as in qed:max"),
        (["generate", "-g", "qed:max"], "leads missing; give at least one, as SMILES or as a file (--leads)"),
        (["generate", LEAD, "-g", "qed:max", "--alerts", "maybe"], "alerts"),
        (["generate", "--config", "nowhere.toml"], "there is no file nowhere.toml"),
        (["generate", "-g", "qed:max", "--leads", "nowhere.smi"], "there is no file nowhere.smi"),
        (["generate", LEAD, "-g", "qed:max", "--surrogate", "qed"], "PROPERTY=FOLDER"),
        (["generate", "-g", "qed:max", "nowhere.SMI.gz"], "a file of leads stands behind --leads"),
        (["generate", "-g", "qed:max", "aspirine"], "no drug called 'aspirine' is known here; did you mean aspirin?"),
        (["generate", "-g", "qed:max", " "], "a lead is a SMILES"),
        (["check", "nowhere"], "nowhere is no run"),
        (["encode", "nowhere.smi", "-o", "z.csv"], "there is no file nowhere.smi"),
        (["decode", "nowhere.csv", "-o", "z.csv"], "there is no file nowhere.csv"),
        (["info", "nowhere"], "no latent model 'nowhere'"),
        (["generate", LEAD, "--gaol", "qed:max"], "No such option"),
    ],
)
def test_errors_are_one_message_and_status_2(arguments: list[str], says: str, capfd, tmp_path, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 2
    printed = capfd.readouterr()
    assert says in " ".join(printed.err.replace("│", " ").split())
    assert "Traceback" not in printed.err
    assert list(tmp_path.iterdir()) == []


def test_a_run_from_flags_is_printed_written_and_verified(toy, capfd) -> None:
    arguments = ["generate", f"{LEAD}.Cl", "-g", "qed:max", "-g", "logp:2..3*2", "--out", "runs/one", *QUICK]
    assert main(arguments) == 0
    printed = capfd.readouterr()
    assert "best of" in printed.out
    assert "parent of a salt" in printed.err
    for name in ("report.html", "candidates.csv", "run.json"):
        assert f"runs/one/{name}" in printed.out
        assert Path("runs/one", name).is_file()
    assert main(["check", "runs/one"]) == 0
    assert "certificates verified" in capfd.readouterr().out
    assert main(arguments) == 2
    assert "exists already" in capfd.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0


def test_a_lead_may_be_the_name_of_a_known_drug(toy, capfd) -> None:
    assert main(["generate", "Paracetamol", "-g", "qed:max", "--out", "run", *QUICK]) == 0
    assert main(["info", "run"]) == 0
    leads = Path("run/leads.csv").read_text()
    assert "paracetamol" in leads
    assert "CC(=O)Nc1ccc(O)cc1" in leads


def test_check_fails_loudly_after_one_number_is_edited(toy, capfd) -> None:
    assert main(["generate", LEAD, "-g", "qed:max", "--out", "run", *QUICK]) == 0
    table = Path("run/programs.csv")
    table.write_text(table.read_text().replace("1", "2", 1))
    capfd.readouterr()
    assert main(["check", "run"]) == 2
    assert "FAILED  programs.csv: edited" in capfd.readouterr().err


def test_a_run_from_a_settings_file_with_flags_on_top(toy, capfd) -> None:
    Path("leads.csv").write_text(f"name,smiles\nfirst,{LEAD}\nsecond,CCOc1ccc(C)cc1\n")
    Path("run.toml").write_text('leads_file = "leads.csv"\ngoals = ["qed:max"]\nsimilarity = 0.2\nbudget = 500\n')
    assert main(["generate", "--config", "run.toml", "--out", "run", *QUICK]) == 0
    assert "first" in capfd.readouterr().out
    assert main(["info", "run"]) == 0
    assert "2 programs" in capfd.readouterr().out


@pytest.mark.parametrize("stage", ["propose", "certify"])
def test_ctrl_c_writes_what_is_finished_with_status_130(toy, capfd, monkeypatch, stage: str) -> None:
    from molconvex.search import design_region
    from molconvex.search.proposers import molecular_edits

    places = {"propose": (molecular_edits, "mutate"), "certify": (design_region, "solve_goal_program")}
    module, name = places[stage]
    real, calls = getattr(module, name), []

    def interrupted(*args, **kwargs):
        calls.append(name)
        if len(calls) == (60 if stage == "propose" else 1):
            os.kill(os.getpid(), signal.SIGINT)
        return real(*args, **kwargs)

    monkeypatch.setattr(module, name, interrupted)
    status = main(["generate", LEAD, "CCOc1ccc(C)cc1", "-g", "qed:max", "--out", "run", *QUICK])
    printed = capfd.readouterr()
    assert status == 130, printed
    assert "labelled partial" in printed.err
    assert main(["check", "run"]) == 0
    assert main(["info", "run"]) == 0
    assert "partial" in capfd.readouterr().out


def test_ctrl_c_before_anything_is_finished_writes_nothing(toy, capfd, monkeypatch) -> None:
    from molconvex.design import generation as pipeline

    real = pipeline.prepare_leads

    def interrupted(*args):
        os.kill(os.getpid(), signal.SIGINT)
        return real(*args)

    monkeypatch.setattr(pipeline, "prepare_leads", interrupted)
    assert main(["generate", LEAD, "-g", "qed:max", "--out", "run"]) == 130
    assert "nothing was written" in capfd.readouterr().err
    assert list(toy.iterdir()) == []


def test_molecules_to_latents_and_back(toy, toy_model, capfd) -> None:
    Path("mols.smi").write_text(f"{toy_model.smiles[3]} a\nC1CC b\n")
    assert main(["encode", "mols.smi", "--out", "z.parquet"]) == 0
    printed = capfd.readouterr()
    assert "1 of 2 molecules encoded" in printed.out
    assert "line 2" in printed.err
    assert main(["decode", "z.parquet", "--out", "back.csv"]) == 0
    assert toy_model.smiles[3] in Path("back.csv").read_text()
    assert main(["encode", "mols.smi", "--out", "z.parquet"]) == 2


def test_info_lists_versions_and_properties(capfd) -> None:
    assert main(["info"]) == 0
    printed = capfd.readouterr().out
    for text in ("torch", "qed", "sa_score", "Octanol-water"):
        assert text in printed
