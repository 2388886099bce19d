"""The display of a training: a curve on terminals, silence elsewhere."""

import io

import pytest
from rich.console import Console

from molconvex.cli.training_display import TrainingDisplay, curve
from molconvex.surrogate import Progress


def shown(terminal: bool) -> str:
    file = io.StringIO()
    console = Console(file=file, force_terminal=terminal, width=100)
    with TrainingDisplay(console) as display:
        for step in range(5):
            display.report(Progress("member 1 of 3", step, 5, 0.5 / (step + 1), 1.0 / (step + 1)))
            if terminal:
                console.print(display.drawn())
    return file.getvalue()


def test_terminal_sees_stage_loss_and_curve() -> None:
    text = shown(terminal=True)
    assert "member 1 of 3" in text
    assert "validation 0.2 (best 0.2), training 0.1" in text
    assert "█" in text


def test_elsewhere_it_is_silent() -> None:
    assert shown(terminal=False) == ""


def test_curve_falls_from_full_to_lowest() -> None:
    rows = curve([8.0, 4.0, 2.0, 1.0], height=2)
    assert [len(row) for row in rows] == [4, 4]
    assert rows[0][0] == "█"
    assert rows[1][3] == "▁"
    heights = [sum(" ▁▂▃▄▅▆▇█".index(row[i]) for row in rows) for i in range(4)]
    assert heights == [16, 11, 6, 1]


@pytest.mark.parametrize("values", [[1.0], [0.0, 0.0], [float(i + 1) for i in range(500)]])
def test_curve_of_anything_fits_its_width(values: list[float]) -> None:
    rows = curve(values, width=20, height=3)
    assert len(rows) == 3
    assert {len(row) for row in rows} == {min(len(values), 20)}


def test_a_new_stage_begins_a_new_curve() -> None:
    display = TrainingDisplay(Console(file=io.StringIO()))
    display.report(Progress("member 1 of 2", 0, 5, 0.1, 0.1))
    display.report(Progress("member 2 of 2", 0, 5, 9.0, 9.0))
    console = Console(file=io.StringIO(), width=100)
    console.print(display.drawn())
    assert "best 9" in console.file.getvalue()
