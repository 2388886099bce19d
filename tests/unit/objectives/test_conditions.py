"""Conditions: read without evaluating, written back, negated, multiplied out, refused where nothing can meet them."""

import itertools

import numpy as np
import pytest

from molconvex.chem import standardize
from molconvex.exceptions import ChemistryError, ConfigError
from molconvex.objectives.clauses import Clause, loosest_limits, shared_structure
from molconvex.objectives.condition_text import read_condition
from molconvex.objectives.conditions import MOST_CLAUSES, Condition, Quantity, alert, has

EXAMPLE = '(qed > 0.6) & ((logp < 3) | (tpsa < 90)) & ~alert("nitro")'


def read(text: str) -> Condition:
    return read_condition(text)


def described(text: str) -> list[str]:
    return [clause.describe() for clause in read(text).clauses()]


def test_a_condition_becomes_clauses() -> None:
    assert described(EXAMPLE) == [
        "QED at least 0.6 and logP at most 3 and without alert 'nitro'",
        "QED at least 0.6 and TPSA at most 90 Å² and without alert 'nitro'",
    ]


def test_python_and_text_say_the_same_and_words_stand_for_signs() -> None:
    qed, logp, tpsa = Quantity("qed"), Quantity("logp"), Quantity("tpsa")
    python = (qed > 0.6) & ((logp < 3) | (tpsa <= 90)) & ~alert("nitro")
    words = read('qed >= 0.6 and (3 > logp or tpsa < 90) and not alert("nitro")')
    assert python.clauses() == read(EXAMPLE).clauses() == words.clauses()
    assert read(str(python)) == python


@pytest.mark.parametrize("text", ["1 < logp < 3", "-1.5 <= logp", "value('my-own') < 2", "has('c1ccccc1') | alert()"])
def test_conditions_read_back_as_they_were_written(text: str) -> None:
    assert read(str(read(text))) == read(text)


def holds(clause: Clause, values: dict[str, float]) -> bool:
    return all(bool(item.is_met(values[item.property])) for item in clause.requirements)


@pytest.mark.parametrize(
    ("text", "truth"),
    [
        ("(a < 1) & ((b < 1) | (c > 1))", lambda a, b, c: a < 1 and (b < 1 or c > 1)),
        ("~((a < 1) & ((b < 1) | (c > 1)))", lambda a, b, c: not (a < 1 and (b < 1 or c > 1))),
        (
            "((a < 1) | (b > 1)) & ((b < 1) | (c < 1)) | ~(a > 1)",
            lambda a, b, c: ((a < 1 or b > 1) and (b < 1 or c < 1)) or a <= 1,
        ),
        ("(a < 2) | ((a < 1) & (b < 1))", lambda a, b, c: a < 2),
    ],
)
def test_clauses_mean_what_the_condition_means(text: str, truth) -> None:
    """At every corner of a grid off the bounds."""
    clauses = read(text).clauses()
    for a, b, c in itertools.product([0.5, 1.5, 2.5], repeat=3):
        assert any(holds(clause, {"a": a, "b": b, "c": c}) for clause in clauses) == truth(a, b, c)


def test_redundant_clauses_and_limits_are_left_out() -> None:
    assert described("(qed > 0.5) | ((qed > 0.6) & (logp < 3))") == ["QED at least 0.5"]
    assert described("(qed > 0.5) & (qed > 0.6)") == ["QED at least 0.6"]
    assert described("((qed > 0.7) & (qed < 0.6)) | (logp < 3)") == ["logP at most 3"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("(qed > 0.7) & (qed < 0.6)", "no value is QED at least 0.7 and QED at most 0.6"),
        ('alert("nitro") & ~alert("nitro")', "nothing is both"),
        ("qed > 0.6 & logp < 3", "binds closer than comparisons; put each comparison in brackets"),
        ("qed == 0.6", "make it a goal"),
        ("qed", "qed alone is no condition"),
        ("qed > logp", "one property and one number"),
        ("(qed > 0.6) + (logp < 3)", "cannot stand in a condition"),
        ("__import__('os').system('true')", "cannot stand in a condition"),
        ("qed > (lambda: 1)()", "cannot stand in a condition"),
        ("qed > True", "cannot stand in a condition"),
        ("qed > 1e999", "finite"),
        ("alert(nitro)", "takes one text in quotes"),
        ("has()", "takes one text in quotes"),
        ("qed >", "is no condition"),
        ("", "is no condition"),
        ("(" * 500 + "qed > 1" + ")" * 500, "is no condition"),
        ("qed > 0.6 " * 250, "at most 2,000 are read"),
    ],
)
def test_what_is_no_condition_is_said_so(text: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        read(text).clauses()


def test_a_substructure_must_be_readable() -> None:
    with pytest.raises(ChemistryError, match="as SMARTS"):
        read("has('c1cc')")


def test_a_number_is_met_at_the_bound_exactly_as_far_as_written() -> None:
    fine = "(qed > 0.6) & (qed < 0.6)"
    assert described(fine) == ["QED at least 0.6 and QED at most 0.6"]


def test_the_number_of_clauses_is_bounded() -> None:
    def many(count: int) -> str:
        return " | ".join(f"((a{i} > 1) & (b < {i}))" for i in range(count))

    assert len(read(many(MOST_CLAUSES)).clauses()) == MOST_CLAUSES
    with pytest.raises(ConfigError, match=f"more than {MOST_CLAUSES} alternatives"):
        read(many(MOST_CLAUSES + 1)).clauses()


def test_structure_is_looked_at() -> None:
    nitro, toluene = standardize("Cc1ccccc1[N+](=O)[O-]"), standardize("Cc1ccccc1")
    for condition in (alert("NITRO"), has("[N+](=O)[O-]")):
        (clause,), (opposite,) = condition.clauses(), (~condition).clauses()
        assert [clause.structure[0].is_met(m) for m in (nitro, toluene)] == [True, False]
        assert [opposite.structure[0].is_met(m) for m in (nitro, toluene)] == [False, True]


def test_what_all_clauses_share() -> None:
    clauses = read('((logp < 3) | (logp < 2) & (qed > 0.8) | (qed > 0.9)) & ~alert("nitro")').clauses()
    assert [str(limit) for limit in shared_structure(clauses)] == ["~alert('nitro')"]
    assert [str(item) for item in loosest_limits(clauses)] == ["logp:<3", "qed:>0.9"]
    assert not np.any([clause.contradiction for clause in clauses])
