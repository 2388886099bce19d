"""`molconvex train`: what it asks for, and its messages."""

from pathlib import Path

import pytest

from molconvex.assays.settings import TrainSettings
from molconvex.cli import main
from molconvex.cli.train import _targets
from molconvex.exceptions import ConfigError


def test_goals_are_read() -> None:
    one, two, three = _targets(
        TrainSettings(targets=["a", "b", "c"], goals=["maximize", "6..8", "class:0"], units=["nM"])
    )[0]
    assert (one.sense, one.unit) == ("maximize", "nM")
    assert (two.sense, two.low, two.high) == ("window", 6.0, 8.0)
    assert (three.sense, three.wanted) == ("classify", 0)
    assert _targets(TrainSettings(targets=["a"], goals=[">6"], units=[]))[0][0].low == 6.0
    assert [
        t.unit for t in _targets(TrainSettings(targets=["IC50 (nM)", "logD"], goals=["minimize"], units=[]))[0]
    ] == ["nM", ""]


@pytest.mark.parametrize("goal", ["best", "6..x", "class:2", "<"])
def test_other_goals_are_refused(goal: str) -> None:
    with pytest.raises(ConfigError, match="none of maximize"):
        _targets(TrainSettings(targets=["a"], goals=[goal], units=[]))[0]


def test_a_goal_for_each_target_or_one_for_all() -> None:
    with pytest.raises(ConfigError, match="one goal for all or one each"):
        _targets(TrainSettings(targets=["a", "b", "c"], goals=["maximize", "minimize"], units=[]))[0]


def test_an_existing_folder_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["train", "a.csv", "-t", "x", "-g", "maximize", "-o", str(tmp_path)])
    assert status == 2
    assert "exists already" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("out", "said"),
    [("else", "holds something else than a surrogate"), ("a.csv", "is a file"), ("a.csv/new", "a.csv is a file")],
)
def test_what_may_not_be_written_is_said_before_the_training(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], out: str, said: str
) -> None:
    (tmp_path / "else").mkdir()
    (tmp_path / "else" / "thesis.txt").write_text("mine")
    (tmp_path / "a.csv").write_text("smiles,x\n")
    monkeypatch.setattr("molconvex.cli.train._trained", lambda *_: pytest.fail("trained"))
    command = ["train", str(tmp_path / "a.csv"), "-t", "x", "-g", "maximize", "--overwrite"]
    assert main([*command, "-o", str(tmp_path / out)]) == 2
    assert said in capsys.readouterr().err


def test_a_missing_table_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = main(["train", str(tmp_path / "no.csv"), "-t", "x", "-g", "maximize", "-o", str(tmp_path / "out")])
    error = capsys.readouterr().err
    assert status == 2
    assert "no.csv" in error
    assert "Traceback" not in error
    assert not (tmp_path / "out").exists()


def test_local_surrogates_are_labelled_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    smiles = ["C" * n + end for n in range(1, 16) for end in ("O", "N", "Cl", "c1ccccc1")]
    rows = [f"{s},{len(s) + 0.1 * (i % 7)}" for i, s in enumerate(smiles)]
    (tmp_path / "a.csv").write_text("\n".join(["smiles,size", *rows]) + "\n")
    command = [
        "train",
        str(tmp_path / "a.csv"),
        "-t",
        "size",
        "-g",
        "minimize",
        "--local",
        "--members",
        "1",
        "--split",
        "random",
    ]
    assert main([*command, "-o", str(tmp_path / "out")]) == 0
    said = capsys.readouterr().out
    assert "difference" in said
    assert "its minima are local" in said
    assert "local" in (tmp_path / "out" / "card.md").read_text()
    assert main([*command, "-o", str(tmp_path / "no"), "--search-seconds", "3"]) == 2
    assert "--search-seconds" in capsys.readouterr().err


def test_potency_is_of_concentrations_and_leaves_classes_beside_them_alone() -> None:
    given = {"targets": ["IC50 (nM)", "toxic"], "goals": ["maximize", "class:0"], "potency": True}
    (potency, toxic), columns = _targets(TrainSettings(**given))
    assert (potency.property, potency.unit, toxic.property) == ("pIC50", "", "toxic")
    assert dict(columns.molar) == {"pIC50": "nM"}
    with pytest.raises(ConfigError, match="every goal is a class"):
        _targets(TrainSettings(targets=["toxic"], goals=["class:1"], potency=True))
