"""`molconvex info FOLDER`: the card of a surrogate."""

from pathlib import Path

import pytest

from molconvex.cli import main
from molconvex.files import data_path


def test_the_card_and_the_plots_of_a_surrogate(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    figure = tmp_path / "esol.svg"
    assert main(["info", str(data_path("surrogates", "esol")), "--figure", str(figure)]) == 0
    text = capsys.readouterr().out
    for words in ("log_solubility", "price of convexity", "interval", "scaffold split", "Calibration", "Limits"):
        assert words in text
    assert "<svg" in figure.read_text()
    assert main(["info", str(data_path("surrogates", "esol")), "--figure", str(figure)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_of_several_surrogates_a_list_or_one_card(capsys: pytest.CaptureFixture[str]) -> None:
    folder = str(data_path("surrogates", "tox21"))
    assert main(["info", folder]) == 0
    text = capsys.readouterr().out
    assert text.count("roc_auc") == 12
    assert main(["info", folder, "--property", "tox21_nr_ar"]) == 0
    assert "price of convexity" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["esol", "--property", "logp"], "has no surrogate of 'logp', only of log_solubility"),
        (["tox21", "--figure", "a.svg"], "name it with --property"),
        (["esol", "--figure", "a.png"], "must end in .svg"),
    ],
)
def test_errors_are_one_message(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: list[str],
    message: str,
) -> None:  # fmt: skip
    folder = str(data_path("surrogates", arguments[0]))
    monkeypatch.chdir(tmp_path)
    assert main(["info", folder, *arguments[1:]]) == 2
    assert message in capsys.readouterr().err
