"""Conditions: read without evaluating, written back, negated, multiplied out, refused where nothing can meet them."""

import itertools

import numpy as np
import pytest
from forging import edit_json, edit_table

from molconvex.chem import standardize
from molconvex.design import GenerateSettings, generate
from molconvex.exceptions import ChemistryError, ConfigError
from molconvex.objectives.clauses import Clause, loosest_limits, shared_structure
from molconvex.objectives.condition_text import read_condition
from molconvex.objectives.conditions import MOST_CLAUSES, Condition, Quantity, alert, has
from molconvex.runs import check_run, write_run

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
        (f"qed > 1{'0' * 400}", "too large a number"),
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


LEAD = "Cc1ccc(C(=O)N2CCOCC2)cc1"


def conditioned(toy_model, toy_reference, where, **changes):
    base = {"leads": [LEAD], "goals": ["qed:max", "tpsa:<90"], "similarity": 0.1, "budget": 24, "analogues": 30}
    settings = GenerateSettings(**(base | {"programs": 2, "gap_tol": 1e-2, "where": where} | changes))
    return generate(settings, latent_model=toy_model, reference=toy_reference)


@pytest.fixture(scope="module")
def either(toy_model, toy_reference):
    """Heavier molecules, or lipophilic ones without an ester; one clause only may bind."""
    where = "(molecular_weight > 240) | ((logp > 2.2) & ~has('C(=O)OC'))"
    return conditioned(toy_model, toy_reference, where)


def test_every_clause_has_programs_of_its_own_and_the_least_bound_counts(either) -> None:
    programs = either.programs
    assert programs["clause"].tolist() == [1, 1, 2, 2]
    heavy, greasy = "molecular_weight_at_least", "logp_at_least"
    limits = either.proposals[0].program.limits()[:, 2:]
    keys = [item.requirement.key for item in either.required]
    assert np.isfinite(limits[:, keys.index(heavy)]).tolist() == [True, True, False, False]
    assert np.isfinite(limits[:, keys.index(greasy)]).tolist() == [False, False, True, True]
    assert (programs.loc[:1, f"predicted_{heavy}"] >= 240 - 1e-3).all()
    assert (programs.loc[2:, f"predicted_{greasy}"] >= 2.2 - 1e-3).all()
    own = programs.iloc[[0, 2]]["lower_bound"]
    assert own.iloc[0] != own.iloc[1]
    np.testing.assert_allclose(either.candidates["lower_bound"], own.min())
    assert (either.candidates["program"] == programs["program"].loc[own.idxmin()]).all()


def test_every_candidate_says_which_clause_it_meets(either) -> None:
    table, ester = either.candidates, has("C(=O)OC").clauses()[0].structure[0]
    assert len(table) > 3
    first = table["molecular_weight"] >= 240
    second = (table["logp"] >= 2.2) & np.array([not ester.is_met(standardize(text)) for text in table["smiles"]])
    wanted = [" ".join(k for k, met in zip("12", row, strict=True) if met) for row in zip(first, second, strict=True)]
    assert table["clauses"].tolist() == wanted
    assert "" not in wanted
    assert len(set(wanted)) > 1
    missed = either.rejected[either.rejected["reason"] == "it meets none of the 2 clauses of the condition"]
    assert len(missed) == either.funnel["required"].of - either.funnel["required"].count


def test_a_run_with_a_condition_verifies_and_a_forged_one_does_not(either, tmp_path) -> None:
    folder = write_run(either, tmp_path / "run")
    assert check_run(folder).problems == []
    report = (folder / "report.html").read_text()
    assert "one of: (1) Molecular weight at least 240" in report
    assert "least bound of the 2 clauses" in report
    edit_json(folder, lambda record: record["settings"].update(where="(molecular_weight > 205) | (logp > 2)"))
    problems = " ".join(check_run(folder).problems)
    assert "its thresholds are not the requirements of the settings" in problems
    edit_json(folder, lambda record: record["settings"].update(where=str(either.settings.where)))
    edit_table(folder, "candidates.csv", lambda table: table.assign(clauses="1 2"))
    assert "meets the clauses" in " ".join(check_run(folder).problems)


def test_structure_that_every_clause_asks_for_is_a_rule_of_the_screen(toy_model, toy_reference) -> None:
    run = conditioned(toy_model, toy_reference, "~has('C(=O)N') | ~has('C(=O)N') & (qed > 0.1)", budget=12)
    assert run.settings.clauses[0].describe() == "without C(=O)N"
    assert run.funnel["scored"].count == run.funnel["required"].count
    assert "without C(=O)N wanted" in set(run.rejected["reason"])
    assert run.candidates["clauses"].astype(str).eq("1").all()


def test_conditions_that_requirements_rule_out_are_refused() -> None:
    base = {"leads": ["C"], "goals": ["qed:max"], "require": ["logp:<2"]}
    assert len(GenerateSettings(**base, where="(logp > 2) | (logp > 3)").clauses) == 1
    with pytest.raises(ConfigError, match="no molecule meets the requirements and the condition"):
        GenerateSettings(**base, where="logp > 2.1")
    settings = GenerateSettings(**base, where="(logp > 3) | (tpsa < 90)")
    assert [clause.describe() for clause in settings.clauses] == ["logP at most 2 and TPSA at most 90 Å²"]
    assert GenerateSettings(**settings.to_dict()) == settings


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("logp < 3", "logP at most 3"),
        ("logp < 3 or tpsa < 90", "(logP at most 3) or (TPSA at most 90 Å²)"),
        ('qed > 0.6 and not alert("nitro")', "(QED at least 0.6) and (without alert 'nitro')"),
        (
            '(qed > 0.6) and (logp < 3 or has("c1ccccc1"))',
            "(QED at least 0.6) and ((logP at most 3) or (with c1ccccc1))",
        ),
    ],
)
def test_a_condition_is_described_in_words(text: str, words: str) -> None:
    assert read_condition(text).describe() == words
