"""Goals: the text in which they are written, and how well values meet them."""

import numpy as np
import pytest

from molconvex.chem import PROPERTIES
from molconvex.exceptions import ConfigError
from molconvex.objectives.goals import Goal, check_goals, overall_desirability

WRITTEN = {
    "qed:max": Goal("qed", "maximize"),
    "sa_score:min": Goal("sa_score", "minimize"),
    "qed:maximize": Goal("qed", "maximize"),
    "logp:1..3": Goal("logp", "window", 1.0, 3.0),
    "logp:-1.5..2e0": Goal("logp", "window", -1.5, 2.0),
    " tpsa : < 90 ": Goal("tpsa", "window", None, 90.0),
    "tpsa:>=20": Goal("tpsa", "window", 20.0, None),
    "logp:=2.5": Goal("logp", "target", 2.5, 2.5),
    "qed:max*2": Goal("qed", "maximize", weight=2.0),
    "logp:1..3 * 0.5": Goal("logp", "window", 1.0, 3.0, 0.5),
}


@pytest.mark.parametrize(("text", "goal"), WRITTEN.items())
def test_a_written_goal_is_read_and_written_back(text: str, goal: Goal) -> None:
    assert Goal.parse(text) == goal
    assert Goal.parse(str(goal)) == goal


def test_odd_numbers_survive_the_text() -> None:
    goal = Goal("logp", "window", 0.1 + 0.2, 1 / 3, 1e-7)
    assert Goal.parse(str(goal)) == goal


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("logp:3..1", "low 3 is above high 1; write logp:1..3"),
        ("log_p:max", "unknown property 'log_p'; known are qed, logp, sa_score"),
        ("qed", "write PROPERTY:WANTED"),
        ("qed:", "write PROPERTY:WANTED"),
        (":max", "write PROPERTY:WANTED"),
        ("qed:best", "'best' in 'qed:best' is not understood"),
        ("logp:1...3", "is not understood"),
        ("logp:1..", "is not understood"),
        ("qed:max*0", "must be above 0"),
        ("qed:max*-1", "must be above 0"),
        ("qed:max*two", "the weight 'two'"),
        ("logp:=nan", "is not understood"),
        ("logp:1e400..2", "finite"),
    ],
)
def test_a_wrong_goal_says_what_was_wrong(text: str, says: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Goal.parse(text)
    assert says in str(caught.value)


def test_unknown_names_are_allowed_where_a_surrogate_may_know_them() -> None:
    assert Goal.parse("pic50:max", known=None) == Goal("pic50", "maximize")


def test_a_goal_is_read_from_a_table_and_refuses_other_keys() -> None:
    assert Goal.from_plain({"property": "logp", "kind": "window", "low": 1, "high": 2}) == Goal("logp", "window", 1, 2)
    with pytest.raises(ConfigError, match="got property, kind, hight"):
        Goal.from_plain({"property": "logp", "kind": "window", "hight": 2})
    for wrong in ({"weight": "2"}, {"low": "1"}, {"low": True}, {"high": [3]}):
        with pytest.raises(ConfigError, match="of a goal is a number"):
            Goal.from_plain({"property": "logp", "kind": "window"} | wrong)


def test_two_goals_for_one_property_are_refused() -> None:
    with pytest.raises(ConfigError, match="'tpsa' has 2 goals"):
        check_goals([Goal.parse("tpsa:>20"), Goal.parse("tpsa:<90")])
    with pytest.raises(ConfigError, match="at least one goal"):
        check_goals([])


@pytest.mark.parametrize("name", PROPERTIES)
def test_desirability_lies_between_0_and_1_and_follows_the_wish(name: str) -> None:
    prop = PROPERTIES[name]
    values = np.linspace(prop.low - 1, prop.high + 1, 101)
    up, down = Goal(name, "maximize").desirability(values), Goal(name, "minimize").desirability(values)
    assert (np.diff(up) >= 0).all()
    np.testing.assert_allclose(up + down, 1.0)
    middle = (prop.low + prop.high) / 2
    hit = Goal(name, "target", middle, middle).desirability(values)
    assert hit.max() == 1.0
    assert values[hit.argmax()] == pytest.approx(middle)
    for d in (up, down, hit):
        assert ((d >= 0) & (d <= 1)).all()


def test_a_window_is_1_inside_and_halves_every_tenth_of_the_range_outside() -> None:
    goal = Goal.parse("tpsa:20..90")  # range 0 to 250
    np.testing.assert_allclose(goal.desirability([20, 55, 90, 115, 140, -5]), [1, 1, 1, 0.5, 0.25, 0.5])


def test_missing_values_stay_missing() -> None:
    for text in ("qed:max", "qed:min", "qed:0.2..0.4", "qed:=0.5"):
        assert np.isnan(Goal.parse(text).desirability([np.nan])).all()


def test_the_overall_desirability_is_the_weighted_geometric_mean() -> None:
    each = np.array([[0.25, 1.0], [0.0, 1.0], [np.nan, 1.0], [0.5, 0.5]])
    np.testing.assert_allclose(overall_desirability(each, [1, 1]), [0.5, 0.0, np.nan, 0.5])
    np.testing.assert_allclose(overall_desirability(each[:1], [3, 1]), [0.25**0.75])


def test_the_target_of_a_goal_has_its_sense_and_unit() -> None:
    target = Goal.parse("tpsa:<90").target()
    assert (target.sense, target.low, target.high, target.unit) == ("window", None, 90.0, "Å²")
    assert Goal.parse("qed:max").target().sense == "maximize"
    assert Goal.parse("logp:=2").target().describe() == "logp at 2"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("bbb_penetration:max", "maximize Blood-brain barrier"),
        ("tox21_sr_mmp:min", "minimize Toxicity: mitochondrial potential"),
        ("logp:1..3", "logP between 1 and 3"),
        ("potency:max", "maximize potency"),
    ],
)
def test_a_goal_is_described_by_the_label_of_its_property(text: str, words: str) -> None:
    assert Goal.parse(text, known=None).describe() == words
