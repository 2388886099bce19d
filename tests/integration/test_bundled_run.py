"""The whole job with the bundled weights, as a newcomer runs it: one command, files, verification, Ctrl-C."""

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

from molconvex.cli import main

ROOT = Path(__file__).parents[2]
DEMO = ROOT / "data" / "examples" / "demo.toml"
GEFITINIB = "COc1cc2ncnc(Nc3ccc(F)c(Cl)c3)c2cc1OCCCN1CCOCC1"
PEPTIDE = "CC(=O)N" + 10 * "C(Cc1c[nH]c2ccccc12)C(=O)NC(CCSC)C(=O)NC(CC(N)=O)C(=O)NC(CCCNC(=N)N)C(=O)N" + "C"

pytestmark = pytest.mark.skipif(
    not (ROOT / "data" / "reference").is_dir(), reason="the bundled weights are not in this checkout"
)


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "molconvex.cli", *map(str, arguments)]


def run(*arguments: object, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command(*arguments), capture_output=True, text=True, cwd=folder)


@pytest.fixture(scope="module")
def demo(tmp_path_factory) -> Path:
    """The demo's run with a fifth of its budget."""
    folder = tmp_path_factory.mktemp("demo")
    done = run("generate", "--config", DEMO, "--budget", 60, "--out", "run", folder=folder)
    assert done.returncode == 0, done.stderr
    assert "report.html" in done.stdout
    return folder / "run"


def test_the_demo_finds_better_molecules_and_verifies(demo) -> None:
    candidates, leads = pd.read_csv(demo / "candidates.csv"), pd.read_csv(demo / "leads.csv")
    assert len(candidates) >= 10
    assert candidates["desirability"].iloc[0] > leads["desirability"].iloc[0]
    assert (candidates["similarity"] >= 0.4).all()
    assert GEFITINIB not in set(candidates["smiles"])
    assert main(["check", str(demo)]) == 0
    record = json.loads((demo / "run.json").read_text())
    assert record["status"] == "complete"
    assert {step["name"]: step for step in record["funnel"]}["scored"]["count"] == 60


def test_most_programs_of_the_demo_are_certified(demo) -> None:
    programs = pd.read_csv(demo / "programs.csv")
    assert (programs["status"] == "certified").mean() > 0.8
    assert (pd.read_csv(demo / "candidates.csv")["inside_region"]).all()
    assert (programs["gap"] >= -1e-6).all()  # points are kept in float32: a bound may pass a value by that rounding


def test_bundled_surrogates_belong_to_the_bundled_model() -> None:
    from molconvex.latent import load_bundled
    from molconvex.objectives.bundled_surrogates import bundled_folders
    from molconvex.surrogate import load_surrogates

    model = load_bundled()
    for name, folders in bundled_folders().items():
        for folder in folders:
            assert load_surrogates(folder, model.fingerprint)[name].latent_dim == model.latent_dim


@pytest.mark.parametrize(
    ("lead", "says"),
    [
        ("[Se]1C=CC=C1[Zn]", "[Zn]"),
        (PEPTIDE, "tokens"),
        ("c1ccccc1CCN.c1ccncc1CCO", "mixture without a clear parent"),
    ],
)
def test_a_lead_that_the_model_cannot_read_is_said_so(lead: str, says: str, tmp_path, monkeypatch, capsys) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["generate", lead, "-g", "qed:max", "--budget", "2"]) == 2
    told = capsys.readouterr().err
    assert says in told
    assert "Traceback" not in told
    assert list(tmp_path.iterdir()) == []


def test_ctrl_c_after_a_round_ends_with_130_and_leaves_a_whole_run(tmp_path) -> None:
    arguments = ("generate", GEFITINIB, "-g", "qed:max", "--budget", "1000", "--out", "run")
    terminal, end = os.openpty()
    with subprocess.Popen(command(*arguments), stderr=end, stdout=end, cwd=tmp_path) as process:
        os.close(end)
        shown, is_stopped = "", False
        while (text := read_terminal(terminal)) is not None:
            shown += text
            if not is_stopped and re.search(r"search\b.* [1-9]\d*/1000\b", shown):
                process.send_signal(signal.SIGINT)
                is_stopped = True
    assert process.returncode == 130, shown
    assert "Traceback" not in shown
    assert json.loads((tmp_path / "run" / "run.json").read_text())["status"] == "partial"
    assert main(["check", str(tmp_path / "run")]) == 0


def read_terminal(terminal: int) -> str | None:
    """What a terminal shows next; None once nobody writes to it any more."""
    try:
        return re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", os.read(terminal, 4096).decode(errors="replace"))
    except OSError:
        return None
