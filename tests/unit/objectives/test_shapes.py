"""Shapes of desirability: read, written back, judged, and what of them is certified."""

import numpy as np
import pytest
from forging import edit_table

from molconvex.design import GenerateSettings, generate
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal
from molconvex.objectives.shapes import Shape
from molconvex.runs import check_run, write_run

LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"
PEAKS = "points(0=0, 1=1, 2=0.5, 3=1, 5=0)"


@pytest.mark.parametrize(
    ("text", "kind", "low", "high"),
    [
        ("qed:linear(0.4, 0.9)", "maximize", None, None),
        ("qed:linear(0.9, 0.4)*2", "minimize", None, None),
        ("tpsa:sigmoid(120, 60)", "minimize", None, None),
        ("logp:points(0=0, 1=0.5, 4=1)", "maximize", None, None),
        ("logp:points(0=0, 2=1, 3=1, 6=0.25)", "window", 2.0, 3.0),
        ("logp:points(-1.5=0, 2=1, 6=0)", "target", 2.0, 2.0),
    ],
)
def test_a_shape_asks_for_the_goal_that_it_follows(text: str, kind: str, low, high) -> None:
    goal = Goal.parse(text)
    assert (goal.kind, goal.low, goal.high, goal.is_certifiable) == (kind, low, high, True)
    assert Goal.parse(str(goal)) == goal
    assert Goal.from_plain({"property": goal.property, "shape": str(goal.shape), "weight": goal.weight}) == goal


def test_a_shape_with_several_peaks_only_ranks_and_says_so() -> None:
    goal = Goal.parse(f"logp:{PEAKS}")
    assert not goal.is_certifiable
    assert "ranks only" in goal.describe()
    with pytest.raises(ConfigError, match="several peaks, which no convex cost follows"):
        GenerateSettings(leads=["C"], goals=[goal])


def test_values_between_and_beyond_the_points() -> None:
    line, sigmoid = Shape.parse("linear(0.4, 0.9)"), Shape.parse("sigmoid(120, 60)")
    np.testing.assert_allclose(line([0.3, 0.4, 0.65, 0.9, 1.0, np.nan]), [0, 0, 0.5, 1, 1, np.nan])
    np.testing.assert_allclose(sigmoid([120, 90, 60]), [0.1, 0.5, 0.9])
    peak = Shape.parse("points(0=0, 2=1, 3=1, 6=0.25)")
    np.testing.assert_allclose(peak([-1, 1, 2.5, 4.5, 9]), [0, 0.5, 1, 0.625, 0.25])
    np.testing.assert_allclose(peak.at_distance([0, 1, 2]), [1, (0.5 + 0.75) / 2, (0 + 0.5) / 2])


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("qed:linear(0.4)", "is no shape"),
        ("qed:sigmoid(a, b)", "is no shape"),
        ("qed:linear(0.4, 0.4)", "are the same"),
        ("qed:points(0=0, 0=1)", "must increase"),
        ("qed:points(0=0, 1=1.1)", "between 0 and 1"),
        ("qed:points(0=0.5, 1=0.5)", "level everywhere"),
        ("qed:points(0=0)", "two or more"),
        ("qed:wave(0, 1)", "is not understood"),
    ],
)
def test_what_is_no_shape_is_said_so(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        Goal.parse(text)


def test_a_run_with_shapes_verifies_and_proves_nothing_of_what_only_ranks(toy_model, toy_reference, tmp_path) -> None:
    goals = ["qed:sigmoid(0.5, 0.8)", f"logp:{PEAKS}", "tpsa:points(0=0.2, 40=1, 60=1, 120=0)"]
    base = {"leads": [LEAD], "goals": goals, "similarity": 0.1, "budget": 20, "analogues": 40, "gap_tol": 1e-2}
    run = generate(GenerateSettings(**base, programs=4), latent_model=toy_model, reference=toy_reference)
    assert (run.programs["weight_logp"] == 0).all()
    np.testing.assert_allclose(run.programs.loc[0, ["weight_qed", "weight_tpsa"]].astype(float), [0.5, 0.5])
    shape = Goal.parse(goals[1]).shape
    np.testing.assert_allclose(run.candidates["desirability_logp"], shape(run.candidates["logp"]))
    folder = write_run(run, tmp_path / "run")
    assert check_run(folder).problems == []
    assert "ranks only, nothing is proved" in (folder / "report.html").read_text()
    edit_table(folder, "candidates.csv", lambda table: table.assign(desirability_logp=1.0))
    assert "desirability_logp" in " ".join(check_run(folder).problems)
