"""`molconvex path` with the toy model: printed, written, verified; errors are one message."""

from pathlib import Path

import pytest

from molconvex.cli import main

A, B = "Cc1ccc(C(=O)N2CCOCC2)cc1 first", "COc1ccc(C)cc1 second"


@pytest.fixture
def toy(toy_model, toy_reference, monkeypatch, tmp_path) -> Path:
    """The toy model in the place of the bundled one; an empty working folder."""
    monkeypatch.setattr("molconvex.design.paths.molecule_path.load_latent_model", lambda name: toy_model)
    monkeypatch.setattr("molconvex.design.paths.molecule_path.reference_set", lambda: toy_reference)
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("method", ["level", "descent"])
def test_a_path_is_printed_written_and_verified(toy, capfd, method: str) -> None:
    arguments = ["path", A, B, "--property", "logp", "--method", method, "--stops", "6", "--out", "runs/walk"]
    assert main(arguments) == 0
    printed = capfd.readouterr().out
    assert "To first" in printed
    assert ("worst deviation of logp" if method == "level" else "largest rise of the predicted cost") in printed
    for name in ("path.html", "path.csv", "run.json"):
        assert f"runs/walk/{name}" in printed
        assert Path("runs/walk", name).is_file()
    assert main(["check", "runs/walk"]) == 0
    assert "certificates verified" in capfd.readouterr().out
    assert main(["info", "runs/walk"]) == 0
    assert f"path by {method}" in capfd.readouterr().out
    assert main(arguments) == 2
    assert "exists already" in capfd.readouterr().err
    assert main([*arguments, "--overwrite"]) == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([A, A, "-p", "logp"], "start and end are the same molecule"),
        ([A, B, "-p", "logpp"], "unknown property 'logpp'"),
        ([A, B], "Missing option '--property'"),
        ([A, "C1CC", "-p", "logp"], "end (C1CC): RDKit cannot read"),
        ([A, B, "-p", "logp", "--stops", "1"], "stops: input should be greater than or equal to 2"),
        ([A, B, "-p", "logp", "--method", "detour"], "method: input should be 'level'"),
        ([A, B, "-p", "logp:-20..20"], "choose a narrower window"),
        ([A, B, "-p", "logp", "--surrogate", "logp=nowhere"], "the surrogate nowhere is not there"),
        ([A, B, "-p", "logp", "--surrogate", "logp"], "PROPERTY=FOLDER"),
        ([A, B, "-p", "logp", "--aggregate", "median"], "aggregate"),
    ],
)
def test_errors_are_one_message_and_status_2(toy, capfd, arguments: list[str], says: str) -> None:
    assert main(["path", *arguments, "--out", "walk"]) == 2
    printed = capfd.readouterr().err
    assert says in " ".join(printed.replace("│", " ").split())
    assert "Traceback" not in printed
    assert list(toy.iterdir()) == []
