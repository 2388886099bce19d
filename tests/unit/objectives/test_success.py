"""Meeting every goal: each border from both sides."""

import pandas as pd
import pytest

from molconvex.objectives import Goal, meets_every_goal


def met(goal: str, name: str, value: float, lead: float, **more: float) -> bool:
    candidates = pd.DataFrame({"lead": [1], name: [value], "gain": [more.pop("gain", 0.0)]})
    leads = pd.DataFrame({"lead": [1], **({} if pd.isna(lead) else {name: [lead]})})
    return bool(meets_every_goal([Goal.parse(goal, known=None)], candidates, leads)[0])


@pytest.mark.parametrize(
    ("goal", "value", "lead", "expected"),
    [
        ("logp:1..3", 3.0, 5.0, True),
        ("logp:1..3", 3.001, 5.0, False),
        ("logp:1..3", 0.999, 5.0, False),
        ("logp:=2", 2.005, 5.0, True),
        ("logp:=2", 2.006, 5.0, False),
        ("logp:max", 2.0, 2.0, False),
        ("logp:max", 2.01, 2.0, True),
        ("logp:min", 2.0, 2.0, False),
        ("logp:min", 1.99, 2.0, True),
        ("logp:1..3", float("nan"), 2.0, False),
        ("logp:max", float("nan"), 2.0, False),
    ],
)
def test_borders(goal: str, value: float, lead: float, expected: bool) -> None:
    assert met(goal, "logp", value, lead) is expected


def test_what_no_one_can_measure_is_judged_by_the_prediction_for_the_molecule() -> None:
    assert met("potency:>6", "reencoded_potency", 0.0, float("nan"))
    assert not met("potency:>6", "reencoded_potency", 0.01, float("nan"))
    assert met("potency:max", "reencoded_potency", 7.0, 6.9)
    assert not met("potency:max", "reencoded_potency", 6.9, 6.9)


def test_without_a_prediction_for_the_lead_better_overall_counts() -> None:
    assert met("potency:max", "reencoded_potency", 7.0, float("nan"), gain=0.1)
    assert not met("potency:max", "reencoded_potency", 7.0, float("nan"), gain=0.0)


def test_each_candidate_is_compared_with_its_own_lead_and_every_goal_counts() -> None:
    candidates = pd.DataFrame({"lead": [1, 2, 2], "qed": [0.6, 0.6, 0.8], "logp": [2.0, 2.0, 4.0], "gain": 0.0})
    leads = pd.DataFrame({"lead": [1, 2], "qed": [0.5, 0.7], "logp": [1.0, 1.0]})
    goals = [Goal.parse("qed:max"), Goal.parse("logp:1..3")]
    assert meets_every_goal(goals, candidates, leads).tolist() == [True, False, False]
