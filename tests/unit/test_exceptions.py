"""The names that come closest to a mistyped one."""

import pytest

from molconvex.exceptions import did_you_mean

KNOWN = ["qed", "logp", "sa_score", "tpsa", "log_solubility", "tox21_nr_ar", "tox21_nr_er", "IC50 (nM)", "pIC50"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("qde", " Did you mean 'qed'?"),
        ("LogP", " Did you mean 'logp'?"),
        ("solubility", " Did you mean 'log_solubility'?"),
        ("tox21", " Did you mean 'tox21_nr_ar' or 'tox21_nr_er'?"),
        ("ic50", " Did you mean 'IC50 (nM)' or 'pIC50'?"),
        ("sweetness", ""),
        ("a", ""),
    ],
)
def test_close_names_are_offered_whatever_their_case(name: str, says: str) -> None:
    assert did_you_mean(name, KNOWN) == says


def test_no_more_than_three_are_offered() -> None:
    assert did_you_mean("tox21", [f"tox21_{n}" for n in range(5)]).count("'") == 6
